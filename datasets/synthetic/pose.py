"""From a body's lengths and its angles to joint positions, feet on the floor.

Axes: x to the person's right, y up, z to the back, so that a person who faces the
sensor stands in the sensor's own axes.
"""

import numpy as np

from datasets.synthetic import anatomy

# Where sensors see joints that are no joint of the anatomy, as shares of stature. By
# eye, from the figures of the two Kinects' manuals.
_HIPS_BELOW_CENTRE = 0.02
_SHOULDERS_BELOW_CENTRE = 0.025
_NOSE_BEFORE_HEAD = 0.060
_NOSE_BELOW_HEAD = 0.012
# Along the trunk: Kinect v1's Spine is at the navel, Kinect v2's SpineMid half-way up.
_SPINE = 0.15
_SPINE_MID = 0.55
# Along the hand and the foot.
_PALM, _THUMB, _TIP = 0.45, 0.5, 0.95
_TOES, _BALL, _HEEL = 0.6, 0.65, -0.25

_SIDE = np.array([-1.0, 1.0], np.float32)[:, None, None]

Planes = np.ndarray


def _vector(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Planes:
    """[..., 3, R, T] of three [..., R, T]; coordinates go before the frames."""
    return np.stack(np.broadcast_arrays(x, y, z), axis=-3)


def _turn(vector: Planes, yaw: np.ndarray) -> Planes:
    """Turns about the vertical; positive yaw brings the right side to the front."""
    x, y, z = np.moveaxis(vector, -3, 0)
    cos, sin = np.cos(yaw), np.sin(yaw)
    return _vector(x * cos + z * sin, y, z * cos - x * sin)


def _hanging(lengths: np.ndarray, forward: np.ndarray, outward: np.ndarray) -> Planes:
    """[2, 3, R, T] segments that point down where both angles are zero."""
    length = lengths.astype(np.float32)[:, None, None]
    down = length * np.cos(outward)
    return _vector(
        _SIDE * length * np.sin(outward),
        -down * np.cos(forward),
        -down * np.sin(forward),
    )


def _rising(length: float, rightward: np.ndarray, forward: np.ndarray) -> Planes:
    """[3, R, T] segments that point up where both angles are zero."""
    up = np.float32(length) * np.cos(rightward)
    return _vector(
        np.float32(length) * np.sin(rightward),
        up * np.cos(forward),
        -up * np.sin(forward),
    )


def _girdle(width: float, below: float, roll: np.ndarray, yaw: np.ndarray) -> Planes:
    """[2, 3, R, T] from the centre of the hips or shoulders, above them, to each."""
    half, down = _SIDE * np.float32(width / 2), np.float32(below)
    cos, sin = np.cos(roll), np.sin(roll)
    rolled = _vector(half * cos - down * sin, -half * sin - down * cos, 0 * half * cos)
    return _turn(rolled, yaw)


def _lower_limbs(
    body: anatomy.Body, angle: dict[str, np.ndarray]
) -> tuple[dict, Planes]:
    """Joints from hip to foot, and the height of the lowest point of the soles."""
    below = _HIPS_BELOW_CENTRE * body.stature
    hip = _girdle(body.hip_width, below, angle["pelvis_roll"], angle["pelvis_yaw"])
    shank = angle["hip"] - angle["knee"]
    knee = hip + _hanging(body.thigh, angle["hip"], angle["thigh_out"])
    ankle = knee + _hanging(body.shank, shank, angle["thigh_out"])
    toes_up = shank + angle["ankle"]
    level, rise = np.cos(toes_up), np.sin(toes_up)
    outward, ahead = _SIDE * np.sin(angle["toe_out"]), np.cos(angle["toe_out"])
    along = _vector(outward * level, rise, -ahead * level)
    along *= body.foot.astype(np.float32)[:, None, None, None]
    sole = np.float32(body.ankle_height) * _vector(
        outward * rise, -level, -ahead * rise
    )
    foot = ankle + _TOES * along + 0.7 * sole
    under = ankle[:, 1] + sole[:, 1]
    lowest = np.minimum(under + _BALL * along[:, 1], under + _HEEL * along[:, 1])
    joints = {"Hip": hip, "Knee": knee, "Ankle": ankle, "Foot": foot}
    return joints, lowest.min(axis=0)


def _upper_limbs(body: anatomy.Body, angle: dict[str, np.ndarray], top: Planes) -> dict:
    """Joints from shoulder to finger tips of a trunk that ends at ``top``."""
    roll = angle["trunk_roll"] + angle["shoulder_roll"]
    yaw = angle["trunk_yaw"]
    below = _SHOULDERS_BELOW_CENTRE * body.stature
    shoulder = top + _girdle(body.shoulder_width, below, roll, yaw)
    lower = angle["shoulder"] + angle["elbow"]
    # The forearms hang more nearly straight down than the upper arms.
    inward = 0.3 * angle["arm_out"]
    upper_arm = _hanging(body.upper_arm, angle["shoulder"], angle["arm_out"])
    elbow = shoulder + _turn(upper_arm, yaw)
    wrist = elbow + _turn(_hanging(body.forearm, lower, inward), yaw)
    hand = _turn(_hanging(body.hand, lower, inward), yaw)
    thumb = _turn(_hanging(0.35 * body.hand, lower + np.float32(1.2), inward), yaw)
    return {
        "Shoulder": shoulder,
        "Elbow": elbow,
        "Wrist": wrist,
        "Hand": wrist + _PALM * hand,
        "HandTip": wrist + _TIP * hand,
        "Thumb": wrist + _THUMB * hand + thumb,
    }


def joints(body: anatomy.Body, angle: dict[str, np.ndarray]) -> dict[str, Planes]:
    """Places all joints that any of the skeletons names.

    Args:
        body: of one person.
        angle: as from `gait.angles`, of R recordings of T frames.

    Returns:
        [3, R, T] metres by joint name; the hips' centre is over the origin and the
        lowest sole on the floor, y = 0.
    """
    roll, pitch = angle["trunk_roll"], angle["trunk_pitch"]
    trunk = _rising(body.trunk, roll, pitch)
    neck = _rising(body.neck, roll, pitch)
    nod = pitch + angle["head_pitch"]
    head = trunk + neck + _rising(body.head, roll, nod)
    before = np.float32(_NOSE_BEFORE_HEAD * body.stature)
    nose = _vector(0 * nod, -before * np.sin(nod), -before * np.cos(nod))
    nose[1] -= np.float32(_NOSE_BELOW_HEAD * body.stature)
    lower, floor = _lower_limbs(body, angle)
    upper = _upper_limbs(body, angle, trunk)
    placed = {
        "HipCenter": np.zeros_like(trunk),
        "SpineBase": np.zeros_like(trunk),
        "Spine": _SPINE * trunk,
        "SpineMid": _SPINE_MID * trunk,
        "ShoulderCenter": trunk.copy(),
        "SpineShoulder": trunk.copy(),
        "ShoulderMiddle": upper["Shoulder"].mean(axis=0),
        "Neck": trunk + 0.5 * neck,
        "Head": head,
        "Nose": head + nose,
    }
    for name, (left, right) in {**upper, **lower}.items():
        placed[name + "Left"], placed[name + "Right"] = left, right
    for position in placed.values():
        position[1] -= floor
    return placed
