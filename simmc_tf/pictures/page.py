"""One HTML page that needs nothing else: no network, no script, light and dark."""

import html
import re
from collections.abc import Iterable, Sequence

# Colours of pages and pictures: CSS variable -> light, dark.
COLOURS = {
    "--ink": ("#1d2127", "#e4e7eb"),
    "--soft": ("#5c6570", "#9da7b3"),
    "--paper": ("#ffffff", "#16181c"),
    "--grid": ("#d9dde3", "#363b43"),
    "--right": ("#1a7f4b", "#5fd08f"),
    "--wrong": ("#c0392b", "#ff8a7a"),
    "--c0": ("#2a78d6", "#6db0ff"),
    "--c1": ("#d9691c", "#ff9d5c"),
    "--c2": ("#6a8a12", "#b4d455"),
    "--c3": ("#a23b9e", "#e08adb"),
    "--c4": ("#a67c00", "#e6c04d"),
    "--c5": ("#17889a", "#4fc7d9"),
    "--c6": ("#d6336c", "#ff7fa8"),
    "--c7": ("#7a5a2f", "#c9a27a"),
    "--c8": ("#5a6b7b", "#a3b3c2"),
    "--c9": ("#7048c6", "#b197fc"),
}
_COMMAND = re.compile(r"(?<![\w-])--\w+|python -m scripts\.\w+")
_STYLE = """
body { background: var(--paper); color: var(--ink); margin: 0;
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; padding-top: 0.8rem;
  border-top: 1px solid var(--grid); }
p, figcaption, li { max-width: 45rem; }
figure { margin: 1rem 0; }
figcaption { font-size: 0.95rem; }
.soft, caption { color: var(--soft); }
.right { color: var(--right); }
.wrong { color: var(--wrong); }
.grid { display: grid; gap: 0 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); }
.scroll { overflow-x: auto; margin: 1rem 0; }
svg { max-width: 100%; height: auto; }
svg.chart { display: block; width: 100%; max-width: 36rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.4rem; }
caption span { display: inline-block; position: sticky; left: 0;
  max-width: min(45rem, calc(100vw - 2rem)); }
td, th { border-bottom: 1px solid var(--grid); padding: 0.25rem 0.7rem;
  text-align: right; white-space: nowrap; font-weight: normal; }
th { color: var(--soft); }
td:first-child, th:first-child { text-align: left; padding-left: 0; }
th:first-child { white-space: normal; min-width: 6.5rem; }
.scroll th:first-child { position: sticky; left: 0; background: var(--paper); }
.narrow td { white-space: normal; }
.facts td { text-align: left; white-space: normal; }
@media (max-width: 30rem) { td, th { padding: 0.25rem; }
  .scroll table { font-size: 0.88rem; } }
tr.first td, tr.first th { font-weight: bold; color: var(--ink); }
code { font-size: 0.9em; white-space: nowrap; }
.cards { display: grid; gap: 0.8rem; margin: 0.5rem 0 1.8rem;
  grid-template-columns: repeat(auto-fill, minmax(min(46%, 10rem), 1fr)); }
.card { border-top: 3px solid var(--grid); padding-top: 0.3rem; font-size: 0.85rem;
  min-width: 0; }
.card svg { display: block; margin-bottom: 0.2rem; }
.card.is-right { border-top-color: var(--right); }
.card.is-wrong { border-top: 3px dashed var(--wrong); }
"""


def page(title: str, body: Iterable[str]) -> str:
    """A whole page.

    Args:
        title: plain text, of the tab and the heading.
        body: HTML, one part after the other.
    """
    parts = "\n".join(body)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Else a browser would ask for one.
        '<link rel="icon" href="data:,">\n'
        f"<style>{style()}</style></head>\n"
        f"<body><main>\n<h1>{html.escape(title)}</h1>\n{parts}\n</main></body></html>\n"
    )


def style() -> str:
    """The CSS of all pages: the colours, and how things look."""
    return f":root {{ color-scheme: light dark; }}\n{variables()}{_STYLE}"


def variables() -> str:
    """CSS that gives the variables of `COLOURS` their values, light and dark."""
    light, dark = (
        " ".join(f"{name}: {pair[which]};" for name, pair in COLOURS.items())
        for which in (0, 1)
    )
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    )


def section(title: str, *parts: str) -> str:
    """Parts of HTML under a heading."""
    inner = "\n".join(parts)
    return f"<section>\n<h2>{html.escape(title)}</h2>\n{inner}\n</section>"


def paragraph(text: str, kind: str = "") -> str:
    """Plain text; `kind` is one of the classes of the style."""
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{_said(text)}</p>"


def figure(picture: str, *sentences: str) -> str:
    """A picture (HTML) and plain text on it."""
    caption = _said(" ".join(sentences))
    return f"<figure>\n{picture}\n<figcaption>{caption}</figcaption>\n</figure>"


def grid(*parts: str) -> str:
    """Parts of HTML side by side, as far as there is room."""
    inner = "\n".join(parts)
    return f'<div class="grid">\n{inner}\n</div>'


def scroll(content: str) -> str:
    """HTML that may be wider than the screen, and is then scrolled by itself."""
    return f'<div class="scroll" tabindex="0">\n{content}\n</div>'


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what there is to say of each, plain text, one below the other."""
    lines = "\n".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(said)}</td></tr>"
        for name, said in rows
    )
    return f'<table class="facts">\n{lines}\n</table>'


def table(
    rows: Sequence[Sequence[str]],
    caption: str = "",
    first: int = 0,
    narrow: bool = False,
) -> str:
    """Plain cells; the first row and the first column are headings.

    Args:
        rows: of cells.
        caption: above it.
        first: rows below the heading that are the important ones.
        narrow: cells may have several lines, broken at their spaces.
    """
    lines = []
    for number, cells in enumerate(rows):
        row = ""
        for column, cell in enumerate(cells):
            tag = "th" if number == 0 or column == 0 else "td"
            row += f"<{tag}>{html.escape(cell)}</{tag}>"
        kind = ' class="first"' if 0 < number <= first else ""
        lines.append(f"<tr{kind}>{row}</tr>")
    said = (
        f"<caption><span>{html.escape(caption)}</span></caption>\n" if caption else ""
    )
    inner = "\n".join(lines)
    kind = ' class="narrow"' if narrow else ""
    return scroll(f"<table{kind}>\n{said}{inner}\n</table>")


def _said(text: str) -> str:
    """Plain text as HTML; flags and commands of this project stay on one line."""
    return _COMMAND.sub(r"<code>\g<0></code>", html.escape(text))
