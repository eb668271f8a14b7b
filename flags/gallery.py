"""Command, and flags, of scripts.gallery."""

import dataclasses
import functools
import pathlib
from typing import Any

from absl import flags

from datasets import recordings, writable
from simmc_tf import errors, startup
from simmc_tf.gallery import calibration, entries

COMMANDS = (ENROL, SEARCH, LIST, REMOVE, RENAME, CALIBRATE) = (
    "enrol",
    "search",
    "list",
    "remove",
    "rename",
    "calibrate",
)
_EMBEDS = ("model", "unit", "recordings", "split", "gpu")
# Command -> the flags that it takes besides --gallery and --json, needed ones first.
_NEEDS = {
    ENROL: (("recordings",), _EMBEDS),
    SEARCH: (("recordings",), (*_EMBEDS, "top", "by", "exact")),
    LIST: ((), ("person",)),
    REMOVE: ((), ("person", "recording")),
    RENAME: (("person", "to"), ("person", "to", "merge")),
    CALIBRATE: ((), (*_EMBEDS, "leave_one_out", "false_accept_rate")),
}
# Command -> the flags of which it takes just one.
_ONE_OF = {
    REMOVE: ("person", "recording"),
    CALIBRATE: ("recordings", "leave_one_out"),
}
_MEANINGS = {
    "gallery": "the folder of a gallery",
    "recordings": "an .npz file of recordings",
    "person": "the id of a person, as list prints it",
    "recording": "the name of a recording, as list --person prints it",
    "to": "the name that the person is to have",
    "leave_one_out": "who is enrolled instead of recordings of others",
}


@dataclasses.dataclass(frozen=True)
class Options:
    """What a command line asks for.

    Attributes:
        command: of `COMMANDS`.
        gallery: folder.
        model: exported model; None for the one that the gallery was built with.
        unit: of the joints that the model takes; None for what it says.
        recordings: file.
        split: part of the recordings; None for all.
        person: to remove, to rename or of whom to list the recordings; "": nobody.
        recording: to remove; "": none.
        to: name for the person.
        merge: the name may be another person's, who then has both ones' recordings.
        top: persons to print for each.
        by: what is searched for: `calibration.RECORDING` or `SEQUENCE`.
        exact: look at all embeddings in large galleries, too.
        leave_one_out: calibrate on who is enrolled.
        false_accept_rate: of impostors, at most.
        json: print JSON.
        gpu: that embeds; -1 for the CPU.
    """

    command: str
    gallery: pathlib.Path
    model: pathlib.Path | None
    unit: str | None
    recordings: pathlib.Path
    split: str | None
    person: str
    recording: str
    to: str
    merge: bool
    top: int
    by: str
    exact: bool
    leave_one_out: bool
    false_accept_rate: float
    json: bool
    gpu: int


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    string = functools.partial(flags.DEFINE_string, flag_values=values)
    string("gallery", None, "folder of the gallery")
    string(
        "model",
        None,
        "folder of a model of SimMC.py, or of its export (the one that the gallery was "
        "built with)",
    )
    flags.DEFINE_enum(
        "unit",
        None,
        list(recordings.UNITS),
        "unit of the coordinates that the model was trained on, where the model does "
        "not say it; the gallery keeps it",
        flag_values=values,
    )
    string("recordings", None, "file of recordings (.npz)")
    string("person", None, "remove, rename, list: id of the person, as list prints it")
    string(
        "recording",
        None,
        "remove: name of a recording, as list --person prints it, or PERSON/NAME",
    )
    string("to", None, "rename: name that the person is to have")
    boolean = functools.partial(flags.DEFINE_boolean, flag_values=values)
    boolean(
        "merge",
        False,
        "rename: to somebody who is there already, so that the two are one person",
    )
    flags.DEFINE_enum(
        "split",
        None,
        recordings.SPLITS,
        "only the recordings of that split",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "top", 10, "search: persons for each", lower_bound=1, flag_values=values
    )
    flags.DEFINE_enum(
        "by",
        calibration.RECORDING,
        calibration.UNITS,
        "search: for whole recordings, or for each sequence",
        flag_values=values,
    )
    boolean("exact", False, "search: look at every embedding, in large galleries too")
    boolean(
        "leave_one_out",
        False,
        "calibrate: without other recordings, by taking each person who is enrolled "
        "for a stranger once",
    )
    flags.DEFINE_float(
        "false_accept_rate",
        0.01,
        "calibrate: of people who are not in the gallery, at most this share is taken "
        "for somebody, on average; 0.01 takes recordings of 99 such people, and 199 "
        "enrolled with --leave_one_out",
        flag_values=values,
    )
    boolean("json", False, "print JSON")
    flags.DEFINE_integer(
        "gpu", -1, "GPU that embeds, -1 for the CPU", flag_values=values
    )


def read(values: flags.FlagValues, arguments: list[str]) -> Options:
    """Turns a command and parsed flags into options.

    Raises:
        errors.InputError: no command, or a flag is missing, wrong or not the command's.
    """
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        raise errors.InputError(
            f"{' '.join(arguments) or 'no command'}; expected one of "
            f"{', '.join(COMMANDS)}, and flags written --name value."
        )
    command = arguments[0]
    needed, taken = _NEEDS[command]
    for name in ("gallery", *needed):
        if not _given(values, name):
            raise errors.InputError(
                f"--{name} is missing; {command} needs {_MEANINGS[name]}."
            )
    for name in sorted({name for _, names in _NEEDS.values() for name in names}):
        if values[name].present and name not in taken:
            raise errors.InputError(f"--{name} does not go with {command}.")
    _check_choice(values, command)
    to = entries.spelt(_given(values, "to") or "")
    if command == RENAME and not to.isprintable():
        raise errors.InputError(
            f"--to {values['to'].value!r}: expected a name of characters that can be "
            "printed."
        )
    rate = values["false_accept_rate"].value
    if not 0 < rate < 1:
        raise errors.InputError(
            f"--false_accept_rate {rate}: expected a share between 0 and 1, as 0.01."
        )
    startup.check_gpus((values["gpu"].value,))
    gallery = pathlib.Path(values["gallery"].value)
    if command not in (SEARCH, LIST):
        writable.check(gallery, f"--gallery {gallery}")
    model = values["model"].value
    return Options(
        command=command,
        gallery=gallery,
        model=None if model is None else pathlib.Path(model),
        recordings=pathlib.Path(values["recordings"].value or ""),
        person=entries.spelt(_given(values, "person") or ""),
        recording=values["recording"].value or "",
        to=to,
        **{
            name: values[name].value
            for name in (
                *("unit", "split", "top", "by", "exact", "merge"),
                *("leave_one_out", "false_accept_rate", "json", "gpu"),
            )
        },
    )


def _given(values: flags.FlagValues, name: str) -> Any:
    """What a flag says; of a text without spaces around it."""
    value = values[name].value
    return value.strip() if isinstance(value, str) else value


def _check_choice(values: flags.FlagValues, command: str) -> None:
    """Refuses none, or both, of two flags of which a command takes one.

    Raises:
        errors.InputError: with what each means.
    """
    names = _ONE_OF.get(command, ())
    if names and sum(bool(_given(values, name)) for name in names) != 1:
        meanings = " or ".join(f"--{name} ({_MEANINGS[name]})" for name in names)
        raise errors.InputError(f"{command} needs just one of {meanings}.")
    if values["leave_one_out"].value:
        for name in _EMBEDS:
            if values[name].present:
                raise errors.InputError(
                    f"--{name} does not go with --leave_one_out, which embeds nothing."
                )
