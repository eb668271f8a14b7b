"""Charts as SVG for a page: text stays text, colours are the page's CSS variables."""

import html
import io
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simmc_tf.pictures import page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What matplotlib is told to draw with -> CSS variable that takes its place. Nothing
# else has these colours.
_SENTINELS = {f"#0a0b{n:02x}": name for n, name in enumerate(page.COLOURS)}
_COLOURS = {name: sentinel for sentinel, name in _SENTINELS.items()}
INK, SOFT, PAPER, GRID, RIGHT, WRONG = (
    _COLOURS[f"--{name}"] for name in "ink soft paper grid right wrong".split()
)
# c0 .. c9, of lines and points that must be told apart.
SERIES = [_COLOURS[f"--c{n}"] for n in range(10)]
MARKERS = "o^sDvPX*<>"

# Inches: as wide as a phone, in points, so that letters keep their size there.
_SIZE = (4.6, 3.0)
# Any: its keys are a type of their own.
_RC: Any = {
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.size": 9.5,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.0,
    "figure.facecolor": "none",
}
_NUMBERS = itertools.count()


def chart(
    title: str,
    description: str,
    x: str,
    y: str,
    plot: Callable[["Axes"], None],
    size: tuple[float, float] = _SIZE,
) -> str:
    """Draws one pair of axes.

    Args:
        title: above it.
        description: what a screen reader says of it: what is seen, with figures.
        x: of the horizontal axis, with its unit.
        y: of the vertical axis, with its unit.
        plot: draws on the axes, in the colours of this module.
        size: inches.

    Returns:
        An <svg> element whose ids are its own in this process.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    number = next(_NUMBERS)
    with matplotlib.rc_context({**_RC, "svg.hashsalt": f"chart{number}"}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        plot(axes)
        axes.set_title(title)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        text = io.StringIO()
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    return _inline(text.getvalue(), f"chart{number}", title, description)


def lines(
    title: str,
    x: str,
    y: str,
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    mark: float | None = None,
    marked: str = "",
    whole: bool = True,
) -> str:
    """Draws lines that share axes; whoever sees no colours tells them by their dashes.

    Args:
        title: above it.
        x: of the horizontal axis, with its unit.
        y: of the vertical axis, with its unit.
        series: name -> places along both axes; NaN interrupts a line.
        mark: place on the horizontal axis that a vertical line marks.
        marked: what is there.
        whole: whether the horizontal axis counts, in whole numbers.
    """
    dashes = ["-", "--", "-.", ":"]

    def plot(axes: "Axes") -> None:
        for number, (name, (across, up)) in enumerate(series.items()):
            axes.plot(
                across,
                up,
                dashes[number % len(dashes)],
                color=SERIES[number % len(SERIES)],
                marker="o" if len(across) < 20 else None,
                label=name,
            )
        if mark is not None:
            axes.axvline(mark, color=SOFT, linewidth=1, linestyle=":", label=marked)
        axes.locator_params("x", integer=whole)
        counts = np.concatenate([up for _, up in series.values()])
        counted = not (counts[np.isfinite(counts)] % 1).any()
        axes.locator_params("y", integer=counted)
        axes.legend()

    said = [f"{name}: {_course(up)}" for name, (_, up) in series.items()]
    if mark is not None:
        said.append(f"{marked}: {mark:g}")
    return chart(title, "; ".join(said), x, y, plot)


def _course(values: Sequence[float]) -> str:
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return "no values"
    return (
        f"from {known[0]:.4g} to {known[-1]:.4g} (lowest {min(known):.4g}, highest "
        f"{max(known):.4g})"
    )


def _inline(text: str, prefix: str, title: str, description: str) -> str:
    """What matplotlib writes as a file, as a part of a page."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(href="|url\()#', rf"\1#{prefix}-", text)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)  # It styles pages.
    # The page's letters, which are no wider than those that were measured.
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    text = re.sub(r"(font: [^;\"]*?px)[^;\"]*", r"\1 system-ui, sans-serif", text)
    text = re.sub(r"<[^>]*>", _rounded, text)
    text = re.sub(r"\s*\n\s*", " ", text).replace("> <", "><")
    for sentinel, name in _SENTINELS.items():
        text = text.replace(sentinel, f"var({name})")
    box = re.search(r'viewBox="[^"]*"', text)
    if box is None:
        raise RuntimeError("matplotlib wrote an SVG without a viewBox.")
    head = (
        f'<svg class="chart" {box[0]} role="img" aria-labelledby="{prefix}-title '
        f'{prefix}-said">\n<title id="{prefix}-title">{html.escape(title)}</title>\n'
        f'<desc id="{prefix}-said">{html.escape(description)}</desc>'
    )
    return head + text[text.index(">") + 1 :].rstrip()


def _rounded(tag: re.Match[str]) -> str:
    """A tag with hundredths of a point: nobody sees more, and they take room."""
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", tag[0])
