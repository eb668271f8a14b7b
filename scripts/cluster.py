"""Clusters more sequences than one machine can: python -m scripts.cluster.

    python -m scripts.cluster --input FOLDER --model ReID_Models/KGBD/probe \
        --output clusters --workers 2

The labels are those that one machine finds. docs/clusters.md tells of clusters.
"""

from flags import quiet  # noqa: F401

# isort: split

import contextlib
from collections.abc import Iterator

from absl import flags

from flags import cluster as cluster_flags
from flags import entry
from simmc_tf import meter
from simmc_tf.sharded import engine, run, steps, tally


def main(argv: list[str]) -> None:
    """Clusters what the command line names, or goes on with it."""
    entry.expect_no_arguments(argv)
    options = cluster_flags.read(flags.FLAGS)
    task = options.plan
    print(
        f"{task.num_rows:,} rows in {task.num_shards} shards; results and parts in "
        f"{task.folder}",
        flush=True,
    )
    summary = run.run(task, lambda: _workers(options), report(), options.features_only)
    if summary is None:
        print(f"features: {task.folder / 'features' / 'features.npy'}")
        return
    print(
        f"{summary['clusters']:,} clusters, {summary['outliers']:,} outliers; written: "
        f"{', '.join((run.LABELS, run.PROTOTYPES, run.SUMMARY))}"
    )


def report() -> tally.Report:
    """A meter for each phase."""
    meters: dict[str, meter.Meter] = {}

    def say(phase: str, done: int, total: int, left: str) -> None:
        if phase not in meters:
            meters[phase] = meter.Meter(phase, "parts")
        meters[phase](done, total, left)

    return say


@contextlib.contextmanager
def _workers(options: cluster_flags.Options) -> Iterator[steps.Execute]:
    with (
        engine.local(options.num_workers)
        if options.scheduler is None
        else engine.remote(options.scheduler)
    ) as client:
        yield engine.executor(client)


if __name__ == "__main__":
    cluster_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(cluster_flags)
    entry.run(main)
