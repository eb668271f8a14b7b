"""A drawing as a file of its own: light or dark as the reader's screen is."""

import html
import re
from collections.abc import Sequence

from simmc_tf.pictures import figures, page

# Pixels: of the letters, of a line, of the margin.
_SIZE, _LINE, _MARGIN = 12, 18, 8
# In a point, in which charts count.
_PIXELS = 4 / 3
_BOX = re.compile(r'viewBox="([^"]*)"')
# Width of a letter that is as wide as most are, of its height.
_LETTER = 0.56


# A line of text: its pieces, and the CSS variable of each one's colour.
Line = Sequence[tuple[str, str]]


def text(drawing: figures.Drawing, lines: Sequence[Line] = ()) -> str:
    """A whole SVG file.

    Args:
        drawing: that it shows.
        lines: of text above it.
    """
    top = _MARGIN + _LINE * len(lines)
    longest = max((sum(len(piece) for piece, _ in line) for line in lines), default=0)
    width = max(drawing.width, _SIZE * _LETTER * longest) + 2 * _MARGIN
    height = top + drawing.height + _MARGIN
    written = "".join(
        f'<text x="{_MARGIN}" y="{_LINE * (number + 1)}">{_pieces(line)}</text>'
        for number, line in enumerate(lines)
    )
    moved = f'<g transform="translate({_MARGIN} {top})">{drawing.content}</g>'
    return _file(width, height, drawing.title, written + moved)


def of_charts(title: str, drawn: Sequence[str]) -> str:
    """A whole SVG file of charts, one below the other.

    Args:
        title: what a screen reader says.
        drawn: as `charts.chart` gives them.
    """
    pieces, width, height = [], 0.0, 0.0
    for chart in drawn:
        sizes = [float(number) * _PIXELS for number in _BOX.findall(chart)[0].split()]
        size = f'y="{height:.0f}" width="{sizes[2]:.0f}" height="{sizes[3]:.0f}"'
        pieces.append(chart.replace("<svg ", f"<svg {size} ", 1))
        width, height = max(width, sizes[2]), height + sizes[3]
    return _file(width, height, title, "\n".join(pieces))


def _file(width: float, height: float, title: str, content: str) -> str:
    paper = figures.stroke("--paper")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" font-family="sans-serif" '
        f'font-size="{_SIZE}">'
        f"<title>{html.escape(title)}</title><style>{page.variables()}</style>"
        f'<rect width="100%" height="100%" style="fill:{paper}"/>{content}'
        "</svg>\n"
    )


def _pieces(line: Line) -> str:
    return "".join(
        f'<tspan xml:space="preserve" style="fill:{figures.stroke(colour)}">'
        f"{html.escape(piece)}</tspan>"
        for piece, colour in line
    )
