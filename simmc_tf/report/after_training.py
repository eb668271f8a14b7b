"""The report at the end of a training, which it must not spoil."""

import contextlib
import pathlib
import shlex
from collections.abc import Callable

from simmc_tf import atomic, checkpoints, errors, progress
from simmc_tf import data as data_module
from simmc_tf.report import subject

# Seconds after which a terminal tells what goes on.
_SOON, _WHAT = 1.0, "writing the report"


def write(
    folder: pathlib.Path,
    data: data_module.ReidData,
    about: subject.Subject,
    report: Callable[[str], None],
    path: pathlib.Path | None = None,
    *,
    silent: bool = False,
) -> None:
    """Writes report.html; where that fails the model is none the worse.

    Args:
        folder: of the run.
        data: of the run, as they are before any preparation.
        about: whom it is about.
        report: takes a line: where the report is, or why there is none.
        path: of the report, where it is not to be in the folder.
        silent: leave out the line on stderr that tells how long it takes.
    """
    try:
        # What draws and clusters is loaded only where a report is wanted, and may be
        # missing.
        from simmc_tf.report import writing

        told = contextlib.nullcontext() if silent else progress.during(_WHAT, _SOON)
        with atomic.locked(folder, again=True), told:
            found = writing.write(folder, data, about, path=path)
    except KeyboardInterrupt:
        report(_missing("stopped", folder, path))
        raise
    except Exception as error:  # Whatever it is, the training went well.
        report(_missing(_reason(error), folder, path))
    else:
        for note in found.notes:
            report(note)
        report(
            f"{path or folder / checkpoints.REPORT}: the run as a page for a browser"
        )


def _missing(reason: str, folder: pathlib.Path, path: pathlib.Path | None) -> str:
    said = f"warning: there is no {path or checkpoints.REPORT}: {reason.rstrip('.')}"
    if path is not None:  # Nothing tells with which data it could be had again.
        return said
    command = shlex.join(["python", "-m", "scripts.report", str(folder)])
    return f"{said}; to have it: {command}"


def _reason(error: Exception) -> str:
    """Why, in one line; of a fault of the program its kind too."""
    if isinstance(error, errors.InputError):
        return str(error)
    if isinstance(error, OSError):
        return errors.of_system(error)
    return errors.one_line(f"{type(error).__name__}: {error}")
