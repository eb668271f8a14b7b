"""How a source model's training went, by the loss of its epochs."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

from simmc_tf.sources import settings as settings_module

# Share by which the loss must fall for an epoch to count against patience; ours: a loss
# that nears its end falls a little in nearly every epoch.
SMALLEST_GAIN = 1e-3

Row = dict[str, float]


@dataclasses.dataclass
class Course:
    """How training went so far.

    Attributes:
        rows: of loss.csv.
        best_epoch: that of the lowest loss, counted from 1; 0 before the first.
        lowest: its loss.
        stale: epochs since the loss last fell by more than `SMALLEST_GAIN`.
    """

    rows: list[Row] = dataclasses.field(default_factory=list)
    best_epoch: int = 0
    lowest: float = math.inf
    stale: int = 0
    _reference: float = math.inf

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, float]]) -> "Course":
        """What the rows of some epochs come to."""
        course = cls()
        for row in rows:
            course.add(dict(row))
        return course

    def add(self, row: Row) -> bool:
        """Takes the row of an epoch; whether it is the best one so far."""
        self.rows.append(row)
        loss = row["loss"]
        self.stale += 1
        if loss < self._reference - SMALLEST_GAIN * abs(self._reference) or not (
            math.isfinite(self._reference)
        ):
            self._reference, self.stale = loss, 0
        better = loss < self.lowest
        if better:
            self.lowest, self.best_epoch = loss, len(self.rows)
        return better

    def has_ended(self, settings: settings_module.Settings) -> bool:
        """Whether there is no epoch to come."""
        return len(self.rows) >= settings.epochs or self.stale >= settings.patience
