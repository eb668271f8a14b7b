"""Who is train, gallery and probe: seeded, by recording within each person."""

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
