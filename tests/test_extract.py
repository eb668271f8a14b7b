"""scripts.extract: a source model that is trained here, and its representations."""

import json
import pathlib
import shlex
import shutil

import absl.flags
import numpy as np
import pytest

from datasets import catalog, loading, npy_store, skeletons
from datasets.representations import agreement, extraction, store
from flags import extract, run, source, source_defaults
from simmc_tf import data as data_module
from simmc_tf import errors, startup
from simmc_tf.sources import names, saved, settings
from tests import programs

LENGTH = 4
PARTS = ("train", "A", "B")
IAS = catalog.find("IAS")
SMALL = ("--epochs", 1, "--batch_size", 4, "--units", 3, "--gpu", -1)


def write_data(root, scale=1.0, people=(0, 1, 2)):
    """IAS-Lab of few sequences."""
    for seed, part in enumerate(PARTS):
        folder = "train_npy_data" if part == "train" else f"test_npy_data/{part}"
        generator = np.random.default_rng(seed)
        sequences = scale * generator.normal(size=(9, LENGTH, 20, 3))
        split = data_module.Split(sequences, np.resize(people, 9))
        npy_store.write(root / "IAS" / str(LENGTH) / folder, "IAS", LENGTH, split)
    return root


@pytest.fixture(scope="module")
def data_root(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("Datasets"))


@pytest.fixture
def make(data_root, tmp_path, monkeypatch):
    """Runs the program, which writes below tmp_path."""
    program = programs.load("scripts/extract.py")

    def run_it(*arguments, data=data_root):
        programs.run(
            program,
            monkeypatch,
            *("--dataset", "IAS", "--length", LENGTH, "--data_root", data),
            *("--representation_root", tmp_path / "Representations"),
            *("--model_root", tmp_path / "Models", *SMALL, *arguments),
        )

    return run_it


def contents(folder):
    """Every file and its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def model_folder(tmp_path, name="MG-SCR"):
    return tmp_path / "Models" / "sources" / name / "IAS" / str(LENGTH)


def weights(tmp_path, name="MG-SCR"):
    """Of a model that was trained."""
    return saved.load(model_folder(tmp_path, name))[0].get_weights()


def test_all_splits_are_represented_by_the_model_that_was_trained(
    make, data_root, tmp_path, capsys
):
    make("--source", "mg-scr", "--probe", "B")
    said = capsys.readouterr().out.splitlines()

    model, had, description = saved.load(model_folder(tmp_path))
    assert (had.model, had.length, had.units, had.epochs) == ("MG-SCR", LENGTH, 3, 1)
    assert description["dataset"] == "IAS"
    assert description["joint_names"] == list(skeletons.KINECT_V1.joints)
    folder = store.find("MG-SCR", tmp_path / "Representations")
    known = agreement.known(IAS, LENGTH, data_root)
    read = store.load(folder, IAS, "A", LENGTH, known).data
    of = loading.load(IAS, "A", LENGTH, data_root).data
    for split, sequences in zip(read.splits.values(), of.splits.values(), strict=True):
        expected = model.represent(sequences.sequences)
        np.testing.assert_allclose(split.sequences, expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(split.persons, sequences.persons)
        assert split.sequences.dtype == np.float32

    assert [f"{part}: [9, {LENGTH}, 3]" for part in PARTS] == said[-5:-2]
    assert said[-2] == f"written to {folder / 'IAS' / str(LENGTH)}"
    program, *words = shlex.split(said[-1].removeprefix("next: python "))
    assert program == "SimMC-UF.py"
    options, where, _ = parsed(*words)
    data_set = options.find()
    assert options.choose_probe(data_set) == "B"
    assert options.model_root == tmp_path / "Models"
    store.load(where.find(), data_set, "B", options.length, known)


def test_a_model_that_is_there_is_used_again(make, tmp_path, capsys):
    make("--source", "MG-SCR")
    before = contents(tmp_path)
    with pytest.raises(
        errors.InputError, match="--overwrite .*--representation_root lea"
    ):
        make("--source", "MG-SCR", "--retrain")
    with pytest.raises(errors.InputError, match="--lr 0.5: .* 0.005; --retrain"):
        make("--source", "MG-SCR", "--lr", 0.5, "--overwrite")
    with pytest.raises(errors.InputError, match="differs in training data; --retrain"):
        make(
            *("--source", "MG-SCR", "--overwrite"),
            data=write_data(tmp_path / "other", 2.0),
        )
    capsys.readouterr()
    make("--source", "MG-SCR", "--overwrite")
    after = contents(tmp_path)
    assert {path: after[path] for path in before} == before
    said = capsys.readouterr().out
    assert "MG-SCR is there, best after epoch 1" in said and "1/1" not in said

    make("--source", "MG-SCR", "--overwrite", "--retrain", "--seed", 1)
    assert "1/1" in capsys.readouterr().out
    assert saved.load(model_folder(tmp_path))[1].seed == 1
    path = tmp_path / "Representations" / "MG-SCR" / "IAS" / str(LENGTH) / "A"
    features = path / store.FEATURES
    assert contents(path)[features] != before[features]


def test_what_a_model_has_not_got_is_refused(make, tmp_path):
    for name, flag, message in (
        ("MG-SCR", "--t=0.2", "--t 0.2: MG-SCR has none; it is for SGELA"),
        ("AGE", "--t=0.2", "--t 0.2: AGE has none"),
        ("SM-SGE", "--noteacher_forcing", "SM-SGE has none; it is for AGE and SGELA"),
    ):
        with pytest.raises(errors.InputError, match=message):
            make("--source", name, flag)
    with pytest.raises(errors.InputError, match="--source X: .*AGE, SGELA, MG-SCR"):
        make("--source", "X")
    with pytest.raises(errors.InputError, match="--source is missing"):
        make()
    with pytest.raises(errors.InputError, match="--lr must be finite and above 0"):
        make("--source", "AGE", "--lr", 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--lr", "inf"), "--lr must be finite and above 0, not inf"),
        (("--lr", 0), "--lr must be finite and above 0, not 0.0"),
        (("--epochs", 0), "--epochs must be 1 or more, not 0"),
        (("--batch_size", 0, "--model_size"), "--batch_size must be 1 or more, not 0"),
        (("--supervised", "--supervised_lr", "nan"), "--supervised_lr must be finite"),
    ],
)
def test_numbers_out_of_range_are_refused_before_tensorflow_loads(
    make, monkeypatch, words, message
):
    monkeypatch.setattr(startup, "prepare", pytest.fail)
    with pytest.raises(errors.InputError, match=message):
        make("--source", "MG-SCR", *words)


def test_sizes_are_told_without_data(make, tmp_path, capsys, monkeypatch):
    programs.run(
        programs.load("scripts/extract.py"),
        monkeypatch,
        *("--source", "MG-SCR", "--dataset", "KS20", "--gpu", -1, "--model_size"),
        *("--data_root", tmp_path),
    )
    said = capsys.readouterr().out
    assert "0.35 M as published (347,759)" in said and "MFLOPs" in said


def test_names_that_tell_no_part_are_refused_before_training(tmp_path):
    own = catalog.DataSet("Own", ("a", "b", "c"), (LENGTH,), {})
    task = extraction.Task(
        *("MG-SCR", own, LENGTH, pytest.fail, pytest.fail, {}, {}),
        *(tmp_path / "models", tmp_path / "representations"),
    )
    with pytest.raises(errors.InputError, match="a, b, c nobody can tell"):
        task.check()


def test_names_are_those_of_the_models():
    assert source_defaults.NAMES == names.NAMES
    for name in source_defaults.NAMES:
        for data_set in (*source_defaults.PERSONS, "Own"):
            found = source_defaults.find(name, data_set)
            settings.Settings(model=name, length=6, **found)


@pytest.mark.parametrize(
    ("name", "data_set", "expected"),
    [
        ("AGE", "KGBD", {"epochs": 400, "batch_size": 128, "lr": 5e-4, "units": 256}),
        ("SGELA", "KS20", {"epochs": 400, "batch_size": 128, "lr": 5e-4, "t": 0.1}),
        ("SGELA", "KGBD", {"epochs": 150, "t": 0.5}),
        ("SGELA", "CASIA_B", {"epochs": 100, "t": 0.15}),
        ("MG-SCR", "KS20", {"epochs": 300, "batch_size": 256, "units": 128}),
        ("MG-SCR", "IAS", {"epochs": 150, "batch_size": 256, "lr": 5e-3}),
        (
            *("MG-SCR", "CASIA_B"),
            {"epochs": 160, "batch_size": 128, "lr": 5e-4, "units": 256},
        ),
        ("SM-SGE", "KS20", {"epochs": 200, "batch_size": 64, "lr": 5e-4}),
        ("SM-SGE", "Own", {"epochs": 200, "batch_size": 64, "lr": 5e-4}),
        ("SM-SGE", "IAS", {"epochs": 120, "batch_size": 64, "lr": 2.5e-3}),
        ("SM-SGE", "BIWI", {"epochs": 120, "batch_size": 256, "lr": 5e-3}),
        ("SM-SGE", "KGBD", {"epochs": 160, "batch_size": 256, "units": 128}),
        ("SM-SGE", "CASIA_B", {"epochs": 200, "batch_size": 128, "lr": 5e-4}),
    ],
)
def test_defaults_are_the_published_ones(name, data_set, expected):
    found = source_defaults.find(name, data_set)
    assert {key: found[key] for key in expected} == expected


def parsed(*words):
    """Options of SimMC-UF.py, and all its flags."""
    values = absl.flags.FlagValues()
    run.define(values)
    source.define(values, default="SM-SGE")
    extract.define_prepare(values)
    values(["SimMC-UF.py", *map(str, words)])
    return run.read(values), source.read(values), values


def fine_tune(monkeypatch, *words):
    """Runs SimMC-UF.py in this process."""
    values = parsed("--gpu", -1, *words)[2]
    monkeypatch.setattr(absl.flags, "FLAGS", values)
    programs.load("SimMC-UF.py").main([])


def test_without_representations_simmc_uf_names_the_command(tmp_path, monkeypatch):
    root = tmp_path / "some where"
    with pytest.raises(errors.InputError) as caught:
        fine_tune(
            monkeypatch,
            *("--dataset", "BIWI", "--probe", "still", "--length", 8),
            *("--source", "SGELA", "--model_root", tmp_path / "models"),
            *("--representation_root", root, "--data_root", tmp_path),
        )
    assert str(caught.value) == (
        f"There are no representations in {root}/SGELA/BIWI/8; make them with: python "
        "-m scripts.extract --source SGELA --dataset BIWI --probe Still --length 8 "
        f"--representation_root '{root}' --data_root {tmp_path} --model_root "
        f"{tmp_path}/models (or let --prepare do it first)"
    )


def test_the_command_that_simmc_uf_names_is_as_short_as_it_can_be():
    _, where, _ = parsed("--dataset", "KS20")
    said = extract.command(where, "SM-SGE", catalog.find("KS20"), "probe", 6)
    assert said == (
        "python -m scripts.extract --source SM-SGE --dataset KS20 --probe probe"
    )


def test_other_representations_are_left_to_who_brings_them(tmp_path, monkeypatch):
    where = ("--representation_root", tmp_path, "--source", "mine")
    with pytest.raises(errors.InputError, match="there is no folder .*mine"):
        fine_tune(monkeypatch, "--dataset", "KS20", *where)
    with pytest.raises(errors.InputError, match="mine: no source model that can be"):
        fine_tune(monkeypatch, "--dataset", "KS20", *where, "--prepare")


def test_simmc_uf_prepares_what_it_needs(data_root, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(
        source_defaults._TABLE["MG-SCR"],
        *("IAS", {"epochs": 1, "units": 3, "batch_size": 4}),
    )
    words = (
        *("--dataset", "IAS", "--probe", "A", "--length", LENGTH, "--prepare"),
        *("--source", "MG-SCR", "--data_root", data_root, "--noexport", "--noreport"),
        *("--representation_root", tmp_path / "made", "--epochs", 1, "--H", 4),
        *("--model_root", tmp_path / "models", "--batch_size", 4),
    )
    fine_tune(monkeypatch, *words)
    said = capsys.readouterr().out
    assert "MG-SCR: best after epoch 1" in said and "SimMC-UF, MG-SCR on IAS" in said
    assert (tmp_path / "models" / "UF" / "MG-SCR" / "IAS" / "A" / "best.json").is_file()
    before = contents(tmp_path / "made")
    fine_tune(monkeypatch, *words, "--mode", "Eval")
    assert contents(tmp_path / "made") == before
    assert "MG-SCR: best" not in capsys.readouterr().out


def test_a_finished_run_is_refused_before_representations_are_made(
    data_root, tmp_path, monkeypatch
):
    run_folder = tmp_path / "UF" / "MG-SCR" / "IAS" / "A"
    run_folder.mkdir(parents=True)
    (run_folder / "best.json").write_text('{"epoch": 3}', encoding="utf-8")
    monkeypatch.setattr(extraction, "extract", pytest.fail)
    with pytest.raises(errors.InputError, match="holds a finished run"):
        fine_tune(
            *(monkeypatch, "--dataset", "IAS", "--probe", "A", "--length", LENGTH),
            *("--source", "MG-SCR", "--prepare", "--data_root", data_root),
            *("--representation_root", tmp_path / "none", "--model_root", tmp_path),
        )


SUPERVISED = ("--source", "MG-SCR", "--supervised", "--supervised_epochs", 1)
LABELLED = "MG-SCR-labels"


def test_identity_labels_reach_neither_the_pretext_nor_its_folders(make, tmp_path):
    make("--source", "MG-SCR")
    without = contents(tmp_path)
    make(*SUPERVISED)
    after = contents(tmp_path)
    assert {path: after[path] for path in without} == without
    assert all(LABELLED in path.parts for path in set(after) - set(without))

    pretext, labelled = weights(tmp_path), weights(tmp_path, LABELLED)
    permuted = write_data(tmp_path / "permuted", people=(1, 1, 2, 0, 2))
    make(*SUPERVISED, "--overwrite", "--retrain", data=permuted)
    assert all(map(np.array_equal, pretext, weights(tmp_path)))
    assert not all(map(np.array_equal, labelled, weights(tmp_path, LABELLED)))
    with pytest.raises(errors.InputError, match="differs in identity labels; --retr"):
        make(*SUPERVISED, "--overwrite")


def test_a_supervised_stage_that_cannot_be_is_refused_in_one_line(make, tmp_path):
    alone = write_data(tmp_path / "alone", people=(4,))
    for arguments, message in (
        (("--source", "SM-SGE", "--supervised"), "SM-SGE has no .* it is for MG-SCR"),
        (("--source", "AGE", "--supervised"), "AGE has no supervised stage here"),
        (("--source", LABELLED), f"--source {LABELLED}: say that as .* --supervised"),
        (("--source", "MG-SCR", "--supervised_lr", 0.1), "0.1: .* add --supervised"),
        (
            (*SUPERVISED, "--supervised_lr", 0),
            "--supervised_lr must be finite and above 0",
        ),
        (SUPERVISED, "2 or more known persons, found person 4 alone"),
    ):
        with pytest.raises(errors.InputError, match=message) as caught:
            make(*arguments, data=alone)
        assert "\n" not in str(caught.value)
    # Not even the pretext was trained first.
    assert [path.name for path in tmp_path.iterdir()] == ["alone"]


def test_all_that_use_them_say_that_identity_labels_made_them(
    make, data_root, tmp_path, monkeypatch, capsys
):
    make(*SUPERVISED)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{LABELLED} on IAS")
    assert any("9 sequences with identity labels of 3 persons" in s for s in lines)
    assert lines[-2] == f"{LABELLED}: {names.MADE_WITH_LABELS}"
    assert f"--source {LABELLED} " in lines[-1]
    _, had, told = saved.load(model_folder(tmp_path, LABELLED))
    assert told["identity_labels"] is True and told["persons"] == [0, 1, 2]
    # The published rate; of the rest it shares what the command line says.
    assert (had.lr, had.epochs, had.batch_size, had.units) == (5e-4, 1, 4, 3)
    places = (
        *("--dataset", "IAS", "--probe", "A", "--length", LENGTH),
        *("--representation_root", tmp_path / "Representations"),
        *("--data_root", data_root),
    )
    trains = ("--source", LABELLED, "--epochs", 1, "--H", 4, "--batch_size", 4)
    trains += ("--model_root", tmp_path / "models", "--noreport", "--preset", "auto")
    fine_tune(monkeypatch, *places, *trains, "--noexport")
    said = capsys.readouterr().out
    assert names.MADE_WITH_LABELS in said and "no identity label" not in said
    assert "auto preset: no further identity label is read anywhere" in said
    run_folder = tmp_path / "models" / "UF" / LABELLED / "IAS" / "A"
    best = json.loads((run_folder / "best.json").read_text(encoding="utf-8"))
    assert best["identity_labels"] is True
    for mode in ("Eval", "Export"):
        fine_tune(monkeypatch, *places, *trains, "--mode", mode)
        assert names.MADE_WITH_LABELS in capsys.readouterr().out
    published = ("--preset", "published", "--protocol", "published")
    again = ("--noexport", "--overwrite")
    fine_tune(monkeypatch, *places, *trains[:-2], *published, *again)
    said = capsys.readouterr().out
    assert "--protocol strict reads no further label" in said
    evaluate = programs.load("scripts/evaluate.py")
    programs.run(evaluate, monkeypatch, *places, "--representation", LABELLED)
    assert f"note: {LABELLED} was made with identity" in capsys.readouterr().out

    # A copy of the splits alone says nothing by its name.
    base = tmp_path / "Representations" / LABELLED / "IAS" / str(LENGTH)
    copy = tmp_path / "Representations" / "copy" / "IAS" / str(LENGTH)
    shutil.copytree(base, copy, ignore=shutil.ignore_patterns(store.ABOUT))
    fine_tune(monkeypatch, *places, *trains, "--source", "copy", "--noexport")
    said = capsys.readouterr().out
    assert "note: copy: not known whether identity labels made these" in said

    folder = tmp_path / "Representations" / LABELLED
    (folder / "IAS" / str(LENGTH) / store.ABOUT).write_text("[]", encoding="utf-8")
    with pytest.raises(errors.InputError, match=r"about\.json.* cannot be read"):
        store.load(folder, IAS, "A", LENGTH)


def test_without_labelled_representations_the_command_has_supervised(
    tmp_path, monkeypatch
):
    with pytest.raises(errors.InputError, match="--source MG-SCR --supervised --data"):
        fine_tune(
            *(monkeypatch, "--dataset", "IAS", "--source", LABELLED),
            *("--representation_root", tmp_path, "--data_root", tmp_path),
        )


def test_the_head_is_counted_where_it_is_trained(tmp_path, monkeypatch, capsys):
    programs.run(
        programs.load("scripts/extract.py"),
        monkeypatch,
        *("--source", "MG-SCR", "--dataset", "KS20", "--gpu", -1, "--model_size"),
        *("--data_root", tmp_path, "--supervised"),
    )
    # 328,603 and the head's 128 x 128 + 128 + 129 x 20.
    assert "here (347,695)" in capsys.readouterr().out


def test_models_lie_below_the_model_root():
    task = extraction.Task(
        *("AGE", IAS, 6, pytest.fail, pytest.fail, {}, {}),
        *(pathlib.Path("ReID_Models"), pathlib.Path("Representations/AGE")),
    )
    assert task.model_folder == pathlib.Path("ReID_Models/sources/AGE/IAS/6")
    assert task.base == pathlib.Path("Representations/AGE/IAS/6")
