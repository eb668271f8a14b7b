"""Kinds of indices, how long they take and what they find."""

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from scripts.benchmarks import enrolled
from simmc_tf.gallery import index

KINDS = (LISTS, IVF, GRAPH) = ("lists", "ivf", "hnsw")
# Neighbours that are searched for.
TOP = 10
# Searches of a sequence alone that are timed.
ALONE = 50
HEADING = (
    f"{'rows':>9}  {'index':6}  {'lists':>6}  {'probed':>6}  {'make s':>8}  "
    f"{'alone ms':>8}  {'among ms':>8}  recall@1  recall@{TOP}  {'bytes':>13}"
)

Say = Callable[[str], None]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that some work takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def exact(walkers: enrolled.Walkers, say: Say) -> np.ndarray:
    """Prints a line on the exact index; gives the rows [M, 10] that it finds."""
    make, made = timed(lambda: index.exact(walkers.features))
    return _line("exact", walkers, made, None, make, say)


def lists(
    walkers: enrolled.Walkers,
    nearest: np.ndarray,
    count: int,
    probed: list[int],
    say: Say,
) -> Any:
    """Prints lines on the gallery's lists, and gives them."""
    vectors = walkers.features
    numbers = np.arange(len(vectors))
    make, made = timed(lambda: index.lists(vectors, numbers, count))
    _by_probed(LISTS, walkers, made, nearest, make, probed, say)
    return made


def inverted(
    walkers: enrolled.Walkers,
    nearest: np.ndarray,
    count: int,
    probed: list[int],
    say: Say,
) -> None:
    """Prints lines on the gallery's lists, but with the embeddings as they are."""
    import faiss

    vectors = walkers.features
    width = vectors.shape[1]
    whole = faiss.IndexIVFFlat(faiss.IndexFlatL2(width), width, count)
    whole.cp.niter, whole.cp.max_points_per_centroid = 10, 64

    def fill() -> None:
        whole.train(vectors)
        whole.add(vectors)

    make, _ = timed(fill)
    _by_probed(IVF, walkers, whole, nearest, make, probed, say)


def navigable(walkers: enrolled.Walkers, nearest: np.ndarray, say: Say) -> None:
    """Prints a line on a graph of 32 links a row, searched with 64 candidates."""
    import faiss

    graph = faiss.IndexHNSWFlat(walkers.features.shape[1], 32)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 80, 64
    make, _ = timed(lambda: graph.add(walkers.features))
    _line(GRAPH, walkers, graph, nearest, make, say)


def _by_probed(
    kind: str,
    walkers: enrolled.Walkers,
    made: Any,
    nearest: np.ndarray,
    make: float,
    probed: list[int],
    say: Say,
) -> None:
    for number in probed:
        made.nprobe = min(number, made.nlist)
        numbers = made.nlist, made.nprobe
        _line(kind, walkers, made, nearest, make, say, numbers)


def _line(
    kind: str,
    walkers: enrolled.Walkers,
    made: Any,
    nearest: np.ndarray | None,
    make: float,
    say: Say,
    numbers: tuple[Any, Any] = ("-", "-"),
) -> np.ndarray:
    """Prints a line on an index; gives the rows [M, 10] that it finds.

    Args:
        kind: of index.
        walkers: who is enrolled, and searched for.
        made: the index.
        nearest: rows [M, 10] that are right; None for those that it finds.
        make: seconds that it took to make.
        say: takes the line.
        numbers: of lists, and of those that are searched.
    """
    queries = walkers.queries
    made.search(queries[:8], TOP)
    alone = [
        timed(functools.partial(made.search, row[np.newaxis], TOP))[0]
        for row in queries[:ALONE]
    ]
    among, (_, found) = timed(lambda: made.search(queries, TOP))
    nearest = found if nearest is None else nearest
    first = np.mean(found[:, 0] == nearest[:, 0])
    ten = np.mean([np.isin(a, b).mean() for a, b in zip(nearest, found, strict=True)])
    size = 0

    def weigh(content: bytes) -> int:
        nonlocal size
        size += len(content)
        return len(content)

    index.save(made)(weigh)
    say(
        f"{len(walkers.features):9,}  {kind:6}  {numbers[0]:>6}  {numbers[1]:>6}  "
        f"{make:8.2f}  {1000 * statistics.median(alone):8.2f}  "
        f"{1000 * among / len(queries):8.3f}  {first:8.4f}  {ten:9.4f}  {size:13,}"
    )
    return found
