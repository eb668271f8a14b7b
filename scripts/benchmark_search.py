"""Exact neighbours here and by faiss's search: python -m scripts.benchmark_search."""

import resource
import time

import faiss
import numpy as np
from absl import flags

from flags import entry
from simmc_tf import cores, exact_search

_COUNT = 20
_PERSONS = 164


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_integer(
        "rows",
        [17_000],
        "features to search among; may be repeated",
        flag_values=values,
    )
    flags.DEFINE_integer("width", 256, "of a feature", flag_values=values)


def main(argv: list[str]) -> None:
    """Times both searches among random features around one centre a person."""
    entry.expect_no_arguments(argv)
    width = flags.FLAGS.width
    print(f"{_COUNT} neighbours, width {width}, {cores.count()} cores; seconds")
    print("     rows    here  moved   faiss  same rows  peak memory")
    for num_rows in flags.FLAGS.rows:
        generator = np.random.default_rng(0)
        centres = generator.normal(size=(_PERSONS, width)).astype(np.float32)
        features = centres[generator.integers(_PERSONS, size=num_rows)]
        features += generator.normal(size=features.shape).astype(np.float32)
        exact_search.nearest(features[:500], min(_COUNT, num_rows))  # Compiles.
        start = time.perf_counter()
        found = exact_search.nearest(features, min(_COUNT, num_rows))
        here = time.perf_counter()
        features += 0.05 * generator.normal(size=features.shape).astype(np.float32)
        begin = time.perf_counter()
        found = exact_search.nearest(features, min(_COUNT, num_rows), found)
        moved = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        _, theirs = faiss.knn(features, features, min(_COUNT, num_rows))
        end = time.perf_counter()
        same = (np.sort(found, axis=1) == np.sort(theirs, axis=1)).all(axis=1).mean()
        seconds = f"{here - start:7.2f} {moved - begin:6.2f} {end - moved:7.2f}"
        print(f"{num_rows:9,} {seconds}  {same:9.5f} {peak:9,.0f} MB", flush=True)


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
