"""Where recordings may be saved without anything else being lost."""

import pathlib
import zipfile

from datasets import recordings, writable
from simmc_tf import errors


def check(path: pathlib.Path, source: pathlib.Path) -> None:
    """Refuses to write recordings where something else would be lost.

    Args:
        path: to write.
        source: file or folder that they are read from.

    Raises:
        errors.InputError: `path` has another suffix than .npz, cannot be written, is
            the source or in it, or exists and holds no recordings.
    """
    if path.suffix.lower() != ".npz":
        raise errors.InputError(
            f"--save {str(path)!r}: expected a file that ends in .npz, such as "
            "MyPeople.npz."
        )
    writable.check(path.parent, f"--save {path}")
    # A link is replaced, not what it leads to.
    if source.is_dir() and path.parent.resolve().is_relative_to(source.resolve()):
        raise errors.InputError(
            f"--save {path} is in {source}, the folder that is read; the next run "
            "would read it too. Choose another place."
        )
    if not path.exists():
        return
    if source.exists() and path.samefile(source):
        raise errors.InputError(
            f"--save {path} is the file that is read; choose another name."
        )
    if not _is_recordings(path):
        raise errors.InputError(
            f"--save {path}: something else than recordings is there; it would be "
            "lost. Choose another name."
        )


def _is_recordings(path: pathlib.Path) -> bool:
    """Whether a file has the arrays of recordings, by their names alone."""
    if not path.is_file():
        return False  # Opening a pipe would wait for somebody to write into it.
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
    return recordings.is_named_so(name.removesuffix(".npy") for name in names)
