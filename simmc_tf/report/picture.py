"""A few probes and what they find, as one drawing for a page of somebody else's."""

from collections.abc import Iterator

import numpy as np

from simmc_tf.pictures import figures, svg_file
from simmc_tf.report import retrieval, subject

# Pixels: between columns and rows, of a label's line.
_GAP, _LABEL = 14, 20
_HEIGHT, _DRAWN = 96.0, 3


def svg(found: retrieval.Cases, about: subject.Subject, rows: int = 3) -> str:
    """An SVG file: a row a probe, the probe first, then what is nearest to it.

    Args:
        found: probes and what they find.
        about: whose bones are drawn.
        rows: probes, at most; as many that do not find their person as may be half.
    """
    first = [case for case in found.cases if case.rank == 1]
    others = [case for case in found.cases if case.rank != 1]
    wrong = others[: max(rows // 2, rows - len(first))]
    cases = [*first[: rows - len(wrong)], *wrong]
    drawn = [list(_row(case, found.up, about)) for case in cases]
    width = max((each.width for row in drawn for each, _, _ in row), default=1.0)
    pieces = [
        _placed(cell, column * (width + _GAP), number * (_HEIGHT + _LABEL + _GAP))
        for number, row in enumerate(drawn)
        for column, cell in enumerate(row)
    ]
    size = (
        (width + _GAP) * max(map(len, drawn), default=1) - _GAP,
        (_HEIGHT + _LABEL + _GAP) * len(drawn) - _GAP,
    )
    title = "Probes and the gallery sequences that are nearest to each"
    return svg_file.text(figures.Drawing("".join(pieces), *size, title))


_Cell = tuple[figures.Drawing, str, str]


def _row(
    case: retrieval.Case, up: tuple[int, int], about: subject.Subject
) -> Iterator[_Cell]:
    yield _drawing(case.frames, up, about, "--ink"), "probe", "--ink"
    for place, hit in enumerate(case.hits, start=1):
        sign, colour = ("✓", "--right") if hit.right else ("✗", "--wrong")
        yield _drawing(hit.frames, up, about, colour), f"{sign} {place}", colour


def _drawing(
    frames: np.ndarray, up: tuple[int, int], about: subject.Subject, colour: str
) -> figures.Drawing:
    every = -(-len(frames) // _DRAWN)
    return figures.drawing(
        frames, about.bones, up=up, colour=colour, every=every, height=_HEIGHT
    )


def _placed(cell: _Cell, x: float, y: float) -> str:
    drawing, label, colour = cell
    return (
        f'<g transform="translate({x:.1f} {y:.1f})">{drawing.content}'
        f'<text x="{drawing.width / 2:.1f}" y="{_HEIGHT + _LABEL - 6}" '
        f'text-anchor="middle" style="fill:{figures.stroke(colour)}">{label}</text></g>'
    )
