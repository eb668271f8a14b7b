"""Flags of scripts/show.py."""

import dataclasses
import math
import pathlib

from absl import flags

from datasets import catalog
from flags import data_set as data_set_flags
from flags import sources
from simmc_tf import errors

_AS_GIVEN = ("person", "recording", "split", "sequence", "frames")
_RECORDINGS_ONLY = ("recording",)
_INSTEAD = {
    "recording": "of a data set, --sequence chooses one",
    "sequence": "of recordings, --recording chooses one",
}
_DATA_SET_ONLY = ("sequence", "split")


@dataclasses.dataclass(frozen=True)
class Options:
    """What is to be shown, and how.

    Attributes:
        source: somebody's recordings, or the data set.
        person: number or name; None for the first.
        recording: name, or which of the person's; None for the first.
        split: part of the data set.
        sequence: which of the part's, or the person's, sequences.
        frames: figures in the picture.
        turn: degrees about the vertical; None: as it is seen best.
        svg: picture to write; None: named after what it shows.
        gif: animation to write, or None.
        lists: only list persons and recordings.
    """

    source: sources.RecordingsFile | sources.Folder | data_set_flags.Options
    person: str | None
    recording: str | None
    split: str
    sequence: int
    frames: int
    turn: float | None
    svg: pathlib.Path | None
    gif: pathlib.Path | None
    lists: bool

    def part(self, data: data_set_flags.Options, data_set: catalog.DataSet) -> str:
        """The part of a data set that --split names.

        Raises:
            errors.InputError: there is no such part.
        """
        parts = parts_of(data_set)
        for part in parts:
            if part.lower() == self.split.lower():
                return part
        probe = data.choose_probe(data_set)
        roles = (
            {}
            if probe is None
            else dict(zip(("probe", "gallery"), data_set.probes[probe], strict=True))
        )
        if self.split in roles:
            return roles[self.split]
        raise errors.InputError(
            f"--split {self.split}: {data_set.name} has {', '.join(parts)}."
        )


def parts_of(data_set: catalog.DataSet) -> list[str]:
    """Names of a data set's parts."""
    pairs = data_set.probes.values()
    return list(dict.fromkeys(["train", *(part for pair in pairs for part in pair)]))


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    sources.define_own(values)
    for name, default, meaning in (
        ("person", None, "number, or name, of the person (the first)"),
        ("recording", None, "name of the recording, or which of the person's, from 0"),
        ("split", "train", "--dataset: part to show: train, gallery, probe, ..."),
        ("svg", None, "picture to write (in this folder, named after what it shows)"),
        ("gif", None, "animation to write"),
    ):
        flags.DEFINE_string(name, default, meaning, flag_values=values)
    flags.DEFINE_integer(
        "sequence",
        0,
        "--dataset: which sequence of the part, or of --person in it, from 0",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "frames",
        8,
        "figures, evenly spread over the recording",
        lower_bound=1,
        upper_bound=200,
        flag_values=values,
    )
    flags.DEFINE_float(
        "turn",
        None,
        "degrees to turn the skeletons about the vertical, counter-clockwise as seen "
        "from above; at 0, x grows to the right (30 from where they are seen from the "
        "front)",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "list", False, "only list persons and recordings", flag_values=values
    )


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options.

    Raises:
        errors.InputError: something is missing, unknown or contradicts itself.
    """
    turn = values["turn"].value
    if turn is not None and not math.isfinite(turn):
        raise errors.InputError(f"--turn {turn}: expected a number of degrees.")
    return Options(
        _source(values),
        turn=turn,
        svg=_picture(values, "svg"),
        gif=_picture(values, "gif"),
        lists=values["list"].value,
        **{name: values[name].value for name in _AS_GIVEN},
    )


def _source(
    values: flags.FlagValues,
) -> sources.RecordingsFile | sources.Folder | data_set_flags.Options:
    is_data_set = values["dataset"].present
    own = [name for name in ("recordings", "input") if values[name].value is not None]
    if is_data_set and own:
        raise errors.InputError(f"--dataset and --{own[0]} exclude each other.")
    if not is_data_set and not own:
        raise errors.InputError(
            "nothing to show; expected --recordings FILE.npz, --from FORMAT --input "
            "FOLDER, or --dataset NAME."
        )
    others = (
        (
            *_RECORDINGS_ONLY,
            *(flag.split("=")[0][2:] for flag in sources.own_flags(values)),
        )
        if is_data_set
        else (*_DATA_SET_ONLY, "probe", "probe_type", "length")
    )
    for name in others:
        if values[name].present:
            raise errors.InputError(
                f"--{name} goes with "
                f"{'--recordings or --input' if is_data_set else '--dataset'}; "
                f"{_INSTEAD.get(name, 'leave it out')}."
            )
    return data_set_flags.read(values) if is_data_set else sources.read_own(values)


def _picture(values: flags.FlagValues, name: str) -> pathlib.Path | None:
    value = values[name].value
    if value is None:
        return None
    path = pathlib.Path(value)
    if path.suffix.lower() != f".{name}":
        raise errors.InputError(
            f"--{name} {value!r}: expected a file that ends in .{name}, such as "
            f"walk.{name}."
        )
    return path
