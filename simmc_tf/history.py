"""What is known of the model after every epoch, and how long each phase took."""

import contextlib
import csv
import dataclasses
import io
import pathlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from simmc_tf import atomic, run_files


@dataclasses.dataclass
class Row:
    """The model after `epoch` epochs; row 0 is the untrained one.

    Losses are the means over the epoch that ended. Clusters, outliers and agreement are
    those of the pseudo-labels that this model gives, which the next epoch trains on.
    None where there is nothing to tell.
    """

    epoch: int
    loss: float | None = None
    mpc: float | None = None
    mic: float | None = None
    clusters_1: int | None = None
    clusters_2: int | None = None
    outliers: int | None = None
    view_agreement: float | None = None
    track_mAP: float | None = None
    silhouette: float | None = None
    quality: float | None = None
    radius_1: float | None = None
    radius_2: float | None = None
    top1: float | None = None
    top5: float | None = None
    top10: float | None = None
    mAP: float | None = None
    MI_1: float | None = None
    MI_2: float | None = None
    AMI_1: float | None = None
    AMI_2: float | None = None
    mACT: float | None = None
    mRCL: float | None = None


class History:
    """Rows and timings of a run, written to its folder after every epoch.

    `metrics.csv` holds no times, so that two runs with the same seed write the same
    file; those go to `timings.csv`.

    Args:
        folder: of the run.

    Attributes:
        rows: of the model after every epoch.
        seconds: of every phase, for each row.
        current: the phase that runs.
        goes_on: whether rows are those of a run that was stopped.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []
        self.seconds: list[dict[str, float]] = []
        self.current: str | None = None
        self.goes_on = False
        self._started = 0.0

    def go_on(
        self,
        rows: Iterable[Mapping[str, Any]],
        seconds: Iterable[Mapping[str, float]],
    ) -> None:
        """Takes up what a run had that was stopped."""
        self.rows = [Row(**row) for row in rows]
        self.seconds = [dict(phases) for phases in seconds]
        self.goes_on = True

    def begin_row(self, epoch: int, losses: dict[str, Any]) -> Row:
        """Adds the row of the model after `epoch` epochs."""
        self.rows.append(Row(epoch, **losses))
        return self.rows[-1]

    def begin_epoch(self) -> None:
        """From now on phases count for the next row."""
        self.seconds.append({})
        self._started = time.perf_counter()

    def end_epoch(self) -> None:
        """Adds the wall time since `begin_epoch`, as phase `total`."""
        self.add_seconds("total", time.perf_counter() - self._started)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Adds the wall time of the block to a phase of the current epoch."""
        start = time.perf_counter()
        self.current = name
        try:
            yield
        finally:
            self.current = None
        self.add_seconds(name, time.perf_counter() - start)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What comes before the first epoch, and counts for none."""
        self._started = time.perf_counter()
        self.current = name
        try:
            yield
        finally:
            self.current = None

    @property
    def elapsed(self) -> float:
        """Wall seconds since `begin_epoch`, or since a stage began."""
        return time.perf_counter() - self._started

    def add_seconds(self, name: str, seconds: float) -> None:
        """Adds wall time to a phase of the current epoch."""
        self.seconds[-1][name] = self.seconds[-1].get(name, 0.0) + seconds

    def at(self, name: str, epoch: int) -> float | None:
        """A column after so many epochs."""
        value: float | None = getattr(self.rows[epoch], name)
        return value

    def write(self) -> None:
        """Replaces metrics.csv and timings.csv, both or none."""
        rows = [vars(row) for row in self.rows]  # Of thousands, after every epoch.
        timings = [
            {"epoch": row.epoch, **{k: round(v, 4) for k, v in phases.items()}}
            for row, phases in zip(self.rows, self.seconds, strict=True)
        ]
        atomic.write_all(
            {
                self.folder / run_files.METRICS: atomic.of_text(_csv(rows)),
                self.folder / run_files.TIMINGS: atomic.of_text(_csv(timings)),
            }
        )


def write_csv(path: pathlib.Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Replaces a CSV file; its columns are all those of the rows, in their order."""
    atomic.write_text(path, _csv(rows))


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
