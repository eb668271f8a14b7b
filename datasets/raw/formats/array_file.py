"""NumPy's files from strangers: no pickles, and a bound on the memory they take."""

import contextlib
import math
import pathlib
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO

import numpy as np

from datasets import readable
from simmc_tf import array_file, errors

# 256 MiB as float64: three hours of 33 joints at 30 frames a second.
MOST_NUMBERS = 2**25

# Headers that NumPy takes have up to 10,000 characters.
_HEAD_BYTES = 2**14


def headers(path: pathlib.Path) -> dict[str, array_file.Header]:
    """Arrays of a .npz by name; of a .npy the only one, whose name is empty.

    Raises:
        errors.InputError: the file is damaged or of another kind.
    """
    with _opened(path) as (_, found):
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
    with _opened(path) as (file, found):
        if name not in found:
            raise ValueError(name)
        if not name:
            return _read(path, file)
        with zipfile.ZipFile(file) as archive:
            suffixed = f"{name}.npy" in archive.namelist()
            with archive.open(f"{name}.npy" if suffixed else name) as stream:
                return _read(path, stream)


@contextlib.contextmanager
def _opened(
    path: pathlib.Path,
) -> Iterator[tuple[BinaryIO, dict[str, array_file.Header]]]:
    damaged = (
        f"not a readable {path.suffix.lower()} file; it is damaged or another kind of "
        "file. Get it again or remove it."
    )
    with readable.refusing(path, damaged), array_file.checked(path) as (file, found):
        if (path.suffix.lower() == ".npy") != ("" in found):
            raise ValueError("another kind of file")
        yield file, found


def _read(path: pathlib.Path, stream: IO[bytes]) -> np.ndarray:
    head = stream.read(_HEAD_BYTES)
    header, offset = array_file.header(head)
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
