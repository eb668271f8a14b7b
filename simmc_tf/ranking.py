"""Where in the gallery, ordered by distance, each probe's person is found.

Neither the distances [P, G] nor their order are ever held: the gallery goes by in
blocks, and distances are only counted against those of the probe's own person, who has
few sequences.
"""

import dataclasses
import functools

import numba
import numpy as np

from simmc_tf import cores

# Of a probe that finds nobody.
NEVER = np.iinfo(np.int64).max

_PROBES_AT_ONCE = 256
_GALLERY_AT_ONCE = 16384
# A matrix product may round the copies of a sequence differently where it treats the
# columns left over at its edge by themselves, or a narrow matrix in another way than a
# wide one. So all products of a gallery are equally wide, in whole numbers of these.
_COLUMNS = 64
# Distances to the own person that are held at once, in each thread.
_OWN_AT_ONCE = 2**22


@dataclasses.dataclass(frozen=True)
class Ranks:
    """What the order of the gallery says of each probe.

    Attributes:
        before: [P] int64 gallery sequences nearer than the first of the probe's person;
            `NEVER` where there is none.
        average_precision: [P] float64, NaN where there is none in the gallery.
    """

    before: np.ndarray
    average_precision: np.ndarray


def rank(
    gallery: np.ndarray,
    gallery_person: np.ndarray,
    probe: np.ndarray,
    probe_person: np.ndarray,
    leave_self_out: bool = False,
    unit: bool = False,
) -> Ranks:
    """Orders the gallery by Euclidean distance from every probe.

    Distances that are equal in float64: `before` takes the gallery's order; average
    precision treats them as one threshold, as scikit-learn's `average_precision_score`
    does. Features that are not finite are infinitely far, and a probe that is as far
    from its own person has a precision of 0. Calls from several threads wait for one
    another.

    Args:
        gallery: [G, H] features, in memory or mapped.
        gallery_person: [G] int.
        probe: [P, H] features.
        probe_person: [P] int.
        leave_self_out: gallery and probe are the same set: probe i is not matched
            against gallery sequence i.
        unit: features are brought to length 1 first, which orders by cosine distance;
            zeros are at a right angle to all.
    """
    searched = Gallery(gallery, gallery_person, unit)
    own = searched.places(probe_person)
    num_own = own[:, 1] - own[:, 0] - int(leave_self_out)
    before = np.full(len(probe), NEVER)
    precision = np.full(len(probe), np.nan)
    # By person, so that those ranked together have the same few sequences to find.
    found = np.flatnonzero(num_own > 0)
    found = found[np.argsort(own[found, 0], kind="stable")]
    at_once = _PROBES_AT_ONCE
    if len(found):
        at_once = int(np.clip(_OWN_AT_ONCE // num_own.max(), 1, at_once))

    def work(starts: range) -> None:
        # Used again and again: fresh memory of this size costs as much as a count.
        buffer = np.empty((at_once, searched.columns))
        for start in starts:
            chosen = found[start : start + at_once]
            before[chosen], precision[chosen] = _rank(
                searched,
                float64(probe[chosen], unit),
                own[chosen],
                searched.place[chosen] if leave_self_out else None,
                buffer,
            )

    with cores.multiplying() as (pool, num_threads):
        starts = range(0, len(found), at_once)
        list(pool.map(work, (starts[n::num_threads] for n in range(num_threads))))
    return Ranks(before, precision)


class Gallery:
    """A gallery whose sequences take their places person after person.

    Args:
        features: [G, H].
        person: [G].
        unit: they are brought to length 1.
    """

    def __init__(self, features: np.ndarray, person: np.ndarray, unit: bool) -> None:
        self._features = features
        self._unit = unit
        self.order = np.argsort(person, kind="stable")  # Place -> index.
        self.place = np.empty_like(self.order)  # Index -> place.
        self.place[self.order] = np.arange(len(person))
        self._persons, counts = np.unique(person, return_counts=True)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        size = len(person)
        # As few blocks as may be, all of them nearly as large.
        num_blocks = max(1, -(-size // _GALLERY_AT_ONCE))
        places = max(1, -(-size // num_blocks))
        self.blocks = [
            slice(start, min(start + places, size)) for start in range(0, size, places)
        ]
        self.columns = -(-places // _COLUMNS) * _COLUMNS
        self._whole = self._gather(self.blocks[0]) if len(self.blocks) == 1 else None
        # |b|^2 of the sequence at each place.
        self._squares = np.ones(size)
        if not unit:
            for block in self.blocks:
                rows = self._rows(block)[: block.stop - block.start]
                self._squares[block] = np.square(rows).sum(axis=1)

    def places(self, persons: np.ndarray) -> np.ndarray:
        """[P, 2] first place of each person and one after the last; equal: nobody."""
        index = np.searchsorted(self._persons, persons)
        index[index == len(self._persons)] = 0
        places = np.stack([self._starts[index], self._starts[index + 1]], axis=1)
        places[self._persons[index] != persons] = 0
        return places

    def distances(
        self, doubled: np.ndarray, block: slice, buffer: np.ndarray
    ) -> np.ndarray:
        """[B, columns] |b|^2 - 2ab; |a|^2 would not change the order of a row.

        The first columns are the block's places; those behind them mean nothing.

        Args:
            doubled: [B, H] twice the probes.
            block: places.
            buffer: [B or more, columns] that holds the result.
        """
        result = buffer[: len(doubled)]
        with np.errstate(invalid="ignore"):  # `_complete` sees to it.
            np.matmul(doubled, self._rows(block).T, out=result)
        _complete(result, self._squares[block])
        return result

    def _rows(self, block: slice) -> np.ndarray:
        return self._gather(block) if self._whole is None else self._whole

    def _gather(self, block: slice) -> np.ndarray:
        """[columns, H] features at the places of the block, zeros behind them."""
        rows = np.zeros((self.columns, self._features.shape[1]))
        chosen = self._features[self.order[block]]
        rows[: len(chosen)] = float64(chosen, self._unit)
        return rows


def float64(features: np.ndarray, unit: bool) -> np.ndarray:
    """Features [N, H] as they are compared, of length 1 where `unit` is true."""
    # |a|^2 - 2ab + |b|^2 cancels digits; float64 has enough of them.
    features = features.astype(np.float64)
    if unit:
        length = np.linalg.norm(features, axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            features /= np.where(length > 0, length, 1.0)
    return features


def _rank(
    gallery: Gallery,
    probe: np.ndarray,
    own: np.ndarray,
    itself: np.ndarray | None,
    buffer: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Ranks some probes [B, H].

    Args:
        gallery: to search.
        probe: in float64.
        own: [B, 2] places of their persons; at least one each, besides themselves.
        itself: [B] place of the probe itself, which does not count.
        buffer: [B or more, columns] for the distances.

    Returns:
        [B] sequences before the first of the person, [B] average precision.
    """
    num_own = own[:, 1] - own[:, 0]
    # Room for one more than there are, as the search in `_count` needs.
    own_distances = np.full((len(probe), 1 << int(num_own.max()).bit_length()), np.inf)
    doubled = 2.0 * probe
    # Where the gallery is one block, its distances are computed once.
    distances = functools.lru_cache(maxsize=1)(
        lambda number: gallery.distances(doubled, gallery.blocks[number], buffer)
    )
    overlapping = [
        (number, np.clip(own - block.start, 0, block.stop - block.start))
        for number, block in enumerate(gallery.blocks)
    ]
    for number, span in overlapping:
        if (span[:, 0] < span[:, 1]).any():
            offset = gallery.blocks[number].start - own[:, 0]
            for i, row in enumerate(distances(number)):
                first, last = span[i]
                own_distances[i, first + offset[i] : last + offset[i]] = row[first:last]
    if itself is not None:
        own_distances[np.arange(len(probe)), itself - own[:, 0]] = np.inf
        num_own = num_own - 1
    nearest = gallery.order[own[:, 0] + own_distances.argmin(axis=1)]
    own_distances.sort(axis=1)
    others = np.zeros(own_distances.shape, np.int64)
    behind = np.zeros(len(probe), np.int64)
    for number, span in overlapping:
        order = gallery.order[gallery.blocks[number]]
        _count(distances(number), span, own_distances, nearest, order, others, behind)
    others = others.cumsum(axis=1)
    found = own_distances[:, 0] < np.inf
    before = np.where(found, others[:, 0] - behind, NEVER)
    return before, np.where(
        found, _average_precision(own_distances, num_own, others), 0.0
    )


@numba.njit(nogil=True, cache=True)
def _complete(products: np.ndarray, squares: np.ndarray) -> None:
    """2ab -> |b|^2 - 2ab in place; what is not finite becomes infinite."""
    for row in products:
        for j in range(len(squares)):
            distance = squares[j] - row[j]
            row[j] = distance if abs(distance) < np.inf else np.inf


@numba.njit(nogil=True, cache=True)
def _count(rows, span, own_distances, nearest, order, others, behind):
    """Adds the other persons' sequences of a block to the counts, in place.

    Args:
        rows: [B, columns] distances, of which the first are those of the places.
        span: [B, 2] columns of the own person, left out.
        own_distances: [B, M] ascending, inf behind; M a power of 2.
        nearest: [B] index of the first of the own person.
        order: [places] index of each.
        others: [B, M] int64, gets those that are farther than own_distances[i, m - 1]
            and not farther than own_distances[i, m].
        behind: [B] int64, gets those as far as the first of the own person that come
            after it in the gallery.
    """
    size = len(order)
    bins = np.empty(size, np.int32)
    for i in range(len(rows)):
        row, own = rows[i], own_distances[i]
        first, last = span[i]
        # A binary search for all columns at once, step by step and without a branch,
        # which compilers turn into vectors: 4 times as fast as one column's after the
        # other, and as sorting the row.
        bins[:] = 0
        step = len(own) >> 1
        while step > 0:
            for j in range(size):
                bins[j] += step * (own[bins[j] + step - 1] < row[j])
            step >>= 1
        for j in range(size):
            others[i, bins[j]] += 1
        for j in range(first, last):
            others[i, bins[j]] -= 1
        for j in range(first):
            behind[i] += (row[j] == own[0]) & (order[j] > nearest[i])
        for j in range(last, size):
            behind[i] += (row[j] == own[0]) & (order[j] > nearest[i])


@numba.njit(nogil=True, cache=True)
def _average_precision(own_distances, num_own, others):
    """[B] means, over the own sequences, of the precision at their distance."""
    result = np.empty(len(num_own))
    for i in range(len(num_own)):
        total = 0.0
        correct = num_own[i]
        for m in range(num_own[i] - 1, -1, -1):
            if own_distances[i, m] < own_distances[i, m + 1] and m + 1 < num_own[i]:
                correct = m + 1
            total += correct / (correct + others[i, m])
        result[i] = total / num_own[i]
    return result
