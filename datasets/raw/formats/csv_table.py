"""Tables in text files: delimiter, header and fields, one row at a time."""

import array
import csv
import dataclasses
import itertools
import math
import operator
import pathlib
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from datasets.raw import text
from simmc_tf import errors

# What programs write where they have no number.
_NOTHING = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))
_NAMED_DELIMITER = re.compile(r'\s*"?sep=([,;\t| ])"?[\s,;]*', re.IGNORECASE)
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+(e[-+]?\d+)?", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Table:
    """A table as it lies on disk.

    Attributes:
        path: of the file.
        header: names of the columns; empty where the file does not give them.
        width: fields in a row.
        rows: (line, fields) of each, blank lines left out; to be gone through once.
        line: of the header, or of the first row where there is none.
    """

    path: pathlib.Path
    header: tuple[str, ...]
    width: int
    rows: Iterator[tuple[int, list[str]]]
    line: int = 1

    def read(
        self, numbers: Sequence[int], texts: Sequence[int]
    ) -> tuple[np.ndarray, list[tuple[str, ...]], list[int]]:
        """Reads some of its columns.

        Args:
            numbers: columns of numbers.
            texts: columns of anything.

        Returns:
            [R, len(numbers)] float64, NaN where a field is empty; the texts and the
            line of each row.

        Raises:
            errors.InputError: a row has too few or too many fields, a field is no
                number, or there are no rows.
        """
        pick_numbers, pick_texts = _picker(numbers), _picker(texts)
        values = array.array("d")
        found, lines = [], []
        for line, row in self.rows:
            if len(row) != self.width:
                row = self._mended(line, row)
            fields = pick_numbers(row)
            try:
                values.extend(text.floats(fields))
            except ValueError:
                values.extend([self._number(line, field) for field in fields])
            found.append(pick_texts(row))
            lines.append(line)
        if not lines:
            raise errors.InputError(
                f"{self.path} has no line after its header; get it again or remove it."
            )
        return np.frombuffer(values, np.float64).reshape(len(lines), -1), found, lines

    def _mended(self, line: int, row: list[str]) -> list[str]:
        """A row without empty fields after its end."""
        while len(row) > self.width and not row[-1].strip():
            row.pop()
        if len(row) == self.width:
            return row
        raise errors.InputError(
            f"{self.path}, line {line}: {len(row)} fields where {self.width} should "
            "be; get the file again or remove it (decimal commas need another "
            "delimiter than a comma)."
        )

    def _number(self, line: int, field: str) -> float:
        if _is_nothing(field):
            return math.nan
        return text.line_numbers(self.path, line, [field])[0]


def number(field: str) -> float:
    """The number in a field, NaN where it is empty.

    Raises:
        ValueError: it is something else.
    """
    return math.nan if _is_nothing(field) else text.floats([field])[0]


def is_number(field: str) -> bool:
    """Whether a field holds a number or nothing."""
    return _is_nothing(field) or text.is_number(field)


def _is_nothing(field: str) -> bool:
    return field.strip().lower() in _NOTHING


def open_table(
    path: pathlib.Path, joined: Callable[[list[str], list[str]], list[str] | None]
) -> Table:
    """Finds delimiter and header of a table.

    Lines before the header that begin with # are comments, but not one that may be the
    header, as `numpy.savetxt` writes it. Excel's first line `sep=;` says the delimiter.

    Args:
        path: comma, semicolon, tab or blank between the fields; a decimal comma is
            taken where the delimiter is no comma.
        joined: (first row, second row) -> names of the columns where the second row is
            the lower half of a header, else None.

    Raises:
        errors.InputError: it is no text, or empty, or has decimal commas between
            blanks.
    """
    lines = text.lines(path)
    delimiter = _delimiter(path, lines)
    _blank_comments(lines, delimiter)
    if delimiter == " ":
        delimiter, lines = "\t", ["\t".join(line.split()) for line in lines]
    if delimiter != ",":
        lines = [line.replace(",", ".") for line in lines]
    rows = _rows(path, lines, delimiter)
    start = [row for row in (next(rows, None), next(rows, None)) if row is not None]
    line, first = start[0]
    header: list[str] = []
    if len(start) == 2:
        header = joined(first, start[1][1]) or []
    if header:
        start = []
    elif not all(map(is_number, first)):
        header = first
        start = start[1:]
    while header and not header[-1].strip():
        header.pop()
    width = len(header or first)
    return Table(path, tuple(header), width, itertools.chain(start, rows), line)


def _delimiter(path: pathlib.Path, lines: list[str]) -> str:
    """Of the fields; a line that only names it becomes blank, so that numbers stay."""
    named = _NAMED_DELIMITER.fullmatch(lines[0])
    if named and any(line.strip() for line in lines[1:]):
        lines[0] = ""
        return named[1]
    number, first = next(
        (
            (number, line)
            for number, line in enumerate(lines, 1)
            if line.strip() and not line.startswith("#")
        ),
        (1, lines[0]),
    )
    with_commas = [piece for piece in first.split() if "," in piece]
    if len(with_commas) > 1 and all(map(_COMMA_NUMBER.fullmatch, with_commas)):
        raise errors.InputError(
            f"{path}, line {number}: decimal commas in numbers between blanks; write "
            "numbers with points, not with commas (0.123)."
        )
    return next((mark for mark in "\t;," if mark in first), " ")


def _blank_comments(lines: list[str], delimiter: str) -> None:
    """Makes lines of comments before the table blank, so that others keep numbers."""
    marks = None if delimiter == " " else delimiter
    told = []
    for number, line in enumerate(lines):
        if line.startswith("#"):
            told.append(number)
        elif line.strip():
            for comment in told:
                content = lines[comment].lstrip("#").strip()
                # All fields but for a few: names of the columns.
                if 2 * len(content.split(marks)) <= len(line.split(marks)):
                    lines[comment] = ""
            return


def _rows(
    path: pathlib.Path, lines: list[str], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        raise errors.InputError(
            f"{path}, line {reader.line_num}: {error}; get the file again or remove it."
        ) from error


def _picker(columns: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(columns) > 1:
        return operator.itemgetter(*columns)
    return lambda row: tuple(row[column] for column in columns)
