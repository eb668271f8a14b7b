"""Sparse k-reciprocal Jaccard distances, exact and never N x N.

Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR
2017, as SimMC uses it to cluster (SimMC section 3.2). A row has tens of entries, so
memory is O(N * neighbours): where two rows share nothing their distance is 1, and only
distances below 1 are stored.
"""

import concurrent.futures
from collections.abc import Callable

import numba
import numpy as np
import scipy.sparse

from simmc_tf import copies, cores

_ROWS_PER_TASK = 1024


def jaccard_distances(
    features: np.ndarray,
    neighbours: np.ndarray,
    k1: int = 20,
    k2: int = 6,
    max_distance: float = 1.0,
) -> scipy.sparse.csr_array:
    """Computes the k-reciprocal Jaccard distances up to `max_distance`.

    Args:
        features: [N, H] float32.
        neighbours: [N, k1] int32, every row's nearest rows, itself among them.
        k1: neighbours that the reciprocal test looks at.
        k2: neighbours whose weights are averaged (local query expansion).
        max_distance: largest distance stored; 1 stores all that differ from 1.

    Returns:
        [N, N] CSR as `distances` gives it.
    """
    return distances(expanded_weights(features, neighbours, k1, k2), max_distance)


def distinct_distances(
    features: np.ndarray, neighbours: np.ndarray, k1: int, k2: int, max_distance: float
) -> tuple[scipy.sparse.csr_array, np.ndarray]:
    """The same [M, M] between one of each group of equal rows; the group [N] of all."""
    weights = expanded_weights(features, neighbours, k1, k2)
    first, group = distinct_rows(weights)
    return distances(weights[first], max_distance), group


def expanded_weights(
    features: np.ndarray, neighbours: np.ndarray, k1: int, k2: int
) -> scipy.sparse.csr_array:
    """Weights of every row's k-reciprocal neighbours after local query expansion.

    The features enter as they are: the published code does not normalise them either,
    although the weights exp(2 x_i . x_j) assume unit norm.

    Args:
        features: [N, H] float32.
        neighbours: [N, k1] int32, every row's nearest rows, itself among them.
        k1: neighbours that the reciprocal test looks at.
        k2: neighbours whose weights are averaged.

    Returns:
        [N, N] CSR of float64, tens of entries a row.
    """
    neighbours = np.ascontiguousarray(neighbours[:, :k1])
    features = np.ascontiguousarray(features, np.float32)
    num_rows = len(features)
    reciprocal, reciprocal_half = (
        reciprocal_rows(0, num_rows, neighbours, width) for width in widths(k1)
    )
    weights = _in_parallel(
        num_rows,
        lambda first, last: weight_rows(
            first, features, reciprocal[first:last], reciprocal_half
        ),
    )
    expansion = neighbours[:, :k2]
    return _in_parallel(
        num_rows,
        lambda first, last: mean_rows(*_parts(weights), expansion[first:last]),
    )


def widths(k1: int) -> tuple[int, int]:
    """Neighbours that the reciprocal test looks at, and that of its expansion."""
    # Published code: numpy.around, half to even, plus the point itself.
    return k1, int(np.around(k1 / 2)) + 1


def distances(
    weights: scipy.sparse.csr_array, max_distance: float
) -> scipy.sparse.csr_array:
    """Jaccard distances between rows of weights.

    Args:
        weights: [M, N] CSR of M rows' weights.
        max_distance: largest distance stored; 1 stores all that differ from 1.

    Returns:
        [M, M] CSR of float64 distances in [0, max_distance]; an entry that is absent
        is farther than that. Symmetric; zeros are stored, the diagonal among them.
    """
    by_column = weights.tocsc()
    return _in_parallel(
        weights.shape[0],
        lambda first, last: distance_rows(
            *(first, weights.shape[0], weights.indptr[first : last + 1]),
            *(weights.indices, weights.data),
            *_parts(by_column),
            max_distance,
        ),
    )


def distinct_rows(weights: scipy.sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Groups equal rows, whose distances are 0.

    Where features repeat (a sensor that stands still, units that died) all pairs of
    copies are neighbours, N x N of them; a row for each group says the same.

    Args:
        weights: [N, N] CSR.

    Returns:
        [M] first row of each group, in order, and [N] the group of every row.
    """
    weights.sort_indices()
    return copies.grouped_sparse(weights)


def _parts(matrix: scipy.sparse.sparray) -> tuple[np.ndarray, ...]:
    return matrix.indptr, matrix.indices, matrix.data


def _in_parallel(
    num_rows: int, rows: Callable[[int, int], tuple[np.ndarray, ...]]
) -> scipy.sparse.csr_array:
    """Stacks what `rows(first, last)` -> (counts, indices, data) gives for all rows.

    The compiled functions release the GIL. Python's threads rather than numba's: its
    OpenMP pool would spin against faiss's. Each row is computed by one thread alone, so
    that the result does not depend on how many there are.
    """
    starts = range(0, num_rows, _ROWS_PER_TASK)
    with concurrent.futures.ThreadPoolExecutor(cores.count()) as pool:
        blocks = list(
            pool.map(lambda s: rows(s, min(s + _ROWS_PER_TASK, num_rows)), starts)
        )
    counts, indices, data = (np.concatenate(part) for part in zip(*blocks, strict=True))
    indptr = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    if indptr[-1] < np.iinfo(np.int32).max:
        indptr = indptr.astype(np.int32)
    return scipy.sparse.csr_array((data, indices, indptr), shape=(num_rows, num_rows))


@numba.njit(nogil=True, cache=True)
def reciprocal_rows(first, last, neighbours, width):
    """R(i, width): neighbours of row i that have i in theirs, in order, -1 behind."""
    width = min(width, neighbours.shape[1])
    result = np.full((last - first, width), -1, np.int32)
    for i in range(first, last):
        count = 0
        for candidate in neighbours[i, :width]:
            for j in range(width):
                if neighbours[candidate, j] == i:
                    result[i - first, count] = candidate
                    count += 1
                    break
    return result


@numba.njit(nogil=True, cache=True)
def weight_rows(first, features, reciprocal, reciprocal_half):
    """V: softmax of -(2 - 2 x_i . x_j) over row i's expanded reciprocal neighbours."""
    num_rows = len(reciprocal)
    capacity = num_rows * reciprocal.shape[1] * 4
    counts = np.zeros(num_rows, np.int64)
    indices = np.empty(capacity, np.int32)
    data = np.empty(capacity, np.float64)
    # mark[j] is 2i + 1 where j is in R(i, k1), 2i + 2 where the expansion added it.
    mark = np.zeros(len(features), np.int64)
    total = 0
    for i in range(first, first + num_rows):
        own = reciprocal[i - first]
        start = total
        worst = reciprocal.shape[1] * (1 + reciprocal_half.shape[1])
        if start + worst > len(indices):
            indices = np.concatenate(
                (indices, np.empty(len(indices) + worst, np.int32))
            )
            data = np.concatenate((data, np.empty(len(data) + worst, np.float64)))
        base = 0
        while base < len(own) and own[base] >= 0:
            mark[own[base]] = 2 * i + 1
            indices[total] = own[base]
            total += 1
            base += 1
        for c in range(base):
            candidate = own[c]
            size = 0
            shared = 0
            while size < reciprocal_half.shape[1]:
                member = reciprocal_half[candidate, size]
                if member < 0:
                    break
                if mark[member] == 2 * i + 1:
                    shared += 1
                size += 1
            if 3 * shared > 2 * size:
                for m in range(size):
                    member = reciprocal_half[candidate, m]
                    if mark[member] < 2 * i + 1:
                        mark[member] = 2 * i + 2
                        indices[total] = member
                        total += 1
        counts[i - first] = total - start
        if total == start:
            continue
        largest = -np.inf
        for n in range(start, total):
            dot = np.float64(0.0)
            row = features[indices[n]]
            for h in range(features.shape[1]):
                dot += np.float64(features[i, h]) * np.float64(row[h])
            data[n] = 2.0 * dot
            largest = max(largest, data[n])
        normaliser = 0.0
        for n in range(start, total):
            data[n] = np.exp(data[n] - largest)
            normaliser += data[n]
        for n in range(start, total):
            data[n] /= normaliser
    return counts, indices[:total].copy(), data[:total].copy()


@numba.njit(nogil=True, cache=True)
def mean_rows(indptr, columns, values, lists):
    """Row i of the result is the mean of the rows that lists[i] names."""
    num_rows = len(lists)
    counts = np.zeros(num_rows, np.int64)
    capacity = 0
    for i in range(num_rows):
        for j in lists[i]:
            capacity += indptr[j + 1] - indptr[j]
    indices = np.empty(capacity, np.int32)
    data = np.empty(capacity, np.float64)
    sums = np.zeros(len(indptr) - 1, np.float64)
    touched = np.full(len(indptr) - 1, -1, np.int64)
    total = 0
    for i in range(num_rows):
        start = total
        for j in lists[i]:
            for n in range(indptr[j], indptr[j + 1]):
                column = columns[n]
                if touched[column] != i:
                    touched[column] = i
                    sums[column] = 0.0
                    indices[total] = column
                    total += 1
                sums[column] += values[n]
        for n in range(start, total):
            data[n] = sums[indices[n]] / lists.shape[1]
        counts[i] = total - start
    return counts, indices[:total].copy(), data[:total].copy()


@numba.njit(nogil=True, cache=True)
def distance_rows(
    first, size, indptr, columns, values, c_indptr, c_rows, c_values, max_distance
):
    """d_ij of the rows i from `first` on that `indptr` has, with all `size` rows j.

    d_ij = 1 - m_ij / (2 - m_ij), m_ij the sum over l of min(V_il, V_jl).
    """
    num_rows = len(indptr) - 1
    counts = np.zeros(num_rows, np.int64)
    indices = np.empty(1024, np.int32)
    data = np.empty(1024, np.float64)
    shared = np.zeros(size, np.float64)
    touched = np.full(size, -1, np.int64)
    found = np.empty(size, np.int32)
    total = 0
    for i in range(first, first + num_rows):
        num_found = 0
        for n in range(indptr[i - first], indptr[i - first + 1]):
            column, value = columns[n], values[n]
            for m in range(c_indptr[column], c_indptr[column + 1]):
                j = c_rows[m]
                if touched[j] != i:
                    touched[j] = i
                    shared[j] = 0.0
                    found[num_found] = j
                    num_found += 1
                shared[j] += min(value, c_values[m])
        if touched[i] != i:  # No neighbour at all: only its distance to itself.
            touched[i] = i
            found[num_found] = i
            num_found += 1
        shared[i] = 1.0
        if total + num_found > len(indices):
            more = len(indices) + num_found
            indices = np.concatenate((indices, np.empty(more, np.int32)))
            data = np.concatenate((data, np.empty(more, np.float64)))
        start = total
        for n in range(num_found):
            j = found[n]
            distance = max(0.0, 1.0 - shared[j] / (2.0 - shared[j]))
            if distance <= max_distance:
                indices[total] = j
                data[total] = distance
                total += 1
        counts[i - first] = total - start
    return counts, indices[:total].copy(), data[:total].copy()
