"""Skeletons as somebody sees them: upright, turned, each around its own root."""

import numpy as np

# Axis that points up, and 1 or -1: whether it does so with growing coordinates.
Up = tuple[int, int]
Y_UP: Up = (1, 1)

# A joint farther from the root than this many times the typical distance is a glitch,
# and does not make all others small.
_GLITCH = 4.0


def projected(
    frames: np.ndarray, turn: float = 0.0, up: Up | None = None
) -> np.ndarray:
    """Coordinates as a viewer has them, in front of whom the skeletons stand upright.

    Right-handed coordinates stay so: nobody's left hand becomes the right one. Without
    a turn, a viewer of y-up coordinates looks against z, one of y-down coordinates
    (those of images) along z; x grows to the right for both.

    Args:
        frames: [..., 3] positions.
        turn: degrees about the vertical, counter-clockwise as seen from above: by 90,
            what came towards the viewer goes to the right.
        up: which axis points up, `Y_UP` where None.

    Returns:
        [..., 3] float64: to the right, upwards, towards the viewer.
    """
    axis, sign = Y_UP if up is None else up
    frames = np.asarray(frames, np.float64)
    right = frames[..., (axis + 2) % 3]
    towards = sign * frames[..., (axis + 1) % 3]
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.stack(
        [
            right * cosine + towards * sine,
            sign * frames[..., axis],
            towards * cosine - right * sine,
        ],
        axis=-1,
    )


def rooted(
    frames: np.ndarray, missing: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Moves every skeleton's root to the origin, and holds joints that are not seen.

    Args:
        frames: [n, J, 3]; what is not finite is missing.
        missing: [n, J] bool, what else is; None: nothing.

    Returns:
        [n, J, 3] positions about joint 0 (about the mean of the others where that is
        missing), a missing joint where it was last or, at the beginning, will first be
        seen, NaN if it never is; and [n, J] bool, which joints are seen.
    """
    frames = np.asarray(frames, np.float64)
    seen = np.isfinite(frames).all(axis=2)
    if missing is not None:
        seen &= ~np.asarray(missing, bool)
    places = np.where(seen[..., np.newaxis], frames, np.nan)
    others = np.where(seen[..., np.newaxis], frames, 0.0).sum(axis=1)
    others /= np.maximum(seen.sum(axis=1), 1)[:, np.newaxis]
    places = places - np.where(seen[:, :1], places[:, 0], others)[:, np.newaxis]
    shown = _last_seen(seen)
    held = np.take_along_axis(places, np.maximum(shown, 0)[..., np.newaxis], axis=0)
    return held, seen


def _last_seen(seen: np.ndarray) -> np.ndarray:
    """[n, J] frame in which each joint was seen last, or first if not before."""
    numbers = np.where(seen, np.arange(len(seen))[:, np.newaxis], -1)
    last = np.maximum.accumulate(numbers, axis=0)
    return np.where(last < 0, seen.argmax(axis=0), last)


def bounds(places: np.ndarray) -> tuple[float, float, float]:
    """What must be seen of skeletons around their roots, glitches aside.

    Args:
        places: [n, J, 3] as `projected` gives them; NaN is left out.

    Returns:
        How far they reach to a side, the lowest and the highest place; never all 0.
    """
    flat = places[..., :2].reshape(-1, 2)
    flat = flat[np.isfinite(flat).all(axis=1)]
    far = np.hypot(*flat.T)
    if (far > 0).any():
        flat = flat[far <= _GLITCH * np.median(far[far > 0])]
    else:
        flat = np.ones((1, 2))
    return (
        float(np.abs(flat[:, 0]).max()),
        float(flat[:, 1].min(initial=0.0)),
        float(flat[:, 1].max(initial=0.0)),
    )
