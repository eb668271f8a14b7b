"""JSON of Azure Kinect's sample offline_processor."""

import json

import numpy as np
import pytest

from datasets import skeletons
from datasets.raw import take
from datasets.raw.formats import azure_json
from simmc_tf import errors

AZURE = skeletons.AZURE_KINECT
FPS = 15.0


def walk(num_frames, seed=0):
    """[T, 32, 3] millimetres."""
    numbers = np.random.default_rng(seed).integers(-900, 900, (num_frames, 32, 3))
    return numbers + 0.5


def body(positions, body_id=1):
    return {
        "body_id": body_id,
        "joint_positions": positions.tolist(),
        "joint_orientations": [[1, 0, 0, 0]] * 32,
    }


def content(positions):
    """As the sample writes it."""
    return {
        "k4abt_sdk_version": "1.1.2",
        "source_file": "walk.mkv",
        "joint_names": [
            "".join("_" + c if c.isupper() else c for c in joint)[1:]
            .upper()
            .replace("HAND_TIP", "HANDTIP")
            for joint in AZURE.joints
        ],
        "bone_list": [["SPINE_CHEST", "SPINE_NAVEL"]],
        "frames": [
            {
                "frame_id": number,
                "timestamp_usec": 1000 + 33333 * number,
                "num_bodies": 1,
                "bodies": [body(frame)],
            }
            for number, frame in enumerate(positions)
        ],
    }


@pytest.fixture
def read(tmp_path):
    def read_content(found):
        path = tmp_path / "walk.json"
        text = found if isinstance(found, str) else json.dumps(found, indent=4)
        path.write_text(text)
        return azure_json.read(take.Take("walk", 0, (path,)), 0.001, FPS)

    return read_content


def same(frames, positions):
    np.testing.assert_allclose(frames.positions, positions / 1000, rtol=1e-6)


def test_what_the_sample_writes_is_read_in_metres(read):
    positions = walk(4)
    frames = read(content(positions))
    same(frames, positions)
    assert frames.joint_names == AZURE.joints
    assert frames.dropped == 0
    assert frames.fps == pytest.approx(30, rel=1e-4)


def test_joints_go_by_their_names(read):
    positions = walk(2)
    found = content(positions)
    order = np.random.default_rng(1).permutation(32)
    found["joint_names"] = [found["joint_names"][i] for i in order]
    for frame, numbers in zip(found["frames"], positions, strict=True):
        frame["bodies"] = [body(numbers[order])]
    same(read(found), positions)


def test_names_and_times_may_be_left_out(read):
    positions = walk(3)
    found = {"frames": content(positions)["frames"]}
    for frame in found["frames"]:
        del frame["timestamp_usec"]
    frames = read(found)
    same(frames, positions)
    assert frames.fps == FPS


def test_textual_times_make_the_rate(read):
    found = content(walk(4))
    for number, frame in enumerate(found["frames"]):
        del frame["timestamp_usec"]
        frame["timestamp"] = f"10:00:00,{40 * number:03d}"
    assert read(found).fps == pytest.approx(25)


def test_frames_without_the_body_in_most_frames_are_dropped(read):
    positions, other = walk(5), walk(5, seed=1)
    found = content(positions)
    found["frames"][0]["bodies"].insert(0, body(other[0], 2))
    found["frames"][1]["bodies"] = [body(other[1], 2)]
    found["frames"][3]["bodies"] = []
    frames = read(found)
    same(frames, positions[[0, 2, 4]])
    assert (frames.dropped, frames.read) == (2, 5)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), 1e60, 10**400])
def test_a_frame_with_a_number_that_is_none_is_dropped(read, value):
    positions = walk(3)
    found = content(positions)
    found["frames"][1]["bodies"][0]["joint_positions"][31][2] = value
    frames = read(found)
    same(frames, positions[[0, 2]])
    assert frames.dropped == 1


def test_a_frame_with_a_joint_of_confidence_0_is_dropped(read):
    positions = walk(3)
    found = content(positions)
    for number, frame in enumerate(found["frames"]):
        frame["bodies"][0]["joint_confidences"] = [1] * 31 + [number]
    frames = read(found)
    same(frames, positions[1:])
    assert frames.dropped == 1


def test_a_recording_with_nobody_has_no_frames(read):
    found = content(walk(3))
    for frame in found["frames"]:
        frame["bodies"] = []
    frames = read(found)
    assert frames.positions.shape == (0, 32, 3)
    assert frames.dropped == 3


def change(*keys, to):
    def changed(found):
        place = found
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to
        return found

    return changed


POSITIONS = ("frames", 1, "bodies", 0, "joint_positions")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change("frames", to=[]), "has no frames"),
        (change("frames", to={"0": 1}), "has no frames"),
        (lambda found: found["frames"], "has no frames"),
        (change("frames", 1, to=None), "frame 1: no list 'bodies'"),
        (change("frames", 1, "bodies", to=[3]), "frame 1: no list 'bodies'"),
        (
            change(*POSITIONS, to=[[1, 2, 3]] * 31),
            "frame 1: joint_positions is no list",
        ),
        (change(*POSITIONS, to=None), "frame 1: joint_positions is no list of 32 x 3"),
        (change(*POSITIONS, 4, to=[1, 2]), "frame 1: joint_positions is no list"),
        (change(*POSITIONS, 4, to=[1, 2, "3"]), "frame 1: joint_positions is no list"),
        (change(*POSITIONS, 4, to=[1, 2, True]), "frame 1: joint_positions is no list"),
        (change("joint_names", 3, to="TAIL"), "joint_names are not Azure Kinect's"),
        (change("joint_names", 3, to="PELVIS"), "joint_names are not Azure Kinect's"),
        (change("joint_names", to=7), "joint_names are not Azure Kinect's"),
        (lambda found: json.dumps(found)[:-9], "line 1, column .*: not JSON"),
        (lambda found: "[" * 100000, "nested too deeply"),
        (lambda found: "", "is empty"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(read, damage, message):
    with pytest.raises(errors.InputError, match=message) as caught:
        read(damage(content(walk(2))))
    assert "walk.json" in str(caught.value)
    assert "\n" not in str(caught.value)
