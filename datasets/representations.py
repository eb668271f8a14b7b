"""Per-skeleton representations of a source model, for SimMC-UF.

    Representations/SOURCE/NAME/f/{train,SPLIT}/features.npy      [N, f, d] float
                                               frame_id_NAME_f.npy  [N] persons

They take the place of the coordinates, and are not centred.
"""

import pathlib

import numpy as np

from datasets import catalog, loading, npy_store
from simmc_tf import data as data_module
from simmc_tf import errors

TRAIN = "train"


def load(
    folder: pathlib.Path, data_set: catalog.DataSet, probe: str, length: int
) -> loading.Loaded:
    """Reads the representations of one data set.

    Args:
        folder: `Representations/SOURCE`.
        data_set: that they were extracted from.
        probe: one of its probes.
        length: f.

    Raises:
        errors.InputError: files are missing or broken, or the splits' widths differ.
    """
    base = folder / data_set.name / str(length)
    if not base.is_dir():
        raise errors.InputError(
            f"There is no folder {base}: representations are read from "
            f"SOURCE/{data_set.name}/{length}/{{train,SPLIT}}/features.npy (README, "
            "'Fine-tuning representations')."
        )
    probe_part, gallery_part = data_set.probes[probe]
    splits = {
        part: _read(base / part, data_set.name, length)
        for part in dict.fromkeys((TRAIN, gallery_part, probe_part))
    }
    widths = {part: split.sequences.shape[2] for part, split in splits.items()}
    if len(set(widths.values())) > 1:
        listed = ", ".join(f"{part} {width}" for part, width in widths.items())
        raise errors.InputError(
            f"{base}: the splits have representations of different widths ({listed})."
        )
    return loading.Loaded(
        data_set,
        probe,
        length,
        data_module.ReidData(
            splits[TRAIN],
            data_module.Matching(
                splits[gallery_part], splits[probe_part], gallery_part == probe_part
            ),
            data_set.balanced,
            coordinates=False,
        ),
        origin={"source": str(folder)},
    )


def write(
    folder: pathlib.Path, part: str, name: str, length: int, split: data_module.Split
) -> None:
    """Writes one split.

    Args:
        folder: `Representations/SOURCE`.
        part: `train` or a test split.
        name: of the data set.
        length: f.
        split: representations [N, f, d] and persons.
    """
    target = folder / name / str(length) / part
    npy_store.save(target / "features.npy", split.sequences)
    npy_store.save(target / f"frame_id_{name}_{length}.npy", split.persons)


def _read(folder: pathlib.Path, name: str, length: int) -> data_module.Split:
    files = folder / "features.npy", folder / f"frame_id_{name}_{length}.npy"
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise errors.InputError(
            f"{folder} is incomplete: {', '.join(missing)} missing."
        )
    features = npy_store.read_array(files[0], "f", "representations")
    persons = npy_store.read_persons(files[1])
    if features.ndim != 3 or features.shape[:2] != (len(persons), length):
        raise errors.InputError(
            f"{files[0]}: expected [{len(persons)}, {length}, d] for the "
            f"{len(persons)} persons of {files[1].name}, found {list(features.shape)}."
        )
    sequences = np.asarray(features, np.float32)
    if not np.isfinite(sequences).all():
        sequence, frame, _ = np.argwhere(~np.isfinite(sequences))[0]
        raise errors.InputError(
            f"{files[0]}: sequence {sequence}, skeleton {frame} has a number that is "
            "not finite."
        )
    return data_module.Split(sequences, persons)
