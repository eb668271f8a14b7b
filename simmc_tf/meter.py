"""How far a long job is, on a terminal or in a log."""

import sys
import time
from typing import TextIO


class Meter:
    """Says how many of how many are done and what time is left.

    On a terminal one line is written over; elsewhere a line is added now and then.

    Attributes:
        label: begins the line.
        unit: what is counted.
    """

    def __init__(self, label: str, unit: str, stream: TextIO | None = None) -> None:
        self.label = label
        self.unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._interval = 0.1 if self._stream.isatty() else 10.0
        self._next = time.monotonic() + self._interval

    def __call__(self, done: int, total: int, left: str) -> None:
        """Takes note; `left` is the time left, as text."""
        now = time.monotonic()
        if done < total and now < self._next:
            return
        self._next = now + self._interval
        text = f"{self.label}: {done:,} of {total:,} {self.unit}"
        if done < total:
            text += f", {left} left"
        if self._stream.isatty():
            end = "\n" if done == total else ""
            print(f"\r{text}\x1b[K", end=end, file=self._stream, flush=True)
        else:
            print(text, file=self._stream, flush=True)
