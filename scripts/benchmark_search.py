"""Neighbour searches side by side: python -m scripts.benchmark_search."""

import resource
import time
from collections.abc import Callable

import numpy as np
from absl import flags

from flags import entry
from scripts.benchmarks import walkers
from simmc_tf import config as configs
from simmc_tf import cores, jaccard, product_search, pseudo_labels, startup

# Rows whose lists are compared.
_COMPARED = 5000


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_integer(
        "rows",
        [17_000],
        "features to search among; may be repeated",
        flag_values=values,
    )
    flags.DEFINE_multi_enum(
        "beside",
        ["product", "faiss"],
        ["product", "faiss", "ivf", "hnsw"],
        "searches to compare with: our half matrix product, and faiss's exact one, "
        "inverted lists and navigable graph; may be repeated",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Times searches among features that an untrained encoder makes of walkers."""
    entry.expect_no_arguments(argv)
    startup.prepare(-1)
    from simmc_tf import exact_search  # Not before TensorFlow is set up.

    config = configs.Config(eps=0.6)
    exact_search.nearest(walkers.features(2000, config), config.k1)  # Compiles.
    print(
        f"{config.k1} neighbours, width {config.H}, {cores.count()} cores; wall s, CPU "
        "s; share of the same neighbours; AMI of the pseudo-labels with the exact ones"
    )
    for num_rows in flags.FLAGS.rows:
        features = walkers.features(num_rows, config)
        here = _timed(num_rows, "here", exact_search.nearest, features, config.k1)
        before = features + np.float32(0.02) * features.std(axis=0) * _noise(features)
        hints = exact_search.nearest(before, config.k1)
        del before
        _timed(
            *(num_rows, "here, again", exact_search.nearest),
            *(features, config.k1, hints),
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{num_rows:9,}  peak memory so far {peak:.2f} GB", flush=True)
        labels = _labels(features, here, config)
        for name in flags.FLAGS.beside:
            found = _timed(num_rows, name, _SEARCHES[name], features, config.k1, end="")
            same = _same(here, found)
            agreement = _agreement(labels, _labels(features, found, config))
            print(f"  {same:.4f}  {agreement:.3f}", flush=True)


def _noise(features: np.ndarray) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.standard_normal(size=features.shape, dtype=np.float32)


def _timed(
    num_rows: int,
    name: str,
    search: Callable[..., np.ndarray],
    *arguments: object,
    end: str = "\n",
) -> np.ndarray:
    wall, cpu = time.perf_counter(), time.process_time()
    found = search(*arguments)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{num_rows:9,}  {name:12} {wall:8.2f} {cpu:8.2f}", end=end, flush=True)
    return found


def _exact(features: np.ndarray, count: int) -> np.ndarray:
    import faiss

    return faiss.knn(features, features, count)[1].astype(np.int32)


def _inverted_lists(features: np.ndarray, count: int) -> np.ndarray:
    """16 of 4 sqrt(N) lists looked at, which finds some 0.97 of 100,000 rows' lists."""
    import faiss

    width = features.shape[1]
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatL2(width), width, int(4 * np.sqrt(len(features)))
    )
    index.cp.niter, index.cp.max_points_per_centroid = 10, 64
    index.train(features)
    index.add(features)
    index.nprobe = 16
    return index.search(features, count)[1].astype(np.int32)


def _graph(features: np.ndarray, count: int) -> np.ndarray:
    """16 links a row, 32 candidates: finds some 0.98 of 100,000 rows' lists."""
    import faiss

    index = faiss.IndexHNSWFlat(features.shape[1], 16)
    index.hnsw.efConstruction, index.hnsw.efSearch = 40, 32
    index.add(features)
    return index.search(features, count)[1].astype(np.int32)


_SEARCHES = {
    "product": product_search.nearest,
    "faiss": _exact,
    "ivf": _inverted_lists,
    "hnsw": _graph,
}


def _same(expected: np.ndarray, found: np.ndarray) -> float:
    """Share of some rows' neighbours that were found."""
    rows = np.linspace(0, len(found) - 1, min(_COMPARED, len(found))).astype(int)
    return float(
        np.mean(
            [len(np.intersect1d(expected[r], found[r])) / found.shape[1] for r in rows]
        )
    )


def _labels(
    features: np.ndarray, nearest: np.ndarray, config: configs.Config
) -> np.ndarray:
    # Where an approximate search finds too few it says -1.
    own = np.arange(len(nearest), dtype=np.int32)[:, np.newaxis]
    nearest = np.where(nearest < 0, own, nearest)
    limit = config.eps + pseudo_labels.DISTANCE_TOLERANCE
    distances, group = jaccard.distinct_distances(
        features, nearest, config.k1, config.k2, limit
    )
    return pseudo_labels.cluster(distances, config.eps, config.min_samples, group)


def _agreement(expected: np.ndarray, found: np.ndarray) -> float:
    """AMI over the rows that both cluster.

    Expected mutual information costs the product of the numbers of clusters: beyond
    some thousands a sample of the rows has to do.
    """
    import sklearn.metrics

    both = np.flatnonzero((expected >= 0) & (found >= 0))
    if len(both) > 20_000:
        both = np.random.default_rng(0).choice(both, 20_000, replace=False)
    return float(
        sklearn.metrics.adjusted_mutual_info_score(expected[both], found[both])
    )


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
