"""A place for compiled functions where numba would find none."""

import atexit
import contextlib
import os
import pathlib
import shutil
import stat
import sys
import tempfile

_VARIABLE = "NUMBA_CACHE_DIR"
_PACKAGE = pathlib.Path(__file__).parent
# That have kernels.
_FOLDERS = (_PACKAGE, _PACKAGE / "sharded")


def find_place() -> None:
    """Lets numba cache below the temporary files if it could cache nowhere else.

    It looks beside the source and in a cache of the user. A container often lets it
    write to neither; then numba raises as soon as a kernel is imported. What was chosen
    by NUMBA_CACHE_DIR is left as it is. Must come before numba loads.
    """
    if os.environ.get(_VARIABLE):
        return
    beside = all(_is_writable(folder / "__pycache__") for folder in _FOLDERS)
    if not beside and not _is_writable(_of_user()):
        # Where not even that can be written, programs without kernels still run.
        with contextlib.suppress(OSError):
            os.environ[_VARIABLE] = str(_temporary())


def _is_writable(folder: pathlib.Path) -> bool:
    """As numba finds it out, creating the folder."""
    if str(folder).startswith("~"):  # The user has no home.
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _of_user() -> pathlib.Path:
    """Numba's cache of the user, by its numba.misc.appdirs."""
    if sys.platform == "darwin":
        return pathlib.Path(os.path.expanduser("~/Library/Caches/numba"))
    home = os.path.expanduser("~/.cache")
    return pathlib.Path(os.getenv("XDG_CACHE_HOME", home), "numba")


def _temporary() -> pathlib.Path:
    """A folder that this user alone can write to: numba runs what lies there.

    It stays for the next start, unless somebody else has taken its name.
    """
    user = os.geteuid()
    folder = pathlib.Path(tempfile.gettempdir(), f"simmc-numba-{user}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if private and found.st_uid == user:
        return folder
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{folder.name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
