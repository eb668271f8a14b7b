"""splits.json: a split that somebody else can use again."""

import json

import numpy as np
import pytest

from datasets import recordings, splits_file
from simmc_tf import errors

NAMES = ["a/1", "a/2", "b/1"]
PERSONS = {"a/1": 4, "a/2": 4, "b/1": 5, "c/9": 6}
PARTS = ("train", "gallery", "probe")


def walks(names=NAMES, persons=None):
    count = len(names)
    return recordings.Recordings(
        positions=np.zeros((2 * count, 2, 3), np.float32),
        starts=2 * np.arange(count + 1),
        person=np.array(persons or [PERSONS[name] for name in names]),
        recording=np.array(names),
        fps=np.full(count, 30.0),
        joint_names=("a", "b"),
    )


@pytest.fixture
def written(tmp_path):
    splits_file.write(tmp_path, walks(), np.array(["probe", "train", "gallery"]), 7)
    return tmp_path / "splits.json"


def test_a_split_comes_back(written):
    found = splits_file.read(written).split(walks(), PARTS)
    assert found.split.tolist() == ["probe", "train", "gallery"]


def test_it_goes_by_name_and_not_by_order(written):
    found = splits_file.read(written).split(walks(["b/1", "a/2"]), PARTS)
    assert found.split.tolist() == ["gallery", "train"]


def test_it_is_json_that_people_can_read(written):
    content = json.loads(written.read_text())
    assert content["drawn_with_seed"] == 7
    assert content["recordings"][0] == {
        "recording": "a/1",
        "person": 4,
        "frames": 2,
        "split": "probe",
    }


def test_recordings_that_it_lacks_are_named(written):
    with pytest.raises(errors.InputError, match=r"lacks 1 of 2 recordings, c/9"):
        splits_file.read(written).split(walks(["a/1", "c/9"]), PARTS)


def test_entries_of_no_recording_are_told_in_one_line(written):
    notes = []
    splits_file.read(written).split(walks(["a/2"]), PARTS, notes.append)
    (note,) = notes
    assert f"2 of 3 entries of {written}" in note and note.endswith("a/1, b/1")
    splits_file.read(written).split(walks(), PARTS, notes.append)
    assert len(notes) == 1


def test_a_split_without_training_is_refused_and_named(written):
    with pytest.raises(errors.InputError, match="puts none of 2 recordings into train"):
        splits_file.read(written).split(walks(["b/1", "a/1"]), PARTS)


def test_a_byte_order_mark_is_taken(written):
    written.write_bytes(b"\xef\xbb\xbf" + written.read_bytes())
    assert splits_file.read(written).recordings["a/1"] == (4, "probe")


def test_what_is_no_json_is_located(tmp_path):
    path = tmp_path / "s.json"
    path.write_text('{"recordings": [\n  {"recording": }\n]}')
    with pytest.raises(errors.InputError, match=r"no JSON \(line 2, column 17: "):
        splits_file.read(path)


def test_a_part_that_the_data_set_does_not_have_is_refused(written):
    with pytest.raises(errors.InputError, match="b/1 is in gallery; expected A, probe"):
        splits_file.read(written).split(walks(), ("train", "A", "probe"))


def test_recordings_of_other_persons_are_refused(written):
    with pytest.raises(errors.InputError, match="a/2 of person 4, not 7"):
        splits_file.read(written).split(walks(persons=[4, 7, 5]), PARTS)


def test_a_recording_that_is_listed_twice_is_refused(written):
    content = json.loads(written.read_text())
    content["recordings"].append(content["recordings"][0])
    written.write_text(json.dumps(content))
    with pytest.raises(errors.InputError, match="a/1 twice"):
        splits_file.read(written)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "3",
        "[]",
        "{}",
        '{"recordings": 3}',
        '{"recordings": [{}]}',
        "[" * 10**5,
    ],
    ids=["empty", "cut", "number", "list", "no list", "no recordings", "bare", "deep"],
)
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(errors.InputError, match=r"s\.json"):
        splits_file.read(path)


ENTRY = {"recording": "a/1", "person": 4, "split": "train"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], 'there is no array "recordings" in it'),
        ({"recordings": 3}, 'there is no array "recordings" in it'),
        ({"recordings": [ENTRY, "a/2"]}, 'entry 2 of "recordings" is no object'),
        ({"recordings": [{"recording": "a"}]}, 'entry 1 of "recordings" has no "pers'),
        (
            {"recordings": [ENTRY | {"person": 3.7}]},
            '"person" of entry 1 of "recordings" is 3.7, not a whole number',
        ),
        ({"recordings": [ENTRY | {"person": True}]}, "is true, not a whole number"),
        ({"recordings": [ENTRY | {"split": None}]}, "is null, not a string"),
        ({"recordings": [ENTRY | {"recording": 7}]}, "is 7, not a string"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_terms_of_json(tmp_path, content, reason):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(content))
    with pytest.raises(errors.InputError) as caught:
        splits_file.read(path)
    assert reason in str(caught.value) and "Error" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="No such file"):
        splits_file.read(tmp_path / "s.json")
