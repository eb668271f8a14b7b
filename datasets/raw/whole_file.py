"""Files that are read at once: only files, and only as large as fits."""

import pathlib
import stat

from simmc_tf import errors


def read(path: pathlib.Path, most_bytes: int) -> bytes:
    """Reads a file.

    Args:
        path: of the file.
        most_bytes: that it may have; a larger one is not read.

    Raises:
        errors.InputError: it is not there, no file, too large or cannot be read.
    """
    try:
        status = path.stat()
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(status.st_mode):
            raise errors.InputError(
                f"{path} is a folder or device where a file should be; remove it."
            )
        if status.st_size > most_bytes:
            raise errors.InputError(
                f"{path} has {status.st_size} bytes; files of its kind are read up to "
                f"{most_bytes}. Cut it into several recordings."
            )
        return path.read_bytes()
    except OSError as error:
        raise errors.InputError(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error
