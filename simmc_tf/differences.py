"""Whether two runs came out the same, bit for bit, and where they first differ."""

import csv
import math
import pathlib
from collections.abc import Iterator

import h5py
import numpy as np

from simmc_tf import errors, json_file, run_files, weights_file

METRICS = run_files.METRICS
# In the order in which a run writes them: the first difference is the earliest.
COMPARED = (METRICS, run_files.WEIGHTS, run_files.BEST)


def first(folder: pathlib.Path, other: pathlib.Path) -> str | None:
    """The first difference between two runs; None where they are equal bit for bit.

    Args:
        folder: of one run.
        other: of the run that it is compared with.

    Raises:
        errors.InputError: one of them lacks a file, or has one that cannot be read.
    """
    for name in COMPARED:
        one, two = folder / name, other / name
        for path in (one, two):
            if not path.is_file():
                raise errors.InputError(
                    f"{path} is missing; only runs that have ended can be compared."
                )
        try:
            found = _FIRST[name](one, two)
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise errors.InputError(
                f"{one} and {two} cannot be compared: {errors.one_line(str(error))}"
            ) from error
        if found is not None:
            return f"{name}: {found}"
    return None


def _of_metrics(one: pathlib.Path, two: pathlib.Path) -> str | None:
    """Row by row, and within a row column by column: numbers are written exactly."""
    had, expected = (_rows(path) for path in (one, two))
    for row, other in zip(had, expected, strict=False):
        for column in {**other, **row}:
            found = _of_values(row.get(column), other.get(column))
            if found is not None:
                return f"epoch {other['epoch']}, {column}: {found}"
    if len(had) != len(expected):
        ends = [rows[-1]["epoch"] if rows else "none" for rows in (had, expected)]
        return f"ends with epoch {ends[0]}, not {ends[1]}"
    return None


def _rows(path: pathlib.Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _of_values(value: object, other: object) -> str | None:
    """As text, where both are numbers with the distance between them."""
    if value == other and type(value) is type(other):
        return None
    if isinstance(value, bool) or isinstance(other, bool):
        return f"{value}, not {other}"
    try:
        distance = abs(float(value) - float(other))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"{_told(value)}, not {_told(other)}"
    if math.isnan(distance) and str(value) == str(other):
        return None
    return f"{value}, not {other} (by {distance:.2g})"


def _told(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)


def _of_weights(one: pathlib.Path, two: pathlib.Path) -> str | None:
    """Array by array: the files themselves need not be equal."""
    had, expected = (_arrays(path) for path in (one, two))
    if list(had) != list(expected):
        names = ", ".join(sorted(set(had) ^ set(expected))) or "order"
        return f"other arrays ({names})"
    for name, array in had.items():
        other = expected[name]
        if (array.shape, array.dtype) != (other.shape, other.dtype):
            shapes = [f"{each.dtype} {list(each.shape)}" for each in (array, other)]
            return f"{name}: {shapes[0]}, not {shapes[1]}"
        # By their bits: 0 is not -0, and what is no number is equal to nothing.
        bits = [np.asarray(each).view(f"V{each.itemsize}") for each in (array, other)]
        count = int(np.count_nonzero(bits[0] != bits[1]))
        if count:
            distance = np.abs(array.astype(np.float64) - other.astype(np.float64))
            most = float(distance.max())
            return f"{name}: {count:,} of {array.size:,} numbers differ (by {most:.2g})"
    return None


def _arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def add(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            found[name] = node[()]

    weights_file.check(path, path.stat().st_size)
    with h5py.File(path, "r") as file:
        file.visititems(add)
    return found


def _of_figures(one: pathlib.Path, two: pathlib.Path) -> str | None:
    had, expected = (dict(_leaves(json_file.read(path), "")) for path in (one, two))
    for name in {**expected, **had}:
        found = _of_values(had.get(name), expected.get(name))
        if found is not None:
            return f"{name}: {found}"
    return None


def _leaves(content: object, name: str) -> Iterator[tuple[str, object]]:
    """Values of nested JSON by where they are."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(value, f"{name}.{key}" if name else key)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _leaves(value, f"{name}[{number}]")
    else:
        yield name, content


_FIRST = {
    METRICS: _of_metrics,
    run_files.WEIGHTS: _of_weights,
    run_files.BEST: _of_figures,
}
