"""PoseGait's hand-made features of poses, without its supervised network.

Liao, Yu, An and Huang, A Model-Based Gait Recognition Method with Body Pose and Human
Prior Knowledge, Pattern Recognition, 2020: joint coordinates, angles, limb lengths and
motion of 14 joints. Its network, which learns from persons' labels, is no part of this.
What is public of its code computes none of them, so that its 81 numbers cannot be
repeated one by one; this is what the four families are here:

    family  numbers  of                                        unit
    pose    39       13 joints, from the neck                  |neck - middle of hips|
    angle   9        elbows, knees, shoulders, hips, neck      radians, 0 to pi
    length  8        bones, left and right averaged            of the coordinates
    motion  39       the poses of a frame and the one before   |neck - middle of hips|

The neck is the origin, so that it has neither pose nor motion. A trunk without length
has a pose of 0, and so has an angle at which a bone has none.
"""

import numpy as np

from datasets.representations import named_joints
from simmc_tf import errors

NAME = "posegait"

_SIDES = ("Right", "Left")
# OpenPose's neck, between the shoulders, is Kinect v1's ShoulderCenter.
_NECK = "ShoulderCenter"
_LIMB_JOINTS = ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
JOINTS = ("Head", _NECK, *(j + side for side in _SIDES for j in _LIMB_JOINTS))
_MOVING = tuple(joint for joint in JOINTS if joint != _NECK)
_HIPS = "middle of hips"

# Angle at the second of three joints; with a side where they have one.
_ANGLES_BY_SIDE = {
    "elbow": ("Shoulder", "Elbow", "Wrist"),
    "knee": ("Hip", "Knee", "Ankle"),
    "shoulder": (_NECK, "Shoulder", "Elbow"),
    "hip": (_NECK, "Hip", "Knee"),
}
_LENGTHS_BY_SIDE = {
    "shoulder": (_NECK, "Shoulder"),
    "upper arm": ("Shoulder", "Elbow"),
    "forearm": ("Elbow", "Wrist"),
    "hip": (_HIPS, "Hip"),
    "thigh": ("Hip", "Knee"),
    "shin": ("Knee", "Ankle"),
}


def _on(side: str, joints: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(joint if joint in (_NECK, _HIPS) else joint + side for joint in joints)


_ANGLES = {
    **{
        f"{side.lower()} {name}": _on(side, joints)
        for side in _SIDES
        for name, joints in _ANGLES_BY_SIDE.items()
    },
    "neck": ("Head", _NECK, _HIPS),
}
# The bones whose lengths are averaged.
_LENGTHS = {
    **{
        name: tuple(_on(side, joints) for side in _SIDES)
        for name, joints in _LENGTHS_BY_SIDE.items()
    },
    "head": (("Head", _NECK),),
    "trunk": ((_NECK, _HIPS),),
}


class PoseFeatures:
    """The four families of features of sequences of one skeleton.

    Args:
        joints: J joint names of the sequences.

    Attributes:
        features: what each number is, by family.
        notes: what stands in for joints that the skeleton has not got.

    Raises:
        errors.InputError: the skeleton has not got the joints.
    """

    def __init__(self, joints: tuple[str, ...]) -> None:
        self._finder = named_joints.Finder(JOINTS, joints)
        missing = [joint for joint in JOINTS if not self._finder.places[joint]]
        if missing:
            raise errors.InputError(
                f"{NAME} needs the joints {', '.join(missing)}; the data have "
                f"{', '.join(joints)}. Give them those names, or leave {NAME} out."
            )
        self.notes = self._finder.notes()
        coordinates = [f"{joint} {axis}" for joint in _MOVING for axis in "xyz"]
        self.features = {
            "pose": coordinates,
            "angle": [*_ANGLES],
            "length": [*_LENGTHS],
            "motion": coordinates,
        }

    def __call__(self, sequences: np.ndarray) -> np.ndarray:
        """Measures every frame.

        Args:
            sequences: [n, f, 3J] coordinates.

        Returns:
            [n, f, 95]: pose, angle, length, motion; in the units that the module says.
        """
        positions = self._finder.positions(sequences)
        body = {
            joint: positions[:, places].mean(axis=1)
            for joint, places in self._finder.places.items()
        }
        body[_HIPS] = (body["HipLeft"] + body["HipRight"]) / 2
        poses = _poses(body).reshape(*sequences.shape[:2], -1)
        angles = [
            _angle(body[one] - body[at], body[other] - body[at])
            for one, at, other in _ANGLES.values()
        ]
        lengths = [
            np.mean([_norm(body[one] - body[other]) for one, other in bones], axis=0)
            for bones in _LENGTHS.values()
        ]
        measures = np.stack([*angles, *lengths], axis=-1)
        measures = measures.reshape(*sequences.shape[:2], -1)
        return np.concatenate([poses, measures, _motion(poses)], axis=-1)


def _poses(body: dict[str, np.ndarray]) -> np.ndarray:
    """[T, 39] coordinates from the neck, in lengths of the trunk."""
    trunk = _norm(body[_NECK] - body[_HIPS])[:, None, None]
    offsets = np.stack([body[joint] - body[_NECK] for joint in _MOVING], axis=1)
    zeros = np.zeros_like(offsets)
    return np.divide(offsets, trunk, out=zeros, where=trunk > 0).reshape(len(trunk), -1)


def _motion(poses: np.ndarray) -> np.ndarray:
    """[n, f, 39] poses minus those of the frame before.

    Frame 0 has the motion to frame 1, and none if it is alone.
    """
    motion = np.zeros_like(poses)
    if poses.shape[1] > 1:
        motion[:, 1:] = np.diff(poses, axis=1)
        motion[:, 0] = motion[:, 1]
    return motion


def _norm(offsets: np.ndarray) -> np.ndarray:
    return np.linalg.norm(offsets, axis=-1)


def _angle(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[T] angles between offsets [T, 3]; 0 where either has no length."""
    across, along = _norm(np.cross(one, other)), np.sum(one * other, axis=-1)
    # Of small angles, too, as an arc cosine is not.
    return np.arctan2(across, along)
