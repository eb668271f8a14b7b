"""Recordings to a folder and back: whole, or not at all."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from datasets import descriptor, loading, npy_store, preparation, recordings, splits
from simmc_tf import atomic, errors

LENGTH = 4


def walks(num_persons=3, num_recordings=4, frames=9, joints=5, seed=0, **changes):
    """Recordings of persons 10, 11, ..., person by person."""
    generator = np.random.default_rng(seed)
    count = num_persons * num_recordings
    content = {
        "positions": generator.normal(size=(count * frames, joints, 3)).astype("f4"),
        "starts": np.arange(count + 1) * frames,
        "person": np.repeat(10 + np.arange(num_persons), num_recordings),
        "recording": np.array([f"walk{n}" for n in range(count)]),
        "fps": np.full(count, 30.0),
        "joint_names": tuple(f"joint{n}" for n in range(joints)),
        **changes,
    }
    return recordings.Recordings(**content)


def prepare(found, root, length=LENGTH, name="Mine", seed=0, **more):
    (made,) = preparation.prepare(found, name, [length], root, seed, "a test", **more)
    return made


def load(root, length=LENGTH, name="Mine", probe="probe"):
    return loading.load(loading.find(name, length, root), probe, length, root)


def naive(found, split, part, length):
    """Root-centred sequences and persons of a part, by loops."""
    stride = max(1, length // 2) if part == "train" else length
    sequences, persons = [], []
    for index in range(len(found)):
        if split[index] != part:
            continue
        first, last = found.starts[index], found.starts[index + 1]
        for start in range(first, last - length + 1, stride):
            frames = found.positions[start : start + length]
            sequences.append([(frame - frame[0]).ravel() for frame in frames])
            persons.append(found.person[index])
    return np.array(sequences, np.float32), persons


def snapshot(folder):
    """Every file below a folder and its bytes; folders as None."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("joints", [2, 5, 33])
def test_sequences_come_back_root_centred(tmp_path, joints):
    found = walks(joints=joints)
    prepare(found, tmp_path)
    data = load(tmp_path).data
    split = splits.draw(found, LENGTH, 0)
    for part, loaded in (
        ("train", data.train),
        ("gallery", data.matching.gallery),
        ("probe", data.matching.probe),
    ):
        sequences, persons = naive(found, split, part, LENGTH)
        np.testing.assert_array_equal(loaded.sequences, sequences)
        assert loaded.persons.tolist() == persons


def test_the_recordings_own_split_is_kept(tmp_path):
    split = np.array(["probe", "train", "train", "gallery"] * 3)
    found = walks(split=split)
    prepare(found, tmp_path)
    data = load(tmp_path).data
    sequences, _ = naive(found, split, "probe", LENGTH)
    np.testing.assert_array_equal(data.matching.probe.sequences, sequences)


def test_splits_json_lists_every_recording(tmp_path):
    found = walks()
    prepare(found, tmp_path, seed=7)
    content = json.loads((tmp_path / "Mine" / "4" / "splits.json").read_text())
    assert content["drawn_with_seed"] == 7
    assert content["recordings"] == [
        {"recording": f"walk{n}", "person": 10 + n // 4, "frames": 9, "split": part}
        for n, part in enumerate(splits.draw(found, LENGTH, 7).tolist())
    ]


def test_splits_json_has_no_seed_where_nothing_was_drawn(tmp_path):
    prepare(walks(split=np.array(["train", "train", "gallery", "probe"] * 3)), tmp_path)
    content = json.loads((tmp_path / "Mine" / "4" / "splits.json").read_text())
    assert content["drawn_with_seed"] is None


def test_counts_are_of_sequences_and_persons(tmp_path):
    # 9 frames: 3 training windows (stride 2), 2 others; 2 of 4 recordings train.
    prepared = prepare(walks(), tmp_path)
    assert prepared.folder == tmp_path / "Mine" / "4"
    assert prepared.report.counts() == {
        "train": (18, 3),
        "gallery": (6, 3),
        "probe": (6, 3),
    }


def test_the_descriptor_says_what_was_made(tmp_path):
    prepare(walks(joints=3), tmp_path)
    assert descriptor.require(tmp_path / "Mine" / "4") == descriptor.Descriptor(
        "Mine",
        LENGTH,
        ("joint0", "joint1", "joint2"),
        {"probe": ("probe", "gallery")},
        "a test",
    )


def test_several_lengths_lie_side_by_side(tmp_path):
    for length in (3, 4, 9):
        prepare(walks(), tmp_path, length)
    for length in (3, 4, 9):
        assert load(tmp_path, length).data.train.sequences.shape[1] == length


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        prepare(walks(), tmp_path / name, seed=3)
    assert snapshot(tmp_path / "first") == snapshot(tmp_path / "second")


def test_without_probes_there_is_training_alone(tmp_path):
    prepared = prepare(walks(num_recordings=2), tmp_path)
    assert set(prepared.report.counts()) == {"train"}
    data_set = loading.find("Mine", LENGTH, tmp_path)
    assert data_set.check_probe(None) is None
    assert load(tmp_path, probe=None).data.matching is None


def test_probes_without_a_gallery_long_enough_are_refused(tmp_path):
    found = walks(
        num_persons=1,
        num_recordings=3,
        split=np.array(["train", "probe", "gallery"]),
        starts=np.array([0, 14, 24, 27]),
    )
    with pytest.raises(errors.InputError, match="none of gallery"):
        prepare(found, tmp_path)
    assert snapshot(tmp_path) == {}


def test_probes_of_persons_who_are_not_in_the_gallery_are_refused(tmp_path):
    split = np.array(["train", "train", "gallery", "gallery"] * 2 + ["probe"] * 4)
    with pytest.raises(errors.InputError, match="No probe's person"):
        prepare(walks(split=split), tmp_path)
    assert snapshot(tmp_path) == {}


def test_several_lengths_share_one_split(tmp_path):
    found = walks(starts=np.arange(13) * 9)
    preparation.prepare(found, "Mine", [3, 4, 9], tmp_path, 0, "a test")
    first, second, third = (
        (tmp_path / "Mine" / str(length) / "splits.json").read_bytes()
        for length in (3, 4, 9)
    )
    assert first == second == third


def test_one_length_too_long_writes_none(tmp_path):
    with pytest.raises(errors.InputError, match="10 frames"):
        preparation.prepare(walks(frames=9), "Mine", [4, 10], tmp_path, 0, "a test")
    assert snapshot(tmp_path) == {}


def test_own_parts_and_probes_can_be_given(tmp_path):
    split = np.array(["train", "train", "Still", "Walking"] * 3)
    rules = preparation.Rules({"Walking": ("Walking", "Still")})
    prepare(walks(split=split), tmp_path, rules=rules)
    data_set = loading.find("Mine", LENGTH, tmp_path)
    assert data_set.probes == {"Walking": ("Walking", "Still")}


def test_no_training_sequence_leaves_nothing_behind(tmp_path):
    with pytest.raises(errors.InputError, match="No training recording has 10 frames"):
        prepare(walks(frames=9), tmp_path, length=10)
    assert snapshot(tmp_path) == {}


def test_no_training_recording_leaves_nothing_behind(tmp_path):
    with pytest.raises(errors.InputError, match="No training recording"):
        prepare(walks(split=np.array(["gallery", "probe"] * 6)), tmp_path)
    assert snapshot(tmp_path) == {}


def test_failure_to_replace_keeps_the_former_data(tmp_path):
    prepare(walks(), tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(errors.InputError, match="No training recording"):
        prepare(walks(frames=3), tmp_path)
    assert snapshot(tmp_path) == before


def full_disk(*_):
    raise OSError(28, "No space left on device")


def test_a_full_disk_keeps_the_former_data(tmp_path, monkeypatch):
    prepare(walks(), tmp_path)
    before = snapshot(tmp_path)
    monkeypatch.setattr(descriptor, "write", full_disk)
    with pytest.raises(OSError, match="No space"):
        prepare(walks(seed=1), tmp_path)
    assert snapshot(tmp_path) == before


def test_a_full_disk_leaves_no_data_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(descriptor, "write", full_disk)
    with pytest.raises(OSError, match="No space"):
        prepare(walks(), tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not (tmp_path / "Mine" / "4").exists()


def test_new_data_that_cannot_be_put_in_place_keep_the_former(tmp_path, monkeypatch):
    prepare(walks(), tmp_path)
    before = snapshot(tmp_path)
    folder = tmp_path / "Mine" / "4"
    rename = type(folder).rename

    def no_second(path, target):
        # The way of the former data out is free, that of the new ones in is not.
        if path.name == "new" and target == folder:
            full_disk()
        return rename(path, target)

    monkeypatch.setattr(type(folder), "rename", no_second)
    with pytest.raises(OSError, match="No space"):
        prepare(walks(seed=1), tmp_path)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("stopped_at", "kept"),
    [("the old data", "old"), ("the new data", "new")],
)
def test_stopped_right_after_a_renaming_one_of_both_is_there_whole(
    tmp_path, monkeypatch, stopped_at, kept
):
    prepare(walks(), tmp_path)
    old = snapshot(tmp_path)
    prepare(walks(seed=1), tmp_path / "new")
    new = snapshot(tmp_path / "new")
    shutil.rmtree(tmp_path / "new")
    folder = tmp_path / "Mine" / "4"
    rename = type(folder).rename

    def rename_and_stop(path, target):
        renamed = rename(path, target)
        if folder in (path, target) and stopped_at == (
            "the old data" if path == folder else "the new data"
        ):
            monkeypatch.undo()
            raise KeyboardInterrupt
        return renamed

    monkeypatch.setattr(type(folder), "rename", rename_and_stop)
    with pytest.raises(KeyboardInterrupt):
        prepare(walks(seed=1), tmp_path)
    assert snapshot(tmp_path) == {"old": old, "new": new}[kept]


def test_own_data_are_replaced_whole(tmp_path):
    prepare(walks(), tmp_path)
    fewer = walks(num_recordings=2, joints=3, seed=1)
    prepare(fewer, tmp_path)
    prepare(fewer, tmp_path / "fresh")
    assert snapshot(tmp_path / "Mine") == snapshot(tmp_path / "fresh" / "Mine")


def test_nothing_temporary_remains(tmp_path):
    prepare(walks(), tmp_path)
    prepare(walks(seed=1), tmp_path)
    assert [path.name for path in (tmp_path / "Mine").iterdir()] == ["4"]


def test_other_lengths_stay_when_one_is_replaced(tmp_path):
    prepare(walks(), tmp_path, 3)
    before = snapshot(tmp_path / "Mine" / "3")
    prepare(walks(seed=1), tmp_path, 4)
    prepare(walks(seed=2), tmp_path, 4)
    assert snapshot(tmp_path / "Mine" / "3") == before


def test_data_that_were_not_made_here_are_not_replaced(tmp_path):
    folder = tmp_path / "Mine" / "4" / "train_npy_data"
    folder.mkdir(parents=True)
    (folder / "source_x_Mine_4.npy").write_text("irreplaceable")
    before = snapshot(tmp_path)
    with pytest.raises(errors.InputError, match="not made here"):
        prepare(walks(), tmp_path)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "name",
    [
        *("notes.txt", "train_npy_data/features.npy", "test_npy_data/probe/.hidden"),
        *("test_npy_data/seen.npy", "plots/ids_Mine_4.npy"),
        "train_npy_data/more/source_x_Mine_4.npy",
    ],
)
def test_files_that_somebody_put_beside_the_data_are_not_lost(tmp_path, name):
    prepare(walks(), tmp_path)
    path = tmp_path / "Mine" / "4" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("irreplaceable")
    before = snapshot(tmp_path)
    with pytest.raises(errors.InputError, match=f"{path} was not made here"):
        prepare(walks(seed=1), tmp_path)
    assert snapshot(tmp_path) == before


def test_parts_that_were_made_here_go_with_the_data_that_are_replaced(tmp_path):
    prepare(walks(split=np.array(["train", "A", "gallery", "probe"] * 3)), tmp_path)
    prepare(walks(num_recordings=2), tmp_path)
    assert not (tmp_path / "Mine" / "4" / "test_npy_data").exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_recordings": 2}, "nobody has 3 recordings of 4 or more frames"),
        ({"split": np.full(12, "train")}, "none of 12 recordings is in probe"),
        (
            {
                "num_persons": 1,
                "num_recordings": 3,
                "split": np.array(["train", "gallery", "probe"]),
                "starts": np.array([0, 12, 24, 27]),
            },
            "the longest of 1 recordings in probe has 3 frames, fewer than 4",
        ),
    ],
    ids=["drawn", "given", "short"],
)
def test_without_probes_it_is_said_why(tmp_path, changes, reason):
    assert f"  no probes: {reason}" in prepare(walks(**changes), tmp_path).text


@pytest.mark.parametrize(
    ("draw", "reason"),
    [
        (splits.draw_kgbd, "nobody has 3 recordings, one each"),
        (splits.draw_ks20, "nobody has recordings of 3 sets, one each"),
    ],
)
def test_every_draw_says_what_it_needs(tmp_path, draw, reason):
    found = walks(num_recordings=2, condition=np.array(["a-left", "b-left"] * 3))
    rules = dataclasses.replace(preparation.OWN, draw=draw)
    assert reason in prepare(found, tmp_path, rules=rules).without_probes


def test_with_probes_nothing_is_said_of_them(tmp_path):
    assert "no probes" not in prepare(walks(), tmp_path).text


def test_the_size_of_skeletons_is_told(tmp_path):
    positions = np.zeros((108, 5, 3), np.float32)
    positions[:, 3, 1] = 1.7
    prepared = prepare(walks(positions=positions), tmp_path)
    assert prepared.extent == pytest.approx(1.7)


@pytest.mark.parametrize(
    "name", ["KS20", "kgbd", "IAS", "BIWI", "CASIA_B", "CAISA_B", "synthetic"]
)
def test_names_of_known_data_sets_are_refused(name):
    with pytest.raises(errors.InputError, match=f"{name} is the name of a known"):
        preparation.refuse_published(name)


def test_other_names_are_free():
    preparation.refuse_published("KS20_mine")


def test_the_files_are_in_the_published_layout(tmp_path):
    prepare(walks(), tmp_path)
    folder = tmp_path / "Mine" / "4"
    assert {path.name for path in folder.iterdir()} == {
        *(
            "train_npy_data",
            "test_npy_data",
            "dataset.json",
            "splits.json",
            "report.csv",
        ),
    }
    for part in ("gallery", "probe"):
        found = npy_store.read(folder / "test_npy_data" / part, "Mine", LENGTH, 5)
        assert len(found) == 6


def test_the_folder_is_readable_by_others(tmp_path):
    folder = prepare(walks(), tmp_path).folder
    plain = tmp_path / "plain"
    plain.mkdir()
    assert folder.stat().st_mode == plain.stat().st_mode


def test_the_order_of_persons_does_not_change_who_is_probe(tmp_path):
    found = walks()
    prepare(found, tmp_path / "all")
    one = found.person == 11
    frames = np.repeat(one, 9)
    prepare(
        walks(
            num_persons=1,
            positions=found.positions[frames],
            person=found.person[one],
            recording=found.recording[one],
        ),
        tmp_path / "one",
    )
    crowd = load(tmp_path / "all").data.matching.probe
    alone = load(tmp_path / "one").data.matching.probe
    np.testing.assert_array_equal(crowd.sequences[crowd.persons == 11], alone.sequences)


def test_what_a_killed_run_left_is_cleared(tmp_path):
    left = tmp_path / "Mine" / ".making-abc" / "new"
    left.mkdir(parents=True)
    (left / "half.npy").touch()
    prepare(walks(), tmp_path)
    assert [path.name for path in (tmp_path / "Mine").iterdir()] == [str(LENGTH)]


def test_what_a_killed_run_had_moved_away_comes_back(tmp_path):
    prepare(walks(), tmp_path, length=8)
    moved = tmp_path / "Mine" / ".making-abc" / "old-8"
    moved.parent.mkdir()
    (tmp_path / "Mine" / "8").rename(moved)
    prepare(walks(), tmp_path)
    assert {path.name for path in (tmp_path / "Mine").iterdir()} == {"4", "8"}
    assert len(load(tmp_path, length=8).data.train)


def test_two_runs_do_not_write_one_data_set_at_once(tmp_path):
    with (
        atomic.locked(tmp_path / "Mine"),
        pytest.raises(errors.InputError, match="another --data_root"),
    ):
        prepare(walks(), tmp_path)
