"""Whitening of what varies within tracks: that tells nobody apart."""

import dataclasses

import numpy as np
from scipy import linalg

from simmc_tf import averages
from simmc_tf import data as data_module

# Of numbers around 1, the rounding of float32. What was divided by far less would have
# squares that it cannot hold.
_LEAST_VARIANCE = 1e-14


@dataclasses.dataclass(frozen=True)
class Whitening:
    """An affine map of features.

    Attributes:
        centre: [D] float64, subtracted first.
        matrix: [D, D'] float64, multiplied from the right.
    """

    centre: np.ndarray
    matrix: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """[N, D] to [N, D']."""
        return (features - self.centre) @ self.matrix


def of_covariance(
    centre: np.ndarray, within: np.ndarray, shrinkage: float
) -> Whitening:
    """Whitens what varies within tracks.

    Within-class covariance normalisation (Hatch, Kajarekar and Stolcke, Interspeech
    2006), with tracks in place of the classes.

    Args:
        centre: [D] mean of the features.
        within: [D, D] float64 covariance within tracks, of numbers around 1.
        shrinkage: share of the mean variance that is added to every one, so that
            directions which hardly vary are not blown up.
    """
    identity = np.eye(len(within))
    floor = shrinkage * within.diagonal().mean()
    if floor <= _LEAST_VARIANCE:
        # Nothing but rounding varies within any track: all directions are as good as
        # each other.
        return Whitening(centre, identity)
    # Of all matrices that whiten the cheapest; distances are the same with any.
    factor = np.linalg.cholesky(within + floor * identity)
    return Whitening(centre, linalg.solve_triangular(factor, identity, lower=True).T)


def fit(features: np.ndarray, tracks: np.ndarray, shrinkage: float) -> Whitening:
    """The whitening of features [N, D] whose tracks [N] are known."""
    # Who is alone in a track varies from nobody.
    group = np.full(len(tracks), -1)
    several = np.bincount(tracks)[tracks] > 1
    group[several] = np.unique(tracks[several], return_inverse=True)[1]
    means = averages.of_groups(features, group)
    within = np.zeros((features.shape[1],) * 2)
    centre = np.zeros(features.shape[1])
    for some in data_module.pieces(len(features)):
        rows = features[some].astype(np.float64)
        centre += rows.sum(axis=0) / len(features)
        own = group[some]
        rows = rows[own >= 0] - means[own[own >= 0]]
        within += rows.T @ rows / len(features)
    return of_covariance(centre, within, shrinkage)
