"""A run as pictures: python -m scripts.report ReID_Models/KS20/probe.

Writes report.html into the run's folder, as training does, from its files and its data.
"""

from flags import quiet  # noqa: F401

# isort: split

import functools
import json
import pathlib
import time
from typing import Any

from absl import flags

from datasets import loading, of_run
from flags import entry
from flags import report as report_flags
from simmc_tf import errors, startup

define = report_flags.define


def main(argv: list[str]) -> None:
    """Finds the data of a run and writes its report."""
    options = report_flags.read(flags.FLAGS, argv)
    say = functools.partial(print, flush=True)
    start = time.perf_counter()
    description = _description(options.folder)
    loaded = _load(options, description)
    startup.prepare(options.gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import runs
    from simmc_tf.report import writing

    notes: list[str] = []
    runs.note_changes(loaded.data, description, notes.append)
    for note in notes:
        say(note)
    path = writing.write(
        options.folder, loaded.data, loaded.subject, notes, options.picture
    )
    say(f"{path} written in {time.perf_counter() - start:.1f} s")


def _description(folder: pathlib.Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise errors.InputError(
            f"{folder} is not the folder of a run: there is no {path}; expected one in "
            "which SimMC.py or SimMC-UF.py has kept a model, as ReID_Models/KS20/probe."
        ) from error
    except ValueError as error:
        raise errors.InputError(
            f"{path} is damaged ({error}); train again by --mode Train."
        ) from error
    if not isinstance(found, dict):
        raise errors.InputError(f"{path} is damaged; train again by --mode Train.")
    return found


def _load(options: report_flags.Options, description: dict[str, Any]) -> loading.Loaded:
    try:
        return of_run.load(description, options.data_root)
    except errors.InputError as error:
        raise errors.InputError(
            f"{options.folder}: the data of this run are not to be had, and a report "
            f"needs them ({error}); --data_root names another folder of data sets."
        ) from error


if __name__ == "__main__":
    define(flags.FLAGS)
    flags.adopt_module_key_flags(report_flags)
    entry.run(main)
