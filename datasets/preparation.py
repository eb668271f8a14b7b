"""Recordings to a data set on disk: windows, splits, descriptor."""

import dataclasses
import pathlib
import tempfile

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
    length: int,
    data_root: pathlib.Path,
    seed: int,
    made_by: str,
    probes: dict[str, tuple[str, str]] | None = None,
    generated: bool = False,
) -> Prepared:
    """Writes recordings as sequences in the published layout, all or nothing.

    Args:
        recordings: to cut; where they bring no split, one is drawn.
        name: of the data set.
        length: f.
        data_root: folder of all data sets.
        seed: of the split.
        made_by: for the descriptor.
        probes: probe name -> (probe split, gallery split); None for probe/gallery.
        generated: the walkers are generated, not recorded.

    Raises:
        errors.InputError: no training recording is long enough, or the folder holds
            data that were not made here.
    """
    folder = data_root / name / str(length)
    _refuse_foreign(folder)
    split, drawn_with = recordings.split, None
    if split is None:
        split, drawn_with = splits.draw(recordings, length, seed), seed
    data = windows.by_split(recordings, split, length)
    if len(data[recordings_module.TRAIN]) == 0:
        raise errors.InputError(
            f"No training recording has {length} frames (the longest of all has "
            f"{np.diff(recordings.starts).max()}); choose a smaller length."
        )
    if probes is None:
        probes = {
            recordings_module.PROBE: (
                recordings_module.PROBE,
                recordings_module.GALLERY,
            )
        }
    probes = {
        probe: parts
        for probe, parts in probes.items()
        if all(part in data and len(data[part]) for part in parts)
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
        new = pathlib.Path(made) / "new"
        for part, sequences in data.items():
            if len(sequences):
                npy_store.write(_part_folder(new, part), name, length, sequences)
        _write_splits(new, recordings, split, drawn_with)
        descriptor.write(
            new,
            descriptor.Descriptor(
                name, length, recordings.joint_names, probes, made_by, generated
            ),
        )
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
            part: (len(sequences), len(np.unique(sequences.persons)))
            for part, sequences in data.items()
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
            f"{folder} holds data that were not made here; choose another --dataset, "
            "or move the folder away."
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
