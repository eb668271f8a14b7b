"""A run as pictures: python -m scripts.report ReID_Models/KS20/probe.

Writes report.html into the run's folder, as training does, from its files and its data.
"""

from flags import quiet  # noqa: F401

# isort: split

import functools
import pathlib
import time
from typing import Any

from absl import flags

from datasets import loading, of_run, writable
from flags import entry
from flags import report as report_flags
from simmc_tf import atomic, errors, json_file, progress, startup

define = report_flags.define
_CONFIG = "config.json"
# What config.json says of every run.
_KEYS = ("hyperparameters", "skeleton_size", "data_sha256", "best_epoch")
_OTHER_DATA = (
    "warning: figures that the run kept are of the original data; all that is computed "
    "for this page, pictures too, is of other data"
)
# Seconds after which a terminal tells what goes on.
_SOON = 1.0


def main(argv: list[str]) -> None:
    """Finds the data of a run and writes its report."""
    options = report_flags.read(flags.FLAGS, argv)
    _expect_run(options.folder)
    # A training would replace the model while it is looked at.
    with atomic.locked(options.folder, "run's folder"):
        _write(options)


def _write(options: report_flags.Options) -> None:
    say = functools.partial(print, flush=True)
    start = time.perf_counter()
    description = _description(options.folder)
    loaded = _load(options, description)
    startup.prepare(options.gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import checkpoints, repeating
    from simmc_tf.report import writing

    notes: list[str] = []
    repeating.note_changes(loaded.data, description, notes.append)
    if notes and description["data_sha256"] is not None:
        notes.append(_OTHER_DATA)
    with progress.during("writing the report", _SOON):
        found = writing.write(
            options.folder, loaded.data, loaded.subject, notes, options.picture
        )
    for note in found.notes:
        say(note)
    if options.picture is not None:
        say(f"{options.picture} written")
    path = options.folder / checkpoints.REPORT
    say(f"{path} written in {time.perf_counter() - start:.1f} s")


def _expect_run(folder: pathlib.Path) -> None:
    if folder.is_file():
        raise errors.InputError(
            f"{folder} is a file; expected the folder of a run, as {folder.parent}."
        )
    path = folder / _CONFIG
    if not path.is_file():
        raise errors.InputError(
            f"{folder} is not the folder of a run: there is no {path}; expected one in "
            "which SimMC.py or SimMC-UF.py has kept a model, as ReID_Models/KS20/probe."
        )
    # Not only when all is computed.
    writable.check(folder, f"the report of {folder}")


def _description(folder: pathlib.Path) -> dict[str, Any]:
    path = folder / _CONFIG
    try:
        found = json_file.read(path)
    except ValueError as error:
        raise errors.InputError(
            f"{path} is damaged ({error}); train again by --mode Train."
        ) from error
    missing = [
        name for name in _KEYS if not (isinstance(found, dict) and name in found)
    ]
    if missing:
        raise errors.InputError(
            f"{path} is damaged ({', '.join(missing)} missing); train again by --mode "
            "Train."
        )
    return found


def _load(options: report_flags.Options, description: dict[str, Any]) -> loading.Loaded:
    try:
        found = of_run.built(description, options.data_root)
        if found is not None:
            # Reads with TensorFlow, and so not before that is set up.
            startup.prepare(options.gpu)
            from datasets.tfds import arrays

            return arrays.load(*found)
        return of_run.load(description, options.data_root, options.representation_root)
    except errors.InputError as error:
        raise errors.InputError(
            f"{options.folder}: the data of this run are not to be had, and a report "
            f"needs them: {error}"
        ) from error


if __name__ == "__main__":
    define(flags.FLAGS)
    flags.adopt_module_key_flags(report_flags)
    entry.run(main)
