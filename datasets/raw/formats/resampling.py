"""Recordings at another frame rate."""

import numpy as np

from datasets.raw.formats import array_file
from simmc_tf import errors

# Rates nearer than this are one rate: a frame time of 0.008333 s is 120 a second.
_SAME_RATE = 1e-4
# Times of frames waver; nobody means another rate than 30 by 29.5.
_SIMILAR_RATE = 0.03


def same_rate(fps: float, other: float) -> bool:
    """Whether two rates differ by rounding alone."""
    return abs(fps / other - 1) < _SAME_RATE


def similar_rate(fps: float, other: float) -> bool:
    """Whether two rates may be one, measured and named."""
    return abs(fps / other - 1) < _SIMILAR_RATE


def resample(positions: np.ndarray, fps: float, target_fps: float) -> np.ndarray:
    """Frames at another rate, from the first on, as long as the recording lasts.

    A new frame lies on the straight line between its old neighbours, joint by joint;
    while a bone turns by an angle a between these it is short by at most a factor
    cos(a / 2), 0.9995 where it turns by 3.6 degrees. Nothing is smoothed before, so
    motion faster than half the new rate stays in. Dropped frames are not noticed.

    Args:
        positions: [T, J, 3].
        fps: frames a second that they have.
        target_fps: frames a second to get.

    Returns:
        [T', J, 3] of the same type, of which the first frame is the first and the last
        less than one step of the new rate before the last.

    Raises:
        errors.InputError: they would be too many to hold.
    """
    if len(positions) < 2 or same_rate(fps, target_fps):
        return positions
    step = fps / target_fps
    if round(step) > 0 and same_rate(step, round(step)):
        return positions[:: round(step)].copy()
    if (len(positions) - 1) / step * positions[0].size > array_file.MOST_NUMBERS:
        raise errors.InputError(
            f"{len(positions)} frames at {fps:g} a second are too many to hold at "
            f"{target_fps:g} a second; is its rate right? Choose a smaller --fps."
        )
    # A last frame that only rounding puts behind the end is still in.
    count = int((len(positions) - 1) / step * (1 + 1e-9)) + 1
    times = np.minimum(np.arange(count) * step, len(positions) - 1)
    before = np.minimum(times.astype(np.int64), len(positions) - 2)
    share = (times - before).astype(positions.dtype)[:, np.newaxis, np.newaxis]
    return positions[before] * (1 - share) + positions[before + 1] * share
