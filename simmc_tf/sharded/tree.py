"""Exact neighbours by a tree over all shards' rows, as `tree_search` finds them.

Of rows that are equal the tree has the first alone. A row's place is where it stands in
the order of the tree; what is computed by place is shared out by whole leaves, each of
which is searched among all.
"""

import dataclasses

import numpy as np
import threadpoolctl

from simmc_tf import copies, tree_kernels, tree_search
from simmc_tf.sharded import axes, parts, plan

# Arrays of the leaves.
LEAVES = tuple(field.name for field in dataclasses.fields(tree_search.Leaves))


def coordinates(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Coordinates along the principal axes of a shard's distinct rows.

    Returns:
        `values` [m, A + 1] float32, and the first of them, `boxed` [m, C].
    """
    features, along = task.features(), axes.of(task)
    every = parts.read(task.part("copies"), "first")
    first = every[slice(*np.searchsorted(every, task.rows(shard)))]
    values = np.empty((len(first), along.width), np.float32)
    with threadpoolctl.threadpool_limits(1, "blas"):
        for piece in parts.pieces(0, len(first)):
            values[piece] = along.coordinates(features[first[piece]])
    return {"values": values, "boxed": values[:, : tree_search.BOX].copy()}


def tree(task: plan.Plan) -> dict[str, np.ndarray]:
    """The order of the tree. Memory: some 80 bytes a row.

    Returns:
        `order` [M] int32, the distinct row at each place; `rows` [M], its number among
        all; `places` [M] of the distinct rows.
    """
    boxed = parts.read(task.part("all-coordinates"), "boxed")
    order = tree_search.tree_order(boxed).astype(np.int32)
    places = np.empty_like(order)
    places[order] = np.arange(len(order), dtype=np.int32)
    rows = parts.read(task.part("copies"), "first")[order]
    return {"order": order, "rows": rows, "places": places}


def leaves(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """As many of the leaves as belong to each shard, as `tree_search.Leaves`."""
    order = parts.read(task.part("tree"), "order")
    values = parts.read(task.part("all-coordinates"), "values")
    first, last = (leaf * tree_kernels.LEAF for leaf in _leaves(task, shard))
    made = tree_search.Leaves.of(values[order[first:last]])
    return {name: getattr(made, name) for name in LEAVES}


def nearest(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Neighbours of the rows in some leaves among all distinct rows.

    Memory beside mapped files: 4 K bytes a place, and some 100 bytes a leaf of all.

    Returns:
        `nearest` [n, K] int32 rows by place, K = min(`num_neighbours`, M).
    """
    features = task.features()
    rows = parts.read(task.part("tree"), "rows")
    made = tree_search.Leaves(
        *(parts.read(task.part("all-leaves"), name) for name in LEAVES)
    )
    along = axes.of(task)
    begin, end = _leaves(task, shard)
    first, last = (min(leaf * tree_kernels.LEAF, len(rows)) for leaf in (begin, end))
    count = min(task.num_neighbours, len(rows))
    result = np.empty((last - first, count), np.int32)
    if count == 1:
        result[:, 0] = rows[first:last]
        return {"nearest": result}
    for leaf in range(begin, end):
        places = tree_kernels.places(leaf, len(rows))
        made.search(
            *(leaf, features, rows),
            np.empty((places.stop - places.start, 0), np.int32),
            along,
            result[places.start - first : places.stop - first],
        )
    return {"nearest": result}


def lists(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """The nearest rows of a shard [n, count] int32, each row itself first."""
    first, last = task.rows(shard)
    part = task.part("copies")
    group, members, starts = (
        parts.read(part, name) for name in ("group", "members", "starts")
    )
    places = parts.read(task.part("tree"), "places")[group[first:last]]
    found = parts.read(task.part("all-nearest"), "nearest")[places]
    if len(starts) - 1 == task.num_rows:
        return {"neighbours": found}
    result = np.empty((last - first, task.num_neighbours), np.int32)
    own = np.arange(last - first)
    copies.expand(first, task.features(), own, group[found], members, starts, result)
    return {"neighbours": result}


def _leaves(task: plan.Plan, shard: int) -> tuple[int, int]:
    """First leaf of a shard, and that of the next."""
    num_rows = len(parts.read(task.part("tree"), "rows"))
    num_leaves = -(-num_rows // tree_kernels.LEAF)
    return (
        num_leaves * shard // task.num_shards,
        num_leaves * (shard + 1) // task.num_shards,
    )
