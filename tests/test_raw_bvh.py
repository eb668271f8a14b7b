"""BVH files of small skeletons, and what is wrong with damaged ones."""

import math
import pickle

import numpy as np
import pytest

from datasets import recordings, skeletons
from datasets.raw import take
from datasets.raw.formats import bvh
from simmc_tf import errors

SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 1 2 3
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Leg
  {
    OFFSET 0 -10 0
    CHANNELS 3 Xrotation Zrotation Yrotation
    End Site
    {
      OFFSET 0 -20 5
    }
  }
  JOINT Left Arm
  {
    OFFSET 5 6 7
    CHANNELS 1 Yrotation
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
100 0 0 0 0 0 0 0 0 0
0 100 0 90 0 0 -90 0 0 90
"""
FIRST = SMALL.splitlines().index("100 0 0 0 0 0 0 0 0 0") + 1


@pytest.fixture
def read(tmp_path):
    def read_text(content, metres=1.0):
        path = tmp_path / "a.bvh"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return bvh.read(take.Take("a", 1, (path,)), metres, 7.0)

    return read_text


def turn(axis, degrees):
    """[4, 4] about one axis."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    first, second = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}[axis]
    matrix = np.eye(4)
    matrix[first, first] = matrix[second, second] = c
    matrix[second, first], matrix[first, second] = s, -s
    return matrix


def move(offset):
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def places(joint, values, above=None):
    """Joints of one frame by recursion, depth first, each channel its own matrix.

    Args:
        joint: (name, offset, channels, children); no channels for an End Site.
        values: list of the frame's numbers, used up from the front.
        above: [4, 4] of the parent.
    """
    _, offset, channels, children = joint
    moved, turned = list(offset), np.eye(4)
    for channel in channels:
        value = values.pop(0)
        if channel.endswith("position"):
            moved["XYZ".index(channel[0])] = value
        else:
            turned = turned @ turn(channel[0], value)
    whole = (np.eye(4) if above is None else above) @ move(moved) @ turned
    found = [whole[:3, 3]]
    for child in children:
        found += places(child, values, whole)
    return found


def written(joint, frames, seconds=0.01):
    """The text of a BVH file."""

    def block(kind, joint, pad):
        name, offset, channels, children = joint
        yield f"{pad}{kind} {name}" if kind != "End Site" else f"{pad}End Site"
        yield f"{pad}{{"
        yield f"{pad}\tOFFSET " + " ".join(map(repr, map(float, offset)))
        if kind != "End Site":
            yield " ".join([f"{pad}\tCHANNELS", str(len(channels)), *channels])
        for child in children:
            end = "End Site" if child[0] == "End Site" else "JOINT"
            yield from block(end, child, pad + "\t")
        yield f"{pad}}}"

    rows = [" ".join(map(repr, map(float, frame))) for frame in frames]
    head = ["HIERARCHY", *block("ROOT", joint, ""), "MOTION", f"Frames: {len(rows)}"]
    return "\n".join([*head, f"Frame Time: {seconds}", *rows]) + "\n"


def test_a_small_file_gives_places_worked_out_by_hand(read):
    found = read(SMALL)
    assert found.joint_names == ("Hips", "Leg", "LegEnd", "Left Arm")
    # Frame 1: nothing turns. Frame 2: the hips turn x to y, the leg y to -z.
    np.testing.assert_allclose(
        found.positions,
        [
            [[100, 0, 0], [100, -10, 0], [100, -30, 5], [105, 6, 7]],
            [[0, 100, 0], [10, 100, 0], [5, 100, 20], [-6, 105, 7]],
        ],
        atol=1e-4,
    )
    assert found.positions.dtype == np.float32
    assert (found.dropped, found.clipped, found.fps) == (0, 0, 30.0)


def test_places_are_those_of_matrices_multiplied_one_by_one(read):
    generator = np.random.default_rng(11)
    six = ["Zposition", "Yrotation", "Xposition", "Zrotation", "Xrotation", "Yposition"]
    tip = ("End Site", (1, 2, 3), [], [])
    skeleton = (
        "root",
        (9, 9, 9),
        ["Xrotation", "Yrotation", "Zrotation", "Xposition", "Yposition", "Zposition"],
        [
            ("a", (1, 0, 2), six, [("b", (0, 3, 0), ["Zrotation"], [tip, tip])]),
            ("c", (4, 0, 0), [], [("d", (1, 1, 1), ["Xposition", "Yrotation"], [tip])]),
            ("e", (0, 0, 5), ["Yrotation", "Xrotation", "Zrotation"], []),
        ],
    )
    frames = generator.uniform(-180, 180, size=(12, 18))
    found = read(written(skeleton, frames), metres=0.01)
    assert found.joint_names == (
        *("root", "a", "b", "bEnd", "bEnd2", "c", "d", "dEnd", "e"),
    )
    expected = [places(skeleton, list(frame)) for frame in frames]
    np.testing.assert_allclose(found.positions, 0.01 * np.array(expected), atol=1e-5)
    assert found.fps == 100


@pytest.mark.data
def test_real_motion_comes_back_from_the_turns_of_its_bones(read, shared):
    path = shared / "data" / "cmu_kinect20.npz"
    frames = recordings.read(path).frames(3)[:40].astype(np.float64)
    columns = []

    def joint(number):
        """A joint that moves, with a bone along x to each child that turns and ends."""
        columns.extend((frames[:, number] - frames[:, max(parents[number], 0)]).T)
        parts = []
        for child in np.flatnonzero(parents == number):
            bone = frames[:, child] - frames[:, number]
            # The bones of one length each that come nearest.
            length = np.linalg.norm(bone, axis=1).mean()
            bone *= length / np.linalg.norm(bone, axis=1, keepdims=True)
            ends[child] = frames[:, number] + bone
            columns.append(np.degrees(np.arctan2(bone[:, 1], bone[:, 0])))
            columns.append(np.degrees(np.arcsin(-bone[:, 2] / length)))
            tip = ("End Site", (length, 0, 0), [], [])
            parts.append((f"to{child}", (0, 0, 0), ["Zrotation", "Yrotation"], [tip]))
            parts.append(joint(child))
        moves = ["Xposition", "Yposition", "Zposition"]
        return (f"joint{number}", (7, 7, 7), moves, parts)

    parents = np.full(20, -1)
    for parent, child in skeletons.KINECT_V1.bone_indices:
        parents[child] = parent
    ends: dict[int, np.ndarray] = {}
    root = joint(0)
    # The root is subtracted from itself there.
    columns[:3] = list(frames[:, 0].T)
    found = read(written(root, np.stack(columns, axis=1)))
    assert len(ends) == 19
    for number in range(20):
        place = found.positions[:, found.joint_names.index(f"joint{number}")]
        np.testing.assert_allclose(place, frames[:, number], atol=1e-5)
    for number, expected in ends.items():
        place = found.positions[:, found.joint_names.index(f"to{number}End")]
        np.testing.assert_allclose(place, expected, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("  ", "\t").replace(" ", "\t \t"),
        lambda text: text.lower().replace("hips", "Hips"),
        lambda text: text.replace("OFFSET", "offset").replace("Xrot", "XROT"),
        lambda text: text.replace("\n{", " {").replace("\n  {", "{"),
        lambda text: text.replace("MOTION\n", "\nMOTION\n\n") + "\n \n",
        lambda text: "\ufeff" + text,
        lambda text: text.replace("Frames: 2", "Frames:\t2 "),
        lambda text: text.rstrip("\n"),
    ],
    ids=[
        *("windows", "tabs", "lower case", "mixed case", "braces", "blank lines"),
        *("byte order mark", "tab after colon", "no line end"),
    ],
)
def test_writing_styles_make_no_difference(read, change):
    found = read(change(SMALL).replace("Left\t \tArm", "Left Arm"))
    expected = read(SMALL)
    assert np.array_equal(found.positions, expected.positions)
    assert [n.lower() for n in found.joint_names] == [
        n.lower() for n in expected.joint_names
    ]
    assert found.fps == expected.fps


def test_metres_are_of_one_unit_of_the_file(read):
    np.testing.assert_allclose(
        read(SMALL, 0.01).positions, 0.01 * read(SMALL).positions, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("seconds", "fps"),
    [(".0083333", 120), ("0.008333", 120), ("0.04", 25), ("0.033366", 1 / 0.033366)],
)
def test_a_frame_time_of_few_digits_is_a_whole_rate(read, seconds, fps):
    assert read(SMALL.replace("0.0333333", seconds)).fps == pytest.approx(fps, 1e-12)


@pytest.mark.parametrize("value", ["nan", "inf", "-Inf", "1e300"])
def test_a_frame_with_a_number_that_is_not_finite_is_dropped(read, value):
    found = read(SMALL.replace("100 0 0 0", f"{value} 0 0 0", 1))
    assert (len(found.positions), found.dropped, found.read) == (1, 1, 2)
    assert np.array_equal(found.positions, read(SMALL).positions[1:])


def test_all_frames_may_be_dropped(read):
    found = read(SMALL.replace("100", "nan"))
    assert found.positions.shape == (0, 4, 3) and found.dropped == 2


def test_a_tree_of_any_depth_is_read(read):
    joints = "".join(
        f"JOINT j{number}\n{{\nOFFSET 0 1 0\nCHANNELS 0\n" for number in range(5000)
    )
    deep = (
        "HIERARCHY\nROOT r\n{\nOFFSET 0 0 0\nCHANNELS 1 Xposition\n"
        + joints
        + "}\n" * 5001
        + "MOTION\nFrames: 1\nFrame Time: 1\n3\n"
    )
    np.testing.assert_allclose(read(deep).positions[0, -1], [3, 5000, 0])


def test_an_end_whose_name_is_taken_gets_a_number(read):
    found = read(SMALL.replace("ROOT Hips", "ROOT LegEnd"))
    assert found.joint_names == ("LegEnd", "Leg", "LegEnd2", "Left Arm")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("HIERARCHY", "", 2, "'ROOT' where HIERARCHY should be"),
        ("ROOT Hips", "JOINT Hips", 2, "'JOINT' where ROOT should be"),
        ("ROOT Hips", "ROOT", 2, "'' where a joint's name"),
        ("JOINT Leg", "JOINT Hips", 6, "'Hips' where a joint's name that no other has"),
        ("JOINT Leg\n  {", "JOINT Leg\n", 8, "'OFFSET' where { should be"),
        ("OFFSET 1 2 3", "OFFSET 1 2", 5, "'CHANNELS' where a number should be"),
        ("OFFSET 1 2 3", "OFFSET 1 2 three", 4, "'three' where a number should be"),
        ("OFFSET 1 2 3", "OFFSET 1 2 nan", 4, "'nan' where a finite number should be"),
        ("OFFSET 1 2 3", "", 5, "'CHANNELS' where OFFSET should be"),
        ("CHANNELS 6", "CHANNELS six", 5, "'six' channels; expected 0 to 6"),
        ("CHANNELS 6", "CHANNELS 7", 5, "'7' channels; expected 0 to 6"),
        ("CHANNELS 6", "CHANNELS 5", 5, "'Yrotation' where JOINT, End Site or }"),
        ("Yposition", "Wposition", 5, "channel 'Wposition'; expected X, Y or Z"),
        ("Yposition", "Yscale", 5, "channel 'Yscale'"),
        ("Yposition", "Xposition", 5, "channel Xposition is there twice"),
        ("    End Site", "    Start", 10, "'Start' where JOINT, End Site or }"),
        ("  }\n}\nMOTION", "  }\nMOTION", 19, "the file ends where JOINT, End Site or"),
        ("}\nMOTION", "}\n}\nMOTION", 21, "'}' where MOTION should be"),
        ("}\nMOTION", "}\nROOT b\nMOTION", 21, "one skeleton a file"),
        ("MOTION", "MOVES", 25, "the file ends before the line MOTION"),
        ("Frames: 2", "Frames: 3", 22, "Frames: 3, but 2 lines of motion follow"),
        ("Frames: 2", "Frames: 1", 22, "Frames: 1, but 2 lines of motion follow"),
        ("Frames: 2", "Frames: two", 22, "'two' where a number should be"),
        ("Frames: 2", "Frames:", 22, "Frames: ''; expected a number"),
        ("Frames: 2\n", "", 22, "'Frame Time: 0.0333333' where Frames: should be"),
        ("Frame Time: 0.0333333\n", "", 23, "where Frame Time: should be"),
        ("0.0333333", "0", 23, "Frame Time 0; expected 0.001 seconds or more"),
        ("0.0333333", "1e-9", 23, "Frame Time 1e-09; expected 0.001 seconds or more"),
        ("0.0333333", "-1", 23, "Frame Time -1; expected"),
        ("0.0333333", "nan", 23, "Frame Time nan; expected"),
        ("0.0333333", "1e-320", 23, "expected 0.001 seconds"),
        ("100 0 0 0 0", "100 0 0 0", FIRST, "9 numbers; the joints have 10 channels"),
        ("100 0 0 0 0", "100 0 0 0 0 0", FIRST, "11 numbers; the joints have 10"),
        ("0 0 90\n", "0 0 9O\n", FIRST + 1, "'9O' where a number should be"),
        ("0 0 90\n", "0 0 9_0\n", FIRST + 1, "'9_0' where a number should be"),
        ("OFFSET 1", "OFFSET 1_0", 4, "'1_0' where a number should be"),
    ],
)
def test_damage_is_named_with_its_line(read, tmp_path, old, new, line, said):
    assert SMALL.count(old) >= 1
    with pytest.raises(errors.InputError) as caught:
        read(SMALL.replace(old, new, 1))
    assert f"{tmp_path / 'a.bvh'}, line {line}: " in str(caught.value)
    assert said in str(caught.value)


def test_a_file_cut_short_anywhere_is_refused(read):
    # Without its last character alone, the last number is another one.
    for end in range(0, len(SMALL) - 2, 3):
        with pytest.raises(errors.InputError, match=r"a\.bvh"):
            read(SMALL[:end])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"BVH\x00\x01", "not a text file .byte 3."),
        (bytes(range(128, 256)), "line 1"),
    ],
)
def test_what_is_no_motion_is_refused(read, content, said):
    with pytest.raises(errors.InputError, match=said):
        read(content)


def test_a_name_in_old_windows_letters_is_taken(read):
    found = read(SMALL.replace("Leg", "Fuß").encode("latin-1"))
    assert found.joint_names[1] == "Fuß"


def test_a_file_that_is_gone_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"gone\.bvh cannot be read"):
        bvh.read(take.Take("a", 1, (tmp_path / "gone.bvh",)), 1.0, 30.0)


def test_the_sensor_goes_to_other_processes():
    assert pickle.loads(pickle.dumps(bvh.SENSOR)) == bvh.SENSOR
    assert bvh.SENSOR.suffixes == (".bvh",)
