"""KS20's raw files, text and MATLAB."""

import numpy as np
import pytest
from scipy import io

from datasets import skeletons, splits
from datasets.raw import reading, take
from datasets.raw.sets import ks20, mat_file
from simmc_tf import errors
from tests import raw_files

VIEWS = ("frontal", "left_diagonal", "left_lateral", "right_diagonal", "right_lateral")
JOINTS = skeletons.KINECT_V2.joints
WALK = raw_files.walk(4, 25)


@pytest.fixture
def root(tmp_path):
    """A folder with the five views, all empty."""
    for view in VIEWS:
        (tmp_path / view).mkdir()
    return tmp_path


def write(folder, stem, frames, first_time=8):
    """A file a frame; times get a digit more on the way."""
    for number, frame in enumerate(frames):
        path = folder / f"{stem}_{first_time + number}_joints.txt"
        path.write_text(raw_files.named_frame(frame, JOINTS))


def read_text(root, text, name="gc1_body1_5"):
    path = root / "frontal" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (one,) = ks20.find(root)
    return ks20.read(one)


def read_mat(root, content, name="gc1_body1.mat"):
    io.savemat(root / "frontal" / name, content)
    (one,) = ks20.find(root)
    return ks20.read(one).positions


def test_frames_come_back_in_the_order_of_time_and_none_is_clipped(root):
    write(root / "frontal", "gc1_body1", WALK)
    (one,) = ks20.find(root)
    read = ks20.read(one)
    np.testing.assert_array_equal(read.positions, WALK)
    assert read.positions.dtype == np.float32
    assert (read.dropped, read.clipped, read.fps) == (0, 0, 30.0)
    assert read.joint_names == JOINTS


def test_every_set_of_every_body_in_every_view_is_one_recording(root):
    for view in VIEWS:
        for part in ("gc1", "gc2", "gc3"):
            for body in (1, 12, 2, 24):
                write(root / view, f"{part}_body{body}", WALK[:2])
    takes = ks20.find(root)
    assert len(takes) == 5 * 3 * 4 == len({one.name for one in takes})
    assert all(len(one.files) == 2 for one in takes)
    assert [one.name for one in takes[:5]] == [
        *(f"frontal/gc1_body{body}" for body in (1, 2, 12, 24)),
        "frontal/gc2_body1",
    ]
    for one in takes:
        view, stem = one.name.split("/")
        assert one.condition == f"{stem.split('_')[0]}-{view}"
        assert all(path.name.startswith(stem + "_") for path in one.files)
        assert all(path.parent.name == view for path in one.files)


def test_bodies_are_persons_0_to_19(root):
    published = {1: 0, 4: 3, 7: 4, 9: 6, 11: 7, 17: 13, 19: 14, 24: 19}
    for body in published:
        write(root / "frontal", f"gc1_body{body}", WALK[:1])
    assert {int(o.label[4:]): o.person for o in ks20.find(root)} == published


def test_the_published_split_can_be_drawn(root):
    for view in VIEWS:
        for part in ("gc1", "gc2", "gc3"):
            write(root / view, f"{part}_body7", WALK[:1])
    recordings = reading.read(
        ks20.find(root), ks20.read, lambda *_: None, processes=1
    ).recordings
    split = splits.draw_ks20(recordings, 1, 0)
    sets = {part: set() for part in ("train", "gallery", "probe")}
    for part, condition in zip(split, recordings.condition, strict=True):
        sets[part].add(condition.split("-")[0])
    assert sorted(map(tuple, sets.values())) == [("gc1",), ("gc2",), ("gc3",)]


@pytest.mark.parametrize("body", [0, 5, 6, 10, 18, 25])
def test_an_unknown_body_is_named(root, body):
    write(root / "frontal", f"gc1_body{body}", WALK[:1])
    with pytest.raises(errors.InputError, match=rf"body {body} is none of KS20's"):
        ks20.find(root)


@pytest.mark.parametrize(
    "name",
    [
        *("gc1_body1.txt", "gc1_bodyX_3.txt", "gc4_body1_3.txt", "gc1_3.txt"),
        *("gc1_body1_1e5_joints.txt", "gc1_body1_1.5_joints.txt", "gc1_body1_-3.txt"),
        "gc1_body\u0661_3.txt",
    ],
)
def test_a_name_that_does_not_fit_is_refused(root, name):
    (root / "frontal" / name).touch()
    with pytest.raises(errors.InputError, match=rf"{name}: expected a name such as"):
        ks20.find(root)


def test_other_files_are_left_out_and_capitals_do_not_matter(root):
    write(root / "frontal", "GC1_Body1", WALK)
    for name in ("ren.py", "Thumbs.db", "._gc1_body1_3_joints.txt"):
        (root / "frontal" / name).write_bytes(b"\xff")
    (root / "frontal").rename(root / "Frontal")
    (root / "Frontal" / "gc2").mkdir()
    (root / "back").mkdir()
    told = []
    assert [one.name for one in ks20.find(root, told.append)] == ["frontal/gc1_body1"]
    assert sorted(told) == [
        *(root / "Frontal" / name for name in ("Thumbs.db", "gc2", "ren.py")),
        root / "back",
    ]


def test_missing_views_are_named(root):
    (root / "frontal").rmdir()
    (root / "left_lateral").rmdir()
    with pytest.raises(errors.InputError, match="lacks frontal, left_lateral of"):
        ks20.find(root)


def test_views_without_a_file_are_refused(root):
    with pytest.raises(errors.InputError, match="no file in the folders of the views"):
        ks20.find(root)


def test_two_files_of_one_time_are_refused(root):
    for name in ("gc1_body1_12", "gc1_body1_012.txt"):
        (root / "frontal" / name).touch()
    with pytest.raises(errors.InputError, match="do not differ in time"):
        ks20.find(root)


def test_lines_go_by_joint_names(root):
    order = np.random.default_rng(0).permutation(25)
    names = [f"{JOINTS[i]} ".replace("Left", "_left") for i in order]
    read = read_text(root, raw_files.named_frame(WALK[0][order], names))
    np.testing.assert_array_equal(read.positions, WALK[:1])


@pytest.mark.parametrize("name", ["{number}: {joint}", "JointType_{joint}"])
def test_numbers_and_the_sdks_prefix_of_names_do_not_matter(root, name):
    names = [name.format(number=i, joint=joint) for i, joint in enumerate(JOINTS)]
    text = raw_files.named_frame(WALK[0][::-1], names[::-1])
    np.testing.assert_array_equal(read_text(root, text).positions, WALK[:1])


@pytest.mark.parametrize("first", [0, 1])
def test_lines_go_by_joint_numbers(root, first):
    order = np.random.default_rng(0).permutation(25)
    names = [str(i + first) for i in order]
    read = read_text(root, raw_files.named_frame(WALK[0][order], names))
    np.testing.assert_array_equal(read.positions, WALK[:1])


def test_lines_that_begin_with_something_else_are_in_the_sensors_order(root):
    names = [f"j{i}" for i in reversed(range(25))]
    read = read_text(root, raw_files.named_frame(WALK[0], names))
    np.testing.assert_array_equal(read.positions, WALK[:1])


def test_frames_with_other_orders_of_joints_mix(root):
    write(root / "frontal", "gc1_body1", WALK[:1], first_time=1)
    backwards = raw_files.named_frame(WALK[1][::-1], JOINTS[::-1])
    read = read_text(root, backwards, "gc1_body1_2.txt")
    np.testing.assert_array_equal(read.positions, WALK[:2])


@pytest.mark.parametrize("change", ["windows", "mark", "blank lines", "fields"])
def test_other_ways_to_write_the_same_text_are_taken(root, change):
    text = raw_files.named_frame(WALK[0], JOINTS)
    text = {
        "windows": text.replace("\n", "\r\n"),
        "mark": "\ufeff" + text,
        "blank lines": text + "\n\n",
        "fields": text.replace("\n", ",2\n"),
    }[change]
    np.testing.assert_array_equal(read_text(root, text).positions, WALK[:1])


def test_a_frame_that_is_not_finite_is_dropped(root):
    write(root / "frontal", "gc1_body1", WALK)
    broken = WALK[0].astype(np.float64)
    broken[3, 2] = 1e39
    read = read_text(root, raw_files.named_frame(broken, JOINTS), "gc1_body1_1.txt")
    np.testing.assert_array_equal(read.positions, WALK)
    assert read.dropped == 1


@pytest.mark.parametrize(
    ("line", "replacement", "said"),
    [
        (24, None, "ends after line 24; .* Remove it or get it again"),
        (6, "WristLeft,1,2", "line 7: 3 fields"),
        (6, "WristLeft,1,2,far", "line 7: 'far' where a number"),
        (6, "Wrist,1,2,3", "line 7: joint 'Wrist' is unknown or there twice"),
        (6, "Head,1,2,3", "line 7: joint 'Head' is unknown or there twice"),
    ],
)
def test_a_damaged_line_is_named(root, line, replacement, said):
    lines = raw_files.named_frame(WALK[0], JOINTS).splitlines()
    lines[line : line + 1] = [] if replacement is None else [replacement]
    with pytest.raises(errors.InputError, match="gc1_body1_5.*" + said):
        read_text(root, "\n".join(lines))


@pytest.mark.parametrize("state", ["", ",2"])
def test_decimal_commas_are_refused(root, state):
    text = raw_files.named_frame(WALK[0], JOINTS).replace(".", ",")
    with pytest.raises(
        errors.InputError, match="gc1_body1_5, line 1: whole numbers .*"
    ):
        read_text(root, text.replace("\n", state + "\n"))


def test_a_decimal_comma_in_one_line_is_refused(root):
    lines = raw_files.named_frame(WALK[0], JOINTS).splitlines()
    lines[2] = "Neck,0,5,0.25,0.75"
    said = "gc1_body1_5, line 3: 5 fields between commas, but 4 in line 1; .* points"
    with pytest.raises(errors.InputError, match=said):
        read_text(root, "\n".join(lines))


def test_a_repeated_joint_number_is_named(root):
    names = [*map(str, range(24)), "7"]
    with pytest.raises(errors.InputError, match="gc1_body1_5, line 25: number 7"):
        read_text(root, raw_files.named_frame(WALK[0], names))


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), (b"\x89\xff\0", "not a text file")]
)
def test_what_is_no_text_is_refused(root, content, said):
    with pytest.raises(errors.InputError, match=f"gc1_body1_5.*{said}"):
        read_text(root, content)


NUMBERED = np.concatenate([np.arange(25)[:, None], WALK[0], np.full((25, 2), 9)], 1)


@pytest.mark.parametrize(
    ("array", "frames"),
    [
        (WALK[0], 1),
        (WALK[0].T, 1),
        (WALK, 4),
        (WALK.transpose(1, 2, 0), 4),
        (WALK.transpose(2, 1, 0), 4),
        (WALK.reshape(4, 75), 4),
        (WALK.reshape(4, 75).T, 4),
        (WALK[:1].reshape(1, 75), 1),
        (WALK[:1].reshape(1, 75).T, 1),
        (NUMBERED, 1),
        (NUMBERED[::-1] + np.array([1, 0, 0, 0, 0, 0]), 1),
        (np.repeat(WALK, 7, axis=0)[:25], 25),
    ],
    ids=lambda value: str(np.shape(value)),
)
@pytest.mark.parametrize("wrap", ["plain", "struct", "cell"])
def test_a_matlab_array_gives_the_frames_that_were_stored(root, array, frames, wrap):
    content = {"skeleton": np.asarray(array, np.float64)}
    if wrap == "struct":
        content = {"data": {"info": "a walk", "joints": content["skeleton"]}}
    elif wrap == "cell":
        cell = np.empty((1, 1), object)
        cell[0, 0] = content["skeleton"]
        content = {"data": cell}
    expected = np.repeat(WALK, 7, axis=0)[:25] if frames == 25 else WALK[:frames]
    np.testing.assert_array_equal(read_mat(root, content), expected)


@pytest.mark.parametrize("bits", [0x7FF4000000000000, 0x7E37E43C8800759C])
def test_a_frame_with_a_number_that_float32_cannot_hold_is_dropped(root, bits):
    walk = WALK.astype(np.float64)
    walk.view(np.uint64)[0, 3, 1] = bits  # NaN that a processor may signal; 1e300.
    assert np.array_equal(read_mat(root, {"skeleton": walk}), WALK[1:])


def joint_structs(kind):
    """25 structs of a joint each, in a struct array or cells."""
    if kind == "x, y, z":
        made = [dict(zip("xyz", point, strict=True)) for point in WALK[0].tolist()]
    elif kind == "Position":
        made = [{"State": 2.0, "Position": point} for point in WALK[0]]
    else:
        made = [
            {"Position": dict(zip("XYZ", point, strict=True))}
            for point in WALK[0].tolist()
        ]
    cells = np.empty((25, 1), object)
    for number, joint in enumerate(made):
        cells[number, 0] = joint
    return cells


@pytest.mark.parametrize("kind", ["x, y, z", "Position", "Position of X, Y, Z"])
@pytest.mark.parametrize("container", ["cells", "structs"])
def test_matlab_structs_of_joints_are_read(root, kind, container):
    joints = joint_structs(kind)
    if container == "structs":
        names = list(joints[0, 0])
        array = np.empty((1, 25), [(name, object) for name in names])
        for number, (joint,) in enumerate(joints):
            array[0, number] = tuple(joint[name] for name in names)
        joints = array
    np.testing.assert_array_equal(read_mat(root, {"body": joints}), WALK[:1])


def test_text_and_matlab_files_give_the_same_recordings(tmp_path):
    takes = {}
    for kind in ("text", "a frame", "a recording"):
        for view in VIEWS:
            (tmp_path / kind / view).mkdir(parents=True)
        for number, view in enumerate(VIEWS):
            for body in (1, 11):
                folder, stem = tmp_path / kind / view, f"gc2_body{body}"
                frames = raw_files.walk(5, 25, 100 * number + body)
                if kind == "text":
                    write(folder, stem, frames)
                elif kind == "a recording":
                    io.savemat(folder / f"{stem}_walk.MAT", {"s": frames})
                else:
                    for time, frame in enumerate(frames, 8):
                        io.savemat(folder / f"{stem}_{time}.mat", {"s": frame})
        takes[kind] = ks20.find(tmp_path / kind)
    read = {
        kind: reading.read(found, ks20.read, lambda *_: None, processes=1).recordings
        for kind, found in takes.items()
    }
    for other in (read["a frame"], read["a recording"]):
        for name in ("positions", "starts", "person", "recording", "condition", "fps"):
            np.testing.assert_array_equal(
                getattr(other, name), getattr(read["text"], name)
            )


def test_text_and_matlab_files_of_one_recording_are_refused(root):
    write(root / "frontal", "gc1_body1", WALK)
    io.savemat(root / "frontal" / "gc1_body1_99.mat", {"s": WALK[0]})
    with pytest.raises(errors.InputError, match=r"remove its \.mat or its text"):
        ks20.find(root)


@pytest.mark.parametrize("other", ["gc1_body1_b.mat", "gc1_body1_77.mat"])
def test_a_matlab_file_without_a_time_is_refused_beside_others(root, other):
    for name in ("gc1_body1_a.mat", other):
        (root / "frontal" / name).touch()
    with pytest.raises(errors.InputError, match=rf"_a\.mat and {other} are of one"):
        ks20.find(root)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "found nothing"),
        ({"a": np.zeros((20, 3)), "t": "walk"}, r"found a \[20, 3\], t text\."),
        ({"a": WALK, "b": WALK[0]}, "of which 2 fit"),
        ({"a": np.zeros((3, 25, 3))}, r"found a \[3, 25, 3\], which fits in two"),
        ({"a": np.zeros((75, 75))}, "which fits in two ways"),
        ({"a": np.zeros((75, 3))}, r"found a \[75, 3\]\."),
        ({"a": np.zeros((25, 4))}, r"found a \[25, 4\]\."),
        ({"a": np.full((25, 4), np.inf)}, r"found a \[25, 4\]\."),
        ({"a": np.zeros((0, 75))}, r"found a \[0, 75\]\."),
        ({"a": {"b": {"c": np.zeros(5)}}}, r"found a\.b\.c \[1, 5\]\."),
        ({f"v{i}": np.zeros(5) for i in range(12)}, "v7 .* and 4 more"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value,
)
def test_what_cannot_be_skeletons_in_one_way_is_listed(root, content, said):
    with pytest.raises(errors.InputError, match=r"gc1_body1\.mat: expected .*" + said):
        read_mat(root, content)


def test_a_matlab_7_3_file_is_to_be_saved_otherwise(root):
    path = root / "frontal" / "gc1_body1.mat"
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    path.write_bytes(header.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(errors.InputError, match=r"gc1_body1\.mat .* option -v7"):
        ks20.read(ks20.find(root)[0])


def test_a_matlab_file_that_is_gone_is_named(root):
    path = root / "frontal" / "gc1_body1.mat"
    io.savemat(path, {"skeleton": WALK})
    (one,) = ks20.find(root)
    path.unlink()
    path.mkdir()
    with pytest.raises(errors.InputError, match=r"gc1_body1\.mat is a folder"):
        ks20.read(one)
    path.rmdir()
    with pytest.raises(errors.InputError, match=r"gc1_body1\.mat cannot be read"):
        ks20.read(one)


def test_a_matlab_file_that_is_too_large_is_refused(root, monkeypatch):
    path = root / "frontal" / "gc1_body1.mat"
    io.savemat(path, {"skeleton": np.zeros((50, 25, 3))}, do_compression=True)
    (one,) = ks20.find(root)
    monkeypatch.setattr(mat_file, "MOST_BYTES", path.stat().st_size - 1)
    with pytest.raises(errors.InputError, match=r"gc1_body1\.mat has .* up to"):
        ks20.read(one)
    monkeypatch.setattr(mat_file, "MOST_BYTES", 50 * 25 * 3 * 8)
    with pytest.raises(
        errors.InputError, match=r"gc1_body1\.mat holds more than 30000"
    ):
        ks20.read(one)


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "noise"])
def test_a_damaged_matlab_file_is_refused(root, kind):
    path = root / "frontal" / "gc1_body1.mat"
    io.savemat(path, {"skeleton": WALK}, do_compression=True)
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "text": b"SpineBase,0,0,1\n" * 25,
            "cut": content[: len(content) // 2],
            "noise": content[:200] + bytes(range(200)) + content[400:],
        }[kind]
    )
    with pytest.raises(errors.InputError, match=r"gc1_body1\.mat: not a readable"):
        ks20.read(ks20.find(root)[0])


def test_any_flipped_byte_of_a_matlab_file_is_read_or_refused(root):
    path = root / "frontal" / "gc1_body1.mat"
    io.savemat(path, {"body": {"skeleton": WALK[:1], "name": "walker"}})
    content = path.read_bytes()
    one = take.Take("one", 0, (path,))
    generator = np.random.default_rng(0)
    refused = 0
    for place in generator.choice(len(content), 150, replace=False):
        damaged = bytearray(content)
        damaged[place] ^= int(generator.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert ks20.read(one).positions.shape[1:] == (25, 3)
        except errors.InputError:
            refused += 1
    assert refused > 0
