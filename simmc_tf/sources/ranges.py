"""Which hyperparameters a training can have; loads no TensorFlow."""

import math
from collections.abc import Mapping
from typing import Any

from simmc_tf import errors
from simmc_tf.sources import names

_COUNTS = ("length", "epochs", "patience", "batch_size", "units")
_NUMBERS = ("lr", "t")


def check(values: Mapping[str, Any], supervised: bool) -> None:
    """Refuses values out of range.

    Args:
        values: by field of `settings.Settings`, all or some.
        supervised: they are of the supervised stage.

    Raises:
        errors.InputError: names the flag of the first.
    """
    for name in _COUNTS:
        if name in values and values[name] < 1:
            flag = names.flag(name, supervised)
            raise errors.InputError(f"{flag} must be 1 or more, not {values[name]}.")
    for name in _NUMBERS:
        if name in values and not 0 < values[name] < math.inf:
            flag = names.flag(name, supervised)
            raise errors.InputError(
                f"{flag} must be finite and above 0, not {values[name]}."
            )
