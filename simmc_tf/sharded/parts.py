"""Arrays in folders that are there whole or not at all, and mapped to be read."""

import math
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.lib import format as npy_format

_TEMPORARY = ".unfinished-"
# Written at once.
_BYTES = 1 << 24


def write(target: pathlib.Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes NAME.npy of each array into a new folder.

    Where it is there already, another worker has done the same, and that one stays.

    Raises:
        OSError: it cannot be written; names the folder.
    """

    def save(folder: pathlib.Path) -> None:
        for name, array in arrays.items():
            _save(folder / f"{name}.npy", [np.asarray(array)])

    _whole(target, save)


def join(
    target: pathlib.Path, sources: Iterable[pathlib.Path], names: Iterable[str]
) -> None:
    """Writes the arrays of several folders, one after another, into a new folder.

    Copies piece by piece, so that memory does not grow with them.

    Args:
        target: the new folder.
        sources: at least one; each has all arrays, which differ in length alone.
        names: of the arrays.

    Raises:
        OSError: it cannot be written; names the folder.
    """
    folders = list(sources)

    def save(folder: pathlib.Path) -> None:
        for name in names:
            _save(folder / f"{name}.npy", [read(source, name) for source in folders])

    _whole(target, save)


def read(source: pathlib.Path, name: str) -> np.ndarray:
    """NAME.npy of a folder, mapped."""
    return mapped(source / f"{name}.npy")


def mapped(path: pathlib.Path) -> np.ndarray:
    """A .npy file, mapped and not to be written to."""
    # Compiled functions take arrays, not NumPy's subclass for mapped ones.
    return np.asarray(np.load(path, mmap_mode="r"))


def pieces(first: int, last: int, size: int = 8192) -> list[slice]:
    """Slices of rows first to last - 1, each small beside a shard."""
    return [slice(s, min(s + size, last)) for s in range(first, last, size)]


def remove(target: pathlib.Path) -> None:
    """Removes a folder, in a way that never shows half of it."""
    if target.is_dir():
        doomed = tempfile.mkdtemp(dir=target.parent, prefix=_TEMPORARY)
        target.rename(pathlib.Path(doomed) / target.name)
        shutil.rmtree(doomed)


def remove_unfinished(folder: pathlib.Path) -> None:
    """Removes what killed workers have left anywhere below a folder."""
    for path in list(folder.rglob(f"{_TEMPORARY}*")):
        shutil.rmtree(path, ignore_errors=True)


def _save(path: pathlib.Path, parts: Sequence[np.ndarray]) -> None:
    """Saves arrays, one after another, as np.save does a single one."""
    dtype, width = parts[0].dtype, parts[0].shape[1:]
    header = {
        "descr": npy_format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": (sum(map(len, parts)), *width),
    }
    at_once = max(1, _BYTES // max(1, dtype.itemsize * math.prod(width)))
    # Through a mapping a full disk would kill the worker, and np.save does not name it.
    with path.open("wb") as file:
        npy_format.write_array_header_1_0(file, header)
        for part in parts:
            for some in pieces(0, len(part), at_once):
                file.write(np.ascontiguousarray(part[some]).data)


def _whole(target: pathlib.Path, save: Callable[[pathlib.Path], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = pathlib.Path(tempfile.mkdtemp(dir=target.parent, prefix=_TEMPORARY))
    try:
        # Others than the user may be meant to read the folder.
        temporary.chmod(target.parent.stat().st_mode & 0o777)
        save(temporary)
        for path in temporary.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            temporary.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    except OSError as error:
        if error.errno is None:  # Not of the system: its text says more.
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
