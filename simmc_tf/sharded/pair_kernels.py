"""Inner loops of the search between two shards, compiled."""

import numba
import numpy as np

from simmc_tf import search_kernels

# Columns that are looked at together, for whether any is near enough for anybody.
_CHUNK = 64
NOBODY = np.int32(2**31 - 1)


@numba.njit(nogil=True, cache=True)
def limits(squares, farthest, scale, rounding, result):
    """Screened squared distance up to which another row may be near enough, in place.

    Args:
        squares: [n] float32 squared lengths about the mean, scaled.
        farthest: [n] squared distance up to which rows are looked for.
        scale: by which squared distances are multiplied to be like the screened.
        rounding: as for `search_kernels.rounding_error`.
        result: [n] float32.
    """
    for row in range(len(squares)):
        result[row] = _limit(squares[row], farthest[row], scale, rounding)


@numba.njit(nogil=True, cache=True)
def _limit(square, farthest, scale, rounding):
    if farthest == np.inf:
        return np.float32(np.inf)
    distance = scale * farthest
    length = np.sqrt(np.float64(square))
    error = search_kernels.rounding_error(length, distance, rounding)
    return np.float32((distance + error) * (1 + 2.0**-22))


@numba.njit(nogil=True, cache=True)
def screen(products, features, constants, same, left, right):
    """Puts all pairs of a block that are near enough into the lists of both their rows.

    Args:
        products: [n, m] float32, twice the products of scaled rows.
        features: [N, H] float32.
        constants: scale and rounding as for `limits`.
        same: both sides are the same rows; each pair is looked at once.
        left: of the block's rows: number of the first; squares [n]; limits [n]; lists
            of squared distances [n, K] ascending, inf behind; lists of rows [n, K];
            farthest [n] distance and [n] row that are good enough.
        right: the same of its columns.
    """
    first, squares, limit = left[0], left[1], left[2]
    second, column_squares, column_limit = right[0], right[1], right[2]
    for i in range(products.shape[0]):
        row = first + i
        begin = (i + 1) // _CHUNK * _CHUNK if same else 0
        for start in range(begin, products.shape[1], _CHUNK):
            stop = min(start + _CHUNK, products.shape[1])
            product = products[i, start:stop]
            square = column_squares[start:stop]
            theirs = column_limit[start:stop]
            mine = limit[i]
            near = np.int32(0)
            for j in range(len(product)):
                distance = squares[i] + square[j] - product[j]
                near |= np.int32(distance <= mine) | np.int32(distance <= theirs[j])
            if not near:
                continue
            for j in range(len(product)):
                column = second + start + j
                if same and column <= row:
                    continue
                screened = squares[i] + square[j] - product[j]
                for_row = screened <= limit[i] and _may_enter(left, i, column)
                for_column = screened <= theirs[j] and _may_enter(right, start + j, row)
                if for_row or for_column:
                    distance = search_kernels.squared_distance(features, row, column)
                    if for_row:
                        _enter(left, i, column, distance, constants)
                    if for_column:
                        _enter(right, start + j, row, distance, constants)


@numba.njit(nogil=True, cache=True)
def _may_enter(side, place, other):
    """Without it all pairs of many copies would be measured."""
    return side[5][place] > 0 or other < side[6][place]


@numba.njit(nogil=True, cache=True)
def _enter(side, place, other, distance, constants):
    _, squares, limit, distances, index, farthest, last = side
    if not search_kernels.before(distance, other, farthest[place], last[place]):
        return
    insert(distances[place], index[place], distance, other)
    if search_kernels.before(
        distances[place, -1], index[place, -1], farthest[place], last[place]
    ):
        farthest[place], last[place] = distances[place, -1], index[place, -1]
        limit[place] = _limit(
            squares[place], farthest[place], constants[0], constants[1]
        )


@numba.njit(nogil=True, cache=True)
def insert(distances, index, distance, other):
    """Puts a row into a list by distance, then number; the last drops out."""
    place = len(distances) - 1
    while place > 0 and search_kernels.before(
        distance, other, distances[place - 1], index[place - 1]
    ):
        distances[place] = distances[place - 1]
        index[place] = index[place - 1]
        place -= 1
    distances[place] = distance
    index[place] = other


@numba.njit(nogil=True, cache=True)
def merge(counts, new_distances, new_index, distances, index):
    """Puts the counts[i] new rows of each list into it where they are nearer."""
    n = 0
    for row in range(len(counts)):
        for _ in range(counts[row]):
            if search_kernels.before(
                new_distances[n], new_index[n], distances[row, -1], index[row, -1]
            ):
                insert(distances[row], index[row], new_distances[n], new_index[n])
            n += 1
