"""Lengths and directions of one recording's body, by its joints' names."""

import dataclasses
import math

import numpy as np

from datasets import anatomy as anatomy_module
from simmc_tf.pictures import views

TOES, KNEES, NOSE, WALKING = "toes", "knees", "nose", "the way they walk"

# Limbs whose first joints, hips and shoulders, lie to either side of the trunk.
_BROAD = ("leg", "arm")
# Frames of a recording that are measured, at most.
_MOST_FRAMES = 100
# Of the height: how far somebody comes in a third of a second who walks (0.5 to 3 m/s);
# files that hold several passes one after another jump farther.
_WALKS, _JUMPS = 0.1, 0.6


@dataclasses.dataclass(frozen=True)
class Bone:
    """A bone of either side.

    Attributes:
        lengths: median of each side, by side.
        spread: how much they vary from frame to frame: 90th less 10th percentile, of
            the median.
        share: of the length from feet to head in the same frame, median over frames;
            NaN where that is unknown.
    """

    lengths: dict[str, float]
    spread: float
    share: float

    @property
    def asymmetry(self) -> float:
        """How much the sides differ, of their mean; 0 where only one is known."""
        if len(self.lengths) < 2 or not any(self.lengths.values()):
            return 0.0
        left, right = self.lengths.values()
        return 2 * abs(left - right) / (left + right)


@dataclasses.dataclass(frozen=True)
class Measures:
    """What was measured of one recording.

    Attributes:
        upright: [3] from feet to head (or from the lowest to the highest joint known),
            median over frames; NaN where unknown.
        height: its length, upper decile over frames; NaN where unknown.
        bones: by name of `anatomy.MEASURED`.
        forward: by what tells where a person faces (`TOES`, ..., `WALKING`), how far
            that agrees with facing such that left joints are on the left: from 1
            (wholly) to -1 (the other way).
        twist: how far hips and shoulders agree about where left is, in the same way; 1
            where only one of them is known.
    """

    upright: np.ndarray
    height: float
    bones: dict[str, Bone]
    forward: dict[str, float]
    twist: float

    @property
    def up(self) -> views.Up | None:
        """The axis along which this recording's people stand; None where unknown."""
        return up_of(self.upright)


def up_of(upright: np.ndarray) -> views.Up | None:
    """The axis to which a direction is nearest, and its sign; None where unknown."""
    if not np.isfinite(upright).all() or not upright.any():
        return None
    axis = int(np.abs(upright).argmax())
    return axis, 1 if upright[axis] > 0 else -1


def measure(
    frames: np.ndarray, fps: float, anatomy: anatomy_module.Anatomy
) -> Measures:
    """Measures a recording.

    Args:
        frames: [T, J, 3]; frames in which a joint is NaN are left out.
        fps: frames a second; NaN: frames do not follow each other.
        anatomy: of the J joints.
    """
    whole = np.flatnonzero(np.isfinite(frames).all(axis=(1, 2)))
    step = max(1, len(whole) // _MOST_FRAMES)
    some = frames[whole[::step]].astype(np.float64)
    reach = _reach(some, anatomy)
    upright, height = np.full(3, np.nan), math.nan
    if len(reach):
        upright = np.median(reach, axis=0)
        height = float(np.quantile(np.linalg.norm(reach, axis=1), 0.9))
    up = up_of(upright)
    forward: dict[str, float] = {}
    if up is not None:
        vertical = np.zeros(3)
        vertical[up[0]] = up[1]
        forward = _agreements(some, vertical, anatomy)
        lag = 0 if math.isnan(fps) else max(1, round(fps / 3))
        if lag and len(whole) > lag:
            forward |= _walking(frames, whole, lag, vertical, height, anatomy)
    hips, shoulders = (_left(some, anatomy, limb) for limb in _BROAD)
    twist = 1.0
    if hips is not None and shoulders is not None:
        twist = _cosine(hips, shoulders)
    return Measures(upright, height, _bones(some, reach, anatomy), forward, twist)


def facing(
    frames: np.ndarray, up: views.Up, anatomy: anatomy_module.Anatomy
) -> np.ndarray | None:
    """[3] horizontal direction in which toes, knees and nose point; None if unknown.

    Does not go by what is called left and right, so that it holds where they are
    swapped; only where nothing else tells, by that.

    Args:
        frames: [T, J, 3].
        up: which axis points up.
        anatomy: of the J joints.
    """
    some = frames[np.isfinite(frames).all(axis=(1, 2))].astype(np.float64)
    vertical = np.zeros(3)
    vertical[up[0]] = up[1]
    told = [_flat(each, vertical) for each in _pointers(some, anatomy).values()]
    if not told:
        left = _leftwards(some, anatomy)
        told = [] if left is None else [np.cross(left, vertical)]
    total = sum((each.sum(axis=0) for each in told), np.zeros(3))
    return total if total.any() else None


def _reach(frames: np.ndarray, anatomy: anatomy_module.Anatomy) -> np.ndarray:
    """[n, 3] from the lowest to the highest joints; [0, 3] where none are known."""
    if not (anatomy.top and anatomy.bottom):
        return np.empty((0, 3))
    return _mean(frames, anatomy.top) - _mean(frames, anatomy.bottom)


def _bones(
    frames: np.ndarray, reach: np.ndarray, anatomy: anatomy_module.Anatomy
) -> dict[str, Bone]:
    if not len(frames):
        return {}
    sizes = np.linalg.norm(reach, axis=1)
    found = {}
    for name in anatomy_module.MEASURED:
        each = {
            side: np.linalg.norm(frames[:, one] - frames[:, other], axis=1)
            for side, (one, other) in anatomy.ends(name).items()
        }
        if each:
            low, middle, high = np.quantile([*each.values()], (0.1, 0.5, 0.9), axis=1)
            spread = np.divide(high - low, middle, out=0 * low, where=middle > 0).max()
            share = math.nan
            if len(sizes) and sizes.all():
                share = float(np.median(np.mean([*each.values()], axis=0) / sizes))
            lengths = dict(zip(each, map(float, middle), strict=True))
            found[name] = Bone(lengths, float(spread), share)
    return found


def _agreements(
    frames: np.ndarray, vertical: np.ndarray, anatomy: anatomy_module.Anatomy
) -> dict[str, float]:
    """How far what points forward agrees with left and right."""
    left = _leftwards(frames, anatomy)
    if left is None:
        return {}
    pointers = _pointers(frames, anatomy).items()
    return {name: _agreement(each, left, vertical) for name, each in pointers}


def _walking(
    frames: np.ndarray,
    whole: np.ndarray,
    lag: int,
    vertical: np.ndarray,
    height: float,
    anatomy: anatomy_module.Anatomy,
) -> dict[str, float]:
    """The same of the way a person goes; empty where they stay in one place."""
    left = _leftwards(frames[whole].astype(np.float64), anatomy)
    hips = anatomy.find("leg", [anatomy_module.HIP])
    if left is None or not hips:
        return {}
    places = _mean(frames[whole].astype(np.float64), hips)
    steps = _flat(places[lag:] - places[:-lag], vertical)
    lengths = np.linalg.norm(steps, axis=1)
    walks = (lengths > _WALKS * height) & (lengths < _JUMPS * height)
    if walks.mean() < 0.5:
        return {}
    return {WALKING: _agreement(steps[walks], left[:-lag][walks], vertical)}


def _agreement(ahead: np.ndarray, left: np.ndarray, vertical: np.ndarray) -> float:
    """Mean cosine of what points ahead and of the front, longer ones counting more."""
    return _cosine(np.cross(left, vertical), _flat(ahead, vertical))


def _cosine(ones: np.ndarray, others: np.ndarray) -> float:
    """Mean cosine between vectors [n, 3], weighted by their lengths."""
    sizes = np.linalg.norm(ones, axis=1) * np.linalg.norm(others, axis=1)
    return float((ones * others).sum() / max(sizes.sum(), np.finfo(float).tiny))


def _leftwards(
    frames: np.ndarray, anatomy: anatomy_module.Anatomy
) -> np.ndarray | None:
    """[n, 3] from the right to the left hip and shoulder."""
    each = (_left(frames, anatomy, limb) for limb in _BROAD)
    found = [one for one in each if one is not None]
    return np.mean(found, axis=0) if found else None


def _left(
    frames: np.ndarray, anatomy: anatomy_module.Anatomy, limb: str
) -> np.ndarray | None:
    """[n, 3] from the right to the left hip, or shoulder."""
    left, right = (anatomy.find(limb, [0], side) for side in anatomy_module.SIDES)
    if not (left and right and len(frames)):
        return None
    return frames[:, left[0]] - frames[:, right[0]]


def _pointers(
    frames: np.ndarray, anatomy: anatomy_module.Anatomy
) -> dict[str, np.ndarray]:
    """[n, 3] of everything known that points to where a person faces."""
    found: dict[str, list[np.ndarray]] = {}
    for side in anatomy_module.SIDES:
        hip, knee, ankle = (anatomy.find("leg", [place], side) for place in range(3))
        toes = [
            i
            for i in anatomy.find("leg", range(anatomy_module.FOOT, 5), side)
            if "heel" not in anatomy.joints[i].lower()
        ]
        if ankle and toes:
            ahead = _mean(frames, toes) - frames[:, ankle[0]]
            found.setdefault(TOES, []).append(ahead)
        if hip and knee and ankle:
            straight = (frames[:, hip[0]] + frames[:, ankle[0]]) / 2
            found.setdefault(KNEES, []).append(frames[:, knee[0]] - straight)
    nose, behind = anatomy.nose
    if nose and behind:
        found[NOSE] = [_mean(frames, nose) - _mean(frames, behind)]
    return {name: np.mean(each, axis=0) for name, each in found.items()}


def _mean(frames: np.ndarray, joints: list[int]) -> np.ndarray:
    return frames[:, joints].mean(axis=1)


def _flat(vectors: np.ndarray, vertical: np.ndarray) -> np.ndarray:
    """What of vectors is horizontal."""
    return vectors - (vectors @ vertical)[:, np.newaxis] * vertical
