"""Under which condition each sequence was recorded: view, clothing, ...; where known.

    condition_NAME_f.npy    [n] str, beside the sequences of a split that was made here

Nothing reads them but a report's map: whoever does not know of the file loses nothing.
"""

import pathlib
from collections.abc import Callable, Mapping

import numpy as np

from datasets import npy_store, windows
from datasets import recordings as recordings_module
from simmc_tf import data as data_module
from simmc_tf import errors

# Of n sequences of a part of a data set: [n] str, None where nothing says them.
Told = Callable[[str, int], np.ndarray | None]


def path(folder: pathlib.Path, name: str, length: int) -> pathlib.Path:
    """Where the conditions of a split are; the file need not be there.

    Args:
        folder: of the split.
        name: of the data set, as the file names have it.
        length: f.
    """
    return folder / f"condition_{name}_{length}.npy"


def of_recordings(
    recordings: recordings_module.Recordings, found: windows.Spans
) -> np.ndarray | None:
    """[n] str of sequences that are cut from recordings; None where none says any."""
    told = recordings.condition
    if told is None or not any(told.tolist()):
        return None
    return told[found.recording]


def write(
    folder: pathlib.Path, name: str, length: int, found: np.ndarray | None
) -> None:
    """Writes those of a split, where there are any."""
    if found is not None:
        npy_store.save(path(folder, name, length), found)


def read(
    folder: pathlib.Path, name: str, length: int, num_sequences: int
) -> np.ndarray | None:
    """Those of the n sequences of a split, [n] str; None where there is no file.

    Raises:
        errors.InputError: the file holds something else.
    """
    file = path(folder, name, length)
    if not file.is_file():
        return None
    found = npy_store.read_array(file, "U", "conditions")
    if found.shape != (num_sequences,):
        raise errors.InputError(
            f"{file}: expected a condition for each of {num_sequences} sequences, "
            f"found an array {list(found.shape)}; make the data again, or remove it."
        )
    return np.array(found)


def by_split(
    data: data_module.ReidData, pair: tuple[str, str] | None, told: Told
) -> dict[str, np.ndarray]:
    """Those of the splits of which they are known.

    A part that is none of `recordings.SPLITS` is called by its condition, as CASIA-B's
    `nm`, `cl` and `bg`, and BIWI's `Walking` and `Still`.

    Args:
        data: that is loaded.
        pair: parts that its probes and their gallery are; None where it has none.
        told: of all other parts.

    Returns:
        Name of the split, as `data.splits` has it -> [n] str.
    """
    probe, gallery = pair or (None, None)
    parts: Mapping[str, str | None] = {"probe": probe, "gallery": gallery}
    found = {}
    for name, split in data.splits.items():
        part = parts.get(name) or recordings_module.TRAIN
        known = part in recordings_module.SPLITS
        own = told(part, len(split)) if known else np.full(len(split), part)
        if own is not None:
            found[name] = own
    return found
