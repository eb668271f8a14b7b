"""Scores over the values of a knob."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scripts.ablations import correlations, knobs, results, settings, tables

SCORES = ("top-1", "mAP")
_NOTHING = "-"


class Spread(NamedTuple):
    """Of a score over seeds; of one, the deviation is NaN."""

    mean: float
    deviation: float


class Place(NamedTuple):
    """A value of a knob that has been measured.

    Attributes:
        point: the value.
        num_seeds: runs that it has.
        scores: one for each of `SCORES`.
        untrained: the same of the model before its first epoch.
    """

    point: knobs.Point
    num_seeds: int
    scores: tuple[Spread, ...]
    untrained: tuple[Spread, ...]


class Curves:
    """Scores of runs over knobs.

    Args:
        found: runs that there are.
        data: names of data sets, in order.
        lines: knobs under settings, in order.
        num_seeds: runs that each value should have.
    """

    def __init__(
        self,
        found: correlations.Found,
        data: Sequence[str],
        lines: Sequence[knobs.Line],
        num_seeds: int,
    ) -> None:
        self.data = data
        self.num_seeds = num_seeds
        self._found = found
        self._lines = lines

    @property
    def turned(self) -> list[knobs.Knob]:
        """All that are turned."""
        return list(dict.fromkeys(line.knob for line in self._lines))

    @property
    def seeds(self) -> str:
        """What a cell of a table is."""
        if self.num_seeds == 1:
            return "1 seed"
        return f"mean ± standard deviation over {self.num_seeds} seeds"

    @property
    def is_whole(self) -> bool:
        """Whether every value that has been measured has all its seeds."""
        return all(
            place.num_seeds == self.num_seeds
            for line in self._lines
            for data in self.data
            for place in self.places(line, data)
        )

    def lines(self, knob: knobs.Knob) -> list[knobs.Line]:
        """One for each setting under which a knob is turned."""
        return [line for line in self._lines if line.knob == knob]

    def places(self, line: knobs.Line, data: str) -> list[Place]:
        """What has been measured on a data set."""
        each = [(point, self._runs(data, point)) for point in line.points]
        return [_place(point, runs) for point, runs in each if runs]

    def table(self, line: knobs.Line) -> tables.Table:
        """A row for each value, a column for each data set."""
        knob = line.knob
        about = f"{knob.name}: {knob.about}" if knob.about else knob.name
        title = (
            f"{about}; {settings.title(line.base)}; top-1 / mAP of the chosen epoch, "
            f"{self.seeds}"
        )
        rows = [
            [_label(point), *(self._cell(point, data) for data in self.data)]
            for point in line.points
        ]
        return tables.Table(title, [["", *self.data], *rows])

    def all(self) -> list[tables.Table]:
        """All of them, in order."""
        return [self.table(line) for line in self._lines]

    def _runs(self, data: str, point: knobs.Point) -> list[results.Result]:
        return list(self._found.get((data, point.setting), {}).values())

    def _cell(self, point: knobs.Point, data: str) -> str:
        runs = self._runs(data, point)
        if not runs:
            return _NOTHING
        columns = zip(*_scores(point, runs), strict=True)
        text = " / ".join(tables.spread(column, 3) for column in columns)
        if len(runs) == self.num_seeds:
            return text
        return f"{text} [{len(runs)} of {self.num_seeds}]"


def _label(point: knobs.Point) -> str:
    return f"{point.label} (default)" if point.is_default else point.label


def _place(point: knobs.Point, runs: Sequence[results.Result]) -> Place:
    scores, untrained = _scores(point, runs), _untrained(runs)
    return Place(point, len(runs), _spreads(scores), _spreads(untrained))


def _scores(
    point: knobs.Point, runs: Iterable[results.Result]
) -> list[tuple[float, float]]:
    if point.untrained:
        return _untrained(runs)
    return [(one.chosen.top1, one.chosen.mAP) for one in runs]


def _untrained(runs: Iterable[results.Result]) -> list[tuple[float, float]]:
    figures = [one.reference[tables.UNTRAINED] for one in runs]
    return [(one.top1, one.mAP) for one in figures]


def _spreads(pairs: Sequence[tuple[float, float]]) -> tuple[Spread, ...]:
    return tuple(
        Spread(
            statistics.mean(column),
            statistics.stdev(column) if len(column) > 1 else math.nan,
        )
        for column in zip(*pairs, strict=True)
    )
