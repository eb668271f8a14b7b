"""Flags that say what Pre-process.py reads, and the sources that they come to."""

import dataclasses
import pathlib
import re

from absl import flags

from datasets import catalog, corrections, skeletons
from datasets import recordings as recordings_module
from datasets.raw import conversion, folder, lifting, published, reading, sensors
from flags import corrections as correction_flags
from flags import lift
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Published:
    """Raw files of published data sets.

    Attributes:
        raw: the data sets, each to be made if its folder is there.
        named: whether the user named them.
        raw_root: folder that holds theirs.
        lift: makes 3D of CASIA-B's 2D keypoints; None: they are refused.
    """

    raw: tuple[published.RawDataSet, ...]
    named: bool
    raw_root: pathlib.Path
    lift: lifting.Lifter | None = None


@dataclasses.dataclass(frozen=True)
class RecordingsFile:
    """A file in the interchange format.

    Attributes:
        path: of the .npz.
        unit: of the coordinates, None for what the file says.
        mending: to make of what is read.
    """

    path: pathlib.Path
    unit: str | None
    mending: corrections.Corrections = corrections.Corrections()

    def read(self, may_miss: bool = False) -> recordings_module.Recordings:
        """Reads and mends them; raises as `corrections.read`."""
        return corrections.read(self.path, self.unit, self.mending, may_miss)

    @property
    def metres(self) -> float:
        """In one unit of the coordinates."""
        return recordings_module.UNITS[self.unit or recordings_module.unit(self.path)]


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder of a sensor's files.

    Attributes:
        path: of the folder.
        naming: pattern of the paths, or None.
        reader: of one file.
        mending: to make of what is read.
    """

    path: pathlib.Path
    naming: re.Pattern[str] | None
    reader: conversion.Reader
    mending: corrections.Corrections = corrections.Corrections()

    def read(self, say: conversion.Say) -> reading.Reading:
        """Reads and mends them.

        Args:
            say: as for `reading.read`.

        Raises:
            errors.InputError: there is none, one is damaged, or what is to be mended
                is not there.
        """
        found = conversion.read_folder(self.path, self.naming, self.reader, say)
        mended = self.mending.apply(self.path, found.recordings)
        return dataclasses.replace(found, recordings=mended)

    def notes(self, found: reading.Reading, saved: bool) -> list[str]:
        """What people should know who asked for it, see `conversion.Reader.notes`."""
        lines = self.reader.notes(found, saved)
        if (found.recordings.person < 0).all():
            lines.append(
                f"warning: nobody knows whose recordings these are, so nothing can be "
                f"evaluated: {self.path} holds no folders of persons; make "
                f"{self.path / 'anna'}/..., one a person, or name the person in the "
                "files' names and say where with --pattern '(?P<person>[a-z]+)_'"
            )
        return lines


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, meaning in (
        ("raw_root", ".", "folder that holds IAS/, BIWI/, KGBD/, KS20/ or CASIA_B/"),
        ("lift", None, "network (.onnx) that makes 3D of CASIA-B's 2D keypoints"),
        ("image_size", lift.IMAGE_SIZE, "WIDTHxHEIGHT of the videos, for --lift"),
    ):
        flags.DEFINE_string(name, default, meaning, flag_values=values)
    define_own(values)


def define_own(values: flags.FlagValues) -> None:
    """Defines the flags of recordings that somebody brings."""
    for name, default, meaning in (
        ("recordings", None, "your own recordings: a file (.npz) to read"),
        ("input", None, "your own recordings: a folder to read, see --from"),
        (
            "pattern",
            None,
            "regular expression that finds (?P<person>...) and, if wanted, condition "
            "and split in paths below --input (the person is the first folder)",
        ),
        (
            "unit",
            None,
            "of the coordinates: m, cm, mm or, for --input, metres as a number (what "
            "the file says, else the format's own)",
        ),
    ):
        flags.DEFINE_string(name, default, meaning, flag_values=values)
    flags.DEFINE_integer(
        "clip",
        0,
        "frames of --input to leave out at both ends of each recording",
        lower_bound=0,
        flag_values=values,
    )
    for name, default, choices, meaning in (
        ("from", None, sensors.SENSORS, "format of the files in --input"),
        (
            "joints",
            None,
            skeletons.SKELETONS,
            "turn the skeletons of --input into these",
        ),
    ):
        flags.DEFINE_enum(name, default, list(choices), meaning, flag_values=values)
    for name, meaning in (
        ("input_fps", "frames a second of --input, where its files do not say it"),
        ("fps", "frames a second to resample --input to (as recorded)"),
    ):
        flags.DEFINE_float(name, None, meaning, flag_values=values)
    correction_flags.define(values)


# A sensor's and a motion capture's; the same that times in files may come to.
_LEAST_FPS, _MOST_FPS = 1, int(recordings_module.FASTEST)

# What to read -> flags that go with it alone.
_GOING_WITH = {
    "input": ("from", "pattern", "joints", "input_fps", "fps", "clip"),
    "recordings": (),
}


def read(values: flags.FlagValues) -> Published | RecordingsFile | Folder:
    """Turns parsed flags into what is to be read.

    Raises:
        errors.InputError: something is missing, unknown or contradicts itself.
    """
    _refuse_empty(values, "raw_root")
    given = _given(values)
    if given is None:
        found = _published(values)
        names = [raw.name for raw in found.raw]
        return dataclasses.replace(found, lift=lift.read(values, names))
    lift.read(values, ())
    if values["raw_root"].present:
        raise errors.InputError(
            f"--raw_root is for published data sets; with --{given} leave it out."
        )
    return _own(values, given)


def read_own(values: flags.FlagValues) -> RecordingsFile | Folder:
    """Turns the parsed flags of somebody's recordings into what is to be read.

    Raises:
        errors.InputError: something is missing, unknown or contradicts itself.
    """
    given = _given(values)
    if given is None:
        raise errors.InputError(
            "--recordings is missing; expected a file (.npz), or --from FORMAT --input "
            "FOLDER."
        )
    return _own(values, given)


def own_flags(values: flags.FlagValues) -> tuple[str, ...]:
    """Those that are given of somebody's recordings, to be given to another program."""
    names = (*_GOING_WITH, *_GOING_WITH["input"], "unit", *correction_flags.NAMES)
    return tuple(values[name].serialize() for name in names if values[name].present)


def _refuse_empty(values: flags.FlagValues, *names: str) -> None:
    for name in names:
        # Would be the current folder: perhaps a shell's variable that is not set.
        if values[name].value == "":
            raise errors.InputError(f"--{name} is empty; expected a path.")


def _given(values: flags.FlagValues) -> str | None:
    """Which flag says what to read, None where neither does."""
    _refuse_empty(values, *_GOING_WITH)
    given = [name for name in _GOING_WITH if values[name].value is not None]
    if len(given) > 1:
        raise errors.InputError("--recordings and --input exclude each other.")
    for name, flags_with_it in _GOING_WITH.items():
        for flag in flags_with_it:
            if values[flag].present and name not in given:
                raise errors.InputError(
                    f"--{flag} goes with --{name}, which is missing."
                )
    return given[0] if given else None


def _own(values: flags.FlagValues, given: str) -> RecordingsFile | Folder:
    if given == "recordings":
        unit = values["unit"].value
        if unit is not None and unit not in recordings_module.UNITS:
            raise errors.InputError(
                f"--unit {unit}: expected {', '.join(recordings_module.UNITS)}."
            )
        path = pathlib.Path(values["recordings"].value)
        return RecordingsFile(path, unit, correction_flags.read(values))
    return _folder(values)


def _published(values: flags.FlagValues) -> Published:
    for name in ("unit", *correction_flags.NAMES):
        if values[name].present:
            raise errors.InputError(f"--{name} goes with --recordings or --from only.")
    raw_root = pathlib.Path(values["raw_root"].value)
    if values["dataset"].value is None:
        if values["splits"].value is not None:
            raise errors.InputError(
                "--splits holds the split of one data set; say which: --dataset KGBD."
            )
        return Published(published.RAW, False, raw_root)
    chosen = []
    for name in values["dataset"].value.split(","):
        entry = catalog.find(name.strip())
        if entry is None:
            known = ", ".join(raw.name for raw in published.RAW)
            raise errors.InputError(
                f"--dataset {name}: no published data set ({known}); your own need "
                "--recordings FILE.npz, or --from FORMAT --input FOLDER."
            )
        chosen += [raw for raw in published.RAW if raw.name == entry.name]
    if len(chosen) > 1 and values["splits"].value is not None:
        raise errors.InputError(
            "--splits holds the split of one data set; name one with --dataset."
        )
    return Published(tuple(dict.fromkeys(chosen)), True, raw_root)


def _folder(values: flags.FlagValues) -> Folder:
    if values["from"].value is None:
        raise errors.InputError(
            "--from is missing; it is the format of the files in --input, one of "
            f"{', '.join(sensors.SENSORS)}."
        )
    sensor = sensors.SENSORS[values["from"].value]
    for name in ("input_fps", "fps"):
        value = values[name].value
        if value is not None and not _LEAST_FPS <= value <= _MOST_FPS:
            raise errors.InputError(
                f"--{name} {value:g}: expected {_LEAST_FPS} to {_MOST_FPS} frames a "
                "second."
            )
    pattern = values["pattern"].value
    unit = sensor.unit if values["unit"].value is None else values["unit"].value
    return Folder(
        pathlib.Path(values["input"].value),
        None if pattern is None else folder.pattern(pattern),
        conversion.Reader(
            sensor,
            None if unit is None else _metres(unit),
            values["input_fps"].value,
            values["fps"].value,
            values["joints"].value,
            values["clip"].value,
        ),
        correction_flags.read(values),
    )


def _metres(unit: str) -> float:
    """Metres in one unit: of a known one, or given as a number."""
    if unit in recordings_module.UNITS:
        return recordings_module.UNITS[unit]
    try:
        metres = float(unit)
    except ValueError:
        metres = -1.0
    if not 0 < metres < float("inf"):
        raise errors.InputError(
            f"--unit {unit}: expected {', '.join(recordings_module.UNITS)}, or the "
            "metres in one unit as a number above 0."
        )
    return metres
