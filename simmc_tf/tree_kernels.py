"""Inner loops of the tree search, compiled; each leaf's rows have one thread."""

import numba
import numpy as np

from simmc_tf import search_kernels

# Rows of a leaf: compilers turn loops of a fixed size into vectors.
LEAF = 128
# Sums in whatever order is fastest.
_FAST = {"reassoc", "contract", "nsz", "nnan"}
_LARGEST = np.float32(np.finfo(np.float32).max)


def places(leaf: int, num_rows: int) -> slice:
    """Places of a leaf's rows in the order of the tree."""
    return slice(leaf * LEAF, min((leaf + 1) * LEAF, num_rows))


# As little of NumPy as there can be: numba takes seconds to compile its functions.
@numba.njit(nogil=True, cache=True)
def search(
    leaf,
    features,
    order,
    coarse,
    fine,
    lengths,
    columns,
    low,
    high,
    hints,
    scale,
    rounding,
    gaps,
    queue,
    result,
):
    """Finds the nearest rows of every row of a leaf.

    Args:
        leaf: which one.
        features: [N, H].
        order: [N] row that stands at each place of the tree; leaf l has the places
            from l * LEAF on.
        coarse: [N, A] first coordinates of the row at each place.
        fine: [N, B] coordinates after those.
        lengths: [N] float32 of the whole row at each place, about the mean.
        columns: [leaves, 1 + A, LEAF] squared lengths of the coarse rows, infinite
            behind the last, and the coarse rows as columns.
        low: [leaves, C] least of the first C coordinates in each leaf.
        high: [leaves, C] greatest of them.
        hints: [n, K] different rows to begin with, for each of the leaf's rows; K may
            be 0.
        scale: by which squared distances of the features are multiplied to be like
            those of the coordinates.
        rounding: as for `search_kernels.rounding_error`.
        gaps: [leaves] squared distance of each leaf's box from this one's.
        queue: [leaves] in the order in which they are searched.
        result: [n, count] int32, gets the rows that are nearest to those of the leaf.
    """
    first = leaf * LEAF
    num_rows, count = result.shape
    distances = np.full((num_rows, count - 1), np.inf)
    others = np.full((num_rows, count - 1), -1, np.int64)
    limit = np.full(num_rows, np.inf)
    products = np.empty(LEAF, np.float32)
    for i in range(num_rows):
        place = first + i
        for n in range(hints.shape[1]):
            other = np.int64(hints[i, n])
            if other != order[place]:
                _measure(
                    *(i, place, other, features, order, lengths, limit, scale),
                    *(rounding, distances, others),
                )
    for candidate in queue:
        farthest = 0.0
        for i in range(num_rows):
            farthest = max(farthest, limit[i])
        if gaps[candidate] > farthest:
            break
        _search_leaf(
            *(first, candidate, features, order, coarse, fine, lengths, columns),
            *(low, high, products, limit, scale, rounding, distances, others),
        )
    for i in range(num_rows):
        result[i, 0] = order[first + i]
        for n in range(count - 1):
            result[i, 1 + n] = others[i, n]


@numba.njit(nogil=True, cache=True)
def _search_leaf(
    first,
    leaf,
    features,
    order,
    coarse,
    fine,
    lengths,
    columns,
    low,
    high,
    products,
    limit,
    scale,
    rounding,
    distances,
    others,
):
    """Measures what a leaf has within the rows' limits, and lowers these by it."""
    for i in range(len(limit)):
        place = first + i
        if _gap(coarse, place, low, high, leaf) > limit[i]:
            continue
        square = columns[place // LEAF, 0, place % LEAF]
        bound = min(np.float32(limit[i] - square), _LARGEST)
        if not _multiply(place, leaf, coarse, columns, products, bound):
            continue
        for j in range(LEAF):
            other = leaf * LEAF + j
            if products[j] > bound or other == place:
                continue
            if products[j] + _apart(fine, place, other) > bound:
                continue
            row = order[other]
            if distances[i, -1] == 0 and row > others[i, -1]:
                continue  # Copies; those behind come later in order.
            if _has(others, i, row):
                continue  # A hint.
            if _measure(
                *(i, place, row, features, order, lengths, limit, scale, rounding),
                *(distances, others),
            ):
                bound = min(np.float32(limit[i] - square), _LARGEST)


@numba.njit(nogil=True, cache=True)
def _measure(
    i,
    place,
    other,
    features,
    order,
    lengths,
    limit,
    scale,
    rounding,
    distances,
    others,
):
    """Measures the distance of a place's row to another; is it among the nearest?"""
    distance = search_kernels.squared_distance(features, order[place], other)
    if not _insert(i, distance, other, distances, others):
        return False
    reach = scale * distances[i, -1]
    reach += search_kernels.rounding_error(np.float64(lengths[place]), reach, rounding)
    limit[i] = min(limit[i], reach)
    return True


@numba.njit(nogil=True, cache=True)
def _has(others, i, row):
    for n in range(others.shape[1]):
        if others[i, n] == row:
            return True
    return False


@numba.njit(nogil=True, cache=True, fastmath=_FAST)
def _multiply(place, leaf, coarse, columns, products, bound):
    """Squared distances to a leaf's rows, less the row's own square; is any near?"""
    for j in range(LEAF):
        products[j] = columns[leaf, 0, j]
    # Four at a time, which leaves few loads and stores of the sums.
    for a in range(0, coarse.shape[1], 4):
        for j in range(LEAF):
            products[j] -= np.float32(2) * (
                coarse[place, a] * columns[leaf, a + 1, j]
                + coarse[place, a + 1] * columns[leaf, a + 2, j]
                + coarse[place, a + 2] * columns[leaf, a + 3, j]
                + coarse[place, a + 3] * columns[leaf, a + 4, j]
            )
    near = np.int32(0)
    for j in range(LEAF):
        near |= np.int32(products[j] <= bound)
    return near


@numba.njit(nogil=True, cache=True, fastmath=_FAST)
def _apart(fine, a, b):
    total = np.float32(0)
    for k in range(fine.shape[1]):
        difference = fine[a, k] - fine[b, k]
        total += difference * difference
    return total


@numba.njit(nogil=True, cache=True)
def _gap(coarse, place, low, high, leaf):
    """Squared distance of a row from a leaf's box."""
    total = np.float32(0)
    for k in range(low.shape[1]):
        value = coarse[place, k]
        outside = max(low[leaf, k] - value, value - high[leaf, k], np.float32(0))
        total += outside * outside
    return total


@numba.njit(nogil=True, cache=True)
def _insert(i, distance, other, distances, others):
    """Sorts a row in by distance, then by index; False where it comes too late."""
    place = distances.shape[1] - 1
    if not search_kernels.before(
        distance, other, distances[i, place], others[i, place]
    ):
        return False
    while place > 0 and search_kernels.before(
        distance, other, distances[i, place - 1], others[i, place - 1]
    ):
        distances[i, place] = distances[i, place - 1]
        others[i, place] = others[i, place - 1]
        place -= 1
    distances[i, place], others[i, place] = distance, other
    return True
