"""Tables in text files: delimiter, header and fields, one row at a time."""

import array
import csv
import dataclasses
import itertools
import math
import operator
import pathlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from datasets.raw import text
from simmc_tf import errors

# What programs write where they have no number.
_NOTHING = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))


@dataclasses.dataclass(frozen=True)
class Table:
    """A table as it lies on disk.

    Attributes:
        path: of the file.
        header: names of the columns; empty where the file does not give them.
        width: fields in a row.
        rows: (line, fields) of each, blank lines left out; to be gone through once.
    """

    path: pathlib.Path
    header: tuple[str, ...]
    width: int
    rows: Iterator[tuple[int, list[str]]]

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

    Args:
        path: comma, semicolon, tab or blank between the fields; a decimal comma is
            taken where the delimiter is no comma.
        joined: (first row, second row) -> names of the columns where the second row is
            the lower half of a header, else None.

    Raises:
        errors.InputError: it is no text, or empty.
    """
    lines = text.lines(path)
    delimiter = _delimiter(lines)
    if delimiter == " ":
        delimiter, lines = "\t", ["\t".join(line.split()) for line in lines]
    if delimiter != ",":
        lines = [line.replace(",", ".") for line in lines]
    rows = _rows(path, lines, delimiter)
    start = [row for row in (next(rows, None), next(rows, None)) if row is not None]
    first = start[0][1]
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
    return Table(path, tuple(header), width, itertools.chain(start, rows))


def _delimiter(lines: list[str]) -> str:
    first = next(line for line in lines if line.strip())
    return next((mark for mark in "\t;," if mark in first), " ")


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
