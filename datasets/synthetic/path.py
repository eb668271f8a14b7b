"""Where a recording goes: headings and places in front of the sensor."""

import numpy as np

from datasets.synthetic import takes

# Sd in degrees of a recording's heading about its view's, and of the slow wander within
# it; a person whom a turning sensor follows is seen from more sides.
_AIM = 6.0
_WANDER = {"walk": 2.0, "still": 4.0, "followed": 12.0}
# The wander's period in seconds is drawn between these.
_PERIOD = (3.0, 8.0)
# Sd in metres of where the middle of a walk is, sideways and in depth.
_OFFSET = 0.15
# Height of the sensor over the floor in metres, as on a table or low tripod.
_HEIGHT = 0.9


def headings(
    rng: np.random.Generator, recordings: list[takes.Take], seconds: np.ndarray
) -> np.ndarray:
    """[R, T] radians from the sensor's direction, at [T] seconds of each recording."""
    view = np.array([takes.VIEWS[take.view] for take in recordings])
    wander = np.array([_WANDER[take.motion] for take in recordings])
    aim = view + _AIM * rng.standard_normal(len(recordings))
    period = rng.uniform(*_PERIOD, len(recordings))
    start = rng.uniform(0, 2 * np.pi, len(recordings))
    wave = np.sin(2 * np.pi * seconds / period[:, None] + start[:, None])
    # A sine's sd is 1 / sqrt(2) of its amplitude.
    return np.deg2rad(aim[:, None] + np.sqrt(2) * wander[:, None] * wave)


def places(
    rng: np.random.Generator,
    recordings: list[takes.Take],
    heading: np.ndarray,
    covered: np.ndarray,
    distance: float,
    reach: float,
) -> np.ndarray:
    """Puts the walkers in the sensor's field of view.

    A walk that is longer than the field begins again on its near side, as in files that
    hold the passes of a person one after another.

    Args:
        rng: draws where the passes lie.
        recordings: R of them.
        heading: [R, T] radians.
        covered: [R, T] metres walked since the recording began.
        distance: metres from the sensor to the middle of the field.
        reach: metres that a pass goes before and behind that middle.

    Returns:
        [2, R, T] metres to the sensor's left and away from it.
    """
    middle = _OFFSET * rng.standard_normal((2, len(recordings)))
    start = rng.uniform(0, 0.5 * reach, len(recordings))
    along = (start[:, None] + covered) % (2 * reach) - reach
    walks = np.array([take.motion == "walk" for take in recordings])
    along *= walks[:, None]
    direction = heading.mean(axis=1, keepdims=True)
    left = middle[0][:, None] - along * np.sin(direction)
    away = distance + middle[1][:, None] - along * np.cos(direction)
    return np.stack([left, away])


def put(positions: np.ndarray, heading: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Turns and moves the walkers to where they are seen.

    Args:
        positions: [J, 3, R, T] metres in the body's axes, y over the floor.
        heading: [R, T] radians.
        place: [2, R, T] metres, as from `places`.

    Returns:
        [J, 3, R, T] float32 metres in the sensor's axes.
    """
    cos, sin = np.cos(heading).astype(np.float32), np.sin(heading).astype(np.float32)
    left, away = place.astype(np.float32)
    turned = np.empty_like(positions)
    turned[:, 0] = positions[:, 0] * cos + positions[:, 2] * sin + left
    turned[:, 1] = positions[:, 1] - np.float32(_HEIGHT)
    turned[:, 2] = positions[:, 2] * cos - positions[:, 0] * sin + away
    return turned
