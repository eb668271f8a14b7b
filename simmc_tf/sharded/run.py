"""A whole run: from the folder that is begun to the files that are left in it."""

import contextlib
import json
import shutil
from collections.abc import Callable

import numpy as np

from simmc_tf import atomic, pseudo_labels
from simmc_tf.sharded import parts, plan, steps, tally

LABELS, PROTOTYPES, SUMMARY = "labels.npy", "prototypes.npy", "summary.json"


def run(
    task: plan.Plan,
    execute: Callable[[], contextlib.AbstractContextManager[steps.Execute]],
    report: tally.Report,
    features_only: bool = False,
) -> dict[str, object] | None:
    """Begins or goes on, and writes labels.npy, prototypes.npy and summary.json.

    Nothing is written where the tasks cannot be run.

    Args:
        task: the plan; its folder is created.
        execute: begins and ends what runs the tasks of a step.
        report: takes note of progress.
        features_only: stop when the features are there.

    Returns:
        The summary; None with `features_only`.

    Raises:
        errors.InputError: the folder is of another run, or the data are at fault.
    """
    with atomic.locked(task.folder, "--output"):
        task.begun()  # Refused before workers are started.
        path = task.folder / SUMMARY
        if path.is_file():  # Or it would be done again, whose parts are gone.
            return json.loads(path.read_text(encoding="utf-8"))
        with execute() as runs:
            task.begin()
            parts.remove_unfinished(task.folder)
            done = list(steps.features(task))
            steps.run(task, done, runs, report)
            if features_only:
                return None
            for some in (steps.preparation, steps.clustering):
                todo = list(some(task))  # By what was found so far.
                steps.run(task, todo, runs, report)
                done += todo
        summary = _summary(task, done)
        for name, step in ((LABELS, "all-labels"), (PROTOTYPES, "all-prototypes")):
            source = task.part(step) / name
            if source.is_file():
                source.replace(task.folder / name)
        atomic.write_json(path, summary)
        shutil.rmtree(task.folder / "work")
        return summary


def _summary(task: plan.Plan, done: list[steps.Step]) -> dict[str, object]:
    labels = _found(task, "all-labels", LABELS)
    prototypes = _found(task, "all-prototypes", PROTOTYPES)
    return {
        "rows": task.num_rows,
        "width": prototypes.shape[1],
        "clusters": len(prototypes),
        "outliers": int(np.count_nonzero(labels == pseudo_labels.OUTLIER)),
        **{name: getattr(task, name) for name in ("eps", "min_samples", "k1", "k2")},
        "shards": task.num_shards,
        "model": task.model,
        "seconds": steps.seconds(task, done),
    }


def _found(task: plan.Plan, step: str, name: str) -> np.ndarray:
    """A result, whether a run before has put it into its place or not."""
    source = task.part(step) / name
    return parts.mapped(source if source.is_file() else task.folder / name)
