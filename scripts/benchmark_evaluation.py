"""Seconds and memory of matching probes: python -m scripts.benchmark_evaluation."""

import resource
import statistics
import time

import numpy as np
from absl import flags

from flags import entry
from simmc_tf import cores, evaluation

# Enough to time a product, and no more memory than what is timed.
_ROWS, _COLUMNS = 1024, 8192


def define(values: flags.FlagValues) -> None:
    """Defines the flags; the defaults are KGBD's."""
    for name, default, text in (
        ("gallery", 11_015, "sequences to search"),
        ("probes", 5_630, "sequences to search for"),
        ("persons", 164, "who walks in them"),
        ("width", 256, "of a feature"),
        ("runs", 5, "to take the median of"),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=values)


def main(argv: list[str]) -> None:
    """Times the evaluation of random features."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(values.persons, values.width))

    def walkers(count: int) -> tuple[np.ndarray, np.ndarray]:
        persons = generator.integers(values.persons, size=count)
        features = np.empty((count, values.width), np.float32)
        for start in range(0, count, 4096):
            shown = centres[persons[start : start + 4096]]
            noise = generator.normal(scale=2.5, size=shown.shape)
            features[start : start + 4096] = shown + noise
        return features, persons

    gallery, probe = walkers(values.gallery), walkers(values.probes)
    few = slice(300)
    evaluation.evaluate(  # Compiles.
        gallery[0][few], gallery[1][few], probe[0][few], probe[1][few]
    )
    before = _peak_megabytes()
    seconds = []
    for _ in range(values.runs):
        start = time.perf_counter()
        scores = evaluation.evaluate(*gallery, *probe)
        seconds.append(time.perf_counter() - start)
    used = _peak_megabytes() - before
    product = _product_seconds(gallery[0], probe[0], values.runs)
    print(
        f"{values.probes:,} probes, gallery {values.gallery:,}, width {values.width}, "
        f"{cores.count()} cores: top-1 {scores.top1:.4f}, mAP {scores.mean_ap:.4f}"
    )
    listed = " ".join(f"{s:.2f}" for s in seconds)
    median = statistics.median(seconds)
    print(f"median {median:.2f} s ({listed})")
    ratio = median / product
    print(f"their product in float64 alone: {product:.2f} s (ratio {ratio:.2f})")
    print(
        f"memory: {used:.0f} MB more than the {before:.0f} MB of program and features"
    )


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _product_seconds(gallery: np.ndarray, probe: np.ndarray, runs: int) -> float:
    """Median seconds of as many multiplications alone, in one matrix product."""
    columns = gallery[:_COLUMNS].astype(np.float64).T
    rows = probe[:_ROWS].astype(np.float64)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        rows @ columns
        seconds.append(time.perf_counter() - start)
    share = columns.shape[1] * len(rows) / (len(gallery) * len(probe))
    return statistics.median(seconds) / share


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
