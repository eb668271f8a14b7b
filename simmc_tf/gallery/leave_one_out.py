"""Trials of a gallery with itself: everybody is once a stranger, once somebody new."""

from collections.abc import Callable

import numpy as np

from simmc_tf.gallery import calibration, database, search

# Of a person, whose others would tell nearly the same. Without a limit the time is
# quadratic in the sequences of each person.
MOST_TRIALS = 8


def count(layout: database.Layout, unit: str) -> int:
    """Searches that `trials` makes."""
    return len(_drawn(_whose(layout, unit)))


def trials(
    searching: search.Search,
    vectors: np.ndarray,
    layout: database.Layout,
    unit: str,
    done: Callable[[int], None] = lambda count: None,
) -> calibration.Trials:
    """Searches for what is enrolled, without what it would find itself by.

    As a stranger's, a recording is compared with all other persons. As that of somebody
    who is enrolled, with these and the person's other recordings, where there are any.
    Of each person at most `MOST_TRIALS` are drawn, always the same ones of a gallery.

    Args:
        searching: looks at all embeddings; 2 persons or more.
        vectors: [N, H] float32 embeddings that it searches.
        layout: whose they are.
        unit: of a trial, `calibration.RECORDING` or `SEQUENCE`.
        done: told how many of `count` are done.

    Returns:
        With indices of `Layout.names` as numbers of the persons.
    """
    whose = _whose(layout, unit)
    some = _drawn(whose)
    person = whose[some]
    recording, starts, stops = some, some, some + 1
    if unit == calibration.SEQUENCE:
        recording = np.searchsorted(layout.starts, some, side="right") - 1
    else:
        starts, stops = layout.starts[some], layout.starts[stops]
    spans = [slice(*span) for span in zip(starts.tolist(), stops.tolist(), strict=True)]
    bounds = np.concatenate([[0], np.cumsum(stops - starts)])
    queries = np.concatenate([vectors[span] for span in spans])
    # Of the two nearest at most one is the person.
    found = searching.nearest(queries, bounds, 2, done)
    persons = np.array([one.person for one in found])
    distances = np.array([one.distance for one in found])
    place = np.arange(len(person)), (persons[:, 0] == person).astype(int)
    other, distance = persons[place], distances[place]
    own = np.array(
        [
            searching.within(number, span).mean()
            for number, span in zip(recording.tolist(), spans, strict=True)
        ]
    )
    known = np.isfinite(own)
    is_right = own < distance
    return calibration.Trials(
        np.concatenate([person, person[known]]),
        np.concatenate([other, np.where(is_right, person, other)[known]]),
        np.concatenate([distance, np.minimum(own, distance)[known]]),
        np.repeat([False, True], [len(person), int(known.sum())]),
    )


def _whose(layout: database.Layout, unit: str) -> np.ndarray:
    """Person of each recording, or of each sequence."""
    if unit == calibration.SEQUENCE:
        return np.repeat(layout.person, layout.counts)
    return layout.person


def _drawn(person: np.ndarray) -> np.ndarray:
    """Indices of at most `MOST_TRIALS` of each person, ascending."""
    order = np.lexsort((np.random.default_rng(0).random(len(person)), person))
    first = np.searchsorted(person[order], person[order])
    return np.sort(order[np.arange(len(order)) - first < MOST_TRIALS])
