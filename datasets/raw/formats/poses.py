"""What a pose estimator saw of one walker."""

import dataclasses

import numpy as np

from datasets import skeletons

# Beyond it there is no float32, in which recordings are kept.
_TOO_LARGE = np.finfo(np.float32).max


@dataclasses.dataclass(frozen=True)
class Poses:
    """Poses of one walker, frame after frame; no frame is left out yet.

    Attributes:
        positions: [T, J, 3] float64, or [T, J, 2] where there is no depth, in whatever
            unit the file has; joints that were not seen are NaN.
        confidence: [T, J] float64, 0 for joints that were not seen.
        skeleton: of the J joints.
    """

    positions: np.ndarray
    confidence: np.ndarray
    skeleton: skeletons.Skeleton

    @property
    def flat(self) -> bool:
        """Whether there is no depth."""
        return self.positions.shape[2] == 2


def make(
    positions: np.ndarray,
    skeleton: skeletons.Skeleton,
    confidence: np.ndarray | None = None,
) -> Poses:
    """Marks joints as not seen that have no confidence or a coordinate without value.

    Args:
        positions: [T, J, 2 or 3].
        skeleton: of the J joints.
        confidence: [T, J], above 0 for joints that were seen; None: all were.
    """
    positions = np.array(positions, np.float64)
    if confidence is None:
        confidence = np.ones(positions.shape[:2])
    seen = (confidence > 0) & (np.abs(positions) < _TOO_LARGE).all(axis=2)
    positions[~seen] = np.nan
    return Poses(positions, np.where(seen, confidence, 0.0), skeleton)
