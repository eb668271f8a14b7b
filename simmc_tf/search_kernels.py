"""Inner loops of the exact search, compiled; each row is worked on by one thread."""

import numba
import numpy as np

# Columns that are looked at together, for whether any is near enough for anybody.
CHUNK = 64


@numba.njit(nogil=True, cache=True)
def keep(
    products,
    row_squares,
    column_squares,
    first,
    second,
    farthest,
    distances,
    candidates,
):
    """Keeps the pairs of a block that are near enough for one of both, in place."""
    num_columns = products.shape[1]
    for i in range(products.shape[0]):
        row = first + i
        # On the diagonal each pair once, and no row with itself.
        begin = (i + 1) // CHUNK * CHUNK if first == second else 0
        for start in range(begin, num_columns, CHUNK):
            # Slices of a fixed size, which compilers turn into vectors.
            product = products[i, start : start + CHUNK]
            square = column_squares[start : start + CHUNK]
            limit = farthest[second + start : second + start + CHUNK]
            near = np.int32(0)
            for j in range(CHUNK):
                distance = row_squares[i] + square[j] - product[j]
                near |= np.int32(distance < farthest[row]) | np.int32(
                    distance < limit[j]
                )
            if near:
                for j in range(CHUNK):
                    column = second + start + j
                    if first == second and column <= row:
                        continue
                    distance = row_squares[i] + square[j] - product[j]
                    if distance < farthest[row]:
                        _insert(row, column, distance, farthest, distances, candidates)
                    if distance < farthest[column]:
                        _insert(column, row, distance, farthest, distances, candidates)


@numba.njit(nogil=True, cache=True)
def _insert(row, other, distance, farthest, distances, candidates):
    place = distances.shape[1] - 1
    while place > 0 and distances[row, place - 1] > distance:
        distances[row, place] = distances[row, place - 1]
        candidates[row, place] = candidates[row, place - 1]
        place -= 1
    distances[row, place] = distance
    candidates[row, place] = other
    if distances[row, -1] < farthest[row]:
        farthest[row] = distances[row, -1]


@numba.njit(nogil=True, cache=True)
def limit(first, last, features, squares, hints, scale, rounding, farthest):
    """Lets no candidate in that is much farther than a row's farthest hint."""
    for row in range(first, last):
        distance = 0.0
        for other in hints[row]:
            distance = max(distance, scale * squared_distance(features, row, other))
        error = rounding_error(np.sqrt(squares[row]), distance, rounding)
        # So much more that features which did not move at all are found again.
        farthest[row] = 1.05 * distance + 4 * error


@numba.njit(nogil=True, cache=True)
def rounding_error(length, distance, rounding):
    """How far off float32 may be, at most, for rows within a squared distance.

    A row farther out than that is no neighbour, whatever its length.

    Args:
        length: of the row about the mean, all its numbers taken.
        distance: squared.
        rounding: as `relative_rounding` gives it.
    """
    # Numbers of 1 or less are rounded to no less than 2^-149, or taken for 0 below
    # 2^-126.
    return rounding * ((2 * length + np.sqrt(distance)) ** 2 + 2.0**-100)


def relative_rounding(width: int) -> float:
    """Of float32's squared distances of rows [width], relative to both lengths' sum.

    That is squared. The rows are about their mean, and divided by a power of 2 so that
    no number of theirs is above 1.
    """
    return (width + 16) * 2.0**-24


@numba.njit(nogil=True, cache=True)
def verify(
    first,
    last,
    features,
    squares,
    distances,
    candidates,
    limits,
    scale,
    rounding,
    result,
    unsure,
):
    """Measures candidates in float64.

    Args:
        first: row to begin with.
        last: row to end before.
        features: [N, H].
        squares: [padded] of their lengths about the mean.
        distances: [N, threads, K] float32, ascending.
        candidates: [N, threads, K], -1 where there are fewer.
        limits: [N] beyond which there are no candidates.
        scale: by which squared distances of the features are multiplied to be like the
            screened ones.
        rounding: as for `rounding_error`.
        result: [N, count], gets rows first to last - 1.
        unsure: [N] float64, gets the squared distance within which all must be
            measured, where a row that is no candidate may be among the nearest.
    """
    _, num_threads, most = distances.shape
    count = result.shape[1]
    exact = np.empty(most)
    index = np.empty(most, np.int64)
    for row in range(first, last):
        # The nearest K of all threads.
        at = np.zeros(num_threads, np.int64)
        screened = limits[row]
        found = 0
        while found < most:
            best = -1
            for thread in range(num_threads):
                if at[thread] < most and (
                    best < 0
                    or distances[row, thread, at[thread]]
                    < distances[row, best, at[best]]
                ):
                    best = thread
            if distances[row, best, at[best]] == np.inf:
                break
            index[found] = candidates[row, best, at[best]]
            exact[found] = scale * squared_distance(features, row, index[found])
            found += 1
            if found == most:
                screened = distances[row, best, at[best]]
            at[best] += 1
        result[row, 0] = row
        if count > 1:
            _sort(exact[:found], index)
            result[row, 1:] = index[: count - 1]
            reach = exact[count - 2]
            error = rounding_error(np.sqrt(squares[row]), reach, rounding)
            if found < len(features) - 1 and screened - error <= reach:
                unsure[row] = max(reach + error, np.finfo(np.float64).tiny)


# Sums in whatever order is fastest, and that the same for all pairs.
@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def squared_distance(features, a, b):
    """Squared distance of two rows [N, H], in float64."""
    total = 0.0
    for j in range(features.shape[1]):
        difference = np.float64(features[a, j]) - np.float64(features[b, j])
        total += difference * difference
    return total


@numba.njit(nogil=True, cache=True)
def before(distance, row, other_distance, other_row):
    """Whether a row comes before another: by distance, then by number."""
    return distance < other_distance or (distance == other_distance and row < other_row)


@numba.njit(nogil=True, cache=True)
def _sort(exact, index):
    """By distance, then by index, in place."""
    for n in range(1, len(exact)):
        distance, other, place = exact[n], index[n], n
        while place > 0 and before(distance, other, exact[place - 1], index[place - 1]):
            exact[place], index[place] = exact[place - 1], index[place - 1]
            place -= 1
        exact[place], index[place] = distance, other


@numba.njit(nogil=True, cache=True)
def measure(rows, limits, products, features, squares, scale, result):
    """Searches rows again, in float64, among all that float32 does not rule out.

    Args:
        rows: [R] of the features.
        limits: [R] screened squared distance up to which a row may be a neighbour.
        products: [R, N] twice the products with all.
        features: [N, H].
        squares: [padded] of their lengths about the mean.
        scale: as for `verify`.
        result: [N, count], gets these rows.
    """
    count = result.shape[1]
    exact = np.empty(count)
    index = np.empty(count, np.int64)
    for n in range(len(rows)):
        row = rows[n]
        exact[0], index[0], found = -1.0, row, 1
        for other in range(len(features)):
            screened = squares[row] + squares[other] - products[n, other]
            if other == row or screened > limits[n]:
                continue
            distance = scale * squared_distance(features, row, other)
            if found == count and distance >= exact[-1]:
                continue
            place = min(found, count - 1)
            while exact[place - 1] > distance:
                exact[place], index[place] = exact[place - 1], index[place - 1]
                place -= 1
            exact[place], index[place] = distance, other
            found = min(found + 1, count)
            if found == count and exact[-1] == 0:
                break  # Copies of it; those behind come later in order.
        result[row] = index
