"""The map of sequences, and the sizes of clusters."""

import itertools
from typing import TYPE_CHECKING

import numpy as np

from simmc_tf import config as configs
from simmc_tf.pictures import charts, page
from simmc_tf.report import gathering, groups
from simmc_tf.report import shapes as shapes_module
from simmc_tf.report.sections import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# By what groups are, what a sign is called that belongs to none.
_NONE = {"person": "unknown", "cluster": "outliers"}
_MAP = (
    "Each sign is a sequence; those whose representations are alike lie together "
    "(t-SNE; directions and the distances of far-away groups mean nothing)."
)
_COLOURS = (
    "Good: each colour, whose number stands in its midst, has an island of its own. "
    "Islands with several colours are people whom the model confuses; a colour on "
    "many islands is a person who looks different from recording to recording."
)
_NOBODY_KNOWN = (
    "Nobody told who is who, and the sequences are too many to cluster again, so all "
    "have one colour. Good: islands that are apart."
)
# Of shapes; a square is what shows a colour.
_MARKERS = charts.MARKERS.replace("s", "")
# So many times as many clusters as persons, and neither line looks like one.
_APART = 10
# Letters of a condition's name, of which three stand in a row.
_LETTERS = 18
_BY_CLUSTER = (
    "Nobody told who is who, so colours are clusters, and cannot tell whether the "
    "model is right; they tell whether clusters are apart."
)
_SIZES = (
    "How many training sequences each cluster has, which training takes for one "
    "person. Good: about as many clusters as persons, and sizes like the persons' "
    "own. One or two giants: different people are taken for one{lower}. Very many "
    "tiny ones: persons fall apart ({raise_}longer recordings may help)."
)
# What helps, where the user may choose the radius of clustering.
_LOWER, _RAISE = " (lower --eps)", "raise --eps; "


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
    known = np.unique(points.group[points.group >= 0])
    colours = dict(zip(known, itertools.cycle(charts.SERIES), strict=False))
    shapes = shapes_module.of(points)

    def plot(axes: "Axes") -> None:
        for group, colour in [(-1, charts.SOFT), *colours.items()]:
            for part, shape in itertools.product(
                range(len(points.parts)), range(len(shapes.names))
            ):
                own = (points.group == group) & (points.part == part)
                own &= shapes.number == shape
                hollow = shapes.of_conditions and part > 0
                size = 3.0 if group < 0 else 4.0
                _signs(axes, places[own], shape, colour, hollow, size)
        for shape, name in enumerate(shapes.names):
            label = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
            only_probes = points.part[shapes.number == shape].all()
            hollow = shapes.of_conditions and bool(only_probes)
            _signs(axes, np.empty((0, 2)), shape, charts.SOFT, hollow, label=label)
        for group, colour in colours.items():
            name = f"{points.by} {group}"
            if points.by == "person":
                name = words.person(int(group), found.subject)
            axes.plot([], [], "s", color=colour, label=name)
            _number(axes, places[points.group == group], str(group))
        if points.by is not None and (points.group < 0).any():
            axes.plot([], [], "s", color=charts.SOFT, label=_NONE[points.by])
        axes.set(xticks=[], yticks=[])
        axes.figure.legend(loc="outside lower center", ncols=3)

    said = f"{len(places)} sequences"
    if points.by is not None:
        said += f" of {len(known)} {points.by}s"
    title = "Map of representations"
    chart = charts.chart(title, said, "", "", plot, size=(4.6, 5.0))
    return page.figure(chart, *_of_map(found, points, len(known)))


def _signs(
    axes: "Axes",
    places: np.ndarray,
    shape: int,
    colour: str,
    hollow: bool = False,
    size: float = 4.0,
    label: str | None = None,
) -> None:
    """Draws signs of one shape at [n, 2]."""
    edge = {"mew": 0.8, "mfc": charts.PAPER} if hollow else {"mew": 0.0}
    axes.plot(*places.T, _MARKERS[shape], color=colour, ms=size, label=label, **edge)


def _number(axes: "Axes", places: np.ndarray, text: str) -> None:
    """Writes a group's number on that of its places [n, 2] which is nearest to all."""
    apart = np.linalg.norm(places[:, np.newaxis] - places, axis=2).sum(axis=1)
    box = {"facecolor": charts.PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    x, y = places[apart.argmin()]
    axes.text(x, y, text, ha="center", va="center", fontsize=8, bbox=box)


def _of_map(
    found: gathering.Findings, points: groups.Points, num_shown: int
) -> list[str]:
    sentences = [_MAP, _NOBODY_KNOWN if points.by is None else _COLOURS]
    if num_shown < points.num_groups:
        sentences.append(
            f"{num_shown} of {points.num_groups:,} {points.by}s are shown"
            + (", among them the hardest." if found.confusion else ".")
        )
    sentences.append(words.drawn(len(points.group), points.total, _what(points)))
    sentences += filter(None, [shapes_module.of(points).said])
    if points.by == "cluster":
        sentences.append(_BY_CLUSTER)
    return sentences


def _what(points: groups.Points) -> str:
    return f"{' and '.join(points.parts)} sequences"


def _sizes(found: gathering.Findings, shown: groups.Clusters) -> str:
    sizes, persons = shown.sizes, shown.persons

    def plot(axes: "Axes") -> None:
        lines = [("clusters", sizes, "-")]
        if persons is not None:
            lines.append(("persons", persons, "--"))
        counts = [len(values) for _, values, _ in lines]
        if max(counts) > _APART * min(counts):  # Else the shorter line is not seen.
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("")
        for (name, values, dashes), colour in zip(lines, charts.SERIES, strict=False):
            axes.step(
                np.arange(1, len(values) + 2),
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
    chosen = found.config.preset != configs.AUTO
    lower, raise_ = (_LOWER, _RAISE) if chosen else ("", "")
    sentences = [
        _SIZES.format(lower=lower, raise_=raise_),
        f"Of the best model, first view: {said}.",
    ]
    if shown.purity is not None:
        sentences.append(
            f"{words.share(shown.purity)} of the clustered sequences are in a cluster "
            f"that shows mostly their person."
        )
    return page.figure(chart, *sentences)
