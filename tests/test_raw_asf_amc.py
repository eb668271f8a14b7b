"""ASF/AMC files of small bodies, and what is wrong with damaged ones."""

import math
import pickle

import numpy as np
import pytest

from datasets import skeletons
from datasets.raw import take
from datasets.raw.formats import asf_amc
from simmc_tf import errors

BODY = """# made by hand
:version 1.10
:name SMALL
:units
  mass 1.0
  length 0.45
  angle deg
:documentation
  anything: (at all)
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name hip
    direction 1 0 0
    length 2
    axis 0 0 0 XYZ
  end
  begin
    id 2
    name thigh
    direction 0 -1 0
    length 4
    axis 0 0 90 XYZ
    dof rx ry
    limits (-160.0 20.0)
           (-inf inf)
  end
:hierarchy
  begin
    root hip
    hip thigh
  end
"""
MOTION = """#!OML:ASF F:\\somewhere\\small.ASF
:FULLY-SPECIFIED
:DEGREES
1
root 10 20 30 0 0 0
thigh 0 0
2
root 10 20 30 0 0 90
thigh 90 0
"""
INCH = 0.0254 / 0.45


@pytest.fixture
def read(tmp_path):
    def read_texts(body=BODY, motion=MOTION, metres=0.01, fps=120.0):
        for name, content in (("a.asf", body), ("a_1.amc", motion)):
            if isinstance(content, str):
                content = content.encode()
            (tmp_path / name).write_bytes(content)
        return asf_amc.read(take.Take("a", 1, (tmp_path / "a_1.amc",)), metres, fps)

    return read_texts


def turn(axis, radians):
    """[4, 4] about one axis."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(4)
    matrix[first, first] = matrix[second, second] = math.cos(radians)
    matrix[second, first] = math.sin(radians)
    matrix[first, second] = -math.sin(radians)
    return matrix


def move(offset):
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def fixed_axes(axes, angles):
    """[4, 4] of turns about axes that stand still, the first letter first."""
    matrix = np.eye(4)
    for axis, angle in zip(axes, angles, strict=True):
        matrix = turn(axis, angle) @ matrix
    return matrix


class Bone:
    """A bone of a made-up body; angles in radians."""

    def __init__(self, name, parent, vector, axis_angles, axes, dof):
        self.name, self.parent, self.vector = name, parent, np.array(vector, float)
        self.axis_angles, self.axes, self.dof = axis_angles, axes, dof


def end_of(bone, frame, bones):
    """[4, 4] at a bone's far end, its parents' before it."""
    if bone.name == "root":
        moved = [frame["root"]["t" + axis] for axis in "xyz"]
        turned = [(c[1], v) for c, v in frame["root"].items() if c[0] == "r"]
        return move(moved) @ fixed_axes(*zip(*turned, strict=True))
    # The axis' angles are those of x, y and z, whatever the order of the letters.
    by_axis = dict(zip("xyz", bone.axis_angles, strict=True))
    own = fixed_axes(bone.axes, [by_axis[axis] for axis in bone.axes])
    turned = fixed_axes(
        [c[1] for c in bone.dof], [frame[bone.name][c] for c in bone.dof]
    )
    above = end_of(bones[bone.parent], frame, bones)
    return above @ own @ turned @ np.linalg.inv(own) @ move(bone.vector)


def written(bones, frames, unit, order):
    """The texts of .asf and .amc."""
    scale = {"deg": 180 / math.pi, "rad": 1.0}[unit]
    lines = [":units", f" angle {unit}", ":root", f" order {order}", ":bonedata"]
    for bone in bones.values():
        if bone.name == "root":
            continue
        length = np.linalg.norm(bone.vector)
        direction = " ".join(map(repr, (bone.vector / length).tolist()))
        angles = " ".join(repr(scale * angle) for angle in bone.axis_angles)
        lines += [
            *(" begin", f"  name {bone.name}", f"  direction {direction}"),
            *(f"  length {float(length)!r}", f"  axis {angles} {bone.axes}"),
            *([f"  dof {' '.join(bone.dof)}"] if bone.dof else []),
            " end",
        ]
    lines += [":hierarchy", " begin"]
    for bone in bones.values():
        children = [other.name for other in bones.values() if other.parent == bone.name]
        lines += [" ".join([bone.name, *children])] if children else []
    motion = [":RADIANS" if unit == "rad" else ":DEGREES"]
    for number, frame in enumerate(frames, 1):
        motion.append(str(number))
        for name, values in frame.items():
            numbers = [v * (scale if c[0] == "r" else 1) for c, v in values.items()]
            if numbers:
                motion.append(" ".join([name, *map(repr, map(float, numbers))]))
    return "\n".join([*lines, " end"]), "\n".join(motion)


@pytest.mark.parametrize("unit", ["deg", "rad"])
def test_places_are_those_of_matrices_multiplied_one_by_one(read, unit):
    generator = np.random.default_rng(17)
    order = "TY TX TZ RZ RX RY"
    bones = {
        bone.name: bone
        for bone in (
            Bone("root", None, (0, 0, 0), (0, 0, 0), "xyz", order.lower().split()),
            Bone("hip", "root", (1, 2, 3), (0.4, -1, 2), "xyz", ()),
            Bone("leg", "hip", (0, -4, 1), (1, 2, -0.5), "zxy", ("rx", "ry", "rz")),
            Bone("foot", "leg", (1, 0, 2), (-2, 0.3, 1), "yxz", ("rz", "rx")),
            Bone("back", "root", (0, 5, 0), (0, 1, 0), "xyz", ("ry",)),
            Bone("head", "back", (0, 2, 1), (3, 1, 1), "zyx", ("rz", "ry", "rx")),
        )
    }
    frames = [
        {
            name: {channel: generator.uniform(-3, 3) for channel in bones[name].dof}
            for name in ("foot", "root", "back", "leg", "head")
        }
        for _ in range(15)
    ]
    found = read(*written(bones, frames, unit, order))
    assert found.joint_names == ("root", "hip", "back", "leg", "foot", "head")
    expected = [
        [end_of(bones[name], frame, bones)[:3, 3] for name in found.joint_names]
        for frame in frames
    ]
    np.testing.assert_allclose(found.positions, 0.01 * np.array(expected), atol=1e-6)


def test_a_small_body_gives_places_worked_out_by_hand(read):
    found = read(metres=0.01)
    assert found.joint_names == ("root", "hip", "thigh")
    # Frame 2: the root turns x to y; the thigh, which points to -y, turns about an x
    # that is the body's y at rest, so it stays, and is then turned with the root.
    np.testing.assert_allclose(
        found.positions,
        0.01
        * np.array(
            [
                [[10, 20, 30], [12, 20, 30], [12, 16, 30]],
                [[10, 20, 30], [10, 22, 30], [14, 22, 30]],
            ]
        ),
        atol=1e-7,
    )
    assert (found.fps, found.dropped, found.clipped) == (120.0, 0, 0)


def test_metres_are_vicons_unless_said(read):
    said = read(metres=0.001).positions
    np.testing.assert_allclose(
        read(metres=None).positions, said * 1000 * INCH, rtol=1e-6
    )


def test_metres_stay_metres_where_the_file_has_no_unit(read):
    body = BODY.replace("length 0.45", "length 1.0")
    np.testing.assert_allclose(read(body, metres=None).positions[0, 0], [10, 20, 30])


def test_metres_that_are_said_win_over_the_files_unit(read):
    assert np.array_equal(read(metres=1.0).positions[0, 0], [10, 20, 30])


def test_the_rate_is_the_one_that_was_said(read):
    assert read(fps=60.0).fps == 60.0
    assert asf_amc.SENSOR.fps == 120.0


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("  ", "\t").replace(" ", "\t"),
        lambda text: text.upper().replace("HIP", "hip").replace("THIGH", "thigh"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.rstrip() + "\n \n\n",
        lambda text: "# für\n".encode("latin-1") + text.encode(),
        lambda text: text.replace("thigh 0", "THIGH 0"),
        lambda text: text.replace("\n2\nroot", "\n# half\n136\nroot"),
    ],
    ids=[
        *("windows", "tabs", "capitals", "blank lines", "blank end", "latin letters"),
        *("a bone in capitals", "comment and other number"),
    ],
)
def test_writing_styles_make_no_difference(read, change):
    assert np.array_equal(
        read(change(BODY), change(MOTION)).positions, read().positions
    )


@pytest.mark.parametrize("value", ["nan", "-inf", "1e300"])
def test_a_frame_with_a_number_that_is_not_finite_is_dropped(read, value):
    found = read(motion=MOTION.replace("10 20", f"10 {value}", 1))
    assert (len(found.positions), found.dropped) == (1, 1)
    assert np.array_equal(found.positions, read().positions[1:])


def test_radians_of_the_body_hold_where_the_motion_says_nothing(read):
    body = BODY.replace("angle deg", "angle rad").replace(
        "0 0 90", f"0 0 {math.pi / 2}"
    )
    motion = MOTION.replace(":DEGREES\n", "").replace(" 90", f" {math.pi / 2}")
    np.testing.assert_allclose(
        read(body, motion).positions, read().positions, atol=1e-6
    )


@pytest.mark.parametrize(
    ("files", "motion", "expected"),
    [
        (["01.asf"], "01_02.amc", "01.asf"),
        (["other.asf"], "01_02.amc", "other.asf"),
        (["01.asf", "02.asf"], "02_01.amc", "02.asf"),
        (["1.asf", "12.asf"], "12_01.amc", "12.asf"),
        (["HDM.asf", "HDM_bd.asf"], "HDM_bd_walk_001_120.amc", "HDM_bd.asf"),
        (["walk.asf", "walk_1.asf"], "walk_1.amc", "walk_1.asf"),
        (["01.ASF", "02.asf"], "01_02.AMC", "01.ASF"),
        (["Bob.asf", "Eve.asf"], "bob_1.amc", "Bob.asf"),
    ],
)
def test_the_body_is_the_one_whose_name_the_motion_begins_with(
    tmp_path, files, motion, expected
):
    for name in files:
        (tmp_path / name).touch()
    assert asf_amc.skeleton_of(tmp_path / motion).name == expected


@pytest.mark.parametrize(
    ("files", "motion", "said"),
    [
        ([], "01_02.amc", "has no .asf beside it"),
        (["02.asf", "03.asf"], "01_02.amc", "which of 02.asf, 03.asf .*01.asf"),
        (["01.asf", "01.ASF"], "01_02.amc", "which of 01.ASF, 01.asf"),
        (["1.asf", "2.asf"], "11_02.amc", "which of 1.asf, 2.asf"),
    ],
)
def test_a_motion_without_one_body_is_refused(tmp_path, files, motion, said):
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(errors.InputError, match=said):
        asf_amc.skeleton_of(tmp_path / motion)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("# made", "made", 1, "'made' before the first section"),
        (":documentation", ":units", 8, "':units' where a new section should be"),
        (":root", "#root", 37, "the file ends without a section :root"),
        ("length 0.45", "length 0", 6, "length 0; expected more than 0"),
        ("length 0.45", "length x", 6, "'x' where a number should be"),
        ("angle deg", "angle gon", 7, "angle 'gon'; expected deg or rad"),
        ("order TX TY TZ RX RY RZ", "", 14, "the root has no order"),
        ("TX TY TZ", "TX TX TZ", 11, "channels TX TX TZ RX RY RZ; expected"),
        ("TX TY TZ", "TX TY L", 11, "channels TX TY L RX RY RZ; expected"),
        ("axis XYZ", "axis XYY", 12, "axis order 'XYY'"),
        ("orientation", "rotation", 14, "'rotation' where order, axis, position"),
        ("    id 1", "    di 1", 17, "'di' where a property of a bone"),
        ("name thigh", "name hip", 32, "bone hip is there twice"),
        ("name thigh", "name", 26, "'0' where a property of a bone"),
        ("direction 1 0 0", "direction 1 0", 20, "'length' where a number should be"),
        (
            *("direction 1 0 0\n    length 2", "direction 9 0 0\n    length 1e308"),
            *(22, "bone hip of length 1e+308 is longer than can be"),
        ),
        (
            "direction 1 0 0",
            "",
            22,
            "bone hip ends without its direction or its length",
        ),
        ("axis 0 0 90 XYZ", "axis 0 0 90", 29, "axis order 'dof'"),
        ("dof rx ry", "dof rx rw", 29, "channels rx rw; expected each of RX RY RZ"),
        ("dof rx ry", "dof tx ry", 29, "channels tx ry; expected each of RX RY RZ"),
        ("  end\n:hier", ":hier", 31, "the file ends where end should be"),
        ("root hip\n", "root hop\n", 35, "'hop' is no bone of :bonedata"),
        ("root hip\n", "root hip hip\n", 35, "'hip' has two parents"),
        ("root hip\n", "", 35, "'hip' has children before it is a child itself"),
        ("hip thigh\n", "", 36, "thigh of :bonedata hang on no bone"),
        ("hip thigh\n  end", "hip thigh", 36, "the file ends where end should be"),
    ],
)
def test_damage_of_a_body_is_named_with_its_line(read, tmp_path, old, new, line, said):
    assert BODY.count(old) >= 1
    with pytest.raises(errors.InputError) as caught:
        read(BODY.replace(old, new, 1))
    assert f"{tmp_path / 'a.asf'}, line {line}: {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("\n1\n", "\n", 4, "'root 10 20 30 0 0 0' where a frame's number should be"),
        ("\n1\n", "\n1.5\n", 4, "'1.5' where a frame's number should be"),
        ("thigh 0 0\n", "", 6, "the frame ends without thigh"),
        ("thigh 90 0\n", "", 8, "the frame ends without thigh"),
        ("thigh 0 0", "thigh 0", 6, "1 numbers for thigh, which has 2 channels"),
        ("thigh 0 0", "thigh 0 0 0", 6, "3 numbers for thigh, which has 2 channels"),
        ("thigh 0 0", "thigh 0 O", 6, "'O' where a number should be"),
        ("thigh 0 0", "shin 0 0", 6, "'shin' is no bone of the .asf"),
        ("thigh 0 0", "hip 0 0", 6, "hip moves, but has no dof in the .asf"),
        ("thigh 0 0", "root 1 2 3 4 5 6", 6, "root is there twice in a frame"),
    ],
)
def test_damage_of_a_motion_is_named_with_its_line(
    read, tmp_path, old, new, line, said
):
    assert MOTION.count(old) >= 1
    with pytest.raises(errors.InputError) as caught:
        read(motion=MOTION.replace(old, new, 1))
    assert f"{tmp_path / 'a_1.amc'}, line {line}: {said}" in str(caught.value)


def test_a_body_cut_short_anywhere_is_refused(read):
    for end in range(0, len(BODY.rstrip()), 7):
        with pytest.raises(errors.InputError, match=r"a\.asf"):
            read(BODY[:end])


def test_a_motion_cut_short_within_a_frame_is_refused(read):
    whole = {MOTION.index("2\nroot") - 1, MOTION.index("2\nroot"), len(MOTION) - 1}
    for end in set(range(0, len(MOTION), 2)) - whole:
        with pytest.raises(errors.InputError, match=r"a_1\.amc"):
            read(motion=MOTION[:end])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\x00\x01", "not a text file"),
        (b":DEGREES\n", "line 1: the file ends before the first frame"),
    ],
)
def test_what_is_no_motion_is_refused(read, content, said):
    with pytest.raises(errors.InputError, match=said):
        read(motion=content)


def test_a_chain_of_any_length_is_read(read):
    bones = "".join(
        f"begin\nname b{number}\ndirection 0 1 0\nlength 1\naxis 0 0 0 XYZ\nend\n"
        for number in range(3000)
    )
    tree = "".join(f"b{number} b{number + 1}\n" for number in range(2999))
    body = (
        f":root\norder TX TY TZ\n:bonedata\n{bones}:hierarchy\nbegin\nroot b0\n"
        f"{tree}end\n"
    )
    found = read(body, "1\nroot 5 0 0\n", metres=1.0)
    np.testing.assert_allclose(found.positions[0, -1], [5, 3000, 0])


def test_a_body_of_cmus_bones_is_recognised(read):
    cmu = skeletons.CMU
    bones = "".join(
        f"begin\nname {name}\ndirection 0 1 0\nlength 1\naxis 0 0 0 XYZ\nend\n"
        for name in reversed(cmu.joints[1:])
    )
    children = {
        joint: sorted((b for a, b in cmu.bones if a == joint), key=cmu.joints.index)
        for joint in cmu.joints
    }
    # As CMU's files go: down each limb at once, which is not the order of the joints.
    rows: list[str] = []

    def down(joint):
        if children[joint]:
            rows.append(" ".join([joint, *children[joint]]))
        for child in children[joint]:
            down(child)

    down("root")
    body = (
        f":root\norder TX TY TZ\n:bonedata\n{bones}:hierarchy\nbegin\n"
        + "\n".join(rows)
        + "\nend\n"
    )
    found = read(body, "1\nroot 0 0 0\n")
    assert skeletons.matching(found.joint_names) is cmu


def test_the_sensor_goes_to_other_processes():
    assert pickle.loads(pickle.dumps(asf_amc.SENSOR)) == asf_amc.SENSOR
    assert asf_amc.SENSOR.suffixes == (".amc",)
