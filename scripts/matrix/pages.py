"""Where the tables go: a page of Markdown, a page of HTML, a block of the README."""

import html
import pathlib
import subprocess
from collections.abc import Sequence

from scripts.ablations import tables
from simmc_tf import atomic, errors

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
_ROOT = pathlib.Path(__file__).resolve().parents[2]
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
div { overflow-x: auto; }
table { border-collapse: collapse; margin: 1.5em 0; }
caption { text-align: left; font-weight: bold; padding-bottom: 0.5em; }
td, th { border-bottom: 1px solid #8886; padding: 0.25em 0.8em; text-align: right; }
td { white-space: nowrap; font-variant-numeric: tabular-nums; }
th:first-child { text-align: left; white-space: nowrap; }
"""


def markdown(found: Sequence[tables.Table], notes: Sequence[str]) -> str:
    """Tables, and below them what else to know, a line each."""
    pages = [table.markdown() for table in found]
    return "\n\n".join([*pages, *notes]) + "\n"


def page(found: Sequence[tables.Table], notes: Sequence[str]) -> str:
    """The same as HTML that needs nothing else."""
    body = [f"<div>\n{table.html()}\n</div>" for table in found]
    body += [f"<p>{html.escape(note)}</p>" for note in notes]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><title>Results</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def check_block(path: pathlib.Path, flag: str) -> None:
    """Refuses a file in which there is nothing to replace.

    Args:
        path: of the file.
        flag: that names it, as on the command line.

    Raises:
        errors.InputError: it cannot be read, or has not one block.
    """
    _block(path, flag)


def replace_block(path: pathlib.Path, text: str, flag: str) -> None:
    """Puts a text in the place of what is between a file's two comments.

    Args:
        path: of the file.
        text: to put there.
        flag: that names the file, as on the command line.

    Raises:
        errors.InputError: it cannot be read, or has not one block.
    """
    before, after = _block(path, flag)
    atomic.write_text(path, f"{before}{BEGIN}\n{text}{END}{after}")


def _block(path: pathlib.Path, flag: str) -> tuple[str, str]:
    """What is before and after the block."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise errors.InputError(
            f"{flag}: expected a text file that is there ({error})."
        ) from error
    before, _, rest = content.partition(BEGIN)
    _, _, after = rest.partition(END)
    counts = content.count(BEGIN), content.count(END), rest.count(END)
    if counts != (1, 1, 1):
        raise errors.InputError(
            f"{flag}: expected the lines {BEGIN} and {END} in it once, in this order; "
            "what is between them is replaced."
        )
    return before, after


def commit() -> str:
    """The commit of the code, for people."""
    found = [_git("rev-parse", "--short=12", "HEAD"), _git("status", "--porcelain")]
    if found[0] is None:
        return "no commit known"
    return f"commit {found[0]}" + (", with changes" if found[1] else "")


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=_ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
