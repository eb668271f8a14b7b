"""Lines of numbers in text files, and exactly where one is not as it should be."""

import pathlib

from simmc_tf import errors


def lines(path: pathlib.Path) -> list[str]:
    """Lines of a text file, without those that are blank at its end.

    Any kind of line end and a byte order mark are taken.

    Raises:
        errors.InputError: it is no text, or empty.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise errors.InputError(
            f"{path}: not a text file (byte {error.start}); get it again."
        ) from error
    # Not splitlines: it also ends lines at characters that editors do not.
    found = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while found and not found[-1].strip():
        found.pop()
    if not found:
        raise errors.InputError(f"{path} is empty; get it again or remove it.")
    return found


def split(
    path: pathlib.Path, rows: list[str], delimiter: str, fields: int
) -> list[list[str]]:
    """Splits lines into fields.

    Args:
        path: of the file, for messages.
        rows: its lines.
        delimiter: between the fields.
        fields: that a line must have, at least.

    Raises:
        errors.InputError: a line has fewer.
    """
    found = [row.split(delimiter) for row in rows]
    for number, row in enumerate(found, 1):
        if len(row) < fields:
            raise errors.InputError(
                f"{path}, line {number}: {len(row)} fields between {delimiter!r}; "
                f"expected {fields} or more. Get the file again or remove it."
            )
    return found


def numbers(
    path: pathlib.Path, rows: list[list[str]], first: int, last: int
) -> list[list[float]]:
    """Numbers in the fields `first` to `last` (not included) of each line.

    Raises:
        errors.InputError: a field is no number.
    """
    try:
        return [[float(field) for field in row[first:last]] for row in rows]
    except ValueError:
        for number, row in enumerate(rows, 1):
            for field in row[first:last]:
                _check_number(path, number, field)
        raise


def _check_number(path: pathlib.Path, line: int, field: str) -> None:
    try:
        float(field)
    except ValueError as error:
        raise errors.InputError(
            f"{path}, line {line}: {field.strip()!r} where a number should be; get the "
            "file again or remove it."
        ) from error
