"""Skeletons turned into others, joint by joint and by name."""

import numpy as np
import pytest

from datasets import joint_maps, skeletons
from simmc_tf import errors

PAIRS = [
    (source, target)
    for target in skeletons.SKELETONS.values()
    for source in joint_maps.sources(target)
]
# What CASIA-B's 3D poses may come as.
POSES = ("openpose_14", "openpose_18", "openpose_25", "h36m_17", "coco_17")


def numbered(skeleton):
    """One frame in which every joint is at its own number."""
    count = len(skeleton.joints)
    return np.tile(np.arange(count, dtype=float)[:, np.newaxis], (1, 3))[np.newaxis]


def mirrored(joint):
    # CMU's bones are lfemur and rfemur; its root and lowerback have no other side.
    other = {"l": "r", "r": "l"}.get(joint[0], "") + joint[1:]
    if other in skeletons.CMU.joints:
        return other
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if joint.endswith(side):
            return joint.removesuffix(side) + other
    return joint


@pytest.mark.parametrize("source", [*POSES, "mediapipe_33"])
def test_poses_become_the_14_joints_of_casia_b(source):
    source = skeletons.SKELETONS[source]
    made = joint_maps.convert(numbered(source), source, skeletons.OPENPOSE_14)[0, :, 0]
    for joint, value in zip(skeletons.OPENPOSE_14.joints, made, strict=True):
        if joint in source.joints:
            assert source.joints[int(value)] == joint
    assert len(made) == 14


def test_a_neck_that_is_missing_is_between_the_shoulders():
    source = skeletons.COCO_17
    made = joint_maps.convert(numbered(source), source, skeletons.OPENPOSE_14)
    # COCO's shoulders are joints 5 and 6.
    assert made[0, 1, 0] == 5.5


def test_the_neck_of_human36m_is_its_thorax():
    source = skeletons.H36M_17
    made = joint_maps.convert(numbered(source), source, skeletons.OPENPOSE_14)
    assert made[0, 1, 0] == 8


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=str)
def test_every_table_names_joints_that_there_are(source, target):
    source = skeletons.SKELETONS[source]
    assert joint_maps.convert(numbered(source), source, target).shape == (
        *(1, len(target.joints), 3),
    )


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=str)
def test_a_mirrored_skeleton_becomes_a_mirrored_one(source, target):
    source = skeletons.SKELETONS[source]
    positions = np.random.default_rng(0).normal(size=(2, len(source.joints), 3))
    flip = [source.joints.index(mirrored(joint)) for joint in source.joints]
    flip_target = [target.joints.index(mirrored(joint)) for joint in target.joints]
    np.testing.assert_allclose(
        joint_maps.convert(positions[:, flip], source, target),
        joint_maps.convert(positions, source, target)[:, flip_target],
        atol=1e-12,
    )


def test_kgbd_and_kinect_v1_are_the_same_joints_in_another_order():
    positions = np.random.default_rng(0).normal(size=(4, 20, 3))
    there = joint_maps.convert(positions, skeletons.KGBD, skeletons.KINECT_V1)
    assert not np.array_equal(there, positions)
    back = joint_maps.convert(there, skeletons.KINECT_V1, skeletons.KGBD)
    assert np.array_equal(back, positions)


def test_the_joints_of_cmu_are_the_far_ends_of_its_bones():
    source = skeletons.CMU
    made = joint_maps.convert(numbered(source), source, skeletons.KINECT_V1)[0, :, 0]
    found = [source.joints[int(value)] for value in made]
    # What data/cmu_kinect20.npz was made of.
    assert (
        found
        == (
            "root lowerback thorax head lclavicle lhumerus lradius lhand "
            "rclavicle rhumerus rradius rhand lhipjoint lfemur ltibia lfoot "
            "rhipjoint rfemur rtibia rfoot"
        ).split()
    )


def test_a_skeleton_stays_itself():
    positions = numbered(skeletons.KINECT_V2)
    made = joint_maps.convert(positions, skeletons.KINECT_V2, skeletons.KINECT_V2)
    assert made is positions


def test_what_is_missing_makes_missing_only_what_needs_it():
    source = skeletons.COCO_17
    positions = numbered(source)
    positions[0, source.joints.index("ShoulderLeft")] = np.nan
    made = joint_maps.convert(positions, source, skeletons.OPENPOSE_14)[0]
    lost = [
        joint
        for joint, place in zip(skeletons.OPENPOSE_14.joints, made, strict=True)
        if np.isnan(place).any()
    ]
    assert lost == ["Neck", "ShoulderLeft"]


def test_two_numbers_a_joint_are_turned_as_well():
    source = skeletons.OPENPOSE_25
    flat = numbered(source)[..., :2]
    made = joint_maps.convert(flat, source, skeletons.OPENPOSE_14)
    assert made.shape == (1, 14, 2)


def test_what_has_no_table_is_refused_with_what_has():
    with pytest.raises(errors.InputError, match=r"kinect_v2.*azure_kinect"):
        joint_maps.convert(
            numbered(skeletons.H36M_17), skeletons.H36M_17, skeletons.KINECT_V1
        )


def test_what_has_no_table_is_told_what_it_can_become():
    with pytest.raises(errors.InputError, match="only into coco_17, openpose_14, h36m"):
        joint_maps.convert(
            numbered(skeletons.COCO_17), skeletons.COCO_17, skeletons.MEDIAPIPE_33
        )


@pytest.mark.parametrize("skeleton", [skeletons.COCO_17, skeletons.MEDIAPIPE_33])
def test_a_detectors_skeleton_gets_a_root_between_the_hips(skeleton):
    positions = numbered(skeleton)
    made, joints = joint_maps.rooted(positions, skeleton)
    left, right = (skeleton.joints.index(f"Hip{side}") for side in ("Left", "Right"))
    assert joints == ("HipCenter", *skeleton.joints)
    assert made[0, 0, 0] == (left + right) / 2
    assert np.array_equal(made[:, 1:], positions)


def test_a_skeleton_with_a_root_keeps_it():
    made, joints = joint_maps.rooted(numbered(skeletons.H36M_17), skeletons.H36M_17)
    assert joints == skeletons.H36M_17.joints and made.shape[1] == 17


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=str)
def test_a_skeleton_is_known_again_with_its_root(skeleton):
    positions = numbered(skeleton)
    found = joint_maps.known(*joint_maps.rooted(positions, skeleton))
    assert found is not None and found[1] is skeleton
    assert np.array_equal(found[0], positions)


@pytest.mark.parametrize(
    "joints",
    [("a", "b"), ("x", *skeletons.KINECT_V1.joints), skeletons.COCO_17.joints[1:], ()],
)
def test_other_joints_are_not_known(joints):
    assert joint_maps.known(np.zeros((1, len(joints), 3)), joints) is None
