"""CASIA-B's recordings: who walks in which, and their 14 joints."""

import json

import numpy as np
import pytest

from datasets import joint_maps, preparation, skeletons
from datasets.raw import published, reading
from datasets.raw.sets import casia_b
from simmc_tf import errors

T = 5


def random(joints, dimensions=3):
    return np.random.default_rng(joints).normal(size=(T, joints, dimensions))


@pytest.fixture
def tree(tmp_path):
    """Makes files by their paths; content: an array, or text."""

    def make(*names, content=""):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_text(content)
            elif path.suffix.lower() == ".json":
                path.write_text(json.dumps(content.tolist()))
            else:
                with path.open("wb") as file:
                    np.save(file, content)
        return tmp_path

    return make


def frame(array, confidence=None):
    """An OpenPose frame with the 2D keypoints [J, 2] of one person."""
    if confidence is None:
        confidence = np.ones(len(array))
    values = np.concatenate([array, np.reshape(confidence, (-1, 1))], axis=1)
    return json.dumps({"people": [{"pose_keypoints_2d": values.ravel().tolist()}]})


def only(folder):
    (found,) = casia_b.find(folder)
    return found


def lifted(flat, confidence):
    """Human3.6M's joints from COCO's, with the confidence of the nose as depth."""
    joints = joint_maps.convert(flat, skeletons.COCO_17, skeletons.H36M_17)
    depth = np.broadcast_to(confidence[:, :1, np.newaxis], (*joints.shape[:2], 1))
    return np.concatenate([joints, depth], axis=2)


@pytest.mark.parametrize(
    "name",
    [
        "001-nm-01-090.npy",
        "001-NM-01-090.NPY",
        "1-nm-1-90.json",
        "poses/h36m/001-nm-01-090.npz",
        "001/nm-01/090.npy",
        "001/nm-01-090.npy",
        "001/nm/01/090.npy",
        "my lifted poses/001/nm-01/090/anything.npy",
        "001-nm-01-090/clip 1_000000000000_keypoints.json",
        "001/nm-01/090/0_KEYPOINTS.JSON",
    ],
)
def test_a_recording_is_known_by_its_path(tree, name):
    found = only(tree(name))
    assert (found.name, found.person) == ("001-nm-01-090", 1)
    assert (found.condition, found.part) == ("nm-01-090", "train")


def test_the_first_62_subjects_train_and_the_others_go_by_condition(tree):
    folder = tree(
        "62-cl-02-000.npy", *(f"063-{tag}-01-180.npy" for tag in ("nm", "bg"))
    )
    tree("124-cl-01-018.npy")
    assert [(one.person, one.part) for one in casia_b.find(folder)] == [
        *((62, "train"), (63, "bg"), (63, "nm"), (124, "cl"))
    ]


def test_the_parts_are_those_that_the_catalogue_evaluates(tree):
    folder = tree(*(f"100-{tag}-01-000.npy" for tag in ("nm", "bg", "cl")))
    (raw,) = (raw for raw in published.RAW if raw.name == "CASIA_B")
    parts = {part for pair in raw.entry.probes.values() for part in pair}
    assert {one.part for one in raw.format.find(folder)} == parts


def test_a_folder_of_frames_is_one_file(tree):
    folder = tree(*(f"001-nm-01-090/{i}_keypoints.json" for i in range(3)))
    assert only(folder).files == (folder / "001-nm-01-090",)


def test_poses_that_are_called_otherwise_are_told(tree):
    folder = tree(
        *("001-nm-01-090.npy", "001-nm-02.npy", "001-nm-03-090/walk.avi"),
        *("mine/0_keypoints.json", "mine/1_keypoints.json", "mine/001-nm-04-090.npy"),
        *("readme.txt", "001-nm-05-090.avi", "001-nm-06-090.csv"),
        *("notes/a.txt", "notes/001-nm-07-090.pkl", "subject 2/001-nm-08-090.npy"),
        *("subject 2/readme.txt", "001-bkgrd-01-090.npy"),
    )
    (folder / "empty").mkdir()
    told = []
    found = casia_b.find(folder, told.append)
    assert [one.name for one in found] == [
        *("001-nm-01-090", "001-nm-04-090", "001-nm-08-090")
    ]
    assert sorted(path.relative_to(folder).as_posix() for path in told) == [
        *("001-bkgrd-01-090.npy", "001-nm-02.npy", "001-nm-03-090"),
        *("001-nm-05-090.avi", "001-nm-06-090.csv", "empty", "mine", "notes"),
        *("readme.txt", "subject 2/readme.txt"),
    ]


@pytest.mark.parametrize("name", ["001-nm-01-090.npy", "001-nm-01-090.npz"])
def test_why_a_file_cannot_be_opened_is_said(tmp_path, name):
    (tmp_path / name).symlink_to("gone")
    with pytest.raises(
        errors.InputError, match=rf"{name} cannot be read: No such file"
    ):
        casia_b.read(only(tmp_path))
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to(name)
    with pytest.raises(errors.InputError, match=f"{name} cannot be read: Too many lev"):
        casia_b.read(only(tmp_path))


def test_names_that_do_not_fit_are_left_alone(tree):
    folder = tree(
        *("001-nm-01-090.npy", "001-bkgrd-090.npy", "002/bkgrd/01/090.npy"),
        *("notes.json", "x001-nm-02-090.npy", "001-nm-03-090-1.npy", "001-nm-04.npy"),
        *("001-nm-05-090.avi", ".002-nm-01-090.npy", ".trash/003-nm-01-090.npy"),
        # Silhouettes beside the poses, and what a Mac leaves beside a file.
        *("001/nm-06/090/001.png", "001/nm-07/090/a.npy", "001/nm-07/090/._a.npy"),
    )
    assert [one.name for one in casia_b.find(folder)] == [
        *("001-nm-01-090", "001-nm-07-090")
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["000-nm-01-090.npy"], r"called 000-nm-01-090, but .* 001 to 124"),
        (["125-nm-01-090.npy"], "001 to 124"),
        (["001-xx-01-090.npy"], "conditions nm, bg, cl"),
        (["001-nm-01-198.npy"], "views 000 to 180"),
        (["a/001-nm-01-090.npy", "b/001-nm-01-090.json"], "both 001-nm-01-090"),
        (["a/1-nm-1-90.npy", "001-nm-01-090/0_keypoints.json"], "both 001-nm-01-090"),
        (["001-nm-01-090/a.npy", "001-nm-01-090/b.json"], "holds 2 files of poses"),
        (["001-nm-01-090/deeper/0_keypoints.json"], "holds 0 files of poses"),
        (["readme.txt"], "holds no poses; expected <subject>"),
        (["001/nm-01/090.avi"], "holds only videos"),
    ],
)
def test_a_tree_that_is_not_casia_b_is_refused(tree, names, said):
    with pytest.raises(errors.InputError, match=said):
        casia_b.find(tree(*names))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="no folder"):
        casia_b.find(tmp_path / "CASIA_B")


@pytest.mark.parametrize("joints", [14, 18, 25, 17, 33])
@pytest.mark.parametrize("suffix", ["npy", "json"])
def test_arrays_become_the_14_joints_by_name(tree, joints, suffix):
    array = random(joints)
    found = casia_b.read(only(tree(f"001-nm-01-090.{suffix}", content=array)))
    assert found.joint_names == skeletons.OPENPOSE_14.joints
    assert found.positions.shape == (T, 14, 3) and found.positions.dtype == np.float32
    assert (found.fps, found.read, found.dropped, found.clipped) == (25, T, 0, 0)
    # Where each has nose, right shoulder and left ankle.
    places = {14: (0, 2, 13), 18: (0, 2, 13), 25: (0, 2, 14), 17: (9, 14, 6)}
    nose, shoulder, ankle = places.get(joints, (0, 12, 27))
    np.testing.assert_array_equal(
        found.positions[:, [0, 2, 13]],
        array[:, [nose, shoulder, ankle]].astype(np.float32),
    )


def test_a_frame_with_one_of_the_14_joints_missing_is_dropped(tree):
    array = random(25)
    array[1, 0, 2] = np.nan
    array[3, 10] = np.inf
    # The hips' centre and a toe are none of the 14.
    array[2, 8] = array[4, 19] = np.nan
    found = casia_b.read(only(tree("001-nm-01-090.npy", content=array)))
    assert (found.read, found.dropped) == (T, 2)
    np.testing.assert_array_equal(
        found.positions[:, 0], array[[0, 2, 4], 0].astype(np.float32)
    )


def test_a_recording_without_a_whole_frame_is_empty(tree):
    array = random(14)
    array[:, 3] = np.nan
    found = casia_b.read(only(tree("001-nm-01-090.npy", content=array)))
    assert found.positions.shape == (0, 14, 3) and found.dropped == T


def test_3d_of_openpose_is_read_without_lifting(tree):
    array = random(25)
    for number in range(T):
        values = np.concatenate([array[number], np.ones((25, 1))], axis=1).ravel()
        person = {"pose_keypoints_3d": values.tolist()}
        folder = tree(
            f"001-nm-01-090/{number}_keypoints.json",
            content=json.dumps({"people": [person] if number != 2 else []}),
        )
    found = casia_b.read(only(folder))
    assert found.dropped == 1
    # OpenPose's 14 joints are the first 8 and 9 to 14 of its 25.
    np.testing.assert_array_equal(
        found.positions,
        array[[0, 1, 3, 4]][:, [*range(8), *range(9, 15)]].astype(np.float32),
    )


def flat_folder(tree, joints=25):
    """A folder of 2D frames: nobody in 1, the knee missing in 3, an ear in 4."""
    array = 100 * random(joints, 2)
    knee, ear = (9, 16) if joints == 18 else (10, 17)
    for number in range(T):
        confidence = np.full(joints, 0.5 + number / 10)
        if number in (3, 4):
            confidence[knee if number == 3 else ear] = 0
        content = frame(array[number], confidence) if number != 1 else '{"people": []}'
        folder = tree(f"100-bg-02-054/{number}_keypoints.json", content=content)
    return array, only(folder)


@pytest.mark.parametrize("kind", ["folder", "array"])
def test_2d_alone_says_what_is_missing(tree, kind):
    if kind == "folder":
        _, recording = flat_folder(tree)
    else:
        recording = only(tree("100-bg-02-054.npy", content=random(17, 2)))
    with pytest.raises(
        errors.InputError,
        match=r"100-bg-02-054.* holds 2D keypoints \[5, \d+, 2\].*\[T, 14, 3\].*--lift",
    ):
        casia_b.read(recording)


@pytest.mark.parametrize("joints", [18, 25])
def test_2d_is_lifted_as_cocos_joints_and_its_missing_frames_dropped(tree, joints):
    array, recording = flat_folder(tree, joints)
    seen = []

    def lift(flat, confidence):
        seen.append((flat, confidence))
        # Whatever it makes of joints that were not seen.
        return np.nan_to_num(lifted(flat, confidence))

    found = casia_b.read(recording, lift=lift)
    ((flat, confidence),) = seen
    assert flat.shape == (T, 17, 2) and confidence.shape == (T, 17)
    # Nose, right eye and left shoulder of COCO.
    eye = 14 if joints == 18 else 15
    np.testing.assert_array_equal(flat[0, [0, 2, 5]], array[0, [0, eye, 5]])
    # COCO's right ear.
    assert np.argwhere(confidence == 0)[-1].tolist() == [4, 4]
    assert np.isnan(flat[4, 4]).all()
    assert (found.read, found.dropped) == (T, 2)
    np.testing.assert_array_equal(
        found.positions[:, 0, :2], array[[0, 2, 4], 0].astype(np.float32)
    )
    np.testing.assert_allclose(found.positions[:, 0, 2], [0.5, 0.7, 0.9], rtol=1e-6)


def test_frames_that_were_not_lifted_are_dropped(tree):
    recording = only(tree("001-nm-01-090.npy", content=random(17, 2)))

    def lift(flat, confidence):
        found = lifted(flat, confidence)
        found[2:4] = np.nan
        return found

    assert casia_b.read(recording, lift=lift).dropped == 2


def test_nothing_is_lifted_where_no_frame_is_whole(tree):
    array = random(17, 2)
    array[:, 0] = np.nan
    recording = only(tree("001-nm-01-090.npy", content=array))
    found = casia_b.read(recording, lift=lambda *_: pytest.fail("lifted"))
    assert found.positions.shape == (0, 14, 3) and found.dropped == T


def test_2d_of_14_joints_cannot_be_lifted(tree):
    recording = only(tree("001-nm-01-090.npy", content=random(14, 2)))
    with pytest.raises(errors.InputError, match="openpose_14; expected coco_17"):
        casia_b.read(recording, lift=lifted)


def test_a_tree_becomes_sequences(tree, tmp_path):
    array = np.random.default_rng(0).normal(size=(100, 17, 3))
    for name in ("001-nm-01-090", "063-nm-01-000", "063-nm-02-000", "063-cl-01-036"):
        folder = tree(f"CASIA_B/{name}.npy", content=array)
    (raw,) = (raw for raw in published.RAW if raw.name == "CASIA_B")
    read = reading.read(
        raw.format.find(raw.folder(folder)), raw.format.read, lambda *_: None
    )
    (made,) = preparation.prepare(
        read.recordings,
        *("CASIA_B", [40], tmp_path / "Datasets", 0, "a test"),
        preparation.Rules(raw.entry.probes, raw.training),
        raw=read,
    )
    counts = made.report.counts()
    # Training: windows at 0, 20, 40, 60; others: at 0 and 40.
    assert {part: n for part, (n, _) in counts.items()} == {
        "train": 4,
        "nm": 4,
        "cl": 2,
    }


def test_linked_folders_are_looked_into(tree, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    np.save(elsewhere / "x.npy", random(14))
    folder = tree("002-nm-01-090.npy", content=random(14))
    (folder / "001-nm-01-090").symlink_to(elsewhere)
    names = [one.name for one in casia_b.find(folder)]
    assert names == ["001-nm-01-090", "002-nm-01-090"]
