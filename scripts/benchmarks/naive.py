"""Pseudo-labels as a textbook would write them: dense matrices, row after row.

Shares no code with the product, only the definitions (SimMC section 3.2).
"""

import numpy as np
import sklearn.cluster
from scipy.spatial import distance


def labels(
    features: np.ndarray,
    num_neighbours: int,
    expansion: int,
    eps: float,
    min_samples: int,
) -> np.ndarray:
    """Labels [N] of features [N, H], -1 for an outlier; takes O(N^2) memory.

    Args:
        features: [N, H].
        num_neighbours: k1.
        expansion: k2.
        eps: DBSCAN's radius, tolerance included.
        min_samples: rows, itself included, that make a core.
    """
    order = nearest(features, num_neighbours)
    distances = jaccard(features, order, num_neighbours, expansion)
    dbscan = sklearn.cluster.DBSCAN(
        eps=eps, min_samples=min_samples, metric="precomputed"
    )
    return dbscan.fit_predict(distances)


def nearest(features: np.ndarray, count: int) -> np.ndarray:
    """[N, k] nearest rows of all N x N distances in float64, the row itself first."""
    wide = features.astype(np.float64)
    squared = distance.cdist(wide, wide, "sqeuclidean")
    np.fill_diagonal(squared, -1.0)
    return np.argsort(squared, axis=1, kind="stable")[:, :count]


def jaccard(
    features: np.ndarray, order: np.ndarray, num_neighbours: int, expansion: int
) -> np.ndarray:
    """[N, N] k-reciprocal Jaccard distances from the neighbours [N, k1]."""
    num_rows = len(order)
    half = int(np.around(num_neighbours / 2))
    lists = order[:, : num_neighbours + 1]
    halves = order[:, : half + 1]
    known = [set(row) for row in lists.tolist()]
    known_half = [set(row) for row in halves.tolist()]
    reciprocal = [{j for j in known[i] if i in known[j]} for i in range(num_rows)]
    reciprocal_half = [
        {j for j in known_half[i] if i in known_half[j]} for i in range(num_rows)
    ]
    wide = features.astype(np.float64)
    weights = np.zeros((num_rows, num_rows))
    for i in range(num_rows):
        members = set(reciprocal[i])
        for candidate in reciprocal[i]:
            other = reciprocal_half[candidate]
            if 3 * len(other & reciprocal[i]) > 2 * len(other):
                members |= other
        chosen = sorted(members)
        if chosen:
            exponents = 2.0 * wide[chosen] @ wide[i]
            share = np.exp(exponents - exponents.max())
            weights[i, chosen] = share / share.sum()
    weights = np.stack([weights[row[:expansion]].mean(axis=0) for row in order])
    shared = np.empty((num_rows, num_rows))
    by_column = np.ascontiguousarray(weights.T)
    for i in range(num_rows):
        columns = np.flatnonzero(weights[i])
        smaller = np.minimum(by_column[columns], weights[i, columns][:, np.newaxis])
        shared[i] = smaller.sum(axis=0)
    np.fill_diagonal(shared, 1.0)
    return np.maximum(1.0 - shared / (2.0 - shared), 0.0)
