"""Recordings to a data set on disk: windows, splits, descriptor."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from datasets import (
    catalog,
    descriptor,
    npy_store,
    replacing,
    splits,
    splits_file,
    windows,
)
from datasets import conditions as conditions_module
from datasets import recordings as recordings_module
from datasets import report as report_module
from datasets.raw import reading
from simmc_tf import atomic, errors, folders
from simmc_tf import data as data_module


@dataclasses.dataclass(frozen=True)
class Rules:
    """How the recordings of a data set become sequences.

    Attributes:
        probes: probe name -> (probe split, gallery split).
        training: where sequences of training recordings begin.
        draw: draws the split where the recordings bring none, called as `splits.draw`.
    """

    probes: Mapping[str, tuple[str, str]]
    training: windows.Training = windows.Training.HALF
    draw: Callable[..., np.ndarray] = splits.draw


OWN = Rules(catalog.PROBE_GALLERY)


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What was written.

    Attributes:
        folder: `Datasets/NAME/f`.
        report: what became of whose frames.
        extent: of a typical skeleton, in metres if the coordinates are.
        without_probes: why there are no probes; empty where there are some.
    """

    folder: pathlib.Path
    report: report_module.Report
    extent: float
    without_probes: str = ""

    @property
    def text(self) -> str:
        """The counts, for people."""
        lines = [f"{self.folder}:", self.report.text]
        if self.without_probes:
            lines.append(f"  no probes: {self.without_probes}")
        return "\n".join(lines)


def prepare(
    recordings: recordings_module.Recordings,
    name: str,
    lengths: Sequence[int],
    data_root: pathlib.Path,
    seed: int,
    made_by: str,
    rules: Rules = OWN,
    generated: bool = False,
    raw: reading.Reading | None = None,
) -> list[Prepared]:
    """Writes recordings as sequences in the published layout.

    All lengths are cut and checked before the first is written, and each folder is
    written whole or not at all. They share one split, drawn among the recordings that
    are long enough for the longest.

    Args:
        recordings: to cut; where they bring no split, one is drawn.
        name: of the data set.
        lengths: f of each folder to write.
        data_root: folder of all data sets.
        seed: of the split.
        made_by: for the descriptor.
        rules: of the data set.
        generated: the walkers are generated, not recorded.
        raw: what the recordings were read from, for the report.

    Raises:
        errors.InputError: no training recording is long enough, probes and gallery do
            not fit, or a folder holds files that were not made here.
    """
    split, drawn_with = recordings.split, None
    if split is None:
        split, drawn_with = rules.draw(recordings, max(lengths), seed), seed
    spans_of = {}
    for length in lengths:
        replacing.refuse_foreign(data_root / name / str(length))
        spans_of[length] = cut(recordings, split, length, rules.probes, rules.training)
    extent = recordings_module.extent(recordings)
    made = []
    with atomic.locked(data_root / name, "--data_root"):
        folders.clear(data_root / name)
        for length, spans in spans_of.items():
            described = descriptor.Descriptor(
                name,
                length,
                recordings.joint_names,
                _complete(rules.probes, spans),
                made_by,
                generated,
                rules.training.value,
                person_names(recordings),
            )
            report = report_module.make(recordings, split, spans, length, raw)
            folder = data_root / name / str(length)
            _write(folder, recordings, split, drawn_with, spans, described, report)
            why = ""
            if not described.probes:
                why = _without_probes(
                    recordings, split, rules, length, max(lengths), drawn_with
                )
            made.append(Prepared(folder, report, extent, why))
    return made


def person_names(recordings: recordings_module.Recordings) -> dict[int, str]:
    """Number -> name of the persons whose names tell more than their numbers."""
    if recordings.person_name is None:
        return {}
    pairs = dict(
        zip(recordings.person.tolist(), recordings.person_name.tolist(), strict=True)
    )
    return {
        number: name
        for number, name in sorted(pairs.items())
        if number >= 0 and name not in ("", str(number))
    }


def _complete(
    probes: Mapping[str, tuple[str, str]], spans: Mapping[str, windows.Spans]
) -> dict[str, tuple[str, str]]:
    """The probes of which all parts have sequences."""
    return {
        probe: parts
        for probe, parts in probes.items()
        if all(part in spans for part in parts)
    }


def _without_probes(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    rules: Rules,
    length: int,
    longest: int,
    drawn_with: int | None,
) -> str:
    """Says why no probe has a sequence of a length."""
    parts = sorted({part for part, _ in rules.probes.values()})
    given = np.isin(split, parts)
    if given.any():
        frames = np.diff(recordings.starts)[given].max()
        return (
            f"the longest of {np.count_nonzero(given)} recordings in "
            f"{', '.join(parts)} has {frames} frames, fewer than {length}"
        )
    if drawn_with is None:
        return f"none of {len(recordings)} recordings is in {', '.join(parts)}"
    needed = splits.NEEDED[rules.draw].format(frames=longest)
    return f"nobody has {needed}, one each for training, gallery and probes"


def cut(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    length: int,
    probes: Mapping[str, tuple[str, str]],
    training: windows.Training,
) -> dict[str, windows.Spans]:
    """Finds the sequences of every part that has some.

    Args:
        recordings: to cut.
        split: [R] str, the part that each belongs to.
        length: f.
        probes: probe name -> (probe split, gallery split).
        training: where sequences of training recordings begin.

    Raises:
        errors.InputError: no training recording is long enough, or probes and gallery
            do not fit.
    """
    spans = {
        part: found
        for part, found in windows.spans_by_split(
            recordings, split, length, training
        ).items()
        if len(found)
    }
    if recordings_module.TRAIN not in spans:
        longest = np.diff(recordings.starts)[split == recordings_module.TRAIN]
        raise errors.InputError(
            f"No training recording has {length} frames: the longest of "
            f"{len(longest)} has {longest.max(initial=0)}. Choose a smaller length, "
            "or give more recordings to training."
        )
    complete = _complete(probes, spans).values()
    for probe, gallery in complete:
        data_module.check_persons(
            *(recordings.person[spans[part].recording] for part in (gallery, probe))
        )
    for probe, gallery in probes.values():
        if probe in spans and probe not in {one for one, _ in complete}:
            raise errors.InputError(
                f"There are {probe} sequences of {length} frames, but none of "
                f"{gallery}: nothing could be found."
            )
    return spans


def _write(
    folder: pathlib.Path,
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    drawn_with: int | None,
    spans: dict[str, windows.Spans],
    described: descriptor.Descriptor,
    report: report_module.Report,
) -> None:
    name, length = described.name, described.length
    with folders.replaced(folder) as new:
        for part, found in spans.items():
            npy_store.write_cut(
                _part_folder(new, part),
                name,
                length,
                recordings.positions,
                windows.begins(recordings, found),
                windows.persons(recordings, found),
            )
            conditions_module.write(
                _part_folder(new, part),
                name,
                length,
                conditions_module.of_recordings(recordings, found),
            )
        splits_file.write(new, recordings, split, drawn_with)
        atomic.write_text(new / report_module.FILE, report.table)
        descriptor.write(new, described)


def _part_folder(folder: pathlib.Path, part: str) -> pathlib.Path:
    if part == recordings_module.TRAIN:
        return folder / npy_store.TRAIN_FOLDER
    return folder / npy_store.TEST_FOLDER / part


def refuse_published(name: str) -> None:
    """Own data must not take a published data set's name.

    Raises:
        errors.InputError: the name is taken.
    """
    entry = catalog.find(name)
    if entry is not None or name.lower() == catalog.SYNTHETIC.lower():
        raise errors.InputError(
            f"{name} is the name of a known data set; choose another one for "
            "your own recordings."
        )
