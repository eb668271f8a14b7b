"""Exact nearest neighbours by a tree over the features' principal coordinates.

Features of skeletons vary along few directions: the first coordinates along their
principal axes tell nearly all of a distance, and never more than it. So a k-d tree over
8 coordinates rules most of the rows out by its boxes, 16 coordinates most of the rest,
64 nearly all but the neighbours; what is left is measured in float64 on the features
themselves.
"""

from concurrent import futures

import numpy as np

from simmc_tf import cores, tree_kernels

_BOX = 8
_COARSE = 16
_ALL = 64
# Rows whose principal axes stand for those of all.
_SAMPLE = 4096
_ROWS_AT_ONCE = 4096
# Rows that the suitability is tried on, and rows among which.
_TRIED = 32
_TRIED_AMONG = 8192
# Rows that may be left after the coarse and after all coordinates, as a share of all:
# with more the half product of `product_search` is faster.
_MOST_COARSE = 0.05
_MOST_ALL = 0.02
# Rounding unit of float32.
_UNIT = 2.0**-24


class Coordinates:
    """Rows about their mean, along their principal axes.

    Distances between coordinates are those between rows or less. They are divided by a
    power of 2, which rounds nothing and lets no square be too large.

    Args:
        features: [N, H] float32, finite.

    Attributes:
        values: [N, A] float32, A = min(64, H), the principal axes first.
        scale: by which squared distances of the features are multiplied to be like
            those of the coordinates.
    """

    def __init__(self, features: np.ndarray, pool: futures.Executor) -> None:
        num_rows, width = features.shape
        mean = features.mean(axis=0, dtype=np.float64)
        sample = features[:: -(-num_rows // _SAMPLE)] - mean
        largest = max(
            abs(features.max() - mean.min()), abs(mean.max() - features.min())
        )
        _, exponent = np.frexp(largest)
        sample = np.ldexp(sample, -exponent)
        _, axes = np.linalg.eigh(sample.T @ sample)
        axes = axes[:, ::-1][:, : min(_ALL, width)]
        self.values = np.empty((num_rows, axes.shape[1]), np.float32)
        self.scale = 4.0 ** -int(exponent)

        def rotate(start: int) -> None:
            part = slice(start, start + _ROWS_AT_ONCE)
            centred = np.ldexp(features[part] - mean, -exponent)
            self.values[part] = centred @ axes

        list(pool.map(rotate, range(0, num_rows, _ROWS_AT_ONCE)))

    def suit(self, features: np.ndarray, count: int) -> bool:
        """Whether few enough rows are left for this search to be the faster one.

        Tries some rows against a sample, in which neighbours are farther than among
        all, so that it rather says no.
        """
        step = -(-len(features) // _TRIED_AMONG)
        values = self.values[::step].astype(np.float64)
        rows = features[::step].astype(np.float64)
        tried = np.linspace(0, len(rows) - 1, _TRIED).astype(int)
        nearest = self.scale * _squared_distances(rows[tried], rows)
        count = min(count, len(rows)) - 1
        reach = np.partition(nearest, count, axis=1)[:, count : count + 1]
        coarse = _squared_distances(values[tried, :_COARSE], values[:, :_COARSE])
        fine = coarse + _squared_distances(values[tried, _COARSE:], values[:, _COARSE:])
        least = len(tried) * (count + 1)
        return bool(
            np.count_nonzero(coarse <= reach) - least <= _MOST_COARSE * coarse.size
            and np.count_nonzero(fine <= reach) - least <= _MOST_ALL * fine.size
        )


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squares = np.square(a).sum(axis=1)[:, np.newaxis] + np.square(b).sum(axis=1)
    return squares - 2 * a @ b.T


def nearest(
    features: np.ndarray, count: int, hints: np.ndarray | None = None
) -> np.ndarray | None:
    """Finds every row's nearest rows by Euclidean distance in float64.

    Args:
        features: [N, H] float32, finite, no two rows equal (copies would all be
            measured).
        count: how many, the row itself first; 2 to N.
        hints: [N, count] int32 different rows that are likely near, such as those
            found before the features moved a little; they save time and change
            nothing.

    Returns:
        [N, count] int32 row indices, nearest first; of equally far ones the lower index
        first. None where the features vary along too many directions.
    """
    with cores.multiplying() as (pool, _):
        coordinates = Coordinates(features, pool)
        if not coordinates.suit(features, count):
            return None
        return _search(features, count, hints, coordinates, pool)


def _search(
    features: np.ndarray,
    count: int,
    hints: np.ndarray | None,
    coordinates: Coordinates,
    pool: futures.Executor,
) -> np.ndarray:
    num_rows = len(features)
    order = _tree_order(coordinates.values[:, :_BOX])
    values = coordinates.values[order]
    coarse, columns, squares = _leaves(values[:, :_COARSE])
    fine = np.ascontiguousarray(values[:, _COARSE:])
    low, high = _boxes(values[:, :_BOX])
    rounding = (values.shape[1] + 16) * _UNIT
    scale = coordinates.scale
    limits = np.full(num_rows, np.inf)
    starts = range(0, num_rows, tree_kernels.LEAF)
    if hints is not None:
        list(
            pool.map(
                lambda first: tree_kernels.limit(
                    *(first, min(first + tree_kernels.LEAF, num_rows)),
                    *(features, order, squares, hints, scale, rounding, limits),
                ),
                starts,
            )
        )
    result = np.empty((num_rows, count), np.int32)
    list(
        pool.map(
            lambda leaf: tree_kernels.search(
                *(leaf, features, order, coarse, fine, columns, low, high),
                *(limits, scale, rounding, result),
            ),
            range(len(starts)),
        )
    )
    return result


def _tree_order(values: np.ndarray) -> np.ndarray:
    """Rows [N] by leaves of a k-d tree, each full but the last."""
    leaf = tree_kernels.LEAF
    parts = []
    stack = [np.arange(len(values))]
    while stack:
        rows = stack.pop()
        if len(rows) <= leaf:
            parts.append(rows)
            continue
        own = values[rows]
        along = own[:, own.var(axis=0).argmax()]
        half = -(-len(rows) // leaf) // 2 * leaf
        split = np.argpartition(along, half)
        stack += [rows[split[half:]], rows[split[:half]]]
    return np.concatenate(parts)


def _leaves(coarse: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coarse rows as the kernels take them.

    Returns:
        [N, A] with A a multiple of 4, [leaves, 1 + A, LEAF] squared lengths and
        columns, and [N] squared lengths.
    """
    num_rows, width = coarse.shape
    leaf = tree_kernels.LEAF
    num_leaves = -(-num_rows // leaf)
    padded = np.zeros((num_leaves * leaf, -(-width // 4) * 4), np.float32)
    padded[:num_rows, :width] = coarse
    squares = np.square(padded, dtype=np.float64).sum(axis=1).astype(np.float32)
    squares[num_rows:] = np.inf
    columns = np.empty((num_leaves, 1 + padded.shape[1], leaf), np.float32)
    columns[:, 0] = squares.reshape(num_leaves, leaf)
    columns[:, 1:] = padded.reshape(num_leaves, leaf, -1).transpose(0, 2, 1)
    return padded[:num_rows], columns, squares[:num_rows]


def _boxes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest [leaves, C] coordinates of every leaf."""
    starts = np.arange(0, len(values), tree_kernels.LEAF)
    return np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
