"""Rows that are equal to the last bit, and neighbours among them."""

import numba
import numpy as np

from simmc_tf import search_kernels


def grouped(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups equal rows.

    Args:
        rows: [N, H] float32.

    Returns:
        [M] first row of each group, ascending, and [N] the group of every row.
    """
    bits = rows.view(np.uint32)
    _, first, group = np.unique(_hashes(bits), return_index=True, return_inverse=True)
    if not _equal(bits, first[group]):  # Two rows with one hash.
        _, first, group = np.unique(
            bits, axis=0, return_index=True, return_inverse=True
        )
        group = group.reshape(-1)
    rank = np.argsort(np.argsort(first))
    return np.sort(first), rank[group]


@numba.njit(nogil=True, cache=True)
def _hashes(bits):
    hashes = np.empty(len(bits), np.uint64)
    for row in range(len(bits)):
        value = np.uint64(14695981039346656037)  # FNV-1a's constants.
        for word in bits[row]:
            value = (value ^ np.uint64(word)) * np.uint64(1099511628211)
        hashes[row] = value
    return hashes


@numba.njit(nogil=True, cache=True)
def _equal(bits, others):
    """Whether every row equals another one."""
    for row in range(len(bits)):
        for n in range(bits.shape[1]):
            if bits[row, n] != bits[others[row], n]:
                return False
    return True


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
    members = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[members], np.arange(len(found) + 1))
    result = np.empty((len(rows), count), np.int32)
    _expand(rows, group, found, members, starts, result)
    return result


@numba.njit(nogil=True, cache=True)
def _expand(rows, group, found, members, starts, result):
    most = result.shape[1]
    distances = np.empty(most)
    for row in range(len(rows)):
        result[row, 0] = row
        size = 1
        for other in found[group[row]]:
            distance = search_kernels.squared_distance(
                rows, row, members[starts[other]]
            )
            if size == most and distance > distances[-1]:
                break
            for member in members[starts[other] : starts[other + 1]]:
                if member == row:
                    continue
                place = min(size, most - 1)
                if size == most and not (
                    distance < distances[place] or member < result[row, place]
                ):
                    break  # Those behind come later in order.
                while place > 1 and (
                    distances[place - 1] > distance
                    or (
                        distances[place - 1] == distance
                        and result[row, place - 1] > member
                    )
                ):
                    distances[place] = distances[place - 1]
                    result[row, place] = result[row, place - 1]
                    place -= 1
                distances[place], result[row, place] = distance, member
                size = min(size + 1, most)
