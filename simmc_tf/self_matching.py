"""How well an encoder finds recordings again: its quality, told without labels."""

import dataclasses
from collections.abc import Callable

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import evaluation
from simmc_tf import tracks as tracks_module

# More would cost more than an epoch and say no more.
_MOST_PROBES = 2_000
_MOST_GALLERY = 10_000
# Share of the highest quality that later epochs may lose: recordings of a person count
# against each other, so that the highest comes while persons are still being found.
TOLERANCE = 0.02
# Fewer recordings are found by chance.
_FEWEST_TRACKS = 3


@dataclasses.dataclass(frozen=True)
class Halves:
    """Sequences of one half of each track, to be found in the other halves.

    Attributes:
        probe: [P] int64 sequences.
        gallery: [G] int64 sequences; none shares a frame with a probe.
        tracks: [N] of all sequences.
    """

    probe: np.ndarray
    gallery: np.ndarray
    tracks: np.ndarray

    def mean_ap(
        self,
        sequences: data_module.Sequences,
        encode: Callable[[data_module.Sequences, np.ndarray], np.ndarray],
    ) -> float:
        """MAP of finding the recording, as `evaluation.evaluate` finds persons.

        All of these sequences are trained on, so that this is no held-out score. It
        rises while a recording's sequences, over time, become more like each other than
        like those of other recordings. Recordings of one person count against each
        other, so that it falls once training brings together what it took for one
        person, rightly or not. `scripts.ablate` shows how closely it follows probes.

        Args:
            sequences: [N, f, d], all of them.
            encode: of sequences and which of them [n], to [n, H].
        """
        gallery, probe = (
            encode(sequences, rows) for rows in (self.gallery, self.probe)
        )
        return evaluation.evaluate(
            gallery, self.tracks[self.gallery], probe, self.tracks[self.probe]
        ).mean_ap


def split(tracks: tracks_module.Tracks, seed: int) -> Halves | None:
    """Halves of tracks, drawn where there are too many sequences.

    Args:
        tracks: of N sequences.
        seed: of the draws.

    Returns:
        None where fewer than 3 tracks are long enough.
    """
    numbers, steps = tracks.numbers, tracks.steps
    last = np.zeros(len(tracks), np.int64)
    np.maximum.at(last, numbers, steps)
    generator = np.random.default_rng(seed)
    # A step lies between the halves, so that they share no frame.
    probe, gallery = (
        np.sort(generator.permutation(np.flatnonzero(some))[:most])
        for some, most in (
            (2 * steps < last[numbers] - 1, _MOST_PROBES),
            (2 * steps > last[numbers] + 1, _MOST_GALLERY),
        )
    )
    if len(np.intersect1d(numbers[probe], numbers[gallery])) < _FEWEST_TRACKS:
        return None
    return Halves(probe, gallery, numbers)


def quality(track_mean_ap: float, silhouette: float | None) -> float:
    """What a model is worth, told without labels: no more than its weaker side.

    At first persons are far from compact, and the silhouette rises as they become so.
    It rises for ever, since training contracts whatever was taken for one person; by
    then `Halves.mean_ap` falls, as recordings that differ are no longer told apart.

    Args:
        track_mean_ap: as `Halves.mean_ap` gives it.
        silhouette: of the best partition of the tracks; None where they are not merged.
    """
    return track_mean_ap if silhouette is None else min(track_mean_ap, silhouette)
