"""Whitening of what varies within tracks: that tells nobody apart."""

import dataclasses

import numpy as np

from simmc_tf import averages


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
        within: [D, D] float64 covariance within tracks.
        shrinkage: share of the mean variance that is added to every one, so that
            directions which hardly vary are not blown up.
    """
    variances, directions = np.linalg.eigh(within)
    variances = np.maximum(variances, 0.0)
    floor = shrinkage * variances.mean()
    # Nothing varies within any track: all directions are as good as each other.
    spread = np.sqrt(variances + floor) if floor > 0 else np.ones(len(variances))
    return Whitening(centre, directions / spread)


def fit(features: np.ndarray, tracks: np.ndarray, shrinkage: float) -> Whitening:
    """The whitening of features [N, D] whose tracks [N] are known."""
    means = averages.of_groups(features, tracks)
    within = np.zeros((features.shape[1],) * 2)
    centre = np.zeros(features.shape[1])
    for start in range(0, len(features), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        rows = features[some].astype(np.float64)
        centre += rows.sum(axis=0) / len(features)
        rows -= means[tracks[some]]
        within += rows.T @ rows / len(features)
    return of_covariance(centre, within, shrinkage)


_ROWS_AT_ONCE = 1 << 14
