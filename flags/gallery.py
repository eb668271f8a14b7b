"""Command, and flags, of scripts.gallery."""

import dataclasses
import functools
import pathlib

from absl import flags

from datasets import recordings, writable
from simmc_tf import errors, startup
from simmc_tf.gallery import calibration, entries

COMMANDS = (ENROL, SEARCH, LIST, REMOVE, CALIBRATE) = (
    "enrol",
    "search",
    "list",
    "remove",
    "calibrate",
)
_EMBEDS = ("model", "unit", "recordings", "split", "gpu")
# Command -> the flags that it takes besides --gallery and --json, needed ones first.
_NEEDS = {
    ENROL: (("recordings",), _EMBEDS),
    SEARCH: (("recordings",), (*_EMBEDS, "top", "by", "exact")),
    LIST: ((), ()),
    REMOVE: (("person",), ("person",)),
    CALIBRATE: (("recordings",), (*_EMBEDS, "false_accept_rate")),
}
_MEANINGS = {
    "gallery": "the folder of a gallery",
    "recordings": "a file of recordings (.npz)",
    "person": "the id of a person, as list prints it",
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
        person: to remove.
        top: persons to print for each.
        by: what is searched for: `calibration.RECORDING` or `SEQUENCE`.
        exact: look at all embeddings in large galleries, too.
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
    top: int
    by: str
    exact: bool
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
    string("person", None, "remove: id of the person, as list prints it")
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
    flags.DEFINE_boolean(
        "exact",
        False,
        "search: look at every embedding, in large galleries too",
        flag_values=values,
    )
    flags.DEFINE_float(
        "false_accept_rate",
        0.01,
        "calibrate: of people who are not in the gallery, at most this share is taken "
        "for somebody, on average",
        flag_values=values,
    )
    flags.DEFINE_boolean("json", False, "print JSON", flag_values=values)
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
        if not values[name].value:
            raise errors.InputError(
                f"--{name} is missing; {command} needs {_MEANINGS[name]}."
            )
    for name in sorted({name for _, names in _NEEDS.values() for name in names}):
        if values[name].present and name not in taken:
            raise errors.InputError(f"--{name} does not go with {command}.")
    rate = values["false_accept_rate"].value
    if not 0 < rate < 1:
        raise errors.InputError(
            f"--false_accept_rate {rate}: expected a share between 0 and 1, as 0.01."
        )
    startup.check_gpus((values["gpu"].value,))
    gallery = pathlib.Path(values["gallery"].value)
    if command in (ENROL, REMOVE, CALIBRATE):
        writable.check(gallery, f"--gallery {gallery}")
    model = values["model"].value
    return Options(
        command=command,
        gallery=gallery,
        model=None if model is None else pathlib.Path(model),
        recordings=pathlib.Path(values["recordings"].value or ""),
        person=entries.spelt(values["person"].value or ""),
        **{
            name: values[name].value
            for name in (
                *("unit", "split", "top", "by", "exact"),
                *("false_accept_rate", "json", "gpu"),
            )
        },
    )
