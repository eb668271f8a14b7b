"""How far a long job is, on a terminal or in a log."""

import sys
import time
from typing import TextIO

from simmc_tf import terminal


class Meter:
    """Says how many of how many are done, how fast, and what time is left.

    On a terminal one line is written over; elsewhere a line is added now and then.

    Attributes:
        label: begins the line.
        unit: what is counted.
    """

    def __init__(self, label: str, unit: str, stream: TextIO | None = None) -> None:
        self.label = label
        self.unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._line = terminal.Line(self._stream)
        self._interval = 0.1 if self._line.possible else 10.0
        self._next = time.monotonic() + self._interval
        self._first: tuple[float, int] | None = None

    def __call__(self, done: int, total: int, left: str) -> None:
        """Takes note; `left` is the time left, as text."""
        now = time.monotonic()
        if self._first is None:  # What goes on did not begin with nothing.
            self._first = now, done
        if done < total and now < self._next:
            return
        self._next = now + self._interval
        text = f"{self.label}: {done:,} of {total:,} {self.unit}"
        text += _rate(done - self._first[1], now - self._first[0])
        if done < total:
            text += f", {left} left"
        if self._line.possible:
            self._line.show(text, last=done == total)
        else:
            print(text, file=self._stream, flush=True)


def _rate(count: int, seconds: float) -> str:
    """How many a second, or how many seconds each; nothing where nobody knows yet."""
    if count <= 0 or seconds <= 0:
        return ""
    rate = count / seconds
    if rate < 1:
        return f", {1 / rate:.1f} s each"
    return f", {rate:,.{1 if rate < 10 else 0}f} a second"
