"""Tracks of the same person merged into one, with the number of persons unknown."""

import dataclasses

import numpy as np
import sklearn.metrics
from scipy import sparse
from scipy.cluster import hierarchy
from scipy.spatial import distance

from simmc_tf import cores, whitening
from simmc_tf import data as data_module

# Share of the mean variance within tracks that is added to each; what whitened features
# of unit length tell best with, among 0.03 to 3, on all development data.
_SHRINKAGE = 1.0
# Cosine distances below which tracks are one person's; which one, the data say. That of
# tracks that have nothing in common is 1.
_RADII = np.arange(0.1, 1.0, 0.05)
# Partitions with this share of the best silhouette are as good as the best.
_AS_GOOD = 0.9
# Distances between all pairs of more would not fit into memory well.
MOST_TRACKS = 5_000


@dataclasses.dataclass(frozen=True)
class Partition:
    """Tracks by person.

    Attributes:
        labels: [T] int32 in 0..K-1, numbered by their first tracks.
        radius: the largest distance between tracks of a person.
        silhouette: in [-1, 1], how much nearer tracks are to their own person than to
            the next one, in the mean over tracks; a track alone counts 0.
    """

    labels: np.ndarray
    radius: float
    silhouette: float


@dataclasses.dataclass(frozen=True)
class Merged:
    """What merging made of tracks.

    Attributes:
        finer: the partition into most persons among those that are about as good as the
            best one.
        coarser: the partition half-way from there to that into fewest.
        best_silhouette: of all partitions.
        whitening: of the unit features, in which tracks were compared.
    """

    finer: Partition
    coarser: Partition
    best_silhouette: float
    whitening: whitening.Whitening


@cores.in_one_thread()
def merge(features: np.ndarray, tracks: np.ndarray, radius: float = 0.0) -> Merged:
    """Merges tracks by complete linkage; the silhouette says how far.

    Tracks are compared by the cosine of their mean features, once these are whitened by
    what varies within tracks. Complete linkage merges two groups only if all their
    tracks are alike, so that it forms no chains from person to person. The silhouette
    (Rousseeuw 1987) is flat around its highest point, and says little about which of
    several granularities is the right one.

    Args:
        features: [N, H] of unit length.
        tracks: [N] int in 0..T-1.
        radius: up to which tracks are merged; 0 for what the silhouette says.
    """
    found = whiten(features, tracks)
    means = unit(_sums(features, tracks, found))
    distances = np.maximum(1.0 - means @ means.T, 0.0)
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0.0)
    candidates = _partitions(distances, radius)
    best = max(partition.silhouette for partition in candidates)
    least = best - (1.0 - _AS_GOOD) * abs(best)  # The best may be below 0.
    good = [one for one in candidates if one.silhouette >= least]
    return Merged(good[0], good[len(good) // 2], best, found)


def _sums(
    features: np.ndarray, tracks: np.ndarray, found: whitening.Whitening
) -> np.ndarray:
    """Sums [T, H] of the whitened features of each track, each of length 1 first."""
    sums = np.zeros((tracks.max() + 1, features.shape[1]))
    for some in data_module.pieces(len(features)):
        own = tracks[some]
        of_track = sparse.csr_array(
            (np.ones(len(own)), (own, np.arange(len(own)))), (len(sums), len(own))
        )
        sums += of_track @ unit(found(features[some]))
    return sums


@cores.in_one_thread()
def whiten(features: np.ndarray, tracks: np.ndarray) -> whitening.Whitening:
    """The whitening of features [N, H] of length 1, by their tracks [N]."""
    return whitening.fit(features, tracks, _SHRINKAGE)


def _partitions(distances: np.ndarray, radius: float = 0.0) -> list[Partition]:
    """By growing radius, or at the one that is given.

    Where none is given those of a single person and of each track alone are left out,
    unless there is no other.
    """
    num_tracks = len(distances)
    alone = Partition(np.arange(num_tracks, dtype=np.int32), 0.0, 0.0)
    if num_tracks < 3:
        return [alone]
    tree = hierarchy.linkage(
        distance.squareform(distances, checks=False), method="complete"
    )
    if radius:
        return [_partition(tree, distances, radius)]
    candidates = [_partition(tree, distances, each) for each in _RADII]
    several = [one for one in candidates if 0 < one.labels.max() < num_tracks - 1]
    return several or [alone]


def _partition(tree: np.ndarray, distances: np.ndarray, radius: float) -> Partition:
    labels = hierarchy.fcluster(tree, radius, criterion="distance")
    _, first, labels = np.unique(labels, return_index=True, return_inverse=True)
    numbers = np.argsort(np.argsort(first)).astype(np.int32)
    silhouette = 0.0  # Of one person, and of each track alone.
    if 1 < len(first) < len(distances):
        silhouette = sklearn.metrics.silhouette_score(
            distances, labels, metric="precomputed"
        )
    return Partition(numbers[labels], float(radius), float(silhouette))


def normalise(features: np.ndarray) -> None:
    """Brings rows [N, H] to length 1, in place; they may be mapped from a file."""
    for some in data_module.pieces(len(features)):
        features[some] = unit(features[some])


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows [N, H] of length 1; zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, np.finfo(np.float32).tiny)
