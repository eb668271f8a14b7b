"""The matrix as tables: what was measured, and beside it what was published."""

import statistics
from collections.abc import Mapping, Sequence

from scripts.ablations import tables
from scripts.matrix import columns, published, results

# Data and method -> runs by seed.
Found = Mapping[tuple[str, str], Mapping[int, results.Result]]

NOTHING = "-"
_SCORES = {"top-1": "top1", "top-5": "top5", "top-10": "top10", "mAP": "mean_ap"}
_PUBLISHED = {"top-1": "top1", "top-5": "top5", "top-10": "top10", "mAP": "mAP"}
_MEASURED = (*_SCORES, "seeds", "seconds", "parameters")
_OVERVIEW = ("top-1", "mAP")
_MEAN = "mean ± standard deviation over seeds"


class Tables:
    """All tables on some runs.

    Args:
        found: runs that there are.
        data: columns, in order; each with the protocol of its runs.
        methods: rows, in order.
    """

    def __init__(
        self,
        found: Found,
        data: Mapping[columns.Column, str],
        methods: Sequence[str],
    ) -> None:
        self._found = found
        self._data = data
        self._methods = methods

    def all(self) -> list[tables.Table]:
        """One for each data set, after one of all where there are several."""
        each = [self._of(column) for column in self._data]
        each = [table for table in each if len(table.rows) > 1]
        return [self._overview(), *each] if len(each) > 1 else each

    @property
    def has_published(self) -> bool:
        """Whether any figure is the paper's."""
        return any(column.figures for column in self._data)

    def _rows(self) -> list[str]:
        """Methods, each before what the paper has in its place."""
        others = published.WITH_LABELS
        pairs = [(name, others.get(name)) for name in self._methods]
        return [name for pair in pairs for name in pair if name is not None]

    def _overview(self) -> tables.Table:
        """A cell for each method and data set."""
        head = [""]
        cells = {name: [name] for name in self._rows()}
        for column in self._data:
            figures = column.figures
            head += [column.title, *([f"{column.title}, published"] if figures else [])]
            for name, row in cells.items():
                runs = self._runs(column, name)
                each = [_mean(_scores(runs, score), 3) for score in _OVERVIEW]
                row.append(" / ".join(each) if runs else NOTHING)
                if figures:
                    own = figures.get(name)
                    each = [_fraction(own, score) for score in _OVERVIEW]
                    row.append(" / ".join(each) if own else NOTHING)
        told = [row for row in cells.values() if set(row[1:]) != {NOTHING}]
        return tables.Table(f"{' / '.join(_OVERVIEW)}, {_MEAN}", [head, *told])

    def _of(self, column: columns.Column) -> tables.Table:
        """All figures on a data set."""
        figures = column.figures
        runs = {method: self._runs(column, method) for method in self._rows()}
        heads = _MEASURED if any(runs.values()) else ()
        paper = tuple(_PUBLISHED) if figures else ()
        rows = [["", *heads, *(f"published {name}" for name in paper)]]
        for method, own in runs.items():
            given = figures.get(method)
            if own or given:
                measured = self._measured(own)[: len(heads)]
                rows.append([method, *measured, *(_fraction(given, n) for n in paper)])
        protocol = f"{self._data[column]} protocol"
        return tables.Table(f"{column.title}, {protocol}; {_MEAN}", rows)

    def _runs(self, column: columns.Column, method: str) -> list[results.Result]:
        return list(self._found.get((column.title, method), {}).values())

    def _measured(self, runs: Sequence[results.Result]) -> list[str]:
        if not runs:
            return [NOTHING] * len(_MEASURED)
        parameters = runs[0].parameters
        return [
            *(_mean(_scores(runs, name), 3) for name in _SCORES),
            str(len(runs)),
            _mean([one.seconds_of_method for one in runs], 1),
            NOTHING if parameters is None else f"{parameters:,}",
        ]


def _fraction(figures: published.Figures | None, name: str) -> str:
    if figures is None:
        return NOTHING
    return f"{getattr(figures, _PUBLISHED[name]):.3f}"


def _scores(runs: Sequence[results.Result], name: str) -> list[float]:
    return [one.scores[_SCORES[name]] for one in runs]


def _mean(values: Sequence[float], digits: int) -> str:
    if not values:
        return NOTHING
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return text
    return f"{text} ± {statistics.stdev(values):.{digits}f}"
