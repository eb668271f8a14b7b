"""Flags of Pre-process.py, and the options that they come to."""

import dataclasses
import pathlib
import re
import shlex

from absl import flags

from datasets import catalog, descriptor, lifting, preparation, skeletons
from datasets import recordings as recordings_module
from datasets.raw import conversion, folder, published, sensors
from flags import lift
from simmc_tf import config as configs
from simmc_tf import errors

_DATA_ROOT = "Datasets"
_EXAMPLE = "for example: python Pre-process.py 6"
_OWN_EXAMPLE = f"{_EXAMPLE} --recordings FILE.npz --dataset MyPeople"


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
    """

    path: pathlib.Path
    unit: str | None


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder of a sensor's files.

    Attributes:
        path: of the folder.
        naming: pattern of the paths, or None.
        reader: of one file.
    """

    path: pathlib.Path
    naming: re.Pattern[str] | None
    reader: conversion.Reader


@dataclasses.dataclass(frozen=True)
class Options:
    """What a command line asks for.

    Attributes:
        source: what to read.
        dataset: name of one's own data set to write; None: published ones, or none.
        target: what to write.
        save: file of recordings to write besides, or None.
    """

    source: Published | RecordingsFile | Folder
    dataset: str | None
    target: conversion.Target
    save: pathlib.Path | None

    def next_command(self, made: preparation.Prepared) -> str:
        """A command that trains on what was made."""
        name = made.folder.parent.name
        published_entry = catalog.find(name)
        command = f"python SimMC.py --dataset {name}"
        counts = made.report.counts()
        if published_entry is not None:
            flag = "probe_type" if name == "CASIA_B" else "probe"
            command += f" --{flag} {next(iter(published_entry.probes))}"
        if made.report.length != self._default_length(published_entry):
            command += f" --length {made.report.length}"
        if self.target.data_root != pathlib.Path(_DATA_ROOT):
            command += f" --data_root {shlex.quote(str(self.target.data_root))}"
        if counts["train"][0] < configs.Config.batch_size:
            command += f" --batch_size {max(2, counts['train'][0] // 4)}"
        if published_entry is None and "probe" not in counts:
            command += " --protocol strict\n(no probes: nothing will be evaluated)"
        return command

    def _default_length(self, entry: catalog.DataSet | None) -> int:
        if entry is not None:
            return entry.lengths[0]
        lengths = self.target.lengths
        return 6 if 6 in lengths else min(lengths)


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, meaning in (
        ("raw_root", ".", "folder that holds IAS/, BIWI/, KGBD/, KS20/ or CASIA_B/"),
        (
            "dataset",
            None,
            "published data sets to convert, with commas between them (all that are "
            "found); or a name for your own",
        ),
        ("recordings", None, "your own recordings: a file (.npz) to read"),
        ("input", None, "your own recordings: a folder to read, see --from"),
        (
            "pattern",
            None,
            "regular expression that finds (?P<person>...) and, if wanted, condition "
            "and split in paths below --input (the person is the first folder)",
        ),
        ("splits", None, "splits.json to use again instead of drawing a split"),
        ("lift", None, "network (.onnx) that makes 3D of CASIA-B's 2D keypoints"),
        ("image_size", lift.IMAGE_SIZE, "WIDTHxHEIGHT of the videos, for --lift"),
        (
            "unit",
            None,
            "of the coordinates: m, cm, mm or, for --input, metres as a number (what "
            "the file says, else the format's own)",
        ),
        ("save", None, "also write your recordings to this file (.npz)"),
        ("data_root", _DATA_ROOT, "folder of all data sets"),
    ):
        flags.DEFINE_string(name, default, meaning, flag_values=values)
    flags.DEFINE_integer("seed", 0, "of the split", flag_values=values)
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


def read(values: flags.FlagValues, arguments: list[str]) -> Options:
    """Turns parsed flags and positional arguments into options.

    Raises:
        errors.InputError: something is missing, out of range or contradicts itself.
    """
    lengths = _lengths(arguments)
    if values["seed"].value < 0:
        raise errors.InputError(
            f"--seed must be 0 or more, not {values['seed'].value}."
        )
    source = _source(values)
    save = values["save"].value
    if isinstance(source, Published) and save is not None:
        raise errors.InputError("--save goes with --recordings or --from only.")
    if not lengths and save is None:
        raise errors.InputError(
            "no sequence length; "
            + (_EXAMPLE if isinstance(source, Published) else _OWN_EXAMPLE)
        )
    return Options(
        source,
        None if isinstance(source, Published) else _own_name(values, bool(lengths)),
        conversion.Target(
            lengths,
            pathlib.Path(values["data_root"].value),
            values["seed"].value,
            _path(values, "splits"),
        ),
        _path(values, "save"),
    )


def _lengths(arguments: list[str]) -> tuple[int, ...]:
    for argument in arguments:
        if not re.fullmatch("[0-9]+", argument) or not 1 <= int(argument) <= 100_000:
            raise errors.InputError(
                f"sequence length {argument!r}; expected a whole number of skeletons "
                "from 1 to 100000."
            )
    return tuple(dict.fromkeys(map(int, arguments)))


def _path(values: flags.FlagValues, name: str) -> pathlib.Path | None:
    return None if values[name].value is None else pathlib.Path(values[name].value)


# What to read -> flags that go with it alone.
_GOING_WITH = {
    "input": ("from", "pattern", "joints", "input_fps", "fps", "clip"),
    "recordings": (),
}


def _source(values: flags.FlagValues) -> Published | RecordingsFile | Folder:
    given = [name for name in _GOING_WITH if values[name].value is not None]
    if len(given) > 1:
        raise errors.InputError("--recordings and --input exclude each other.")
    for name, flags_with_it in _GOING_WITH.items():
        for flag in flags_with_it:
            if values[flag].present and name not in given:
                raise errors.InputError(
                    f"--{flag} goes with --{name}, which is missing."
                )
    if not given:
        found = _published(values)
        names = [raw.name for raw in found.raw]
        return dataclasses.replace(found, lift=lift.read(values, names))
    lift.read(values, ())
    if values["raw_root"].present:
        raise errors.InputError(
            f"--raw_root is for published data sets; with --{given[0]} leave it out."
        )
    if given == ["recordings"]:
        unit = values["unit"].value
        if unit is not None and unit not in recordings_module.UNITS:
            raise errors.InputError(
                f"--unit {unit}: expected {', '.join(recordings_module.UNITS)}."
            )
        return RecordingsFile(pathlib.Path(values["recordings"].value), unit)
    return _folder(values)


def _published(values: flags.FlagValues) -> Published:
    if values["unit"].value is not None:
        raise errors.InputError("--unit goes with --recordings or --from only.")
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
        if value is not None and not 0 < value < 100_000:
            raise errors.InputError(
                f"--{name} {value}: expected frames a second above 0."
            )
    pattern = values["pattern"].value
    return Folder(
        pathlib.Path(values["input"].value),
        None if pattern is None else folder.pattern(pattern),
        conversion.Reader(
            sensor,
            _metres(values["unit"].value or sensor.unit),
            values["input_fps"].value or sensor.fps,
            values["fps"].value,
            values["joints"].value,
            values["clip"].value,
        ),
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


def _own_name(values: flags.FlagValues, needed: bool) -> str | None:
    name = values["dataset"].value
    if not name:
        if needed:
            raise errors.InputError(
                "--dataset is missing; it is a name for the data set to write."
            )
        return None
    descriptor.check_name(name)
    preparation.refuse_published(name)
    return name
