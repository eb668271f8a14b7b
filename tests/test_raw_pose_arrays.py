"""Poses in .npy, .npz and JSON, and the files that are none."""

import io
import json
import zipfile

import numpy as np
import pytest

from datasets import recordings, skeletons, synthetic
from datasets.raw.formats import array_file, pose_arrays
from simmc_tf import errors

T = 4


def random(joints, dimensions=3, frames=T):
    return np.random.default_rng(joints).normal(size=(frames, joints, dimensions))


def written(path, array):
    """Writes an array in the kind of file that the path's suffix says."""
    suffix = path.suffix.lower()
    with path.open("wb") as file:
        if suffix == ".npz":
            np.savez_compressed(file, poses=array)
        elif suffix == ".npy":
            np.save(file, array)
        else:
            file.write(json.dumps(np.asarray(array).tolist()).encode())
    return path


def json_file(folder, content):
    path = folder / "a.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def header(shape, descr="<f8"):
    """A .npy file that ends where its numbers should begin."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


@pytest.mark.parametrize(
    "name", ["a.npy", "a b.npz", "a.json", "A.NPY", "A.NPZ", "a.JSON"]
)
def test_every_kind_of_file_gives_the_same_array(tmp_path, name):
    array = random(17)
    np.testing.assert_array_equal(
        pose_arrays.load(written(tmp_path / name, array)).positions, array
    )


@pytest.mark.parametrize(
    ("joints", "dimensions", "name"),
    [
        *((14, 3, "openpose_14"), (17, 3, "h36m_17"), (18, 3, "openpose_18")),
        *((25, 3, "openpose_25"), (33, 3, "mediapipe_33")),
        *((17, 2, "coco_17"), (18, 2, "openpose_18"), (25, 2, "openpose_25")),
    ],
)
def test_the_number_of_joints_tells_the_skeleton(tmp_path, joints, dimensions, name):
    found = pose_arrays.load(written(tmp_path / "a.npy", random(joints, dimensions)))
    assert found.skeleton.name == name
    assert found.flat == (dimensions == 2)


def test_a_skeleton_that_is_asked_for_goes_before_the_number_of_joints(tmp_path):
    path = written(tmp_path / "a.npy", random(17))
    assert pose_arrays.load(path, skeletons.COCO_17).skeleton == skeletons.COCO_17


def test_an_array_of_another_skeleton_than_asked_for_is_refused(tmp_path):
    path = written(tmp_path / "a.npy", random(17))
    with pytest.raises(errors.InputError, match=r"\[4, 17, 3\].*with 33 joints"):
        pose_arrays.load(path, skeletons.MEDIAPIPE_33)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "<i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_any_kind_and_order_are_taken(tmp_path, dtype, order):
    array = np.asarray((10 * random(14)).astype(dtype), order=order)
    found = pose_arrays.load(written(tmp_path / "a.npy", array)).positions
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, array.astype(np.float64))


@pytest.mark.parametrize("name", ["a.npy", "a.json"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_a_joint_with_one_bad_coordinate_is_missing_whole(tmp_path, name, bad):
    array = random(14)
    array[2, 5, 1] = bad
    found = pose_arrays.load(written(tmp_path / name, array))
    assert np.argwhere(np.isnan(found.positions)).tolist() == [
        [2, 5, 0],
        [2, 5, 1],
        [2, 5, 2],
    ]
    assert found.confidence[2, 5] == 0 and found.confidence.sum() == T * 14 - 1


def test_null_and_numbers_of_many_digits_are_missing(tmp_path):
    frames = random(14).tolist()
    frames[0][0][0] = None
    text = json.dumps(frames).replace(repr(frames[1][0][0]), "1" * 5000)
    found = pose_arrays.load(json_file(tmp_path, text)).positions
    assert np.argwhere(np.isnan(found).all(axis=2)).tolist() == [[0, 0], [1, 0]]


def test_a_number_too_large_for_a_double_is_a_missing_joint(tmp_path):
    poses = random(14).astype(np.longdouble)
    poses[1, 2, 0] = np.longdouble("1e400")
    np.save(tmp_path / "a.npy", poses)
    found = pose_arrays.load(tmp_path / "a.npy").positions
    missing = np.argwhere(~np.isfinite(found).all(axis=2))
    # Where doubles are the largest that there are, it was infinite before.
    assert missing.tolist() == [[1, 2]]


def test_other_arrays_in_an_npz_are_left_alone(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, fps=25, names=np.array(["a"]), poses=random(18), flat=random(18, 2))
    np.testing.assert_array_equal(pose_arrays.load(path).positions, random(18))


def test_recordings_are_not_read_as_one(tmp_path):
    path = tmp_path / "all.npz"
    recordings.write(path, synthetic.generate(synthetic.like("KS20", 2, 0, 10)))
    with pytest.raises(errors.InputError, match="holds recordings.*--recordings ") as e:
        pose_arrays.load(path, skeletons.KINECT_V2)
    assert str(path) in str(e.value)


def test_two_recordings_in_a_file_are_named(tmp_path):
    np.savez(tmp_path / "a.npz", one=random(18), two=random(14))
    with pytest.raises(errors.InputError, match="2 arrays of poses, one, two"):
        pose_arrays.load(tmp_path / "a.npz")


def test_a_file_without_poses_says_what_it_holds(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        wide=random(20),
        flat=np.zeros((T, 51)),
        objects=np.array([{}], dtype=object),
    )
    with pytest.raises(
        errors.InputError,
        match=r"wide \[4, 20, 3\] float64, flat \[4, 51\] float64, objects \[1\] "
        r"pickled; .*14, 17, 18, 25 or 33 joints",
    ):
        pose_arrays.load(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_a_file_without_a_frame_is_refused(tmp_path, name):
    path = written(tmp_path / name, random(17, frames=0))
    with pytest.raises(errors.InputError, match="holds no frame"):
        pose_arrays.load(path)


def test_pickles_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        np.save(file, np.full((1, 17, 3), None), allow_pickle=True)
    with pytest.raises(errors.InputError, match="pickled"):
        pose_arrays.load(path)


def test_x_y_and_confidence_are_not_read_as_three_coordinates(tmp_path):
    array = 100 * random(17)
    array[..., 2] = np.linspace(0, 1, T * 17).reshape(T, 17)
    array[1] = np.nan
    found = pose_arrays.load(written(tmp_path / "a.npy", array))
    assert found.flat and found.skeleton == skeletons.COCO_17
    np.testing.assert_array_equal(found.confidence, np.nan_to_num(array[..., 2]))
    # The first joint's confidence is 0.
    assert np.isnan(found.positions[0, 0]).all()
    np.testing.assert_array_equal(found.positions[0, 1:], array[0, 1:, :2])


@pytest.mark.parametrize("scale", [1, 1000])
def test_metres_and_millimetres_are_not_taken_for_confidences(tmp_path, scale):
    array = scale * (random(17) + 0.5)
    if scale == 1:
        array[..., 2] = np.linspace(0, 1, T * 17).reshape(T, 17)
    assert not pose_arrays.load(written(tmp_path / "a.npy", array)).flat


def test_a_header_that_declares_too_much_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(header((10**12, 17, 3)))
    with pytest.raises(
        errors.InputError, match=r"before its array \[1000000000000, 17"
    ):
        pose_arrays.load(path)


def test_a_zip_that_decompresses_to_too_much_is_refused(tmp_path):
    zeros = bytes(2**20)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("poses.npy", "w", force_zip64=True) as member:
            member.write(header((2**25 // 51 + 1, 17, 3), "|u1"))
            for _ in range(33):
                member.write(zeros)
    with pytest.raises(errors.InputError, match="more than 33554432 numbers"):
        pose_arrays.load(tmp_path / "a.npz")


def test_a_file_cut_short_is_refused(tmp_path):
    path = written(tmp_path / "a.npy", random(17))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(errors.InputError, match="ends before its array"):
        pose_arrays.load(path)


def zip_of(content, method=zipfile.ZIP_STORED, name="poses.npy"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


WHOLE = header((1, 17, 3)) + bytes(8 * 51)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("a.npy", b""), ("a.npy", b"hello"), ("a.npy", WHOLE[:50])),
        ("a.npy", WHOLE.replace(b"(1, 17, 3)", b"(-1, 17,3)")),
        ("a.npy", WHOLE.replace(b"(1, 17, 3)", b"((((((((((")),
        ("a.npy", WHOLE.replace(b"<f8", b"<x8")),
        *(("a.npz", b""), ("a.npz", WHOLE), ("a.npz", zip_of(WHOLE)[:-30])),
        ("a.npz", zip_of(b"hello")),
        ("a.npz", flipped(zip_of(WHOLE), 300)),
        ("a.npz", zip_of(WHOLE, zipfile.ZIP_BZIP2)),
    ],
)
def test_a_damaged_file_of_numpys_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.InputError, match=rf"{name}: not a readable"):
        pose_arrays.load(tmp_path / name)


def test_arrays_that_are_not_all_there_are_not_even_listed(tmp_path):
    (tmp_path / "a.npz").write_bytes(zip_of(header((10**9, 17, 3))))
    with pytest.raises(errors.InputError, match="ends before its array"):
        array_file.headers(tmp_path / "a.npz")


def test_the_only_recording_of_an_object_is_taken(tmp_path):
    content = {"fps": 25, "name": "x", "joints": ["a"], "any key": random(17).tolist()}
    np.testing.assert_array_equal(
        pose_arrays.load(json_file(tmp_path, content)).positions, random(17)
    )


def spoiled(change):
    frames = random(14).tolist()
    change(frames)
    return frames


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[[1, 2\n, 3,]]]", "line 2, column 5: not JSON"),
        ("", "is empty"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("3", "holds no array"),
        ([], "holds no array"),
        ({}, "holds no array"),
        (random(20).tolist(), r"\[4, 20, 3\].*14, 17"),
        (spoiled(lambda a: a[2].pop()), "frame 2: 13 joints; expected 14"),
        (spoiled(lambda a: a.__setitem__(1, None)), "frame 1: no list"),
        (spoiled(lambda a: a[3][7].pop()), "frame 3, joint 7: .*expected 3 numbers"),
        (spoiled(lambda a: a[3].__setitem__(7, 1)), "frame 3, joint 7: 1.0; expected"),
        (spoiled(lambda a: a[1][2].__setitem__(0, "1")), "frame 1, joint 2: .*'1'"),
        (spoiled(lambda a: a[1][2].__setitem__(0, True)), "frame 1, joint 2: .*True"),
        (
            {"a": random(14).tolist(), "b": random(17).tolist()},
            "2 arrays of poses, a, b",
        ),
        # As MMPose writes them.
        ({"instance_info": [{"frame_id": 0, "instances": []}]}, "holds no array"),
    ],
)
def test_damaged_json_is_refused_in_one_sentence(tmp_path, content, said):
    path = json_file(tmp_path, content)
    with pytest.raises(errors.InputError, match=said) as refused:
        pose_arrays.load(path)
    assert str(path) in str(refused.value)


@pytest.mark.usefixtures("holes_are_read")
def test_json_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(2**29 + 1)
    with pytest.raises(errors.InputError, match=r"536870913 bytes; .* up to \d+\. Cut"):
        pose_arrays.load(path)


def test_a_byte_order_mark_is_taken(tmp_path):
    path = written(tmp_path / "a.json", random(14))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    np.testing.assert_array_equal(pose_arrays.load(path).positions, random(14))


def test_json_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(errors.InputError, match="not a text file"):
        pose_arrays.load(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.json"])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(errors.InputError, match=name):
        pose_arrays.load(tmp_path / name)
