"""How far down the gallery persons are found, and how far apart they lie."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simmc_tf import verdict
from simmc_tf.pictures import charts, page
from simmc_tf.report import finding, gathering
from simmc_tf.report.sections import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURVE = (
    "The share of probes that have found their person when the nearest 1, 2, 3, ... "
    "gallery sequences are looked at (CMC). Good: high at the left already, and the "
    "solid line above all others, which need no training (measured at 1, 5 and 10)."
)
_DISTANCES = (
    "How far sequences of one person lie from one another, and how far those of "
    "different persons. Good: two hills apart; where they overlap, people are "
    "confused. If they overlap nearly whole, the sensor or the skeletons may be too "
    "noisy, or the persons too alike: try more recordings, or longer sequences "
    "(Pre-process.py makes them, --length then chooses them)."
)


def html(found: gathering.Findings) -> str:
    """Both charts, where there are probes."""
    if not found.curve:
        return ""
    parts = [_curve(found)]
    if found.distances is not None:
        parts.append(_histogram(found, found.distances))
    return page.section("Finding persons", page.grid(*parts))


def _curve(found: gathering.Findings) -> str:
    curve = found.curve or []
    percent: dict[str, tuple[Sequence[float], Sequence[float]]] = {
        verdict.TRAINED: (range(1, len(curve) + 1), [100 * x for x in curve])
    }
    for name, row in found.headline.reference.items():
        known = [k for k in (1, 5, 10) if k <= max(row.num_gallery, 1)]
        values = {1: row.top1, 5: row.top5, 10: row.top10}
        percent[verdict.title(name)] = (known, [100 * values[k] for k in known])
    chart = charts.lines(
        *("Found among the nearest", "gallery sequences looked at"),
        *("probes that found their person, %", percent),
    )
    return page.figure(chart, _CURVE)


def _histogram(found: gathering.Findings, shown: finding.Distances) -> str:
    middles = (shown.edges[:-1] + shown.edges[1:]) / 2
    kinds = {
        "same person": (shown.same, shown.same_mean, charts.SERIES[0], "-"),
        "different persons": (
            *(shown.different, shown.different_mean, charts.SERIES[1], "--"),
        ),
    }

    def plot(axes: "Axes") -> None:
        for name, (shares, _, colour, dashes) in kinds.items():
            axes.fill_between(middles, 100 * shares, color=colour, alpha=0.25, lw=0)
            axes.plot(middles, 100 * shares, dashes, color=colour, label=name)
        axes.set_ylim(bottom=0)
        axes.legend()

    means = [f"{name}: {kind[1]:.3g} in the mean" for name, kind in kinds.items()]
    chart = charts.chart(
        "Distances",
        "; ".join(means),
        "distance of two representations (no unit)",
        "pairs, %",
        plot,
    )
    return page.figure(
        chart,
        _DISTANCES,
        f"In {words.share(shown.nearer)} of all cases a pair of one person is nearer "
        "than a pair of different ones (100 %: never confused, 50 %: chance).",
        f"Counted: {shown.num_same:,} and {shown.num_different:,} pairs, of "
        f"{shown.num_probes:,} probes and {shown.num_gallery:,} gallery sequences, "
        "evenly drawn; the last point has all that are farther.",
    )
