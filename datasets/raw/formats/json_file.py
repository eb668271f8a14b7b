"""JSON from strangers: read whole, every number a float, errors with their line."""

import json
import os
import pathlib
from typing import Any

from simmc_tf import errors

# The text may take twenty times its size once it is Python's lists and floats.
_MOST_BYTES = 2**26

# Whole numbers as floats: one kind of number to check for, and no limit of digits.
_DECODER = json.JSONDecoder(parse_int=float)


def load(path: pathlib.Path) -> Any:
    """Reads a JSON file.

    Raises:
        errors.InputError: it cannot be read, is no JSON or is too large to be read at
            once.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > _MOST_BYTES:
                raise errors.InputError(
                    f"{path} has {size} bytes; JSON is read up to {_MOST_BYTES}. Give "
                    "so much as .npy."
                )
            content = file.read()
    except OSError as error:
        raise errors.InputError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return _DECODER.decode(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise errors.InputError(
            f"{path}, line {error.lineno}: not JSON ({error.msg}); get the file again "
            "or remove it."
        ) from error
    except UnicodeDecodeError as error:
        raise errors.InputError(
            f"{path}: not a text file (byte {error.start}); get it again."
        ) from error
    except RecursionError as error:
        raise errors.InputError(
            f"{path}: lists nested too deeply for poses; get the file again or remove "
            "it."
        ) from error
