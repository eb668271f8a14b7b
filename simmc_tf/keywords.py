"""Settings by keyword: checked, and named so in messages that know flags."""

import contextlib
import dataclasses
import numbers
import re
from collections.abc import Iterator
from typing import Any

from simmc_tf import config as configs
from simmc_tf import errors, presets

# What messages to users of the command line call otherwise.
_KEYWORDS = {
    **{field.name: field.name for field in dataclasses.fields(configs.Config)},
    "lambda": "mic_weight",
    "model_root": "folder",
}
_CHOICES = {
    "preset": (configs.AUTO, configs.PUBLISHED),
    "protocol": (configs.STRICT, configs.PUBLISHED),
}
# Type of a setting -> what may be given for it, NumPy's numbers too.
_KINDS: dict[type, tuple[type, str]] = {
    int: (numbers.Integral, "a whole number"),
    float: (numbers.Real, "a number"),
    str: (str, "a text"),
}
# What trains; and, in brackets, a program that does what was said before.
_TRAINING = "--mode Train of SimMC.py, or of SimMC-UF.py"
_PROGRAM = re.compile(r" \(python -m scripts\.[^)]*\)")
_FLAG = re.compile(rf"--({'|'.join(sorted(_KEYWORDS))})\b")


def config(settings: dict[str, Any], length: int) -> configs.Config:
    """The configuration; preset auto unless another one is asked for.

    Args:
        settings: fields of `config.Config`.
        length: f.

    Raises:
        errors.InputError: there is no such field, or a value does not fit.
    """
    given = {name: _setting(name, value) for name, value in settings.items()}
    default = configs.AUTO
    if given.get("protocol") == configs.PUBLISHED:
        default = configs.PUBLISHED
    preset = given.pop("preset", default)
    said = "" if "preset" in settings else ", the default,"
    presets.check_given(preset, given, said)
    return presets.config(preset, length, given, presets.published(length))


def _setting(name: str, value: object) -> Any:
    """A field of the configuration, of its type."""
    known = dataclasses.asdict(configs.Config())
    if name not in known:
        raise errors.InputError(
            f"There is no setting {name}; expected one of {', '.join(known)}."
        )
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise errors.InputError(
                f"{name} must be {' or '.join(_CHOICES[name])}, not {value!r}."
            )
        return str(value)
    kind, what = _KINDS[type(known[name])]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise errors.InputError(f"{name} must be {what}, not {value!r}.")
    return type(known[name])(value)


def in_text(text: str) -> str:
    """A text that names keywords where it named flags, and no programs."""
    text = _PROGRAM.sub("", text.replace(_TRAINING, "simmc_tf.fit"))
    return _FLAG.sub(lambda found: _KEYWORDS[found[1]], text)


@contextlib.contextmanager
def named() -> Iterator[None]:
    """Lets messages name keywords, not flags."""
    try:
        yield
    except errors.InputError as error:
        raise errors.InputError(in_text(str(error))) from error.__cause__
