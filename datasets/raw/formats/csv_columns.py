"""Columns of a CSV of skeletons that are no coordinates, and how they are told."""

import dataclasses
import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np

from datasets import skeletons
from datasets.raw.formats import csv_table, joint_spellings, timing
from simmc_tf import errors

JOINT = frozenset(
    a + b
    for a in ("joint", "landmark", "keypoint")
    for b in ("", "id", "index", "name", "number", "type")
)
_FRAME = frozenset("frame" + a for a in ("", "id", "index", "number", "num", "no"))
_BODY = frozenset(
    a + b
    for a in ("body", "user", "person", "player", "skeleton")
    for b in ("", "id", "index", "number")
) | {"trackingid", "trackid"}
# Columns of a table that has a joint a row; a much copied Unity script has "poz_z".
AXES = {
    between + axis + unit: number
    for number, axis in enumerate("xyz")
    for between in ("", "pos", "poz", "position", "camera", "world")
    for unit in joint_spellings.AXIS_ENDINGS
}
_STATES = {
    **dict.fromkeys(("nottracked", "untracked", "false"), 0.0),
    **dict.fromkeys(("inferred", "low", "true"), 1.0),
    **dict.fromkeys(("tracked", "medium"), 2.0),
    "high": 3.0,
}


@dataclasses.dataclass(frozen=True)
class Columns:
    """Where a table has what is not a coordinate; None where it has not."""

    frame: int | None
    time: int | None
    body: int | None
    seconds: float | None

    @property
    def keys(self) -> tuple[int, ...]:
        """Columns that tell frames and bodies from each other."""
        return tuple(c for c in (self.frame, self.time, self.body) if c is not None)

    def named(self, header: Sequence[str]) -> str:
        """Name of the column for time."""
        return "" if self.time is None else header[self.time].strip()

    def labels(self, texts: Sequence[tuple[str, ...]], column: int | None) -> list[str]:
        """The texts of one of the columns `keys`, for each row."""
        if column is None:
            return [""] * len(texts)
        position = self.keys.index(column)
        return [row[position].strip() for row in texts]

    def times(self, texts: Sequence[tuple[str, ...]]) -> timing.Times | None:
        """Those of R rows, None where there is no such column."""
        if self.time is None:
            return None
        return timing.of_texts(self.labels(texts, self.time), self.seconds)


def two_row_header(first: list[str], second: list[str]) -> list[str] | None:
    """Names of columns whose joints are in the first row and X, Y, Z in the second.

    Args:
        first: fields of the first row; a joint is above the first of its columns.
        second: fields of the second row.

    Returns:
        None where the second row is no lower half of a header.
    """
    below = {field.strip().lower() for field in second}
    if not {"x", "y", "z"} <= below or any(map(csv_table.is_number, below - {""})):
        return None
    joint = ""
    names = []
    for above, name in itertools.zip_longest(first, second, fillvalue=""):
        joint = above.strip() or joint
        names.append(f"{joint} {name.strip()}" if name.strip() else "")
    return names


def find(header: Sequence[str]) -> Columns:
    """Finds the columns for frame, time and body."""
    times = [i for i, name in enumerate(header) if timing.is_time(name)]
    names = [joint_spellings.plain(name) for name in header]
    return Columns(
        frame=next((i for i, name in enumerate(names) if name in _FRAME), None),
        time=times[0] if times else None,
        body=next((i for i, name in enumerate(names) if name in _BODY), None),
        seconds=timing.unit(header[times[0]]) if times else None,
    )


def metres(
    table: csv_table.Table, columns: Sequence[int], given: float | None, usual: float
) -> float:
    """Metres in one unit of a table's coordinates.

    Args:
        table: that they are of.
        columns: of the coordinates.
        given: by the user; None: what the columns' names say, else the usual.
        usual: where nothing says it.

    Raises:
        errors.InputError: names of columns contradict each other, or what is given.
    """
    said: dict[float, str] = {}
    for name in (table.header[column] for column in columns if table.header):
        unit = joint_spellings.unit(name)
        if unit is not None:
            said.setdefault(unit, name.strip())
    for one, other in itertools.pairwise(said.values()):
        raise errors.InputError(
            f"{table.path}, line {table.line}: columns {one!r} and {other!r} have two "
            "units; write all coordinates in one."
        )
    for unit, name in said.items():
        if given is not None and not math.isclose(given, unit):
            raise errors.InputError(
                f"{table.path}, line {table.line}: a unit of {name!r} is {unit:g} "
                f"metres, but --unit says {given:g}; leave --unit out, or correct the "
                "names of the columns."
            )
        return unit
    return usual if given is None else given


def joints(
    table: csv_table.Table,
    labels: list[str],
    lines: list[int],
    skeleton: skeletons.Skeleton,
) -> np.ndarray:
    """Reads a column of joints, which are names or numbers from 0 or 1.

    Args:
        table: that it is of, for messages.
        labels: R fields.
        lines: that they are in.
        skeleton: of the joints.

    Returns:
        [R] indices of joints, each of which is there.

    Raises:
        errors.InputError: a joint is unknown, or has no row.
    """
    known = joint_spellings.joints(skeleton)
    plain = {label: joint_spellings.plain(label) for label in set(labels)}
    if all(name.isdecimal() for name in plain.values()):
        first = 0 if any(not name.strip("0") for name in plain.values()) else 1
        known = {str(i + first): i for i in range(len(skeleton.joints))}
    indices = {label: known.get(name, -1) for label, name in plain.items()}
    found = np.array([indices[label] for label in labels])
    for row in np.flatnonzero(found < 0)[:1]:
        raise errors.InputError(
            f"{table.path}, line {lines[row]}: joint {labels[row].strip()[:40]!r} is "
            f"unknown; expected the names or numbers of {', '.join(skeleton.joints)}."
        )
    missing = set(range(len(skeleton.joints))) - set(found.tolist())
    if missing:
        listed = ", ".join(skeleton.joints[index] for index in sorted(missing))
        raise errors.InputError(f"{table.path} has no row for {listed}.")
    return found


def states(
    table: csv_table.Table, fields: list[tuple[str, ...]], lines: list[int]
) -> np.ndarray | None:
    """Reads tracking states, which are numbers or the SDK's words.

    Args:
        table: that they are of, for messages.
        fields: R rows of n fields.
        lines: that the rows are in.

    Returns:
        [R, n], above 0 where a joint was seen; None where n is 0.

    Raises:
        errors.InputError: a field is something else.
    """
    if not fields[0]:
        return None
    try:
        return np.array([[*map(_state, row)] for row in fields])
    except ValueError:
        for line, row in zip(lines, fields, strict=True):
            for field in row:
                _check_state(table, line, field)
        raise


def _check_state(table: csv_table.Table, line: int, field: str) -> None:
    try:
        _state(field)
    except ValueError as error:
        raise errors.InputError(
            f"{table.path}, line {line}: {field.strip()[:40]!r} where a tracking state "
            "should be; expected a number or NotTracked, Inferred or Tracked."
        ) from error


@functools.lru_cache(4096)
def _state(field: str) -> float:
    name = joint_spellings.plain(field)
    return _STATES[name] if name in _STATES else csv_table.number(field)
