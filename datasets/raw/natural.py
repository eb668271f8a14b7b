"""Names in the order that people expect: 2 before 10."""

import re


def key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts by the numbers in a name as numbers, by all else as text.

    Names that differ in capitals alone, or in zeros before a number, are told apart in
    the end, so that no order is left to chance.
    """
    pieces = [
        (0, int(piece), piece) if piece.isdecimal() else (1, 0, piece.lower())
        for piece in re.split(r"(\d+)", name)
        if piece
    ]
    return pieces, name
