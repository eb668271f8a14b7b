"""What metrics.csv and timings.csv say of a run."""

import csv
import dataclasses
import io
import math
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from simmc_tf import errors, history, run_files, whole_file

_MOST_BYTES = 2**26  # A million epochs.
METRICS, TIMINGS = run_files.METRICS, run_files.TIMINGS
_COLUMNS = frozenset(field.name for field in dataclasses.fields(history.Row))


@dataclasses.dataclass(frozen=True)
class Epochs:
    """Figures of the model after every epoch.

    Attributes:
        columns: of metrics.csv, NaN where there is nothing to tell; none at all where
            there is no such file.
        seconds: of every epoch, the untrained model's first.
        phases: seconds of each phase over all epochs of training.
    """

    columns: Mapping[str, Sequence[float]]
    seconds: Sequence[float]
    phases: Mapping[str, float]

    def has(self, name: str) -> bool:
        """Whether a column says anything."""
        return bool(np.isfinite(self.columns.get(name, [])).any())

    def at(self, name: str, epoch: int | None) -> float | None:
        """A column after so many epochs; None where there is no such row or figure."""
        numbers = list(self.columns.get("epoch", ()))
        if epoch not in numbers or name not in self.columns:
            return None
        value = self.columns[name][numbers.index(epoch)]
        return value if np.isfinite(value) else None


def read(
    folder: pathlib.Path, best_epoch: int | None = None, *, finished: bool = False
) -> Epochs:
    """Reads both files of a run's folder; nothing where one is missing.

    Args:
        folder: of the run.
        best_epoch: of its model, None where nobody knows.
        finished: whether the run came to its end; else the model may be one epoch
            ahead of the files.

    Raises:
        errors.InputError: one is damaged.
    """
    least = 0 if best_epoch is None else best_epoch - (not finished)
    columns = _read(folder / METRICS, _COLUMNS, least)
    timings = _read(folder / TIMINGS, None, least)
    with np.errstate(over="ignore", invalid="ignore"):  # Of seconds like inf and -inf.
        phases = {
            # The first are the untrained model's, with all compilation.
            name: float(np.nansum(values[1:]))
            for name, values in timings.items()
            if name not in ("epoch", "total")
        }
    return Epochs(columns, timings.get("total", []), phases)


def _read(
    path: pathlib.Path, known: frozenset[str] | None, least: int
) -> dict[str, list[float]]:
    """Columns of a file: all of the known ones that it has."""
    if not path.is_file():
        return {}
    try:
        text = whole_file.content(path, _MOST_BYTES).decode()
        header, *rows = csv.reader(io.StringIO(text), strict=True)
        if text[-1:] != "\n":
            raise ValueError("its last line is cut")
        if known is None:
            known = frozenset(header)
        _check(header, rows, known, least)
        cells = [[float(cell) if cell else math.nan for cell in row] for row in rows]
    except (ValueError, csv.Error) as error:
        raise errors.InputError(
            f"{path} is damaged ({error}); expected what SimMC.py writes. Train again, "
            "or remove it to have a report without it."
        ) from error
    return dict(zip(header, map(list, zip(*cells, strict=True)), strict=True))


def _check(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    known: frozenset[str],
    least: int,
) -> None:
    """Raises a ValueError that tells what is wrong."""
    strange = [name for name in header if name not in known]
    if strange or header[:1] != ["epoch"] or len(set(header)) < len(header):
        raise ValueError(f"its columns are {', '.join(header)[:60]!r}")
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(
                f"row {number} has {len(row)} fields, its head {len(header)}"
            )
        if row[0] != str(number):
            raise ValueError(f"row {number} is of epoch {row[0]!r}")
    if len(rows) <= least:
        raise ValueError(f"it has no row of epoch {least}")
