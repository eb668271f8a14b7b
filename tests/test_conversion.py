"""The whole way: raw trees to sequences on disk, by the same rules as published."""

import dataclasses
import functools
import json
import pathlib
import pickle

import numpy as np
import pytest

from datasets import (
    catalog,
    descriptor,
    joint_maps,
    loading,
    recordings,
    skeletons,
    synthetic,
)
from datasets.raw import conversion, folder, published, reading, take
from scripts import raw_trees
from simmc_tf import errors

RAW = {raw.name: raw for raw in published.RAW}
# Of KS20 so many that a body number is left out, the fifth person's.
PERSONS = {"KS20": 5, "KGBD": 3, "IAS": 3, "BIWI": 4, "CASIA_B": 3}
FRAMES = {"CASIA_B": 50, "KS20": 30}
WRITERS = {
    "KS20": raw_trees.write_ks20,
    "KGBD": raw_trees.write_kgbd,
    "IAS": raw_trees.write_ias,
    "BIWI": raw_trees.write_biwi,
    "CASIA_B": functools.partial(raw_trees.write_casia_b, num_training=1),
}


def silent(*_):
    pass


@pytest.fixture(scope="module")
def raw_root(tmp_path_factory):
    """Raw trees of a few walkers, in the formats of all five data sets."""
    root = tmp_path_factory.mktemp("raw")
    for name in RAW:
        write(root, name, PERSONS[name])
    return root


def write(root, name, persons):
    WRITERS[name](root / name, walkers_of(name, persons))


def walkers_of(name, persons):
    """Always the same walkers, as float32."""
    settings = synthetic.like(name, persons, 0, FRAMES.get(name, 60))
    return synthetic.generate(settings)


def target(root, *lengths, **more):
    return conversion.Target(lengths, root, **more)


def convert(name, raw_root, goal):
    return conversion.convert_published(RAW[name], raw_root, goal, silent)


def test_what_was_left_out_is_said_in_one_printable_line(tmp_path):
    write(tmp_path, "KGBD", 2)
    inner = tmp_path / "KGBD" / "kinect gait raw dataset"
    (inner / "Person001" / "read\nme.txt").write_text("walks")
    for number in range(3, 9):
        (inner / f"person-{number}").mkdir()
    notes = []
    conversion.convert_published(
        RAW["KGBD"], tmp_path, target(tmp_path / "d", 6), silent, notes.append
    )
    assert notes == [
        "KGBD: left out, as no recordings: "
        + ", ".join(
            f"kinect gait raw dataset/{name}"
            for name in (
                *(r"Person001/read\nme.txt", "person-3", "person-4"),
                *("person-5", "person-6 and 2 more"),
            )
        )
    ]


# KS20's body numbers in the order of persons, as formats.md counts them.
BODIES = [1, 2, 3, 4, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24]
KS20_SETS = {"train": "gc1", "gallery": "gc2", "probe": "gc3"}


def raw_recordings(name, walkers):
    """What each recording on disk holds, said from how the walkers were written.

    Yields:
        Its name, the person's number, the part that its folder or name says (None: it
        is drawn) and all its frames; those of which a joint was lost, which are written
        besides, are none of it.
    """
    number = {}
    joined = {}
    for index in range(len(walkers)):
        person, frames = int(walkers.person[index]), list(walkers.frames(index))
        part, condition = str(walkers.split[index]), str(walkers.condition[index])
        if name == "KGBD":
            number[person] = number.get(person, 0) + 1
            yield f"Person{person + 1:03d}/{number[person]}", person + 1, None, frames
        elif name == "KS20":
            body = f"{KS20_SETS[part]}_body{BODIES[person]}"
            yield f"{condition}/{body}", person, None, frames
        elif name == "CASIA_B":
            # Of PERSONS one is subject 1, who trains; the others are 63 and on.
            subject = 1 if person == 0 else 62 + person
            number[person, condition] = number.get((person, condition), 0) + 1
            tag, view = condition.split("-")
            recording = f"{subject:03d}-{tag}-{number[person, condition]:02d}-{view}"
            yield recording, subject, tag if person else "train", frames
        else:
            joined.setdefault((part, person), []).extend(frames)
    for (part, person), frames in joined.items():
        if name == "IAS":
            place = {"train": "Training", "A": "TestingA", "B": "TestingB"}[part]
            yield f"{place}/person {person + 1:02d}", person, part, frames
        else:
            place = "Training" if part == "train" else f"Testing/{part}"
            yield f"{place}/{person:03d}", person, part, frames


def kept(name, part, frames):
    """Frames after the published clipping."""
    if name in ("KS20", "CASIA_B"):
        return frames
    return frames[10:] if (name, part) == ("IAS", "train") else frames[10:-10]


def naive_windows(num_frames, length, part, name):
    """First frames of a recording's sequences, by the published loops."""
    half = length // 2
    if part != "train" or name == "KGBD":
        return [i * length for i in range(num_frames // length)]
    if name == "CASIA_B":
        return list(range(0, num_frames - length + 1, half))
    return [
        shift + i * half
        for shift in range(length)
        for i in range(max(0, (num_frames - shift - length) // half + 1))
    ]


def naive_sequences(name, length, drawn):
    """Part -> person -> sequences [f, 3J] as bytes, of the walkers that were written.

    Args:
        name: of the data set.
        length: f.
        drawn: recording -> part, of all recordings.
    """
    expected = {}
    recordings = list(raw_recordings(name, walkers_of(name, PERSONS[name])))
    assert {recording for recording, *_ in recordings} == set(drawn)
    for recording, person, part, frames in recordings:
        assert part in (None, drawn[recording])
        part = drawn[recording]
        frames = kept(name, part, frames)
        for first in naive_windows(len(frames), length, part, name):
            centred = [frame - frame[0] for frame in frames[first : first + length]]
            expected.setdefault(part, {}).setdefault(person, []).append(
                b"".join(frame.tobytes() for frame in centred)
            )
    return expected


@pytest.mark.parametrize("name", sorted(RAW))
def test_every_sequence_is_the_frames_that_were_written_raw(name, raw_root, tmp_path):
    entry = RAW[name].entry
    length = entry.lengths[0]
    convert(name, raw_root, target(tmp_path, length))
    drawn = parts_of(tmp_path / name / str(length) / "splits.json")
    expected = naive_sequences(name, length, drawn)
    assert len(expected["train"]) >= (1 if name == "CASIA_B" else 3)
    for probe, (probe_part, gallery_part) in entry.probes.items():
        data = loading.load(entry, probe, length, tmp_path).data
        for part, found in (
            ("train", data.train),
            (probe_part, data.matching.probe),
            (gallery_part, data.matching.gallery),
        ):
            assert set(found.persons.tolist()) == set(expected[part])
            for person, sequences in expected[part].items():
                own = found.sequences[found.persons == person]
                assert sorted(one.tobytes() for one in own) == sorted(sequences)


def test_all_lengths_of_a_data_set_share_their_split(raw_root, tmp_path):
    convert("KGBD", raw_root, target(tmp_path, 4, 8))
    first, second = (
        (tmp_path / "KGBD" / str(f) / "splits.json").read_text() for f in (4, 8)
    )
    assert first == second


def test_the_seed_draws_the_split(raw_root, tmp_path):
    texts = set()
    for seed in range(3):
        convert("KS20", raw_root, target(tmp_path, 6, seed=seed))
        texts.add(json.dumps(parts_of(tmp_path / "KS20" / "6" / "splits.json")))
    assert len(texts) > 1


def parts_of(path):
    content = json.loads(path.read_text())
    return {one["recording"]: one["split"] for one in content["recordings"]}


def test_a_split_can_be_used_again(raw_root, tmp_path):
    convert("KGBD", raw_root, target(tmp_path / "a", 6, seed=3))
    used = tmp_path / "a" / "KGBD" / "6" / "splits.json"
    convert("KGBD", raw_root, target(tmp_path / "b", 6, splits=used))
    assert parts_of(tmp_path / "b" / "KGBD" / "6" / "splits.json") == parts_of(used)
    convert("KGBD", raw_root, target(tmp_path / "c", 6))
    assert parts_of(tmp_path / "c" / "KGBD" / "6" / "splits.json") != parts_of(used)


def test_data_that_were_not_made_here_are_never_replaced(raw_root, tmp_path):
    theirs = tmp_path / "KS20" / "6" / "train_npy_data"
    theirs.mkdir(parents=True)
    with pytest.raises(errors.InputError, match="not made here"):
        convert("KS20", raw_root, target(tmp_path, 4, 6))
    assert [path.name for path in (tmp_path / "KS20").iterdir()] == ["6"]


def test_the_command_that_repeats_it_is_written_beside_it(raw_root, tmp_path):
    (tmp_path / "my raw").symlink_to(raw_root)
    (made,) = convert("KGBD", tmp_path / "my raw", target(tmp_path, 6, seed=3))
    assert descriptor.require(made.folder).made_by == (
        f"Pre-process.py 6 --dataset KGBD --raw_root '{tmp_path}/my raw' --seed 3"
    )


def damage(root):
    """Writes raw files of which one is cut off, and returns that one."""
    write(root, "KGBD", 2)
    path = max(root.rglob("*.txt"))
    path.write_text("\n".join(path.read_text().splitlines()[:-3]))
    return path


def test_data_that_were_not_made_here_are_found_before_raw_files_are_read(tmp_path):
    damage(tmp_path / "raw")
    (tmp_path / "KGBD" / "6" / "train_npy_data").mkdir(parents=True)
    with pytest.raises(errors.InputError, match="not made here"):
        convert("KGBD", tmp_path / "raw", target(tmp_path, 4, 6))


def test_a_damaged_file_leaves_nothing_behind(tmp_path):
    path = damage(tmp_path / "raw")
    with pytest.raises(errors.InputError, match=path.name):
        convert("KGBD", tmp_path / "raw", target(tmp_path / "data", 6))
    assert not (tmp_path / "data").exists()


def test_another_length_than_the_published_can_be_made_and_loaded(raw_root, tmp_path):
    convert("KS20", raw_root, target(tmp_path, 5))
    entry = loading.find("KS20", 5, tmp_path)
    assert entry.check_length(5) == 5 and entry.check_length(0) == 6
    loaded = loading.load(entry, "probe", 5, tmp_path)
    assert loaded.data.train.sequences.shape[1:] == (5, 75)


@pytest.mark.parametrize(
    ("name", "asked", "made"),
    [
        ("KS20", (6,), (6,)),
        ("KS20", (12, 4, 40), (12, 4)),
        ("KS20", (40,), (6,)),
        ("CASIA_B", (6,), (40,)),
        ("CASIA_B", (6, 60, 50), (60, 50)),
    ],
)
def test_a_data_set_takes_the_lengths_it_is_published_in(name, asked, made):
    assert conversion.lengths_of(catalog.find(name), asked) == made


def test_persons_who_lose_all_their_frames_are_named(tmp_path):
    write(tmp_path, "KGBD", 2)
    inner = tmp_path / "KGBD" / "kinect gait raw dataset"
    (inner / "Person777").mkdir()
    short = inner / "Person888"
    short.mkdir()
    whole = next((inner / "Person001").iterdir()).read_text().splitlines()
    (short / "a.txt").write_text("\n".join(whole[: 20 * 19]))
    (made,) = convert("KGBD", tmp_path, target(tmp_path / "data", 6))
    assert "777 (Person777)" in made.text and "888 (Person888)" in made.text


# One's own recordings.

SENSOR = folder.Sensor((".txt",), None, "m", 30.0, "never")


def read_numbered(one, metres, fps):
    """Ten frames of a COCO skeleton with its root, each at the number of the frame."""
    positions = np.arange(10, dtype=np.float32)[:, np.newaxis, np.newaxis]
    positions = np.tile(positions * metres, (1, 17, 3))
    return take.Frames(*joint_maps.rooted(positions, skeletons.COCO_17), fps, dropped=2)


def reader(**more):
    sensor = dataclasses.replace(SENSOR, read=read_numbered)
    return conversion.Reader(sensor, **{"metres": 1.0, "input_fps": 60.0} | more)


ONE = take.Take("a", 0, (pathlib.Path("a.txt"),))


def test_a_take_is_read_in_metres():
    frames = reader(metres=0.01)(ONE)
    assert frames.positions[3, 5, 1] == np.float32(0.03)
    assert frames.joint_names == ("HipCenter", *skeletons.COCO_17.joints)
    assert (frames.read, frames.dropped, frames.clipped) == (12, 2, 0)


def test_ends_are_left_out_and_counted():
    frames = reader(clip=3)(ONE)
    assert frames.positions[:, 0, 0].tolist() == [3, 4, 5, 6]
    assert (frames.read, frames.dropped, frames.clipped) == (12, 2, 6)


def test_ends_longer_than_the_recording_leave_nothing():
    frames = reader(clip=8)(ONE)
    assert len(frames.positions) == 0
    assert (frames.read, frames.clipped) == (12, 10)


def test_a_take_is_resampled_and_its_frames_still_counted():
    frames = reader(fps=30.0)(ONE)
    assert frames.positions[:, 0, 0].tolist() == [0, 2, 4, 6, 8]
    assert (frames.fps, frames.read) == (30.0, 12)


def rates(own, saved=False, **more):
    """What is said of three files, of which some give their own rate."""
    pending = iter(own)

    def read(one, metres, fps):
        found = read_numbered(one, metres, fps)
        rate = next(pending)
        return found if rate is None else dataclasses.replace(found, fps=rate)

    sensor = dataclasses.replace(SENSOR, read=read)
    asked = conversion.Reader(sensor, 1.0, **more)
    takes = [dataclasses.replace(ONE, name=str(number)) for number in range(3)]
    found = reading.read(takes, asked, lambda *_: None, processes=1)
    return found.recordings.fps.tolist(), asked.notes(found, saved)


def test_the_rate_of_the_command_line_is_for_files_without_their_own():
    fps, (note,) = rates([None, 25.0, 120.0], input_fps=60.0)
    assert fps == [60, 25, 120]
    assert "--input_fps 60" in note and "2 of 3 do" in note and "25 to 120" in note


def test_a_rate_that_was_right_is_not_spoken_of():
    assert rates([None, 29.7, 30.2], input_fps=30.0) == ([30, 29.7, 30.2], [])


def test_other_rates_are_told_where_frames_are_resampled_too():
    fps, (note,) = rates([25.0, None, None], input_fps=60.0, fps=10.0)
    assert fps == [10, 10, 10] and "1 of 3 do" in note and "25 frames" in note


@pytest.mark.parametrize("more", [{"fps": 15.0}, {"saved": True}])
def test_a_rate_that_is_assumed_is_told_where_it_matters(more):
    fps, (note,) = rates([None, 30.0, None], **more)
    assert fps == [more.get("fps", 30)] * 3
    assert "2 of 3 files" in note and "taken as 30 " in note and "--input_fps" in note
    assert rates([None, 25.0, None])[1] == []
    assert rates([25.0] * 3, **more)[1] == []


def test_too_many_new_frames_are_refused_with_the_file():
    with pytest.raises(errors.InputError, match=r"a\.txt: 10 frames at 1e-06 "):
        rates([1e-6] * 3, fps=1000.0)


def test_names_of_persons_are_in_the_recordings():
    takes = [dataclasses.replace(ONE, label="anna")]
    found = reading.read(takes, reader(), lambda *_: None, processes=1)
    assert found.recordings.person_name.tolist() == ["anna"]
    found = reading.read([ONE], reader(), lambda *_: None, processes=1)
    assert found.recordings.person_name is None


def test_a_skeleton_is_turned_into_another():
    frames = reader(joints="openpose_14")(ONE)
    assert frames.joint_names == skeletons.OPENPOSE_14.joints
    assert frames.positions.shape == (10, 14, 3)


def test_a_skeleton_that_is_asked_for_keeps_its_root():
    frames = reader(joints="coco_17")(ONE)
    assert frames.joint_names == ("HipCenter", *skeletons.COCO_17.joints)
    assert frames.positions.shape == (10, 18, 3)


def test_a_skeleton_that_cannot_become_another_is_refused():
    with pytest.raises(errors.InputError, match="coco_17 cannot be turned into kinect"):
        reader(joints="kinect_v2")(ONE)


def test_unknown_joints_cannot_be_turned_into_others():
    def read(one, metres, fps):
        return take.Frames(np.zeros((3, 2, 3), np.float32), ("a", "b"), fps)

    sensor = dataclasses.replace(SENSOR, read=read)
    with pytest.raises(errors.InputError, match=r"a\.txt: its 2 joints are no known"):
        conversion.Reader(sensor, 1.0, 30.0, joints="kinect_v1")(ONE)


def test_a_folder_becomes_recordings(tmp_path):
    for name in ("anna/1.txt", "anna/2.txt", "bob/1.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = conversion.read_folder(tmp_path, None, reader(), silent)
    assert isinstance(found, reading.Reading)
    assert found.recordings.recording.tolist() == ["anna/1", "anna/2", "bob/1"]
    assert found.recordings.person.tolist() == [0, 0, 1]


def test_recordings_are_written_and_read_again_alike(tmp_path):
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "1.txt").touch()
    found = conversion.read_folder(tmp_path, None, reader(), silent).recordings
    recordings.write(tmp_path / "r.npz", found)
    again = recordings.read(tmp_path / "r.npz")
    assert np.array_equal(again.positions, found.positions)
    assert again.joint_names == found.joint_names


@pytest.mark.parametrize("raw", published.RAW, ids=lambda raw: raw.name)
def test_what_reads_a_take_can_be_sent_to_another_process(raw):
    assert pickle.loads(pickle.dumps(raw.format.read)) is raw.format.read
