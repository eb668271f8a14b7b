"""DBSCAN's clusters across shards, and their prototypes.

As sklearn finds them: cores that reach each other are a cluster, clusters are numbered
by their first core, and who is no core goes to the first cluster that reaches it.
"""

import numba
import numpy as np

from simmc_tf import components as union_find
from simmc_tf import pseudo_labels
from simmc_tf.sharded import parts, plan, rows


def near(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Who is within eps of a shard's distinct rows, and which of them are cores.

    Returns:
        `counts` [m]; that many row numbers in `indices` (int32); `core` [m] bool.
    """
    sizes = parts.read(task.part("groups"), "sizes")
    found = rows.distances(task, shard, task.eps + pseudo_labels.DISTANCE_TOLERANCE)
    empty = (np.empty(0, np.int64), np.empty(0, np.int32))
    counts, indices = (
        np.concatenate(arrays) for arrays in zip(empty, *found, strict=True)
    )
    core = union_find.num_near(counts, indices, sizes) >= task.min_samples
    return {"counts": counts, "indices": indices, "core": core}


def forest(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Which cores hang together by what a shard knows.

    Returns:
        `edges` [E, 2] int32, of each such core but the first of its tree the core and
        that first.
    """
    core = parts.read(task.part("cores"), "core")
    part = task.part("near", shard)
    parents = np.arange(len(core), dtype=np.int32)
    union_find.join_neighbours(
        rows.distinct(task, shard)[0],
        *(parts.read(part, "counts"), parts.read(part, "indices")),
        *(core, parents),
    )
    joined = np.flatnonzero(parents != np.arange(len(core))).astype(np.int32)
    roots = union_find.roots(joined, parents)
    return {"edges": np.column_stack([joined, roots])}


def components(task: plan.Plan) -> dict[str, np.ndarray]:
    """Clusters of the cores.

    Returns:
        `clusters` [M] int32, -1 for who is no core.
    """
    core = parts.read(task.part("cores"), "core")
    parents = np.arange(len(core), dtype=np.int32)
    for part in task.parts("forests"):
        union_find.join_edges(parts.read(part, "edges"), parents)
    return {"clusters": union_find.numbered(core, parents)}


def labels(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Labels of a shard's distinct rows.

    Returns:
        `labels` [m] int32, -1 for an outlier.
    """
    clusters = parts.read(task.part("components"), "clusters")
    begin, end = rows.distinct(task, shard)
    part = task.part("near", shard)
    result = clusters[begin:end].copy()
    union_find.add_borders(
        *(parts.read(part, "counts"), parts.read(part, "indices")),
        *(clusters, result),
    )
    return {"labels": result}


def all_labels(task: plan.Plan) -> dict[str, np.ndarray]:
    """Labels [N] int32 of all rows: those of the distinct row that each equals."""
    found = [parts.read(part, "labels") for part in task.parts("labels")]
    group = parts.read(task.part("groups"), "group")
    return {"labels": np.concatenate(found)[group]}


def prototypes(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Means of some clusters, as many as belong to each shard.

    Rows are added one after another, as `pseudo_labels.prototypes` adds them, so that
    not even the rounding differs. Memory: 8 H bytes a cluster.

    Returns:
        `prototypes` [k, H] float32.
    """
    found = parts.read(task.part("all-labels"), "labels")
    features = task.features()
    num_clusters = int(found.max()) + 1
    first, last = (
        num_clusters * number // task.num_shards for number in (shard, shard + 1)
    )
    members = np.bincount(found[found >= 0], minlength=num_clusters)[first:last]
    sums = np.zeros((last - first, features.shape[1]))
    _add_members(found, features, first, 1.0 / members, sums)
    return {"prototypes": sums.astype(np.float32)}


@numba.njit(nogil=True, cache=True)
def _add_members(labels, features, first, shares, sums):
    for n in range(len(labels)):
        cluster = labels[n] - first
        if 0 <= cluster < len(sums):
            for h in range(features.shape[1]):
                sums[cluster, h] += shares[cluster] * np.float64(features[n, h])
