"""Arrays of .npy and .npz files that somebody brings: found, and read without pickles.

A .npy stays in its file, mapped; of an .npz one array at a time is in memory.
"""

import dataclasses
import pathlib
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np

from datasets import npy_store
from datasets.raw.formats import array_file
from simmc_tf import errors

SUFFIXES = (".npy", ".npz")
# What an archive from a Mac brings beside each file.
_NOT_OURS = ("__MACOSX",)


@dataclasses.dataclass(frozen=True)
class Stored:
    """An array in a file, of which the header was read.

    Attributes:
        path: of the file.
        key: of the array in an .npz; empty for a .npy.
        shape: that the header declares.
        dtype: that the header declares.
    """

    path: pathlib.Path
    key: str
    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def name(self) -> str:
        """As the flags take it: FILE or FILE:KEY."""
        return f"{self.path}:{self.key}" if self.key else str(self.path)

    @property
    def described(self) -> str:
        """Shape and type, for people."""
        kind = "pickled objects" if self.dtype.hasobject else str(self.dtype)
        return f"{list(self.shape)} {kind}"

    def check_type(self, kinds: str, meaning: str) -> None:
        """Refuses other types.

        Args:
            kinds: NumPy type codes that it may have.
            meaning: of its content, for messages.

        Raises:
            errors.InputError: it is of another type.
        """
        if self.dtype.kind not in kinds:
            remedy = "; save numbers, without pickles" if self.dtype.hasobject else ""
            raise errors.InputError(
                f"{self.name}: expected {meaning}, found {self.described}{remedy}."
            )

    def open(self, kinds: str, meaning: str) -> np.ndarray:
        """The array, mapped where it is a .npy.

        Args:
            kinds: NumPy type codes that it may have.
            meaning: of its content, for messages.

        Raises:
            errors.InputError: it is of another type, or damaged.
        """
        self.check_type(kinds, meaning)
        if not self.key:
            return npy_store.read_array(self.path, kinds, meaning)
        try:
            with np.load(self.path, allow_pickle=False) as archive:
                return archive[self.key]
        except MemoryError as error:
            raise errors.InputError(
                f"{self.name}: {self.described} is more than the memory holds; save "
                "the array as a .npy file, which is not read at once."
            ) from error
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise errors.InputError(
                f"{self.name} is damaged ({error}); get the file again."
            ) from error


def find(source: pathlib.Path) -> list[tuple[tuple[str, ...], Stored]]:
    """All arrays in a folder and below it, or in a file.

    Args:
        source: folder, .npz or .npy.

    Returns:
        Each with the parts of its name: folders below `source`, the file's name without
        suffix, and the array's in an .npz.

    Raises:
        errors.InputError: there are none, or a file is damaged.
    """
    if source.is_dir():
        files = [
            path
            for path in sorted(source.rglob("*"))
            if path.suffix.lower() in SUFFIXES
            and path.is_file()
            and not any(
                part.startswith(".") or part in _NOT_OURS
                for part in path.relative_to(source).parts
            )
        ]
        root = source
    elif source.is_file() and source.suffix.lower() in SUFFIXES:
        files, root = [source], source.parent
    else:
        raise errors.InputError(
            f"{source}: expected a folder with .npy or .npz files, or one such file."
        )
    found = []
    for path in files:
        names = path.relative_to(root).with_suffix("").parts
        for one in stored(path):
            found.append(((*names, one.key) if one.key else names, one))
    if not found:
        raise errors.InputError(f"{source} holds no arrays in .npy or .npz files.")
    return found


def stored(path: pathlib.Path) -> list[Stored]:
    """Arrays in one file.

    Raises:
        errors.InputError: it is damaged.
    """
    return [
        Stored(path, key, header.shape, header.dtype)
        for key, header in array_file.headers(path).items()
    ]


def named(text: str, folders: Sequence[pathlib.Path], flag: str) -> Stored:
    """The array that a flag names.

    Args:
        text: FILE or FILE:KEY.
        folders: where a relative FILE may lie.
        flag: that it was given with, for messages.

    Raises:
        errors.InputError: there is no such file, or not this array in it.
    """
    name, _, key = text.rpartition(":")
    ways = [(text, ""), (name, key)] if name and key else [(text, "")]
    for file, inner in ways:
        paths = [folder / file for folder in folders]
        there = {path.resolve(): path for path in paths if path.is_file()}
        if len(there) > 1:
            raise errors.InputError(
                f"{flag}: there is {' and '.join(map(str, there.values()))}; give a "
                "whole path."
            )
        if there:
            (path,) = there.values()
            return _one(path, inner, flag)
    raise errors.InputError(
        f"{flag}: there is no file {' or '.join(str(f / text) for f in folders)}; "
        "expected PART=FILE, or PART=FILE:KEY for an array in an .npz."
    )


def _one(path: pathlib.Path, key: str, flag: str) -> Stored:
    if path.suffix.lower() not in SUFFIXES:
        raise errors.InputError(f"{flag}: expected a .npy or .npz file.")
    arrays = stored(path)
    fitting = [array for array in arrays if array.key == key]
    if not fitting and not key and len(arrays) == 1:
        fitting = arrays
    if not fitting:
        listed = ", ".join(array.key for array in arrays) or "none"
        raise errors.InputError(
            f"{flag}: {path} has the arrays {listed}; name one of them: {path}:KEY."
        )
    return fitting[0]


def labels(array: Stored, length: int) -> tuple[np.ndarray, str]:
    """Persons in whichever form: a number, or a one among zeros, for each.

    Args:
        array: [M] or [M, 1] numbers, [M, C] of zeros and a one, [N, f] numbers.
        length: f.

    Returns:
        [M] int64, M being N or N * f, and how they were read where that is not plain.

    Raises:
        errors.InputError: it is none of these.
    """
    found = np.asarray(array.open("iufb", "persons"))
    if found.dtype.kind == "b":
        found = found.astype(np.int8)
    how = ""
    if found.ndim >= 2 and found.shape[-1] > 1 and _one_hot(found):
        how = f"one of {found.shape[-1]}"
        found = found.argmax(axis=-1)
    if found.ndim == 2 and found.shape[1] in (1, length):
        found = found.reshape(-1)
    whole = found.dtype.kind in "iu" or (
        (np.abs(found) < 2**53) & (found == np.round(found))
    )
    if found.ndim != 1 or not found.size or not np.all(whole):
        raise errors.InputError(
            f"{array.name}: expected persons, a whole number for each sequence or "
            f"skeleton, or a 1 among zeros; found {array.described}."
        )
    return found.astype(np.int64), how


def _one_hot(array: np.ndarray) -> bool:
    zeros_and_ones = ((array == 0) | (array == 1)).all()
    return bool(zeros_and_ones and (array.sum(axis=-1) == 1).all())
