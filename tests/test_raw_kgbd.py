"""KGBD's raw text."""

import os

import numpy as np
import pytest

from datasets import skeletons
from datasets.raw import reading
from datasets.raw.sets import kgbd
from simmc_tf import errors
from tests import raw_files

INNER = "kinect gait raw dataset"
JOINTS = skeletons.KGBD.joints


def write(path, frames, names=JOINTS):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(raw_files.named_frame(frame, names, ";") for frame in frames)
    path.write_text(text)
    return text


@pytest.fixture
def recording(tmp_path):
    """What reads the text of a recording."""
    path = tmp_path / INNER / "Person 001" / "My walk 1.TXT"
    path.parent.mkdir(parents=True)

    def read(content):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (one,) = kgbd.find(tmp_path)
        return kgbd.read(one)

    return read


@pytest.fixture
def text(tmp_path):
    return write(tmp_path / "text", raw_files.walk(23, 20))


FRAMES = raw_files.walk(23, 20)


def test_frames_come_back_without_the_first_and_the_last_10(recording, text):
    read = recording(text)
    np.testing.assert_array_equal(read.positions, FRAMES[10:13])
    assert (read.dropped, read.clipped, read.read) == (0, 20, 23)
    assert read.joint_names == JOINTS


def test_joints_go_by_their_names(recording, tmp_path):
    order = np.random.default_rng(1).permutation(20)
    names = [JOINTS[i].replace("Left", "-LEFT ") for i in order]
    content = write(tmp_path / "text", FRAMES[:, order], names)
    np.testing.assert_array_equal(recording(content).positions, FRAMES[10:13])


def test_frames_that_are_not_finite_are_dropped_before_clipping(recording, tmp_path):
    frames = FRAMES.copy()
    frames[0, 3, 1] = np.nan
    frames[22, 0, 0] = np.inf
    read = recording(write(tmp_path / "text", frames))
    np.testing.assert_array_equal(read.positions, FRAMES[11:12])
    assert (read.dropped, read.clipped) == (2, 20)


def test_a_number_too_large_for_float32_drops_its_frame(recording, text):
    lines = text.splitlines()
    lines[0] = "Head;1e39;0;0"
    assert recording("\n".join(lines)).dropped == 1


@pytest.mark.parametrize("change", ["windows", "mark", "blank lines", "spaces"])
def test_other_ways_to_write_the_same_text_are_taken(recording, text, change):
    text = {
        "windows": text.replace("\n", "\r\n"),
        "mark": "\ufeff" + text,
        "blank lines": text + "\n\n",
        "spaces": text.replace(";", " ; "),
    }[change]
    np.testing.assert_array_equal(recording(text).positions, FRAMES[10:13])


def test_persons_and_files_come_in_natural_order(tmp_path):
    for name in ("Person010/1", "Person002/10", "Person002/9", "Person2b/1", "x/1"):
        write(tmp_path / INNER / f"{name}.txt", FRAMES[:1])
    (tmp_path / INNER / "Person002" / "._9.txt").write_bytes(b"\0")
    assert [(one.name, one.person) for one in kgbd.find(tmp_path)] == [
        ("Person002/9", 2),
        ("Person002/10", 2),
        ("Person010/1", 10),
    ]


def test_what_is_called_otherwise_is_left_out_and_told(tmp_path):
    write(tmp_path / INNER / "Person001" / "1.txt", FRAMES[:1])
    others = (
        *("Person001/readme.txt", "Person001/notes 2.doc", "Person001/old/2.txt"),
        *("person-2/1.txt", "licence.txt"),
    )
    for name in others:
        write(tmp_path / INNER / name, FRAMES[:1])
    (tmp_path / INNER / "Person003").symlink_to("gone")
    write(tmp_path / "readme.txt", FRAMES[:1])
    told = []
    assert [one.name for one in kgbd.find(tmp_path, told.append)] == ["Person001/1"]
    assert told.pop(0) == tmp_path / "readme.txt"
    assert sorted(path.relative_to(tmp_path / INNER).as_posix() for path in told) == [
        *("Person001/notes 2.doc", "Person001/old", "Person001/readme.txt"),
        *("Person003", "licence.txt", "person-2"),
    ]


def test_folders_and_pipes_are_no_recordings(tmp_path):
    folder = tmp_path / INNER / "Person001"
    write(folder / "1.txt", FRAMES[:1])
    (folder / "2.txt").mkdir()
    os.mkfifo(folder / "3.txt")
    assert [one.name for one in kgbd.find(tmp_path)] == ["Person001/1"]


def test_a_link_to_nothing_is_missed_when_it_is_read(tmp_path):
    folder = tmp_path / INNER / "Person001"
    folder.mkdir(parents=True)
    (folder / "1.txt").symlink_to("gone.txt")
    (one,) = kgbd.find(tmp_path)
    with pytest.raises(errors.InputError, match=r"1\.txt cannot be read: No such file"):
        kgbd.read(one)


def test_a_person_without_files_is_counted(tmp_path):
    write(tmp_path / INNER / "Person002" / "1.txt", FRAMES)
    (tmp_path / INNER / "Person001").mkdir()
    found = reading.read(kgbd.find(tmp_path), kgbd.read, lambda *_: None)
    assert [one.person for one in found.takes] == [1, 2]
    assert found.frames.tolist() == [[0, 0, 0, 0], [23, 0, 20, 3]]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Person001", "person 1"], "both person 1"),
        (["somebody"], "no folders called PersonNNN"),
    ],
)
def test_folders_that_do_not_say_who_it_is_are_refused(tmp_path, names, said):
    for name in names:
        (tmp_path / INNER / name).mkdir(parents=True)
    with pytest.raises(errors.InputError, match=said):
        kgbd.find(tmp_path)


def test_two_files_that_differ_in_capitals_alone_are_refused(tmp_path):
    for name in ("1.txt", "1.TXT"):
        write(tmp_path / INNER / "Person001" / name, FRAMES)
    if len(list((tmp_path / INNER / "Person001").iterdir())) == 1:
        pytest.skip("this disk does not tell capitals")
    with pytest.raises(errors.InputError, match="capitals"):
        kgbd.find(tmp_path)


def test_the_missing_inner_folder_is_named(tmp_path):
    with pytest.raises(errors.InputError, match=INNER):
        kgbd.find(tmp_path)


@pytest.mark.parametrize(
    ("line", "replacement", "said"),
    [
        (25, "ShoulderLeft;0;0\n", "line 26: 3 fields"),
        (25, None, "line 26: joint"),
        (25, "Nose;0;0;0\n", "line 26: joint 'Nose' where 'ElbowRight' should be"),
        (25, "ElbowRight;0;zero;0\n", "line 26: 'zero' where a number"),
        (25, "ElbowRight;0;1_000;0\n", "line 26: '1_000' where a number"),
        (25, "\n", "blank line 26; remove it"),
        (25, "ElbowRight;0;0,5;0\n", "line 26: '0,5' .* write numbers with points"),
        (3, "Head;0;0;0\n", "line 4: joint 'Head' is unknown or there twice"),
        (3, "Nose;0;0;0\n", "line 4: joint 'Nose' is unknown or there twice"),
        (459, None, "ends after 459 lines, within a frame"),
    ],
)
def test_a_damaged_line_is_named(recording, text, line, replacement, said):
    lines = text.splitlines(keepends=True)
    lines[line : line + 1] = [] if replacement is None else [replacement]
    with pytest.raises(errors.InputError, match=r"My walk 1\.TXT.*" + said):
        recording("".join(lines))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\r\n \n", "is empty"),
        (b"\x00\xff\xfe\x81", "not a text file"),
        (b"\0" * 100, r"not a text file \(byte 0\)"),
        (b"Head;1;2;3\n", "ends after 1 lines; a frame has 20"),
    ],
)
def test_what_is_no_recording_is_refused(recording, content, said):
    with pytest.raises(errors.InputError, match=r"My walk 1\.TXT.*" + said):
        recording(content)
