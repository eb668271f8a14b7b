"""Very many generated sequences: as many as asked for, of whole walkers in turn."""

import numpy as np
import pytest

from datasets import loading, npy_store
from scripts import make_large
from simmc_tf import errors
from tests import programs


def make(root, monkeypatch, *arguments):
    programs.run(make_large, monkeypatch, "--data_root", root, *arguments)


@pytest.mark.parametrize("count", [50, 10_000])
def test_there_are_as_many_as_asked_for_and_they_load(count, tmp_path, monkeypatch):
    make(tmp_path, monkeypatch, "--sequences", count)

    data = loading.load(loading.find("Large", 0, tmp_path), "probe", 6, tmp_path).data

    assert data.train.sequences.shape == (count, 6, 60)
    # 8 walkers at a time make more than 8,000.
    num_persons = 16 if count > 9000 else 8
    for split in (data.matching.gallery, data.matching.probe):
        assert len(np.unique(split.persons)) == num_persons
        assert 0.01 * count < len(split)
    assert (np.diff(data.train.persons) >= 0).all()
    assert set(data.train.persons) <= set(range(num_persons))


def test_the_seed_chooses_the_walkers(tmp_path, monkeypatch):
    found = []
    for name, seed in (("One", 1), ("Same", 1), ("Other", 2)):
        given = "--dataset", name, "--sequences", 30, "--length", 4, "--seed", seed
        make(tmp_path, monkeypatch, *given)
        folder = tmp_path / name / "4" / npy_store.TRAIN_FOLDER
        found.append(npy_store.read(folder, name, 4, 20).sequences)
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_another_data_set_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "Large" / "6").mkdir(parents=True)
    (tmp_path / "Large" / "6" / "mine.npy").touch()
    with pytest.raises(errors.InputError, match="were not made here"):
        make(tmp_path, monkeypatch, "--sequences", 30)
    with pytest.raises(errors.InputError, match="KS20"):
        make(tmp_path, monkeypatch, "--sequences", 30, "--dataset", "KS20")


@pytest.mark.parametrize(
    ("count", "given", "expected"),
    [
        (300, (), "--dataset Large --data_root {root}"),
        (
            100,
            ("--dataset", "Mine", "--length", 4),
            "--dataset Mine --length 4 --data_root {root}",
        ),
    ],
)
def test_the_command_to_train_names_what_was_made(
    count, given, expected, tmp_path, monkeypatch, capsys
):
    root = tmp_path / "my data"

    make(root, monkeypatch, "--sequences", count, *given)

    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "python SimMC.py " + expected.format(root=f"'{root}'")


def test_the_usual_folder_is_not_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    make("Datasets", monkeypatch, "--sequences", 300)

    assert "--data_root" not in capsys.readouterr().out.splitlines()[-1]
