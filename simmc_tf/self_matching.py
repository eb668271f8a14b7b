"""How well an encoder finds recordings again: its quality, told without labels."""

import dataclasses
from collections.abc import Callable

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import evaluation

# More would cost more than an epoch and say no more.
_MOST_PROBES = 2_000
_MOST_GALLERY = 10_000


@dataclasses.dataclass(frozen=True)
class Halves:
    """Sequences of the earlier halves of tracks, to be found in the later halves.

    Attributes:
        earlier: [P] int64 sequences.
        later: [G] int64 sequences; none shares a frame with an earlier one.
        tracks: [N] of all sequences.
    """

    earlier: np.ndarray
    later: np.ndarray
    tracks: np.ndarray

    def mean_ap(
        self,
        sequences: data_module.Sequences,
        encode: Callable[[data_module.Sequences, np.ndarray], np.ndarray],
    ) -> float:
        """MAP of finding the recording, as `evaluation.evaluate` finds persons.

        What an encoder learns by heart of its training windows does not help it over
        time, and what it learns of bodies does; so this rises with what it finds of
        unseen recordings, and falls once training goes too far.

        Args:
            sequences: [N, f, d], all of them.
            encode: of sequences and which of them [n], to [n, H].
        """
        earlier, later = (
            encode(sequences, rows) for rows in (self.earlier, self.later)
        )
        return evaluation.evaluate(
            later, self.tracks[self.later], earlier, self.tracks[self.earlier]
        ).mean_ap


def split(tracks: np.ndarray, steps: np.ndarray, seed: int) -> Halves | None:
    """Halves of tracks, drawn where there are too many sequences.

    Args:
        tracks: [N] int in 0..T-1.
        steps: [N] as `tracks.steps` gives them.
        seed: of the draws.

    Returns:
        None where no track is long enough.
    """
    last = np.zeros(tracks.max(initial=-1) + 1, np.int64)
    np.maximum.at(last, tracks, steps)
    generator = np.random.default_rng(seed)
    # A step lies between the halves, so that they share no frame.
    earlier, later = (
        np.sort(generator.permutation(np.flatnonzero(some))[:most])
        for some, most in (
            (2 * steps < last[tracks] - 1, _MOST_PROBES),
            (2 * steps > last[tracks] + 1, _MOST_GALLERY),
        )
    )
    if not np.isin(tracks[earlier], tracks[later]).any():
        return None
    return Halves(earlier, later, tracks)
