"""Exact nearest neighbours by a tree over the features' principal coordinates.

Features of skeletons vary along few directions: the first coordinates along their
principal axes tell nearly all of a distance, and never more than it. So a k-d tree over
8 coordinates rules most of the rows out by its boxes, 16 coordinates most of the rest,
64 nearly all but the neighbours; what is left is measured in float64 on the features
themselves.
"""

import dataclasses
from concurrent import futures

import numpy as np

from simmc_tf import cores, search_kernels, tree_kernels

# Coordinates of the boxes.
BOX = 8
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


@dataclasses.dataclass(frozen=True)
class Axes:
    """The principal axes of rows, and how to see rows along them.

    Distances between coordinates are those between rows or less.

    Attributes:
        mean: [H] float64 of all rows.
        exponent: of the power of 2 that divides coordinates, which rounds nothing and
            lets no square be too large.
        axes: [H, A] float64, A = min(64, H), those of the greatest variance first.
    """

    mean: np.ndarray
    exponent: int
    axes: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, mean: np.ndarray, largest: float) -> "Axes":
        """Axes of a sample of the rows.

        Args:
            features: [N, H] float32, which may be mapped.
            mean: [H] of them.
            largest: no number differs from its mean by more.
        """
        _, exponent = np.frexp(largest)
        sample = np.ldexp(features[:: -(-len(features) // _SAMPLE)] - mean, -exponent)
        _, axes = np.linalg.eigh(sample.T @ sample)
        return cls(mean, int(exponent), axes[:, ::-1][:, :_ALL])

    @property
    def scale(self) -> float:
        """By which squared distances of rows become like those of coordinates."""
        return 4.0**-self.exponent

    @property
    def rounding(self) -> float:
        """As for `search_kernels.rounding_error`."""
        return search_kernels.relative_rounding(self.axes.shape[1])

    @property
    def width(self) -> int:
        """Numbers that `coordinates` gives for a row, A + 1."""
        return self.axes.shape[1] + 1

    def coordinates(self, rows: np.ndarray) -> np.ndarray:
        """Sees some rows [n, H] along the axes.

        Returns:
            [n, A + 1] float32: the coordinates, and the length of the whole row, which
            float32's rounding may be as large as.
        """
        centred = np.ldexp(rows - self.mean, -self.exponent)
        lengths = np.sqrt(np.square(centred).sum(axis=1, keepdims=True))
        return np.hstack([centred @ self.axes, lengths]).astype(np.float32)

    def suit(self, features: np.ndarray, count: int) -> bool:
        """Whether few enough rows are left for this search to be the faster one.

        Tries some rows against a sample, in which neighbours are farther than among
        all, so that it rather says no.
        """
        rows = features[:: -(-len(features) // _TRIED_AMONG)]
        values = self.coordinates(rows)[:, :-1].astype(np.float64)
        tried = np.linspace(0, len(rows) - 1, _TRIED).astype(int)
        distances = self.scale * _squared_distances(
            rows[tried].astype(np.float64), rows.astype(np.float64)
        )
        count = min(count, len(rows)) - 1
        reach = np.partition(distances, count, axis=1)[:, count : count + 1]
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
        features: [N, H] float32, finite.
        count: how many, the row itself first; 2 to N.
        hints: [N, count] int32 different rows that are likely near, such as those
            found before the features moved a little; they save time and change
            nothing.

    Returns:
        [N, count] int32 row indices, nearest first; of equally far ones the lower index
        first. None where the features vary along too many directions.
    """
    mean = features.mean(axis=0, dtype=np.float64)
    largest = max(features.max() - mean.min(), mean.max() - features.min())
    with cores.multiplying() as (pool, _):
        axes = Axes.of(features, mean, largest)
        if not axes.suit(features, count):
            return None
        return _search(features, count, hints, axes, pool)


def _search(
    features: np.ndarray,
    count: int,
    hints: np.ndarray | None,
    axes: Axes,
    pool: futures.Executor,
) -> np.ndarray:
    num_rows = len(features)
    order, tree = _tree(features, axes, pool)
    if hints is None:
        hints = np.empty((num_rows, 0), np.int32)
    result = np.empty((num_rows, count), np.int32)

    def search(leaf: int) -> None:
        own = tree_kernels.places(leaf, num_rows)
        found = np.empty((own.stop - own.start, count), np.int32)
        tree.search(leaf, features, order, hints[order[own]], axes, found)
        result[order[own]] = found

    list(pool.map(search, range(len(tree.low))))
    return result


def _tree(
    features: np.ndarray, axes: Axes, pool: futures.Executor
) -> tuple[np.ndarray, "Leaves"]:
    """Rows in the tree's order, and its leaves."""
    values = np.empty((len(features), axes.width), np.float32)

    def rotate(start: int) -> None:
        part = slice(start, start + _ROWS_AT_ONCE)
        values[part] = axes.coordinates(features[part])

    list(pool.map(rotate, range(0, len(features), _ROWS_AT_ONCE)))
    order = tree_order(values[:, :BOX])
    return order, Leaves.of(values[order])


def tree_order(values: np.ndarray) -> np.ndarray:
    """Rows [N] by leaves of a k-d tree over values [N, C]; all full but the last."""
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


@dataclasses.dataclass(frozen=True)
class Leaves:
    """Coordinates in the tree's order, as `tree_kernels.search` takes them."""

    coarse: np.ndarray
    fine: np.ndarray
    lengths: np.ndarray
    columns: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Leaves":
        """Leaves of what `Axes.coordinates` gives, from the first row of a leaf on."""
        num_rows, leaf = len(values), tree_kernels.LEAF
        values, lengths = values[:, :-1], values[:, -1]
        num_leaves = -(-num_rows // leaf)
        coarse = values[:, :_COARSE]
        # As many columns as the kernel takes at a time, and rows of whole leaves.
        padded = np.zeros((num_leaves * leaf, -(-coarse.shape[1] // 4) * 4), np.float32)
        padded[:num_rows, : coarse.shape[1]] = coarse
        columns = np.empty((num_leaves, 1 + padded.shape[1], leaf), np.float32)
        squares = np.square(padded, dtype=np.float64).sum(axis=1)
        squares[num_rows:] = np.inf  # Far from all.
        columns[:, 0] = squares.reshape(num_leaves, leaf)
        blocks = padded.reshape(num_leaves, leaf, padded.shape[1])
        columns[:, 1:] = blocks.transpose(0, 2, 1)
        starts = np.arange(0, num_rows, leaf)
        boxed = values[:, :BOX]
        return cls(
            coarse=padded[:num_rows],
            fine=np.ascontiguousarray(values[:, _COARSE:]),
            lengths=lengths.copy(),
            columns=columns,
            low=np.minimum.reduceat(boxed, starts),
            high=np.maximum.reduceat(boxed, starts),
        )

    def search(
        self,
        leaf: int,
        features: np.ndarray,
        order: np.ndarray,
        hints: np.ndarray,
        axes: Axes,
        result: np.ndarray,
    ) -> None:
        """Finds the nearest rows of every row of a leaf.

        Args:
            leaf: which one; of all leaves, which these must be.
            features: [N, H] float32.
            order: [N] row at each place of the tree.
            hints: [n, K] different rows to begin with, for each of the leaf's rows; K
                may be 0.
            axes: of the coordinates.
            result: [n, count] int32, gets the rows nearest to those of the leaf.
        """
        apart = np.maximum(self.low[leaf] - self.high, self.low - self.high[leaf])
        gaps = np.square(np.maximum(apart, 0)).sum(axis=1)
        gaps[leaf] = -1  # It comes first: what it finds leaves little of the others.
        tree_kernels.search(
            *(leaf, features, order, self.coarse, self.fine, self.lengths),
            *(self.columns, self.low, self.high, hints, axes.scale, axes.rounding),
            *(gaps, np.argsort(gaps), result),
        )
