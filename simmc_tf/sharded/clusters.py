"""DBSCAN's clusters across shards, and their prototypes.

As sklearn finds them: cores that reach each other are a cluster, clusters are numbered
by their first core, and who is no core goes to the first cluster that reaches it.
"""

import numba
import numpy as np

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
    samples = [
        # Each row is near itself, so that none is empty.
        np.add.reduceat(sizes[indices], np.cumsum(counts) - counts)
        for counts, indices in found
    ]
    core = np.concatenate([np.empty(0, int), *samples]) >= task.min_samples
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
    _join_neighbours(
        rows.distinct(task, shard)[0],
        *(parts.read(part, "counts"), parts.read(part, "indices")),
        *(core, parents),
    )
    joined = np.flatnonzero(parents != np.arange(len(core))).astype(np.int32)
    firsts = np.empty(len(joined), np.int32)
    _find_all(joined, parents, firsts)
    return {"edges": np.column_stack([joined, firsts])}


def components(task: plan.Plan) -> dict[str, np.ndarray]:
    """Clusters of the cores.

    Returns:
        `clusters` [M] int32, -1 for who is no core.
    """
    core = parts.read(task.part("cores"), "core")
    everyone = np.arange(len(core), dtype=np.int32)
    parents = everyone.copy()
    for part in task.parts("forests"):
        _join_edges(parts.read(part, "edges"), parents)
    firsts = np.empty_like(parents)
    _find_all(everyone, parents, firsts)
    numbers = np.cumsum(core & (firsts == everyone), dtype=np.int32) - 1
    clusters = np.where(core, numbers[firsts], pseudo_labels.OUTLIER)
    return {"clusters": clusters.astype(np.int32)}


def labels(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Labels of a shard's distinct rows.

    Returns:
        `labels` [m] int32, -1 for an outlier.
    """
    clusters = parts.read(task.part("components"), "clusters")
    begin, end = rows.distinct(task, shard)
    part = task.part("near", shard)
    result = clusters[begin:end].copy()
    _label(parts.read(part, "counts"), parts.read(part, "indices"), clusters, result)
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
def _find(row, parents):
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@numba.njit(nogil=True, cache=True)
def _join(a, b, parents):
    """The lower of two roots becomes that of both trees."""
    a, b = _find(a, parents), _find(b, parents)
    parents[max(a, b)] = min(a, b)


@numba.njit(nogil=True, cache=True)
def _join_neighbours(first, counts, indices, core, parents):
    n = 0
    for i in range(len(counts)):
        for _ in range(counts[i]):
            if core[first + i] and core[indices[n]]:
                _join(first + i, indices[n], parents)
            n += 1


@numba.njit(nogil=True, cache=True)
def _join_edges(edges, parents):
    for n in range(len(edges)):
        _join(edges[n, 0], edges[n, 1], parents)


@numba.njit(nogil=True, cache=True)
def _find_all(some, parents, result):
    for n in range(len(some)):
        result[n] = _find(some[n], parents)


@numba.njit(nogil=True, cache=True)
def _label(counts, indices, clusters, result):
    """The first cluster with a core near each row that is no core, in place."""
    n = 0
    for i in range(len(counts)):
        lowest = result[i]
        for _ in range(counts[i]):
            cluster = clusters[indices[n]]
            n += 1
            if result[i] < 0 and cluster >= 0 and (lowest < 0 or cluster < lowest):
                lowest = cluster
        result[i] = lowest


@numba.njit(nogil=True, cache=True)
def _add_members(labels, features, first, shares, sums):
    for n in range(len(labels)):
        cluster = labels[n] - first
        if 0 <= cluster < len(sums):
            for h in range(features.shape[1]):
                sums[cluster, h] += shares[cluster] * np.float64(features[n, h])
