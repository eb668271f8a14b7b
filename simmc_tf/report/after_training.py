"""The report at the end of a training, which it must not spoil."""

import pathlib
from collections.abc import Callable

from simmc_tf import checkpoints, errors, progress
from simmc_tf import data as data_module
from simmc_tf.report import subject


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
        report: takes a line where there is no report.
    """
    # Not before something is drawn: what draws takes a second to load.
    from simmc_tf.report import writing

    try:
        with progress.during("writing the report"):
            writing.write(folder, data, about)
    except (errors.InputError, OSError) as error:
        reason = errors.of_system(error) if isinstance(error, OSError) else error
        report(f"warning: there is no {checkpoints.REPORT}: {reason}")
