"""Who kept how many frames and sequences."""

import csv
import dataclasses
import io
import pathlib

import numpy as np
import pytest

from datasets import report, windows
from datasets.raw import reading, take

# By hand. Sequences of 4: r0 has 9 frames, r1 4, r2 3 (too short), r3 and r4 none.
LEFT = {"r0": 9, "r1": 4, "r2": 3, "r3": 0, "r4": 0}
PERSONS = {"r0": 1, "r1": 1, "r2": 15, "r3": 2, "r4": 1}
DROPPED = {"r0": 0, "r1": 5, "r2": 0, "r3": 7, "r4": 2}


def read_one(one):
    return take.Frames(
        np.zeros((LEFT[one.name], 2, 3), np.float32),
        ("a", "b"),
        30.0,
        dropped=DROPPED[one.name],
        clipped=10,
    )


@pytest.fixture
def made():
    takes = [
        take.Take(
            name, PERSONS[name], (pathlib.Path(name),), f"Person{PERSONS[name]:03}"
        )
        for name in LEFT
    ]
    raw = reading.read(takes, read_one, lambda *_: None)
    split = np.array(["train", "gallery", "gallery"])
    spans = windows.spans_by_split(raw.recordings, split, 4)
    return report.make(raw.recordings, split, spans, 4, raw)


def test_every_person_is_counted_in_every_part(made):
    by_key = {(row.person, row.part): row for row in made.rows}
    assert by_key[1, "train"] == report.Row(1, "Person001", "train", 1, 19, 0, 10, 3)
    assert by_key[1, "gallery"] == report.Row(
        1, "Person001", "gallery", 1, 19, 5, 10, 1
    )
    assert by_key[15, "gallery"] == report.Row(
        *(15, "Person015", "gallery", 1, 13, 0, 10, 0)
    )
    assert by_key[2, ""] == report.Row(2, "Person002", "", 1, 17, 7, 10, 0)
    assert by_key[1, ""] == report.Row(1, "Person001", "", 1, 12, 2, 10, 0)
    assert len(made.rows) == len(by_key) == 5


def test_training_comes_first(made):
    assert made.rows[0].part == "train"


def test_parts_count_only_persons_with_sequences(made):
    assert made.counts() == {"train": (3, 1), "gallery": (1, 1)}


def test_persons_without_a_sequence_are_named(made):
    assert "no sequence of 4 in gallery: person 15 (Person015)" in made.text
    lines = made.text.splitlines()
    assert "  no sequence of 4, no frame left: person 2 (Person002)" in lines


def test_recordings_of_which_nothing_is_left_are_named(made):
    assert "  no frame left: r3, r4" in made.text.splitlines()


def test_nothing_is_said_of_recordings_that_have_frames(made):
    whole = dataclasses.replace(made, lost=())
    assert "no frame left: r" not in whole.text


@pytest.mark.parametrize("part", ["train", "gallery"])
def test_training_of_unknown_persons_is_noticed(part):
    found = report.Report(4, (report.Row(-1, "", part, 1, 9, sequences=2),))
    assert found.unknown_in_training == (part == "train")


def test_the_text_sums_each_part(made):
    (line,) = [line for line in made.text.splitlines() if line.startswith("  gallery")]
    assert line.split() == ["gallery", "2", "32", "5", "20", "1", "1"]


def test_the_table_is_csv_with_a_row_a_person_and_part(made):
    rows = list(csv.DictReader(io.StringIO(made.table)))
    assert len(rows) == 5
    assert rows[0] == {
        "person": "1",
        "label": "Person001",
        "part": "train",
        "recordings": "1",
        "frames": "19",
        "dropped": "0",
        "clipped": "10",
        "sequences": "3",
    }


def test_without_raw_files_nothing_was_lost(made):
    takes = [take.Take("r0", 1, (pathlib.Path("r0"),))]
    recordings = reading.read(takes, read_one, lambda *_: None).recordings
    split = np.array(["train"])
    spans = windows.spans_by_split(recordings, split, 4)
    found = report.make(recordings, split, spans, 4)
    assert found.rows == (report.Row(1, "", "train", 1, 9, 0, 0, 3),)


def test_a_file_of_recordings_may_say_what_persons_are_called():
    takes = [take.Take("r0", 1, (pathlib.Path("r0"),), "anna")]
    recordings = reading.read(takes, read_one, lambda *_: None).recordings
    split = np.array(["train"])
    spans = windows.spans_by_split(recordings, split, 4)
    found = report.make(recordings, split, spans, 4)
    assert found.rows == (report.Row(1, "anna", "train", 1, 9, 0, 0, 3),)
