"""Exact neighbours by pairs of shards, for features that no tree suits.

As in `product_search`, products in float32 screen and a bound on their rounding tells
what must be measured in float64; here each list is exact at all times. Shards stand in
a ring. In every round each shard meets all that are up to twice as far in the ring as
those that it has met, and what it knows from them rules out nearly all others; so a
row hands on about `num_neighbours` rows a round, however many shards there are.
"""

import numpy as np
import threadpoolctl

from simmc_tf import search_kernels, tree_search
from simmc_tf.sharded import axes, pair_kernels, parts, plan

_BLOCK = 1024

Pair = tuple[int, int]


def rounds(num_shards: int) -> list[list[Pair]]:
    """The pairs a <= b of shards in each round; each pair once."""
    result = [[(a, a) for a in range(num_shards)]]
    nearest = 1
    while nearest <= num_shards // 2:
        steps = range(nearest, min(2 * nearest, num_shards // 2 + 1))
        met = [
            (a, (a + step) % num_shards) for step in steps for a in range(num_shards)
        ]
        result.append(sorted({(min(pair), max(pair)) for pair in met}))
        nearest *= 2
    return result


def pair(task: plan.Plan, a: int, b: int, *, turn: int) -> dict[str, np.ndarray]:
    """Rows of two shards that are nearer to each other than what either knows.

    Memory beside mapped files: 4 H + 26 K + 32 bytes for each row of the two shards,
    of K = `num_neighbours` - 1, and 8 MB.

    Args:
        task: the plan.
        a: a shard.
        b: a shard, the same or another.
        turn: the round, counted from 0.

    Returns:
        For `a`, and for `b` if it is another: `counts_a` [n], and that many of
        `index_a` (int32 rows) and `distances_a` (float64, squared), row by row.
    """
    features = task.features()
    scaling = axes.of(task)
    rounding = search_kernels.relative_rounding(features.shape[1])
    constants = scaling.scale, rounding
    shards = (a,) if a == b else (a, b)
    rows = [_scaled(features, *task.rows(shard), scaling) for shard in shards]
    sides = [
        _side(task, turn, shard, narrow, constants)
        for shard, narrow in zip(shards, rows, strict=True)
    ]
    if task.num_neighbours > 1:
        with threadpoolctl.threadpool_limits(1, "blas"):
            _screen(features, constants, (rows[0], rows[-1]), (sides[0], sides[-1]))
    result = {}
    for name, side in zip("ab", sides, strict=False):
        found = side[4] != pair_kernels.NOBODY
        result[f"counts_{name}"] = found.sum(axis=1, dtype=np.int32)
        result[f"distances_{name}"] = side[3][found]
        result[f"index_{name}"] = side[4][found]
    return result


def nearest(task: plan.Plan, shard: int, *, turn: int) -> dict[str, np.ndarray]:
    """The nearest rows of a shard among all that it has met, itself left out.

    Returns:
        `distances` [n, K] float64, squared, ascending, inf where it has met fewer, and
        `index` [n, K] int32.
    """
    distances, index = (np.array(known) for known in _known(task, turn, shard))
    for a, b in rounds(task.num_shards)[turn]:
        if shard in (a, b) and index.size:
            folder = task.part(f"pairs-{turn}", a, b)
            name = "a" if shard == a else "b"
            pair_kernels.merge(
                parts.read(folder, f"counts_{name}"),
                parts.read(folder, f"distances_{name}"),
                parts.read(folder, f"index_{name}"),
                distances,
                index,
            )
    return {"distances": distances, "index": index}


def lists(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """The nearest rows of a shard [n, count] int32, each row itself first."""
    _, index = _known(task, len(rounds(task.num_shards)), shard)
    first, last = task.rows(shard)
    own = np.arange(first, last, dtype=np.int32)
    return {"neighbours": np.column_stack([own, index])}


def _known(task: plan.Plan, turn: int, shard: int) -> tuple[np.ndarray, np.ndarray]:
    """What a shard knows before a round: [n, K] distances and rows."""
    if turn > 0:
        folder = task.part(f"nearest-{turn - 1}", shard)
        return parts.read(folder, "distances"), parts.read(folder, "index")
    first, last = task.rows(shard)
    shape = (last - first, task.num_neighbours - 1)
    return np.full(shape, np.inf), np.full(shape, pair_kernels.NOBODY)


def _scaled(
    features: np.ndarray, first: int, last: int, scaling: tree_search.Axes
) -> np.ndarray:
    """[n, H] float32 rows about the mean, divided by a power of 2, none above 1."""
    narrow = np.empty((last - first, features.shape[1]), np.float32)
    for piece in parts.pieces(first, last):
        narrow[piece.start - first : piece.stop - first] = np.ldexp(
            features[piece] - scaling.mean, -scaling.exponent
        )
    return narrow


def _side(
    task: plan.Plan,
    turn: int,
    shard: int,
    narrow: np.ndarray,
    constants: tuple[float, float],
) -> tuple:
    """What `pair_kernels.screen` is to know of a shard, its lists empty."""
    squares = np.einsum("ij,ij->i", narrow, narrow, dtype=np.float64)
    squares = squares.astype(np.float32)
    distances, index = _known(task, turn, shard)
    if index.shape[1]:
        farthest, last = distances[:, -1].copy(), index[:, -1].copy()
    else:
        farthest, last = np.zeros(len(index)), np.zeros(len(index), np.int32)
    limit = np.empty(len(narrow), np.float32)
    pair_kernels.limits(squares, farthest, *constants, limit)
    return (
        *(task.rows(shard)[0], squares, limit),
        np.full(index.shape, np.inf),
        np.full(index.shape, pair_kernels.NOBODY),
        *(farthest, last),
    )


def _screen(
    features: np.ndarray,
    constants: tuple[float, float],
    rows: tuple[np.ndarray, np.ndarray],
    sides: tuple[tuple, tuple],
) -> None:
    """Multiplies two shards block by block."""
    same = sides[0] is sides[1]
    buffer = np.empty(_BLOCK * _BLOCK, np.float32)
    for first in range(0, len(rows[0]), _BLOCK):
        for second in range(first if same else 0, len(rows[1]), _BLOCK):
            left, right = 2 * rows[0][first:][:_BLOCK], rows[1][second:][:_BLOCK]
            products = buffer[: len(left) * len(right)].reshape(len(left), len(right))
            np.matmul(left, right.T, out=products)
            pair_kernels.screen(
                products,
                features,
                constants,
                same and first == second,
                _block(sides[0], first),
                _block(sides[1], second),
            )


def _block(side: tuple, start: int) -> tuple:
    """The same of some rows of a side; the arrays are views."""
    return (side[0] + start, *(array[start:][:_BLOCK] for array in side[1:]))
