"""A run of an ablation, in a process of its own: started by scripts.ablate."""

from flags import quiet  # noqa: F401

# isort: split

import json
import os
import pathlib
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from flags import entry
from scripts.ablations import data, results
from simmc_tf import config as configs
from simmc_tf import cores, evaluation, startup

# Phases of an epoch that read labels.
_LABELLED = ("evaluation", "diagnostics")


def train(
    run: results.Run,
    folder: pathlib.Path,
    program: str,
    report: Callable[[str], None] = print,
) -> None:
    """Trains, evaluates and writes the result.

    Args:
        run: what to train.
        folder: of all results.
        program: the code that this process has loaded.
        report: takes lines of progress.

    Raises:
        errors.InputError: data and hyperparameters do not fit.
    """
    from simmc_tf import experiment  # Loads TensorFlow.

    start = time.perf_counter()
    loaded = data.DATA[run.data].load(run.config.seed)
    with tempfile.TemporaryDirectory() as model:
        found = experiment.train(loaded, run.config, pathlib.Path(model), {}, report)
    if found.scores_all is None:
        raise TypeError("All data of ablations have probes.")
    rows = [vars(row) for row in found.run.rows]
    best = max(rows[1:], key=lambda row: (row["top1"], row["mAP"]))
    seconds_an_epoch, seconds_without_labels = median_seconds(found.run.seconds)
    results.Result(
        run=run.identity(program),
        seconds=time.perf_counter() - start,
        seconds_an_epoch=seconds_an_epoch,
        seconds_without_labels=seconds_without_labels,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        cores=cores.count(),
        data_sha256=experiment.fingerprint(loaded),
        chosen_epoch=found.best_epoch,
        chosen=_figures(found.scores_all),
        best_epoch=best["epoch"],
        best=results.Figures(best["top1"], best["mAP"]),
        reference={name: _figures(one) for name, one in found.reference.items()},
        rows=rows,
    ).write(run.path(folder))


def median_seconds(seconds: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Seconds an epoch in all, and without what needs labels.

    Args:
        seconds: of every phase, for each row; the first is the untrained model's. The
            first epoch, which also builds the graph, counts only where it is alone.
    """
    epochs = seconds[2:] or seconds[1:]
    labelled = [sum(one.get(name, 0.0) for name in _LABELLED) for one in epochs]
    totals = [one["total"] for one in epochs]
    without = [total - own for total, own in zip(totals, labelled, strict=True)]
    return statistics.median(totals), statistics.median(without)


def _figures(scores: evaluation.Scores) -> results.Figures:
    return results.Figures(scores.top1, scores.mean_ap)


def task(run: results.Run, folder: pathlib.Path, processors: list[int]) -> str:
    """The argument that tells this program what to do.

    Args:
        run: what to train.
        folder: of all results.
        processors: to compute on; empty for all.
    """
    content = {**run.identity(""), "folder": str(folder), "processors": processors}
    return json.dumps(content)


def main(argv: list[str]) -> None:
    """Does the task that is its only argument; ends when standard input does."""
    (text,) = argv
    asked = json.loads(text)
    threading.Thread(target=_end_with_input, daemon=True).start()
    # Before TensorFlow and all others that count processors load.
    if asked["processors"] and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, asked["processors"])
    program = results.program()
    startup.prepare(-1)
    config = configs.Config(**asked["config"])
    run = results.Run(asked["data"], asked["setting"], config)
    train(run, pathlib.Path(asked["folder"]), program)


def _end_with_input() -> None:
    """Whoever started this process holds the other end, and may be killed."""
    # Not by sys.stdin, whose lock would be held when the interpreter ends.
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    entry.run(main)
