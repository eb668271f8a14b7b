"""The matrix as tables: what was measured, and beside it what was published."""

import collections
from collections.abc import Mapping, Sequence

from scripts.ablations import tables
from scripts.matrix import planning, published, results
from simmc_tf import config as configs

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
        shown: data sets, in order.
        methods: rows, in order.
        planned: all runs that there are to be.
    """

    def __init__(
        self,
        found: Found,
        shown: Sequence[planning.Shown],
        methods: Sequence[str],
        planned: Sequence[results.Run] = (),
    ) -> None:
        self._found = found
        self._shown = shown
        self._methods = methods
        self._planned = collections.Counter((run.data, run.setting) for run in planned)

    def each(self) -> list[tables.Table]:
        """One for each data set and protocol."""
        made = [self._of(one) for one in self._shown]
        return [table for table in made if len(table.rows) > 1]

    def overviews(self) -> list[tables.Table]:
        """One of all data sets whose published figures have the same source, or none.

        None at all where there is only one data set.
        """
        if len(self.each()) < 2:
            return []
        groups: dict[str | None, list[planning.Shown]] = {}
        for one in self._shown:
            groups.setdefault(_source(one), []).append(one)
        made = map(self._overview, groups.values())
        return [table for table in made if len(table.rows) > 1]

    @property
    def sources(self) -> list[str]:
        """Where the paper's figures come from."""
        return list(dict.fromkeys(filter(None, map(_source, self._shown))))

    def _rows(self) -> list[str]:
        """Methods, each before what the paper has in its place."""
        others = published.OTHERS
        pairs = [(name, others.get(name)) for name in self._methods]
        return [name for pair in pairs for name in pair if name is not None]

    def _overview(self, group: Sequence[planning.Shown]) -> tables.Table:
        """A cell for each method and data set."""
        protocols = {one.protocol for one in group}
        head = [""]
        cells = {name: [name] for name in self._rows()}
        for one in group:
            title = one.data if len(protocols) > 1 else one.column.title
            head += [title, *([f"{title}, paper{_under(one)}"] if one.figures else [])]
            for name, row in cells.items():
                runs = self._runs(one, name)
                each = (
                    [_spread(runs, score) for score in _OVERVIEW] if runs else [NOTHING]
                )
                row.append(" / ".join(each) + self._of_whole(one, name, runs))
                if one.figures:
                    own = one.figures.get(name)
                    each = [_fraction(own, score) for score in _OVERVIEW]
                    row.append(" / ".join(each) if own else NOTHING)
        rows = [row for row in cells.values() if set(row[1:]) != {NOTHING}]
        title = f"{' / '.join(_OVERVIEW)}, {self._kind(group)}"
        if len(protocols) == 1:
            title += f"; {protocols.pop()} protocol"
        return tables.Table(title, [head, *rows]).told()

    def _of(self, one: planning.Shown) -> tables.Table:
        """All figures on a data set."""
        paper = tuple(_PUBLISHED) if one.figures else ()
        rows = [["", *_MEASURED, *(f"published {name}{_under(one)}" for name in paper)]]
        for method in self._rows():
            own, given = self._runs(one, method), one.figures.get(method)
            if own or given:
                figures = (_fraction(given, name) for name in paper)
                rows.append([method, *self._measured(own), *figures])
        return tables.Table(f"{one.data}; {self._kind([one])}", rows).told()

    def _kind(self, group: Sequence[planning.Shown]) -> str:
        """What stands in a table of some data sets."""
        rows = self._rows()
        any_runs = any(self._runs(one, name) for one in group for name in rows)
        return _MEAN if any_runs else "published figures"

    def _runs(self, one: planning.Shown, method: str) -> list[results.Result]:
        return list(self._found.get((one.data, method), {}).values())

    def _of_whole(
        self, one: planning.Shown, method: str, runs: Sequence[results.Result]
    ) -> str:
        """What to say behind a mean over fewer seeds than there are to be."""
        whole = self._planned[one.data, method]
        return f" [{len(runs)} of {whole}]" if 0 < len(runs) < whole else ""

    def _measured(self, runs: Sequence[results.Result]) -> list[str]:
        if not runs:
            return [NOTHING] * len(_MEASURED)
        parameters = runs[0].parameters
        return [
            *(_spread(runs, name) for name in _SCORES),
            str(len(runs)),
            tables.spread([one.seconds_of_method for one in runs], 1),
            NOTHING if parameters is None else f"{parameters:,}",
        ]


def _under(one: planning.Shown) -> str:
    """Under which protocol the paper's figures are, where that is another one."""
    same = one.protocol == configs.PUBLISHED
    return "" if same else f" ({configs.PUBLISHED} protocol)"


def _source(one: planning.Shown) -> str | None:
    return published.source(one.column.trained_on) if one.figures else None


def _fraction(figures: published.Figures | None, name: str) -> str:
    if figures is None:
        return NOTHING
    value = getattr(figures, _PUBLISHED[name])
    return NOTHING if value is None else f"{value:.3f}"


def _spread(runs: Sequence[results.Result], name: str) -> str:
    if not runs:
        return NOTHING
    return tables.spread([one.scores[_SCORES[name]] for one in runs], 3)
