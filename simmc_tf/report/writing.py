"""Writes report.html into a run's folder."""

import pathlib
from collections.abc import Sequence

from simmc_tf import atomic, checkpoints, errors
from simmc_tf import data as data_module
from simmc_tf.pictures import page
from simmc_tf.report import gathering, picture, subject
from simmc_tf.report.sections import (
    confused,
    course,
    headline,
    layout,
    matches,
    strips,
)

_SECTIONS = (headline, matches, layout, confused, strips, course)
_ABOUT = "What a run came to, for people to look at."
_AGAIN = " python -m scripts.report RUN_FOLDER writes this page again."


def write(
    folder: pathlib.Path,
    data: data_module.ReidData,
    about: subject.Subject,
    notes: Sequence[str] = (),
    picture_path: pathlib.Path | None = None,
    path: pathlib.Path | None = None,
) -> gathering.Findings:
    """Replaces the report of a run.

    Args:
        folder: of the run.
        data: of the run, as they are before any preparation.
        about: whom it is about.
        notes: what else a reader must know, each a sentence.
        picture_path: of an SVG file that takes a few probes and what they find.
        path: of the report; None: report.html in the folder.

    Returns:
        What the page shows.

    Raises:
        errors.InputError: there is no model, a file of the run is damaged, or there is
            nothing for the picture.
    """
    found = gathering.gather(folder, data, about, notes)
    if picture_path is not None:
        if found.cases is None:
            raise errors.InputError(
                f"{picture_path}: the run has no probes, or no skeletons to draw."
            )
        atomic.write_text(picture_path, picture.svg(found.cases, found.subject))
    atomic.write_text(path or folder / checkpoints.REPORT, text(found))
    return found


def text(found: gathering.Findings) -> str:
    """The page."""
    parts = [section.html(found) for section in _SECTIONS]
    title = f"SimMC on {found.subject.title}"
    # Only where its data are known by a name.
    said = _ABOUT + (_AGAIN if found.about.get("dataset") is not None else "")
    return page.page(title, [page.paragraph(said, "soft"), *filter(None, parts)])
