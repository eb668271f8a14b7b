"""Names of data sets to build, checked before tensorflow-datasets guesses at them."""

import json
import shlex
from collections.abc import Sequence

import tensorflow_datasets as tfds

from datasets import catalog, tfds_folder
from datasets.tfds import own
from simmc_tf import errors

_BUILDERS = (*(entry.name.lower() for entry in catalog.PUBLISHED), tfds_folder.OWN)


def check(names: Sequence[str], config: str | None) -> None:
    """Checks what is to be built.

    Args:
        names: such as `ks20/f6`.
        config: the argument --config.

    Raises:
        errors.InputError: there is no such builder or configuration here.
    """
    for name in names or [""]:
        builder, _, named = name.partition(":")[0].partition("/")
        if builder not in _BUILDERS:
            raise errors.InputError(
                f"{name!r} is no data set to build; expected one of "
                f"{', '.join(_BUILDERS)}, for example: build ks20/f6."
            )
        if builder == tfds_folder.OWN:
            _check_own(named or config)
        else:
            _check_published(builder, named or config)


def _check_published(builder: str, config: str | None) -> None:
    configs = [one.name for one in tfds.builder_cls(builder).BUILDER_CONFIGS]
    if config and config not in configs:
        raise errors.InputError(
            f"{builder} has no configuration {config!r}; expected one of "
            f"{', '.join(configs)}."
        )


def _check_own(config: str | None) -> None:
    if config is None:
        return  # The builder asks for its file.
    try:
        given = json.loads(config)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not set(given) <= {"file", "length"}:
        raise errors.InputError(
            f"{tfds_folder.OWN} has no configuration {config!r}; expected a file of "
            f"recordings, and the length of sequences: --config "
            f"{shlex.quote(own.EXAMPLE)}."
        )
