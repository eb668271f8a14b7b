"""A line now and then from work that says nothing by itself for minutes."""

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from simmc_tf import terminal


class Heartbeat:
    """Says how the work stands, while the block runs.

    On a terminal the line is written over and gone when `report` is called; elsewhere
    a line is added where none came for 10 seconds.

    Args:
        standing: gives the text, None where there is nothing to say.
        report: takes the lines of the work itself.
        stream: takes the lines; None for the standard error stream.
    """

    def __init__(
        self,
        standing: Callable[[], str | None],
        report: Callable[[str], None],
        stream: TextIO | None = None,
    ) -> None:
        self._standing = standing
        self._report = report
        self._stream = sys.stderr if stream is None else stream
        self._line = terminal.Line(self._stream)
        self._interval = 1.0
        self._pause = 0.0 if self._line.possible else 10.0
        self._last = time.monotonic()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        # A daemon: an interpreter that ends does not wait for it.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Callable[[str], None]:
        """Begins, and gives what takes the lines of the work."""
        self._thread.start()
        return self.report

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        with self._lock:
            self._line.clear()

    def report(self, line: str) -> None:
        """Passes a line of the work on."""
        with self._lock:
            self._line.clear()
            self._report(line)
            self._last = time.monotonic()

    def beat(self) -> None:
        """Says how the work stands now."""
        with self._lock:
            text = self._standing()
            if text is None:
                self._line.clear()
            elif self._line.possible:
                self._line.show(text)
            else:
                print(text, file=self._stream, flush=True)
                self._last = time.monotonic()

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            if time.monotonic() - self._last >= self._pause:
                self.beat()
