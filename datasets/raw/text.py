"""Lines of numbers in text files, and exactly where one is not as it should be."""

import codecs
import pathlib
import re
from collections.abc import Sequence

from simmc_tf import errors, whole_file

# Three hours of a Kinect v2 as CSV have 450 MB, a recording of KGBD has 0.3 MB. As a
# list of lines it takes several times as much.
MOST_BYTES = 2**29

# Lines of a file, and letters of a line: half a gigabyte of line ends would become tens
# of them as a list, and so would a line of nothing but delimiters. A frame of 33 joints
# has some 3,000 letters, three hours of a joint a line have 11 million lines.
_MOST_LINES, _LONGEST = 2**24, 2**20

# Control characters that no text has; tab, line ends and form feed are text.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SHOWN = 40
_LOOKED_AT = 64  # Bytes that tell UTF-16 without a mark from other files.


def read(path: pathlib.Path, latin: bool = False, most_bytes: int = MOST_BYTES) -> str:
    """Reads a text file, with or without a byte order mark.

    Args:
        path: of the file.
        latin: whether what is no UTF-8 is taken as Windows' Latin letters, in which old
            programs wrote comments and names (HDM05's .amc have them).
        most_bytes: that it may have.

    Raises:
        errors.InputError: it cannot be read, is too large, no text, or empty.
    """
    content = whole_file.read(path, most_bytes)
    found = _NO_TEXT.search(content)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        found and _utf_16(content)
    ):
        raise errors.InputError(
            f"{path}: not a text file in UTF-8, but in UTF-16; save it as UTF-8."
        )
    if found:
        raise errors.InputError(
            f"{path}: not a text file (byte {found.start()}); get it again."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not latin:
            raise errors.InputError(
                f"{path}: not a text file (byte {error.start}); get it again."
            ) from error
        text = content.decode("latin-1")
    if not text or text.isspace():
        raise errors.InputError(f"{path} is empty; get it again or remove it.")
    return text


def _utf_16(content: bytes) -> bool:
    """Whether every second byte of the beginning is 0, and the others are letters."""
    even, odd = content[:_LOOKED_AT:2], content[1:_LOOKED_AT:2]
    return any(
        len(letters) > 1 and not any(zeros) and min(letters) >= ord("\t")
        for zeros, letters in ((even, odd), (odd, even))
    )


def lines(
    path: pathlib.Path,
    latin: bool = False,
    most_bytes: int = MOST_BYTES,
    longest: int = _LONGEST,
) -> list[str]:
    """Lines of a text file, of any line end, without those that are blank at its end.

    Args:
        path: of the file.
        latin: as for `read`.
        most_bytes: that it may have.
        longest: letters that a line may have.

    Raises:
        errors.InputError: as for `read`; or there are too many lines, or one is too
            long.
    """
    content = read(path, latin, most_bytes)
    # Not splitlines: it also ends lines at characters that editors do not.
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    num_lines = content.count("\n")
    if num_lines > _MOST_LINES:
        raise errors.InputError(
            f"{path} has {num_lines} lines; files are read up to {_MOST_LINES}. Cut it "
            "into several recordings."
        )
    found = content.split("\n")
    if len(content) > longest:
        for number, line in enumerate(found, 1):
            if len(line) > longest:
                raise errors.InputError(
                    f"{path}, line {number}: {len(line)} letters; lines are read up to "
                    f"{longest}. Get the file again or remove it."
                )
    # The last line that is not blank may end with tabs, each a field.
    while not found[-1].strip():
        found.pop()
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
        errors.InputError: a line is blank or has fewer.
    """
    found = [row.split(delimiter) for row in rows]
    for number, row in enumerate(found, 1):
        if len(row) < fields:
            if not rows[number - 1].strip():
                raise errors.InputError(f"{path}: blank line {number}; remove it.")
            raise errors.InputError(
                f"{path}, line {number}: {len(row)} fields between {delimiter!r}; "
                f"expected {fields} or more. Get the file again or remove it."
            )
    return found


def numbers(
    path: pathlib.Path, rows: Sequence[Sequence[str]], first: int, last: int
) -> list[list[float]]:
    """Numbers in the fields `first` to `last` (not included) of each line.

    Raises:
        errors.InputError: a field is no number.
    """
    return [
        line_numbers(path, number, row[first:last])
        for number, row in enumerate(rows, 1)
    ]


def line_numbers(path: pathlib.Path, line: int, fields: Sequence[str]) -> list[float]:
    """Numbers in the fields of one line, counted from 1.

    Raises:
        errors.InputError: a field is no number.
    """
    try:
        return floats(fields)
    except ValueError as error:
        wrong = next(field for field in fields if not is_number(field))
        remedy = "get the file again or remove it"
        if is_number(wrong.replace(",", ".", 1)):
            remedy = "write numbers with points, not with commas (0.123)"
        raise errors.InputError(
            f"{path}, line {line}: {wrong.strip()[:_SHOWN]!r} where a number should "
            f"be; {remedy}."
        ) from error


def floats(fields: Sequence[str]) -> list[float]:
    """Fields as numbers.

    Raises:
        ValueError: one is none.
    """
    # Python's own numbers may have them, 1_000; a file's are damage.
    if "_" in "".join(fields):
        raise ValueError("an underscore in a number")
    return list(map(float, fields))


def is_number(field: str) -> bool:
    """Whether a field holds a number."""
    try:
        floats([field])
    except ValueError:
        return False
    return True
