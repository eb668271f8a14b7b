"""IAS-Lab's raw folders, and what IAS-Lab and BIWI share."""

import os

import numpy as np
import pytest

from datasets import skeletons
from datasets.raw import reading, take
from datasets.raw.sets import ias
from simmc_tf import errors
from tests import raw_files

PARTS = {"Training": "train", "TestingA": "A", "TestingB": "B"}


def write(root, frames, names=("Training", "TestingA", "TestingB"), person="p1"):
    for name in names:
        raw_files.write_kinect(root / name / person, frames)
    return root


def persons(takes):
    return {one.name: one.person for one in takes}


@pytest.fixture
def frame_file(tmp_path):
    """A file of one frame, and what reads it."""
    frame = raw_files.walk(1, 20)
    path = tmp_path / "My walks" / "a b" / "1_skel.txt"

    def read(content, encoding="utf-8"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding))
        # Copies before and after, which are clipped.
        recording = take.Take("one", 0, (path,) * 11, part="train")
        return ias.read(recording).positions

    read.frame = frame[0]
    read.text = raw_files.kinect_frame(frame[0])
    return read


def test_training_loses_its_first_10_frames_and_tests_their_last_10_too(tmp_path):
    frames = raw_files.walk(25, 20)
    for one in ias.find(write(tmp_path, frames)):
        read = ias.read(one)
        last = 25 if one.part == "train" else 15
        np.testing.assert_array_equal(read.positions, frames[10:last])
        assert (read.dropped, read.clipped) == (0, 25 - len(read.positions))
        assert read.joint_names == skeletons.KINECT_V1.joints
        assert read.positions.dtype == np.float32


def test_frames_are_dropped_before_the_ends_are_clipped(tmp_path):
    frames = raw_files.walk(24, 20)
    folder = write(tmp_path, frames) / "TestingA" / "p1"
    files = sorted(folder.iterdir())
    files[3].write_text(raw_files.kinect_frame(frames[3], states=[2] * 19 + [0]))
    broken = frames[20].copy()
    broken[4, 1] = np.nan
    files[20].write_text(raw_files.kinect_frame(broken))
    (one,) = (one for one in ias.find(tmp_path) if one.part == "A")
    read = ias.read(one)
    seen = [i for i in range(24) if i not in (3, 20)]
    np.testing.assert_array_equal(read.positions, frames[seen[10:-10]])
    assert (read.dropped, read.clipped, read.read) == (2, 20, 24)


@pytest.mark.parametrize("value", ["inf", "-inf", "1e39"])
def test_a_coordinate_that_float32_cannot_hold_drops_the_frame(frame_file, value):
    lines = frame_file.text.splitlines()
    fields = lines[7].split(",")
    fields[2] = value
    lines[7] = ",".join(fields)
    assert len(frame_file("\n".join(lines))) == 0


def test_an_inferred_joint_is_kept(frame_file):
    text = raw_files.kinect_frame(frame_file.frame, states=[1] * 20)
    np.testing.assert_array_equal(frame_file(text)[0], frame_file.frame)


def test_files_and_persons_come_in_natural_order(tmp_path):
    frames = raw_files.walk(12, 20)
    for person in ("p10", "p9"):
        write(tmp_path, frames, person=person)
    folder = tmp_path / "Training" / "p9"
    for path in folder.iterdir():
        path.unlink()
    for number, frame in enumerate(frames):
        path = folder / f"{number + 1}skel.txt"
        path.write_text(raw_files.kinect_frame(frame))
    takes = ias.find(tmp_path)
    assert [one.name for one in takes[:2]] == ["Training/p9", "Training/p10"]
    np.testing.assert_array_equal(ias.read(takes[0]).positions, frames[10:])


def test_a_person_has_the_same_number_where_a_test_lacks_another(tmp_path):
    frames = raw_files.walk(1, 20)
    for person in ("a", "b", "c"):
        write(tmp_path, frames, ("Training", "TestingA"), person)
    for person in ("c", "b"):
        write(tmp_path, frames, ("TestingB",), person)
    found = persons(ias.find(tmp_path))
    assert found["TestingA/c"] == found["TestingB/c"] == found["Training/c"] == 2
    assert found["TestingB/b"] == 1


def test_as_many_folders_of_quite_other_names_go_by_their_order(tmp_path):
    frames = raw_files.walk(1, 20)
    for part, names in zip(PARTS, (["1", "2"], ["1b", "2b"], ["1", "2"]), strict=True):
        for person in names:
            write(tmp_path, frames, (part,), person)
    found = persons(ias.find(tmp_path))
    assert [found[f"TestingA/{name}"] for name in ("1b", "2b")] == [0, 1]


@pytest.mark.parametrize("names", [["1", "3"], ["3"], ["3", "4", "5"]])
def test_persons_that_do_not_match_training_are_named(tmp_path, names):
    frames = raw_files.walk(1, 20)
    for person in ("1", "2"):
        write(tmp_path, frames, ("Training", "TestingA"), person)
    for person in names:
        write(tmp_path, frames, ("TestingB",), person)
    with pytest.raises(errors.InputError, match=r"TestingB: .*3.* 2 is missing"):
        ias.find(tmp_path)


def test_a_missing_part_is_named(tmp_path):
    write(tmp_path, raw_files.walk(1, 20), ("Training", "TestingA"))
    with pytest.raises(errors.InputError, match=r"no folder .*TestingB"):
        ias.find(tmp_path)


def test_folders_may_be_in_other_capitals_and_deeper(tmp_path):
    frames = raw_files.walk(1, 20)
    write(tmp_path, frames, ("training", "TESTINGA", "testingB"), "day 1/p1")
    takes = ias.find(tmp_path)
    assert [(one.label, one.part) for one in takes] == [
        ("day 1/p1", part) for part in PARTS.values()
    ]


def test_two_spellings_of_a_part_are_refused(tmp_path):
    write(tmp_path, raw_files.walk(1, 20), (*PARTS, "training"))
    if len(list(tmp_path.iterdir())) == 3:
        pytest.skip("this disk does not tell capitals")
    with pytest.raises(errors.InputError, match="capitals"):
        ias.find(tmp_path)


def test_other_and_hidden_files_are_left_out(tmp_path):
    folder = write(tmp_path, raw_files.walk(11, 20)) / "Training" / "p1"
    for name in ("a_rgb.jpg", "b_userMap.pgm", "ground.txt", "._1_skel.txt"):
        (folder / name).write_bytes(b"\xff\xd8")
    (tmp_path / "Training" / ".cache").mkdir()
    (folder / "9999_SKEL.TXT").write_bytes(
        (folder / "000_0010-a_skel.txt").read_bytes()
    )
    training = ias.find(tmp_path)[0]
    assert len(training.files) == 12
    assert len(ias.read(training).positions) == 2


def test_links_to_persons_elsewhere_are_followed(tmp_path):
    frames = raw_files.walk(1, 20)
    write(tmp_path / "disk", frames)
    for part in PARTS:
        (tmp_path / "set" / part).mkdir(parents=True)
        (tmp_path / "set" / part / "p1").symlink_to(tmp_path / "disk" / part / "p1")
    takes = ias.find(tmp_path / "set")
    assert [(one.label, len(one.files)) for one in takes] == [("p1", 1)] * 3


def test_a_link_to_a_folder_above_is_left_out(tmp_path):
    folder = write(tmp_path, raw_files.walk(1, 20)) / "Training" / "p1"
    (folder / "all").symlink_to(tmp_path / "Training")
    assert [(one.label, len(one.files)) for one in ias.find(tmp_path)] == [
        ("p1", 1)
    ] * 3


def test_a_pipe_is_no_frame(tmp_path):
    folder = write(tmp_path, raw_files.walk(1, 20)) / "Training" / "p1"
    os.mkfifo(folder / "000_0001-a_skel.txt")
    assert len(ias.find(tmp_path)[0].files) == 1


def test_a_person_without_frames_is_counted(tmp_path):
    frames = raw_files.walk(30, 20)
    for person in ("a", "b"):
        write(tmp_path, frames, person=person)
    for path in (tmp_path / "TestingA" / "a").iterdir():
        path.unlink()
    takes = ias.find(tmp_path)
    found = reading.read(takes, ias.read, lambda *_: None)
    assert [one.name for one in found.takes if not one.files] == ["TestingA/a"]
    assert found.frames[[one.files == () for one in takes]].tolist() == [[0] * 4]
    assert len(found.recordings) == 5


def test_frames_beside_folders_are_refused(tmp_path):
    write(tmp_path, raw_files.walk(1, 20))
    raw_files.write_kinect(tmp_path / "Training", raw_files.walk(1, 20))
    with pytest.raises(errors.InputError, match=r"Training holds frames .*\(p1\)"):
        ias.find(tmp_path)


def test_a_part_without_persons_is_refused(tmp_path):
    write(tmp_path, raw_files.walk(1, 20), ("TestingA", "TestingB"))
    raw_files.write_kinect(tmp_path / "Training", raw_files.walk(1, 20))
    with pytest.raises(errors.InputError, match="Training has no folders"):
        ias.find(tmp_path)


@pytest.mark.parametrize("first", [0, 1, 5])
def test_lines_go_by_the_joints_numbers(frame_file, first):
    order = np.random.default_rng(0).permutation(20)
    text = raw_files.kinect_frame(frame_file.frame[order], [first + i for i in order])
    np.testing.assert_array_equal(frame_file(text)[0], frame_file.frame)


def test_lines_with_one_persons_id_keep_their_order(frame_file):
    text = raw_files.kinect_frame(frame_file.frame, [4] * 20)
    np.testing.assert_array_equal(frame_file(text)[0], frame_file.frame)


@pytest.mark.parametrize(
    ("labels", "line"),
    [([*range(19), 7], 20), ([3] * 19 + [4], 20), ([1, 2, 2, *range(3, 20)], 3)],
)
def test_a_repeated_joint_or_another_persons_line_is_refused(frame_file, labels, line):
    text = raw_files.kinect_frame(frame_file.frame, labels)
    with pytest.raises(errors.InputError, match=rf"1_skel\.txt, line {line}: number"):
        frame_file(text)


def test_lines_after_the_twentieth_are_another_persons(frame_file):
    text = frame_file.text + raw_files.kinect_frame(frame_file.frame + 1, [2] * 20)
    np.testing.assert_array_equal(frame_file(text)[0], frame_file.frame)


@pytest.mark.parametrize("change", ["windows", "mark", "blank lines", "8 fields"])
def test_other_ways_to_write_the_same_text_are_taken(frame_file, change):
    text = {
        "windows": frame_file.text.replace("\n", "\r\n"),
        "mark": "\ufeff" + frame_file.text,
        "blank lines": frame_file.text + "\n \n\n",
        "8 fields": "".join(
            ",".join(line.split(",")[:8]) + "\n"
            for line in frame_file.text.splitlines()
        ),
    }[change]
    np.testing.assert_array_equal(frame_file(text)[0], frame_file.frame)


def damaged(text, kind):
    lines = text.splitlines(keepends=True)
    if kind == "short":
        return "".join(lines[:19])
    if kind == "cut line":
        return "".join(lines[:19]) + "1,0.5,0.3"
    if kind == "fields":
        lines[4] = "1,0.5,0.3,0.2,0,0,2\n"
    if kind == "word":
        lines[11] = lines[11].replace(",320,", ",320,x").replace(",2,0,", ",no,0,")
    if kind == "coordinate":
        lines[2] = "1,O.5" + lines[2][lines[2].index(",", 2) :]
    if kind == "id":
        lines[5] = "one" + lines[5][1:]
    if kind == "fraction":
        lines[5] = "1.5" + lines[5][1:]
    if kind == "empty":
        return ""
    return "".join(lines)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("short", "ends after line 19; .* 20 lines. Remove it or get it again"),
        ("cut line", "line 20: 3 fields"),
        ("fields", "line 5: 7 fields .* expected 8 or more"),
        ("word", "line 12: .*no.* where a number should be"),
        ("coordinate", "line 3: 'O.5' where a number should be"),
        ("id", "line 6: 'one' where a number should be"),
        ("fraction", "line 6: '1.5' where a whole number should be"),
        ("empty", "is empty"),
    ],
)
def test_a_damaged_file_is_named_with_the_line(frame_file, kind, said):
    with pytest.raises(errors.InputError, match=r"1_skel\.txt.*" + said):
        frame_file(damaged(frame_file.text, kind))


def test_a_line_with_more_fields_than_the_first_is_named(frame_file):
    lines = frame_file.text.splitlines()
    fields = lines[6].split(",")
    fields[1] = "0,123"
    lines[6] = ",".join(fields)
    said = r"1_skel\.txt, line 7: 15 fields between commas, but 14 in .* with points"
    with pytest.raises(errors.InputError, match=said):
        frame_file("\n".join(lines))


def test_decimal_commas_in_all_lines_are_refused(frame_file):
    said = r"1_skel\.txt, line 1: whole numbers .* with points, not with commas"
    with pytest.raises(errors.InputError, match=said):
        frame_file(frame_file.text.replace(".", ","))


def test_decimal_commas_are_refused_between_semicolons_too(frame_file):
    text = frame_file.text.replace(",", ";").replace(".", ",")
    with pytest.raises(
        errors.InputError, match=r"line 1: fields between ';'; .*0\.123"
    ):
        frame_file(text)


@pytest.mark.parametrize(("nothing", "kept"), [("0", 1), ("nan", 0)])
def test_a_frame_without_any_number_is_no_decimal_comma(frame_file, nothing, kept):
    line = f"1,{nothing},{nothing},{nothing},0,0,2,0\n"
    assert len(frame_file(20 * line)) == kept


def test_whole_numbers_among_others_are_taken(frame_file):
    frame_file.frame[3] = [0, 1, 2]
    text = raw_files.kinect_frame(frame_file.frame)
    text = text.replace("1,0.0,1.0,2.0,", "1,0,1,2,")
    assert "1,0,1,2," in text
    np.testing.assert_array_equal(frame_file(text)[0], frame_file.frame)


def test_what_lies_beside_the_parts_is_told(tmp_path):
    write(tmp_path, raw_files.walk(1, 20))
    write(tmp_path, raw_files.walk(1, 20), ("TestingC",))
    (tmp_path / "readme.txt").touch()
    (tmp_path / "Training" / "readme.txt").touch()
    told = []
    assert len(ias.find(tmp_path, told.append)) == 3
    assert sorted(path.relative_to(tmp_path).as_posix() for path in told) == [
        *("TestingC", "Training/readme.txt", "readme.txt")
    ]


def test_a_folder_that_is_no_persons_takes_no_number(tmp_path):
    write(tmp_path, raw_files.walk(1, 20))
    (tmp_path / "Training" / "notes").mkdir()
    (tmp_path / "TestingA" / "day 0").mkdir()
    (tmp_path / "TestingA" / "day 0" / "plan.txt").touch()
    told = []
    found = persons(ias.find(tmp_path, told.append))
    assert found == {f"{part}/p1": 0 for part in PARTS}
    assert sorted(told) == [
        tmp_path / "TestingA" / "day 0",
        tmp_path / "Training" / "notes",
    ]


def test_folders_without_any_frame_are_refused(tmp_path):
    write(tmp_path, [])
    with pytest.raises(errors.InputError, match=r"no folder has frames \(\.\.\.skel"):
        ias.find(tmp_path)


def test_a_binary_file_is_refused(frame_file):
    with pytest.raises(errors.InputError, match=r"1_skel\.txt: not a text file"):
        frame_file(frame_file.text, "utf-16")
