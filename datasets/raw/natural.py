"""Names in the order that people expect: 2 before 10."""

import re
from collections.abc import Sequence

_SHOWN = 5
_MOST_DIGITS = 4000  # Python makes no number of more than 4,300.


def key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts by the numbers in a name as numbers, by all else as text.

    Names that differ in capitals alone, or in zeros before a number, are told apart in
    the end, so that no order is left to chance.
    """
    pieces = [
        (0, int(piece), piece)
        if piece.isdecimal() and len(piece) <= _MOST_DIGITS
        else (1, 0, piece.lower())
        for piece in re.split(r"(\d+)", name)
        if piece
    ]
    return pieces, name


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(sorted(names, key=key)[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
