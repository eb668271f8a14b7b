"""A run of an ablation, in a process of its own: started by scripts.ablate."""

from flags import quiet  # noqa: F401

# isort: split

import pathlib
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flags import entry
from scripts.ablations import comparison, data, processes, results
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
    startup.prepare(-1)
    from simmc_tf import experiment  # Not before: it loads TensorFlow.

    start = time.perf_counter()
    loaded = data.DATA[run.data].load(run.config.seed, run.length)
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


def work() -> comparison.Work[results.Run, results.Result]:
    """How these runs are done."""
    return comparison.Work(results.program, results.read, train, __name__, _line)


def _line(result: results.Result) -> str:
    return (
        f"top-1 {result.chosen.top1:.3f}  mAP {result.chosen.mAP:.3f} "
        f"@{result.chosen_epoch} of {len(result.rows) - 1}"
    )


def _do(
    asked: Mapping[str, Any],
    folder: pathlib.Path,
    program: str,
    report: Callable[[str], None],
) -> None:
    config = configs.Config(**asked["config"])
    run = results.Run(asked["data"], asked["setting"], config, asked["length"])
    train(run, folder, program, report)


def main(argv: list[str]) -> None:
    """Does the task that is its only argument; ends when standard input does."""
    processes.work(argv, results.program, _do)


if __name__ == "__main__":
    entry.run(main)
