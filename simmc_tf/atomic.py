"""Files that are written whole or not at all."""

import contextlib
import contextvars
import errno
import fcntl
import functools
import json
import os
import pathlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

from simmc_tf import errors, stopping

# Writes the file that it is given.
Save = Callable[[pathlib.Path], object]

# Of files that are being written.
PREFIX = ".writing-"
# Of a file system that has no locks, as Lustre may have none.
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
# What a lock is told by that is a link, a pipe or a folder.
_NO_FILE = (errno.ELOOP, errno.ENXIO, errno.EISDIR)
# How often and how long, in seconds, to wait for who clears a folder.
_TRIES, _PAUSE = 20, 0.01
# Folders that the running code holds; other threads begin with none.
_HELD: contextvars.ContextVar[frozenset[pathlib.Path]] = contextvars.ContextVar(
    "held", default=frozenset()
)


@contextlib.contextmanager
def locked(
    folder: pathlib.Path, flag: str = "--model_root", again: bool = False
) -> Iterator[None]:
    """Creates a folder and holds it against other processes for the block.

    Folders that were made for it and are empty afterwards are removed again. Where the
    file system has no locks nobody is held off.

    Args:
        folder: to hold.
        flag: that chooses another one, for the message.
        again: whether it is enough that who calls this holds it already.

    Raises:
        errors.InputError: another process holds it.
        OSError: it cannot be created or written.
    """
    name = pathlib.Path(os.path.realpath(folder))
    if again and name in _HELD.get():
        yield
        return
    lock = folder / ".lock"
    made = [path for path in folder.parents if not path.exists()]
    with contextlib.ExitStack() as stack:
        held = False
        while not held:
            with naming(folder):  # Which may have been removed with the lock, too.
                folder.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context(_opened(lock))
            try:
                with naming(lock):
                    _flock(file.fileno(), fcntl.LOCK_EX)
            except BlockingIOError as error:
                raise errors.InputError(
                    f"Another run is writing to {folder}; wait for it, or give this "
                    f"one another {flag}."
                ) from error
            # Who held it may have removed it since it was opened: then it holds nobody.
            with contextlib.suppress(FileNotFoundError):
                held = os.path.samestat(os.fstat(file.fileno()), lock.stat())
        stack.enter_context(stopping.undone(functools.partial(_release, lock, made)))
        clear(folder)
        before = _HELD.set(_HELD.get() | {name})
        try:
            yield
        finally:
            _HELD.reset(before)


def _opened(lock: pathlib.Path) -> IO[str]:
    """Opens a lock; refuses what in a folder of others' may be a link or a pipe."""
    how = os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return open(lock, "a", opener=lambda at, mode: os.open(at, mode | how, 0o666))
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        raise errors.InputError(
            f"{lock} is no file that was made here ({error.strerror}); remove it."
        ) from error


def _flock(handle: int, how: int) -> None:
    """Holds a file, where the file system can do that.

    Raises:
        BlockingIOError: others hold it.
    """
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _release(lock: pathlib.Path, made: list[pathlib.Path]) -> None:
    """Removes the lock, and the folders that hold nothing: its own, and those made."""
    with contextlib.suppress(OSError):
        lock.unlink(missing_ok=True)
        for path in (lock.parent, *made):
            path.rmdir()


def write(path: pathlib.Path, save: Save) -> None:
    """Lets `save` write a temporary file and puts it in the place of `path`.

    Args:
        path: the file to replace; its folder is created.
        save: writes the path that it is given, which ends like `path`.

    Raises:
        OSError: it cannot be written; names `path`, as nobody knows the temporary file.
    """
    write_all({path: save})


def write_all(
    saves: Mapping[pathlib.Path, Save], without: Iterable[pathlib.Path] = ()
) -> None:
    """Replaces several files that belong together, or none of them.

    All are on the disk before the first is renamed. An error or Ctrl-C puts back what
    was there; lost power or SIGKILL between two renames leaves new files beside old
    ones, which nothing tells apart. A run that goes on from there replaces both.

    Args:
        saves: the files to replace, in this order, and what writes each; as of `write`.
        without: files that are removed when the others are there.

    Raises:
        OSError: one cannot be written; names it.
    """
    with contextlib.ExitStack() as made, contextlib.ExitStack() as undo:
        new = {path: made.enter_context(_made(path, s)) for path, s in saves.items()}
        gone = [path for path in without if path.is_file()]
        together = len(new) + len(gone) > 1
        for path in gone:
            with naming(path):
                _set_aside(path, os.replace, made, undo)
        for path, temporary in new.items():
            with naming(path):
                if together and path.is_file():
                    with contextlib.suppress(OSError):  # Not every disk has links.
                        _set_aside(path, os.link, made, undo)
                elif together:
                    undo.callback(path.unlink, missing_ok=True)
                temporary.replace(path)
        for folder in dict.fromkeys(path.parent for path in new):
            sync(folder)
        undo.pop_all()


@contextlib.contextmanager
def _made(path: pathlib.Path, save: Save) -> Iterator[pathlib.Path]:
    """What is to take the place of a file, on the disk."""
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    try:
        _clear(path.parent, folder)
        with naming(path):
            temporary = _new_file(path)
        with _removed(temporary):
            with naming(path):
                save(temporary)
                with temporary.open("rb") as file:
                    os.fsync(file.fileno())
                temporary.chmod(0o666 & ~_umask())
            yield temporary
    finally:
        os.close(folder)


def _new_file(path: pathlib.Path) -> pathlib.Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=PREFIX, suffix=path.name)
    os.close(handle)
    return pathlib.Path(name)


@contextlib.contextmanager
def _removed(temporary: pathlib.Path) -> Iterator[None]:
    """Removes a file after the block, or when this process is to end at once."""
    with stopping.undone(functools.partial(temporary.unlink, missing_ok=True)):
        yield


def _set_aside(
    path: pathlib.Path,
    keep: Callable[[pathlib.Path, pathlib.Path], object],
    made: contextlib.ExitStack,
    undo: contextlib.ExitStack,
) -> None:
    """Keeps a file as another until all are replaced; `undo` brings it back."""
    aside = _new_file(path)
    made.enter_context(_removed(aside))
    aside.unlink()
    keep(path, aside)

    def back() -> None:
        with contextlib.suppress(OSError):
            aside.replace(path)

    undo.callback(back)


@contextlib.contextmanager
def naming(path: pathlib.Path) -> Iterator[None]:
    """Errors of the system name a file, and no temporary one."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # Not of the system: its text says more.
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def sync(folder: pathlib.Path) -> None:
    """Lets the names in a folder reach the disk.

    Raises:
        OSError: they do not.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # Of a file system that cannot do it.
            raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        os.close(handle)


def clear(folder: pathlib.Path) -> None:
    """Removes what killed processes were writing to a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _clear(folder, handle)
    finally:
        os.close(handle)


def _clear(folder: pathlib.Path, handle: int) -> None:
    """The same; from then on nobody removes what this process writes.

    Whoever writes holds the folder together with others, and whoever holds it alone
    knows that none of these writes any more.

    Args:
        folder: to clear.
        handle: of the folder; closing it ends the hold.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # Others write.
        pass
    except OSError:  # Nobody knows whether others write.
        return
    else:
        for name in os.listdir(folder):
            if name.startswith(PREFIX):
                with contextlib.suppress(OSError):
                    os.unlink(folder / name)
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)  # As long as somebody clears it.


def write_text(path: pathlib.Path, text: str) -> None:
    """Replaces a text file."""
    write(path, of_text(text))


def of_text(text: str) -> Save:
    """What writes a text file."""
    return of_bytes(text.encode())


def write_bytes(path: pathlib.Path, content: bytes) -> None:
    """Replaces a file."""
    write(path, of_bytes(content))


def of_bytes(content: bytes | memoryview) -> Save:
    """What writes a file that holds these."""
    return lambda temporary: temporary.write_bytes(content)


def write_json(path: pathlib.Path, content: object) -> None:
    """Replaces a JSON file, indented and with a line end."""
    write(path, of_json(content))


def of_json(content: object) -> Save:
    """What writes a JSON file, indented and with a line end."""
    return of_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
