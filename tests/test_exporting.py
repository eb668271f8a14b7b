"""Exports of runs: what they hold, what replaces what, and what is refused."""

import contextlib
import dataclasses
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import (
    checkpoints,
    errors,
    evaluation,
    experiment,
    folders,
    presets,
    resuming,
    runs,
)
from simmc_tf.export import about as abouts
from simmc_tf.export import embedder, exporting, saved_model
from simmc_tf.export import graph as graphs
from simmc_tf.sources import names
from tests import exported_models, recorded_walks

AUTO = presets.config("auto", 4, {"H": 16, "batch_size": 12, "epochs": 1}, {})
ABOUT = {"dataset": "Mine", "length": 4, "unit": "m", "joint_names": ["a", "b"]}


def contents(folder):
    """Every file and its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    exported_models.export(folder, "published")
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """An exported run with other weights."""
    folder = tmp_path_factory.mktemp("other")
    exported_models.export(folder, "published", seed=1)
    return folder


@pytest.fixture
def run(made, tmp_path):
    """A run of its own, exported."""
    return shutil.copytree(made, tmp_path / "run")


@pytest.mark.parametrize("kind", ["published", "auto"])
def test_an_export_has_the_metrics_of_its_model_to_the_last_digit(kind, made, tmp_path):
    folder = made if kind == "published" else tmp_path
    if kind != "published":
        exported_models.export(folder, kind)
    data = recorded_walks.data(scale=6.0)
    simmc, config, _ = checkpoints.load(folder)
    config = dataclasses.replace(config, batch_size=5)
    scores, scores_all = experiment.evaluate(data, config, simmc)

    found = embedder.load(folder)

    assert scores.mean_ap < 0.99  # Else wrong embeddings had them, too.
    for expected, counted in ((scores, config.counted_batch), (scores_all, 1)):
        assert evaluation.match(data.matching, found.encode, counted) == expected


def test_the_files_that_the_documentation_names_are_made(run):
    names = {str(path.relative_to(run)) for path in contents(run / "export")}
    names.discard("export/1/fingerprint.pb")
    assert names == {
        "export/embedder.keras",
        "export/1/saved_model.pb",
        "export/1/assets/simmc.json",
        "export/1/variables/variables.index",
        "export/1/variables/variables.data-00000-of-00001",
    }


def test_the_digest_is_of_the_weights(run, other):
    first = embedder.load(run).about
    exporting.export(run, True, {})

    assert embedder.load(run).about == first
    assert embedder.load(other).about.digest != first.digest


def test_an_export_with_the_weights_of_another_is_refused(run, other):
    version, whole = run / "export" / "1", other / "export" / "1"
    shutil.copytree(whole / "variables", version / "variables", dirs_exist_ok=True)

    for path in (run, version):
        assert_refused(path, str(version), "the one that simmc.json tells", "copy it")
    forget_files(run)
    for path in (run, version):
        assert_refused(path, str(version), "not those that simmc.json tells", "copy it")

    # All of it is of one model again.
    shutil.copytree(whole, version, dirs_exist_ok=True)
    assert embedder.load(version).about == embedder.load(whole).about


def test_the_digest_is_of_what_no_layer_holds_too(tmp_path):
    run = exported_models.save(tmp_path, "auto")
    graph = graphs.build(run.model, True)
    digests = {saved_model.digest(graph)}
    for number, constant in enumerate(graph.constants):
        changed = list(graph.constants)
        changed[number] = constant + 1
        changes = dataclasses.replace(graph, constants=tuple(changed))
        digests.add(saved_model.digest(changes))

    preparation, encoder = run.model.preparation, run.model.encoder
    assert len(digests) == 5
    assert graph.constants[0].tolist() == [1, preparation.vertical]
    for found, expected in zip(
        graph.constants[1:],
        (
            preparation.centre,
            preparation.mean_skeleton,
            encoder.whitening_weights[0],
        ),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_what_config_json_does_not_tell_is_taken_from_the_data_set(run):
    path = run / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    del config["unit"]
    path.write_text(json.dumps(config), encoding="utf-8")

    exporting.export(run, True, {"unit": "cm", "length": 99})

    about = embedder.load(run).about
    assert (about.unit, about.length) == ("cm", 4)


@pytest.mark.parametrize("part", ["", "export", "export/1"])
def test_any_of_its_folders_is_loaded_and_any_copy(run, tmp_path, part):
    copy = shutil.copytree(run / part, tmp_path / "copy")

    for path in (run / part, copy, str(copy)):
        assert embedder.load(path).about == embedder.load(run).about


def test_of_several_versions_the_last_is_loaded(run, other, tmp_path):
    for version, source in (("2", run), ("10", other)):
        shutil.copytree(source / "export" / "1", tmp_path / "served" / version)

    found = embedder.load(tmp_path / "served").about

    assert found == embedder.load(other).about


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=str
)
@pytest.mark.parametrize("where", ["saved model", "keras", "exchange"])
def test_an_export_that_fails_leaves_the_former_one(run, monkeypatch, failure, where):
    before = contents(run)
    checked = type(run).rename

    def fail(*_):
        raise failure

    def write(folder, *_):
        (folder / "variables").mkdir(parents=True)
        (folder / "variables" / "half").write_bytes(b"half")
        raise failure

    def rename(path, target):
        if target == run / "export" and path.name == "new":
            raise failure
        return checked(path, target)

    if where == "saved model":
        monkeypatch.setattr(saved_model, "write", write)
    elif where == "keras":
        monkeypatch.setattr("keras.Model.save", fail)
    else:
        monkeypatch.setattr(type(run), "rename", rename)

    expected = errors.InputError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected) as stopped:
        exporting.export(run, True, {})
    if expected is errors.InputError:
        assert "(No space left on device); what was" in str(stopped.value)

    monkeypatch.undo()
    assert contents(run) == before
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


def test_a_failure_of_tensorflow_is_one_line(run, monkeypatch):
    before = contents(run)

    def fail(*_):
        raise tf.errors.ResourceExhaustedError(
            None, None, "{{function_node x}} temporary; disk full [Op:Save]\nmore"
        )

    monkeypatch.setattr(saved_model, "write", fail)
    with pytest.raises(errors.InputError) as refused:
        exporting.export(run, True, {})

    assert "(disk full)" in str(refused.value) and "left as it was" in str(
        refused.value
    )
    assert contents(run) == before


def test_what_a_killed_export_left_is_mended_by_the_next(run, monkeypatch):
    before = contents(run)
    rename = type(run).rename

    def killed(path, target):
        if target == run / "export":
            raise KeyboardInterrupt
        return rename(path, target)

    # Who is killed clears nothing.
    monkeypatch.setattr(folders, "clear", lambda _: None)
    monkeypatch.setattr(type(run), "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        exporting.export(run, True, {})
    monkeypatch.undo()
    assert not (run / "export").exists()

    def fail(*_):
        raise OSError("full")

    monkeypatch.setattr(saved_model, "write", fail)
    with pytest.raises(errors.InputError, match="full"):
        exporting.export(run, True, {})

    assert contents(run) == before


def test_what_was_converted_from_a_former_model_goes_with_it(run):
    (run / "export" / "embedder.tflite").write_bytes(b"")

    exporting.export(run, True, {})

    assert not (run / "export" / "embedder.tflite").exists()


def test_files_of_others_are_not_replaced(run):
    (run / "export" / "notes.txt").write_text("mine", encoding="utf-8")
    before = contents(run)

    with pytest.raises(errors.InputError, match=r"export/notes.txt was not made here"):
        exporting.export(run, True, {})
    # Said before hours of training.
    with pytest.raises(errors.InputError, match="notes"):
        runs.train(
            recorded_walks.data(), AUTO, run, ABOUT, print, runs.After(export=True)
        )

    assert contents(run) == before


def test_an_export_of_no_model_is_refused_and_makes_nothing(tmp_path):
    with pytest.raises(errors.InputError, match="no trained model"):
        exporting.export(tmp_path / "nowhere", True, {})

    assert not list(tmp_path.iterdir())


def test_a_model_that_is_not_meant_is_not_exported(run):
    before = contents(run)

    def refuse(config, about):
        raise errors.InputError(f"{config.H} {about['dataset']}")

    with pytest.raises(errors.InputError, match="16 Mine"):
        exporting.export(run, True, {}, refuse)

    assert contents(run) == before


def test_an_export_of_a_model_that_was_replaced_is_not_loaded(run):
    exported_models.save(run, "auto")

    with pytest.raises(errors.InputError, match="earlier model.*--mode Export"):
        embedder.load(run)

    # Where it is asked for by itself, it is what it says.
    assert embedder.load(run / "export").about.hyperparameters["preset"] == "published"


def stops(line):
    if line.startswith("epoch 1"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("exports", "meanwhile", "remedy"),
    [
        (False, None, "the same command with --mode Export, without --noexport"),
        (True, stops, "the same command with --mode Export"),
        (True, None, None),
    ],
    ids=["not exported", "interrupted", "exported"],
)
def test_an_export_that_stays_of_an_earlier_model_is_named(
    run, exports, meanwhile, remedy
):
    lines = []

    def report(line):
        lines.append(line)
        if meanwhile is not None:
            meanwhile(line)

    with pytest.raises(KeyboardInterrupt) if meanwhile else contextlib.nullcontext():
        runs.train(
            *(recorded_walks.data(), AUTO, run, ABOUT, report),
            runs.After(export=exports),
            resuming.Existing(overwrite=True),
        )

    place = run / "export"
    before = f"its export in {place} stays, of the earlier model, until"
    assert any(line.startswith(before) for line in lines)
    notes = [line for line in lines if "is still of the earlier model" in line]
    expected = f"note: the export in {place} is still of the earlier model; replace it"
    assert notes == ([] if remedy is None else [f"{expected} by {remedy}"])


def test_without_an_export_or_another_model_there_is_nothing_to_say_of_it(
    run, tmp_path
):
    exported_models.save(tmp_path / "bare", "published")
    assert exporting.stale(run) is exporting.stale(tmp_path / "bare") is None
    assert exporting.stale(tmp_path / "nowhere") is None


def assert_refused(path, *parts):
    with pytest.raises(errors.InputError) as refused:
        embedder.load(path)
    for part in parts:
        assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_where_there_is_no_export_that_is_said(tmp_path):
    assert_refused(tmp_path, "no exported model", str(tmp_path), "--mode Export")
    assert_refused(tmp_path, "or give the folder of another by --model")
    assert_refused(tmp_path / "nowhere", "no exported model")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (None, "simmc.json"),
        ("{", "simmc.json"),
        ("[]", "simmc.json"),
        ('{"format": 1}', "simmc.json"),
        ('{"format": 999}', "format 999"),
    ],
)
def test_what_does_not_tell_of_a_model_is_refused(run, content, part):
    path = run / "export" / "1" / "assets" / "simmc.json"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")

    assert_refused(run / "export", part)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("length", "6"),
        ("length", True),
        ("unit", ["m"]),
        ("digest", 5),
        ("kind", "pictures"),
        ("skeleton", [20]),
        ("skeleton", [5, 2]),
        ("skeleton", "53"),
        ("size", -1),
        ("size", 1.5),
        ("joint_names", "abcde"),
        ("joint_names", ["a", "b"]),
        ("joint_names", [1, 2, 3, 4, 5]),
        ("files", []),
        ("config_sha256", None),
        ("identity_labels", "no"),
    ],
)
def test_what_no_export_tells_of_itself_is_refused(run, name, value):
    path = run / "export" / "1" / "assets" / "simmc.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, name: value}), encoding="utf-8")

    for read in (abouts.read, lambda path: embedder.find(run)):
        with pytest.raises(errors.InputError) as refused:
            read(path)
        assert f"{path} does not tell of an exported model ({name} " in str(
            refused.value
        )


@pytest.mark.parametrize(
    "name", ["saved_model.pb", "variables/variables.data-00000-of-00001"]
)
@pytest.mark.parametrize("content", [b"", b"no such thing"])
def test_a_broken_export_is_refused(run, name, content):
    (run / "export" / "1" / name).write_bytes(content)
    assert_refused(run, f"{name} is not the one that simmc.json", "--mode Export")

    forget_files(run)

    assert_refused(run, "cannot be read", "--mode Export")


def test_an_export_without_one_of_its_files_is_refused(run):
    (run / "export" / "1" / "variables" / "variables.index").unlink()

    assert_refused(run, "no readable variables/variables.index that simmc.json tells")


def forget_files(run):
    """An export as those were that told nothing of their files."""
    path = run / "export" / "1" / "assets" / "simmc.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    del told["files"]
    path.write_text(json.dumps(told), encoding="utf-8")


def test_a_graph_of_another_export_is_not_run(run, other, monkeypatch):
    name = "saved_model.pb"
    shutil.copy(other / "export" / "1" / name, run / "export" / "1" / name)
    monkeypatch.setattr(tf.saved_model, "load", lambda path: pytest.fail("loaded"))

    assert_refused(run, f"{name} is not the one that simmc.json tells of", "copy it")


def test_exports_that_tell_nothing_of_their_files_are_loaded(run):
    about = embedder.load(run).about
    forget_files(run)

    assert embedder.load(run).about == about and about.files


def test_a_saved_model_of_others_is_refused(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path))

    assert_refused(tmp_path, "simmc.json")


def test_an_export_tells_whether_identity_labels_made_what_it_was_trained_on(run):
    path = run / checkpoints.CONFIG
    content = json.loads(path.read_text(encoding="utf-8"))
    for labelled in (True, False):
        changes = {"identity_labels": True} if labelled else {}
        path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
        exporting.export(run, True, {})
        said = []
        embedder.load(run).about.note_labels(said.append)
        assert [names.MADE_WITH_LABELS in line for line in said] == [True] * labelled


def test_an_export_tells_where_nobody_knows_of_identity_labels(run):
    path = run / checkpoints.CONFIG
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "identity_labels": None}), encoding="utf-8")
    exporting.export(run, True, {})
    said = []
    about = embedder.load(run).about
    about.note_labels(said.append)

    assert about.identity_labels is None
    assert len(said) == 1 and "not known whether identity labels" in said[0]


def test_figures_that_cannot_be_read_are_told(run):
    (run / "best.json").write_text("{", encoding="utf-8")

    with pytest.raises(errors.InputError, match="best.json cannot be read"):
        exporting.export(run, True, {})


def test_what_is_visible_is_told_by_truth_values():
    about = abouts.About("joints", (2, 3), 1, "a" * 64)
    embed = embedder.Embedder(about, lambda some, seen: seen[:, :1]).embed
    joints = np.zeros((2, 3, 2, 3))

    for kind in (bool, int):
        visible = np.array([[1, 0, 1], [0, 1, 1]], kind)
        assert embed(joints, visible).tolist() == [[1], [0]]
    for wrong in (2, -1):  # As -1 for "not visible".
        with pytest.raises(errors.InputError, match=f"visible has {wrong}; expected"):
            embed(joints, np.array([[1, 0, 1], [1, wrong, 1]]))


def test_the_encoder_is_exported_and_not_the_predictor(run):
    loaded = tf.saved_model.load(str(run / "export" / "1"))
    count = sum(int(np.prod(each.shape)) for each in loaded.kept)

    joints, width = exported_models.JOINTS, 16
    assert count == 3 * joints * width + width + width * width + width
