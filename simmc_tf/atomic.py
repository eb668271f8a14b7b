"""Files that are written whole or not at all."""

import contextlib
import fcntl
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator

from simmc_tf import errors


@contextlib.contextmanager
def locked(folder: pathlib.Path, flag: str = "--model_root") -> Iterator[None]:
    """Creates a folder and holds it against other processes for the block.

    A folder that is empty afterwards is removed again.

    Args:
        folder: to hold.
        flag: that chooses another one, for the message.

    Raises:
        errors.InputError: another process holds it.
        OSError: it cannot be created or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / ".lock"
    with contextlib.ExitStack() as stack:
        held = False
        while not held:
            file = stack.enter_context(lock.open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise errors.InputError(
                    f"Another run is writing to {folder}; wait for it, or give this "
                    f"one another {flag}."
                ) from error
            # Who held it may have removed it since it was opened: then it holds nobody.
            with contextlib.suppress(FileNotFoundError):
                held = os.path.samestat(os.fstat(file.fileno()), lock.stat())
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()


def write(path: pathlib.Path, save: Callable[[pathlib.Path], object]) -> None:
    """Lets `save` write a temporary file and puts it in the place of `path`.

    Args:
        path: the file to replace; its folder is created.
        save: writes the path that it is given, which ends like `path`.

    Raises:
        OSError: it cannot be written; names `path`, as nobody knows the temporary file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.name)
        os.close(handle)
        temporary = pathlib.Path(name)
        save(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if error.errno is None:  # Not of the system: its text says more.
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: pathlib.Path, text: str) -> None:
    """Replaces a text file."""
    write(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_bytes(path: pathlib.Path, content: bytes) -> None:
    """Replaces a file."""
    write(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: pathlib.Path, content: object) -> None:
    """Replaces a JSON file, indented and with a line end."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
