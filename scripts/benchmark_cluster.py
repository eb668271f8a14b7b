"""Clustering by shards, by number of workers: python -m scripts.benchmark_cluster."""

from flags import quiet  # noqa: F401

# isort: split

import pathlib
import resource
import tempfile
import time

import numpy as np
from absl import flags

from flags import entry
from simmc_tf import exact_search, jaccard, pseudo_labels
from simmc_tf.sharded import archive, engine, plan, run, steps

_ROWS_OF_PERSON = 25


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, text in (
        ("rows", 50_000, "features to cluster"),
        ("width", 256, "of a feature"),
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
    """Times random features around one centre a person, and compares the labels."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    with tempfile.TemporaryDirectory(dir=values.folder) as name:
        folder = pathlib.Path(name)
        features = _features(values.rows, values.width)
        print(f"{values.rows:,} rows, width {values.width}, {values.shards} shards")
        task = _plan(features, folder, "workers-0", values.shards)
        start, busy = time.perf_counter(), time.process_time()
        expected = _on_one_machine(features, task)
        total, busy = time.perf_counter() - start, time.process_time() - busy
        print(f"one process: {total:.1f} s; CPU {busy:.1f} s (compilation included)")
        for num_workers in values.workers:
            task = _plan(features, folder, f"workers-{num_workers}", values.shards)
            _run(task, num_workers, expected)


def _run(
    task: plan.Plan, num_workers: int, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    """Runs all steps and prints the seconds of each phase."""
    with engine.local(num_workers) as client:
        execute = engine.executor(client)
        # Compiles, and lets workers import what they need.
        few = _plan(
            task.features()[:200],
            task.folder.parent,
            f"few-{num_workers}",
            2 * num_workers,
        )
        steps.run(few, list(steps.clustering(few)), execute, _quiet)
        todo = list(steps.clustering(task))
        before = client.run(time.process_time)
        start = time.perf_counter()
        steps.run(task, todo, execute, _quiet)
        total = time.perf_counter() - start
        busy = [t - before[name] for name, t in client.run(time.process_time).items()]
        peak = max(client.run(_peak_megabytes).values())
    found = (
        np.load(task.part("all-labels") / run.LABELS),
        np.load(task.part("all-prototypes") / run.PROTOTYPES),
    )
    same = all(map(np.array_equal, found, expected))
    seconds = steps.seconds(task, todo)
    phases = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items())
    print(
        f"{num_workers} workers: {total:.1f} s ({phases}); CPU {sum(busy):.1f} s, the "
        f"busiest worker {max(busy):.1f} s and at most {peak:,.0f} MB, mapped files "
        f"included; labels and prototypes {'the same' if same else 'DIFFER'}",
        flush=True,
    )


def _features(num_rows: int, width: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    num_persons = max(1, num_rows // _ROWS_OF_PERSON)
    features = generator.normal(size=(num_persons, width)).astype(np.float32)
    features = features[generator.integers(num_persons, size=num_rows)]
    for start in range(0, num_rows, 4096):
        some = features[start : start + 4096]
        some += generator.normal(scale=0.7, size=some.shape)
    return features


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
        eps=0.6,
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
    weights = jaccard.expanded_weights(features, neighbours, task.k1, task.k2)
    first, group = jaccard.distinct_rows(weights)
    limit = task.eps + pseudo_labels.DISTANCE_TOLERANCE
    distances = jaccard.distances(weights[first], limit)
    labels = pseudo_labels.cluster(distances, task.eps, task.min_samples, group)
    return labels, pseudo_labels.prototypes(features, labels)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _quiet(phase: str, done: int, total: int, left: str) -> None:
    """Says nothing of progress."""


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
