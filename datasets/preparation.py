"""Recordings to a data set on disk: windows, splits, descriptor."""

import dataclasses
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Sequence

import numpy as np

from datasets import catalog, descriptor, npy_store, splits, splits_file, windows
from datasets import recordings as recordings_module
from datasets import report as report_module
from datasets.raw import reading
from simmc_tf import atomic, errors
from simmc_tf import data as data_module

# Where a folder is made, beside its place, and what was in that place before.
_MAKING, _OLD = ".making-", "old"


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What was written.

    Attributes:
        folder: `Datasets/NAME/f`.
        report: what became of whose frames.
    """

    folder: pathlib.Path
    report: report_module.Report

    @property
    def text(self) -> str:
        """The counts, for people."""
        return f"{self.folder}:\n{self.report.text}"


def prepare(
    recordings: recordings_module.Recordings,
    name: str,
    lengths: Sequence[int],
    data_root: pathlib.Path,
    seed: int,
    made_by: str,
    probes: dict[str, tuple[str, str]] | None = None,
    generated: bool = False,
    training: windows.Training = windows.Training.HALF,
    draw: Callable[..., np.ndarray] = splits.draw,
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
        probes: probe name -> (probe split, gallery split); None for probe/gallery.
        generated: the walkers are generated, not recorded.
        training: where sequences of training recordings begin.
        draw: draws the split, called as `splits.draw`.
        raw: what the recordings were read from, for the report.

    Raises:
        errors.InputError: no training recording is long enough, probes and gallery do
            not fit, or a folder holds data that were not made here.
    """
    split, drawn_with = recordings.split, None
    if split is None:
        split, drawn_with = draw(recordings, max(lengths), seed), seed
    probes = catalog.PROBE_GALLERY if probes is None else probes
    spans_of = {}
    for length in lengths:
        refuse_foreign(data_root / name / str(length))
        spans_of[length] = cut(recordings, split, length, probes, training)
    with atomic.locked(data_root / name, "--data_root"):
        _clear(data_root / name)
        return [
            _write(
                data_root / name / str(length),
                recordings,
                split,
                drawn_with,
                spans,
                descriptor.Descriptor(
                    name,
                    length,
                    recordings.joint_names,
                    {
                        probe: parts
                        for probe, parts in probes.items()
                        if all(part in spans for part in parts)
                    },
                    made_by,
                    generated,
                    training.value,
                ),
                raw,
            )
            for length, spans in spans_of.items()
        ]


def _clear(folder: pathlib.Path) -> None:
    """Removes what is half made; what it was about to replace comes back."""
    for made in folder.glob(f"{_MAKING}*"):
        for old in made.glob(f"{_OLD}-*"):
            place = folder / old.name.removeprefix(f"{_OLD}-")
            if not place.exists():
                old.rename(place)
        shutil.rmtree(made)


def cut(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    length: int,
    probes: dict[str, tuple[str, str]],
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
    for probe, gallery in probes.values():
        if probe in spans and gallery in spans:
            data_module.check_persons(
                *(recordings.person[spans[part].recording] for part in (gallery, probe))
            )
        elif probe in spans:
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
    raw: reading.Reading | None,
) -> Prepared:
    name, length = described.name, described.length
    report = report_module.make(recordings, split, spans, length, raw)
    made = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=_MAKING))
    try:
        new = made / "new"
        for part, found in spans.items():
            npy_store.write_cut(
                _part_folder(new, part),
                name,
                length,
                recordings.positions,
                windows.begins(recordings, found),
                windows.persons(recordings, found),
            )
        splits_file.write(new, recordings, split, drawn_with)
        atomic.write_text(new / report_module.FILE, report.table)
        descriptor.write(new, described)
        if folder.exists():
            folder.rename(made / f"{_OLD}-{folder.name}")
        new.rename(folder)
    finally:
        # As after a killed run: wherever this one was stopped, the old data are safe.
        _clear(folder.parent)
    return Prepared(folder, report)


def _part_folder(folder: pathlib.Path, part: str) -> pathlib.Path:
    if part == recordings_module.TRAIN:
        return folder / npy_store.TRAIN_FOLDER
    return folder / npy_store.TEST_FOLDER / part


def refuse_foreign(folder: pathlib.Path) -> None:
    """Refuses to replace data that were not made here: they could not be made again.

    Raises:
        errors.InputError: `Datasets/NAME/f` holds such data.
    """
    if folder.exists() and not (folder / descriptor.FILE).is_file():
        raise errors.InputError(
            f"{folder} holds data that were not made here; choose another name or "
            "--data_root, or move the folder away."
        )


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
