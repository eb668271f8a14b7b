"""Joints and bones of every known skeleton."""

import itertools

import pytest

from datasets import skeletons

ALL = list(skeletons.SKELETONS.values())
# Detectors' skeletons have no trunk: shoulders and hips make a box, the face floats.
TRUNKLESS = ("coco_17", "mediapipe_33")
TREES = [skeleton for skeleton in ALL if skeleton.name not in TRUNKLESS]


def named(skeleton):
    return skeleton.name


@pytest.mark.parametrize(
    ("name", "num_joints", "root"),
    [
        ("kinect_v1", 20, "HipCenter"),
        ("kgbd", 20, "Head"),
        ("kinect_v2", 25, "SpineBase"),
        ("openpose_14", 14, "Nose"),
        ("openpose_18", 18, "Nose"),
        ("openpose_25", 25, "Nose"),
        ("h36m_17", 17, "HipCenter"),
        ("coco_17", 17, "Nose"),
        ("mediapipe_33", 33, "Nose"),
        ("azure_kinect", 32, "Pelvis"),
        ("cmu", 31, "root"),
    ],
)
def test_every_skeleton_has_its_sensors_joints(name, num_joints, root):
    skeleton = skeletons.SKELETONS[name]
    assert len(skeleton.joints) == num_joints
    assert skeleton.joints[0] == root


def test_there_is_no_other_skeleton():
    assert set(skeletons.SKELETONS) == {
        *("kinect_v1", "kgbd", "kinect_v2", "azure_kinect"),
        *("openpose_14", "openpose_18", "openpose_25"),
        *("h36m_17", "coco_17", "mediapipe_33", "cmu"),
    }


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_no_joint_comes_twice(skeleton):
    assert len(set(skeleton.joints)) == len(skeleton.joints)


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_every_bone_joins_known_joints(skeleton):
    assert {joint for bone in skeleton.bones for joint in bone} <= set(skeleton.joints)


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_every_joint_has_a_bone(skeleton):
    assert {joint for bone in skeleton.bones for joint in bone} == set(skeleton.joints)


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_no_bone_comes_twice(skeleton):
    assert len({frozenset(bone) for bone in skeleton.bones}) == len(skeleton.bones)


@pytest.mark.parametrize("skeleton", TREES, ids=named)
def test_bones_make_one_tree_of_all_joints(skeleton):
    # One bone less than joints, and all can be reached: a tree.
    assert len(skeleton.bones) == len(skeleton.joints) - 1
    reached = {skeleton.joints[0]}
    for _ in skeleton.joints:
        for a, b in skeleton.bones:
            if a in reached or b in reached:
                reached |= {a, b}
    assert reached == set(skeleton.joints)


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_bone_indices_name_the_same_bones(skeleton):
    by_name = [
        (skeleton.joints[a], skeleton.joints[b]) for a, b in skeleton.bone_indices
    ]
    assert by_name == list(skeleton.bones)


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_left_and_right_mirror_each_other(skeleton):
    def mirrored(joint):
        # CMU's bones are lfemur and rfemur; its root and lowerback have no other side.
        other = {"l": "r", "r": "l"}.get(joint[0], "") + joint[1:]
        if other in skeletons.CMU.joints:
            return other
        if joint.endswith("Left"):
            return joint.removesuffix("Left") + "Right"
        return (
            joint.removesuffix("Right") + "Left" if joint.endswith("Right") else joint
        )

    bones = {frozenset(bone) for bone in skeleton.bones}
    assert {frozenset(map(mirrored, bone)) for bone in bones} == bones


ARM = "Shoulder*-Elbow*-Wrist*"
LEG = "Hip*-Knee*-Ankle*"
KINECT_V1_BONES = [
    "HipCenter-Spine-ShoulderCenter-Head",
    f"ShoulderCenter-{ARM}-Hand*",
    f"HipCenter-{LEG}-Foot*",
]
OPENPOSE_FACE = ["Nose-Eye*-Ear*"]
BOX = ["ShoulderLeft-ShoulderRight", "HipLeft-HipRight", "Shoulder*-Hip*", ARM, LEG]
# All bones by hand: joints that follow one another are joined; * is each side.
BONES = {
    "kinect_v1": KINECT_V1_BONES,
    "kgbd": KINECT_V1_BONES,
    "kinect_v2": [
        "SpineBase-SpineMid-SpineShoulder-Neck-Head",
        f"SpineShoulder-{ARM}-Hand*-HandTip*",
        "Wrist*-Thumb*",
        f"SpineBase-{LEG}-Foot*",
    ],
    "openpose_14": ["Nose-Neck", f"Neck-{ARM}", f"Neck-{LEG}"],
    "openpose_18": ["Nose-Neck", f"Neck-{ARM}", f"Neck-{LEG}", *OPENPOSE_FACE],
    "openpose_25": [
        *("Nose-Neck-HipCenter", f"Neck-{ARM}", *OPENPOSE_FACE),
        *(f"HipCenter-{LEG}-BigToe*-SmallToe*", "Ankle*-Heel*"),
    ],
    "h36m_17": [
        "HipCenter-Spine-Thorax-Nose-Head",
        f"Thorax-{ARM}",
        f"HipCenter-{LEG}",
    ],
    "coco_17": [*BOX, *OPENPOSE_FACE],
    "mediapipe_33": [
        *BOX,
        *("Nose-Eye*-Ear*", "EyeInner*-Eye*-EyeOuter*", "MouthLeft-MouthRight"),
        *("Wrist*-Pinky*", "Wrist*-Index*", "Wrist*-Thumb*"),
        "Ankle*-Heel*-FootIndex*",
    ],
    "azure_kinect": [
        # In the SDK's table of joints the head is the parent of all five of the face.
        "Pelvis-SpineNavel-SpineChest-Neck-Head-Nose",
        *("Head-Eye*", "Head-Ear*"),
        f"SpineChest-Clavicle*-{ARM}-Hand*-HandTip*",
        "Wrist*-Thumb*",
        f"Pelvis-{LEG}-Foot*",
    ],
    "cmu": [
        "root-lowerback-upperback-thorax-lowerneck-upperneck-head",
        "root-*hipjoint-*femur-*tibia-*foot-*toes",
        "thorax-*clavicle-*humerus-*radius-*wrist-*hand-*fingers",
        "*wrist-*thumb",
    ],
}


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_bones_are_those_of_a_body(skeleton):
    sides = "lr" if skeleton.name == "cmu" else ("Left", "Right")
    expected = set()
    for chain in BONES[skeleton.name]:
        for side in sides:
            joints = chain.replace("*", side).split("-")
            expected |= {frozenset(pair) for pair in itertools.pairwise(joints)}
    assert {frozenset(bone) for bone in skeleton.bones} == expected


def test_kinect_v1_counts_as_microsofts_sdk_does():
    # NUI_SKELETON_POSITION_INDEX.
    expected = {0: "HipCenter", 3: "Head", 7: "HandLeft", 16: "HipRight"}
    assert {n: skeletons.KINECT_V1.joints[n] for n in expected} == expected


def test_kinect_v2_counts_as_microsofts_sdk_does():
    # JointType.
    expected = {2: "Neck", 12: "HipLeft", 20: "SpineShoulder", 24: "ThumbRight"}
    assert {n: skeletons.KINECT_V2.joints[n] for n in expected} == expected


@pytest.mark.parametrize(
    ("skeleton", "expected"),
    [
        # OpenPose, POSE_BODY_25_BODY_PARTS.
        (
            skeletons.OPENPOSE_25,
            {8: "HipCenter", 9: "HipRight", 14: "AnkleLeft", 19: "BigToeLeft"}
            | {21: "HeelLeft", 24: "HeelRight"},
        ),
        (skeletons.OPENPOSE_18, {13: "AnkleLeft", 14: "EyeRight", 17: "EarLeft"}),
        # Human3.6M as VideoPose3D numbers it.
        (
            skeletons.H36M_17,
            {1: "HipRight", 6: "AnkleLeft", 8: "Thorax", 10: "Head"}
            | {11: "ShoulderLeft", 16: "WristRight"},
        ),
        (
            skeletons.COCO_17,
            {1: "EyeLeft", 5: "ShoulderLeft", 10: "WristRight", 16: "AnkleRight"},
        ),
        # MediaPipe's PoseLandmark.
        (
            skeletons.MEDIAPIPE_33,
            {3: "EyeOuterLeft", 8: "EarRight", 11: "ShoulderLeft", 16: "WristRight"}
            | {22: "ThumbRight", 24: "HipRight", 29: "HeelLeft", 32: "FootIndexRight"},
        ),
        # k4abt_joint_id_t.
        (
            skeletons.AZURE_KINECT,
            {3: "Neck", 10: "ThumbLeft", 11: "ClavicleRight", 18: "HipLeft"}
            | {26: "Head", 27: "Nose", 29: "EarLeft", 31: "EarRight"},
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_joints_count_as_their_makers_do(skeleton, expected):
    assert {n: skeleton.joints[n] for n in expected} == expected


def test_openpose_counts_as_coco_does():
    expected = "nose neck rsho relb rwri lsho lelb lwri rhip rkne rank lhip lkne lank"
    short = [
        joint.lower()[:4]
        if not joint.endswith(("Left", "Right"))
        else ("l" if joint.endswith("Left") else "r") + joint[:3].lower()
        for joint in skeletons.OPENPOSE_14.joints
    ]
    assert short == expected.split()


@pytest.mark.parametrize("skeleton", ALL, ids=named)
def test_a_skeleton_is_recognised_by_its_joints(skeleton):
    assert skeletons.matching(skeleton.joints) is skeleton


@pytest.mark.parametrize(
    "joints",
    [
        (),
        ("HipCenter",),
        skeletons.KINECT_V1.joints[:-1],
        skeletons.KINECT_V1.joints[::-1],
        tuple(joint.lower() for joint in skeletons.KINECT_V1.joints),
    ],
    ids=["none", "one", "one less", "other order", "other names"],
)
def test_other_joints_are_not_recognised(joints):
    assert skeletons.matching(joints) is None
