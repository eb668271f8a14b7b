"""The persons nearest to what was recorded.

A sequence is as far from a person as from the nearest of the person's sequences: people
are enrolled from several sides and in several clothes, of which one need fit. A
recording is as far as its sequences are on average: noise of single sequences averages
out, and a long recording finds nobody by one sequence out of many that happens to be
near. Distances are Euclidean, as in evaluation.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from simmc_tf.gallery import database

# Recordings of whose end is told; sequences, and embeddings, that are compared at once.
_GROUPS, _QUERIES, _ROWS = 128, 256, 8192
# Distances, of sequences to enrolled recordings, that are held at once.
_CELLS = 2**25
# Sequences that are searched for in the inverted lists at once.
_SEARCHED = 2048
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
        largest = np.maximum.reduceat(self._squares, self._starts[:-1])[self._order]
        # Of each person's longest embedding.
        self._norms = np.sqrt(np.maximum.reduceat(largest, self._bounds[:-1]))

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
        for persons in choose(queries, starts, top):
            start, stop = starts[len(found) : len(found) + 2]
            found.append(self._ranked(queries[start:stop], persons, top))
            if not len(found) % _GROUPS or len(found) == len(starts) - 1:
                done(len(found))
        return found

    def within(self, recording: int, some: slice) -> np.ndarray:
        """Distances of a recording's sequences to the person's other recordings.

        Args:
            recording: index in `Layout.counts`.
            some: n embeddings of it.

        Returns:
            [n] float64 to the nearest embedding of these; infinite without any.
        """
        every = self._recordings(self._layout.person[recording])
        queries = self._vectors[some].astype(np.float64)
        return self._distances(queries, every[every != recording])

    def _ranked(self, queries: np.ndarray, persons: np.ndarray, top: int) -> Found:
        """Candidates by their distance, in float64."""
        wide = queries.astype(np.float64)
        distances = np.empty(len(persons))
        for i, person in enumerate(persons):
            distances[i] = self._distances(wide, self._recordings(person)).mean()
        order = np.lexsort((persons, distances))[:top]
        return Found(persons[order], distances[order])

    def _distances(self, queries: np.ndarray, recordings: np.ndarray) -> np.ndarray:
        """[M] float64 from queries [M, H] to the nearest embedding of recordings."""
        from scipy.spatial import distance

        nearest = np.full(len(queries), np.inf)
        for rows in self._rows(recordings):
            for start in range(0, len(queries), _QUERIES):
                some = slice(start, start + _QUERIES)
                found = distance.cdist(queries[some], rows).min(axis=1)
                np.minimum(nearest[some], found, out=nearest[some])
        return nearest

    def _recordings(self, person: int) -> np.ndarray:
        """Indices of a person's recordings."""
        return self._order[self._bounds[person] : self._bounds[person + 1]]

    def _rows(self, recordings: np.ndarray) -> Iterator[np.ndarray]:
        """Embeddings of recordings in float64, some at a time."""
        spans = [np.arange(self._starts[r], self._starts[r + 1]) for r in recordings]
        rows = np.concatenate([np.empty(0, np.int64), *spans])
        for start in range(0, len(rows), _ROWS):
            yield self._vectors[rows[start : start + _ROWS]].astype(np.float64)

    def _by_bounds(
        self, queries: np.ndarray, starts: np.ndarray, top: int
    ) -> Iterator[np.ndarray]:
        """Persons that may be among the nearest: all that rounding leaves in doubt."""
        at_once = int(np.clip(_CELLS // len(self._layout.counts), 1, _QUERIES))
        last = starts[1:] - 1
        low, high = np.zeros((2, len(self._layout.names)))
        for start in range(0, len(queries), at_once):
            some = queries[start : start + at_once]
            recordings, squares = self._squared(some), _squares(some)
            for i, row in enumerate(recordings):
                squared, error = self._persons(row, float(squares[i]))
                low += np.sqrt(np.maximum(squared - error, 0))
                high += np.sqrt(squared + error)
                if start + i == last[0]:
                    last = last[1:]
                    limit = np.partition(high, top - 1)[top - 1]
                    yield np.flatnonzero(low <= limit)
                    low, high = np.zeros((2, len(low)))

    def _squared(self, queries: np.ndarray) -> np.ndarray:
        """Squared distances [M, R] to the recordings in float32."""
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
        nearest += _squares(queries)[:, np.newaxis]
        return nearest

    def _persons(self, squared: np.ndarray, square: float) -> tuple[np.ndarray, Any]:
        """Squared distances [P] of a query to persons, 0 or more, and their error [P].

        Args:
            squared: [R] to the recordings.
            square: of the query.
        """
        by_person = np.minimum.reduceat(squared[self._order], self._bounds[:-1])
        # Every product of H and sum of a few is off by a rounding each at most.
        rounding = (self._vectors.shape[1] + 8) * np.finfo(np.float32).eps
        reach = np.sqrt(square) + self._norms
        return np.maximum(by_person, 0, dtype=np.float64), rounding * reach**2

    def _by_lists(
        self, queries: np.ndarray, starts: np.ndarray, top: int
    ) -> Iterator[np.ndarray]:
        """Persons with the nearest sequences in the inverted lists that are searched.

        One that a sequence does not find counts as far as the last that it finds.
        """
        count = max(_FEWEST_PERSONS, _PERSONS * top)
        first = 0
        while first < len(starts) - 1:
            # Some recordings, or a long one.
            end = np.searchsorted(starts, starts[first] + _SEARCHED, side="right") - 1
            bounds = starts[first : max(end, first + 1) + 1]
            squared, numbers = self._lists.search(
                queries[bounds[0] : bounds[-1]], _NEIGHBOURS
            )
            person = self._owner(numbers)
            distances = np.sqrt(np.maximum(squared, 0))
            for start, stop in itertools.pairwise(bounds - bounds[0]):
                some = slice(start, stop)
                valid = numbers[some] >= 0
                if valid.any():
                    yield _likeliest(person[some], distances[some], valid)[:count]
                else:  # The lists that are searched are empty: all come into question.
                    yield np.arange(len(self._layout.names))
            first += len(bounds) - 1

    def _owner(self, numbers: np.ndarray) -> np.ndarray:
        """Persons of sequences, by their numbers; of -1 any."""
        row = np.searchsorted(self._layout.sequence, numbers)
        recording = np.searchsorted(self._starts, row, side="right") - 1
        return self._layout.person[recording]


def _likeliest(
    person: np.ndarray, distance: np.ndarray, valid: np.ndarray
) -> np.ndarray:
    """Persons among the neighbours of some sequences, by their mean distance.

    Args:
        person: [n, k] of the neighbours.
        distance: [n, k] to them.
        valid: [n, k] bool, whether there is one; in one place or more.
    """
    farthest = np.where(valid, distance, 0).max(axis=1, keepdims=True)
    sequence = np.nonzero(valid)[0]
    persons, index = np.unique(person[valid], return_inverse=True)
    # Only of the pairs that there are: a long recording comes near most persons.
    pairs, place = np.unique(sequence * len(persons) + index, return_inverse=True)
    nearer = np.zeros(len(pairs))
    np.maximum.at(nearer, place, (farthest - distance)[valid])
    total = np.bincount(pairs % len(persons), weights=nearer, minlength=len(persons))
    return persons[np.argsort(-total, kind="stable")]


def _squares(vectors: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", vectors, vectors)
