"""Arrays of .npy and .npz files that somebody brings: found, and read without pickles.

A .npy stays in its file, mapped; of an .npz one array at a time is in memory.
"""

import dataclasses
import pathlib

import numpy as np

from datasets import npy_store, readable
from datasets.raw.formats import array_file
from simmc_tf import array_file as checking
from simmc_tf import errors

SUFFIXES = (".npy", ".npz")
# What an archive from a Mac brings beside each file.
_NOT_OURS = "__MACOSX"


@dataclasses.dataclass(frozen=True)
class Stored:
    """An array in a file, of which the header was read.

    Attributes:
        name: FILE or FILE:KEY, the file as seen from the folder that was searched.
        path: of the file.
        key: of the array in an .npz; empty for a .npy.
        shape: that the header declares.
        dtype: that the header declares.
    """

    name: str
    path: pathlib.Path
    key: str
    shape: tuple[int, ...]
    dtype: np.dtype

    def __str__(self) -> str:
        kind = "pickled objects" if self.dtype.hasobject else str(self.dtype)
        return f"{self.name} {list(self.shape)} {kind}"

    def open(self) -> np.ndarray:
        """The array, mapped where it is a .npy.

        Raises:
            errors.InputError: it is damaged, pickled, or larger than the memory.
        """
        if not self.key:
            return npy_store.read_array(self.path, self.dtype.kind, "numbers")
        with (
            readable.refusing(self.path, f"{self} is damaged; get the file again."),
            checking.checked(self.path) as (file, _),
            np.load(file, allow_pickle=False) as archive,
        ):
            return archive[self.key]


def find(source: pathlib.Path) -> list[Stored]:
    """All arrays in a folder and below it, or in a file.

    Args:
        source: folder, .npz or .npy.

    Raises:
        errors.InputError: there are none, or a file is damaged.
    """
    root = source if source.is_dir() else source.parent
    paths = sorted(source.rglob("*")) if source.is_dir() else [source]
    found = []
    for path in paths:
        inner = path.relative_to(root)
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        if any(part.startswith(".") or part == _NOT_OURS for part in inner.parts):
            continue
        for key, header in array_file.headers(path).items():
            name = f"{inner}:{key}" if key else str(inner)
            found.append(Stored(name, path, key, header.shape, header.dtype))
    if not found:
        raise errors.InputError(
            f"--input {source}: found no arrays; expected a folder with .npy or .npz "
            "files, or one such file."
        )
    return found


def persons(array: Stored, length: int) -> np.ndarray:
    """Persons in whichever form: a number, or a one among zeros, for each.

    Args:
        array: [M] or [M, 1] numbers, [M, C] of zeros and a one, [N, f] numbers.
        length: f.

    Returns:
        [M] int64, M being N or N * f.

    Raises:
        errors.InputError: it is none of these.
    """
    found: np.ndarray = np.empty(0)
    if array.dtype.kind in "iufb":
        found = np.asarray(array.open())
    if found.ndim == 2 and found.shape[1] > 1 and _one_hot(found):
        found = found.argmax(axis=1)
    if found.ndim == 2 and found.shape[1] in (1, length):
        found = found.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        whole = (np.abs(found.astype(float)) < 2**53) & (found == np.round(found))
    if found.ndim != 1 or not found.size or not whole.all():
        raise errors.InputError(
            f"{array}: expected persons, a whole number for each sequence or "
            "skeleton, or a 1 among zeros."
        )
    return found.astype(np.int64)


def _one_hot(array: np.ndarray) -> bool:
    zeros_and_ones = ((array == 0) | (array == 1)).all()
    return bool(zeros_and_ones and (array.sum(axis=1) == 1).all())
