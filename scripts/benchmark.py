"""Seconds an epoch by phase, and peak memory: python -m scripts.benchmark."""

import pathlib
import resource
import statistics
import tempfile
import time

import numpy as np
from absl import flags

from flags import entry
from scripts import peer_data
from simmc_tf import startup

_LABELLING = ("features", "neighbours", "jaccard", "dbscan", "prototypes")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_enum(
        "data", "kgbd", list(peer_data.PEERS), "which data set", flag_values=values
    )
    flags.DEFINE_integer(
        "epochs", 5, "epochs to take the median of", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Trains and prints the median of every phase over the epochs."""
    entry.expect_no_arguments(argv)
    print(startup.prepare(0))
    from simmc_tf import experiment

    peer = peer_data.PEERS[flags.FLAGS.data]
    data = peer.load()
    config = peer.config(epochs=flags.FLAGS.epochs)
    with tempfile.TemporaryDirectory() as folder:
        result = experiment.train(data, config, pathlib.Path(folder), {})
    # Row 0 is the untrained model, with the compilation of everything.
    epochs = result.run.seconds[1:]
    medians = {
        phase: statistics.median(epoch.get(phase, 0.0) for epoch in epochs)
        for phase in epochs[0]
    }
    total = medians["total"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    search = _search_seconds(len(data.train), config.H, config.k1)
    print(f"\n{flags.FLAGS.data}: medians over {len(epochs)} epochs, seconds")
    for phase, seconds in medians.items():
        print(f"  {phase:12} {seconds:7.2f}")
    labelling = sum(medians[phase] for phase in _LABELLING)
    print(f"  faiss's search of {len(data.train):,} x {config.H} alone: {search:.2f}")
    print(f"  pseudo-labelling / two of those: {labelling / (2 * search):.2f}")
    print(f"  epoch / two of those: {total / (2 * search):.2f}")
    print(f"peak memory of the whole run: {peak:.2f} GiB")


def _search_seconds(num_rows: int, width: int, count: int) -> float:
    """Median of three exact searches by faiss on the CPU, among random rows."""
    import faiss  # Not before TensorFlow is set up.

    rows = np.random.default_rng(0).normal(size=(num_rows, width)).astype(np.float32)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        faiss.knn(rows, rows, count)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
