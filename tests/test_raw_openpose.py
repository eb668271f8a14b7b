"""Folders that OpenPose writes, frame by frame."""

import json

import numpy as np
import pytest

from datasets.raw.formats import openpose
from simmc_tf import errors


def person(joints=25, seed=0, confidence=0.5, deep=False):
    """A person's arrays as OpenPose writes them: empty where there is no 3D."""
    numbers = np.random.default_rng(seed).uniform(1, 500, (joints, 5))
    numbers[:, 2] = numbers[:, 4] = confidence
    if deep:
        numbers[:, 4] = 1
    return {
        "pose_keypoints_2d": numbers[:, :3].ravel().tolist(),
        "face_keypoints_2d": [],
        "pose_keypoints_3d": numbers[:, [0, 1, 3, 4]].ravel().tolist() if deep else [],
    }


def folder(path, *frames):
    path.mkdir(exist_ok=True)
    for number, people in enumerate(frames):
        content = {"version": 1.3, "people": people}
        if isinstance(people, str | dict):
            content = people
        text = content if isinstance(content, str) else json.dumps(content)
        (path / f"video_{number:012d}_keypoints.json").write_text(text)
    return path


def flat(one):
    return np.reshape(one["pose_keypoints_2d"], (-1, 3))


@pytest.mark.parametrize(("joints", "name"), [(18, "openpose_18"), (25, "openpose_25")])
def test_the_number_of_keypoints_tells_the_model(tmp_path, joints, name):
    one, two = person(joints, 1), person(joints, 2)
    found = openpose.read(folder(tmp_path, [one], [two]))
    assert found.skeleton.name == name and found.flat
    np.testing.assert_array_equal(found.positions, [flat(one)[:, :2], flat(two)[:, :2]])
    assert (found.confidence == 0.5).all()


def test_what_was_reconstructed_in_3d_goes_before_2d(tmp_path):
    one = person(deep=True)
    found = openpose.read(folder(tmp_path, [one], [person()]))
    expected = np.reshape(one["pose_keypoints_3d"], (25, 4))
    np.testing.assert_array_equal(found.positions[0], expected[:, :3])
    # The second frame has only 2D, and so nothing.
    assert np.isnan(found.positions[1]).all()


def test_3d_that_failed_everywhere_leaves_2d(tmp_path):
    one = person(deep=True)
    one["pose_keypoints_3d"] = [7, 7, 7, 0] * 25
    assert openpose.read(folder(tmp_path, [one])).flat


def test_keypoints_without_confidence_are_missing(tmp_path):
    one = person(18)
    one["pose_keypoints_2d"][3 * 4 : 3 * 5] = [0, 0, 0]
    one["pose_keypoints_2d"][3 * 7] = float("nan")
    found = openpose.read(folder(tmp_path, [one]))
    assert np.flatnonzero(np.isnan(found.positions[0]).any(axis=1)).tolist() == [4, 7]
    assert np.flatnonzero(found.confidence[0] == 0).tolist() == [4, 7]


def test_of_several_people_the_one_with_most_confidence_is_taken(tmp_path):
    dim, bright = person(18, 1, 0.2), person(18, 2, 0.9)
    found = openpose.read(folder(tmp_path, [dim, bright], [bright, dim], [dim]))
    assert found.confidence[:, 0].tolist() == [0.9, 0.9, 0.2]
    np.testing.assert_array_equal(found.positions[0], flat(bright)[:, :2])


def test_a_confidence_that_is_no_number_does_not_choose_a_person(tmp_path):
    dim, bright = person(18, 1, 0.2), person(18, 2, 0.9)
    dim["pose_keypoints_2d"][2] = float("nan")
    found = openpose.read(folder(tmp_path, [dim, bright], [bright, dim]))
    assert found.confidence[:, 1].tolist() == [0.9, 0.9]


def test_a_frame_without_people_is_missing(tmp_path):
    nobody = {"pose_keypoints_2d": [], "hand_left_keypoints_2d": [1, 2, 3]}
    found = openpose.read(folder(tmp_path, [], [person(18)], [nobody]))
    assert np.isnan(found.positions).all(axis=(1, 2)).tolist() == [True, False, True]


def test_a_folder_without_people_is_missing_whole(tmp_path):
    found = openpose.read(folder(tmp_path, [], []))
    assert np.isnan(found.positions).all() and found.positions.shape == (2, 25, 3)


def test_frames_come_in_natural_order_whatever_else_lies_there(tmp_path):
    people = {number: person(18, number) for number in (2, 10, 9)}
    for number, one in people.items():
        name = f"{number}_keypoints.json" if number != 9 else "9_KEYPOINTS.JSON"
        (tmp_path / name).write_text(json.dumps({"people": [one]}))
    (tmp_path / "._2_keypoints.json").write_text("hidden")
    (tmp_path / "notes.json").write_text("notes")
    found = openpose.read(tmp_path)
    np.testing.assert_array_equal(
        found.positions, [flat(people[number])[:, :2] for number in (2, 9, 10)]
    )


def test_the_first_versions_key_is_known(tmp_path):
    one = person(18)
    old = {"pose_keypoints": one["pose_keypoints_2d"]}
    np.testing.assert_array_equal(
        openpose.read(folder(tmp_path, [old])).positions[0], flat(one)[:, :2]
    )


def test_two_models_in_a_folder_are_refused(tmp_path):
    with pytest.raises(
        errors.InputError, match=r"00_keypoints.json has 25 .*01_keypoints.json 18"
    ):
        openpose.read(folder(tmp_path, [person(25)], [person(18)]))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ('{"people": [\n1,]}', "line 2, column .*: not JSON"),
        ("", "is empty"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "is no frame of OpenPose's"),
        ({"people": 3}, "is no frame of OpenPose's"),
        ([3], "a person must be an object"),
        (
            [{"pose_keypoints_2d": [1, 2, 3]}],
            "has 3 numbers; expected 3 for each of 18",
        ),
        (
            [{"pose_keypoints_3d": [1] * 75}],
            "has 75 numbers; expected 4 for each of 18",
        ),
        ([{"pose_keypoints_2d": {"a": 1}}], "pose_keypoints_2d has no list"),
        ([{"pose_keypoints_2d": [1] * 53 + ["x"]}], "keypoint 17 .* has 'x' where"),
        ([{"pose_keypoints_2d": [1] * 53 + [None]}], "keypoint 17 .* has 'None' where"),
        ([{"pose_keypoints_2d": [[]] * 54}], "keypoint 0"),
    ],
)
def test_a_damaged_frame_is_named(tmp_path, frame, said):
    with pytest.raises(errors.InputError, match=said) as refused:
        openpose.read(folder(tmp_path, [person(18)], frame))
    assert "000000000001_keypoints.json" in str(refused.value)


def test_numbers_of_many_digits_are_missing(tmp_path):
    one = json.dumps({"people": [person(18)]})
    number = json.loads(one)["people"][0]["pose_keypoints_2d"][0]
    found = openpose.read(folder(tmp_path, one.replace(str(number), "9" * 5000)))
    assert np.isnan(found.positions[0, 0]).all()
    assert np.isfinite(found.positions[0, 1:]).all()


def test_a_folder_without_frames_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="holds no frame"):
        openpose.read(tmp_path)
