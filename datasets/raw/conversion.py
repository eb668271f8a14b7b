"""From raw files to sequences on disk: the whole way of each data set."""

import dataclasses
import math
import pathlib
import re
import shlex
from collections.abc import Callable, Sequence

from datasets import (
    catalog,
    duplicates,
    joint_maps,
    preparation,
    replacing,
    skeletons,
    splits_file,
)
from datasets import recordings as recordings_module
from datasets.raw import folder, natural, published, reading, take
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
    note: Callable[[str], object] = print,
) -> list[preparation.Prepared]:
    """Reads a published data set and writes its sequences.

    Args:
        raw: the data set.
        raw_root: folder that holds its folder.
        target: what to write.
        say: as for `reading.read`.
        note: is told what was left out or is there twice, for people.

    Raises:
        errors.InputError: the raw files are incomplete or damaged, or a folder to write
            holds data that were not made here.
    """
    entry = raw.entry
    for length in target.lengths:
        replacing.refuse_foreign(target.data_root / entry.name / str(length))
    listed = None if target.splits is None else splits_file.read(target.splits)
    takes = _found(raw, raw.folder(raw_root), note)
    read = reading.read(takes, raw.format.read, say)
    for line in duplicates.warnings(read.recordings):
        note(f"{raw.name}: {line}")
    parts = {part for pair in entry.probes.values() for part in pair}
    parts.add(recordings_module.TRAIN)
    return preparation.prepare(
        read.recordings if listed is None else listed.split(read.recordings, parts),
        entry.name,
        target.lengths,
        target.data_root,
        target.seed,
        made_by=f"Pre-process.py {' '.join(map(str, target.lengths))} --dataset "
        f"{entry.name} --raw_root {shlex.quote(str(raw_root))} {target.split_flag}"
        f"{raw.options}",
        rules=preparation.Rules(entry.probes, raw.training, raw.draw),
        raw=read,
    )


def _found(
    raw: published.RawDataSet,
    place: pathlib.Path,
    note: Callable[[str], object],
) -> list[take.Take]:
    skipped: list[pathlib.Path] = []
    try:
        return raw.format.find(place, skipped.append)
    finally:
        if skipped:
            names = [path.relative_to(place).as_posix() for path in skipped]
            listed = errors.one_line(natural.listed(names))
            note(f"{raw.name}: left out, as no recordings: {listed}")


@dataclasses.dataclass(frozen=True)
class Reader:
    """Reads a take of anyone's sensor as the command line asks for it.

    Attributes:
        sensor: that wrote the file.
        metres: in one unit of its coordinates; None: as the file says.
        input_fps: frames a second where the file does not say it; None: the usual.
        fps: frames a second to resample to; None: as recorded.
        joints: skeleton to turn it into; None: as recorded.
        clip: frames to leave out at both ends.
    """

    sensor: folder.Sensor
    metres: float | None
    input_fps: float | None = None
    fps: float | None = None
    joints: str | None = None
    clip: int = 0

    def __call__(self, one: take.Take) -> take.Frames:
        """Reads one.

        Raises:
            errors.InputError: the file is damaged, or its skeleton cannot be turned
                into the one that is asked for.
        """
        # What comes back not as a number, the file does not say.
        frames = self.sensor.read(one, self.metres, math.nan)
        if math.isnan(frames.fps):
            frames = dataclasses.replace(frames, fps=self.assumed_fps)
        else:
            frames = dataclasses.replace(frames, own_fps=frames.fps)
        kept = take.clipped(frames.positions, self.clip, self.clip)
        frames = dataclasses.replace(
            frames, positions=kept, clipped=len(frames.positions) - len(kept)
        )
        if self.joints is not None:
            frames = _as_skeleton(one, frames, skeletons.SKELETONS[self.joints])
        if self.fps is not None:
            try:
                positions = resampling.resample(frames.positions, frames.fps, self.fps)
            except errors.InputError as error:
                raise errors.InputError(f"{one.files[0]}: {error}") from error
            # The counts stay those of the file.
            frames = dataclasses.replace(
                frames, positions=positions, fps=self.fps, recorded=frames.read
            )
        return frames

    @property
    def assumed_fps(self) -> float:
        """Frames a second of files that do not say it."""
        return self.sensor.fps if self.input_fps is None else self.input_fps

    def notes(self, read: reading.Reading, saved: bool) -> list[str]:
        """Where a rate was not that of the command line, or is a guess, for people.

        Args:
            read: what it has read.
            saved: whether the rates are written to a file.
        """
        lines = []
        others = [
            fps
            for fps in read.own_fps
            if self.input_fps and not resampling.similar_rate(fps, self.input_fps)
        ]
        if others:
            rates = sorted({min(others), max(others)})
            lines.append(
                f"note: --input_fps {self.input_fps:g} is for files that do not say "
                f"their rate; {len(others)} of {len(read.takes)} do, and keep it: "
                f"{' to '.join(f'{fps:.4g}' for fps in rates)} frames a second"
            )
        silent = len(read.takes) - len(read.own_fps)
        rates_matter = saved or self.fps is not None
        if read.unread_times and rates_matter:
            lines.append(
                f"note: times that cannot be read, or make no rate, in "
                f"{len(read.unread_times)} of {len(read.takes)} files: column "
                f"{read.unread_times[0]}; expected numbers, 10:00:00.066, or "
                "2024-03-01T10:00:00.066"
            )
        if silent and rates_matter and self.input_fps is None:
            lines.append(
                f"note: {silent} of {len(read.takes)} files do not say their rate"
                f"{' so that it can be read' if read.unread_times else ''}; "
                f"taken as {self.assumed_fps:g} frames a second (--input_fps says "
                "otherwise)"
            )
        return lines


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
    turned = joint_maps.convert(*source, target)
    positions, joint_names = joint_maps.rooted(turned, target)
    return dataclasses.replace(frames, positions=positions, joint_names=joint_names)


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
