"""Arrays in folders that are there whole or not at all, and mapped to be read."""

import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping

import numpy as np

_TEMPORARY = ".unfinished-"


def write(target: pathlib.Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes NAME.npy of each array into a new folder.

    Where it is there already, another worker has done the same, and that one stays.

    Raises:
        OSError: it cannot be written; names the folder.
    """

    def save(folder: pathlib.Path) -> None:
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)

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
    """
    folders = list(sources)

    def save(folder: pathlib.Path) -> None:
        for name in names:
            parts = [read(source, name) for source in folders]
            length = sum(map(len, parts))
            joined = np.lib.format.open_memmap(
                folder / f"{name}.npy",
                "w+",
                parts[0].dtype,
                (length, *parts[0].shape[1:]),
            )
            start = 0
            for part in parts:
                joined[start : start + len(part)] = part
                start += len(part)
            joined.flush()

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
