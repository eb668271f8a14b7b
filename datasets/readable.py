"""NumPy's files that cannot be read: it is the system that says no, or the content."""

import contextlib
import errno
import pathlib
import struct
import zipfile
import zlib
from collections.abc import Iterator

from simmc_tf import errors


@contextlib.contextmanager
def refusing(path: pathlib.Path, damaged: str) -> Iterator[None]:
    """Says why a .npy or .npz cannot be read in the block.

    Args:
        path: of the file.
        damaged: what to say of it where its content is at fault.

    Raises:
        errors.InputError: reading failed, or the memory is too small; or the block's
            own.
    """
    try:
        yield
    except errors.InputError:
        raise
    except MemoryError as error:
        raise errors.InputError(
            f"{path} declares more numbers than fit into memory; it is damaged, or "
            "must be cut into several files."
        ) from error
    except (
        OSError,
        ValueError,
        EOFError,
        TypeError,
        RuntimeError,
        OverflowError,
        LookupError,
        AttributeError,
        SystemError,  # Letters beyond Unicode in an array.
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        # Damaged archives lead to places before their beginning: EINVAL.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise errors.InputError(
                f"{path} cannot be read: {error.strerror}."
            ) from error
        raise errors.InputError(f"{path}: {damaged}") from error
