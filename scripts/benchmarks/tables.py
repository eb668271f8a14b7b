"""The table of a data set, its targets, and the comparison with an earlier one."""

import dataclasses
import statistics
from collections.abc import Iterable, Sequence

from scripts.benchmarks import results

_LABELLING = ("views", "neighbours", "jaccard", "dbscan", "prototypes")
_HEAD = (
    *("phase", "wall s", "min - max", "CPU s", "peak MB", "limit s", "x limit"),
    *("x CPU", "limit"),
)
_LABELS = {
    "neighbours_again": "neighbours, with hints",
    "first_epoch": "first epoch, extra",
    "first_epoch_cold": "first epoch, nothing compiled",
    "views": "(features, views alone)",
    "faiss": "(two searches by faiss)",
}


@dataclasses.dataclass(frozen=True)
class Target:
    """One of issue 5's targets.

    Attributes:
        what: is measured.
        value: of it.
        most: that is allowed.
        unit: of both.
        note: what else to know.
    """

    what: str
    value: float
    most: float
    unit: str = ""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value <= self.most

    @property
    def line(self) -> str:
        """For people."""
        value = f"{self.value:.2f}{self.unit} (at most {self.most:g}{self.unit})"
        met = "met" if self.met else "missed"
        return f"{self.what}: {value}: {met}" + (f"; {self.note}" if self.note else "")


def table(run: results.Run) -> str:
    """A line a phase, under a heading."""
    rows = [_HEAD, *(_row(name, phase) for name, phase in run.phases.items())]
    return aligned(rows)


def _row(name: str, phase: results.Phase) -> Sequence[str]:
    spread = f"{seconds(min(phase.wall))} - {seconds(max(phase.wall))}"
    return (
        _LABELS.get(name, name),
        seconds(phase.median),
        spread if len(phase.wall) > 1 else "",
        seconds(statistics.median(phase.cpu)) if phase.cpu else "",
        "" if phase.peak is None else f"{phase.peak / 1e6:,.0f}",
        "" if phase.limit is None else seconds(phase.limit),
        *(
            "" if times is None else f"{times:.1f}"
            for times in (phase.times_limit, phase.times_limit_cpu)
        ),
        phase.basis,
    )


def seconds(value: float) -> str:
    """With three digits, or more where there are more before the point."""
    decimals = 2 if abs(value) >= 1 else 3 if abs(value) >= 0.1 else 4
    return f"{value:.{1 if abs(value) >= 100 else decimals}f}"


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Columns side by side: the first and the last to the left, others to the right."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [f"{row[0]:{widths[0]}}"]
        cells += [f"{c:>{w}}" for c, w in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def targets(run: results.Run) -> list[Target]:
    """Issue 5's targets, as far as what they need was measured."""
    found = run.phases
    lines = []
    if run.name == "kgbd" and "epoch" in found:
        lines.append(Target("epoch", found["epoch"].median, 4.8, " s"))
    if "faiss" in found and set(_LABELLING) <= set(found):
        searches = found["faiss"].fastest
        labelling = sum(found[name].fastest for name in _LABELLING)
        note = ""
        if "neighbours_again" in found:
            saved = found["neighbours"].fastest - found["neighbours_again"].fastest
            note = f"{(labelling - saved) / searches:.2f} with hints"
        what = "pseudo-labelling both views / two searches by faiss"
        lines.append(Target(what, labelling / searches, 1.5, "", note))
    if "at most" in run.memory:
        most = run.memory["at most"]
        note = f"{most / 2**30:.2f} GiB"
        lines.append(Target("memory of a whole run", most / 1e9, 1.2, " GB", note))
    for name in ("features", "training"):
        times = found[name].times_limit if name in found else None
        if times is not None:
            cpu = found[name].times_limit_cpu
            note = "" if cpu is None else f"{cpu:.2f} in CPU seconds"
            what = f"{name} / its matrix products"
            lines.append(Target(what, times, 2.0, "", note))
    for name in ("first_epoch", "first_epoch_cold"):
        if name in found:
            what = _LABELS[name]
            lines.append(Target(what, found[name].median, 5.0, " s"))
    return lines


def reference(found: results.Reference) -> str:
    """A line on the naive computation."""
    equal = "equal" if found.same else "NOT EQUAL"
    return (
        f"naive dense pseudo-labels of {found.rows:,} rows, both views: "
        f"{seconds(found.naive)} s, here {seconds(found.here)} s "
        f"({found.naive / found.here:.0f} times as long); labels {equal}"
    )


def memory(run: results.Run) -> str:
    """A line on the memory of a whole run."""
    listed = ", ".join(f"{value / 1e6:,.0f} {k}" for k, value in run.memory.items())
    return f"memory of a whole run, MB: {listed}"


def comparison(new: results.Run, old: results.Run) -> str:
    """Ratio of every phase to an earlier one."""
    rows = [("phase", "before s", "now s", "now / before", "")]
    for name, ratio in results.ratios(new, old).items():
        before, now = (seconds(run.phases[name].median) for run in (old, new))
        rows.append((_LABELS.get(name, name), before, now, f"{ratio:.2f}", ""))
    return aligned(rows)
