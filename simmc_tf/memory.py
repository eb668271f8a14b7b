"""What is too large to hold in memory, and arrays in temporary files."""

import contextlib
import ctypes
import errno
import functools
import os
import pathlib
import tempfile
from typing import IO

import numpy as np

from simmc_tf import cores, errors

# An array that takes more than this share of memory lies in files. Several such arrays
# are alive at the same time, and what is held is quicker to gather from.
_SHARE = 1 / 64

# Zeros that are written at once.
_PIECE = 1 << 20

# Environment variable -> number of the setting in malloc.h, and its value; 0: cores.
_MALLOC = {
    "MALLOC_ARENA_MAX": (-8, 0),
    "MALLOC_MMAP_THRESHOLD_": (-3, 1 << 24),
}

# Control groups, versions 2 and 1: what a container may use.
_LIMITS = (
    pathlib.Path("/sys/fs/cgroup/memory.max"),
    pathlib.Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def is_large(num_bytes: int) -> bool:
    """Whether an array of so many bytes belongs into a file."""
    return num_bytes > _SHARE * available()


def empty(shape: tuple[int, ...], folder: pathlib.Path | None = None) -> np.ndarray:
    """A float32 array to be filled, in a temporary file where it is large.

    The file has no name: it is gone with the array, however the program ends.

    Args:
        shape: of the array.
        folder: that takes the file; None to hold the array whatever its size.

    Raises:
        errors.InputError: the disk has no room for it.
    """
    num_bytes = 4 * int(np.prod(shape, dtype=np.int64))
    if folder is None or not is_large(num_bytes):
        return np.empty(shape, np.float32)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # Else a full disk would end the program at a later write, without a word.
            _reserve(file, num_bytes)
            return np.asarray(np.memmap(file, np.float32, "r+", shape=shape))
    except OSError as error:
        raise errors.InputError(
            f"{folder}: {error.strerror or error}; features of {num_bytes / 1e9:.1f} "
            "GB are kept there while they are clustered; give another --model_root, "
            "on a disk with room."
        ) from error


def _reserve(file: IO[bytes], num_bytes: int) -> None:
    """Takes room on the disk for an empty file, zeros in it."""
    try:
        os.posix_fallocate(file.fileno(), 0, num_bytes)
    except AttributeError:  # Not every system has it,
        pass
    except OSError as error:  # nor every file system.
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
            raise
    else:
        return
    zeros = memoryview(bytes(_PIECE))
    for start in range(0, num_bytes, _PIECE):
        file.write(zeros[: num_bytes - start])
    file.flush()
    os.fsync(file.fileno())  # A file server may tell only then that it is full.


def reuse_freed() -> None:
    """Lets all threads, and the system, have what one frees; before there are threads.

    The GNU C library gives nearly every thread of TensorFlow and numba a reserve of its
    own, up to 8 a core, and what lies free in one is of no use to another; arrays of up
    to 32 MB come to lie in them too. A run of KGBD's size grew by 200 MB in 6 epochs.
    As many reserves as cores are enough. What the environment says is left as it is,
    and other C libraries are.
    """
    with contextlib.suppress(OSError, AttributeError):
        for name, (number, value) in _MALLOC.items():
            if name not in os.environ:
                ctypes.CDLL(None).mallopt(number, value or cores.count())


@functools.cache
def available() -> int:
    """Bytes of memory that the machine, or the container, has."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in _LIMITS:
        try:
            sizes.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # Not there, or "max".
            continue
    return min(sizes)
