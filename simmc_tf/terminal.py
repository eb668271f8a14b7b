"""One line at the foot of a terminal, written over again and again."""

import os
from typing import TextIO

_USUAL_WIDTH = 80


class Line:
    """A line that a terminal shows until another text takes its place.

    Args:
        stream: that may be a terminal; a log file and a notebook are none.

    Attributes:
        possible: whether it is one, and obeys. Elsewhere nothing may be shown: return
            characters and escape codes would end up in the text.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.possible = stream.isatty() and os.environ.get("TERM") != "dumb"

    def show(self, text: str, last: bool = False) -> None:
        """Puts a text in the line's place, cut where the window ends.

        Args:
            text: without line ends.
            last: keep it, whole, and go on below.
        """
        # Of a line that takes two rows only the second one would be written over.
        shown = text if last else text[: self._width() - 1]
        end = "\n" if last else ""
        print(f"\r{shown}\x1b[K", end=end, file=self._stream, flush=True)

    def clear(self) -> None:
        """Takes the text away, where there may be one."""
        if self.possible:
            print("\r\x1b[K", end="", file=self._stream, flush=True)

    def _width(self) -> int:
        """Columns of the window, which may change meanwhile."""
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return columns or _USUAL_WIDTH  # Some terminals say 0.
