"""Where a picture may be written without anything else being lost."""

import pathlib

from datasets import writable
from simmc_tf import errors

# Suffix -> what such a file has among its first bytes.
_MARKS = {".svg": b"<svg", ".gif": b"GIF8"}
_FIRST_BYTES = 1000


def check(path: pathlib.Path, given: str) -> None:
    """Refuses to write a picture where something else would be lost.

    Args:
        path: to write; ends in .svg or .gif.
        given: what asked for it, as on the command line.

    Raises:
        errors.InputError: it cannot be written, or exists and is no such picture.
    """
    if path.is_dir():
        raise errors.InputError(
            f"{given}: a folder; expected a file's name, such as "
            f"{path.parent / ('walk' + path.suffix)}."
        )
    writable.check_file(path, given)
    if not path.exists():
        return
    with path.open("rb") as file:
        begins = file.read(_FIRST_BYTES)
    if begins and _MARKS[path.suffix.lower()] not in begins:
        raise errors.InputError(
            f"{given}: something else than a picture is there; it would be lost. "
            "Choose another name."
        )
