"""Inner loops of DBSCAN, compiled: cores that reach each other, and who is near them.

A tree of rows is told by the lowest of them, its root; `parents` leads there.
"""

import numba
import numpy as np


@numba.njit(nogil=True, cache=True)
def num_near(counts, indices, sizes):
    """Rows near each row, where row j stands for sizes[j] rows."""
    near = np.zeros(len(counts), np.int64)
    n = 0
    for i in range(len(counts)):
        for _ in range(counts[i]):
            near[i] += sizes[indices[n]]
            n += 1
    return near


@numba.njit(nogil=True, cache=True)
def join_neighbours(first, counts, indices, core, parents):
    """Joins cores with the cores near them, in place.

    Args:
        first: the row that counts[0] is of.
        counts: [n] rows near each row.
        indices: that many rows for each.
        core: [N] bool.
        parents: [N] of the trees.
    """
    n = 0
    for i in range(len(counts)):
        for _ in range(counts[i]):
            if core[first + i] and core[indices[n]]:
                _join(first + i, indices[n], parents)
            n += 1


@numba.njit(nogil=True, cache=True)
def join_edges(edges, parents):
    """Joins the two rows of each edge [E, 2], in place."""
    for n in range(len(edges)):
        _join(edges[n, 0], edges[n, 1], parents)


@numba.njit(nogil=True, cache=True)
def roots(some, parents):
    """Root [n] of each of some rows [n]."""
    result = np.empty(len(some), np.int32)
    for n in range(len(some)):
        result[n] = _root(some[n], parents)
    return result


def numbered(core: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Numbers [N] int32 of the trees by their first core; -1 for who is no core."""
    everyone = np.arange(len(core), dtype=np.int32)
    first = roots(everyone, parents)
    numbers = np.cumsum(core & (first == everyone), dtype=np.int32) - 1
    return np.where(core, numbers[first], -1).astype(np.int32)


@numba.njit(nogil=True, cache=True)
def add_borders(counts, indices, clusters, labels):
    """Gives rows [n] that are no core the first cluster that reaches them, in place.

    Args:
        counts: [n] rows near each row.
        indices: that many rows for each.
        clusters: [N] of the cores, -1 for who is none.
        labels: [n] of the rows, -1 for who is no core.
    """
    n = 0
    for i in range(len(counts)):
        lowest = labels[i]
        for _ in range(counts[i]):
            cluster = clusters[indices[n]]
            n += 1
            if labels[i] < 0 and cluster >= 0 and (lowest < 0 or cluster < lowest):
                lowest = cluster
        labels[i] = lowest


@numba.njit(nogil=True, cache=True)
def _root(row, parents):
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@numba.njit(nogil=True, cache=True)
def _join(a, b, parents):
    a, b = _root(a, parents), _root(b, parents)
    parents[max(a, b)] = min(a, b)
