"""Names in the order that people expect: 2 before 10."""

import re


def key(name: str) -> list[tuple[int, int, str]]:
    """Sorts by the numbers in a name as numbers, by all else as text."""
    return [
        (0, int(piece), piece) if piece.isdecimal() else (1, 0, piece.lower())
        for piece in re.split(r"(\d+)", name)
        if piece
    ]
