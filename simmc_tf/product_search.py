"""Exact nearest neighbours of rows among themselves, in half a matrix product.

A distance serves both its rows, so that only half of all pairs are multiplied, in
float32. That only screens: of each row some more candidates than are asked for are
measured again in float64, and a bound on float32's rounding tells whether another row
could be as near as they are; where it could, the row is searched again.
"""

import collections
from collections.abc import Callable
from concurrent import futures

import numpy as np

from simmc_tf import cores, search_kernels

_BLOCK = 1024
# Candidates beyond those that are asked for.
SLACK = 12
# Gives the nearest rows among rows [N, H], and the row itself or not: squared distances
# [N, K + 1], rising, as float32 has them, and int64 rows.
Screen = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def nearest(
    features: np.ndarray,
    count: int,
    hints: np.ndarray | None = None,
    screen: Screen | None = None,
) -> np.ndarray:
    """Finds every row's nearest rows by Euclidean distance in float64.

    Args:
        features: [N, H] float32, finite.
        count: how many, the row itself first; 2 to N.
        hints: [N, count] int32 different rows that are likely near, such as those
            found before the features moved a little; they save time and change
            nothing.
        screen: finds the candidates in place of the products here, as a GPU does; of
            rows, and how many to give, K + 1. Hints are of no use then.

    Returns:
        [N, count] int32 row indices, nearest first; of equally far ones the lower index
        first.
    """
    num_rows, width = features.shape
    num_kept = min(count - 1 + SLACK, num_rows - 1)
    with cores.multiplying() as (pool, num_threads):
        narrow, squares, scale = _centred(features)
        rounding = search_kernels.relative_rounding(width)
        farthest = np.where(squares < np.inf, np.float32(np.inf), np.float32(-np.inf))

        def each_part(work: Callable[[int, int], None]) -> None:
            bounds = np.linspace(0, num_rows, 8 * num_threads + 1).astype(int)
            list(pool.map(work, bounds[:-1], bounds[1:]))

        if hints is not None and screen is None:
            each_part(
                lambda first, last: search_kernels.limit(
                    *(first, last, features, squares, hints),
                    *(scale, rounding, farthest),
                )
            )
        limits = farthest[:num_rows].copy()
        if screen is None:
            distances, candidates = _screened(
                (narrow, squares, farthest), num_rows, num_kept, pool, num_threads
            )
        else:
            distances, candidates = _others(*screen(narrow[:num_rows], num_kept + 1))
        result = np.empty((num_rows, count), np.int32)
        unsure = np.zeros(num_rows, np.float64)
        each_part(
            lambda first, last: search_kernels.verify(
                *(first, last, features, squares, distances, candidates, limits),
                *(scale, rounding, result, unsure),
            )
        )
        again = np.flatnonzero(unsure)
        list(
            pool.map(
                lambda start: _search_again(
                    again[start : start + _BLOCK],
                    unsure,
                    features,
                    narrow,
                    squares,
                    scale,
                    result,
                ),
                range(0, len(again), _BLOCK),
            )
        )
    return result


def _centred(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Rows about their mean and their squared lengths, whole chunks of them.

    Distances stay, products and with them their rounding get smaller; then all are
    divided by a power of 2, which rounds nothing and lets no square be too large. Rows
    behind the last are infinitely far from all.

    Returns:
        [padded, H] and [padded] float32, and 1 over the square of the divisor.
    """
    num_rows, width = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    parts = [slice(s, min(s + _BLOCK, num_rows)) for s in range(0, num_rows, _BLOCK)]
    _, exponent = np.frexp(max(np.abs(features[part] - mean).max() for part in parts))
    padded = -(-num_rows // search_kernels.CHUNK) * search_kernels.CHUNK
    narrow = np.zeros((padded, width), np.float32)
    squares = np.full(padded, np.inf, np.float32)
    for part in parts:
        wide = np.ldexp(features[part] - mean, -exponent)
        narrow[part] = wide
        squares[part] = np.square(wide).sum(axis=1)
    return narrow, squares, 4.0 ** -int(exponent)


def _pairs(padded: int) -> collections.deque[tuple[int, int]]:
    """First rows of the pairs of blocks, from which every thread takes the next."""
    starts = range(0, padded, _BLOCK)
    return collections.deque((a, b) for a in starts for b in starts if b >= a)


def _screened(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
    num_rows: int,
    num_kept: int,
    pool: futures.Executor,
    num_threads: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest candidates [N, threads, K] of each row, by all threads.

    Args:
        rows: as `_screen` takes them, with their squared lengths and limits.
        num_rows: N.
        num_kept: K.
        pool: of threads.
        num_threads: of the pool.
    """
    pairs = _pairs(len(rows[0]))
    try:
        found = pool.map(
            lambda _: _screen(*rows, num_rows, num_kept, pairs), range(num_threads)
        )
        distances, candidates = zip(*found, strict=True)
    finally:
        pairs.clear()  # Ctrl-C: the threads have nothing more to do.
    return np.stack(distances, axis=1), np.stack(candidates, axis=1)


def _others(
    distances: np.ndarray, candidates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Those [N, 1, K] of K + 1 that are not the row itself, or all but the last."""
    own = candidates == np.arange(len(candidates))[:, np.newaxis]
    own[~own.any(axis=1), -1] = True
    shape = (len(candidates), 1, candidates.shape[1] - 1)
    return (
        np.ascontiguousarray(distances[~own].reshape(shape), np.float32),
        candidates[~own].reshape(shape).astype(np.int32),
    )


def _screen(
    narrow: np.ndarray,
    squares: np.ndarray,
    farthest: np.ndarray,
    num_rows: int,
    num_kept: int,
    pairs: collections.deque[tuple[int, int]],
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest candidates [N, K] of each row among the pairs that a thread takes.

    Args:
        narrow: [padded, H].
        squares: [padded] of their lengths.
        farthest: [padded] beyond which no candidate of a row lies; all threads use and
            lower it. Whichever writes last, K candidates are nearer than what it says.
        num_rows: N.
        num_kept: K.
        pairs: of blocks; all threads take from them.
    """
    distances = np.full((num_rows, num_kept), np.inf, np.float32)
    candidates = np.full((num_rows, num_kept), -1, np.int32)
    buffer = np.empty(_BLOCK * _BLOCK, np.float32)
    while True:
        try:
            first, second = pairs.popleft()
        except IndexError:
            return distances, candidates
        rows, columns = slice(first, first + _BLOCK), slice(second, second + _BLOCK)
        left, right = 2 * narrow[rows], narrow[columns]
        products = buffer[: len(left) * len(right)].reshape(len(left), len(right))
        np.matmul(left, right.T, out=products)
        search_kernels.keep(
            *(products, squares[rows], squares[columns], first, second),
            *(farthest, distances, candidates),
        )


def _search_again(
    rows: np.ndarray,
    limits: np.ndarray,
    features: np.ndarray,
    narrow: np.ndarray,
    squares: np.ndarray,
    scale: float,
    result: np.ndarray,
) -> None:
    """Measures in float64 all that float32 does not rule out."""
    products = 2 * narrow[rows] @ narrow[: len(features)].T
    search_kernels.measure(
        rows, limits[rows], products, features, squares, scale, result
    )
