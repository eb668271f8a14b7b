"""Every format that --from names, on a file of its own."""

import json
import pickle

import numpy as np
import pytest

from datasets import recordings, skeletons
from datasets.raw import folder, sensors, take
from simmc_tf import errors

ARRAYS = {
    "kinect1": skeletons.KINECT_V1,
    "kinect2": skeletons.KINECT_V2,
    "azure": skeletons.AZURE_KINECT,
    "mediapipe": skeletons.MEDIAPIPE_33,
    "h36m": skeletons.H36M_17,
    "coco": skeletons.COCO_17,
}


def walk(num_frames, num_joints):
    numbers = np.random.default_rng(0).integers(-64, 64, (num_frames, num_joints, 3))
    return (numbers + 0.5) / 64


def read(name, path, metres=1.0, fps=30.0):
    return sensors.SENSORS[name].read(take.Take("walk", 0, (path,)), metres, fps)


@pytest.mark.parametrize("name", sensors.SENSORS)
def test_a_sensor_says_all_that_a_user_needs(name):
    sensor = sensors.SENSORS[name]
    # A table's header may say it, and an .asf does.
    said_by_files = name == "amc" or name.endswith("_csv")
    assert sensor.unit is None if said_by_files else sensor.unit in recordings.UNITS
    assert sensor.fps > 0
    assert sensor.missing.startswith("a frame is dropped where ")
    assert all(suffix == suffix.lower() for suffix in sensor.suffixes)


@pytest.mark.parametrize(
    ("name", "skeleton", "metres"),
    [
        ("kinect1_csv", skeletons.KINECT_V1, 1.0),
        ("kinect2_csv", skeletons.KINECT_V2, 1.0),
        ("azure_csv", skeletons.AZURE_KINECT, 0.001),
    ],
)
def test_a_table_that_says_no_unit_is_in_the_sensors(tmp_path, name, skeleton, metres):
    positions = walk(2, len(skeleton.joints))
    path = tmp_path / "a.csv"
    np.savetxt(path, positions.reshape(2, -1), delimiter=",")
    found = read(name, path, None).positions
    np.testing.assert_array_equal(found, (positions * metres).astype(np.float32))


@pytest.mark.parametrize("name", sensors.SENSORS)
def test_a_sensor_can_be_sent_to_other_processes(name):
    sensor = sensors.SENSORS[name]
    assert pickle.loads(pickle.dumps(sensor)).suffixes == sensor.suffixes


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".json"])
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_each_skeleton_are_read(tmp_path, name, suffix):
    joints = ARRAYS[name].joints
    positions = walk(4, len(joints))
    positions[1, 3, 2] = np.nan
    positions[2] = 0
    path = tmp_path / f"walk{suffix}"
    if suffix == ".npy":
        np.save(path, positions)
    elif suffix == ".npz":
        np.savez(path, positions=positions)
    else:
        path.write_text(json.dumps(positions.tolist()))
    frames = read(name, path, metres=0.5, fps=12.0)
    rooted = frames.positions[:, -len(joints) :]
    np.testing.assert_array_equal(rooted, positions[[0, 3]] / 2)
    assert frames.joint_names[-len(joints) :] == joints
    assert (frames.dropped, frames.fps) == (2, 12.0)


@pytest.mark.parametrize("name", ["coco", "mediapipe"])
def test_skeletons_that_begin_at_the_nose_get_a_root(tmp_path, name):
    skeleton = ARRAYS[name]
    positions = walk(2, len(skeleton.joints))
    np.save(tmp_path / "walk.npy", positions)
    frames = read(name, tmp_path / "walk.npy")
    hips = [skeleton.joints.index(joint) for joint in ("HipLeft", "HipRight")]
    assert frames.joint_names[0] == "HipCenter"
    np.testing.assert_array_equal(
        frames.positions[:, 0], positions[:, hips].mean(axis=1)
    )


@pytest.mark.parametrize("num_joints", [14, 18, 25])
def test_openpose_skeletons_are_told_by_their_number_of_joints(tmp_path, num_joints):
    np.save(tmp_path / "walk.npy", walk(3, num_joints))
    frames = read("openpose", tmp_path / "walk.npy")
    assert frames.positions.shape == (3, num_joints, 3)
    assert frames.joint_names[0] == "Nose"


@pytest.mark.parametrize(
    ("name", "shape"),
    [("openpose", (3, 17, 3)), ("coco", (3, 17, 2)), ("kinect2", (3, 20, 3))],
)
def test_other_arrays_are_refused(tmp_path, name, shape):
    np.save(tmp_path / "walk.npy", np.ones(shape))
    with pytest.raises(errors.InputError, match="walk.npy.*expected"):
        read(name, tmp_path / "walk.npy")


@pytest.mark.parametrize("name", ["mediapipe", "mediapipe_csv"])
def test_landmarks_of_the_image_are_refused(tmp_path, name):
    image = np.random.default_rng(0).uniform(0.1, 0.9, (3, 33, 3))
    path = tmp_path / "walk.npy"
    np.save(path, image)
    if name == "mediapipe_csv":
        path = tmp_path / "walk.csv"
        np.savetxt(path, image.reshape(3, -1), delimiter=",")
    with pytest.raises(errors.InputError, match="landmarks of the image"):
        read(name, path)


@pytest.mark.parametrize("name", ["{axis}{i}", "landmark_{i}_{axis}", None])
def test_visibility_of_mediapipe_in_csv_is_not_used(tmp_path, name):
    lines = []
    if name is not None:
        axes = ("x", "y", "z", "confidence")
        lines = [",".join(name.format(i=i, axis=a) for i in range(33) for a in axes)]
    positions = walk(3, 33)
    for frame in positions:
        lines.append(",".join(f"{x},{y},{z},0" for x, y, z in frame))
    (tmp_path / "walk.csv").write_text("\n".join(lines))
    frames = read("mediapipe_csv", tmp_path / "walk.csv")
    np.testing.assert_array_equal(frames.positions[:, 1:], positions)


@pytest.mark.parametrize(
    ("name", "skeleton"),
    [
        ("kinect1_csv", skeletons.KINECT_V1),
        ("kinect2_csv", skeletons.KINECT_V2),
        ("azure_csv", skeletons.AZURE_KINECT),
    ],
)
def test_files_are_found_whatever_the_case_of_their_extension(tmp_path, name, skeleton):
    positions = walk(2, len(skeleton.joints))
    (tmp_path / "Ann").mkdir()
    np.savetxt(tmp_path / "Ann" / "a.CSV", positions.reshape(2, -1), delimiter=",")
    sensor = sensors.SENSORS[name]
    (found,) = folder.find(tmp_path, sensor.suffixes)
    assert found.label == "Ann"
    frames = sensor.read(found, 1.0, 30.0)
    np.testing.assert_array_equal(frames.positions, positions)
    assert frames.joint_names == skeleton.joints
