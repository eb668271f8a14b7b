"""NumPy's files from strangers: no pickles, and a bound on the memory they take.

What a file declares is looked at before its numbers are: a few bytes can claim, or
decompress to, more than any machine holds.
"""

import contextlib
import dataclasses
import io
import math
import pathlib
import zipfile
from typing import IO

import numpy as np
from numpy.lib import format as npy_format

from datasets import readable
from simmc_tf import errors

# 256 MiB as float64: three hours of 33 joints at 30 frames a second.
MOST_NUMBERS = 2**25

# Headers that NumPy takes have up to 10,000 characters.
_HEAD_BYTES = 2**14


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


def headers(path: pathlib.Path) -> dict[str, Header]:
    """Arrays of a .npz by name; of a .npy the only one, whose name is empty.

    Raises:
        errors.InputError: the file is damaged or of another kind.
    """
    with _refusing(path):
        if path.suffix.lower() == ".npy":
            with path.open("rb") as file:
                return {"": _header(file.read(_HEAD_BYTES))[0]}
        found = {}
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive):
                with archive.open(member) as stream:
                    head = stream.read(_HEAD_BYTES)
                found[member.filename.removesuffix(".npy")] = _header(head)[0]
        return found


def read(path: pathlib.Path, name: str = "") -> np.ndarray:
    """Reads one array.

    Args:
        path: of a .npy or .npz.
        name: of the array, as `headers` gives it.

    Raises:
        errors.InputError: the array does not hold numbers, has more than
            `MOST_NUMBERS`, or the file ends too early.
    """
    with _refusing(path):
        if path.suffix.lower() == ".npy":
            with path.open("rb") as file:
                return _read(path, file)
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive):
                if member.filename.removesuffix(".npy") == name:
                    with archive.open(member) as stream:
                        return _read(path, stream)
        raise ValueError(name)


def _refusing(path: pathlib.Path) -> contextlib.AbstractContextManager[None]:
    return readable.refusing(
        path,
        f"not a readable {path.suffix.lower()} file; it is damaged or another kind of "
        "file. Get it again or remove it.",
    )


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = [
        member for member in archive.infolist() if member.filename.endswith(".npy")
    ]
    for member in members:
        # Others, which np.savez does not write, decompress without a bound.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(member.filename)
    return members


def _header(head: bytes) -> tuple[Header, int]:
    """What the first bytes of an array say, and how many of them say it."""
    start = io.BytesIO(head)
    try:
        version = npy_format.read_magic(start)
        read_header = {
            (1, 0): npy_format.read_array_header_1_0,
            (2, 0): npy_format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(start)
        if any(length < 0 for length in shape):
            raise ValueError(shape)
    except Exception as error:  # Broken headers raise all kinds of exceptions.
        raise ValueError("no header") from error
    return Header(shape, dtype, fortran_order), start.tell()


def _read(path: pathlib.Path, stream: IO[bytes]) -> np.ndarray:
    head = stream.read(_HEAD_BYTES)
    header, offset = _header(head)
    if header.dtype.kind not in "fiu":
        raise errors.InputError(
            f"{path} holds {header.dtype}; expected numbers, without pickles."
        )
    count = math.prod(header.shape)
    if count > MOST_NUMBERS:
        raise errors.InputError(
            f"{path} declares an array {list(header.shape)}, more than "
            f"{MOST_NUMBERS} numbers; cut it into several recordings."
        )
    missing = max(0, count * header.dtype.itemsize - (len(head) - offset))
    content = head[offset:] + stream.read(missing)
    if len(content) < count * header.dtype.itemsize:
        raise errors.InputError(
            f"{path} ends before its array {list(header.shape)} does; get it again."
        )
    array = np.frombuffer(content, header.dtype, count)
    if header.fortran_order:
        return array.reshape(header.shape[::-1]).T
    return array.reshape(header.shape)
