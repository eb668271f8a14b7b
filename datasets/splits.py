"""Who is train, gallery and probe: seeded, by recording within each person.

All draws are called alike: `draw(recordings, min_frames, seed)`, and give [R] str of
`recordings.SPLITS`. Each person's draw is independent of who else there is.
"""

from collections.abc import Callable

import numpy as np

from datasets import recordings as recordings_module

# A person needs one recording for each of train, gallery and probe.
_MIN_RECORDINGS = 3
# A quarter of a person's recordings each go to gallery and probe.
_TEST_SHARE = 4


def draw(
    recordings: recordings_module.Recordings, min_frames: int, seed: int
) -> np.ndarray:
    """Draws a split where the recordings bring none.

    Of each person with 3 or more recordings long enough, a quarter (at least one) goes
    to the gallery, as many to the probes, the rest to training. Everybody else, and
    recordings of unknown persons, are training only.

    Args:
        recordings: to split.
        min_frames: shorter recordings give no sequence and are not counted.
        seed: of the draw; each person's is independent of who else there is.

    Returns:
        [R] str of `recordings.SPLITS`.
    """
    split = np.full(len(recordings), recordings_module.TRAIN, dtype="<U7")
    usable = np.diff(recordings.starts) >= min_frames
    for person in np.unique(recordings.person[recordings.person >= 0]):
        own = np.flatnonzero((recordings.person == person) & usable)
        if len(own) < _MIN_RECORDINGS:
            continue
        own = np.random.default_rng((seed, int(person))).permutation(own)
        share = max(1, len(own) // _TEST_SHARE)
        split[own[:share]] = recordings_module.GALLERY
        split[own[share : 2 * share]] = recordings_module.PROBE
    return split


def draw_kgbd(
    recordings: recordings_module.Recordings, min_frames: int, seed: int
) -> np.ndarray:
    """Draws KGBD's split: of each person 2 recordings for the gallery, 1 as probe.

    Of a person with 3 recordings 1 and 1, as published; with fewer all are training.
    Lengths do not matter, so that all f share a split.
    """
    del min_frames
    split = np.full(len(recordings), recordings_module.TRAIN, dtype="<U7")
    for person in np.unique(recordings.person):
        own = np.flatnonzero(recordings.person == person)
        if len(own) < _MIN_RECORDINGS:
            continue
        own = np.random.default_rng((seed, int(person))).permutation(own)
        in_gallery = 1 if len(own) == _MIN_RECORDINGS else 2
        split[own[0]] = recordings_module.PROBE
        split[own[1 : 1 + in_gallery]] = recordings_module.GALLERY
    return split


def draw_ks20(
    recordings: recordings_module.Recordings, min_frames: int, seed: int
) -> np.ndarray:
    """Draws KS20's split: of each person one of three sets for each part.

    A recording's condition is `SET-VIEW`; a set is gallery, probe or training in all
    five views. A person who lacks a set is training only.
    """
    del min_frames
    conditions = np.asarray(recordings.condition).tolist()
    sets = np.array([condition.split("-")[0] for condition in conditions])
    split = np.full(len(recordings), recordings_module.TRAIN, dtype="<U7")
    for person in np.unique(recordings.person):
        own = recordings.person == person
        names = np.unique(sets[own])
        if len(names) < len(recordings_module.SPLITS):
            continue
        names = np.random.default_rng((seed, int(person))).permutation(names)
        split[own & (sets == names[0])] = recordings_module.GALLERY
        split[own & (sets == names[1])] = recordings_module.PROBE
    return split


# What a person must have to be drawn for gallery and probes.
NEEDED: dict[Callable[..., np.ndarray], str] = {
    draw: f"{_MIN_RECORDINGS} recordings of {{frames}} or more frames",
    draw_kgbd: f"{_MIN_RECORDINGS} recordings",
    draw_ks20: f"recordings of {len(recordings_module.SPLITS)} sets",
}
