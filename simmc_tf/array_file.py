"""What NumPy's files declare, looked at before any number of theirs is read.

A few bytes can claim, or inflate to, more than any machine holds; NumPy believes them.
"""

import contextlib
import dataclasses
import io
import math
import os
import pathlib
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy_format

from simmc_tf import errors, memory, whole_file

# Headers that NumPy takes have up to 10,000 characters.
_HEAD_BYTES = 2**14
# What arrays without a number may claim: [0, f, J, 3], but not [10**15, 0].
_EMPTY_CLAIM = 2**24
# A larger .npz must not inflate to so many times its size: zeros do, skeletons never.
_SMALL, _MOST_RATIO = 2**28, 128
# Deflate makes of a byte no more than these.
_DEFLATE_RATIO = 1040
# Of a .npz, all names of arrays and their places: some 40,000 arrays.
_DIRECTORY_BYTES = 2**22


@dataclasses.dataclass(frozen=True)
class Header:
    """What a file declares of an array.

    Attributes:
        shape: of the array.
        dtype: of its numbers.
        fortran_order: whether the first index runs fastest.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran_order: bool

    @property
    def num_bytes(self) -> int:
        """That the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize


@contextlib.contextmanager
def checked(path: pathlib.Path) -> Iterator[tuple[BinaryIO, dict[str, Header]]]:
    """Opens a .npy or .npz that NumPy can read without harm.

    Args:
        path: of the file; what it holds is told by its first bytes.

    Yields:
        The file at its beginning; and what it declares: the arrays of a .npz by name,
        of a .npy the only one, whose name is empty.

    Raises:
        ValueError: it is damaged or of another kind (errors.InputError where it ends
            too early, or is no file).
        MemoryError: it declares more than the machine has.
        OSError: it cannot be read.
    """
    with whole_file.opened(path) as file:
        try:
            begins = file.read(4)
            file.seek(0)
            archived = begins.startswith(b"PK")
            found = _archive(path, file) if archived else {"": _only(path, file)}
        # Damaged archives and headers raise all of these.
        except (
            *(EOFError, RuntimeError, OverflowError, SyntaxError, TypeError),
            *(struct.error, zipfile.BadZipFile, zlib.error, LookupError),
        ) as error:
            raise ValueError(f"it is damaged ({error})") from error
        file.seek(0)
        yield file, found


def header(head: bytes) -> tuple[Header, int]:
    """What the first bytes of an array say, and how many of them say it.

    Raises:
        ValueError: they are of no array, or of one that cannot be.
    """
    start = io.BytesIO(head)
    try:
        version = npy_format.read_magic(start)
        read_header = {
            (1, 0): npy_format.read_array_header_1_0,
            (2, 0): npy_format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(start)
    except Exception as error:  # Broken headers raise all kinds of exceptions.
        raise ValueError("it has no header of an array") from error
    claim = max(1, dtype.itemsize) * math.prod(max(1, length) for length in shape)
    found = Header(shape, dtype, fortran_order)
    if any(type(length) is not int or length < 0 for length in shape) or (
        claim > _EMPTY_CLAIM and not found.num_bytes
    ):
        raise ValueError(f"it declares an array {list(shape)}")
    return found, start.tell()


def check_letters(array: np.ndarray) -> None:
    """Refuses text with letters beyond Unicode, without a string of each element.

    Raises:
        ValueError: there are such.
    """
    if array.dtype.itemsize:
        codes = np.dtype(np.uint32).newbyteorder(array.dtype.byteorder)
        letters = np.ascontiguousarray(array).reshape(-1).view(codes)
        if (letters > sys.maxunicode).any():
            raise ValueError("there are letters beyond Unicode")


def _only(path: pathlib.Path, file: BinaryIO) -> Header:
    """Of a .npy; the position is left anywhere."""
    found, offset = header(file.read(_HEAD_BYTES))
    _check_size(path, found, os.fstat(file.fileno()).st_size - offset)
    return found


def _check_size(path: pathlib.Path, found: Header, num_bytes: int) -> None:
    # Of pickled objects nobody knows the size.
    if not found.dtype.hasobject and found.num_bytes > num_bytes:
        raise errors.InputError(
            f"{path} ends before its array {list(found.shape)} does; get it again."
        )


def _archive(path: pathlib.Path, file: BinaryIO) -> dict[str, Header]:
    """Of a .npz; the position is left anywhere."""
    found: dict[str, Header] = {}
    size = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(_Sparing(file)) as archive:
        members = archive.infolist()
        _check_sizes(members, size)
        for member in members:
            with archive.open(member) as stream:
                head = stream.read(_HEAD_BYTES)
            named = member.filename.endswith(".npy")
            if not named and not head.startswith(npy_format.MAGIC_PREFIX):
                continue  # NumPy takes it for no array either.
            name = member.filename.removesuffix(".npy")
            if name in found:
                raise ValueError(f"two arrays are called {name!r}")
            found[name], offset = header(head)
            _check_size(path, found[name], member.file_size - offset)
    return found


def _check_sizes(members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuses members that inflate to more than is good.

    Raises:
        ValueError: they do, or are compressed in a way that np.savez has not.
        MemoryError: all together are more than the machine has.
    """
    for member in members:
        # Others decompress without a bound.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{member.filename!r} is compressed otherwise")
        stored = member.compress_type == zipfile.ZIP_STORED
        ratio = 1 if stored else _DEFLATE_RATIO
        if member.file_size > ratio * (member.compress_size + 1):
            raise ValueError(f"{member.filename!r} has not the size that it declares")
    if sum(member.compress_size for member in members) > size:
        raise ValueError("its arrays lie over each other")
    inflated = sum(member.file_size for member in members)
    if inflated > max(_SMALL, _MOST_RATIO * size):
        raise ValueError(f"{size} bytes inflate to {inflated}")
    if inflated > memory.available():
        raise MemoryError


class _Sparing:
    """A file of which zipfile reads nothing large at once, such as a directory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Reads so many bytes, all that are left by default.

        Raises:
            ValueError: they are too many.
        """
        asked = size if 0 <= size < _DIRECTORY_BYTES else _DIRECTORY_BYTES
        found = self._file.read(asked)
        if len(found) == _DIRECTORY_BYTES:
            raise ValueError("its directory is too large")
        return found
