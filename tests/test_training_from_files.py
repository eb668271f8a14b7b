"""Data larger than memory: the same runs, bit for bit, and never all read at once."""

import tracemalloc

import numpy as np
import pytest

from datasets import coordinate_files, loading, preparation, synthetic
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors, experiment, labelling, memory, pipeline

CONFIG = configs.Config(
    H=16, mask_x=1, mask_x_2=1, eps=0.7, min_samples=4, k1=8, k2=3, batch_size=12
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("Datasets")
    walkers = synthetic.generate(synthetic.Settings(persons=4, frames=20))
    preparation.prepare(walkers, "Mine", [4], root, 0, made_by="a test")
    return root


def load(root):
    return loading.load(loading.find("Mine", 4, root), "probe", 4, root).data


@pytest.fixture
def from_files(root, monkeypatch):
    """The data as where they, and all features, are too large to hold."""
    monkeypatch.setattr(memory, "is_large", lambda num_bytes: True)
    return load(root)


def train(data, folder, protocol, **changes):
    config = configs.Config(
        **{**vars(CONFIG), "protocol": protocol, "epochs": 2, **changes}
    )
    return experiment.train(data, config, folder, {}, lambda line: None)


def test_small_data_are_held_and_large_ones_are_not(root, from_files):
    for split in from_files.splits.values():
        assert isinstance(split.sequences, coordinate_files.Coordinates)


@pytest.mark.parametrize("protocol", [configs.PUBLISHED, configs.STRICT])
def test_a_run_from_files_writes_the_same_metrics(
    protocol, root, tmp_path, monkeypatch
):
    held = load(root)
    assert all(type(s.sequences) is np.ndarray for s in held.splits.values())
    expected = train(held, tmp_path / "held", protocol)
    with monkeypatch.context() as patch:
        patch.setattr(memory, "is_large", lambda num_bytes: True)
        found = train(load(root), tmp_path / "files", protocol)

    first, second = (
        (tmp_path / name / "metrics.csv").read_bytes() for name in ("held", "files")
    )
    assert first == second
    assert found.scores_all == expected.scores_all
    assert found.reference == expected.reference
    names = sorted(path.name for path in (tmp_path / "held").iterdir())
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == names


def test_fingerprints_do_not_tell_where_the_sequences_lie(root, from_files):
    held = {
        name: data_module.Split(split.sequences.held(), split.persons)
        for name, split in from_files.splits.items()
    }
    matching = data_module.Matching(held["gallery"], held["probe"])
    same = data_module.ReidData(held["training"], matching)
    assert experiment.fingerprint(same) == experiment.fingerprint(from_files)


def test_no_piece_is_larger_than_a_batch(from_files, tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(pipeline, "_ENCODE_BATCH", 7)
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", 5)
    read = coordinate_files.Coordinates.skeletons

    def counted(self, chosen):
        found = read(self, chosen)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(coordinate_files.Coordinates, "skeletons", counted)
    train(from_files, tmp_path, configs.PUBLISHED)

    assert len(from_files.train) > 3 * CONFIG.batch_size
    assert max(sizes) == CONFIG.batch_size


def test_a_file_that_changes_during_a_training_step_ends_the_run_in_one_line(
    root, from_files, tmp_path, monkeypatch
):
    reads = coordinate_files.OpenFile.check
    labelled = []

    def check(self):
        if labelled:  # From the first training step on.
            self._state = None
        reads(self)

    cluster = labelling.cluster_views

    def clustered(*arguments):
        found = cluster(*arguments)
        labelled.append(True)
        return found

    monkeypatch.setattr(coordinate_files.OpenFile, "check", check)
    monkeypatch.setattr(labelling, "cluster_views", clustered)
    # Nothing but the training steps reads after the labels are there.
    monkeypatch.setattr(experiment.callbacks.Evaluation, "assess", lambda *_: None)

    with pytest.raises(errors.InputError, match="changed while it was in use"):
        train(from_files, tmp_path / "run", configs.STRICT)
    assert not (tmp_path / "run").exists()


def test_opening_does_not_read_all_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "is_large", lambda num_bytes: True)
    walkers = synthetic.generate(synthetic.Settings(persons=12, frames=90))
    preparation.prepare(walkers, "Mine", [6], tmp_path, 0, made_by="a test")
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", 16)
    data_set = loading.find("Mine", 6, tmp_path)

    tracemalloc.start()
    data = loading.load(data_set, None, 6, tmp_path).data
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 0.2 * 4 * np.prod(data.train.sequences.shape)
