"""Trials of a gallery with itself: everybody is once a stranger, once somebody new."""

from collections.abc import Callable

import numpy as np

from simmc_tf.gallery import calibration, database, search


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

    Args:
        searching: looks at all embeddings; 2 persons or more.
        vectors: [N, H] float32 embeddings that it searches.
        layout: whose they are.
        unit: of a trial, `calibration.RECORDING` or `SEQUENCE`.
        done: told how many are done.
    """
    by_sequence = unit == calibration.SEQUENCE
    bounds = np.arange(len(vectors) + 1) if by_sequence else layout.starts
    person = np.repeat(layout.person, layout.counts) if by_sequence else layout.person
    # Of the two nearest at most one is the person.
    found = searching.nearest(vectors, bounds, 2, done)
    persons = np.array([one.person for one in found])
    distances = np.array([one.distance for one in found])
    place = np.arange(len(person)), (persons[:, 0] == person).astype(int)
    other, distance = persons[place], distances[place]
    own = np.concatenate(
        [
            within if by_sequence else [within.mean()]
            for within in map(searching.within, range(len(layout.counts)))
        ]
    )
    known = np.isfinite(own)
    is_right = own < distance
    names = np.array(layout.names, dtype=str)
    return calibration.Trials(
        names[np.concatenate([person, person[known]])],
        names[np.concatenate([other, np.where(is_right, person, other)[known]])],
        np.concatenate([distance, np.minimum(own, distance)[known]]),
        np.repeat([False, True], [len(person), int(known.sum())]),
    )
