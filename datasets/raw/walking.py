"""A folder and all below it, whatever links there are."""

import os
import pathlib
from collections.abc import Iterator

from datasets.raw import natural
from simmc_tf import errors


def walk(folder: pathlib.Path) -> Iterator[tuple[pathlib.Path, list[str], list[str]]]:
    """Goes through folders, each before those in it, hidden ones left out.

    Links are followed, but no folder is entered twice: a link to a folder that was
    found already, above it or elsewhere, is left out. What is neither a file nor a
    folder, such as a pipe, is left out too; a link to nothing is named among the files,
    so that reading it says what is missing.

    Args:
        folder: to begin with.

    Yields:
        A folder, the names of folders in it (in natural order; those that the caller
        takes out of the list are not entered) and of files (in no order).

    Raises:
        errors.InputError: there is no folder, or one cannot be read.
    """
    if not folder.is_dir():
        raise errors.InputError(f"There is no folder {folder}.")
    try:
        found = {_identity(folder)}
        places = [folder]
        while places:
            place = places.pop()
            folders, files = _listed(place, found)
            yield place, folders, files
            places += [place / name for name in reversed(folders)]
    except OSError as error:
        raise errors.InputError(
            f"{error.filename or folder} cannot be read: {error.strerror}."
        ) from error


def _listed(
    place: pathlib.Path, found: set[tuple[int, int]]
) -> tuple[list[str], list[str]]:
    """Names of new folders and of files in a folder; adds the folders to `found`."""
    folders: list[os.DirEntry[str]] = []
    files: list[str] = []
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(entry)
            # Asks the disk about links alone.
            elif entry.is_file() or _leads_nowhere(entry):
                files.append(entry.name)
    new = []
    # A folder goes before links to it.
    for entry in sorted(folders, key=lambda one: (one.is_symlink(), one.name)):
        identity = _identity(pathlib.Path(entry.path))
        if identity not in found:
            found.add(identity)
            new.append(entry.name)
    return sorted(new, key=natural.key), files


def _leads_nowhere(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and not os.path.exists(entry.path)


def _identity(folder: pathlib.Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
