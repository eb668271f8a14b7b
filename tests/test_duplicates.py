"""Recordings that are there twice."""

import dataclasses

import numpy as np
import pytest

from datasets import catalog, duplicates, recordings, synthetic
from datasets.raw import conversion, published
from flags import preprocess, sources
from scripts import raw_trees
from tests import programs


def walks(*shown, persons=None):
    """Recordings of 4 frames; those that show the same number hold the same ones."""
    size = len(shown)
    frames = np.random.default_rng(0).normal(size=(max(shown) + 1, 4, 2, 3))
    return recordings.Recordings(
        positions=frames[list(shown)].reshape(-1, 2, 3).astype(np.float32),
        starts=4 * np.arange(size + 1),
        person=np.array(persons or [0] * size),
        recording=np.array([f"walk {index}" for index in range(size)]),
        fps=np.full(size, 30.0),
        joint_names=("Hip", "Head"),
    )


def test_recordings_with_the_same_frames_are_one_group():
    assert duplicates.find(walks(0, 1, 2, 1, 0, 1)) == [[0, 4], [1, 3, 5]]
    assert duplicates.find(walks(0, 1, 2)) == []


def test_a_shorter_recording_is_another_one():
    found = walks(0, 0)
    shorter = dataclasses.replace(
        found, positions=found.positions[:-1], starts=np.array([0, 4, 7])
    )
    assert duplicates.find(shorter) == []


@pytest.mark.parametrize(
    ("shown", "persons", "said"),
    [
        ((0, 1, 0), (3, 4, 3), "walk 0 and walk 2 hold the same frames;"),
        ((0, 0), (-1, 3), "walk 0 and walk 1 hold the same frames;"),
        ((0, 0, 0, 0), (1,) * 4, "walk 0, walk 1 and 2 more hold the same frames;"),
        (
            *((0, 1, 0), (3, 4, 5)),
            "walk 0 (person 3) and walk 2 (person 5) hold the same frames though they "
            "name different persons;",
        ),
    ],
)
def test_both_are_named_and_their_persons_where_those_differ(shown, persons, said):
    (line,) = duplicates.warnings(walks(*shown, persons=persons))
    expected = f"warning: {said} --preset auto takes them for one recording: keep one"
    assert line == expected


def test_of_many_the_first_are_named_and_the_others_counted():
    lines = duplicates.warnings(walks(*range(9), *range(9)))
    assert [line.split(" hold")[0] for line in lines[:-1]] == [
        f"warning: walk {index} and walk {index + 9}" for index in range(5)
    ]
    assert lines[-1] == "warning: 4 more are there twice"


@pytest.mark.parametrize(("shown", "warned"), [((0, 1, 0, 2), True), (range(4), False)])
def test_pre_process_warns_and_goes_on(tmp_path, capsys, shown, warned):
    file = tmp_path / "walks.npz"
    recordings.write(file, walks(*shown))
    source = sources.RecordingsFile(file, None)
    target = conversion.Target((2,), tmp_path / "data")
    options = preprocess.Options(source, "Mine", target, None)
    programs.load("Pre-process.py").convert_own(options, source)
    said = capsys.readouterr().out
    assert ("\nwarning: walk 0 and walk 2 hold" in f"\n{said}") == warned
    assert "next: python SimMC.py --dataset Mine" in said


def test_published_data_are_looked_through_too(tmp_path):
    walkers = synthetic.generate(synthetic.like("KGBD", 2, 0, 60))
    first = walkers.frames(0)
    size = len(walkers) + 1
    twice = dataclasses.replace(
        walkers,
        positions=np.concatenate([walkers.positions, first]),
        starts=np.append(walkers.starts, walkers.starts[-1] + len(first)),
        **{
            name: np.append(getattr(walkers, name), getattr(walkers, name)[:1])
            for name in ("person", "fps", "condition", "split")
            if getattr(walkers, name) is not None
        },
        recording=np.append(walkers.recording, "copy")[:size],
    )
    raw_trees.write_kgbd(tmp_path / "KGBD", twice)
    (raw,) = (raw for raw in published.RAW if raw.entry == catalog.find("KGBD"))
    notes = []
    target = conversion.Target((6,), tmp_path / "data")
    conversion.convert_published(raw, tmp_path, target, lambda *_: None, notes.append)
    assert [note.startswith("KGBD: warning: ") for note in notes] == [True]
