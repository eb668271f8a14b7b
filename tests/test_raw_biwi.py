"""BIWI's raw folders; test_raw_ias.py has what they share with IAS-Lab's."""

import numpy as np
import pytest

from datasets.raw.sets import biwi
from simmc_tf import errors
from tests import raw_files

PARTS = ("Training", "Testing/Still", "Testing/Walking")


@pytest.fixture
def tree(tmp_path):
    def make(frames, **persons):
        """Folders of the persons of each part."""
        for part in PARTS:
            for person in persons[part.split("/")[-1]]:
                raw_files.write_kinect(tmp_path / part / person, frames)
        return tmp_path

    return make


def test_every_part_loses_the_first_and_the_last_10_frames(tree):
    frames = raw_files.walk(23, 20)
    takes = biwi.find(tree(frames, Training=["1"], Still=["1"], Walking=["1"]))
    assert [one.part for one in takes] == ["train", "Still", "Walking"]
    for one in takes:
        read = biwi.read(one)
        np.testing.assert_array_equal(read.positions, frames[10:13])
        assert (read.dropped, read.clipped, read.fps) == (0, 20, 10.0)


def test_a_recording_of_fewer_than_20_frames_has_none_left(tree):
    frames = raw_files.walk(15, 20)
    takes = biwi.find(tree(frames, Training=["1"], Still=["1"], Walking=["1"]))
    read = biwi.read(takes[0])
    assert read.positions.shape == (0, 20, 3)
    assert read.clipped == 15


def test_a_folder_without_frames_is_read_as_none(tree):
    takes = biwi.find(tree([], Training=["1"], Still=["1"], Walking=["1"]))
    read = biwi.read(takes[0])
    assert read.positions.shape == (0, 20, 3) and read.read == 0


def test_a_person_is_the_folders_number_wherever_it_lies(tree):
    root = tree(
        raw_files.walk(1, 20),
        Training=["000", "10", "9"],
        Still=["10"],
        Walking=["day 2/009"],
    )
    assert [(one.name, one.person) for one in biwi.find(root)] == [
        ("Training/000", 0),
        ("Training/9", 9),
        ("Training/10", 10),
        ("Testing/Still/10", 10),
        ("Testing/Walking/day 2/009", 9),
    ]


def test_links_to_persons_elsewhere_are_followed(tree):
    root = tree(raw_files.walk(1, 20), Training=["1"], Still=["1"], Walking=["1"])
    raw_files.write_kinect(root / "disk", raw_files.walk(3, 20))
    person = root / "Training" / "007"
    person.symlink_to(root / "disk")
    (one,) = (one for one in biwi.find(root) if one.person == 7)
    assert [path.parent for path in one.files] == [person] * 3


def test_a_folder_whose_name_is_no_number_is_refused(tree):
    root = tree(raw_files.walk(1, 20), Training=["1"], Still=["1"], Walking=["Bob"])
    with pytest.raises(errors.InputError, match=r"Walking/Bob: .*not Bob"):
        biwi.find(root)


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_is_named(tree, part):
    root = tree(raw_files.walk(1, 20), Training=["1"], Still=["1"], Walking=["1"])
    (root / part).rename(root / "elsewhere")
    with pytest.raises(errors.InputError, match=rf"no folder .*{part}"):
        biwi.find(root)


def test_what_lies_beside_the_parts_is_told(tree):
    root = tree(raw_files.walk(1, 20), Training=["1"], Still=["1"], Walking=["1"])
    (root / "testing 2").mkdir()
    raw_files.write_kinect(root / "Testing" / "Running" / "7", raw_files.walk(1, 20))
    (root / "Testing" / "y.md").touch()
    (root / "Training" / "notes").mkdir()
    (root / "Training" / "readme.txt").touch()
    told = []
    assert len(biwi.find(root, told.append)) == 3
    assert sorted(path.relative_to(root).as_posix() for path in told) == [
        *("Testing/Running", "Testing/y.md", "Training/notes"),
        *("Training/readme.txt", "testing 2"),
    ]


def test_a_short_frame_is_named(tree):
    root = tree(raw_files.walk(3, 20), Training=["1"], Still=["1"], Walking=["1"])
    path = root / "Testing" / "Still" / "1" / "000_0001-a_skel.txt"
    path.write_text("1,0,0,1,0,0,2,0\n")
    one = next(one for one in biwi.find(root) if one.part == "Still")
    with pytest.raises(errors.InputError, match=r"Still/1/000_0001.*after line 1;"):
        biwi.read(one)
