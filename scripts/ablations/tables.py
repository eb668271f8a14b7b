"""Results of runs as tables, for a terminal and as Markdown."""

import functools
import html
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from scripts.ablations import correlations, results, settings
from simmc_tf import yardsticks

UNTRAINED = "untrained"
_OURS = (UNTRAINED, yardsticks.PREPARED)
YARDSTICK = "best yardstick (best of each figure, known by labels)"
_SCORES = ("top1", "mAP")
NOTHING = "-"

# Name of a row -> its cell for a data set.
_Rows = dict[str, Callable[[str], str]]


class Table(NamedTuple):
    """Cells under a title; the first row and the first column are headings."""

    title: str
    rows: list[list[str]]

    def told(self) -> "Table":
        """Without columns that tell nothing: they would push others aside."""
        columns = list(zip(*self.rows, strict=True))
        kept = [column for column in columns if set(column[1:]) != {NOTHING}]
        rows = [list(row) for row in zip(*kept, strict=True)]
        return self._replace(rows=rows)

    def text(self) -> str:
        """For a terminal."""
        columns = zip(*self.rows, strict=True)
        first, *others = [max(map(len, column)) for column in columns]
        lines = [
            f"{name:{first}}"
            + "".join(
                f"  {cell:>{width}}" for cell, width in zip(cells, others, strict=True)
            )
            for name, *cells in self.rows
        ]
        return "\n".join([self.title, *lines])

    def markdown(self) -> str:
        """For a page."""
        return f"{self.title}\n\n{self._lines()}"

    def folded(self) -> str:
        """For a page of Markdown that opens it where somebody clicks on its title."""
        title = html.escape(self.title)
        head = f"<details>\n<summary>{title}</summary>"
        return f"{head}\n\n{self._lines()}\n\n</details>"

    def _lines(self) -> str:
        head, *rest = self.rows
        lines = [head, ["---"] * len(head), *rest]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


class Tables:
    """All tables on some runs.

    Args:
        found: runs that there are.
        data: columns, in order.
        settings: rows, in order.
        num_seeds: runs that each cell should have.
    """

    def __init__(
        self,
        found: correlations.Found,
        data: Sequence[str],
        settings: Sequence[str],
        num_seeds: int,
    ) -> None:
        self._found = found
        self._data = data
        self._settings = settings
        self._num_seeds = num_seeds

    def all(self) -> list[Table]:
        """Those that have anything to tell."""
        about = f"mean over {self._num_seeds} seeds (± half the range)"
        if self._num_seeds == 1:
            about = "1 seed"
        correlation = "rank correlation with top-1 / mAP over"
        counted = "where it is not of all; constant: column or score never changes"
        tables = [
            self._table(
                f"top-1 / mAP of the chosen epoch, {about}",
                self._rows(_of_chosen) | self._reference(),
            ),
            self._table(
                "top-1 / mAP of the epoch with the highest top-1 (needs labels: nobody "
                f"can choose it), {about}",
                self._rows(_of_best),
            ),
            self._table(
                "seconds an epoch, in all / without evaluation and diagnostics (what "
                "training without labels needs): median over the epochs from 2 on, "
                "mean over seeds",
                self._rows(_seconds),
            ),
            self._table(
                f"{correlation} the epochs of a run (only those that its criterion "
                "allowed: patience ends it), mean over runs [how many of all runs, "
                f"{counted}]",
                self._correlations(
                    correlations.over_epochs, len(self._settings) * self._num_seeds
                ),
            ),
            self._table(
                f"{correlation} {correlations.FEWEST_SETTINGS} or more settings at "
                f"their chosen epoch, mean over seeds [how many of all seeds, "
                f"{counted}]",
                self._correlations(correlations.over_settings, self._num_seeds),
            ),
        ]
        return [table for table in tables if len(table.rows) > 1]

    def _table(self, title: str, rows: _Rows) -> Table:
        cells = [[name, *map(cell, self._data)] for name, cell in rows.items()]
        told = [row for row in cells if set(row[1:]) != {NOTHING}]
        return Table(title, [["", *self._data], *told])

    def _rows(self, cell: Callable[[Iterable[results.Result]], str]) -> _Rows:
        return {
            settings.title(name): functools.partial(self._of, cell, name)
            for name in self._settings
        }

    def _of(
        self, cell: Callable[[Iterable[results.Result]], str], setting: str, data: str
    ) -> str:
        runs = self._found.get((data, setting), {})
        if not runs:
            return NOTHING
        count, whole, text = len(runs), self._num_seeds, cell(runs.values())
        if count == whole or text == NOTHING:
            return text
        return f"{text} [{count} of {whole}]"

    def _reference(self) -> _Rows:
        """What needs no training; ours of each preset's first setting.

        A setting may change the untrained encoder, as its input.
        """
        presets: dict[str, str] = {}
        for setting in self._settings:
            for (_, name), runs in self._found.items():
                for one in runs.values() if name == setting else ():
                    presets.setdefault(one.run["config"]["preset"], setting)

        def yardstick(data: str) -> str:
            # All settings' runs have the same ones, but some runs may be missing.
            most = max(
                self._settings, key=lambda s: len(self._found.get((data, s), {}))
            )
            return self._of(_of_yardsticks, most, data)

        ours = {
            f"{name}, {preset}": functools.partial(
                self._of, functools.partial(_of_reference, name), setting
            )
            for name in _OURS
            for preset, setting in presets.items()
        }
        return {YARDSTICK: yardstick, **ours}

    def _correlations(
        self,
        of: Callable[[correlations.Found, str, str, str], correlations.Correlations],
        whole: int,
    ) -> _Rows:
        def text(column: str, data: str) -> str:
            each = [of(self._found, data, column, score) for score in _SCORES]
            if not any(one.values or one.num_constant for one in each):
                return NOTHING
            figures = " / ".join(_signed(one.values) for one in each)
            if all(len(one.values) == whole for one in each):
                return figures
            counts = dict.fromkeys(_count(one, whole) for one in each)
            return f"{figures} [{' / '.join(counts)}]"

        names = correlations.LABEL_FREE
        return {column: functools.partial(text, column) for column in names}


def _of_chosen(runs: Iterable[results.Result]) -> str:
    return scores([(one.chosen.top1, one.chosen.mAP) for one in runs])


def _of_best(runs: Iterable[results.Result]) -> str:
    return scores([(one.best.top1, one.best.mAP) for one in runs])


def _of_reference(name: str, runs: Iterable[results.Result]) -> str:
    figures = [one.reference[name] for one in runs if name in one.reference]
    return scores([(one.top1, one.mAP) for one in figures]) if figures else NOTHING


def _of_yardsticks(runs: Iterable[results.Result]) -> str:
    return scores([best_yardstick(one.reference) for one in runs])


def best_yardstick(reference: Mapping[str, results.Figures]) -> tuple[float, float]:
    """The best top-1 and the best mAP, each of whichever yardstick has it."""
    others = [one for name, one in reference.items() if name not in _OURS]
    return max(one.top1 for one in others), max(one.mAP for one in others)


def scores(pairs: Sequence[tuple[float, float]]) -> str:
    """Mean top-1 and mAP, and half the range of each where there are several."""
    columns = list(zip(*pairs, strict=True))
    text = " / ".join(f"{statistics.mean(column):.3f}" for column in columns)
    if len(pairs) == 1:
        return text
    halves = (f"{(max(column) - min(column)) / 2:.3f}" for column in columns)
    return f"{text} (± {' / '.join(halves)})"


def spread(values: Sequence[float], digits: int) -> str:
    """Mean, and standard deviation where there are several."""
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return text
    return f"{text} ± {statistics.stdev(values):.{digits}f}"


def _seconds(runs: Iterable[results.Result]) -> str:
    pairs = [(one.seconds_an_epoch, one.seconds_without_labels) for one in runs]
    columns = zip(*pairs, strict=True)
    return " / ".join(f"{statistics.mean(column):.2f}" for column in columns)


def _count(found: correlations.Correlations, whole: int) -> str:
    text = f"{len(found.values)} of {whole}"
    return f"{text}, {found.num_constant} constant" if found.num_constant else text


def _signed(values: Sequence[float]) -> str:
    return f"{statistics.mean(values):+.2f}" if values else NOTHING
