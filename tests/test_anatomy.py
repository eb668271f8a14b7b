"""What is said of recordings that cannot be right, and of those that can."""

import dataclasses
import warnings

import numpy as np
import pytest

from datasets import anatomy, recordings, skeletons, synthetic
from datasets.looks import findings, measures

JOINTS = skeletons.KINECT_V1.joints


@pytest.fixture(scope="module")
def walks():
    return synthetic.generate(synthetic.Settings(persons=2, seed=3))


def spoilt(walks, change):
    """The same recordings with other positions."""
    positions = np.array(change(walks.positions.copy()), np.float32)
    return dataclasses.replace(walks, positions=positions)


def renamed(walks, rename):
    names = tuple(rename(name) for name in walks.joint_names)
    return dataclasses.replace(walks, joint_names=names)


def exchanged(name):
    return name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")


def only(found):
    """The one warning that there is."""
    (line,) = findings.find(found).warnings
    assert line.startswith("warning: ")
    return line


@pytest.mark.parametrize("like", ["KS20", "KGBD", "IAS", "BIWI", "CASIA_B"])
def test_good_walkers_raise_no_doubt(like):
    found = findings.find(synthetic.generate(synthetic.like(like, 4, 1)))
    assert found.warnings == ()
    assert found.up == (1, 1)
    assert 1.3 < found.height < 1.8


@pytest.mark.data
@pytest.mark.parametrize("file", ["cmu_kinect20", "hdm05_kinect20"])
def test_good_motion_capture_raises_no_doubt(shared, file):
    path = shared / "data" / f"{file}.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    assert findings.find(recordings.read(path)).warnings == ()


@pytest.mark.parametrize(
    ("times", "unit"),
    [(1000, "mm, taken for m"), (100, "cm, taken for m"), (0.01, "m, taken for cm")],
)
def test_another_unit_is_named(walks, times, unit):
    line = only(spoilt(walks, lambda positions: positions * times))
    assert unit in line
    assert "--unit" in line


def test_another_unit_in_some_recordings_names_them(walks):
    def change(positions):
        positions[walks.starts[1] : walks.starts[2]] *= 1000
        return positions

    line = only(spoilt(walks, change))
    assert f"in 1 of {len(walks)} recordings ({walks.recording[1]})" in line


def test_a_unit_that_was_said_is_not_said_to_be_another(walks):
    few = dataclasses.replace(
        walks, positions=walks.positions[:, :2], joint_names=("hip", "spine")
    )
    (line,) = findings.find(few, 1.0).warnings
    assert "taken for" not in line and "is --unit of Pre-process.py right" in line
    large = spoilt(walks, lambda positions: positions * 100)
    (line,) = findings.find(large, 1.0).warnings
    assert "cm, taken for m" in line


@pytest.mark.parametrize("value", [0, 3e38])
def test_coordinates_that_are_nowhere_warn_in_words_alone(walks, value):
    few = dataclasses.replace(
        walks, positions=walks.positions[:, :2], joint_names=("hip", "spine")
    )
    some = [spoilt(few, lambda positions: positions * 0 + value)]
    some.append(spoilt(walks, lambda positions: np.clip(positions, -1, 1) * value))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(findings.find(each).warnings for each in some)


def test_a_joint_lost_now_and_then_names_recordings_and_one_lost_always_a_flag(walks):
    def change(positions):
        positions[:9, JOINTS.index("Head")] = 0
        return positions

    line = only(spoilt(walks, change))
    assert f"in 1 of {len(walks)} recordings ({walks.recording[0]})" in line
    assert "leave such frames out of the files" in line

    def without(positions):
        positions[:, JOINTS.index("HandLeft")] = 0
        return positions

    assert "say --drop_joints HandLeft to Pre-process.py" in only(
        spoilt(walks, without)
    )


def test_a_unit_that_nobody_knows_is_not_judged(walks):
    large = spoilt(walks, lambda positions: positions * 300)
    assert findings.find(large, unit_is_known=False).warnings == ()


def test_y_that_points_down_is_told(walks):
    line = only(spoilt(walks, lambda positions: positions * [1, -1, -1]))
    assert "below the feet along y in all" in line
    assert findings.find(
        spoilt(walks, lambda positions: positions * [1, -1, -1])
    ).up == (1, -1)


def test_one_recording_upside_down_is_told(walks):
    def change(positions):
        positions[: walks.starts[1]] *= [1, -1, -1]
        return positions

    line = only(spoilt(walks, change))
    assert f"in 1 of {len(walks)} recordings ({walks.recording[0]})" in line
    assert "not in the others" in line


def test_y_negated_alone_is_told_in_one_line(walks):
    line = only(spoilt(walks, lambda positions: positions * [1, -1, 1]))
    assert "y alone was negated; say --flip y to" in line


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_any_axis_may_be_the_vertical(walks, order):
    found = findings.find(spoilt(walks, lambda positions: positions[..., order]))
    assert found.warnings == ()
    assert found.up == (order.index(1), 1)


def test_swapped_names_of_sides_are_told(walks):
    line = only(renamed(walks, exchanged))
    assert "left joints are on the right in all" in line
    assert "toes and knees and the way they walk" in line


def test_mirrored_coordinates_are_told(walks):
    line = only(spoilt(walks, lambda positions: positions * [-1, 1, 1]))
    assert "left joints are on the right in all" in line


def test_people_who_walk_backwards_are_not_mirrored(walks):
    def change(positions):
        back = [positions[a:b][::-1] for a, b in spans(walks)]
        return np.concatenate(back)

    assert findings.find(spoilt(walks, change)).warnings == ()


def spans(found):
    return list(zip(found.starts[:-1], found.starts[1:], strict=True))


def test_legs_and_arms_that_contradict_each_other_are_told(walks):
    legs = ("Hip", "Knee", "Ankle", "Foot")
    found = renamed(walks, lambda n: exchanged(n) if n.startswith(legs) else n)
    assert "opposite sides in all" in " ".join(findings.find(found).warnings)


def test_a_leaning_sensor_is_told(walks):
    angle = np.radians(40)
    turn = [
        [1, 0, 0],
        [0, np.cos(angle), np.sin(angle)],
        [0, -np.sin(angle), np.cos(angle)],
    ]
    assert "degrees away from y" in only(spoilt(walks, lambda p: p @ np.array(turn)))


def test_names_in_another_order_are_told(walks):
    found = dataclasses.replace(walks, joint_names=skeletons.KGBD.joints)
    assert "in another order than the joints" in only(found)


def test_a_limb_of_another_length_than_the_other_is_told(walks):
    def change(positions):
        hip, knee, ankle, foot = (
            JOINTS.index(f"{n}Left") for n in ("Hip", "Knee", "Ankle", "Foot")
        )
        longer = 0.8 * (positions[:, ankle] - positions[:, knee])
        positions[:, ankle] += longer
        positions[:, foot] += longer
        return positions

    assert "the two sides' shins differ" in only(spoilt(walks, change))


def test_bones_that_are_never_of_one_length_are_told(walks):
    def change(positions):
        scales = np.exp(np.random.default_rng(0).normal(0, 0.8, (len(positions), 1, 1)))
        return positions[:, :1] + (positions - positions[:, :1]) * scales

    told = " ".join(findings.find(spoilt(walks, change)).warnings)
    assert "bones vary from frame to frame" in told


def test_joints_at_the_origin_are_not_tracked(walks):
    def change(positions):
        positions[5:45, JOINTS.index("HandLeft")] = 0
        return positions

    line = only(spoilt(walks, change))
    assert f"HandLeft in 40 of {len(walks.positions):,} frames" in line


@pytest.mark.parametrize("centre", ["HipCenter", "ShoulderCenter"])
def test_a_joint_on_which_all_are_centred_is_tracked(walks, centre):
    at = JOINTS.index(centre)
    centred = spoilt(walks, lambda positions: positions - positions[:, [at]])
    assert findings.find(centred).warnings == ()


def test_coordinates_that_are_no_numbers_are_told(walks):
    def change(positions):
        positions[3:7, JOINTS.index("Head")] = np.nan
        return positions

    line = only(spoilt(walks, change))
    assert "Head in 4 of" in line
    assert "no finite numbers" in line


def test_a_joint_that_never_moves_is_told(walks):
    def change(positions):
        positions[:, JOINTS.index("WristRight")] = [0.5, 0.1, 2]
        return positions

    told = findings.find(spoilt(walks, change)).warnings
    assert any("WristRight never moves" in line for line in told)


def test_a_recording_in_which_nothing_moves_is_told(walks):
    def change(positions):
        positions[: walks.starts[1]] = positions[0]
        return positions

    assert f"nothing moves in 1 of {len(walks)}" in only(spoilt(walks, change))


def test_poses_without_depth_are_told(walks):
    told = findings.find(
        spoilt(walks, lambda positions: positions * [1, 1, 0])
    ).warnings
    assert any("z is 0 everywhere" in line for line in told)


def test_unknown_names_are_told_and_nothing_else_is_guessed(walks):
    found = findings.find(renamed(walks, lambda name: "marker" + name[::-1]))
    (line,) = found.warnings
    assert "of 20 of 20 joints" in line
    assert found.up is None
    assert np.isnan(found.height)


def test_some_unknown_names_leave_the_bones_of_the_others(walks):
    names = tuple("thing" if n == "HandLeft" else n for n in JOINTS)
    body = anatomy.of(names)
    assert body.unknown == ("thing",)
    assert len(body.bones) == len(JOINTS) - 2
    assert not any(JOINTS.index("HandLeft") in bone for bone in body.bones)


def test_one_limb_alone_has_its_bones():
    body = anatomy.of(("l_hip", "l_knee", "marker", "l_ankle"))
    assert body.bones == ((0, 1), (1, 3))
    assert body.sides == ("left", "left", None, "left")


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=lambda s: s.name)
def test_every_known_skeleton_has_sides_bones_head_and_feet(skeleton):
    body = anatomy.of(skeleton.joints)
    assert not body.unknown
    assert body.bones == skeleton.bone_indices
    assert body.sides.count("left") == body.sides.count("right") > 4
    assert body.is_whole
    assert set(body.ends("thigh")) == {"left", "right"}


def test_measures_of_a_drawn_body():
    """Faces z, left is x; thighs 0.4 and 0.5, the knees are 0.1 in front."""
    names = (
        "Head",
        "HipLeft",
        "HipRight",
        "KneeLeft",
        "KneeRight",
        "AnkleLeft",
        "AnkleRight",
    )
    pose = np.array(
        [
            [0, 1.6, 0],
            [0.1, 0.8, 0],
            [-0.1, 0.8, 0],
            [0.1, 0.4, 0.3],
            [-0.1, 0.4, 0],
            [0.1, 0, 0],
            [-0.1, 0, 0],
        ]
    )
    found = measures.measure(np.stack([pose] * 4), 30.0, anatomy.of(names))
    np.testing.assert_allclose(found.upright, [0, 1.6, 0])
    assert found.height == pytest.approx(1.6)
    assert found.bones["thigh"].lengths == pytest.approx({"left": 0.5, "right": 0.4})
    assert found.bones["thigh"].asymmetry == pytest.approx(0.1 / 0.45)
    assert found.bones["thigh"].spread == 0
    assert found.forward == pytest.approx({"knees": 1})
    assert measures.facing(
        pose[np.newaxis], (1, 1), anatomy.of(names)
    ).tolist() == pytest.approx([0, 0, 0.15])
