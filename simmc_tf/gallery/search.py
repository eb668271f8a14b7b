"""The persons nearest to what was recorded.

A sequence is as far from a person as from the nearest of the person's sequences: people
are enrolled from several sides and in several clothes, of which one need fit. A
recording is as far as its sequences are on average: noise of single sequences averages
out, and a long recording finds nobody by one sequence out of many that happens to be
near. Distances are Euclidean, as in evaluation.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from simmc_tf.gallery import database

# Recordings, their sequences and embeddings that are compared at once.
_GROUPS, _QUERIES, _ROWS = 128, 256, 8192
# Neighbours in the inverted lists, and persons among them for one that is asked for.
_NEIGHBOURS, _PERSONS = 256, 4
_FEWEST_PERSONS = 32


@dataclasses.dataclass(frozen=True)
class Found:
    """The nearest persons, nearest first.

    Attributes:
        person: [top or fewer] int64 index in `Layout.names`.
        distance: [top or fewer] float64.
    """

    person: np.ndarray
    distance: np.ndarray


class Search:
    """Finds persons by embeddings.

    Args:
        vectors: [N, H] float32 embeddings, N >= 1.
        layout: whose they are.
        lists: inverted lists that name candidates; None to look at all.
    """

    def __init__(
        self, vectors: np.ndarray, layout: database.Layout, lists: Any = None
    ) -> None:
        self._vectors = vectors
        self._layout = layout
        self._lists = lists
        self._starts = layout.starts
        # Recordings person after person.
        self._order = np.argsort(layout.person, kind="stable")
        bounds = np.arange(len(layout.names) + 1)
        self._bounds = np.searchsorted(layout.person[self._order], bounds)
        blocks = range(0, len(vectors), _ROWS)
        squares = [_squares(vectors[start : start + _ROWS]) for start in blocks]
        self._squares = np.concatenate(squares)

    @property
    def names(self) -> tuple[str, ...]:
        """P persons."""
        return self._layout.names

    def nearest(
        self,
        queries: np.ndarray,
        starts: np.ndarray,
        top: int,
        done: Callable[[int], None] = lambda count: None,
    ) -> list[Found]:
        """Persons nearest to each of some recordings; of equally far ones any first.

        Args:
            queries: [M, H] float32 embeddings, recording after recording.
            starts: [G + 1] int64 first of each recording; each has one or more.
            top: persons to find.
            done: told how many recordings are done.
        """
        top = min(top, len(self._layout.names))
        found: list[Found] = []
        choose = self._by_bounds if self._lists is None else self._by_lists
        for first in range(0, len(starts) - 1, _GROUPS):
            some = starts[first : first + _GROUPS + 1]
            chosen = choose(queries[some[0] : some[-1]], some - some[0], top)
            for start, stop, persons in zip(some[:-1], some[1:], chosen, strict=True):
                found.append(self._ranked(queries[start:stop], persons, top))
            done(len(found))
        return found

    def _ranked(self, queries: np.ndarray, persons: np.ndarray, top: int) -> Found:
        """Candidates by their distance, in float64."""
        from scipy.spatial import distance

        wide = queries.astype(np.float64)
        distances = np.empty(len(persons))
        for i, person in enumerate(persons):
            nearest = np.full(len(wide), np.inf)
            for rows in self._rows(person):
                for start in range(0, len(wide), _QUERIES):
                    some = slice(start, start + _QUERIES)
                    found = distance.cdist(wide[some], rows).min(axis=1)
                    np.minimum(nearest[some], found, out=nearest[some])
            distances[i] = nearest.mean()
        order = np.lexsort((persons, distances))[:top]
        return Found(persons[order], distances[order])

    def _rows(self, person: int) -> Iterator[np.ndarray]:
        """Embeddings of a person in float64, some at a time."""
        recordings = self._order[self._bounds[person] : self._bounds[person + 1]]
        rows = np.concatenate(
            [np.arange(self._starts[r], self._starts[r + 1]) for r in recordings]
        )
        for start in range(0, len(rows), _ROWS):
            yield self._vectors[rows[start : start + _ROWS]].astype(np.float64)

    def _by_bounds(
        self, queries: np.ndarray, starts: np.ndarray, top: int
    ) -> Iterator[np.ndarray]:
        """Persons that may be among the nearest: all that rounding leaves in doubt."""
        shape = len(starts) - 1, len(self._layout.names)
        low, high = np.zeros(shape), np.zeros(shape)
        group = np.repeat(np.arange(shape[0]), np.diff(starts))
        for start in range(0, len(queries), _QUERIES):
            some = slice(start, start + _QUERIES)
            squared, error = self._squared(queries[some])
            groups, first = np.unique(group[some], return_index=True)
            for total, sign in ((low, -1), (high, 1)):
                bound = np.sqrt(np.maximum(squared + sign * error, 0))
                total[groups] += np.add.reduceat(bound, first, axis=0)
        for lowest, highest in zip(low, high, strict=True):
            yield np.flatnonzero(lowest <= np.partition(highest, top - 1)[top - 1])

    def _squared(self, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Squared distances [M, P] to persons in float32, and [M, 1] their error."""
        squares = _squares(queries)
        nearest = np.empty((len(queries), len(self._layout.counts)), np.float32)
        nearest.fill(np.inf)
        for start in range(0, len(self._vectors), _ROWS):
            rows = self._vectors[start : start + _ROWS]
            # |a - b|^2 = |a|^2 + |b|^2 - 2ab
            parts = (-2 * queries) @ rows.T
            parts += self._squares[start : start + _ROWS]
            first, last = np.searchsorted(
                self._starts, (start, start + len(rows) - 1), side="right"
            )
            among = slice(first - 1, last)
            offsets = np.maximum(self._starts[among] - start, 0)
            found = np.minimum.reduceat(parts, offsets, axis=1)
            np.minimum(nearest[:, among], found, out=nearest[:, among])
        nearest += squares[:, np.newaxis]
        by_person = np.minimum.reduceat(
            nearest[:, self._order], self._bounds[:-1], axis=1
        )
        # Every product of H and sum of a few is off by a rounding each at most.
        rounding = (queries.shape[1] + 8) * np.finfo(np.float32).eps
        reach = np.sqrt(squares) + np.sqrt(self._squares.max())
        return by_person.astype(np.float64), (rounding * reach**2)[:, np.newaxis]

    def _by_lists(
        self, queries: np.ndarray, starts: np.ndarray, top: int
    ) -> Iterator[np.ndarray]:
        """Persons with the nearest sequences in the inverted lists that are searched.

        One that a sequence does not find counts as far as the last that it finds.
        """
        squared, numbers = self._lists.search(queries, _NEIGHBOURS)
        distances = np.sqrt(np.maximum(squared, 0))
        row = np.searchsorted(self._layout.sequence, numbers)
        recording = np.searchsorted(self._starts, row, side="right") - 1
        last = len(self._layout.person) - 1
        person = self._layout.person[np.minimum(recording, last)]
        count = max(_FEWEST_PERSONS, _PERSONS * top)
        for start, stop in zip(starts[:-1], starts[1:], strict=True):
            some = slice(start, stop)
            valid = numbers[some] >= 0
            if valid.any():
                yield _likeliest(person[some], distances[some], valid)[:count]
            else:  # The lists that are searched are empty: all come into question.
                yield np.arange(len(self._layout.names))


def _likeliest(
    person: np.ndarray, distance: np.ndarray, valid: np.ndarray
) -> np.ndarray:
    """Persons among the neighbours of some sequences, by their mean distance.

    Args:
        person: [n, k] of the neighbours.
        distance: [n, k] to them.
        valid: [n, k] bool, whether there is one; in one place or more.
    """
    persons, index = np.unique(person[valid], return_inverse=True)
    farthest = np.where(valid, distance, 0).max(axis=1, keepdims=True)
    nearest = np.repeat(farthest, len(persons), axis=1)
    np.minimum.at(nearest, (np.nonzero(valid)[0], index), distance[valid])
    return persons[np.argsort(nearest.mean(axis=0), kind="stable")]


def _squares(vectors: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", vectors, vectors)
