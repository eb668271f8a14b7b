"""Where the tables go: a page of Markdown, a page of HTML, a block of the README."""

import pathlib
from collections.abc import Sequence

from scripts.ablations import tables
from simmc_tf import atomic, errors
from simmc_tf.pictures import page as html_page

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def markdown(
    overviews: Sequence[tables.Table],
    each: Sequence[tables.Table],
    notes: Sequence[str],
) -> str:
    """Tables, and below them what else to know, a line each.

    Args:
        overviews: of all data sets; where there are any, the others are folded.
        each: of one data set.
        notes: lines.
    """
    pages = [table.markdown() for table in overviews]
    pages += [table.folded() if overviews else table.markdown() for table in each]
    return "\n\n".join([*pages, *notes]) + "\n"


def page(
    overviews: Sequence[tables.Table],
    each: Sequence[tables.Table],
    notes: Sequence[str],
) -> str:
    """The same as HTML that needs nothing else."""
    body = [
        html_page.table(
            [[name, *map(_broken, cells)] for name, *cells in table.rows],
            table.title,
            narrow=True,
        )
        for table in overviews
    ]
    body += [html_page.table(table.rows, table.title) for table in each]
    body += [html_page.paragraph(note, "soft") for note in notes]
    return html_page.page("Results", body)


def _broken(cell: str) -> str:
    """A cell that may be broken between two means with their deviations alone."""
    whole = cell.replace(" ", "\u00a0")
    return whole.replace("/\u00a0", "/ ") if "±" in cell else whole


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
