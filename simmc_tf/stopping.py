"""Ending soon when somebody asks for it: Ctrl-C, or SIGTERM as batch queues send it.

Python tells the main thread, which may be inside foreign code for minutes, and foreign
code may swallow what it is told. So a second thread waits for the same signal, and ends
the process where the first one does not: all files are written whole or not at all.
"""

import contextlib
import multiprocessing
import os
import select
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

# Seconds that the main thread has to end by itself, and then to say so.
_GRACE, _LEAVING = 1.4, 0.4
_WHOLE = "every file that was written is whole"
_HEARD = (signal.SIGINT, signal.SIGTERM)

_undo: list[Callable[[], object]] = []
_kept: list[Callable[[], str | None]] = []
_watches: list["Watch"] = []


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: to be handled as Ctrl-C is."""


@contextlib.contextmanager
def undone(undo: Callable[[], object]) -> Iterator[None]:
    """Calls `undo` after the block, or when the process is ended within it."""
    _undo.append(undo)
    try:
        yield
    finally:
        _undo.remove(undo)
        undo()


@contextlib.contextmanager
def telling(kept: Callable[[], str | None]) -> Iterator[None]:
    """What to say where the block is stopped: what is kept, and how to go on.

    Args:
        kept: gives the text; None where there is nothing to say yet.
    """
    _kept.append(kept)
    try:
        yield
    except KeyboardInterrupt:
        for watch in _watches:  # It tells when the blocks have ended.
            watch.kept = kept() or watch.kept
        raise
    finally:
        _kept.remove(kept)


def command(*more: str, without: str = "") -> str:
    """The command line of this process, with some words more and one less."""
    given = sys.orig_argv[1:]
    words = [word for word in given if not without or _flag(word) != _flag(without)]
    return shlex.join(["python", *words, *(m for m in more if m not in words)])


def _flag(word: str) -> str | None:
    """Which flag a word is, as --flag, -flag or --flag=true; None: none."""
    return word.partition("=")[0].lstrip("-") if word.startswith("-") else None


class Watch:
    """Sees to it that this process ends within 2 seconds of being asked to.

    While the block runs, in the main thread; says in a line what is kept, and ends with
    status 130 after Ctrl-C and 143 after SIGTERM. Signals that are ignored stay so.

    Attributes:
        number: of the signal that asked for it; 0 before.
        kept: what `telling` said of blocks that have been stopped.
    """

    def __init__(self) -> None:
        self.number = 0
        self.kept: str | None = None
        self._raised = self._over = False
        self._ends = threading.Lock()
        self._before: dict[int, Any] = {}
        self._reads, self._writes = os.pipe()

    def __enter__(self) -> "Watch":
        for number in _HEARD:
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                self._before[number] = signal.signal(number, self._raise)
        os.set_blocking(self._writes, False)
        # Written to by the system's handler, whatever the main thread is at.
        signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)
        threading.Thread(target=self._wait, daemon=True).start()
        _watches.append(self)
        return self

    def __exit__(self, *raised: object) -> None:
        error = raised[1]
        if not self.number or error is None:
            self._close()  # Else the thread watches over the rest, too.
        if isinstance(error, KeyboardInterrupt):
            self._end()
        if self.number and isinstance(error, Exception):
            self._end()  # Foreign code has made that of what it was told.

    def _close(self) -> None:
        self._over = True
        _watches.remove(self)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.write(self._writes, b"\0")

    def _end(self) -> NoReturn:
        """Says what is kept, and ends the program; of the main thread."""
        if not self._ends.acquire(blocking=False):
            time.sleep(_GRACE)  # The other thread does.
        with contextlib.suppress(OSError, ValueError):  # Nobody reads on.
            print(self._told(), end="", file=sys.stderr, flush=True)
            sys.stdout.flush()
        if self.number:  # TensorFlow would need 10 seconds to tear itself down.
            self._leave()
        sys.exit(self.status)

    def _leave(self) -> NoReturn:
        for child in multiprocessing.active_children():
            child.kill()
        os._exit(self.status)

    @property
    def status(self) -> int:
        """Exit status by which shells know the signal."""
        return 128 + (self.number or signal.SIGINT)

    def _raise(self, number: int, frame: object) -> None:
        if not self._raised:  # Pressed once more, it would end this in a traceback.
            self._raised, self.number = True, number
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    def _wait(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)  # The main thread has them.
        while (number := os.read(self._reads, 1)[0]) not in _HEARD:
            if self._over:
                os.close(self._reads)
                os.close(self._writes)
                return
        self.number = number
        time.sleep(_GRACE)
        if self._over:
            return
        if self._ends.acquire(blocking=False):
            for undo in reversed(_undo):
                with contextlib.suppress(Exception):
                    undo()
            # Past all buffers: the main thread may hold their locks.
            with contextlib.suppress(OSError, ValueError):
                if select.select([], [2], [], 0)[1]:
                    os.write(2, self._told().encode(errors="replace"))
        else:
            time.sleep(_LEAVING)
        self._leave()

    def _told(self) -> str:
        text = self.kept
        for kept in reversed(_kept):
            with contextlib.suppress(Exception):  # Whatever it is, this ends.
                text = text or kept()
        return f"\nstopped; {text or _WHOLE}\n"
