"""A drawing as a file of its own: light or dark as the reader's screen is."""

import html
from collections.abc import Sequence

from simmc_tf.pictures import figures, page

# Pixels: of the letters, of a line, of the margin.
_SIZE, _LINE, _MARGIN = 12, 18, 8
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
    paper = figures.stroke("--paper")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" font-family="sans-serif" '
        f'font-size="{_SIZE}">'
        f"<title>{html.escape(drawing.title)}</title><style>{page.variables()}</style>"
        f'<rect width="100%" height="100%" style="fill:{paper}"/>'
        f'{written}<g transform="translate({_MARGIN} {top})">{drawing.content}</g>'
        "</svg>\n"
    )


def _pieces(line: Line) -> str:
    return "".join(
        f'<tspan xml:space="preserve" style="fill:{figures.stroke(colour)}">'
        f"{html.escape(piece)}</tspan>"
        for piece, colour in line
    )
