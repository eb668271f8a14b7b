"""Which part of the body each joint is of."""

import numpy as np
import pytest

from datasets import body_parts, skeletons
from simmc_tf import errors
from simmc_tf.sources import graphs

# The published tables (reduce2part of MG-SCR and SM-SGE), in the order of graphs.PARTS.
PUBLISHED = {
    "kinect_v1": (
        *([12, 13], [14, 15], [16, 17], [18, 19], [0, 1], [2, 3]),
        *([4, 5], [6, 7], [8, 9], [10, 11]),
    ),
    "kinect_v2": (
        *([12, 13], [14, 15], [16, 17], [18, 19], [0, 1], [2, 3, 20]),
        *([4, 5], [6, 7, 21, 22], [8, 9], [10, 11, 23, 24]),
    ),
    "openpose_14": (
        *([11], [12, 13], [8], [9, 10], [1], [0]),
        *([5], [6, 7], [2], [3, 4]),
    ),
}
MOCAP = (
    *("Hips", "Spine", "Spine1", "Neck", "Head", "HeadEnd"),
    *("LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"),
    *("RightShoulder", "RightArm", "RightForeArm", "RightHand"),
    *("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase"),
    *("RightUpLeg", "RightLeg", "RightFoot", "RightToeBase"),
)


def groups(body):
    return tuple(
        [joint for joint, part in enumerate(body.parts) if part == index]
        for index in range(len(graphs.PARTS))
    )


def whole(body):
    """Whether one can walk along bones from joint 0 to every other."""
    joined = np.eye(len(body.joints), dtype=int)
    for one, other in body.bones:
        joined[one, other] = joined[other, one] = 1
    return np.linalg.matrix_power(joined, len(joined))[0].all()


@pytest.mark.parametrize("name", PUBLISHED)
def test_parts_are_those_of_the_published_tables(name):
    body = body_parts.of(skeletons.SKELETONS[name].joints)
    assert groups(body) == PUBLISHED[name]


def test_kgbd_goes_by_names_not_by_places():
    def named(body):
        return [{body.joints[i] for i in group} for group in groups(body)]

    first, second = (
        body_parts.of(skeleton.joints)
        for skeleton in (skeletons.KGBD, skeletons.KINECT_V1)
    )
    assert named(first) == named(second)
    assert groups(first) != groups(second)


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=str)
def test_every_skeleton_of_the_catalogue_is_whole(skeleton):
    joints = skeleton.joints
    if skeleton.name in ("coco_17", "mediapipe_33"):  # As Pre-process.py makes them.
        with pytest.raises(errors.InputError, match="No joint is of the torso"):
            body_parts.of(joints)
        joints = ("HipCenter", *joints)
    body = body_parts.of(joints)
    first = len(joints) - len(skeleton.joints)
    assert body.bones[: len(skeleton.bones)] == tuple(
        (one + first, other + first) for one, other in skeleton.bone_indices
    )
    assert whole(body)


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda name: name.replace("Left", "_l").replace("Right", "_r"),
        lambda name: _side_first(name, "Left", "Right"),
        lambda name: _side_first(name, "l", "r"),
    ],
)
def test_sides_and_cases_are_spelled_as_one_likes(spell):
    for skeleton in (skeletons.KINECT_V1, skeletons.AZURE_KINECT):
        spelled = body_parts.of(tuple(map(spell, skeleton.joints)))
        assert spelled.parts == body_parts.of(skeleton.joints).parts


def _side_first(name, left, right):
    for side, mark in (("Left", left), ("Right", right)):
        if name.endswith(side):
            return mark + name.removesuffix(side)
    return name


def test_names_alone_give_the_bones_of_the_catalogue():
    joints = tuple(name.lower() for name in skeletons.KINECT_V1.joints)
    found = {frozenset(bone) for bone in body_parts.of(joints).bones}
    expected = skeletons.KINECT_V1.bone_indices
    assert found == {frozenset(bone) for bone in expected}


def test_bvh_names_are_told():
    body = body_parts.of(MOCAP)
    assert whole(body) and len(body.bones) == len(MOCAP) - 1
    named = [[body.joints[i] for i in group] for group in groups(body)]
    assert named[:2] == [["LeftUpLeg"], ["LeftLeg", "LeftFoot", "LeftToeBase"]]
    assert named[4:8] == [
        ["Hips", "Spine", "Spine1"],
        ["Neck", "Head", "HeadEnd"],
        ["LeftShoulder", "LeftArm"],
        ["LeftForeArm", "LeftHand"],
    ]


def test_names_that_tell_nothing_are_listed():
    joints = (*skeletons.KINECT_V1.joints, "joint20", "C7")
    with pytest.raises(errors.InputError, match="joint20, C7 nobody.*AGE or SGELA"):
        body_parts.of(joints)
