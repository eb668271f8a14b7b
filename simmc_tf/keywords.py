"""Settings by keyword: checked, and named so in messages that know flags."""

import contextlib
import dataclasses
import numbers
import os
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from simmc_tf import config as configs
from simmc_tf import errors, presets, resuming

# What messages to users of the command line call otherwise.
_KEYWORDS = {
    **{field.name: field.name for field in dataclasses.fields(configs.Config)},
    "lambda": "mic_weight",
    "model_root": "folder",
    "overwrite": "overwrite=True",
    "resume": "resume=True",
    "probe": "probe",
    "length": "length",
}
_UNITS = ("m", "cm", "mm")
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


def joint_names(names: Sequence[str] | None, num_joints: int) -> list[str] | None:
    """Names of J joints, all different; None where nobody gave them.

    Raises:
        errors.InputError: they are not such.
    """
    if names is None:
        return None
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise errors.InputError(f"joint_names must be a list of names, not {names!r}.")
    found = list(map(str, names))
    twice = [name for name in found if found.count(name) > 1]
    if twice:
        raise errors.InputError(
            f"joint_names has {twice[0]} more than once; expected different names."
        )
    if len(found) != num_joints:
        raise errors.InputError(
            f"joint_names has {len(found)} names; the sequences have {num_joints} "
            "joints."
        )
    return found


def page(path: str | os.PathLike[str]) -> pathlib.Path:
    """The file that takes a report.

    Raises:
        errors.InputError: it cannot be one.
    """
    found = pathlib.Path(path)
    if found.is_dir() or found.suffix.lower() not in (".html", ".htm"):
        raise errors.InputError(
            f"report must be a file that ends in .html, not {str(found)!r}."
        )
    return found


def check_unit(unit: str | None) -> None:
    """Refuses a unit of coordinates that is none.

    Raises:
        errors.InputError: it is none.
    """
    if unit is not None and unit not in _UNITS:
        raise errors.InputError(
            f"unit must be {', '.join(_UNITS)} or None, not {unit!r}."
        )


def existing(folder: object, resume: bool, overwrite: bool) -> resuming.Existing:
    """What is to become of a run that is in a folder.

    Raises:
        errors.InputError: nothing can go on without one.
    """
    if resume and folder is None:
        raise errors.InputError(
            "resume=True: without folder nothing is kept to go on with; give one."
        )
    return resuming.Existing(resume, overwrite)


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


@contextlib.contextmanager
def telling(
    kept: Callable[[str], str | None], folder: pathlib.Path, say: Callable[[str], None]
) -> Iterator[None]:
    """Says after Ctrl-C what is kept, and how to go on.

    Args:
        kept: tells it, with the call that goes on; None: there is nothing.
        folder: of the run.
        say: takes the line.
    """
    try:
        yield
    except KeyboardInterrupt:
        text = kept(f"simmc_tf.fit(..., folder={str(folder)!r}, resume=True)")
        if text is not None:
            say(f"stopped; {text}")
        raise


@contextlib.contextmanager
def writing(folder: pathlib.Path) -> Iterator[None]:
    """Lets a folder that cannot be written to be somebody's input."""
    try:
        yield
    except OSError as error:
        if error.filename is None:  # Not of files: of `progress`, say.
            raise
        raise errors.InputError(
            f"{folder} is no folder that can be written to "
            f"({errors.of_system(error)}); choose another one."
        ) from error
