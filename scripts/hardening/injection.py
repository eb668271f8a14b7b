"""Faults of disks, one at a time, in the process that writes."""

import contextlib
import errno
import os
import pathlib
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

# Kinds of faults at the n-th operation of a kind.
OPEN, FOLDER, SHORT, SYNC, RENAME, VANISHED = (
    *("no space for a file", "no space for a folder", "file cut short"),
    *("error of fsync", "rename refused", "folder gone"),
)
AT_OPERATION = (OPEN, FOLDER, SHORT, SYNC, RENAME, VANISHED)
# Kinds of faults of a whole disk, which is one of its own in memory.
FULL, READ_ONLY = "disk full", "disk read-only"
_CODES = {
    OPEN: errno.ENOSPC,
    FOLDER: errno.ENOSPC,
    SYNC: errno.EIO,
    RENAME: errno.EACCES,
}
_CUT = 100  # Bytes after which a file is cut short.
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Injector:
    """Counts what a program writes below a folder, and lets one operation fail.

    What native code writes is not heard of, but is cut short as all else is.

    Args:
        root: the folder.
        kind: of `AT_OPERATION`; None to count.
        number: of the operation, from 1 on.
        doomed: folder that vanishes.
    """

    def __init__(
        self, root: pathlib.Path, kind: str | None, number: int, doomed: pathlib.Path
    ) -> None:
        self.counts = dict.fromkeys((*AT_OPERATION, "failed"), 0)
        self._root = os.path.realpath(root) + os.sep
        self._kind = kind
        self._number = number
        self._doomed = doomed
        self._busy = False

    def arm(self) -> dict[str, int]:
        """From now on; gives the counts."""
        sys.addaudithook(self._hear)
        self._fsync, os.fsync = os.fsync, self._sync  # type: ignore[assignment]
        return self.counts

    def _sync(self, handle: int) -> None:
        self._at(SYNC, os.readlink(f"/proc/self/fd/{handle}"))
        self._fsync(handle)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._busy or event not in ("open", "os.mkdir", "os.rename"):
            return
        path = arguments[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        if event == "open" and not (arguments[2] or 0) & _WRITING:
            return
        self._busy = True
        try:
            name = os.fsdecode(path)
            if os.path.abspath(name).startswith(self._root):
                if event != "os.rename":
                    self._at(SHORT, name)
                kind = {"open": OPEN, "os.mkdir": FOLDER, "os.rename": RENAME}[event]
                self._at(kind, name)
                self._at(VANISHED, name)
        finally:
            self._busy = False

    def _at(self, kind: str, name: str) -> None:
        self.counts[kind] += 1
        if kind != self._kind or self.counts[kind] != self._number:
            return
        self.counts["failed"] += 1
        if kind == SHORT:
            limit = _CUT, resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        elif kind == VANISHED:
            shutil.rmtree(self._doomed, ignore_errors=True)
        else:
            raise OSError(_CODES[kind], os.strerror(_CODES[kind]), name)


def can_mount() -> bool:
    """Whether this process may mount disks."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


@contextlib.contextmanager
def disk(folder: pathlib.Path) -> Iterator[None]:
    """Mounts a disk in memory in the place of a folder, for the block.

    Raises:
        subprocess.CalledProcessError: that cannot be done here.
    """
    _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def leave(folder: pathlib.Path, kilobytes: int) -> None:
    """Leaves so much room on a disk that `disk` has mounted."""
    status = os.statvfs(folder)
    used = (status.f_blocks - status.f_bfree) * status.f_frsize // 1024
    _mount("-o", f"remount,size={used + kilobytes}k", str(folder))


def forbid(folder: pathlib.Path) -> None:
    """Lets nobody write to a disk that `disk` has mounted."""
    _mount("-o", "remount,ro", str(folder))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
