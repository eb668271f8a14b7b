"""D-13 and D-16 against values worked out by hand, and loops over the formulas."""

import math

import numpy as np
import pytest

from datasets import skeletons
from datasets.representations import handcrafted
from simmc_tf import errors

BOTH = pytest.mark.parametrize("name", [handcrafted.D13, handcrafted.D16])


def sequence(points, joints):
    """A sequence [1, 1, 3J] of one skeleton; joints that are not given lie far off."""
    frame = [points.get(joint, (900, 900, 900)) for joint in joints]
    return np.array(frame, np.float32).reshape(1, 1, -1)


def measure(name, points, joints, **options):
    """Features of one skeleton."""
    return handcrafted.Descriptor(name, joints, **options)(sequence(points, joints))[
        0, 0
    ]


def random_sequences(joints, seed=0, scale=1.0):
    """[2, 3, 3J] skeletons in which some thighs are shorter than 0.1."""
    generator = np.random.default_rng(seed)
    frames = generator.normal(scale=scale, size=(2, 3, len(joints), 3))
    if "KneeLeft" in joints:
        thigh = joints.index("KneeLeft"), joints.index("HipLeft")
        frames[1, 1, thigh[0]] = frames[1, 1, thigh[1]] + 0.01
    return frames.reshape(2, 3, -1).astype(np.float32)


# In each body a joint is the joint before it and an offset of whole length: (0, 3, 4),
# (5, 12), (6, 8). What is not whole is worked out beside the figures.

# IAS-Lab. Middle between the feet: (-4.5, -9.5, 7).
IAS = {
    "HipCenter": (0, 9, 0),
    "Spine": (0, 12, 4),  # + (0, 3, 4): 5
    "ShoulderCenter": (0, 24, 9),  # + (0, 12, 5): 13
    "Head": (0, 28, 12),  # + (0, 4, 3): 5
    "ShoulderLeft": (3, 20, 9),  # ShoulderCenter + (3, -4, 0): 5
    "ElbowLeft": (3, 8, 4),  # + (0, -12, -5): 13
    "WristLeft": (3, 11, 8),  # + (0, 3, 4): 5
    "ShoulderRight": (-8, 18, 9),  # ShoulderCenter + (-8, -6, 0): 10
    "ElbowRight": (-14, 10, 9),  # + (-6, -8, 0): 10
    "WristRight": (-14, 15, 21),  # + (0, 5, 12): 13
    "HipLeft": (3, 9, -4),  # HipCenter + (3, 0, -4): 5
    "KneeLeft": (3, 3, 4),  # + (0, -6, 8): 10
    "AnkleLeft": (3, -1, 1),  # + (0, -4, -3): 5
    "FootLeft": (3, -6, 13),  # + (0, -5, 12): 13
    "HipRight": (-12, 9, -5),  # HipCenter + (-12, 0, -5): 13
    "KneeRight": (-12, 5, -2),  # + (0, -4, 3): 5
    "AnkleRight": (-12, -7, -7),  # + (0, -12, -5): 13
    "FootRight": (-12, -13, 1),  # + (0, -6, 8): 10
}
IAS_D13 = [
    *(38.09856, 33.86001),  # |(4.5, 37.5, 5)|, |(4.5, 33.5, 2)|
    *(5, 10, 11.18034),  # |(-8, 6, 5)| = sqrt(125)
    *(23, 18, 5, 10, 13),  # 10 + 13, 13 + 5
    *(15.0333, 2.6, 1.3),  # |(15, 0, 1)| = sqrt(226), 13 / 5, 13 / 10
]
IAS_D16 = [
    *(5, 13, 5),
    *(10, 10, 13, 5, 13, 5),
    *(13, 5, 23, 5, 10, 18),  # 13 + 10, 5 + 13
    38.09856,
]

# KS20. Middle between the feet: (4, -5, 9.5).
KS20 = {
    "SpineBase": (1, 10, 2),
    "SpineMid": (1, 13, 6),  # + (0, 3, 4): 5
    "SpineShoulder": (1, 21, 0),  # + (0, 8, -6): 10
    "Neck": (7, 29, 7),  # Not where the published code takes it for SpineShoulder.
    "Head": (1, 26, 12),  # SpineShoulder + (0, 5, 12): 13
    "ShoulderLeft": (13, 26, 0),  # SpineShoulder + (12, 5, 0): 13
    "ElbowLeft": (13, 18, 6),  # + (0, -8, 6): 10
    "WristLeft": (16, 18, 10),  # + (3, 0, 4): 5
    "ShoulderRight": (-3, 24, 0),  # SpineShoulder + (-4, 3, 0): 5
    "ElbowRight": (-3, 20, -3),  # + (0, -4, -3): 5
    "WristRight": (-8, 32, -3),  # + (-5, 12, 0): 13
    "HipLeft": (7, 18, 2),  # SpineBase + (6, 8, 0): 10
    "KneeLeft": (7, 6, 7),  # + (0, -12, 5): 13
    "AnkleLeft": (7, 3, 3),  # + (0, -3, -4): 5
    "FootLeft": (7, -5, 9),  # + (0, -8, 6): 10
    "HipRight": (-2, 6, 2),  # SpineBase + (-3, -4, 0): 5
    "KneeRight": (-2, 0, -6),  # + (0, -6, -8): 10
    "AnkleRight": (-2, -5, 6),  # + (0, -5, 12): 13
    "FootRight": (1, -5, 10),  # + (3, 0, 4): 5
}
KS20_D13 = [
    *(31.245, 27.84331),  # |(-3, 31, 2.5)|, |(-3, 26, -9.5)|
    *(13, 5, 13.15295),  # |(-4, 11, -6)| = sqrt(173)
    *(18, 15, 10, 13, 10),  # 5 + 13, 10 + 5
    *(15, 1, 0.76923),  # |(9, 12, 0)|, 10 / 10, 10 / 13
]
KS20_D16 = [
    *(13, 10, 5),
    *(5, 5, 13, 13, 10, 5),
    *(5, 10, 18, 10, 13, 15),  # 13 + 5, 5 + 10
    31.245,
]

# KGBD. Middle between the feet: (10.5, -37, 6).
KGBD = {
    "Head": (0, 0, 0),
    "ShoulderCenter": (0, -3, 4),  # + (0, -3, 4): 5
    "Spine": (0, -15, -1),  # + (0, -12, -5): 13
    "HipCenter": (6, -23, -1),  # + (6, -8, 0): 10
    "ShoulderLeft": (6, -3, 12),  # ShoulderCenter + (6, 0, 8): 10
    "ElbowLeft": (6, -6, 16),  # + (0, -3, 4): 5
    "WristLeft": (11, -18, 16),  # + (5, -12, 0): 13
    "ShoulderRight": (-5, 9, 4),  # ShoulderCenter + (-5, 12, 0): 13
    "ElbowRight": (-17, 9, 9),  # + (-12, 0, 5): 13
    "WristRight": (-17, 1, 3),  # + (0, -8, -6): 10
    "HipLeft": (18, -18, -1),  # HipCenter + (12, 5, 0): 13
    "KneeLeft": (18, -22, 2),  # + (0, -4, 3): 5
    "AnkleLeft": (18, -30, -4),  # + (0, -8, -6): 10
    "FootLeft": (18, -35, 8),  # + (0, -5, 12): 13
    "HipRight": (-2, -29, -1),  # HipCenter + (-8, -6, 0): 10
    "KneeRight": (3, -41, -1),  # + (5, -12, 0): 13
    "AnkleRight": (3, -45, -4),  # + (0, -4, -3): 5
    "FootRight": (3, -39, 4),  # + (0, 6, 8): 10
}
KGBD_D13 = [
    *(38.92621, 35.64057),  # |(-10.5, 37, -6)|, |(-10.5, 34, -2)|
    *(10, 13, 25.01999),  # |(-5, 24, 5)| = sqrt(626)
    *(23, 18, 13, 5, 13),  # 13 + 10, 5 + 13
    *(22.82542, 1, 2.6),  # |(20, 11, 0)| = sqrt(521), 13 / 13, 13 / 5
]
KGBD_D16 = [
    *(5, 13, 10),
    *(13, 13, 10, 10, 5, 13),
    *(10, 13, 15, 13, 5, 23),  # 5 + 10, 10 + 13
    38.92621,
]


@pytest.mark.parametrize(
    ("points", "skeleton", "d13", "d16"),
    [
        (IAS, skeletons.KINECT_V1, IAS_D13, IAS_D16),
        (KS20, skeletons.KINECT_V2, KS20_D13, KS20_D16),
        (KGBD, skeletons.KGBD, KGBD_D13, KGBD_D16),
    ],
    ids=["IAS", "KS20", "KGBD"],
)
def test_three_skeletons_worked_out_by_hand(points, skeleton, d13, d16):
    for name, expected in ((handcrafted.D13, d13), (handcrafted.D16, d16)):
        descriptor = handcrafted.Descriptor(name, skeleton.joints)
        found = descriptor(sequence(points, skeleton.joints))
        np.testing.assert_allclose(found, [[expected]], rtol=1e-6, atol=5e-6)
        assert len(descriptor.features) == len(expected)
        assert not descriptor.notes and not descriptor.left_out


def test_features_are_named_in_the_published_order():
    found = {
        name: handcrafted.Descriptor(name, skeletons.KINECT_V1.joints).features
        for name in (handcrafted.D13, handcrafted.D16)
    }
    assert found == {
        "D-13": (
            *("head height", "neck height", "left shoulder", "right shoulder"),
            *("torso to right shoulder", "right arm", "left arm"),
            *("right thigh", "left thigh", "torso", "hip to hip"),
            *("torso by right thigh", "torso by left thigh"),
        ),
        "D-16": (
            *("neck to head", "torso", "spine to hips"),
            *("right shoulder", "right upper arm", "right forearm"),
            *("left shoulder", "left upper arm", "left forearm"),
            *("right hip", "right thigh", "right shin and foot"),
            *("left hip", "left thigh", "left shin and foot"),
            "head height",
        ),
    }


# Frames 100, 26,121 and 35,000 of CMU's recordings, of subjects 1, 6 and 49; metres.
# Worked out from the coordinates with math.sqrt alone.
CMU_D13 = [
    [
        *(1.38990, 1.09883, 0.20232, 0.19460, 0.35028, 0.49035, 0.47782),
        *(0.41956, 0.40396, 0.23152, 0.15059, 0.55181, 0.57313),
    ],
    [
        *(1.44279, 1.19352, 0.19214, 0.18720, 0.34475, 0.48203, 0.48426),
        *(0.41275, 0.40124, 0.23248, 0.18648, 0.56324, 0.57940),
    ],
    [
        *(1.54954, 1.24805, 0.17936, 0.17805, 0.33076, 0.48373, 0.49057),
        *(0.38490, 0.38703, 0.21550, 0.17943, 0.55987, 0.55680),
    ],
]
CMU_D16 = [
    [
        *(0.29394, 0.23152, 0.11545, 0.19460, 0.29593, 0.19442, 0.20232, 0.28125),
        *(0.19658, 0.13394, 0.41956, 0.56000, 0.13570, 0.40396, 0.55654, 1.38990),
    ],
    [
        *(0.29482, 0.23248, 0.11467, 0.18720, 0.30530, 0.17673, 0.19214, 0.28561),
        *(0.19865, 0.14299, 0.41275, 0.58294, 0.14880, 0.40124, 0.57721, 1.44279),
    ],
    [
        *(0.30221, 0.21550, 0.10816, 0.17805, 0.30127, 0.18246, 0.17936, 0.30688),
        *(0.18369, 0.13946, 0.38490, 0.58113, 0.14161, 0.38703, 0.57340, 1.54954),
    ],
]
# Published: heights of head and neck, right and left arm; right and left shin.
CMU_PUBLISHED_D13 = [
    (1.37555, 1.09195, 0.29780, 0.27632),
    (1.42370, 1.19160, 0.35710, 0.42168),
    (1.54945, 1.24795, 0.46788, 0.47541),
]
CMU_PUBLISHED_D16 = [(0.40415, 0.38634), (0.46981, 0.48405), (0.50073, 0.48240)]


@pytest.mark.data
def test_three_recorded_skeletons(shared):
    path = shared / "data" / "cmu_kinect20.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with np.load(path) as arrays:
        joints = tuple(map(str, arrays["joint_names"]))
        frames = arrays["positions"][[100, 26121, 35000]].reshape(1, 3, -1)

    def found(name, **options):
        return handcrafted.Descriptor(name, joints, **options)(frames)[0]

    np.testing.assert_allclose(found("D-13"), CMU_D13, atol=6e-6)
    np.testing.assert_allclose(found("D-16"), CMU_D16, atol=6e-6)
    d13, d16 = (found(name, published=True) for name in ("D-13", "D-16"))
    np.testing.assert_allclose(d13[:, [0, 1, 5, 6]], CMU_PUBLISHED_D13, atol=6e-6)
    np.testing.assert_allclose(d16[:, [11, 14]], CMU_PUBLISHED_D16, atol=6e-6)


@BOTH
def test_a_person_has_the_same_descriptor_in_every_order_of_the_joints(name):
    expected = measure(name, IAS, skeletons.KINECT_V1.joints)
    shuffled = tuple(np.random.default_rng(0).permutation(sorted(IAS)).tolist())
    for joints in (skeletons.KGBD.joints, shuffled):
        np.testing.assert_array_equal(measure(name, IAS, joints), expected)
    published = measure(name, IAS, skeletons.KGBD.joints, published=True)
    assert not np.allclose(published, expected, rtol=0.1)


@BOTH
def test_ks20_takes_the_spine_at_the_shoulders_and_not_the_neck(name):
    joints = skeletons.KINECT_V2.joints
    moved = {**KS20, "Neck": (-80, 70, 60)}
    np.testing.assert_array_equal(
        measure(name, moved, joints), measure(name, KS20, joints)
    )
    moved = {**KS20, "SpineShoulder": (-80, 70, 60)}
    assert not np.allclose(measure(name, moved, joints), measure(name, KS20, joints))


@BOTH
def test_kinect_v2s_names_are_known_in_any_order_and_number(name):
    # Without the hands' joints, as some files come, and in alphabetical order.
    joints = tuple(sorted(KS20))
    descriptor = handcrafted.Descriptor(name, joints)
    found = descriptor(sequence(KS20, joints))[0, 0]
    np.testing.assert_array_equal(
        found, measure(name, KS20, skeletons.KINECT_V2.joints)
    )
    assert not descriptor.left_out
    assert not descriptor.notes  # Other names of the same joints stand in for nothing.


def published_loops(name, frame):
    """The published formulas on one frame [J, 3], by index, as they are written."""
    p = [[float(value) for value in point] for point in frame]

    def d(a, b):
        return math.sqrt(sum((p[a][axis] - p[b][axis]) ** 2 for axis in range(3)))

    feet = (p[15][1] + p[19][1]) / 2
    if name == handcrafted.D13:
        pairs = [(4, 2), (8, 2), (1, 8), (8, 10), (4, 6), (16, 17), (13, 12), (2, 1)]
        lengths = [d(a, b) for a, b in [*pairs, (16, 12)]]
        ratios = [d(2, 1) / max(d(16, 17), 0.1), d(2, 1) / max(d(13, 12), 0.1)]
        return [p[3][1] - feet, p[2][1] - feet, *lengths, *ratios]
    pairs = [
        *((3, 2), (1, 2), (1, 0), (8, 2), (8, 9), (9, 10), (2, 4), (4, 5), (5, 6)),
        *((16, 0), (16, 17), (17, 19), (12, 0), (12, 13), (13, 15)),
    ]
    return [*(d(a, b) for a, b in pairs), p[3][1] - feet]


LARGE = [s for s in skeletons.SKELETONS.values() if len(s.joints) >= 20]


@BOTH
@pytest.mark.parametrize("skeleton", LARGE, ids=lambda skeleton: skeleton.name)
def test_published_indices_repeat_the_published_formulas(name, skeleton):
    sequences = random_sequences(skeleton.joints)
    # The left thigh of the published indices, shorter than it allows.
    frames = sequences.reshape(2, 3, -1, 3)
    frames[0, 2, 13] = frames[0, 2, 12] + np.float32(0.01)

    descriptor = handcrafted.Descriptor(name, skeleton.joints, published=True)
    found = descriptor(sequences)

    expected = [[published_loops(name, frame) for frame in s] for s in frames]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert (found[..., 0] < 0).any() or name == handcrafted.D16
    assert not descriptor.notes


def test_large_skeletons_are_looked_at():
    assert {s.name for s in LARGE} > {"kinect_v1", "kinect_v2", "kgbd", "openpose_25"}


@BOTH
def test_published_indices_need_20_joints(name):
    joints = skeletons.OPENPOSE_14.joints
    with pytest.raises(errors.InputError) as refused:
        handcrafted.Descriptor(name, joints, published=True)
    assert str(refused.value) == (
        f"{name} by the published indices needs 20 joints or more, and these data have "
        "14; leave --published_indices out."
    )


def test_the_14_joints_of_casia_b_have_9_features_of_d13():
    descriptor = handcrafted.Descriptor("D-13", skeletons.OPENPOSE_14.joints)
    assert descriptor.features == (
        *("head height", "neck height", "left shoulder", "right shoulder"),
        *("right arm", "left arm", "right thigh", "left thigh", "hip to hip"),
    )
    assert descriptor.notes == [
        "left out, for want of the joints: torso to right shoulder, torso, torso by "
        "right thigh, torso by left thigh",
        "stand-ins: Nose for Head, AnkleLeft for FootLeft, AnkleRight for FootRight, "
        "Neck for ShoulderCenter",
    ]


def test_the_14_joints_of_casia_b_have_14_features_of_d16():
    descriptor = handcrafted.Descriptor("D-16", skeletons.OPENPOSE_14.joints)
    assert len(descriptor.features) == 14
    assert descriptor.notes == [
        "left out, for want of the joints: torso, spine to hips",
        "stand-ins: Nose for Head, Neck for ShoulderCenter, HipLeft and HipRight for "
        "HipCenter, AnkleRight for FootRight, AnkleLeft for FootLeft",
    ]


def test_the_14_joints_of_casia_b_are_measured_with_their_stand_ins():
    points = {
        **{"Nose": IAS["Head"], "Neck": IAS["ShoulderCenter"]},
        **{joint: IAS[joint] for joint in skeletons.OPENPOSE_14.joints[2:]},
    }
    joints = skeletons.OPENPOSE_14.joints
    # Ankles (3, -1, 1) and (-12, -7, -7); their middle is (-4.5, -4, -3).
    head = math.sqrt(4.5**2 + 32**2 + 15**2)
    neck = math.sqrt(4.5**2 + 28**2 + 12**2)
    np.testing.assert_allclose(
        measure("D-13", points, joints),
        [head, neck, 5, 10, 23, 18, 5, 10, math.sqrt(226)],
        rtol=1e-6,
    )
    # Hips (3, 9, -4) and (-12, 9, -5): half of sqrt(226) to their middle.
    hip = math.sqrt(226) / 2
    np.testing.assert_allclose(
        measure("D-16", points, joints),
        [5, 10, 10, 13, 5, 13, 5, hip, 5, 13, hip, 10, 5, head],
        rtol=1e-6,
    )


# Where a joint of Kinect v1 is on others; two joints: between them.
OTHER_NAMES = {
    "azure_kinect": {
        "HipCenter": "Pelvis",
        "Spine": "SpineNavel",
        "ShoulderCenter": "ClavicleLeft ClavicleRight",
    },
    "cmu": {
        **{"HipCenter": "root", "Spine": "lowerback", "Head": "head"},
        **{"ShoulderCenter": "thorax"},
        **{
            joint + side: side[0].lower() + bone
            for side in ("Left", "Right")
            for joint, bone in (
                *(("Shoulder", "clavicle"), ("Elbow", "humerus"), ("Wrist", "radius")),
                *(("Hip", "hipjoint"), ("Knee", "femur"), ("Ankle", "tibia")),
                ("Foot", "foot"),
            )
        },
    },
}


@BOTH
@pytest.mark.parametrize("other", OTHER_NAMES)
def test_other_sensors_joints_are_taken_for_those_of_kinect_v1(name, other):
    joints = skeletons.SKELETONS[other].joints
    frame = np.random.default_rng(1).normal(size=(len(joints), 3)).astype(np.float32)
    points = {
        joint: np.mean(
            [
                frame[joints.index(part)]
                for part in OTHER_NAMES[other].get(joint, joint).split()
            ],
            axis=0,
        )
        for joint in skeletons.KINECT_V1.joints
        if not joint.startswith("Hand")
    }
    descriptor = handcrafted.Descriptor(name, joints)
    np.testing.assert_allclose(
        descriptor(frame.reshape(1, 1, -1))[0, 0],
        measure(name, points, skeletons.KINECT_V1.joints),
        rtol=1e-6,
    )
    assert not descriptor.left_out
    # Neither has the joint between the shoulders: the command must say what is taken.
    assert len(descriptor.notes) == 1


@BOTH
def test_every_known_skeleton_has_a_descriptor(name):
    for skeleton in skeletons.SKELETONS.values():
        descriptor = handcrafted.Descriptor(name, skeleton.joints)
        found = descriptor(random_sequences(skeleton.joints))
        assert found.shape == (2, 3, len(descriptor.features))
        assert np.isfinite(found).all()
        assert len(descriptor.features) + len(descriptor.left_out) == int(name[2:])


@BOTH
def test_a_skeleton_with_none_of_the_joints_is_refused(name):
    with pytest.raises(errors.InputError, match=f"{name} needs joints .*Head.* a, b"):
        handcrafted.Descriptor(name, ("a", "b"))


def test_a_thigh_without_length_has_ratio_0():
    points = {**IAS, "KneeLeft": IAS["HipLeft"]}
    found = measure("D-13", points, skeletons.KINECT_V1.joints)
    assert found[8] == 0 and found[12] == 0
    assert found[11] == pytest.approx(2.6)
    # The published code takes the thigh for 0.1 long.
    published = measure("D-13", points, skeletons.KINECT_V1.joints, published=True)
    assert published[12] == pytest.approx(130)


@BOTH
def test_nothing_depends_on_the_unit_but_by_that_unit(name):
    # The published ratio does: thighs of 0.05 m count as 0.1, of 50 mm as 50.
    joints = skeletons.KINECT_V1.joints
    small = random_sequences(joints, scale=0.02)
    expected = handcrafted.Descriptor(name, joints)(small)
    found = handcrafted.Descriptor(name, joints)(small * 1000)
    factors = np.array([1000] * 11 + [1] * 2 if name == "D-13" else [1000] * 16)
    np.testing.assert_allclose(found, expected * factors, rtol=1e-4)
    if name == "D-13":
        descriptor = handcrafted.Descriptor(name, joints, published=True)
        ratios = [descriptor(s)[..., 11:] for s in (small, small * 1000)]
        assert not np.allclose(*ratios, rtol=0.1)


def turned(sequences, angle):
    """The skeletons turned about the x axis, as by a camera that looks down."""
    cosine, sine = math.cos(angle), math.sin(angle)
    rotation = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    joints = sequences.reshape(*sequences.shape[:2], -1, 3) @ rotation.T
    return joints.reshape(sequences.shape)


@BOTH
def test_descriptors_do_not_change_when_a_skeleton_turns_and_published_heights_do(name):
    joints = skeletons.KINECT_V1.joints
    sequences = random_sequences(joints).astype(np.float64)
    moved = turned(sequences, 0.7) + np.tile([1.0, -2.0, 3.0], len(joints))

    here = handcrafted.Descriptor(name, joints)
    np.testing.assert_allclose(here(moved), here(sequences), rtol=1e-9)

    published = handcrafted.Descriptor(name, joints, published=True)
    difference = np.abs(published(moved) - published(sequences)).max(axis=(0, 1))
    heights = [0, 1] if name == "D-13" else [15]
    assert (difference[heights] > 0.1).all()
    assert (np.delete(difference, heights) < 1e-9).all()
