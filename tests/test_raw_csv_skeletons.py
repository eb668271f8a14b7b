"""CSV files of skeletons, as recording programs write them."""

import numpy as np
import pytest

from datasets import skeletons
from datasets.raw import take
from datasets.raw.formats import csv_skeletons
from simmc_tf import errors

V1 = skeletons.KINECT_V1
V2 = skeletons.KINECT_V2
AZURE = skeletons.AZURE_KINECT
MEDIAPIPE = skeletons.MEDIAPIPE_33
FPS = 25.0


def walk(num_frames, skeleton, seed=0):
    """[T, J, 3] metres; exact in float32 and in three decimals."""
    numbers = np.random.default_rng(seed).integers(-16, 16, (num_frames, 1000, 3))
    return numbers[:, : len(skeleton.joints)] / 8 + 0.125


def wide(positions, skeleton, name="{joint}_{axis}", state=None, sep=","):
    """Lines of a table that has a frame a row, header first."""
    header, rows = [], [[] for _ in positions]
    for index, joint in enumerate(skeleton.joints):
        for number, axis in enumerate("XYZ"):
            header.append(name.format(joint=joint, axis=axis, index=index))
            for row, frame in zip(rows, positions, strict=True):
                row.append(str(frame[index][number]))
        if state is not None:
            header.append(f"{joint}_State")
            for row in rows:
                row.append(state)
    return [sep.join(header), *(sep.join(row) for row in rows)]


def prefixed(lines, *columns):
    """Puts columns before the lines of a table: [name, value, value, ...]."""
    return [
        ",".join([*(str(column[i]) for column in columns), line])
        for i, line in enumerate(lines)
    ]


def long(positions, skeleton, name=str, header="frame,joint,x,y,z"):
    lines = [header]
    for number, frame in enumerate(positions):
        for index, joint in enumerate(frame):
            label = name(index)
            lines.append(",".join([str(number), label, *map(str, joint)]))
    return lines


@pytest.fixture
def read(tmp_path):
    def read_lines(lines, skeleton=V2, metres=1.0, end="\n", encoding="utf-8", **how):
        path = tmp_path / "walk.csv"
        path.write_bytes(end.join([*lines, ""]).encode(encoding))
        one = take.Take("walk", 0, (path,))
        return csv_skeletons.read(one, metres, FPS, skeleton, **how)

    return read_lines


def same(frames, positions):
    np.testing.assert_array_equal(frames.positions, positions.astype(np.float32))


@pytest.mark.parametrize("skeleton", [V1, V2, AZURE])
@pytest.mark.parametrize(
    "name", ["{joint}_{axis}", "{joint}{axis}", "{joint}.{axis} ", '"{joint} {axis}"']
)
def test_columns_are_named_after_joint_and_axis(read, skeleton, name):
    positions = walk(3, skeleton)
    frames = read(wide(positions, skeleton, name), skeleton)
    same(frames, positions)
    assert frames.joint_names == skeleton.joints
    assert (frames.fps, frames.dropped) == (FPS, 0)


def snake(joint):
    """SpineNavel is SPINE_NAVEL, ElbowLeft is ELBOW_LEFT."""
    return "".join("_" + c if c.isupper() else c for c in joint)[1:].upper()


def test_case_and_separators_do_not_matter(read):
    positions = walk(2, AZURE)
    header, *rows = wide(positions, AZURE, "{joint}.{axis}")
    cells = [cell.split(".") for cell in header.split(",")]
    header = ", ".join(f"{snake(joint)}.{axis.lower()}" for joint, axis in cells)
    # As kinectSimpleBodyTrackingCSVRecorder spells it.
    same(read([header.replace("NAVEL", "NAVAL"), *rows], AZURE), positions)


def test_columns_may_be_in_any_order_among_others(read):
    positions = walk(4, V2)
    table = [line.split(",") for line in wide(positions, V2)]
    order = np.random.default_rng(1).permutation(75)
    lines = [",".join([row[i] for i in order]) for row in table]
    others = ["Head_2D_X", "7", "NA", "", "x"], ["FloorPlane_X", "a", "b", "c", "d"]
    same(read(prefixed(lines, *others)), positions)


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("(mm)", 0.001), ("[cm]", 0.01), ("m", 1.0), ("_Millimeters", 0.001)],
)
def test_a_unit_in_column_names_is_used(read, unit, metres):
    positions = walk(2, V1)
    lines = wide(positions, V1, "{joint}_{axis} " + unit)
    same(read(lines, V1, None, usual_metres=10.0), positions * metres)
    same(read(lines, V1, metres), positions * metres)
    lines = long(positions, V1, header=f"frame,joint,x {unit},y {unit},z {unit}")
    same(read(lines, V1, None), positions * metres)


def test_where_no_column_says_a_unit_it_is_the_usual_or_the_given_one(read):
    positions = walk(2, V1)
    lines = wide(positions, V1)
    same(read(lines, V1, None, usual_metres=0.5), positions * 0.5)
    same(read(lines, V1, 2.0, usual_metres=0.5), positions * 2)


def test_another_unit_than_the_columns_is_refused(read):
    lines = wide(walk(2, V1), V1, "{joint}_{axis} (mm)")
    said = r"line 1: a unit of 'HipCenter_X \(mm\)' is 0.001 metres, .* says 1; leave"
    with pytest.raises(errors.InputError, match=said):
        read(lines, V1, metres=1.0)


def test_two_units_in_column_names_are_refused(read):
    lines = wide(walk(2, V1), V1, "{joint}_{axis} (mm)")
    lines[0] = lines[0].replace("Head_Y (mm)", "Head_Y (m)")
    said = r"'HipCenter_X \(mm\)' and 'Head_Y \(m\)' have two units"
    with pytest.raises(errors.InputError, match=said):
        read(lines, V1, metres=None)


def in_excel(lines, mark=";"):
    return [line.replace(",", mark).replace(".", ",") for line in lines]


@pytest.mark.parametrize(
    "before",
    [["sep=;"], ["SEP=;;;", ""], ['"sep=;"'], ["# from a Kinect; 30 Hz", "#"]],
)
def test_lines_before_the_header_that_are_none_are_left_out(read, before):
    positions = walk(2, V2)
    lines = [*before, *in_excel(wide(positions, V2))]
    same(read(lines), positions)
    lines[-1] = lines[-1].replace(",", ",O", 1)
    with pytest.raises(errors.InputError, match=f"line {len(lines)}: .* where a num"):
        read(lines)
    lines[len(before)] = lines[len(before)].replace("Head_X", "Heart_X")
    with pytest.raises(errors.InputError, match=f"line {len(before) + 1}: no columns"):
        read(lines)


def test_a_header_may_begin_like_a_comment(read):
    positions = walk(2, V2)
    order = np.random.default_rng(1).permutation(75)
    table = [line.split(",") for line in wide(positions, V2)]
    header, *rows = [",".join([row[i] for i in order]) for row in table]
    same(read(["# walk 1", f"# {header}", *rows]), positions)


def test_decimal_commas_between_blanks_are_refused(read):
    lines = [" ".join(["0,12"] * 75)] * 2
    said = r"line 1: decimal commas .* with points, not with commas \(0\.123\)"
    with pytest.raises(errors.InputError, match=said):
        read(lines)
    with pytest.raises(errors.InputError, match="line 2: decimal commas"):
        read(["# Head", "Head 0,12 -0,34 2", *lines])


def test_coordinates_are_turned_into_metres(read):
    positions = walk(2, AZURE)
    frames = read(wide(positions, AZURE), AZURE, metres=0.001)
    np.testing.assert_allclose(frames.positions, positions / 1000, rtol=1e-6)


@pytest.mark.parametrize("first", [0, 1])
def test_numbered_columns_begin_at_0_or_1(read, first):
    positions = walk(2, MEDIAPIPE)
    lines = wide(positions, MEDIAPIPE, "{axis}{index}")
    header = [f"{axis}{i + first}" for i in range(33) for axis in "xyz"]
    frames = read([",".join(header), *lines[1:]], MEDIAPIPE)
    same_but_root = frames.positions[:, 1:]
    np.testing.assert_array_equal(same_but_root, positions.astype(np.float32))


def test_the_middle_of_the_hips_comes_before_the_nose(read):
    positions = walk(2, MEDIAPIPE)
    frames = read(wide(positions, MEDIAPIPE), MEDIAPIPE)
    left, right = (MEDIAPIPE.joints.index(f"Hip{side}") for side in ("Left", "Right"))
    middle = (positions[:, left] + positions[:, right]) / 2
    np.testing.assert_array_equal(frames.positions[:, 0], middle.astype(np.float32))
    assert frames.joint_names == ("HipCenter", *MEDIAPIPE.joints)


def test_sides_may_come_before_joints(read):
    positions = walk(2, MEDIAPIPE)
    header, *rows = wide(positions, MEDIAPIPE, "{joint}.{axis}")
    for side in ("Left", "Right"):
        header = ",".join(
            side.lower() + "_" + cell.replace(side, "") if side in cell else cell
            for cell in header.split(",")
        )
    assert "left_EyeInner.X" in header
    frames = read([header, *rows], MEDIAPIPE)
    np.testing.assert_array_equal(frames.positions[:, 1:], positions)


def test_a_header_of_two_rows_is_read(read):
    positions = walk(3, V2)
    rows = wide(positions, V2, sep=";")[1:]
    above = "".join(f"{joint};;;" for joint in V2.joints)
    lines = [above, "X;Y;Z;" * 25, *(row.replace(".", ",") + ";" for row in rows)]
    same(read(lines), positions)


@pytest.mark.parametrize("sep", [";", "\t"])
def test_decimal_commas_go_with_other_delimiters(read, sep):
    positions = walk(3, V2)
    header, *rows = wide(positions, V2, sep=sep)
    same(read([header, *(row.replace(".", ",") for row in rows)]), positions)


def test_decimal_commas_need_no_header(read):
    positions = walk(3, V2)
    rows = wide(positions, V2, sep=";")[1:]
    same(read([row.replace(".", ",") for row in rows]), positions)


def test_decimal_commas_between_commas_are_refused(read):
    header, *rows = wide(walk(2, V2), V2, sep=";")
    rows = [row.replace(".", ",").replace(";", ",") for row in rows]
    with pytest.raises(errors.InputError, match="line 2: 150 fields where 75.*decimal"):
        read([header.replace(";", ","), *rows])


def test_windows_line_ends_and_a_byte_order_mark_are_taken(read):
    positions = walk(3, V2)
    lines = wide(positions, V2)
    same(read(lines, end="\r\n", encoding="utf-8-sig"), positions)


def test_blank_lines_are_left_out(read):
    positions = walk(3, V2)
    header, *rows = wide(positions, V2)
    same(read([header, "", rows[0], "  ", *rows[1:], "", ""]), positions)


@pytest.mark.parametrize("state", ["1", "2", "Inferred", "Tracked", "0.5", "High"])
def test_inferred_joints_count_as_seen(read, state):
    frames = read(wide(walk(3, V2), V2, state=state))
    assert (len(frames.positions), frames.dropped) == (3, 0)


@pytest.mark.parametrize("state", ["0", "0.0", "NotTracked", "None", "", "nan", "-1"])
def test_a_frame_with_a_joint_that_was_not_tracked_is_dropped(read, state):
    positions = walk(4, V2)
    lines = wide(positions, V2, state="2")
    cells = lines[2].split(",")
    cells[4 * 7 + 3] = state
    frames = read([*lines[:2], ",".join(cells), *lines[3:]])
    same(frames, positions[[0, 2, 3]])
    assert frames.dropped == 1


def test_states_that_only_some_joints_have_are_left_out(read):
    # HandLeftState of Kinect 2 says whether the hand is open; 0 is unknown.
    lines = prefixed(wide(walk(3, V2), V2), ["HandLeftState", 0, 0, 0])
    assert len(read(lines).positions) == 3


def test_visibility_is_no_state(read):
    lines = wide(walk(3, MEDIAPIPE), MEDIAPIPE, state="0")
    assert not len(read(lines, MEDIAPIPE).positions)
    assert len(read(lines, MEDIAPIPE, with_states=False).positions) == 3


@pytest.mark.parametrize(
    "cell", ["", " ", "NaN", "NA", "inf", "null", "1e999", "1e300"]
)
def test_a_frame_with_an_empty_or_infinite_coordinate_is_dropped(read, cell):
    positions = walk(3, V2)
    lines = wide(positions, V2)
    cells = lines[2].split(",")
    cells[10] = cell
    frames = read([lines[0], lines[1], ",".join(cells), lines[3]])
    same(frames, positions[[0, 2]])
    assert frames.dropped == 1


def test_a_frame_of_zeros_is_dropped(read):
    positions = walk(3, V2)
    positions[1] = 0
    frames = read(wide(positions, V2))
    same(frames, positions[[0, 2]])
    assert frames.dropped == 1


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("timestamp", [0, 33, 67, 100]),
        ("Time", [1e9, 1e9 + 0.033, 1e9 + 0.067, 1e9 + 0.1]),
        ("timestamp_usec", [5, 33338, 66672, 100005]),
        ("CaptureTime", [0, 333333, 666667, 1000000]),
        ("t", [7, 7, 7.0333, 7.0667, 7.1][1:]),
        ("time (ms)", [0, 33, 67, 100]),
        ("time [\u00b5s]", [0, 33333, 66667, 100000]),
        ("timestampNs", [0, 33000000, 67000000, 100000000]),
        ("times", [0, 33, 67, 100]),
    ],
)
def test_frames_a_second_come_from_the_times(read, name, times):
    frames = read(prefixed(wide(walk(4, V2), V2), [name, *times]))
    assert frames.fps == pytest.approx(30, rel=0.03)


def test_a_unit_that_is_named_goes_before_the_usual_rate(read):
    frames = read(prefixed(wide(walk(3, V2), V2), ["time_ms", 0, 2, 4]))
    assert frames.fps == pytest.approx(500)


def test_a_gap_does_not_change_the_rate(read):
    times = [0, 33, 67, 5000, 5033, 5067]
    frames = read(prefixed(wide(walk(6, V2), V2), ["time", *times]))
    assert frames.fps == pytest.approx(30, rel=0.03)


def test_a_rate_that_no_sensor_has_is_not_believed(read):
    assert read(prefixed(wide(walk(3, V2), V2), ["time_s", 0, 5, 10])).fps == FPS


@pytest.mark.parametrize(
    "times", [["12h01", "12h02", "12h03"], [5, 5, 5], [3, 2, 1], ["", "", ""]]
)
def test_times_without_a_rate_leave_the_given_one_and_are_named(read, times):
    frames = read(prefixed(wide(walk(3, V2), V2), ["time", *times]))
    assert frames.fps == FPS
    assert frames.unread_times == f"'time' ({str(times[0])!r}, ...)"


@pytest.mark.parametrize(
    "times",
    [
        [
            "2024-03-01T10:00:59.966",
            "2024-03-01T10:01:00.000",
            "2024-03-01T10:01:00.033",
        ],
        [
            "2024-03-01 10:00:00.966Z",
            "2024-03-01 10:00:01Z",
            "2024-03-01 10:00:01.033Z",
        ],
        ["10:00:00.000+01:00", "10:00:00.033+01:00", "10:00:00.066+01:00"],
        ["00:00:00", "00:00:00.0333000", "00:00:00.0667000"],
        ["1.23:59:59.9667000", "2.00:00:00", "2.00:00:00.0333000"],
        ["3/1/2024 9:59:59.967 AM", "3/1/2024 10:00:00 AM", "3/1/2024 10:00:00.033 AM"],
        ["10:00:00:000", "10:00:00:033", "10:00:00:066"],
        ["00:00.000", "00:00.033", "00:00.066"],
    ],
)
@pytest.mark.parametrize("form", [wide, long])
def test_times_may_be_a_days(read, times, form):
    positions = walk(3, V2)
    if form is wide:
        lines = prefixed(wide(positions, V2), ["Timestamp", *times])
    else:
        lines = long(positions, V2, header="frame,joint,x,y,z")
        each = [time for time in times for _ in V2.joints]
        lines = prefixed(lines, ["Timestamp", *each])
    frames = read(lines)
    assert frames.fps == pytest.approx(30, rel=0.03)
    assert frames.unread_times is None


def test_a_clock_that_counts_seconds_alone_gives_the_frames_of_a_second(read):
    times = [f"10:00:{i // 10:02}" for i in range(40)]
    frames = read(prefixed(wide(walk(40, V2), V2), ["time", *times]))
    assert frames.fps == pytest.approx(10)


def test_one_time_that_cannot_be_read_leaves_the_others(read):
    times = ["10:00:00.000", "10:00:00.033", "?", "10:00:00.099", "10:00:00.132"]
    frames = read(prefixed(wide(walk(5, V2), V2), ["time", *times]))
    assert 15 < frames.fps < 31


def test_the_body_in_most_frames_is_taken(read):
    positions = walk(5, V2)
    lines = prefixed(
        wide(positions, V2),
        ["frame", 0, 0, 1, 2, 3],
        # They differ beyond the digits of a float.
        ["TrackingID", *(72057594037927936 + i for i in (1, 2, 2, 2, 1))],
    )
    frames = read(lines)
    same(frames, positions[[1, 2, 3]])
    assert (frames.dropped, frames.read) == (1, 4)


def test_of_bodies_in_as_many_frames_the_first_is_taken(read):
    positions = walk(4, V2)
    lines = prefixed(wide(positions, V2), ["body_id", "b", "a", "b", "a"])
    same(read(lines), positions[[0, 2]])


def test_rows_without_a_body_are_dropped(read):
    positions = walk(3, V2)
    lines = prefixed(wide(positions, V2), ["body_id", "", "", "1"])
    frames = read(lines)
    same(frames, positions[[2]])
    assert frames.dropped == 2


@pytest.mark.parametrize("name", [str, lambda i: V2.joints[i], lambda i: str(i + 1)])
def test_a_row_may_be_a_joint_by_name_or_number(read, name):
    positions = walk(3, V2)
    same(read(long(positions, V2, name)), positions)


def test_rows_of_joints_may_be_in_any_order_within_a_frame(read):
    positions = walk(3, V2)
    header, *rows = long(positions, V2)
    rng = np.random.default_rng(3)
    shuffled = [rows[25 * t + i] for t in range(3) for i in rng.permutation(25)]
    same(read([header, *shuffled]), positions)


def test_rows_of_joints_as_kinect_skeleton_dump_writes_them(read):
    positions = walk(3, V2)
    lines = [
        "Timestamp, JointID, Position.X, Position.Y, Position.Z, Orientation.X, "
        "Orientation.Y, Orientation.Z, Orientation.W, State"
    ]
    for t, frame in enumerate(positions):
        for joint, (x, y, z) in enumerate(frame):
            state = 0 if (t, joint) == (1, 24) else 2
            lines.append(f"{t * 40}, {joint}, {x}, {y}, {z}, 9, 9, 9, 9, {state}")
    frames = read(lines)
    same(frames, positions[[0, 2]])
    assert (frames.fps, frames.dropped) == (25, 1)


def test_rows_of_joints_as_unity_scripts_write_them(read):
    positions = walk(2, V2)
    lines = ["time,joint,pos_x,pos_y,poz_z"]
    for t, frame in enumerate(positions):
        for joint, (x, y, z) in zip(V2.joints, frame, strict=True):
            lines.append(f"{t * 0.04:.3f},{joint},{x},{y},{z}")
    frames = read(lines)
    same(frames, positions)
    assert frames.fps == pytest.approx(25)


def test_without_frame_or_time_the_first_joint_begins_a_frame(read):
    positions = walk(3, V1)
    lines = [line.partition(",")[2] for line in long(positions, V1)]
    same(read(lines, V1), positions)


def test_rows_of_joints_need_no_header(read):
    positions = walk(3, V1)
    lines = long(positions, V1, lambda i: V1.joints[i])[1:]
    lines = [line.partition(",")[2].replace(",", ";") for line in lines]
    same(read(lines, V1), positions)


def test_a_joint_without_a_row_drops_its_frame(read):
    positions = walk(3, V2)
    lines = long(positions, V2)
    del lines[1 + 25 + 4]
    frames = read(lines)
    same(frames, positions[[0, 2]])
    assert frames.dropped == 1


def test_rows_of_joints_without_a_frame_need_the_first_joint(read):
    header, *rows = long(walk(3, V2), V2)
    columns = header.split(",")
    assert columns[0] == "frame"
    lines = [line.split(",", 1)[1] for line in (header, *rows)]
    same(read(lines), walk(3, V2))
    del lines[1 + 25]
    said = (
        "line 27: a joint that its frame already has .*; without a column frame, "
        "frames begin with SpineBase as the first does, which may be missing here"
    )
    with pytest.raises(errors.InputError, match=said):
        read(lines)


def test_of_several_bodies_in_rows_of_joints_one_is_taken(read):
    both = walk(4, V2), walk(4, V2, seed=1)
    lines = ["frame,body_id,joint,x,y,z"]
    for t in range(4):
        for body in (0, 1):
            if (t, body) in ((0, 0), (3, 1), (1, 0)):
                continue
            for joint in range(25):
                x, y, z = both[body][t, joint]
                lines.append(f"{t},{body},{joint},{x},{y},{z}")
    frames = read(lines)
    same(frames, both[1][:3])
    assert frames.dropped == 1


@pytest.mark.parametrize("width", [3, 4, 75, 100])
def test_numbers_alone_are_in_the_order_of_the_sdk(read, width):
    positions = walk(3, V2)
    cells = positions
    if width in (4, 100):
        cells = np.concatenate([positions, np.full((3, 25, 1), 2)], axis=2)
        cells[1, 5, 3] = 0
    lines = [",".join(map(str, row)) for row in cells.reshape(-1, width)]
    frames = read(lines)
    same(frames, positions if width in (3, 75) else positions[[0, 2]])


def test_numbers_may_have_blanks_between_them(read):
    positions = walk(3, V2)
    lines = ["  ".join(map(str, row)) for row in positions.reshape(3, -1)]
    same(read(lines), positions)


def test_numbers_may_end_with_a_delimiter(read):
    positions = walk(3, V2)
    lines = ["".join(f"{x};" for x in row) for row in positions.reshape(3, -1)]
    same(read(lines), positions)


def test_missing_columns_are_named(read):
    lines = [line.rpartition(",")[0] for line in wide(walk(2, V2), V2)]
    with pytest.raises(
        errors.InputError, match="line 1: no columns for ThumbRight; expected.*_X"
    ):
        read(lines)


def test_a_file_of_another_sensor_is_refused(read):
    with pytest.raises(errors.InputError, match="no columns for HipCenter, Spine, "):
        read(wide(walk(2, V2), V2), V1)


def test_a_column_that_is_there_twice_is_refused(read):
    lines = prefixed(wide(walk(2, V2), V2), ["head x", 0, 0])
    with pytest.raises(errors.InputError, match="'head x' and 'Head_X' are the same"):
        read(lines)


def cut(lines):
    return [*lines[:2], lines[2].rpartition(",")[0], *lines[3:]]


def broken(lines):
    return [*lines[:2], lines[2].replace("5,", "O,", 1), *lines[3:]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cut, "line 3: 74 fields where 75 should be"),
        (lambda lines: [*lines[:2], lines[2] + ",1"], "line 3: 76 fields"),
        (broken, "line 3: '.*O' where a number should be"),
        (lambda lines: lines[:1], "has no line after its header"),
        (lambda lines: [*lines, '"1'], "line 4: unexpected end of data"),
        (lambda lines: [*lines, "x" * 140000], "line 4: field larger than field limit"),
        (lambda lines: ["", " "], "is empty"),
        (lambda lines: ["\0\1\2", "\0"], "not a text file"),
        (lambda lines: ["hello"], "no columns for SpineBase"),
        (lambda lines: ["1,2,3,4,5"], "line 1: 5 numbers; expected 75 or"),
        (lambda lines: ["1,2,3"] * 26, "ends after 26 rows, within a frame"),
        (lambda lines: ["joint,x,y", "1,2,3"], "no columns x, y and z"),
        (
            lambda lines: ["joint,x,y,z", "Tail,1,2,3"],
            "line 2: joint 'Tail' is unknown",
        ),
        (lambda lines: ["joint,x,y,z", "Head,1,2,3"], "has no row for SpineBase"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(read, change, message):
    with pytest.raises(errors.InputError, match=message) as caught:
        read(change(wide(walk(2, V2), V2)))
    assert "walk.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_underscore_is_no_part_of_a_number(read):
    lines = wide(walk(2, V2), V2)
    first, rest = lines[2].split(",", 1)
    with pytest.raises(errors.InputError, match=r"line 3: '1_000' where a number"):
        read([*lines[:2], f"1_000,{rest}"])


def test_other_encodings_are_refused(read):
    with pytest.raises(errors.InputError, match="not a text file"):
        read(wide(walk(2, V2), V2), encoding="utf-16")


def test_a_joint_twice_in_a_frame_is_refused(read):
    lines = long(walk(2, V2), V2)
    with pytest.raises(errors.InputError, match="line 4: a joint that its frame"):
        read([*lines[:3], lines[2], *lines[3:]])


def test_a_state_that_is_none_is_refused(read):
    lines = wide(walk(2, V2), V2, state="2")
    lines[2] = lines[2].removesuffix("2") + "maybe"
    with pytest.raises(
        errors.InputError, match="line 3: 'maybe' where a tracking state"
    ):
        read(lines)


def test_coordinates_of_another_kind_can_be_refused(read):
    seen = []
    positions = walk(2, V2)
    read(wide(positions, V2), metres=0.5, check=lambda path, found: seen.append(found))
    np.testing.assert_array_equal(seen[0], positions)


def test_the_first_row_of_numbers_may_lack_its_last(read):
    positions = walk(3, V2)
    lines = [",".join(map(str, row)) for row in positions.reshape(3, -1)]
    lines[0] = lines[0].rpartition(",")[0] + ","
    same(read(lines), positions[1:])
