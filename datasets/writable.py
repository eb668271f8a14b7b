"""What is to be written to, looked at before time is spent on anything else."""

import os
import pathlib

from simmc_tf import errors


def check(folder: pathlib.Path, given: str) -> None:
    """Refuses a folder that could not be made, or not be written to.

    Args:
        folder: that need not exist yet.
        given: what asked for it, as on the command line.

    Raises:
        errors.InputError: it, or the nearest one above that exists, is no folder or
            may not be written to.
    """
    whole = folder.absolute()
    # os.path's, to which a folder that may not be entered is one that is not there.
    above = next(one for one in (whole, *whole.parents) if os.path.exists(one))
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        raise errors.InputError(
            f"{given}: {above} is no folder that can be written to; choose another one."
        )


def check_file(path: pathlib.Path, given: str) -> None:
    """Refuses a file that could not be written; makes nothing.

    Args:
        path: that need not exist yet, in a folder that does.
        given: what asked for it, as on the command line.

    Raises:
        errors.InputError: it is no file, or its folder is none, or may not be written
            to.
    """
    is_other = os.path.exists(path) and not os.path.isfile(path)
    if is_other or not os.path.isdir(path.parent):
        raise errors.InputError(f"{given}: expected a file in a folder that exists.")
    check(path.parent, given)
