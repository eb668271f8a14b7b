"""The map of sequences, and the sizes of clusters."""

from typing import TYPE_CHECKING

import numpy as np

from simmc_tf.pictures import charts, page
from simmc_tf.report import gathering, groups
from simmc_tf.report.sections import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Groups that have a colour of their own.
_COLOURED = len(charts.SERIES)
_MAP = (
    "Each sign is a sequence; those whose representations are alike lie together "
    "(t-SNE; directions and the distances of far-away groups mean nothing). Good: "
    "each colour has an island of its own. Islands with several colours are people "
    "whom the model confuses; a colour on many islands is a person who looks "
    "different from recording to recording."
)
_BY_CLUSTER = (
    "Nobody told who is who, so colours are clusters, and cannot tell whether the "
    "model is right; they tell whether clusters are apart."
)
_SIZES = (
    "How many training sequences each cluster has, which training takes for one "
    "person. Good: about as many clusters as persons, and sizes like the persons' "
    "own. One or two giants: different people are taken for one (with --preset "
    "published, lower --eps). Very many tiny ones: persons fall apart (raise --eps, "
    "or bring longer recordings)."
)


def html(found: gathering.Findings) -> str:
    """What of both there is."""
    parts = []
    if found.map is not None:
        parts.append(_map(found, found.map))
    if found.clusters is not None and len(found.clusters.sizes):
        parts.append(_sizes(found, found.clusters))
    notes = []
    if found.too_many:
        notes.append(
            page.paragraph(
                f"The sizes of the clusters are left out: to cluster "
                f"{found.too_many:,} sequences again would take too long."
            )
        )
    if not parts and not notes:
        return ""
    return page.section("Who lies where", page.grid(*parts), *notes)


def _map(found: gathering.Findings, shown: groups.Map) -> str:
    points, places = shown.points, shown.places
    known, counts = np.unique(points.group[points.group >= 0], return_counts=True)
    # The largest, in the order of their numbers.
    coloured = sorted(known[np.argsort(-counts, kind="stable")][:_COLOURED])

    def plot(axes: "Axes") -> None:
        named = [(None, charts.GRID), *zip(coloured, charts.SERIES, strict=False)]
        for group, colour in named:
            own = points.group == group
            if group is None:
                own = ~np.isin(points.group, coloured)
            for number, _ in enumerate(points.parts):
                chosen = places[own & (points.part == number)]
                marker, size = charts.MARKERS[number], 3.0 if group is None else 4.0
                axes.plot(*chosen.T, marker, color=colour, ms=size, mew=0)
        for number, part in enumerate(points.parts):
            marker = charts.MARKERS[number]
            axes.plot([], [], marker, color=charts.SOFT, label=part)
        for group, colour in named[1:]:
            axes.plot([], [], "s", color=colour, label=f"{points.by} {group}")
        axes.set(xticks=[], yticks=[])
        axes.figure.legend(loc="outside lower center", ncols=3)

    title = "Map of representations"
    others = len(known) - len(coloured)
    said = f"{len(places)} sequences of {len(known)} {points.by}s"
    chart = charts.chart(title, said, "", "", plot, size=(4.6, 5.0))
    sentences = [_MAP, words.drawn(len(places), points.total, _what(points))]
    if others:
        sentences.append(
            f"The {len(coloured)} {points.by}s with the most of them have a colour; "
            f"{others:,} others are grey."
        )
    if points.by == "cluster":
        sentences.append(_BY_CLUSTER)
    else:
        sentences.append(words.alone(found))
    return page.figure(chart, *sentences)


def _what(points: groups.Points) -> str:
    return f"{' and '.join(points.parts)} sequences"


def _sizes(found: gathering.Findings, shown: groups.Clusters) -> str:
    sizes, persons = shown.sizes, shown.persons

    def plot(axes: "Axes") -> None:
        lines = [("clusters", sizes, "-")]
        if persons is not None:
            lines.append(("persons", persons, "--"))
        for (name, values, dashes), colour in zip(lines, charts.SERIES, strict=False):
            axes.step(
                np.arange(len(values) + 1),
                [*values, values[-1]],
                dashes,
                where="post",
                color=colour,
                label=f"{len(values):,} {name}",
            )
        axes.set_ylim(bottom=0)
        axes.legend()

    said = (
        f"{len(sizes):,} clusters of {sizes[-1]:,} to {sizes[0]:,} sequences, "
        f"{shown.num_outliers:,} outliers"
    )
    chart = charts.chart(
        *("Sizes of clusters", said, "the largest first", "training sequences", plot)
    )
    sentences = [_SIZES, f"Of the best model, first view: {said}."]
    if shown.purity is not None:
        sentences.append(
            f"{words.share(shown.purity)} of the clustered sequences are in a cluster "
            f"that shows mostly their person. {words.alone(found)}"
        )
    return page.figure(chart, *sentences)
