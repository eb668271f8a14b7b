"""JSON from anybody: read in bounded memory, and refused in one way."""

import json
import pathlib
from typing import Any

from simmc_tf import whole_file

# Lists and texts of Python may take twenty times what they are written in.
MOST_BYTES = 2**25


def read(
    path: pathlib.Path, encoding: str = "utf-8", most_bytes: int = MOST_BYTES
) -> Any:
    """Reads a JSON file.

    Args:
        path: of the file.
        encoding: utf-8, or utf-8-sig where other programs may have written it.
        most_bytes: that it may have.

    Raises:
        OSError: it is not there or cannot be read.
        ValueError: it is no JSON, no file or too large (errors.InputError), or holds
            text that UTF-8 cannot.
    """
    return parse(whole_file.content(path, most_bytes).decode(encoding))


def parse(text: str) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: it is none, is nested too deeply, or has text that UTF-8 cannot
            hold, which could be printed or written nowhere.
    """
    try:
        found = json.loads(text)
        if "\\ud" in text.lower():  # Half of a pair, maybe.
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deeply", "", 0) from error
    return found
