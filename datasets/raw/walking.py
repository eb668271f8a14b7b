"""A folder and all below it, whatever links there are."""

import os
import pathlib
from collections.abc import Iterator

from datasets.raw import natural
from simmc_tf import errors


def walk(folder: pathlib.Path) -> Iterator[tuple[pathlib.Path, list[str], list[str]]]:
    """Goes through folders, each before those in it, hidden ones left out.

    Links are followed, but no folder is entered twice: a link to a folder that was
    found already, above it or elsewhere, is left out.

    Args:
        folder: to begin with.

    Yields:
        A folder, the names of folders in it (in natural order; those that the caller
        takes out of the list are not entered) and of files, as `listing` gives them.

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
            folders, files = listing(place)
            folders = _new(place, folders, found)
            yield place, folders, files
            places += [place / name for name in reversed(folders)]
    except OSError as error:
        raise _unreadable(folder, error) from error


def listing(folder: pathlib.Path) -> tuple[list[str], list[str]]:
    """Names of the folders and of the files in a folder, in no order.

    Hidden ones are left out, and what is neither, such as a pipe. A link is what it
    leads to; one to nothing is a file, so that reading it says what is missing.

    Raises:
        errors.InputError: there is no folder, or it cannot be read.
    """
    folders, files = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                # Asks the disk about links alone.
                elif entry.is_file() or _leads_nowhere(entry):
                    files.append(entry.name)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise errors.InputError(f"There is no folder {folder}.") from error
    except OSError as error:
        raise _unreadable(folder, error) from error
    return folders, files


def _new(
    place: pathlib.Path, names: list[str], found: set[tuple[int, int]]
) -> list[str]:
    """Names of folders that were not found yet; adds these to `found`."""
    new = []
    # A folder goes before links to it.
    for name in sorted(names, key=lambda one: (os.path.islink(place / one), one)):
        identity = _identity(place / name)
        if identity not in found:
            found.add(identity)
            new.append(name)
    return sorted(new, key=natural.key)


def _unreadable(folder: pathlib.Path, error: OSError) -> errors.InputError:
    return errors.InputError(
        f"{error.filename or folder} cannot be read: {error.strerror or error}."
    )


def _leads_nowhere(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and not os.path.exists(entry.path)


def _identity(folder: pathlib.Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
