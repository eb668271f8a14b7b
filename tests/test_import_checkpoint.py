"""Checkpoints as the published code saves them become models that Eval accepts."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from datasets import loading
from simmc_tf import checkpoints, errors, evaluation, experiment, pipeline
from simmc_tf.export import exporting
from tests import programs
from tests.test_loading import save_published

SIZE, WIDTH = 75, 8  # Of KS20's skeletons, and of the small encoders here.


def save(prefix, arrays, length=None, batch_size=None):
    """Writes a checkpoint by TensorFlow 1's Saver, as the published code does.

    Args:
        prefix: its name.
        arrays: variable -> values.
        length: f; None for a graph without the published placeholders.
        batch_size: B.
    """
    v1 = tf.compat.v1
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with tf.Graph().as_default():
        if length is not None:
            with tf.name_scope("Input"):
                v1.placeholder(tf.float32, (batch_size * length, SIZE // 3, 3))
                for _ in range(2):
                    v1.placeholder(tf.int32, (batch_size,))
                    v1.placeholder(tf.float32, (None, WIDTH))
                v1.placeholder(tf.float32, (2, length))
        for name, values in arrays.items():
            v1.Variable(values, name=name, use_resource=False)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            v1.train.Saver().save(session, str(prefix))
    return prefix


def drawn(depth=1, size=SIZE, width=WIDTH, predictor="SimMC/SimMC/Variable", seed=0):
    """Variables of the published graph with its names, Adam's among them."""
    generator = np.random.default_rng(seed)

    def layer(kernel, bias, size):
        return {
            kernel: generator.normal(size=(size, width)).astype(np.float32),
            bias: generator.normal(size=width).astype(np.float32),
        }

    found = layer("SimMC/dense/kernel", "SimMC/dense/bias", size)
    for n in range(1, depth + 1):
        found |= layer(f"SimMC/dense_{n}/kernel", f"SimMC/dense_{n}/bias", width)
    found |= layer(predictor, f"{predictor}_1", width)
    slots = {
        f"SimMC/{name}/{slot}": np.full_like(values, 7)
        for name, values in found.items()
        for slot in ("Adam", "Adam_1")
    }
    powers = {f"SimMC/SimMC/beta{n}_power": np.float32(0.9) for n in (1, 2)}
    return {**found, **slots, **powers}


def encoded(arrays, sequences, depth=1):
    """Mean representations [N, H] of sequences [N, f, d], skeleton by skeleton."""
    hidden = sequences.astype(np.float64)
    for name in ["dense", *(f"dense_{n}" for n in range(1, depth))]:
        layer = [arrays[f"SimMC/{name}/{part}"] for part in ("kernel", "bias")]
        hidden = np.maximum(hidden @ layer[0] + layer[1], 0)
    last = [arrays[f"SimMC/dense_{depth}/{part}"] for part in ("kernel", "bias")]
    return (hidden @ last[0] + last[1]).mean(axis=1)


def bring_in(monkeypatch, path, root, *arguments, dataset="KS20"):
    """Runs the importer in this process; returns the folder of the models' root."""
    program = programs.load("scripts/import_checkpoint.py")
    programs.run(
        *(program, monkeypatch, path, "--dataset", dataset, "--model_root", root),
        *("--data_root", root.parent / "data", *arguments),
    )


@pytest.fixture
def refused(monkeypatch, tmp_path):
    """Function that expects a refusal in one line, and that nothing is written."""

    def expect(path, *arguments, dataset="KS20"):
        root = tmp_path / "refused"
        with pytest.raises(errors.InputError) as caught:
            bring_in(monkeypatch, path, root, *arguments, dataset=dataset)
        assert not root.exists()
        text = str(caught.value)
        assert "\n" not in text and len(text) < 600
        return text

    return expect


@pytest.mark.data
@pytest.mark.parametrize("tag", ["enc_e0_", "enc_e8_"])
@pytest.mark.parametrize("scope", ["SimMC.SimMC.", "SimMC."])
def test_outputs_are_those_of_the_published_encoder(
    tag, scope, parity, tmp_path, monkeypatch
):
    arrays = {
        key.removeprefix(tag).replace("SimMC.SimMC.", scope).replace(".", "/"): values
        for key, values in parity.items()
        if key.startswith(f"{tag}SimMC")
    }
    assert len(arrays) == 6
    save(tmp_path / "best.ckpt", arrays)

    bring_in(monkeypatch, tmp_path / "best.ckpt", tmp_path / "models")

    simmc, config, _ = checkpoints.load(tmp_path / "models" / "KS20" / "probe")
    sequences = parity[f"{tag}X"].reshape(256, 6, SIZE)
    views = pipeline.BulkEncoder(simmc.encoder).views(
        sequences, np.arange(256), np.tile(parity[f"{tag}mask"], (256, 1, 1))
    )
    largest = np.abs(parity[f"{tag}out"]).max()
    found = pipeline.BulkEncoder(simmc.encoder).whole(sequences), *views
    for features, name in zip(found, ("out", "out1", "out2"), strict=True):
        np.testing.assert_allclose(
            features, parity[tag + name], rtol=1e-5, atol=2e-6 * largest
        )
    variable = scope.replace(".", "/") + "Variable"
    np.testing.assert_array_equal(simmc.predictor.kernel, arrays[variable])
    assert (config.H, config.D, config.protocol) == (256, 1, "published")


@pytest.fixture
def evaluated(tmp_path, monkeypatch, capsys):
    """Function that brings a checkpoint in, evaluates it, and returns what was said."""

    def run(arrays, *arguments, **graph):
        root = tmp_path / "models"
        save(tmp_path / "best.ckpt", arrays, **graph)
        bring_in(monkeypatch, tmp_path / "best.ckpt", root)
        program = programs.load("SimMC.py")
        program.define = lambda values: (
            program.run_flags.define(values),
            program.tfds.define(values),
        )
        programs.run(
            *(program, monkeypatch, "--mode", "Eval", "--gpu", "-1"),
            *("--data_root", tmp_path / "data", "--model_root", root, *arguments),
        )
        return capsys.readouterr().out

    return run


def test_eval_gives_the_figures_of_the_published_evaluation(tmp_path, evaluated):
    sequences = save_published(tmp_path / "data", "KS20")
    arrays = drawn()

    out = evaluated(arrays, length=6, batch_size=2)

    features = {
        part: encoded(arrays, (some - some[:, :, :1]).reshape(len(some), 6, SIZE))
        for part, some in sequences.items()
    }
    # 5 probes are two whole batches of 2, and one that is left out.
    gallery, probe = features["gallery"][:4], features["probe"][:4]
    persons = np.arange(4) % 3
    expected = evaluation.evaluate(gallery, persons, probe, persons)
    line = next(x for x in out.splitlines() if "whole batches " in x)
    figures = [expected.top1, expected.top5, expected.top10, expected.mean_ap]
    assert line.split()[-6:] == [f"{x:.4f}" for x in figures] + ["4", "4"]


def test_eval_claims_nothing_of_what_is_not_known(tmp_path, evaluated):
    save_published(tmp_path / "data", "KS20")

    # The checkpoint does not tell t; SimMC.py refuses what it knows to be otherwise.
    out = evaluated(drawn(), "--t", "0.5", length=6, batch_size=2)

    assert "after how many epochs is not known" in out
    assert "does not tell with which data it was trained" in out
    assert "differ" not in out


def test_eval_still_refuses_what_is_known_to_be_otherwise(tmp_path, evaluated):
    save_published(tmp_path / "data", "KS20")
    with pytest.raises(errors.InputError, match="--H 16: .* --H 8"):
        evaluated(drawn(), "--H", "16", length=6, batch_size=2)


@pytest.mark.parametrize("depth", [1, 2, 12])
def test_hidden_layers_are_counted_and_kept_in_order(depth, tmp_path, monkeypatch):
    arrays = drawn(depth)
    arrays = dict(sorted(arrays.items(), reverse=True))
    save(tmp_path / "best.ckpt", arrays)

    bring_in(monkeypatch, tmp_path / "best.ckpt", tmp_path / "models")

    simmc, config, _ = checkpoints.load(tmp_path / "models" / "KS20" / "probe")
    assert (config.H, config.D) == (WIDTH, depth)
    sequences = np.random.default_rng(1).normal(size=(3, 6, SIZE)).astype(np.float32)
    np.testing.assert_allclose(
        simmc(sequences), encoded(arrays, sequences, depth), rtol=1e-4, atol=1e-2
    )


@pytest.mark.parametrize(
    "name", ["best.ckpt", "best.ckpt.index", "best.ckpt.meta", "", "best.ckpt.data"]
)
def test_any_file_of_a_checkpoint_or_its_folder_names_it(name, tmp_path, monkeypatch):
    folder = save(tmp_path / "in" / "best.ckpt", drawn()).parent
    name = name.replace("data", "data-00000-of-00001")

    bring_in(monkeypatch, folder / name, tmp_path / "models")

    assert checkpoints.load(tmp_path / "models" / "KS20" / "probe")


def test_of_several_checkpoints_in_a_folder_that_of_the_probe_is_meant(
    tmp_path, monkeypatch, refused
):
    folder = tmp_path / "in"
    for seed, name in enumerate(("nm.nm_best.ckpt", "cl.nm_best.ckpt")):
        save(folder / name, drawn(size=42, seed=seed))

    assert "several: cl.nm_best.ckpt, nm.nm_best.ckpt" in refused(folder)
    bring_in(
        *(monkeypatch, folder, tmp_path / "models", "--probe_type", "cl.nm"),
        dataset="CAISA_B",
    )

    simmc, *_ = checkpoints.load(tmp_path / "models" / "CASIA_B" / "cl.nm")
    expected = drawn(size=42, seed=1)["SimMC/dense/kernel"]
    np.testing.assert_array_equal(simmc.encoder.hidden[0].kernel, expected)


def test_length_and_batch_are_the_graphs(tmp_path, monkeypatch, refused):
    path = save(tmp_path / "best.ckpt", drawn(), length=8, batch_size=64)

    bring_in(monkeypatch, path, tmp_path / "models")

    _, config, description = checkpoints.load(tmp_path / "models" / "KS20" / "probe")
    assert (config.batch_size, description["length"]) == (64, 8)
    assert "--length 6: the checkpoint has 8" in refused(path, "--length", "6")
    text = refused(path, "--batch_size", "256")
    assert "--batch_size 256: the checkpoint has 64" in text


@pytest.mark.parametrize("content", [None, b"", b"\xff\x01no graph"])
def test_a_graph_that_cannot_be_read_is_done_without(content, tmp_path, monkeypatch):
    path = save(tmp_path / "best.ckpt", drawn(), length=8, batch_size=64)
    graph = tmp_path / "best.ckpt.meta"
    graph.unlink()
    if content is not None:
        graph.write_bytes(content)

    bring_in(monkeypatch, path, tmp_path / "models", "--length", "10")

    _, config, description = checkpoints.load(tmp_path / "models" / "KS20" / "probe")
    assert (config.batch_size, description["length"]) == (256, 10)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "depends on it: --length 6, --batch_size 256"),
        (["--length", "8"], "depends on it: --batch_size 256"),
        (["--batch_size", "32"], "depends on it: --length 6"),
        (["--length", "8", "--batch_size", "32"], None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_assumed_of_a_checkpoint_without_a_graph_is_told(
    arguments, told, tmp_path, monkeypatch, capsys
):
    path = save(tmp_path / "best.ckpt", drawn(), length=8, batch_size=64)
    (tmp_path / "best.ckpt.meta").unlink()

    bring_in(monkeypatch, path, tmp_path / "models", *arguments)

    lines = capsys.readouterr().out.splitlines()
    said = [line for line in lines if line.startswith("assumed, as neither")]
    assert [line.partition("evaluation ")[2] for line in said] == [told] * bool(told)


def test_nothing_is_assumed_that_the_graph_tells(tmp_path, monkeypatch, capsys):
    path = save(tmp_path / "best.ckpt", drawn(), length=8, batch_size=64)

    bring_in(monkeypatch, path, tmp_path / "models")

    assert "assumed, as" not in capsys.readouterr().out


def test_flags_tell_what_the_checkpoint_does_not(tmp_path, monkeypatch):
    path = save(tmp_path / "best.ckpt", drawn())

    bring_in(monkeypatch, path, tmp_path / "models", "--lambda", "0.9", "--H", WIDTH)

    folder = tmp_path / "models" / "KS20" / "probe"
    config, description = checkpoints.load(folder)[1:]
    assert config.mic_weight == 0.9
    assert "mic_weight" not in description["unknown"] and "t" in description["unknown"]
    assert description["best_epoch"] is description["data_sha256"] is None
    assert set(description["imported_from"]) == {
        *("best.ckpt.index", "best.ckpt.meta", "best.ckpt.data-00000-of-00001")
    }


def test_a_model_is_replaced_only_if_one_says_so(tmp_path, monkeypatch, walks):
    path = save(tmp_path / "best.ckpt", drawn())
    folder = tmp_path / "models" / "KS20" / "probe"
    bring_in(monkeypatch, path, tmp_path / "models")
    for name in checkpoints.FIGURES:
        (folder / name).write_text("of the model that was here")
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    save(path, drawn(seed=1))

    with pytest.raises(errors.InputError, match="There is a model in .*--overwrite"):
        bring_in(monkeypatch, path, tmp_path / "models")
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    bring_in(monkeypatch, path, tmp_path / "models", "--overwrite")

    assert {one.name for one in folder.iterdir()} == {"best.weights.h5", "config.json"}
    kernel = checkpoints.load(folder)[0].encoder.hidden[0].kernel
    np.testing.assert_array_equal(kernel, drawn(seed=1)["SimMC/dense/kernel"])


def test_an_export_of_the_model_that_was_replaced_is_named(
    tmp_path, monkeypatch, capsys
):
    path = save(tmp_path / "best.ckpt", drawn(), length=8, batch_size=64)
    folder = tmp_path / "models" / "KS20" / "probe"
    bring_in(monkeypatch, path, tmp_path / "models")
    exporting.export(folder, True, {})
    assert "note: the export" not in capsys.readouterr().out
    save(path, drawn(seed=1), length=8, batch_size=64)

    bring_in(monkeypatch, path, tmp_path / "models", "--overwrite")

    lines = capsys.readouterr().out.splitlines()
    (note,) = (line for line in lines if line.startswith("note: the export in "))
    assert str(folder / "export") in note and "of the earlier model" in note
    command = lines[-1].removeprefix("next: ").replace("Eval", "Export")
    assert note.endswith(f"replace it with: {command}")


def without(*names):
    return {name: values for name, values in drawn().items() if name not in names}


@pytest.mark.parametrize(
    ("arrays", "parts"),
    [
        (without("SimMC/dense_1/kernel"), ["has no SimMC/dense_1/kernel"]),
        (without("SimMC/dense/bias"), ["has no SimMC/dense/bias"]),
        (without("SimMC/SimMC/Variable"), ["has no SimMC/Variable"]),
        ({"weights": np.zeros(3, np.float32)}, ["not of SimMC", "it has weights"]),
        (drawn(size=60), ["20 joints", "KS20 has 25 joints"]),
        (drawn(size=74), ["74 numbers a skeleton;", "75 numbers"]),
        (
            {**drawn(), "SimMC/dense_1/kernel": np.zeros((9, 8), np.float32)},
            ["SimMC/dense_1/kernel has shape [9, 8], expected [8, 8]"],
        ),
        (
            {**drawn(), "SimMC/dense/bias": np.zeros(9, np.float32)},
            ["SimMC/dense/bias has shape [9], expected [8]"],
        ),
        (
            {**drawn(), "SimMC/dense/kernel": np.zeros(9, np.float32)},
            ["SimMC/dense/kernel has shape [9]"],
        ),
        (
            {**drawn(), "SimMC/dense/bias": np.full(WIDTH, np.nan, np.float32)},
            ["SimMC/dense/bias (float32)", "went wrong"],
        ),
        ({**drawn(), "SimMC/dense/bias": np.zeros(WIDTH)}, ["(float64)"]),
    ],
    ids=[
        *("kernel missing", "bias missing", "predictor missing", "another model"),
        *("other joints", "no joints", "layers apart", "bias", "flat", "nan", "double"),
    ],
)
def test_what_is_no_simmc_of_these_skeletons_is_refused(
    arrays, parts, tmp_path, refused
):
    path = save(tmp_path / "best.ckpt", arrays)
    text = refused(path)
    assert all(part in text for part in parts), text


HUGE = bytes([0, 0, 0, *6 * [0xFF], 0x7F])


@pytest.mark.parametrize(
    ("name", "change", "part"),
    [
        ("index", lambda content: content[:-20], "copy it again"),
        ("index", lambda content: b"", "copy it again"),
        # Where it ends it names a block of more bytes than there is memory for.
        ("index", lambda content: HUGE.ljust(40, b"\0") + content[-8:], "copy it"),
        ("data-00000-of-00001", lambda content: content[:100], "copy it again"),
        ("data-00000-of-00001", lambda content: content[::-1], "copy it again"),
        ("data-00000-of-00001", None, "best.ckpt.data-00000-of-00001 beside"),
        ("index", None, "There is no"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_checkpoint_is_refused(name, change, part, tmp_path, refused):
    path = save(tmp_path / "best.ckpt", drawn())
    file = tmp_path / f"best.ckpt.{name}"
    content = file.read_bytes()
    file.unlink()
    if change is not None:
        file.write_bytes(change(content))
    text = refused(path)
    assert part in text and "best.ckpt" in text


def test_a_path_that_tensorflow_takes_for_a_pattern_is_refused(tmp_path, refused):
    save(tmp_path / "in" / "best.ckpt", drawn())
    (tmp_path / "in").rename(tmp_path / "copy [1]")
    text = refused(tmp_path / "copy [1]" / "best.ckpt")
    assert "copy [1]" in text and "move the checkpoint" in text


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--H", "9"], "--H 9: the checkpoint has 8"),
        (["--D", "2"], "--D 2: the checkpoint has 1"),
        (["--length", "7"], "--length 7"),
        (["--mask_x", "6"], "--mask_x 6"),
        (["--probe", "C"], "--probe C"),
        (["another.ckpt"], "expected one checkpoint"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_flags_that_do_not_fit_are_refused(arguments, part, tmp_path, refused):
    path = save(tmp_path / "best.ckpt", drawn())
    assert part in refused(path, *arguments)


def test_the_data_set_must_be_named(tmp_path, refused):
    path = save(tmp_path / "best.ckpt", drawn())
    assert "--dataset is missing" in refused(path, dataset="")
    assert "--dataset Nobody" in refused(path, dataset="Nobody")


def test_what_comes_next_is_told(tmp_path, monkeypatch, capsys):
    other = {**drawn(), "Decoder/kernel": np.zeros(2, np.float32)}
    path = save(tmp_path / "best.ckpt", other, length=8, batch_size=2)
    bring_in(monkeypatch, path, tmp_path / "models")

    lines = capsys.readouterr().out.splitlines()

    assert lines[-1].startswith("next: python SimMC.py --dataset KS20 --probe probe ")
    assert "--length 8" in lines[-1] and lines[-1].endswith("--mode Eval")
    assert "left out, as SimMC has no such variables: Decoder/kernel" in lines[2]


def test_a_model_that_was_brought_in_is_of_its_data_set(tmp_path, monkeypatch):
    # What an evaluation by another program, scripts.evaluate, goes by.
    save_published(tmp_path / "data", "KS20")
    bring_in(
        *(monkeypatch, save(tmp_path / "best.ckpt", drawn()), tmp_path / "models"),
    )
    loaded = loading.load(
        loading.find("KS20", 6, tmp_path / "data"), "probe", 6, tmp_path / "data"
    )
    folder = tmp_path / "models" / "KS20" / "probe"
    simmc, config, description = checkpoints.load(folder)
    scores, everything = experiment.evaluate(loaded.data, config, simmc)
    # There is no whole batch of 256, so that all count.
    assert dataclasses.asdict(scores) == dataclasses.asdict(everything)
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert about == description and about["joint_names"] == list(loaded.data_set.joints)
