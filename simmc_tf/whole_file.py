"""Files that are read at once: only files, and only as large as fits."""

import contextlib
import errno
import os
import pathlib
import stat
from collections.abc import Iterator
from typing import BinaryIO

from simmc_tf import errors

# A larger file must not declare so many times what it takes on the disk: holes read as
# zeros, and an archive makes terabytes of them out of nothing.
_SMALL, _MOST_RATIO = 2**28, 128


@contextlib.contextmanager
def opened(path: pathlib.Path) -> Iterator[BinaryIO]:
    """Opens a file for the block, and never waits for somebody to write into it.

    Raises:
        errors.InputError: it is a pipe, socket or device, or next to nothing but holes.
        OSError: it is a folder, is not there, or cannot be opened.
    """
    # Some devices act when they are opened, so that these are told before.
    _check(path, os.stat(path))
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        _check(path, os.fstat(handle))  # What is opened may be another one by now.
        _check_holes(path, handle)
        yield file


def content(path: pathlib.Path, most_bytes: int) -> bytes:
    """What a file holds.

    Args:
        path: of the file.
        most_bytes: that it may have; a larger one is not read.

    Raises:
        errors.InputError: it is a pipe, socket or device, or too large.
        OSError: it cannot be read.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= most_bytes:
            found = file.read(size + 1)
            if len(found) > size:  # It has grown since.
                found += file.read(most_bytes - size)
            if len(found) <= most_bytes:
                return found
            size = len(found)
    raise errors.InputError(
        f"{path} has {size} bytes; files of its kind are read up to "
        f"{most_bytes}. Cut it into several recordings."
    )


def read(path: pathlib.Path, most_bytes: int) -> bytes:
    """The same, where nobody expects the file to be missing.

    Raises:
        errors.InputError: it is not there, no file, too large or cannot be read.
    """
    try:
        return content(path, most_bytes)
    except IsADirectoryError as error:
        raise _no_file(path) from error
    except OSError as error:
        raise errors.InputError(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error


def _check(path: pathlib.Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise _no_file(path)


def _check_holes(path: pathlib.Path, handle: int) -> None:
    size = os.fstat(handle).st_size
    stored = end = 0
    while size > max(_SMALL, _MOST_RATIO * stored):
        try:
            start = os.lseek(handle, end, os.SEEK_DATA)
            end = os.lseek(handle, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno != errno.ENXIO:  # Not every file system tells holes.
                break
            raise errors.InputError(
                f"{path} declares {size} bytes and has {stored}; get it again."
            ) from error
        stored += end - start
    os.lseek(handle, 0, os.SEEK_SET)


def _no_file(path: pathlib.Path) -> errors.InputError:
    return errors.InputError(
        f"{path} is a folder or device where a file should be; remove it."
    )
