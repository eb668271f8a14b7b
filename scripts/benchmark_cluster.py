"""Clustering by shards, by number of workers: python -m scripts.benchmark_cluster."""

from flags import quiet  # noqa: F401

# isort: split

import collections
import pathlib
import tempfile
import time
from collections.abc import Callable, Sequence

import numpy as np
from absl import flags

from flags import entry
from scripts.benchmarks import walkers
from simmc_tf import config as configs
from simmc_tf import exact_search, jaccard, pseudo_labels, startup
from simmc_tf.sharded import archive, engine, plan, run, steps

_EPS = 0.6
# Steps that grow faster than the rows.
_SEARCHES = ("nearest", "pairs")
# Before anything is timed: more lets workers load what is compiled.
_FEW = 4000


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, text in (
        ("rows", 50_000, "features to cluster"),
        ("shards", 8, "parts of them"),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=values)
    flags.DEFINE_multi_integer(
        "workers",
        [1, 2],
        "processes of one thread; may be repeated",
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_string(
        "folder",
        None,
        "where temporary files go, instead of the system's place",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Times features that an untrained encoder makes of walkers; compares labels."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    startup.prepare(-1)
    features = walkers.features(values.rows, configs.Config(eps=_EPS))
    with tempfile.TemporaryDirectory(dir=values.folder) as name:
        folder = pathlib.Path(name)
        print(
            f"{values.rows:,} rows, width {features.shape[1]}, {values.shards} shards; "
            f"wall s; CPU s, of all workers"
        )
        expected = _alone(features, folder, values.shards)
        for num_workers in values.workers:
            task = _plan(features, folder, f"workers-{num_workers}", values.shards)
            _run(task, num_workers, expected)


def _alone(
    features: np.ndarray, folder: pathlib.Path, num_shards: int
) -> tuple[np.ndarray, np.ndarray]:
    """Labels and prototypes by one process."""
    task = _plan(features, folder, "workers-0", num_shards)
    _on_one_machine(features[:_FEW], task)
    start, busy = time.perf_counter(), time.process_time()
    expected = _on_one_machine(features, task)
    total, busy = time.perf_counter() - start, time.process_time() - busy
    print(f"one process: {total:.1f} s; CPU {busy:.1f} s", flush=True)
    return expected


def _run(
    task: plan.Plan, num_workers: int, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    """Runs all steps and prints the seconds of each phase."""
    with engine.local(num_workers) as client:
        few = _plan(
            *(task.features()[:_FEW], task.folder.parent, f"few-{num_workers}"),
            2 * num_workers,
        )
        _cluster(few, engine.executor(client))

        def busy() -> np.ndarray:
            return np.array(list(client.run(time.process_time).values()))

        watch = _Watch(engine.executor(client), busy)
        before = busy()
        start = time.perf_counter()
        phases = _cluster(task, watch.execute)
        total = time.perf_counter() - start
        spent = busy() - before
        peak = max(client.run(_peak_megabytes).values())
    found = (
        np.load(task.part("all-labels") / run.LABELS),
        np.load(task.part("all-prototypes") / run.PROTOTYPES),
    )
    same = all(map(np.array_equal, found, expected))
    seconds = collections.defaultdict[str, float](float)
    for step, value in watch.seconds.items():
        seconds[phases[step]] += value
    search = sum(watch.seconds[step] for step in phases if step.startswith(_SEARCHES))
    shares = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items())
    print(
        f"{num_workers} workers: {total:.1f} s; CPU {spent.sum():.1f} s ({shares}; the "
        f"search itself {search:.1f}; steps of one worker {watch.undivided:.1f}), the "
        f"busiest worker {spent.max():.1f} s and at most {peak:,.0f} MB, mapped files "
        f"included; labels and prototypes {'the same' if same else 'DIFFER'}",
        flush=True,
    )


def _cluster(task: plan.Plan, execute: steps.Execute) -> dict[str, str]:
    """Does all steps; returns the phase of each."""
    phases = {}
    for some in (steps.preparation, steps.clustering):
        todo = list(some(task))
        phases.update({step.name: step.phase for step in todo})
        steps.run(task, todo, execute, _quiet)
    return phases


class _Watch:
    """Runs steps on workers, and notes the CPU seconds of each.

    Args:
        execute: runs the tasks of a step.
        busy: tells the CPU seconds of each worker so far.

    Attributes:
        seconds: by step.
        undivided: of those that are one task.
    """

    def __init__(self, execute: steps.Execute, busy: Callable[[], np.ndarray]) -> None:
        self._execute = execute
        self._busy = busy
        self.seconds: dict[str, float] = {}
        self.undivided = 0.0

    def execute(self, tasks: Sequence[steps.Task], done: Callable[[], None]) -> None:
        """Runs the tasks of a step."""
        before = self._busy()
        self._execute(tasks, done)
        step = pathlib.PurePath(tasks[0].name).parent.name
        self.seconds[step] = float(np.sum(self._busy() - before))
        if len(tasks) == 1:
            self.undivided += self.seconds[step]


def _plan(
    features: np.ndarray, folder: pathlib.Path, name: str, num_shards: int
) -> plan.Plan:
    (folder / name).mkdir(exist_ok=True)
    path = folder / f"{name}-{len(features)}.npy"
    np.save(path, features)
    bounds = plan.even_bounds(len(features), num_shards)
    task = plan.Plan(
        folder=folder / name,
        source=archive.find(path),
        model=None,
        gpu=-1,
        eps=_EPS,
        min_samples=2,
        k1=20,
        k2=6,
        bounds=bounds,
    )
    task.begin()
    return task


def _on_one_machine(
    features: np.ndarray, task: plan.Plan
) -> tuple[np.ndarray, np.ndarray]:
    neighbours = exact_search.nearest(features, task.num_neighbours)
    limit = task.eps + pseudo_labels.DISTANCE_TOLERANCE
    distances, group = jaccard.distinct_distances(
        features, neighbours, task.k1, task.k2, limit
    )
    labels = pseudo_labels.cluster(distances, task.eps, task.min_samples, group)
    return labels, pseudo_labels.prototypes(features, labels)


def _peak_megabytes() -> float:
    # What getrusage tells begins with the parent's, which a process is copied from.
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def _quiet(phase: str, done: int, total: int, left: str) -> None:
    """Says nothing of progress."""


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
