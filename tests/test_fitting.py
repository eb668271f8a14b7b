"""Recordings become sequences of a model's joints, unit and length, or are refused."""

import dataclasses
import pathlib

import numpy as np
import pytest

from datasets import embedding, fitting, joint_maps, recordings, skeletons
from simmc_tf import errors
from simmc_tf.export import about
from simmc_tf.gallery import entries

JOINTS = ("Root", "Knee", "Foot")
MODEL = entries.Model("model", "a" * 64, 3, JOINTS, "m", 4, 2)


def walks(joints=JOINTS, frames=(9, 4, 2), **changes):
    """Recordings of drawn joints."""
    generator = np.random.default_rng(0)
    content = {
        "positions": generator.normal(size=(sum(frames), len(joints), 3)).astype("f4"),
        "starts": np.concatenate([[0], np.cumsum(frames)]),
        "person": np.arange(len(frames)),
        "recording": np.array([f"walk{i}" for i in range(len(frames))]),
        "fps": np.full(len(frames), 30.0),
        "joint_names": tuple(joints),
        **changes,
    }
    return recordings.Recordings(**content)


@pytest.fixture
def read(tmp_path):
    """Writes recordings and reads them for a model; notes are in its list."""
    path = tmp_path / "walks.npz"

    def action(found, model=MODEL, split=None):
        recordings.write(path, found)
        return fitting.read(path, model, split, action.notes.append)

    action.notes, action.path = [], path
    return action


def test_what_fits_stays_as_it_is(read):
    found = read(walks())

    np.testing.assert_array_equal(found.recordings.positions, walks().positions)
    assert found.persons == ("0", "1", "2") and not read.notes
    assert len(set(found.digests)) == 3


def test_joints_in_another_order_are_found_by_name(read):
    turned = walks(JOINTS[::-1])

    found = read(turned)

    np.testing.assert_array_equal(found.recordings.positions, turned.positions[:, ::-1])
    assert found.recordings.joint_names == JOINTS and "order" in read.notes[0]


def test_joints_of_another_sensor_are_turned_by_the_table(read):
    source, target = skeletons.KINECT_V2, skeletons.KINECT_V1
    model = dataclasses.replace(MODEL, joint_names=target.joints, num_joints=20)
    own = walks(source.joints)

    found = read(own, model)

    expected = joint_maps.convert(own.positions, source, target)
    np.testing.assert_array_equal(found.recordings.positions, expected)
    assert "from kinect_v2 into kinect_v1" in read.notes[0]


def test_a_root_that_was_put_first_is_made_again(read):
    joints = ("HipCenter", *skeletons.COCO_17.joints)
    model = dataclasses.replace(MODEL, joint_names=joints, num_joints=18)
    own = walks(skeletons.COCO_17.joints)

    found = read(own, model)

    hips = [skeletons.COCO_17.joints.index(f"Hip{side}") for side in ("Left", "Right")]
    positions = found.recordings.positions
    np.testing.assert_allclose(positions[:, 0], own.positions[:, hips].mean(axis=1))
    np.testing.assert_array_equal(positions[:, 1:], own.positions)


@pytest.mark.parametrize(
    "joints", [("Root", "Knee"), ("Root", "Knee", "Toe"), skeletons.KINECT_V1.joints]
)
def test_joints_without_a_table_are_refused(read, joints):
    with pytest.raises(errors.InputError) as caught:
        read(walks(joints))

    for part in (f"{len(joints)} joints (Root, Knee"[:8], "3 joints (Root", "no table"):
        assert part in str(caught.value)


def test_known_joints_without_a_table_name_those_that_can_be(read):
    joints = skeletons.AZURE_KINECT.joints
    model = dataclasses.replace(MODEL, joint_names=joints, num_joints=len(joints))

    with pytest.raises(
        errors.InputError, match="kinect_v1 cannot be turned into azure"
    ):
        read(walks(skeletons.KINECT_V1.joints), model)


def test_of_a_model_without_names_only_the_number_counts(read):
    model = dataclasses.replace(MODEL, joint_names=())

    assert read(walks(), model).recordings.joint_names == JOINTS
    assert "does not name its joints" in read.notes[0]
    with pytest.raises(errors.InputError, match="3 joints .without names"):
        read(walks(JOINTS[:2]), model)


def test_the_model_s_unit_is_kept(read):
    found = read(walks(), dataclasses.replace(MODEL, unit="mm"))

    np.testing.assert_allclose(
        found.recordings.positions, 1000 * walks().positions, rtol=1e-6
    )
    with pytest.raises(errors.InputError, match="takes joints in miles"):
        read(walks(), dataclasses.replace(MODEL, unit="miles"))


def test_only_a_split_is_taken(read):
    split = np.array(["gallery", "probe", "gallery"])

    found = read(walks(split=split), split="gallery")

    assert found.recordings.recording.tolist() == ["walk0", "walk2"]
    assert found.recordings.starts.tolist() == [0, 9, 11]
    np.testing.assert_array_equal(found.recordings.frames(1), walks().frames(2))
    assert found.persons == ("0", "2")
    with pytest.raises(errors.InputError, match="no recording .* of that split"):
        read(walks(split=split), split="train")
    with pytest.raises(errors.InputError, match="no recording .* of that split"):
        read(walks(), split="train")


def test_persons_are_called_by_name_where_they_have_one(read):
    found = read(
        walks(
            person=np.array([4, -1, -1]),
            person_name=np.array(["Anna ", "Ben", ""]),
        )
    )

    assert found.persons == ("Anna", "Ben", None)
    with pytest.raises(errors.InputError, match=r"\(1 of 3 recordings\); give each"):
        fitting.labelled(found, read.path)


def test_a_person_has_one_name(read):
    names = np.array(["Anna", "Ben", "Anna"])

    with pytest.raises(errors.InputError, match="person 4 is called 'Anna' and 'Ben'"):
        read(walks(person=np.array([4, 4, 5]), person_name=names))


def mean(sequences):
    """Frames and mean of the first joint's x: [n, 2]."""
    return np.stack(
        [
            np.full(len(sequences), sequences.shape[1], np.float32),
            sequences[:, :, 0, 0].mean(axis=1),
        ],
        axis=1,
    )


def test_sequences_begin_every_f_frames_and_short_recordings_are_one(read):
    own = walks()
    told = []

    found = embedding.embed(read(own), 4, mean, told.append)

    spans = [(0, 4), (4, 8), (9, 13), (13, 15)]
    np.testing.assert_allclose(
        found.features,
        [[b - a, own.positions[a:b, 0, 0].mean()] for a, b in spans],
        rtol=1e-6,
    )
    assert found.counts.tolist() == [2, 1, 1] and found.frames == (9, 4, 2)
    assert told[-1] == embedding.count(read(own), 4) == 4


def test_short_recordings_are_named_or_left_out(read):
    notes = []
    found = read(walks())

    fitting.note_short(found, 4, notes.append)
    whole = fitting.whole(found, 4, read.path, notes.append)

    assert whole.recordings.recording.tolist() == ["walk0", "walk1"]
    assert all("walk2" in note and "walk1" not in note for note in notes)
    with pytest.raises(errors.InputError, match="longest recording has 9 frames"):
        fitting.whole(found, 10, read.path, notes.append)


def test_an_embedding_that_is_not_finite_names_its_recording(read):
    def broken(sequences):
        found = mean(sequences)
        found[found[:, 0] < 4] = np.nan
        return found

    with pytest.raises(errors.InputError, match="walk2 has an embedding that is not"):
        embedding.embed(read(walks()), 4, broken)


def test_a_model_is_what_its_export_says_of_it():
    notes = []
    told = about.About("joints", (3, 3), 2, "a" * 64, JOINTS, "m", 4)

    found = entries.model(told, pathlib.Path("/model"), notes.append)

    assert found == dataclasses.replace(MODEL, path="/model") and not notes
    told = dataclasses.replace(told, unit=None)
    assert entries.model(told, pathlib.Path("/model"), notes.append).unit == "m"
    assert "metres are assumed" in notes[0]


@pytest.mark.parametrize("changes", [{"kind": "vectors"}, {"length": None}])
def test_a_model_that_takes_no_joints_or_tells_no_length_is_refused(changes):
    told = about.About("joints", (3, 3), 2, "a" * 64, JOINTS, "m", 4)

    with pytest.raises(errors.InputError, match="a gallery needs a model of SimMC.py"):
        entries.model(dataclasses.replace(told, **changes), pathlib.Path("x"), print)
