"""Conditions of recordings, kept beside their sequences, where they are known."""

import dataclasses

import numpy as np
import pytest

from datasets import (
    catalog,
    conditions,
    descriptor,
    loading,
    npy_store,
    preparation,
    replacing,
    synthetic,
    windows,
)
from datasets.synthetic import takes
from simmc_tf import errors

LENGTH = 6
VIEWS = ("frontal", "left_diagonal")


@pytest.fixture(scope="module")
def walkers():
    settings = synthetic.Settings(
        persons=3,
        frames=30,
        recordings=tuple(
            takes.Take(split, view)
            for split in ("train", "gallery", "probe")
            for view in VIEWS
        ),
    )
    return synthetic.generate(settings)


def prepare(recordings, root, name="Mine", **rules):
    preparation.prepare(recordings, name, [LENGTH], root, 0, "a test", **rules)


def load(root, name="Mine", probe="probe"):
    data_set = loading.find(name, LENGTH, root)
    return loading.load(data_set, probe, LENGTH, root)


def test_every_sequence_has_the_condition_of_its_recording(walkers, tmp_path):
    prepare(walkers, tmp_path)
    loaded = load(tmp_path)

    spans = windows.spans_by_split(walkers, walkers.split, LENGTH)
    assert set(loaded.conditions) == {"training", "gallery", "probe"}
    for name, told in loaded.conditions.items():
        part = {"training": "train"}.get(name, name)
        expected = [walkers.condition[i] for i in spans[part].recording]
        assert told.tolist() == expected and set(expected) == set(VIEWS)
    assert loaded.subject.conditions is loaded.conditions


def test_the_sequences_themselves_are_as_without(walkers, tmp_path):
    prepare(walkers, tmp_path / "with")
    prepare(dataclasses.replace(walkers, condition=None), tmp_path / "without")

    without = tmp_path / "without" / "Mine"
    for path in sorted(without.rglob("*.npy")):
        same = tmp_path / "with" / "Mine" / path.relative_to(without)
        assert same.read_bytes() == path.read_bytes()
    assert not list(without.rglob("condition_*"))
    assert load(tmp_path / "without").conditions == {}


@pytest.mark.parametrize("told", [None, np.repeat("", 18)])
def test_recordings_that_say_none_have_none(told, walkers):
    silent = dataclasses.replace(walkers, condition=told)
    spans = windows.spans_by_split(walkers, walkers.split, LENGTH)["train"]
    assert conditions.of_recordings(silent, spans) is None


def test_data_with_conditions_can_be_made_again(walkers, tmp_path):
    prepare(walkers, tmp_path)
    prepare(walkers, tmp_path)
    replacing.refuse_foreign(tmp_path / "Mine" / str(LENGTH))


@pytest.mark.parametrize("content", [np.array(["a"]), np.arange(3.0)])
def test_a_damaged_file_is_named(content, walkers, tmp_path):
    prepare(walkers, tmp_path)
    folder = tmp_path / "Mine" / str(LENGTH) / npy_store.TEST_FOLDER / "probe"
    path = conditions.path(folder, "Mine", LENGTH)
    np.save(path, content)
    with pytest.raises(errors.InputError, match=path.name):
        load(tmp_path)


def test_parts_that_are_called_by_a_condition_have_it(walkers, tmp_path):
    parts = {"train": "train", "gallery": "nm", "probe": "cl"}
    named = [parts[part] for part in walkers.split.tolist()]
    probes = {"cl.nm": ("cl", "nm"), "nm.nm": ("nm", "nm")}
    recordings = dataclasses.replace(walkers, split=np.array(named))
    prepare(recordings, tmp_path, rules=preparation.Rules(probes))

    told = load(tmp_path, probe="cl.nm").conditions
    assert set(told["probe"]) == {"cl"} and set(told["gallery"]) == {"nm"}
    assert set(told["training"]) == set(VIEWS)
    told = load(tmp_path, probe="nm.nm").conditions
    assert set(told["probe"]) == set(told["gallery"]) == {"nm"}
    assert all(entry.probes for entry in catalog.PUBLISHED)
    assert descriptor.require(tmp_path / "Mine" / str(LENGTH)).probes == probes


def test_generated_walkers_bring_theirs():
    loaded = loading.generate(LENGTH, 2, 0)
    told = {name: set(found) for name, found in loaded.conditions.items()}
    assert told["training"] == {"frontal", "left_diagonal", "right_diagonal"}
    assert told["gallery"] == told["probe"] == {"frontal"}
    for name, split in loaded.data.splits.items():
        assert len(split) == len(loaded.conditions[name])
