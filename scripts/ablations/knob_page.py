"""A page with a picture of every knob, as HTML or as Markdown beside SVG files."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scripts.ablations import curves, knobs, settings, tables
from simmc_tf.pictures import charts, page, svg_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = "The paper's knobs"
# Points: of the ring around what a setting has by itself.
_RING = 11.0

# Setting -> its places, of a knob on a data set.
_Drawn = Mapping[str, Sequence[curves.Place]]


class Plot(NamedTuple):
    """A picture as a file.

    Attributes:
        knob: that is turned.
        name: of the file.
        title: what is seen.
        text: content of the file.
    """

    knob: str
    name: str
    title: str
    text: str


def make(found: curves.Curves, notes: Sequence[str]) -> str:
    """The page: under every knob a picture of each data set and score, and the tables.

    Args:
        found: scores.
        notes: sentences at the end.
    """
    sections = [_section(found, knob) for knob in found.turned]
    ends = [page.paragraph(note, "soft") for note in notes]
    return page.page(_TITLE, [page.paragraph(_about(found)), *sections, *ends])


def _about(found: curves.Curves) -> str:
    """How to read it."""
    seeds = (
        "of one seed"
        if found.num_seeds == 1
        else f"mean over {found.num_seeds} seeds, bars one standard deviation long "
        "either way"
    )
    if not found.is_whole:
        seeds += "; hollow where fewer are done, and without a bar where one is"
    return (
        "One knob is turned at a time; all else stays as the setting has it. Scores "
        f"are of the epoch that is chosen without labels, {seeds}. A ring marks what "
        "the setting has by itself; dashed: the model before its first epoch."
    )


def plots(found: curves.Curves) -> Iterator[Plot]:
    """The same pictures as files, one of each knob on each data set."""
    for knob in found.turned:
        for data in found.data:
            if drawn := _charts(found, knob, data):
                title = f"{_title(knob)}, on {data}"
                text = svg_file.of_charts(title, drawn)
                yield Plot(knob.name, f"{knob.name}-{data}.svg", title, text)


def markdown(
    found: curves.Curves, notes: Sequence[str], drawn: Sequence[Plot], folder: str
) -> str:
    """The same page as Markdown, whose pictures are files.

    Args:
        found: scores.
        notes: sentences at the end.
        drawn: pictures, which are shown; those of other knobs are not.
        folder: where they are, as the page's links have it.
    """
    parts = [_about(found)]
    for knob in found.turned:
        parts.append(f"## {_title(knob)}")
        links = [
            f"![{one.title}]({folder}/{one.name})"
            for one in drawn
            if one.knob == knob.name
        ]
        if links:
            parts.append("\n".join(links))
        parts += [
            tables.Table(_caption(found, line), found.table(line).rows).markdown()
            for line in found.lines(knob)
        ]
    return "\n\n".join([*parts, *notes]) + "\n"


def _title(knob: knobs.Knob) -> str:
    return f"{knob.name}: {knob.about}" if knob.about else knob.name


def _caption(found: curves.Curves, line: knobs.Line) -> str:
    about = f"{line.knob.name} under {settings.title(line.base)}: top-1 / mAP"
    return f"{about}, {found.seeds}"


def _charts(found: curves.Curves, knob: knobs.Knob, data: str) -> list[str]:
    """One of each score, none where nothing has been measured."""
    drawn = {
        settings.title(line.base): places
        for line in found.lines(knob)
        if (places := found.places(line, data))
    }
    scores = range(len(curves.SCORES) if drawn else 0)
    return [_chart(found, knob, data, drawn, number) for number in scores]


def _section(found: curves.Curves, knob: knobs.Knob) -> str:
    pictures = [
        page.grid(*(f"<figure>{chart}</figure>" for chart in drawn))
        for data in found.data
        if (drawn := _charts(found, knob, data))
    ]
    written = [
        page.table(found.table(line).rows, _caption(found, line))
        for line in found.lines(knob)
    ]
    return page.section(_title(knob), *pictures, *written)


def _chart(
    found: curves.Curves, knob: knobs.Knob, data: str, drawn: _Drawn, number: int
) -> str:
    """A picture of one of `curves.SCORES`."""
    score = curves.SCORES[number]
    said = "; ".join(
        f"{name}: " + ", ".join(_said(one, number, found.num_seeds) for one in places)
        for name, places in drawn.items()
    )
    plot = functools.partial(_plot, knob, drawn, number, found.num_seeds)
    return charts.chart(f"{score}, {data}", said, knob.name, score, plot)


def _said(place: curves.Place, number: int, num_seeds: int) -> str:
    """A score in words, and of how many seeds it is where some are not done."""
    text = f"{place.point.label} {place.scores[number].mean:.3f}"
    if place.num_seeds == num_seeds:
        return text
    return f"{text} ({place.num_seeds} of {num_seeds} seeds)"


def _plot(
    knob: knobs.Knob, drawn: _Drawn, number: int, num_seeds: int, axes: "Axes"
) -> None:
    labels = _labels(drawn)
    for index, (name, places) in enumerate(drawn.items()):
        colour, marker = (
            each[index % len(each)] for each in (charts.SERIES, charts.MARKERS)
        )
        # Side by side, so that bars do not hide one another.
        shift = 0.08 * (index - (len(drawn) - 1) / 2)
        across = [labels.index(one.point.label) + shift for one in places]
        means = [one.scores[number].mean for one in places]
        bars = [one.scores[number].deviation for one in places]
        style = marker if knob.names else f"{marker}-"
        axes.errorbar(
            across, means, bars, fmt=style, color=colour, capsize=2.5, label=name
        )
        if not knob.names:
            before = [one.untrained[number].mean for one in places]
            axes.plot(across, before, "--", color=colour, linewidth=1)
        partial = [n for n, one in enumerate(places) if one.num_seeds < num_seeds]
        axes.plot(
            *([across[n] for n in partial], [means[n] for n in partial], marker),
            color=colour,
            markerfacecolor=charts.PAPER,
            zorder=3,
        )
        own = [n for n, one in enumerate(places) if one.point.is_default]
        axes.plot(
            *([across[n] for n in own], [means[n] for n in own], "o"),
            color=colour,
            markersize=_RING,
            fillstyle="none",
        )
    axes.set_xticks(range(len(labels)), [label.replace(" ", "\n") for label in labels])
    axes.margins(x=0.08)
    axes.legend()


def _labels(drawn: _Drawn) -> list[str]:
    """Of all values, in order."""
    found = {one.point.label: one.point for places in drawn.values() for one in places}
    return sorted(found, key=lambda label: found[label].value)
