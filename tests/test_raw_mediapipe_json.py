"""MediaPipe's landmarks in JSON, as programs dump them."""

import json

import numpy as np
import pytest

from datasets import skeletons
from datasets.raw import take
from datasets.raw.formats import mediapipe_json
from simmc_tf import errors

JOINTS = skeletons.MEDIAPIPE_33.joints
FPS = 20.0


def walk(num_frames, seed=0):
    """[T, 33, 3] metres from between the hips, exact in float32."""
    numbers = np.random.default_rng(seed).integers(-64, 64, (num_frames, 33, 3))
    return (numbers + 0.5) / 64


def landmarks(frame, visibility=0.0):
    return [
        {"x": x, "y": y, "z": z, "visibility": visibility, "presence": 1}
        for x, y, z in frame.tolist()
    ]


@pytest.fixture
def read(tmp_path):
    def read_content(found, name="walk.json"):
        path = tmp_path / name
        path.write_text(found if isinstance(found, str) else json.dumps(found))
        return mediapipe_json.read(take.Take("walk", 0, (path,)), 1.0, FPS)

    return read_content


def same(frames, positions):
    np.testing.assert_array_equal(frames.positions[:, 1:], positions)


WAYS = {
    "objects": lambda frames: [landmarks(frame) for frame in frames],
    "lists": lambda frames: frames.tolist(),
    "lists with visibility": lambda frames: [
        [[*joint, 0] for joint in frame] for frame in frames.tolist()
    ],
    "one list of all": lambda frames: frames.reshape(-1, 99).tolist(),
    "people": lambda frames: [[landmarks(frame)] for frame in frames],
    "frames in an object": lambda frames: {
        "video": "a.mp4",
        "frames": [landmarks(frame) for frame in frames],
    },
    "numbered": lambda frames: {
        str(number): landmarks(frame)
        for number, frame in reversed([*enumerate(frames)])
    },
    "python's results": lambda frames: [
        {
            "pose_landmarks": landmarks(frame * 0),
            "pose_world_landmarks": landmarks(frame),
        }
        for frame in frames
    ],
    "javascript's results": lambda frames: [
        {"landmarks": [landmarks(frame * 0)], "worldLandmarks": [landmarks(frame)]}
        for frame in frames
    ],
    "protobuf's": lambda frames: [
        {"poseWorldLandmarks": {"landmark": landmarks(frame)}} for frame in frames
    ],
    "of the whole file": lambda frames: {
        "pose_world_landmarks": [landmarks(frame) for frame in frames]
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_frames_are_read_in_each_way_that_programs_write(read, way):
    positions = walk(12)
    frames = read(WAYS[way](positions))
    same(frames, positions)
    assert (frames.fps, frames.dropped) == (FPS, 0)


@pytest.mark.parametrize("name", ["walk.jsonl", "walk.NDJSON"])
def test_a_line_may_be_a_frame(read, name):
    positions = walk(3)
    lines = [json.dumps(landmarks(frame)) for frame in positions]
    frames = read("\r\n".join([lines[0], "null", "", *lines[1:], ""]), name)
    same(frames, positions)
    assert frames.dropped == 1


def test_one_frame_alone_is_read(read):
    positions = walk(1)
    same(read(landmarks(positions[0])), positions)
    same(read({"pose_world_landmarks": landmarks(positions[0])}), positions)


def test_the_middle_of_the_hips_comes_first(read):
    positions = walk(2)
    frames = read(positions.tolist())
    left, right = JOINTS.index("HipLeft"), JOINTS.index("HipRight")
    middle = (positions[:, left] + positions[:, right]) / 2
    np.testing.assert_array_equal(frames.positions[:, 0], middle)
    assert frames.joint_names == ("HipCenter", *JOINTS)


@pytest.mark.parametrize(
    "nobody",
    [
        None,
        [],
        {},
        [[]],
        {"pose_world_landmarks": None},
        {"worldLandmarks": []},
        [[0, 0, 0]] * 33,
        [[None, 0, 1]] * 33,
        [[float("nan"), 0, 1]] * 33,
    ],
)
def test_frames_that_saw_nobody_are_dropped(read, nobody):
    positions = walk(3).tolist()
    frames = read([positions[0], nobody, *positions[1:]])
    same(frames, np.array(positions))
    assert frames.dropped == 1


@pytest.mark.parametrize(
    ("key", "step"), [("timestamp_ms", 40), ("time", 0.04), ("timestampUs", 40000)]
)
def test_frames_a_second_come_from_the_times(read, key, step):
    found = [
        {key: number * step, "landmarks": frame}
        for number, frame in enumerate(walk(4).tolist())
    ]
    assert read(found).fps == pytest.approx(25)


@pytest.mark.parametrize(
    "times",
    [
        [f"2024-03-01T10:00:00.{ms:03d}Z" for ms in (0, 40, 80, 120)],
        [f"00:00:00.{ms:03d}0000" for ms in (0, 40, 80, 120)],
        [f"{ms}" for ms in (0, 40, 80, 120)],
    ],
    ids=["ISO 8601", "TimeSpan", "numbers"],
)
def test_textual_times_of_frames_make_the_rate(times, read):
    frames = walk(4).tolist()
    found = [{"timestamp": t, "world": w} for t, w in zip(times, frames, strict=True)]
    assert read(found).fps == pytest.approx(25)


def test_times_that_make_no_rate_are_named(read):
    found = [{"time": "soon", "world": frame} for frame in walk(4).tolist()]
    frames = read(found)
    assert (frames.fps, frames.unread_times) == (FPS, "'time' ('soon', ...)")


def test_frames_a_second_may_be_named(read):
    assert read({"fps": 24, "frames": walk(3).tolist()}).fps == 24
    for odd in (-1, 0, 3e10):
        assert read({"fps": odd, "frames": walk(3).tolist()}).fps == FPS


def test_landmarks_of_the_image_are_refused_by_their_name(read):
    found = [{"pose_landmarks": landmarks(frame)} for frame in walk(2)]
    with pytest.raises(
        errors.InputError, match="frame 0: landmarks of the image.*world"
    ):
        read(found)


def test_landmarks_of_the_image_are_refused_by_their_size(read):
    found = np.random.default_rng(0).uniform(0.2, 0.9, (4, 33, 3))
    with pytest.raises(errors.InputError, match="walk.json: landmarks of the image"):
        read(found.tolist())


def test_several_people_are_refused(read):
    found = [[landmarks(frame), landmarks(frame)] for frame in walk(2)]
    with pytest.raises(errors.InputError, match="frame 0: 2 people"):
        read(found)


GOOD = walk(1)[0].tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "has no frames"),
        (7, "has no frames"),
        ("", "is empty"),
        ("[1, 2", "line 1, column 6: not JSON"),
        ("[" * 100000, "nested too deeply"),
        ([GOOD, GOOD[:32]], "frame 1: 32 landmarks; expected 33"),
        ([GOOD, 0.0], "frame 1: 0.0; expected 33"),
        ([GOOD, "text"], "frame 1: 'text'; expected 33"),
        ([GOOD, {"hands": []}], "frame 1: no landmarks among 'hands'"),
        ([GOOD, [*GOOD[:32], {"x": 1, "y": 2}]], "frame 1: landmark .*expected x, y"),
        ([GOOD, [*GOOD[:32], [1, 2]]], "frame 1: landmark"),
        ([GOOD, [*GOOD[:32], [1, 2, "3"]]], "frame 1: landmark"),
        ([GOOD, [*GOOD[:32], 5]], "frame 1: landmark 5"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(read, content, message):
    with pytest.raises(errors.InputError, match=message) as caught:
        read(content)
    assert "walk.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lists_are_refused_however_deep_they_are(read):
    # Just below what the JSON decoder refuses itself is what recursion must not take.
    for depth in range(850, 1000):
        with pytest.raises(errors.InputError, match="landmarks|too deeply"):
            read("[" * depth + "1" + "]" * depth)


def test_a_damaged_line_is_named(read):
    with pytest.raises(
        errors.InputError, match="walk.jsonl, line 2, column .*: not JSON"
    ):
        read(json.dumps(GOOD) + "\n{", "walk.jsonl")


def test_blank_lines_are_no_frames(read):
    positions = walk(2)
    first, second = map(json.dumps, positions.tolist())
    same(read(f"{first}\n \n{second}\n", "walk.jsonl"), positions)


def test_a_line_nested_too_deeply_is_named(read):
    with pytest.raises(errors.InputError, match="line 2: lists nested too deeply"):
        read("[]\n" + "[" * 100000, "walk.jsonl")


@pytest.mark.usefixtures("holes_are_read")
@pytest.mark.parametrize("name", ["walk.json", "walk.jsonl"])
def test_what_is_too_large_is_refused_unread(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(2**29 + 1)
    with pytest.raises(errors.InputError, match=f"{name} has 536870913 bytes"):
        mediapipe_json.read(take.Take("walk", 0, (path,)), 1.0, FPS)
