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
        "positions": generator.normal(
            scale=0.3, size=(sum(frames), len(joints), 3)
        ).astype("f4"),
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


def test_joints_that_a_model_does_not_take_are_left_out_by_name(read):
    own = walks(("Toe", *JOINTS[::-1], "Hand"))
    own.positions[3, [0, 4]] = np.nan

    found = read(own)

    assert found.visible.all()

    np.testing.assert_array_equal(
        found.recordings.positions, own.positions[:, [3, 2, 1]]
    )
    assert found.recordings.joint_names == JOINTS
    (note,) = read.notes
    assert "by name; left out, as it does not take them: Toe, Hand" in note


def test_of_known_sensors_a_table_goes_before_names(read):
    source, target = skeletons.OPENPOSE_25, skeletons.COCO_17
    assert set(target.joints) < set(source.joints)
    model = dataclasses.replace(MODEL, joint_names=target.joints, num_joints=17)

    read(walks(source.joints), model)

    assert "from openpose_25 into coco_17" in read.notes[0]


def test_joints_that_a_model_takes_and_that_are_missing_are_named(read):
    with pytest.raises(errors.InputError, match="of which Root, Foot are missing, and"):
        read(walks(("Hip", "Knee", "Toe", "Hand")))


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


@pytest.mark.parametrize("name", ["Anna", "4"])
def test_two_persons_have_two_names(read, name):
    persons = np.array([5, 4, -1])
    names = np.array([name, "Anna " if name == "Anna" else "", name])

    with pytest.raises(errors.InputError, match=f"persons 5 and 4 .* called '{name}'"):
        read(walks(person=persons, person_name=names))


def test_an_id_is_the_same_however_its_accents_are_stored(read):
    apart, whole = "Rene\u0301", "Ren\u00e9"
    found = read(walks(person_name=np.array([apart, "Ben", "Anna"])))
    assert found.persons == (whole, "Ben", "Anna")
    one = np.array([4, 4, 5])

    found = read(walks(person=one, person_name=np.array([apart, whole, "Ben"])))

    assert found.persons == (whole, whole, "Ben")
    with pytest.raises(errors.InputError, match=f"0 and 1 are both called '{whole}'"):
        read(walks(person_name=np.array([apart, whole, "Ben"])))


def resized(index, factor):
    """The walks, of which one has another size."""
    own = walks()
    own.frames(index)[:] *= factor
    return own


@pytest.mark.parametrize("unit", ["m", "mm"])
@pytest.mark.parametrize(
    ("factor", "match"),
    [
        (1000, r"walk1 are typically [\d.]+ m large, and people 0.2 to 5 m \(1 of 3"),
        (0.001, r"walk1 are typically 0\.000\d+ m large, .* say in the file in which"),
    ],
)
def test_what_is_not_as_large_as_people_is_refused(read, unit, factor, match):
    model = dataclasses.replace(MODEL, unit=unit)

    with pytest.raises(errors.InputError, match=match):
        read(resized(1, factor), model)


def test_a_size_beyond_float32_is_refused_without_a_warning(read, recwarn):
    own = walks()
    own.frames(2)[:] = [[-3e38], [3e38], [0]]

    with pytest.raises(errors.InputError, match="walk2 are typically inf m large"):
        read(own)

    assert not recwarn.list


def test_the_size_of_a_recording_is_that_of_most_of_its_frames(read):
    own = walks()
    own.frames(0)[:4] = 1
    assert len(read(own).recordings) == 3

    own.frames(0)[4] = 1

    with pytest.raises(errors.InputError, match="walk0 are typically 0 m.* one place"):
        read(own)


def test_only_what_is_taken_must_be_as_large_as_people(read):
    own = dataclasses.replace(
        resized(1, 0.001), split=np.array(["train", "probe", "probe"])
    )

    assert len(read(own, split="train").recordings) == 1


def mean(sequences, visible):
    """Frames and mean of the first joint's x: [n, 2]."""
    if visible is None:
        visible = np.ones(sequences.shape[:2], bool)
    x = np.where(visible, sequences[:, :, 0, 0], 0).sum(axis=1)
    count = visible.sum(axis=1)
    return np.stack([count, x / count], axis=1).astype(np.float32)


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


@pytest.mark.parametrize("value", [np.nan, np.inf, 0])
def test_frames_that_are_missing_are_told_to_the_model(read, value):
    own = walks()
    own.positions[[1, 13]] = value
    if value:  # One coordinate is enough, as in a sensor's files.
        own.positions[2, 1, 1] = value
    else:
        own.positions[2] = value

    found = embedding.seen(read(own), 4, read.path, read.notes.append)
    features = embedding.embed(found, 4, mean).features

    kept = [[0, 3], [4, 5, 6, 7], [9, 10, 11, 12], [14]]
    expected = [[len(some), own.positions[some, 0, 0].mean()] for some in kept]
    np.testing.assert_allclose(features, expected, rtol=1e-5)
    assert read.notes[-1].startswith("note: 3 of 15 frames are missing")
    assert "left out" not in read.notes[-1]


def test_what_is_missing_is_the_same_however_it_is_written(read):
    own = walks()
    own.positions[1] = 0
    zeros = read(own).digests
    own.positions[1] = np.nan

    assert read(own).digests == zeros


def test_sequences_in_which_nobody_is_seen_are_left_out_and_counted(read):
    own = walks(frames=(13, 6, 4, 2), person=np.arange(4))
    own.frames(0)[4:8] = np.nan
    own.frames(1)[:4] = 0  # What is seen is in the rest that no sequence has.
    own.frames(3)[:] = np.nan

    found = embedding.seen(read(own), 4, read.path, read.notes.append)
    embedded = embedding.embed(found, 4, mean)

    assert embedded.names == ("walk0", "walk2") and embedded.persons == ("0", "2")
    assert embedded.counts.tolist() == [2, 1] and embedded.first.tolist() == [0, 8, 0]
    np.testing.assert_allclose(embedded.features[:, 0], 4)
    assert embedding.count(found, 4) == 3
    assert "10 of 25 frames are missing" in read.notes[0]
    assert "; sequences left out, without any: 3" in read.notes[0]
    assert read.notes[1] == "note: left out, since nobody is seen: walk1, walk3"


def test_recordings_in_which_nobody_is_seen_at_all_are_refused(read):
    own = walks()
    own.positions[:] = np.nan

    with pytest.raises(errors.InputError, match="nobody is seen in any sequence of 4"):
        embedding.seen(read(own), 4, read.path, read.notes.append)


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
    def broken(sequences, visible):
        found = mean(sequences, visible)
        found[found[:, 0] < 4] = np.nan
        return found

    with pytest.raises(errors.InputError, match="walk2 has an embedding that is not"):
        embedding.embed(read(walks()), 4, broken)


@pytest.mark.parametrize(("size", "taken"), [(1e19, False), (4e18, True)])
def test_an_embedding_has_distances_that_float32_can_hold(read, size, taken):
    def far(sequences, visible):
        return np.float32(size) * np.sign(mean(sequences, visible) - 1e9)

    if not taken:
        with pytest.raises(errors.InputError, match="walk0 has .* too large"):
            embedding.embed(read(walks()), 4, far)
        return
    features = embedding.embed(read(walks()), 4, far).features
    opposite = -features[:1]
    own = (features[:1] @ opposite.T)[0, 0]
    assert np.isfinite(np.square(opposite).sum() + np.square(features[0]).sum() - own)


TOLD = about.About("joints", (3, 3), 2, "a" * 64, JOINTS, "m", 4)
PATH = pathlib.Path("/model")


def test_a_model_is_what_its_export_says_of_it():
    expected = dataclasses.replace(MODEL, path="/model")

    assert fitting.model(TOLD, PATH) == expected
    assert fitting.model(TOLD, PATH, "m", "m") == expected
    with pytest.raises(errors.InputError, match="--unit mm: .* takes joints in m; lea"):
        fitting.model(TOLD, PATH, "mm")


def test_a_model_that_does_not_say_its_unit_is_told_it_once():
    told = dataclasses.replace(TOLD, unit=None)

    with pytest.raises(errors.InputError, match="not say in which unit .* give --unit"):
        fitting.model(told, PATH)
    assert fitting.model(told, PATH, "mm").unit == "mm"
    assert fitting.model(told, PATH, None, "mm").unit == "mm"
    with pytest.raises(errors.InputError, match="--unit cm: the gallery keeps mm; le"):
        fitting.model(told, PATH, "cm", "mm")


def test_a_model_that_says_another_unit_than_the_gallery_keeps_is_refused():
    for unit in (None, "m", "mm"):
        with pytest.raises(
            errors.InputError, match="joints in m, and .* built with mm"
        ):
            fitting.model(TOLD, PATH, unit, "mm")


def test_a_model_of_another_unit_is_refused():
    with pytest.raises(errors.InputError, match="takes joints in miles; expected"):
        fitting.model(dataclasses.replace(TOLD, unit="miles"), PATH)


@pytest.mark.parametrize("changes", [{"kind": "vectors"}, {"length": None}])
def test_a_model_that_takes_no_joints_or_tells_no_length_is_refused(changes):
    with pytest.raises(errors.InputError, match="a gallery needs a model of SimMC.py"):
        fitting.model(dataclasses.replace(TOLD, **changes), PATH)
