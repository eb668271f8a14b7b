"""JSON from strangers: read whole, every number a float, errors with their line."""

import json
import pathlib
from typing import Any

from datasets.raw import text
from simmc_tf import errors, memory

# The text may take thirty times its size once it is Python's lists and floats. An hour
# of MediaPipe's 33 landmarks, with names, has 350 MB.
_MOST_BYTES, _TIMES = 2**29, 30

# Whole numbers as floats: one kind of number to check for, and no limit of digits.
_DECODER = json.JSONDecoder(parse_int=float)


def load(path: pathlib.Path) -> Any:
    """Reads a JSON file.

    Raises:
        errors.InputError: it cannot be read, is no JSON or is too large to be read at
            once.
    """
    return _decoded(path, 1, text.read(path, most_bytes=_most_bytes()))


def load_lines(path: pathlib.Path) -> list[Any]:
    """Reads a file of JSON a line; blank lines are left out.

    Raises:
        errors.InputError: as for `load`.
    """
    return [
        _decoded(path, number, line)
        for number, line in enumerate(_lines(path), 1)
        if line.strip()
    ]


def _lines(path: pathlib.Path) -> list[str]:
    most = _most_bytes()
    return text.lines(path, most_bytes=most, longest=most)


def _most_bytes() -> int:
    return min(_MOST_BYTES, memory.available() // _TIMES)


def _decoded(path: pathlib.Path, first_line: int, content: str) -> Any:
    try:
        return _DECODER.decode(content)
    except json.JSONDecodeError as error:
        raise errors.InputError(
            f"{path}, line {first_line + error.lineno - 1}, column {error.colno}: "
            f"not JSON ({error.msg}); get the file again or remove it."
        ) from error
    except RecursionError as error:
        raise errors.InputError(
            f"{path}, line {first_line}: lists nested too deeply for poses; get the "
            "file again or remove it."
        ) from error
