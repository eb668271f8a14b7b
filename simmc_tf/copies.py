"""Rows that are equal to the last bit, and neighbours among them."""

from collections.abc import Callable

import numba
import numpy as np
import scipy.sparse

from simmc_tf import search_kernels

# FNV-1a's constants.
_BASIS = np.uint64(14695981039346656037)
_PRIME = np.uint64(1099511628211)
_HALF = np.uint64(32)


def grouped(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups equal rows.

    Args:
        rows: [N, H] float32.

    Returns:
        [M] first row of each group, ascending, and [N] the group of every row.
    """
    return grouped_by(hashes(rows), lambda some, others: equal(rows, some, others))


def grouped_sparse(matrix: scipy.sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """The same for rows of a CSR of float64 whose indices are sorted."""
    arrays = matrix.indptr, matrix.indices, matrix.data.view(np.uint64)
    return grouped_by(
        _sparse_hashes(*arrays),
        lambda some, others: _equal_sparse(*arrays, some, others),
    )


def grouped_by(
    hashes: np.ndarray, equal: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Groups rows by their hashes, and makes sure that those of a group are equal.

    Args:
        hashes: [N] uint64, the same for equal rows.
        equal: tells [n] whether rows [n] equal others [n].

    Returns:
        [M] first row of each group, ascending, and [N] the group of every row.
    """
    everyone = np.arange(len(hashes))
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    leader = first[group]
    rest = everyone[leader != everyone]
    rest = rest[~equal(rest, leader[rest])]
    while len(rest):  # They share a hash, and are led by the first of them next.
        _, first, group = np.unique(
            leader[rest], return_index=True, return_inverse=True
        )
        leader[rest] = rest[first[group]]
        rest = rest[~equal(rest, leader[rest])]
    leads = leader == everyone
    return everyone[leads], (np.cumsum(leads) - 1)[leader]


def hashes(rows: np.ndarray) -> np.ndarray:
    """[N] uint64 of rows [N, H] float32, the same for equal rows."""
    return _hashes(rows.view(np.uint32))


def equal(rows: np.ndarray, some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """[n] whether some rows [n] of rows [N, H] float32 equal others [n]."""
    return _equal(rows.view(np.uint32), some, others)


@numba.njit(nogil=True, cache=True)
def _hashes(bits):
    result = np.empty(len(bits), np.uint64)
    for row in range(len(bits)):
        value = _BASIS
        for word in bits[row]:
            value = _mixed(value, np.uint64(word))
        result[row] = value
    return result


@numba.njit(nogil=True, cache=True)
def _mixed(value, word):
    value = (value ^ word) * _PRIME
    return value ^ (value >> _HALF)  # Products spread upwards alone.


@numba.njit(nogil=True, cache=True)
def _equal(bits, some, others):
    result = np.empty(len(some), np.bool_)
    for n in range(len(some)):
        result[n] = np.array_equal(bits[some[n]], bits[others[n]])
    return result


@numba.njit(nogil=True, cache=True)
def _sparse_hashes(indptr, indices, bits):
    result = np.empty(len(indptr) - 1, np.uint64)
    for row in range(len(result)):
        value = _BASIS
        for n in range(indptr[row], indptr[row + 1]):
            value = _mixed(_mixed(value, np.uint64(indices[n])), bits[n])
        result[row] = value
    return result


@numba.njit(nogil=True, cache=True)
def _equal_sparse(indptr, indices, bits, some, others):
    result = np.empty(len(some), np.bool_)
    for n in range(len(some)):
        own = slice(indptr[some[n]], indptr[some[n] + 1])
        other = slice(indptr[others[n]], indptr[others[n] + 1])
        result[n] = np.array_equal(indices[own], indices[other]) and np.array_equal(
            bits[own], bits[other]
        )
    return result


def expanded(
    rows: np.ndarray, group: np.ndarray, found: np.ndarray, count: int
) -> np.ndarray:
    """Neighbours among all rows from those among one of each group.

    Args:
        rows: [N, H] float32.
        group: [N] group of every row.
        found: [M, min(count, M)] groups nearest to each group, itself first; of equally
            far ones the lower first.
        count: neighbours to give, 2 to N.

    Returns:
        [N, count] int32 rows, the row itself first, then by distance and index.
    """
    result = np.empty((len(rows), count), np.int32)
    expand(0, rows, group, found, *members(group, len(found)), result)
    return result


def members(group: np.ndarray, num_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows [N] by group, and where [M + 1] those of each group begin."""
    rows = np.argsort(group, kind="stable")
    return rows, np.searchsorted(group[rows], np.arange(num_groups + 1))


@numba.njit(nogil=True, cache=True)
def expand(first, rows, own, found, members, starts, result):
    """The same as `expanded` for some rows alone, in place.

    Args:
        first: the row that result[0] is of.
        rows: [N, H] float32.
        own: [n] where in `found` the groups near to each row are.
        found: [m, min(count, M)] groups, as for `expanded`.
        members: [N] rows by group.
        starts: [M + 1] where those of each group begin.
        result: [n, count] int32.
    """
    most = result.shape[1]
    distances = np.empty(most)
    for n in range(len(result)):
        row = first + n
        result[n, 0] = row
        size = 1
        for other in found[own[n]]:
            distance = search_kernels.squared_distance(
                rows, row, members[starts[other]]
            )
            if size == most and distance > distances[-1]:
                break
            for member in members[starts[other] : starts[other + 1]]:
                if member == row:
                    continue
                place = min(size, most - 1)
                if size == most and not search_kernels.before(
                    distance, member, distances[place], result[n, place]
                ):
                    break  # Those behind come later in order.
                while place > 1 and search_kernels.before(
                    distance, member, distances[place - 1], result[n, place - 1]
                ):
                    distances[place] = distances[place - 1]
                    result[n, place] = result[n, place - 1]
                    place -= 1
                distances[place], result[n, place] = distance, member
                size = min(size + 1, most)
