"""What a depth sensor with a skeleton tracker makes of the true joints.

Arrays are [J, 3, R, T]: joints, coordinates, recordings, frames; so each step is a few
operations on whole planes.
"""

import dataclasses

import numpy as np
from scipy import signal

from datasets import skeletons


@dataclasses.dataclass(frozen=True)
class SensorNoise:
    """Levels of everything that the sensor adds; all 0: the true joints.

    Where no source is given, the level is calibrated: with the default recordings,
    nearest neighbours then find as many probes as on recorded Kinect gait (see
    `scripts.synthetic_difficulty`).

    Attributes:
        jitter: sd in metres of a trunk joint's position at 2.5 m; grows with the square
            of the distance.
        depth: sd in metres at 1 m of depth alone; grows with the square of the
            distance. Kinect v1: 1.4 mm (Khoshelham & Elberink 2012).
        sight: factor to the jitter along the line of sight.
        memory: seconds until the jitter has lost 1 - 1 / e of its correlation.
        bone_recording: sd of the logarithm of a bone's length between recordings.
        bone_time: sd of the logarithm of a bone's length within a recording.
        bone_memory: seconds, as ``memory``, of the bones' lengths.
        bias: sd in metres of a trunk joint's place on the body between recordings, what
            clothes and the sensor's angle do.
        hidden_pull: share of the way to the body's axis that a limb is displaced if the
            body hides it wholly.
        hidden_jitter: what that adds to the factor of the limb's jitter.
        swaps: share of frames with left and right exchanged.
        dropped: share of frames that are missing.
    """

    jitter: float = 0.008
    depth: float = 1.425e-3
    sight: float = 1.3
    memory: float = 0.25
    bone_recording: float = 0.02
    bone_time: float = 0.04
    bone_memory: float = 0.8
    bias: float = 0.004
    hidden_pull: float = 0.20
    hidden_jitter: float = 1.5
    swaps: float = 0.005
    dropped: float = 0.03


KINECT = SensorNoise()
PERFECT = SensorNoise(*(0.0,) * len(dataclasses.fields(SensorNoise)))
# Poses from one camera, lifted to three dimensions: no growth with distance, depth much
# worse than the image's plane, no sensor-made gaps.
LIFTED = dataclasses.replace(KINECT, depth=0.0, sight=2.5, dropped=0.01)

# Factors of jitter and bias, by eye: the farther from the trunk, the noisier the joint
# (Otte et al. 2016 measured that order for Kinect v2 against motion capture).
_EXTREMITY = {
    "Elbow": 1.3,
    "Wrist": 1.7,
    "Hand": 2.0,
    "HandTip": 2.4,
    "Thumb": 2.4,
    "Knee": 1.3,
    "Ankle": 1.6,
    "Foot": 2.0,
}
# Where `SensorNoise.jitter` holds, metres.
_REFERENCE = 2.5
# Sd between recordings of the logarithm of the jitter.
_UNSTEADY = 0.25
# Mean length of a swap in frames.
_SWAP = 4.0


def _sides(joints: tuple[str, ...]) -> np.ndarray:
    """[J] -1 for a joint of the left limbs, 1 of the right, 0 of neither."""
    return np.array(
        [j.endswith("Right") - 1.0 * j.endswith("Left") for j in joints], np.float32
    )


def _factors(joints: tuple[str, ...]) -> np.ndarray:
    """[J, 1, 1, 1] factors of jitter and bias."""
    names = [j.removesuffix("Left").removesuffix("Right") for j in joints]
    factors = [_EXTREMITY.get(name, 1.0) for name in names]
    return np.array(factors, np.float32)[:, None, None, None]


def _wander(
    rng: np.random.Generator, shape: tuple[int, ...], memory: float, fps: float
) -> np.ndarray:
    """Float32 first-order autoregressive noise of unit variance along the last axis."""
    noise = rng.standard_normal(shape, np.float32)
    keeps = np.float32(np.exp(-1 / (memory * fps))) if memory > 0 else np.float32(0)
    fresh = np.sqrt(1 - keeps**2)
    # The first frame is drawn from the stationary distribution.
    noise[..., 0] /= fresh
    return signal.lfilter([fresh], [np.float32(1), -keeps], noise).astype(np.float32)


def misjudge(
    rng: np.random.Generator,
    positions: np.ndarray,
    skeleton: skeletons.Skeleton,
    noise: SensorNoise,
    fps: float,
) -> np.ndarray:
    """Flickers the bones' lengths and shifts the joints on the body.

    Args:
        rng: draws it.
        positions: [J, 3, R, T] in the body's own axes.
        skeleton: of J joints, whose bones lead away from the first bone's first joint.
        noise: the levels.
        fps: frames a second.

    Returns:
        [J, 3, R, T] float32.
    """
    num_joints, _, num_recordings, num_frames = positions.shape
    shape = (len(skeleton.bones), num_recordings, num_frames)
    lengths = noise.bone_time * _wander(rng, shape, noise.bone_memory, fps)
    steady = rng.standard_normal((*shape[:2], 1), np.float32)
    excess = np.expm1(lengths + np.float32(noise.bone_recording) * steady)
    shifts = np.zeros_like(positions)
    for (parent, child), stretch in zip(skeleton.bone_indices, excess, strict=True):
        bone = positions[child] - positions[parent]
        np.add(shifts[parent], bone * stretch, out=shifts[child])
    shifts += positions
    bias = rng.standard_normal((num_joints, 3, num_recordings, 1), np.float32)
    shifts += bias * _factors(skeleton.joints) * np.float32(noise.bias)
    return shifts


def observe(
    rng: np.random.Generator,
    positions: np.ndarray,
    facing: np.ndarray,
    joints: tuple[str, ...],
    noise: SensorNoise,
    fps: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Hides far limbs, adds the jitter, swaps sides and drops frames.

    Args:
        rng: draws it.
        positions: [J, 3, R, T] in the sensor's axes; overwritten.
        facing: [R, T] radians from the direction to the sensor to the heading; positive
            where the sensor sees the right side.
        joints: J names.
        noise: the levels.
        fps: frames a second.

    Returns:
        [J, 3, R, T] float32, and [R, T] bool that is True for a frame that is there.
    """
    side = _sides(joints)[:, None, None]
    # The left limbs are hidden where the right side is seen, and the other way round.
    hidden = np.maximum(-side * np.sin(facing).astype(np.float32), 0.0) ** 2
    axis = positions[side[:, 0, 0] == 0].mean(axis=0)
    for plane in (0, 2):
        pull = np.float32(noise.hidden_pull) * hidden
        positions[:, plane] += pull * (axis[plane] - positions[:, plane])
    jitter = _wander(rng, positions.shape, noise.memory, fps)
    distance = np.hypot(axis[0], axis[2])
    unsteady = np.exp(_UNSTEADY * rng.standard_normal((len(facing), 1)))
    level = noise.jitter * unsteady * (distance / _REFERENCE) ** 2
    level = level.astype(np.float32) * (1 + np.float32(noise.hidden_jitter) * hidden)
    level *= _factors(joints)[..., 0]
    jitter[:, :2] *= level[:, None]
    deep = np.float32(noise.depth) * distance.astype(np.float32) ** 2
    jitter[:, 2] *= np.hypot(np.float32(noise.sight) * level, deep)
    positions += jitter
    return (
        _swap(rng, positions, joints, noise.swaps),
        rng.random(facing.shape) >= noise.dropped,
    )


def _swap(
    rng: np.random.Generator,
    positions: np.ndarray,
    joints: tuple[str, ...],
    share: float,
) -> np.ndarray:
    """Exchanges left and right in short runs of frames."""
    begins = rng.random(positions.shape[2:]) < share / _SWAP
    if not begins.any():
        return positions
    swapped = np.zeros_like(begins)
    for recording, frame in np.argwhere(begins):
        swapped[recording, frame : frame + 1 + rng.poisson(_SWAP - 1)] = True
    opposite = {"Left": "Right", "Right": "Left"}
    index = {joint: i for i, joint in enumerate(joints)}
    order = list(range(len(joints)))
    for joint, i in index.items():
        for end, other in opposite.items():
            if joint.endswith(end):
                order[i] = index[joint.removesuffix(end) + other]
    positions[:, :, swapped] = positions[order][:, :, swapped]
    return positions
