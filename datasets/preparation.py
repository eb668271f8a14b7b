"""Recordings to a data set on disk: windows, splits, descriptor."""

import dataclasses
import pathlib
import tempfile
from collections.abc import Sequence

import numpy as np

from datasets import (
    catalog,
    descriptor,
    npy_store,
    splits,
    windows,
)
from datasets import recordings as recordings_module
from simmc_tf import atomic, errors
from simmc_tf import data as data_module

SPLITS_FILE = "splits.json"


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What was written.

    Attributes:
        folder: `Datasets/NAME/f`.
        counts: split -> (sequences, persons).
    """

    folder: pathlib.Path
    counts: dict[str, tuple[int, int]]

    @property
    def text(self) -> str:
        """The counts, for people."""
        return "\n".join(
            [f"{self.folder}:"]
            + [
                f"  {part:8} {sequences:9,} sequences of {persons} persons"
                for part, (sequences, persons) in self.counts.items()
            ]
        )


def prepare(
    recordings: recordings_module.Recordings,
    name: str,
    lengths: Sequence[int],
    data_root: pathlib.Path,
    seed: int,
    made_by: str,
    probes: dict[str, tuple[str, str]] | None = None,
    generated: bool = False,
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

    Raises:
        errors.InputError: no training recording is long enough, probes and gallery do
            not fit, or a folder holds data that were not made here.
    """
    split, drawn_with = recordings.split, None
    if split is None:
        split, drawn_with = splits.draw(recordings, max(lengths), seed), seed
    if probes is None:
        probes = {
            recordings_module.PROBE: (
                recordings_module.PROBE,
                recordings_module.GALLERY,
            )
        }
    cut = {}
    for length in lengths:
        _refuse_foreign(data_root / name / str(length))
        cut[length] = _cut(recordings, split, length, probes)
    return [
        _write(
            data_root / name / str(length),
            recordings,
            split,
            drawn_with,
            data,
            descriptor.Descriptor(
                name,
                length,
                recordings.joint_names,
                {
                    probe: parts
                    for probe, parts in probes.items()
                    if all(part in data for part in parts)
                },
                made_by,
                generated,
            ),
        )
        for length, data in cut.items()
    ]


def _cut(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    length: int,
    probes: dict[str, tuple[str, str]],
) -> dict[str, data_module.Split]:
    """Sequences of every part that has some; checks that probes can find anybody."""
    data = {
        part: sequences
        for part, sequences in windows.by_split(recordings, split, length).items()
        if len(sequences)
    }
    if recordings_module.TRAIN not in data:
        training = np.diff(recordings.starts)[split == recordings_module.TRAIN]
        raise errors.InputError(
            f"No training recording has {length} frames: the longest of "
            f"{len(training)} has {training.max(initial=0)}. Choose a smaller length, "
            "or give more recordings to training."
        )
    for probe, gallery in probes.values():
        if probe in data and gallery in data:
            data_module.Matching(data[gallery], data[probe])
        elif probe in data:
            raise errors.InputError(
                f"There are {probe} sequences of {length} frames, but none of "
                f"{gallery}: nothing could be found."
            )
    return data


def _write(
    folder: pathlib.Path,
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    drawn_with: int | None,
    data: dict[str, data_module.Split],
    described: descriptor.Descriptor,
) -> Prepared:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
        new = pathlib.Path(made) / "new"
        for part, sequences in data.items():
            npy_store.write(
                _part_folder(new, part), described.name, described.length, sequences
            )
        _write_splits(new, recordings, split, drawn_with)
        descriptor.write(new, described)
        old = pathlib.Path(made) / "old"
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except BaseException:
            if old.exists():
                old.rename(folder)
            raise
    return Prepared(
        folder,
        {
            part: (len(sequences), len(np.unique(persons[persons >= 0])))
            for part, sequences in data.items()
            for persons in [sequences.persons]
        },
    )


def _part_folder(folder: pathlib.Path, part: str) -> pathlib.Path:
    if part == recordings_module.TRAIN:
        return folder / npy_store.TRAIN_FOLDER
    return folder / npy_store.TEST_FOLDER / part


def _refuse_foreign(folder: pathlib.Path) -> None:
    """Data that this program did not make cannot be made again: never replace them."""
    if folder.exists() and not (folder / descriptor.FILE).is_file():
        raise errors.InputError(
            f"{folder} holds data that were not made here; choose another name or "
            "--data_root, or move the folder away."
        )


def _write_splits(
    folder: pathlib.Path,
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    seed: int | None,
) -> None:
    atomic.write_json(
        folder / SPLITS_FILE,
        {
            "drawn_with_seed": seed,
            "recordings": [
                {"recording": name, "person": person, "frames": frames, "split": part}
                for name, person, frames, part in zip(
                    recordings.recording.tolist(),
                    recordings.person.tolist(),
                    np.diff(recordings.starts).tolist(),
                    split.tolist(),
                    strict=True,
                )
            ],
        },
    )


def refuse_published(name: str) -> None:
    """Own data must not take a published data set's name.

    Raises:
        errors.InputError: the name is taken.
    """
    entry = catalog.find(name)
    if entry is not None or name.lower() == catalog.SYNTHETIC.lower():
        raise errors.InputError(
            f"--dataset {name} is the name of a known data set; choose another one for "
            "your own recordings."
        )
