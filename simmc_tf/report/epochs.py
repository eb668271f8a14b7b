"""What metrics.csv and timings.csv say of a run."""

import csv
import dataclasses
import math
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Epochs:
    """Figures of the model after every epoch.

    Attributes:
        columns: of metrics.csv, NaN where there is nothing to tell; none at all where
            there is no such file.
        seconds: of every epoch, the untrained model's first.
        phases: seconds of each phase over all epochs.
    """

    columns: Mapping[str, Sequence[float]]
    seconds: Sequence[float]
    phases: Mapping[str, float]

    def has(self, name: str) -> bool:
        """Whether a column says anything."""
        return bool(np.isfinite(self.columns.get(name, [])).any())


def read(folder: pathlib.Path) -> Epochs:
    """Reads both files of a run's folder; nothing where one is missing.

    Raises:
        errors.InputError: one is damaged.
    """
    columns = _read(folder / "metrics.csv")
    timings = _read(folder / "timings.csv")
    return Epochs(
        columns,
        timings.get("total", []),
        {
            name: float(np.nansum(values))
            for name, values in timings.items()
            if name not in ("epoch", "total")
        },
    )


def _read(path: pathlib.Path) -> dict[str, list[float]]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {
            name: [float(row[name]) if row[name] else math.nan for row in rows]
            for name in (rows[0] if rows else ())
        }
    except (ValueError, TypeError, csv.Error) as error:
        raise errors.InputError(
            f"{path} is damaged ({error}); expected what SimMC.py writes. Train again, "
            "or remove it to have a report without it."
        ) from error
