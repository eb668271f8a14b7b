"""PoseGait's hand-made features against values worked out by hand."""

import math

import numpy as np
import pytest

from datasets import skeletons
from datasets.representations import functions, pose_features
from simmc_tf import errors

JOINTS = skeletons.KINECT_V1.joints
# The skeletons that have the joints, and what stands in for what on some.
NOTES = {
    **dict.fromkeys(("kinect_v1", "kgbd", "kinect_v2"), ""),
    **dict.fromkeys(
        ("openpose_14", "openpose_18", "openpose_25"),
        "stand-ins: Nose for Head, Neck for ShoulderCenter",
    ),
    "h36m_17": "stand-ins: Thorax for ShoulderCenter",
    **dict.fromkeys(
        ("coco_17", "mediapipe_33"),
        "stand-ins: Nose for Head, ShoulderLeft and ShoulderRight for ShoulderCenter",
    ),
    "azure_kinect": "stand-ins: ClavicleLeft and ClavicleRight for ShoulderCenter",
    "cmu": "bones' far ends for joints, as in --joints kinect_v1",
}

# Metres. The trunk is 0.5 long; the middle of the hips is (1, 1, 2).
BODY = {
    "ShoulderCenter": (1, 1.5, 2),
    "Head": (1, 1.5, 1.7),  # 0.3 in front of it: a right angle.
    "ShoulderRight": (0.8, 1.5, 2),  # 0.2 to the side.
    "ElbowRight": (0.8, 1.2, 2),  # 0.3 down: a right angle.
    "WristRight": (0.8, 1.2, 1.6),  # 0.4 to the front: a right angle.
    "ShoulderLeft": (1.4, 1.5, 2),  # 0.4 to the side.
    "ElbowLeft": (1.6, 1.5, 2),  # 0.2 farther on: straight.
    "WristLeft": (1.4, 1.5, 2),  # Folded back.
    "HipRight": (0.9, 1, 2),  # 0.1 to the side.
    "KneeRight": (0.9, 0.5, 2),  # 0.5 down.
    "AnkleRight": (0.9, 0.1, 2),  # 0.4 down: straight.
    "HipLeft": (1.1, 1, 2),
    "KneeLeft": (1.1, 1, 1.6),  # 0.4 to the front.
    "AnkleLeft": (1.1, 0.7, 2),  # (0, -0.3, 0.4): cos of the angle 0.16 / 0.2.
}
# At the right hip: from there (0.1, 0.5, 0) and (0, -0.5, 0); at the left one
# (-0.1, 0.5, 0) and (0, 0, -0.4).
ANGLES = {
    "right elbow": math.pi / 2,
    "right knee": math.pi,
    "right shoulder": math.pi / 2,
    "right hip": math.pi - math.atan(0.2),
    "left elbow": 0,
    "left knee": math.acos(0.8),
    "left shoulder": math.pi,
    "left hip": math.pi / 2,
    "neck": math.pi / 2,
}
LENGTHS = {
    "shoulder": 0.3,  # 0.2 and 0.4
    "upper arm": 0.25,  # 0.3 and 0.2
    "forearm": 0.3,  # 0.4 and 0.2
    "hip": 0.1,
    "thigh": 0.45,  # 0.5 and 0.4
    "shin": 0.45,  # 0.4 and 0.5
    "head": 0.3,
    "trunk": 0.5,
}
POSES = {
    "Head": (0, 0, -0.6),
    "WristRight": (-0.4, -0.6, -0.8),
    "AnkleRight": (-0.2, -2.8, 0),
    "HipLeft": (0.2, -1, 0),
}


def sequence(*bodies, joints=JOINTS):
    """A sequence [1, f, 3J]; joints that are not given lie far off."""
    frames = [[body.get(joint, (90, 90, 90)) for joint in joints] for body in bodies]
    return np.array(frames, np.float64).reshape(1, len(bodies), -1)


def measure(sequences, joints=JOINTS):
    """[n, f, ...] of each family."""
    features = pose_features.PoseFeatures(joints)
    found = features(sequences)
    ends = np.cumsum([len(names) for names in features.features.values()])
    assert found.shape == (*sequences.shape[:2], ends[-1])
    return dict(
        zip(features.features, np.split(found, ends[:-1], axis=-1), strict=True)
    )


def random_sequences(joints=JOINTS, length=3):
    generator = np.random.default_rng(0)
    return generator.normal(size=(2, length, 3 * len(joints)))


def test_a_body_worked_out_by_hand():
    found = measure(sequence(BODY))
    names = pose_features.PoseFeatures(JOINTS).features

    assert names["angle"] == [*ANGLES] and names["length"] == [*LENGTHS]
    np.testing.assert_allclose(found["angle"][0, 0], [*ANGLES.values()], atol=1e-7)
    np.testing.assert_allclose(found["length"][0, 0], [*LENGTHS.values()])
    for joint, expected in POSES.items():
        places = [names["pose"].index(f"{joint} {axis}") for axis in "xyz"]
        np.testing.assert_allclose(found["pose"][0, 0, places], expected, atol=1e-12)


def test_there_are_95_numbers_a_frame():
    counts = {
        family: len(names)
        for family, names in pose_features.PoseFeatures(JOINTS).features.items()
    }
    assert counts == {"pose": 39, "angle": 9, "length": 8, "motion": 39}


def test_motion_is_from_the_frame_before_and_frame_0s_to_the_next():
    # A hand that moves 0.1 forth and then 0.2 up; the trunk is 0.5 long.
    second = {**BODY, "WristRight": (0.8, 1.2, 1.5)}
    third = {**BODY, "WristRight": (0.8, 1.4, 1.5)}
    motion = measure(sequence(BODY, second, third))["motion"][0]
    names = pose_features.PoseFeatures(JOINTS).features["motion"]
    hand = [names.index(f"WristRight {axis}") for axis in "xyz"]
    forth, up = (0, 0, -0.2), (0, 0.4, 0)
    np.testing.assert_allclose(motion[:, hand], [forth, forth, up], atol=1e-12)
    assert np.abs(np.delete(motion, hand, axis=1)).max() < 1e-12


def test_one_frame_has_no_motion():
    assert (measure(sequence(BODY))["motion"] == 0).all()
    alone = measure(random_sequences(length=1))
    assert (alone["motion"] == 0).all() and alone["pose"].all()


def test_where_a_person_stands_does_not_matter():
    sequences = random_sequences()
    moved = sequences + np.tile([3.0, -1, 20], len(JOINTS))
    for found, expected in zip(
        measure(moved).values(), measure(sequences).values(), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_only_lengths_have_the_unit_of_the_coordinates():
    sequences = random_sequences()
    metres, millimetres = measure(sequences), measure(1000 * sequences)
    for family in ("pose", "angle", "motion"):
        np.testing.assert_allclose(millimetres[family], metres[family], atol=1e-9)
    np.testing.assert_allclose(millimetres["length"], 1000 * metres["length"])


def test_angles_and_lengths_do_not_change_when_a_person_turns():
    sequences = random_sequences()
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    turned = (sequences.reshape(2, 3, -1, 3) @ turn).reshape(sequences.shape)
    before, after = measure(sequences), measure(turned)
    for family in ("angle", "length"):
        np.testing.assert_allclose(after[family], before[family], rtol=1e-6)
    assert np.abs(after["pose"] - before["pose"]).max() > 0.1


def test_left_and_right_have_the_same_lengths_and_their_own_angles():
    def swapped(name):
        return name.replace("Left", "*").replace("Right", "Left").replace("*", "Right")

    mirrored = {swapped(name): point for name, point in BODY.items()}
    before, after = measure(sequence(BODY)), measure(sequence(mirrored))
    np.testing.assert_allclose(after["length"], before["length"])
    order = [4, 5, 6, 7, 0, 1, 2, 3, 8]
    np.testing.assert_allclose(after["angle"], before["angle"][..., order])


def test_a_body_without_extent_gives_numbers():
    found = measure(np.zeros((1, 2, 3 * len(JOINTS))))
    for values in found.values():
        assert (values == 0).all()


@pytest.mark.parametrize("name", NOTES)
def test_every_skeleton_that_has_the_joints_is_measured(name):
    joints = skeletons.SKELETONS[name].joints
    features = pose_features.PoseFeatures(joints)
    found = features(random_sequences(joints).astype(np.float32))
    assert found.shape == (2, 3, 95) and found.dtype == np.float32
    assert np.isfinite(found).all()
    assert "; ".join(features.notes) == NOTES[name]


def test_the_notes_are_of_all_skeletons():
    assert set(NOTES) == set(skeletons.SKELETONS)


def test_the_order_of_joints_does_not_matter():
    body = {**BODY, **dict.fromkeys(set(JOINTS) - set(BODY), (7, 7, 7))}
    expected = measure(sequence(body))
    for family, found in measure(
        sequence(body, joints=skeletons.KGBD.joints), skeletons.KGBD.joints
    ).items():
        np.testing.assert_array_equal(found, expected[family])


def test_missing_joints_are_named():
    joints = tuple(j for j in JOINTS if j not in ("KneeLeft", "Head"))
    with pytest.raises(errors.InputError) as refused:
        pose_features.PoseFeatures(joints)
    message = str(refused.value)
    assert message.startswith(
        "posegait needs the joints Head, KneeLeft; the data have "
    )
    assert message.endswith("Give them those names, or leave posegait out.")


def test_the_function_of_that_name_is_this():
    function = functions.find("posegait", JOINTS)
    sequences = random_sequences().astype(np.float32)
    expected = pose_features.PoseFeatures(JOINTS)(sequences)
    np.testing.assert_array_equal(function.of_skeletons(sequences), expected)
    np.testing.assert_allclose(
        function.representation.encode(sequences), expected.mean(axis=1), rtol=1e-6
    )
