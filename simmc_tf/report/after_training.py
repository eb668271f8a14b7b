"""The report at the end of a training, which it must not spoil."""

import pathlib
import shlex
from collections.abc import Callable

from simmc_tf import atomic, checkpoints, errors, progress
from simmc_tf import data as data_module
from simmc_tf.report import subject

# Seconds after which a terminal tells what goes on.
_SOON = 1.0


def write(
    folder: pathlib.Path,
    data: data_module.ReidData,
    about: subject.Subject,
    report: Callable[[str], None],
) -> None:
    """Writes report.html; where that fails the model is none the worse.

    Args:
        folder: of the run.
        data: of the run, as they are before any preparation.
        about: whom it is about.
        report: takes a line: where the report is, or why there is none.
    """
    try:
        # What draws and clusters is loaded only where a report is wanted, and may be
        # missing.
        from simmc_tf.report import writing

        with atomic.locked(folder), progress.during("writing the report", _SOON):
            found = writing.write(folder, data, about)
    except KeyboardInterrupt:
        report(_missing("stopped", folder))
        raise
    except Exception as error:  # Whatever it is, the training went well.
        report(_missing(_reason(error), folder))
    else:
        for note in found.notes:
            report(note)
        path = folder / checkpoints.REPORT
        report(f"{path}: the run as a page for a browser")


def _missing(reason: str, folder: pathlib.Path) -> str:
    command = shlex.join(["python", "-m", "scripts.report", str(folder)])
    return (
        f"warning: there is no {checkpoints.REPORT}: {reason.rstrip('.')}; to have it: "
        f"{command}"
    )


def _reason(error: Exception) -> str:
    """Why, in one line; of a fault of the program its kind too."""
    if isinstance(error, errors.InputError):
        return str(error)
    if isinstance(error, OSError):
        return errors.of_system(error)
    return errors.one_line(f"{type(error).__name__}: {error}")
