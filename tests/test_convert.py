"""TensorFlow Lite and ONNX of an export: run, and set beside the SavedModel."""

import importlib.util
import json
import re
import shutil
import sys

import numpy as np
import pytest

from datasets import loading
from scripts import convert
from simmc_tf import atomic, errors, evaluation
from simmc_tf.export import embedder, exporting, lite, onnx
from simmc_tf.sources import names
from tests import exported_models, programs

needs_onnx = pytest.mark.skipif(
    onnx.missing() is not None,
    reason=f"{onnx.missing()} is not installed (requirements-export.txt)",
)
# TensorFlow's own interpreter is used where the other one is not installed.
INTERPRETERS = [
    pytest.param("tensorflow"),
    pytest.param(
        "ai_edge_litert",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("ai_edge_litert") is None,
            reason="ai-edge-litert is not installed",
        ),
    ),
]


@pytest.fixture(scope="module", params=["published", "auto", "auto_vectors"])
def run(request, tmp_path_factory):
    return exported_models.export(tmp_path_factory.mktemp("run"), request.param)


@pytest.fixture(scope="module")
def original(run):
    return embedder.load(run.folder)


def difference(found, expected):
    """The largest one, as a share of the largest number."""
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.fixture(scope="module")
def lite_files(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lite")
    paths = {}
    for name, dynamic in (("float32", False), ("dynamic", True)):
        paths[name] = folder / f"{name}.tflite"
        content = lite.convert(run.folder / "export" / "1", dynamic)
        paths[name].write_bytes(content)
    return paths


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_tensorflow_lite_embeds_what_the_saved_model_does(
    run, original, lite_files, interpreter, monkeypatch
):
    if interpreter == "tensorflow":
        monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    call = lite.load(lite_files["float32"], original.about.kind)
    found = embedder.Embedder(original.about, call)

    for count, length in ((5, 4), (1, 1), (3, 7)):
        sequences = run.draw(count, length)
        visible = np.arange(count * length).reshape(count, length) % 3 > 0
        assert difference(found.embed(sequences), original.embed(sequences)) < 1e-5
        hidden = sequences.copy()
        hidden[~visible] = np.nan
        expected = original.embed(sequences, visible)
        if expected.any():
            assert difference(found.embed(hidden, visible), expected) < 1e-5
        else:
            assert not found.embed(hidden, visible).any()


def test_weights_of_8_bits_embed_nearly_the_same(run, original, lite_files):
    call = lite.load(lite_files["dynamic"], original.about.kind)
    sequences = run.draw(20, 4)

    found = embedder.Embedder(original.about, call).embed(sequences)

    # Sequences are nearest to themselves among all.
    expected = original.embed(sequences)
    distances = np.linalg.norm(found[:, np.newaxis] - expected, axis=2)
    assert (distances.argmin(axis=1) == np.arange(20)).mean() > 0.8
    assert found.shape == expected.shape


@needs_onnx
def test_onnx_embeds_what_the_saved_model_does(run, original, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx.convert(run.folder / "export" / "1", original.about))
    found = embedder.Embedder(original.about, onnx.load(path, original.about.kind))

    for count, length in ((5, 4), (1, 1), (3, 7)):
        sequences = run.draw(count, length)
        assert difference(found.embed(sequences), original.embed(sequences)) < 1e-5
    with pytest.raises(errors.InputError, match="no signature with visible frames"):
        found.embed(run.draw(2, 2), np.ones((2, 2), bool))


@needs_onnx
def test_axes_of_the_onnx_model_have_names(run, original, tmp_path):
    import onnxruntime

    path = tmp_path / "model.onnx"
    path.write_bytes(onnx.convert(run.folder / "export" / "1", original.about))
    session = onnxruntime.InferenceSession(str(path))

    (given,), (result,) = session.get_inputs(), session.get_outputs()
    assert given.name == original.about.kind
    assert given.shape == ["batch", "frames", *original.about.skeleton]
    assert (result.name, result.shape) == ("embedding", ["batch", 16])


@needs_onnx
def test_a_file_that_is_no_onnx_model_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no such thing")

    with pytest.raises(errors.InputError, match="cannot be read"):
        onnx.load(tmp_path / "model.onnx", "joints")


def test_onnx_without_its_packages_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(errors.InputError, match="requirements-export.txt"):
        onnx.check()


@pytest.mark.parametrize("content", [b"", b"no such thing"])
def test_a_file_that_is_no_lite_model_is_refused(tmp_path, content):
    (tmp_path / "model.tflite").write_bytes(content)

    with pytest.raises(errors.InputError, match="cannot be read"):
        lite.load(tmp_path / "model.tflite", "joints")


@pytest.fixture(scope="module")
def of_walkers(tmp_path_factory):
    """A run on the generated walkers, as if it had been trained."""
    return exported_models.export(
        tmp_path_factory.mktemp("walkers"), "published", joints=20, dataset="Synthetic"
    )


def converted(monkeypatch, capsys, *arguments):
    """Printed rows by name: bytes and figures."""
    programs.run(convert, monkeypatch, *arguments)
    text = capsys.readouterr().out
    rows = re.findall(r"^(\w+) +([\d,]+) +([\d.e+ -]+)$", text, re.MULTILINE)
    return {name: (size, figures.split()) for name, size, figures in rows}, text


def test_what_is_lost_is_told_on_the_data_of_the_model(of_walkers, monkeypatch, capsys):
    rows, text = converted(
        *(monkeypatch, capsys, "--model", of_walkers.folder),
        *("--to", "tflite,tflite_dynamic", "--synthetic_persons", "4"),
    )

    assert list(rows) == ["SavedModel", "tflite", "tflite_dynamic"]
    place = of_walkers.folder / "export"
    for name, file in (
        ("tflite", "embedder.tflite"),
        ("tflite_dynamic", "embedder_dynamic.tflite"),
    ):
        size, (difference, *scores, lost_top1, lost_map) = rows[name]
        assert size == f"{(place / file).stat().st_size:,}"
        assert float(difference) < (1e-5 if name == "tflite" else 1)
        before, after = (
            np.array(each, float) for each in (rows["SavedModel"][1], scores)
        )
        assert np.allclose(
            before - after, [float(lost_top1), float(lost_map)], atol=2e-4
        )
    assert f"saved in {place / 'embedder.tflite'}, " in text


@pytest.fixture
def walkers(of_walkers, tmp_path):
    """A run of its own on 4 walkers of seed 7, exported."""
    run = shutil.copytree(of_walkers.folder, tmp_path / "run")
    path = run / "config.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told |= {"synthetic_persons": 4, "synthetic_seed": 7}
    path.write_text(json.dumps(told), encoding="utf-8")
    exporting.export(run, True, {})
    return run


@pytest.mark.parametrize(
    ("part", "arguments", "told"),
    [
        ("", [], "--synthetic_persons 4, --synthetic_seed 7"),
        ("export", [], "--synthetic_persons 4, --synthetic_seed 7"),
        (
            "export/1",
            ["--synthetic_seed", "1"],
            "--synthetic_persons 4, --synthetic_seed 1; not known to be those of its "
            "training",
        ),
    ],
)
def test_what_is_lost_is_told_on_the_walkers_of_the_run(
    walkers, part, arguments, told, monkeypatch, capsys
):
    _, text = converted(
        *(monkeypatch, capsys, "--model", walkers / part, "--to", "tflite"), *arguments
    )

    assert text.splitlines()[0] == f"metrics: on walkers of {told}"
    seed = int(told.partition("seed ")[2][0])
    matching = loading.generate(exported_models.LENGTH, 4, seed).data.matching
    scores = evaluation.match(matching, embedder.load(walkers).encode)
    assert f"  {scores.top1:6.4f}  {scores.mean_ap:6.4f}\n" in text


def test_without_the_run_it_is_told_on_which_walkers(
    walkers, tmp_path, monkeypatch, capsys
):
    copy = shutil.copytree(walkers / "export", tmp_path / "copy")

    _, text = converted(
        *(monkeypatch, capsys, "--model", copy, "--to", "tflite"),
        *("--synthetic_persons", "3"),
    )

    assert text.splitlines()[0] == (
        "metrics: on walkers of --synthetic_persons 3, --synthetic_seed 0; not known "
        "to be those of its training"
    )


@pytest.mark.parametrize("part", ["", "export", "export/1"])
def test_the_export_of_a_model_that_its_run_replaced_is_not_converted(
    part, monkeypatch, capsys, tmp_path
):
    exported_models.export(tmp_path / "run", "published")
    exported_models.save(tmp_path / "run", "auto")

    with pytest.raises(errors.InputError, match="earlier model than the one there"):
        converted(
            *(monkeypatch, capsys, "--model", tmp_path / "run" / part),
            *("--to", "tflite", "--data_root", tmp_path / "nowhere"),
        )

    assert not (tmp_path / "run" / "export" / "embedder.tflite").exists()


def test_without_the_data_only_embeddings_are_compared(run, monkeypatch, capsys):
    copy = shutil.copytree(
        run.folder / "export", run.folder.parent / f"{run.folder.name}c"
    )
    path = copy / "1" / "assets" / "simmc.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, "identity_labels": True}), encoding="utf-8")

    rows, text = converted(
        *(monkeypatch, capsys, "--model", copy, "--to", "tflite"),
        *("--data_root", copy / "nowhere"),
    )

    note, others = text.split("\n", 1)
    assert note.startswith("note: ") and names.MADE_WITH_LABELS in note
    assert others.startswith("no metrics: ")
    _, (difference,) = rows["tflite"]
    assert float(difference) < 1e-4
    assert (copy / "embedder.tflite").is_file()


def test_what_is_converted_does_not_stand_beside_another_export(
    monkeypatch, capsys, tmp_path
):
    exported_models.export(tmp_path, "published")

    def meanwhile(*_, **__):
        exported_models.export(tmp_path, "published", seed=1)
        return b"of the former export"

    monkeypatch.setattr(lite, "convert", meanwhile)
    with pytest.raises(errors.InputError, match="replaced while it was converted"):
        converted(
            *(monkeypatch, capsys, "--model", tmp_path, "--to", "tflite"),
            *("--data_root", tmp_path / "nowhere"),
        )

    assert not (tmp_path / "export" / "embedder.tflite").exists()


def test_what_is_converted_does_not_get_into_another_export(
    monkeypatch, capsys, tmp_path
):
    exported_models.export(tmp_path, "published")
    write = atomic.write_bytes

    def meanwhile(path, content):
        exported_models.export(tmp_path, "published", seed=1)
        write(path, content)

    monkeypatch.setattr(lite, "convert", lambda *_, **__: b"of the former export")
    monkeypatch.setattr(atomic, "write_bytes", meanwhile)
    with pytest.raises(errors.InputError, match="replaced while it was converted"):
        converted(
            *(monkeypatch, capsys, "--model", tmp_path, "--to", "tflite"),
            *("--data_root", tmp_path / "nowhere"),
        )

    assert not (tmp_path / "export" / "embedder.tflite").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "--model is missing"),
        (["--model", "{none}"], "no exported model"),
        (
            ["--model", "{model}", "--to", "torch"],
            "--to torch: expected some of tflite",
        ),
        (["--model", "{model}", "--to", ""], "--to: expected some of"),
        (["--model", "{model}", "--dataset", "KS20"], "no folder"),
        (
            ["--model", "{other}", "--to", "tflite", "--dataset", "Synthetic"],
            "60 numbers, the model takes [N, f, 5, 3]",
        ),
    ],
)
def test_what_cannot_be_converted_is_refused(
    of_walkers, tmp_path, arguments, part, monkeypatch, request
):
    folders = {"{model}": of_walkers.folder, "{none}": tmp_path}
    if "{other}" in arguments:
        exported_models.export(tmp_path / "other", "published")
        folders["{other}"] = tmp_path / "other"
    with pytest.raises(errors.InputError) as refused:
        programs.run(
            *(convert, monkeypatch, "--data_root", tmp_path / "data"),
            *(folders.get(argument, argument) for argument in arguments),
        )
    assert part in str(refused.value)
