"""From raw files to sequences on disk: the whole way of each data set."""

import dataclasses
import pathlib
import re
import shlex
from collections.abc import Callable, Sequence

from datasets import catalog, joint_maps, preparation, skeletons, splits_file
from datasets import recordings as recordings_module
from datasets.raw import folder, published, reading, take
from datasets.raw.formats import resampling
from simmc_tf import errors

Say = Callable[[int, int, str], object]


@dataclasses.dataclass(frozen=True)
class Target:
    """What is to be written.

    Attributes:
        lengths: f of each folder.
        data_root: folder of all data sets.
        seed: of the split, where one is drawn.
        splits: a splits.json to use instead, or None.
    """

    lengths: tuple[int, ...]
    data_root: pathlib.Path
    seed: int = 0
    splits: pathlib.Path | None = None

    @property
    def split_flag(self) -> str:
        """What the split comes from, as on the command line."""
        if self.splits is None:
            return f"--seed {self.seed}"
        return f"--splits {shlex.quote(str(self.splits))}"


def lengths_of(entry: catalog.DataSet, asked: Sequence[int]) -> tuple[int, ...]:
    """Those of some lengths that a data set is published in, else its default."""
    fitting = tuple(length for length in asked if length in entry.lengths)
    return fitting or entry.lengths[:1]


def convert_published(
    raw: published.RawDataSet,
    raw_root: pathlib.Path,
    target: Target,
    say: Say,
) -> list[preparation.Prepared]:
    """Reads a published data set and writes its sequences.

    Args:
        raw: the data set.
        raw_root: folder that holds its folder.
        target: what to write.
        say: as for `reading.read`.

    Raises:
        errors.InputError: the raw files are incomplete or damaged, or a folder to write
            holds data that were not made here.
    """
    entry = raw.entry
    for length in target.lengths:
        preparation.refuse_foreign(target.data_root / entry.name / str(length))
    listed = None if target.splits is None else splits_file.read(target.splits)
    takes = raw.format.find(raw.folder(raw_root))
    read = reading.read(takes, raw.format.read, say)
    parts = {part for pair in entry.probes.values() for part in pair}
    parts.add(recordings_module.TRAIN)
    return preparation.prepare(
        read.recordings if listed is None else listed.split(read.recordings, parts),
        entry.name,
        target.lengths,
        target.data_root,
        target.seed,
        made_by=f"Pre-process.py {' '.join(map(str, target.lengths))} --dataset "
        f"{entry.name} {target.split_flag}{raw.options}",
        probes=entry.probes,
        training=raw.training,
        draw=raw.draw,
        raw=read,
    )


@dataclasses.dataclass(frozen=True)
class Reader:
    """Reads a take of anyone's sensor as the command line asks for it.

    Attributes:
        sensor: that wrote the file.
        metres: in one unit of its coordinates; None: as the file says.
        input_fps: frames a second where the file does not say it.
        fps: frames a second to resample to; None: as recorded.
        joints: skeleton to turn it into; None: as recorded.
        clip: frames to leave out at both ends.
    """

    sensor: folder.Sensor
    metres: float | None
    input_fps: float
    fps: float | None = None
    joints: str | None = None
    clip: int = 0

    def __call__(self, one: take.Take) -> take.Frames:
        """Reads one.

        Raises:
            errors.InputError: the file is damaged, or its skeleton cannot be turned
                into the one that is asked for.
        """
        frames = self.sensor.read(one, self.metres, self.input_fps)
        kept = take.clipped(frames.positions, self.clip, self.clip)
        frames = dataclasses.replace(
            frames, positions=kept, clipped=len(frames.positions) - len(kept)
        )
        if self.joints is not None:
            frames = _as_skeleton(one, frames, skeletons.SKELETONS[self.joints])
        if self.fps is not None:
            positions = resampling.resample(frames.positions, frames.fps, self.fps)
            # The counts stay those of the file.
            frames = dataclasses.replace(
                frames, positions=positions, fps=self.fps, recorded=frames.read
            )
        return frames


def _as_skeleton(
    one: take.Take, frames: take.Frames, target: skeletons.Skeleton
) -> take.Frames:
    source = joint_maps.known(frames.positions, frames.joint_names)
    if source is None:
        raise errors.InputError(
            f"{one.files[0]}: its {len(frames.joint_names)} joints are no known "
            f"skeleton, so they cannot be turned into {target.name}; leave --joints "
            "out."
        )
    return dataclasses.replace(
        frames,
        positions=joint_maps.convert(*source, target),
        joint_names=target.joints,
    )


def read_folder(
    input_folder: pathlib.Path,
    naming: re.Pattern[str] | None,
    reader: Reader,
    say: Say,
) -> reading.Reading:
    """Reads anyone's folder of recordings.

    Args:
        input_folder: to read.
        naming: as for `folder.find`.
        reader: of one file.
        say: as for `reading.read`.

    Raises:
        errors.InputError: there is none, or one is damaged.
    """
    takes = folder.find(input_folder, reader.sensor.suffixes, naming)
    return reading.read(takes, reader, say)
