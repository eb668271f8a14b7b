"""scripts.make_representations: functions of skeletons, stored as a source model's."""

import shlex

import absl.flags
import numpy as np
import pytest

from datasets import catalog, loading, npy_store, skeletons
from datasets.representations import agreement, functions, provenance, store
from flags import run as run_flags
from flags import source as source_flags
from simmc_tf import data as data_module
from simmc_tf import errors, sampling
from tests import programs

LENGTH = 8
PARTS = ("train", "A", "B")
IAS = catalog.find("IAS")


@pytest.fixture(scope="module")
def data_root(tmp_path_factory):
    """IAS-Lab of few sequences."""
    root = tmp_path_factory.mktemp("Datasets")
    for seed, part in enumerate(PARTS):
        folder = "train_npy_data" if part == "train" else f"test_npy_data/{part}"
        generator = np.random.default_rng(seed)
        sequences = generator.normal(size=(12, LENGTH, 20, 3))
        split = data_module.Split(sequences, np.arange(12) % 3)
        npy_store.write(root / "IAS" / str(LENGTH) / folder, "IAS", LENGTH, split)
    return root


@pytest.fixture
def make(data_root, tmp_path, monkeypatch):
    """Runs the program, which writes below tmp_path / "Representations"."""
    program = programs.load("scripts/make_representations.py")

    def run(*arguments):
        programs.run(
            program,
            monkeypatch,
            *("--dataset", "IAS", "--length", LENGTH, "--data_root", data_root),
            *("--representation_root", tmp_path / "Representations"),
            *arguments,
        )

    return run


def contents(folder):
    """Every file and its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", functions.NAMES)
def test_what_is_written_is_the_function_of_every_skeleton(
    name, make, data_root, tmp_path
):
    make("--representation", name)

    source = store.find(name, tmp_path / "Representations")
    known = agreement.known(IAS, LENGTH, data_root)
    loaded = store.load(source, IAS, "A", LENGTH, known)
    read = loaded.data
    assert provenance.of_origin(loaded.origin) is False
    skeletons_read = loading.load(IAS, "A", LENGTH, data_root).data
    function = functions.find(name, skeletons.KINECT_V1.joints)
    for split, of in zip(
        read.splits.values(), skeletons_read.splits.values(), strict=True
    ):
        expected = function.of_skeletons(of.sequences)
        np.testing.assert_array_equal(split.sequences, expected)
        np.testing.assert_array_equal(split.persons, of.persons)
        assert split.sequences.dtype == np.float32


def test_what_was_made_is_told(make, tmp_path, capsys):
    make("--representation", "d-13")
    said = capsys.readouterr().out.splitlines()
    base = tmp_path / "Representations" / "D-13" / "IAS" / str(LENGTH)
    assert said[:-1] == [
        *(f"{part}: [12, {LENGTH}, 13]" for part in PARTS),
        f"written to {base}",
    ]


def test_the_next_command_trains_on_what_was_made(make, capsys):
    make("--source", "my copy", "--probe", "B")
    text = capsys.readouterr().out.splitlines()[-1].removeprefix("next: python ")
    program, *arguments = shlex.split(text)

    assert program == "SimMC-UF.py"
    values = absl.flags.FlagValues()
    run_flags.define(values)
    source_flags.define(values, default="SM-SGE")
    values([program, *arguments])
    options = run_flags.read(values)
    data_set = options.find()
    probe, length = options.choose_probe(data_set), options.length
    data = store.load(
        source_flags.read(values).find(),
        data_set,
        probe,
        length,
        source_flags.known(options, data_set, length),
    ).data
    assert (data_set.name, probe, length) == ("IAS", "B", LENGTH)
    config = options.config(data_set.name, probe, length)
    assert len(sampling.training_rows(data, config))


def test_another_name_or_path_may_be_given(make, tmp_path):
    make("--source", "Copy")
    make("--source", f"{tmp_path}/elsewhere/mine")
    first, second = (
        {
            path.relative_to(folder): content
            for path, content in contents(folder).items()
        }
        for folder in (
            tmp_path / "Representations" / "Copy",
            tmp_path / "elsewhere" / "mine",
        )
    )
    assert first == second and len(first) == 7


@pytest.mark.parametrize("source", [".", ".."])
def test_the_folder_of_all_sources_is_no_source(source, make, tmp_path):
    with pytest.raises(errors.InputError, match=f"--source {source}: expected"):
        make("--source", source)
    assert not contents(tmp_path)


def test_what_is_there_is_not_replaced_unless_one_asks(make, tmp_path):
    make("--representation", "raw", "--source", "Copy")
    before = contents(tmp_path)

    with pytest.raises(errors.InputError, match="--overwrite replaces it"):
        make("--representation", "D-16", "--source", "Copy")
    assert contents(tmp_path) == before

    make("--representation", "D-16", "--source", "Copy", "--overwrite")
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    path = tmp_path / "Representations" / "Copy" / "IAS" / str(LENGTH) / "A"
    assert np.load(path / "features.npy").shape == (12, LENGTH, 16)


def test_what_is_no_representation_is_not_replaced(make, tmp_path):
    make("--source", "Copy")
    notes = tmp_path / "Representations" / "Copy" / "IAS" / str(LENGTH) / "notes.txt"
    notes.write_text("mine")
    with pytest.raises(errors.InputError, match=r"notes\.txt .* would be lost"):
        make("--source", "Copy", "--overwrite")
    assert notes.read_text() == "mine"


def test_nothing_is_written_or_lost_where_a_split_is_broken(
    make, data_root, tmp_path, monkeypatch
):
    make("--source", "Copy")
    before = contents(tmp_path)

    def broken(self, data_set, length):
        yield "train", loading.load(data_set, None, length, data_root).data.train
        raise errors.InputError("A is broken")

    monkeypatch.setattr("flags.data_set.Options.splits", broken)
    for source in ("Copy", "Other"):
        with pytest.raises(errors.InputError, match="A is broken"):
            make("--source", source, "--overwrite", "--representation", "D-13")
    assert contents(tmp_path) == before


def test_generated_walkers_and_what_their_joints_allow(make, tmp_path, capsys):
    make(
        *("--dataset", "Synthetic", "--synthetic_persons", 4, "--length", 0),
        *("--representation", "D-16"),
    )
    said = capsys.readouterr().out
    assert "written to" in said and "--synthetic_persons 4" in said
    source = tmp_path / "Representations" / "D-16"
    read = store.load(source, catalog.synthetic(0), "probe", 6).data
    assert {split.sequences.shape[1:] for split in read.splits.values()} == {(6, 16)}


def test_notes_on_the_joints_are_told(make, tmp_path, capsys):
    for part in ("train_npy_data", *(f"test_npy_data/{c}" for c in ("nm", "cl", "bg"))):
        split = data_module.Split(np.ones((2, 40, 14, 3)), np.array([0, 1]))
        npy_store.write(tmp_path / "CASIA_B" / "40" / part, "CASIA_B", 40, split)
    make(
        *("--dataset", "CAISA_B", "--length", 0, "--data_root", tmp_path),
        *("--representation", "D-16"),
    )
    said = capsys.readouterr().out
    assert said.startswith(
        "D-16: left out, for want of the joints: torso, spine to hips\n"
        "D-16: stand-ins: Nose for Head, "
    )
    assert "nm: [2, 40, 14]" in said and "--probe_type nm.nm" in said


def test_data_that_are_not_there_are_named(make, tmp_path):
    with pytest.raises(errors.InputError, match="There is no folder"):
        make("--dataset", "KS20", "--length", 6)
    assert not contents(tmp_path)


def test_the_program_starts(data_root, tmp_path):
    done = programs.start(
        *("-m", "scripts.make_representations", "--dataset", "IAS", "--length", LENGTH),
        *("--data_root", data_root, "--representation_root", tmp_path),
    )
    assert done.returncode == 0 and done.stderr == ""
    assert (tmp_path / "raw" / "IAS" / str(LENGTH) / "B" / "features.npy").is_file()
