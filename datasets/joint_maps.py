"""Joints of one skeleton from those of another, by name."""

import numpy as np

from datasets import skeletons
from simmc_tf import errors

_SHOULDERS = ("ShoulderLeft", "ShoulderRight")
_HIPS = ("HipLeft", "HipRight")

_CMU_LIMBS = {
    **{"Shoulder": "clavicle", "Elbow": "humerus", "Wrist": "radius", "Hand": "hand"},
    **{"Hip": "hipjoint", "Knee": "femur", "Ankle": "tibia", "Foot": "foot"},
}

# (source, target) -> target joint -> source joints whose mean it is. A joint that is
# not listed is the source's joint of that name.
_DIFFERING: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("openpose_18", "openpose_14"): {},
    ("openpose_25", "openpose_14"): {},
    # Human3.6M's thorax is where OpenPose has its neck: between the shoulders.
    ("h36m_17", "openpose_14"): {"Neck": ("Thorax",)},
    ("coco_17", "openpose_14"): {"Neck": _SHOULDERS},
    ("mediapipe_33", "openpose_14"): {"Neck": _SHOULDERS},
    # A Kinect has no nose before Azure Kinect; its head is the middle of the skull.
    ("kinect_v1", "openpose_14"): {"Nose": ("Head",), "Neck": _SHOULDERS},
    ("kgbd", "openpose_14"): {"Nose": ("Head",), "Neck": _SHOULDERS},
    ("kinect_v2", "openpose_14"): {"Nose": ("Head",), "Neck": _SHOULDERS},
    ("azure_kinect", "openpose_14"): {"Neck": _SHOULDERS},
    ("kgbd", "kinect_v1"): {},
    ("kinect_v1", "kgbd"): {},
    ("kinect_v2", "kinect_v1"): {
        "HipCenter": ("SpineBase",),
        "Spine": ("SpineMid",),
        "ShoulderCenter": ("SpineShoulder",),
    },
    ("azure_kinect", "kinect_v1"): {
        "HipCenter": ("Pelvis",),
        "Spine": ("SpineNavel",),
        "ShoulderCenter": ("ClavicleLeft", "ClavicleRight"),
    },
    ("openpose_18", "coco_17"): {},
    ("openpose_25", "coco_17"): {},
    # A bone's far end is the joint at which the next one begins.
    ("cmu", "kinect_v1"): {
        "HipCenter": ("root",),
        "Spine": ("lowerback",),
        "ShoulderCenter": ("thorax",),
        "Head": ("head",),
        **{
            joint + side: (side[0].lower() + bone,)
            for joint, bone in _CMU_LIMBS.items()
            for side in ("Left", "Right")
        },
    },
    ("coco_17", "h36m_17"): {
        "HipCenter": _HIPS,
        "Spine": (*_HIPS, *_SHOULDERS),
        "Thorax": _SHOULDERS,
        "Head": ("EyeLeft", "EyeRight"),
    },
}

# The joint that becomes joint 0, the root, where a skeleton begins with another.
_ROOTS = {"coco_17": _HIPS, "mediapipe_33": _HIPS}


def sources(target: skeletons.Skeleton) -> tuple[str, ...]:
    """Names of the skeletons that can be turned into the target, itself first."""
    return (target.name, *(a for a, b in _DIFFERING if b == target.name))


def targets(source: skeletons.Skeleton) -> tuple[str, ...]:
    """Names of the skeletons that the source can be turned into, itself first."""
    return (source.name, *(b for a, b in _DIFFERING if a == source.name))


def convert(
    positions: np.ndarray, source: skeletons.Skeleton, target: skeletons.Skeleton
) -> np.ndarray:
    """Turns one skeleton into another.

    Args:
        positions: [T, J, d]; a joint that is NaN makes those NaN that need it.
        source: of J joints.
        target: of J' joints.

    Returns:
        [T, J', d].

    Raises:
        errors.InputError: there is no table for the two.
    """
    if source == target:
        return positions
    if (source.name, target.name) not in _DIFFERING:
        raise errors.InputError(
            f"{source.name} cannot be turned into {target.name}, only into "
            f"{', '.join(targets(source))}; {target.name} is made of "
            f"{', '.join(sources(target))}."
        )
    differing = _DIFFERING[source.name, target.name]
    index = {joint: i for i, joint in enumerate(source.joints)}
    return np.stack(
        [
            positions[:, [index[name] for name in differing.get(joint, (joint,))]].mean(
                axis=1
            )
            for joint in target.joints
        ],
        axis=1,
    )


def rooted(
    positions: np.ndarray, source: skeletons.Skeleton
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Puts the middle of the hips first where a skeleton begins at the face.

    Joint 0 is subtracted from all others before training; a nose moves too much for it.

    Args:
        positions: [T, J, d].
        source: of J joints.

    Returns:
        [T, J or J + 1, d] and its joint names.
    """
    if source.name not in _ROOTS:
        return positions, source.joints
    hips = [source.joints.index(joint) for joint in _ROOTS[source.name]]
    root = positions[:, hips].mean(axis=1, keepdims=True)
    return np.concatenate([root, positions], axis=1), ("HipCenter", *source.joints)


def known(
    positions: np.ndarray, joint_names: tuple[str, ...]
) -> tuple[np.ndarray, skeletons.Skeleton] | None:
    """Finds the skeleton that some joints are of, and takes back what `rooted` did.

    Args:
        positions: [T, J, d].
        joint_names: J names.

    Returns:
        Positions of the skeleton's own joints and the skeleton; None where it is none
        that is known.
    """
    skeleton = skeletons.matching(joint_names)
    if skeleton is not None:
        return positions, skeleton
    skeleton = skeletons.matching(joint_names[1:])
    if skeleton is not None and skeleton.name in _ROOTS:
        return positions[:, 1:], skeleton
    return None
