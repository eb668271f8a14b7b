"""What a GPU computes: features, losses and neighbours beside the CPU's; whole runs.

Skipped on the CPU: SIMMC_TEST_GPU=0 python -m pytest -m gpu.
"""

import csv
import dataclasses
import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import (
    checkpoints,
    exact_search,
    experiment,
    masking,
    model,
    neighbours,
    pipeline,
    replicas,
)
from simmc_tf import config as configs
from simmc_tf import encoder as encoders
from simmc_tf.export import embedder
from tests import neighbour_kinds, programs

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("gpu")]

WIDTH, FRAMES, SIZE = 256, 6, 60
# Float32 sums of 256 products in another order; with 10 bits of mantissa (TF32) it
# would be some 3e-4.
RELATIVE = 1e-5
CONFIG = configs.Config(
    H=16,
    mask_x=1,
    mask_x_2=1,
    eps=0.7,
    min_samples=4,
    k1=8,
    k2=3,
    batch_size=12,
    epochs=3,
    lr=0.005,
)


def assert_near(found, expected, relative=RELATIVE):
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * scale)


def walking(num_rows):
    generator = np.random.default_rng(0)
    return generator.normal(size=(num_rows, FRAMES, SIZE)).astype(np.float32)


def in_float64(encoder, frames):
    """Mean over frames [N, f, d] of what all layers make of each."""
    weights = [weight.astype(np.float64) for weight in encoder.get_weights()]
    frames = frames.astype(np.float64)
    while len(weights) > 2:
        frames = np.maximum(frames @ weights[0] + weights[1], 0)
        weights = weights[2:]
    return (frames @ weights[0] + weights[1]).mean(axis=1)


@pytest.mark.parametrize("depth", [1, 2])
def test_features_are_those_of_float64_up_to_rounding(depth):
    encoder = encoders.Encoder(WIDTH, depth, seed=1)
    encoder.build((None, None, SIZE))
    sequences = walking(5000)  # Three batches, by several threads.

    found = pipeline.BulkEncoder(encoder).whole(sequences)

    assert "GPU" in encoder(sequences[:2]).device
    assert_near(found, in_float64(encoder, sequences))


def test_views_are_those_of_float64_up_to_rounding():
    encoder = encoders.Encoder(WIDTH, seed=1)
    encoder.build((None, None, SIZE))
    sequences = walking(3000)
    keep = masking.draw_all(0, 1, len(sequences), FRAMES, (3, 3))

    found = pipeline.BulkEncoder(encoder).views(
        sequences, np.arange(len(sequences)), keep
    )

    for a in range(masking.NUM_VIEWS):
        visible = sequences[keep[:, a]].reshape(len(sequences), 3, SIZE)
        assert_near(found[a], in_float64(encoder, visible))


def losses(device):
    """Loss, MPC and MIC of every epoch of the same few batches."""
    generator = np.random.default_rng(2)
    batches = {
        "sequences": walking(256),
        "keep": masking.draw_all(0, 0, 256, FRAMES, (2, 3)),
        "labels": generator.integers(20, size=(256, 2)).astype(np.int32),
    }
    with tf.device(device):
        simmc = model.SimMC(encoders.Encoder(WIDTH, seed=1), 0.08, 0.5, seed=99)
        simmc.build((None, None, SIZE))
        simmc.compile(keras.optimizers.Adam(0.00035, epsilon=1e-8), jit_compile=False)
        simmc.set_prototypes(
            tuple(generator.normal(size=(20, WIDTH)).astype("f") for _ in range(2))
        )
        data = tf.data.Dataset.from_tensor_slices(batches).batch(64)
        history = simmc.fit(data, epochs=5, verbose=0, shuffle=False).history
        return history, simmc.encoder.hidden[0].kernel.value.device


def test_training_on_the_same_batches_has_the_losses_of_the_cpu():
    expected, _ = losses("CPU:0")

    found, device = losses("GPU:0")

    assert "GPU" in device
    for name in ("loss", "mpc", "mic"):
        # The first epoch starts from equal weights; Adam then enlarges rounding.
        assert found[name][0] == pytest.approx(expected[name][0], rel=1e-4)
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-4)


@pytest.fixture(scope="module")
def features():
    return np.random.default_rng(0).normal(size=(5000, 64)).astype(np.float32)


def test_neighbours_of_the_gpu_are_those_of_the_exact_search(features):
    found = neighbours.nearest(features, 20)

    assert neighbours._gpu_resources() is not None
    np.testing.assert_array_equal(found, exact_search.nearest(features, 20))


@pytest.mark.parametrize("kind", neighbour_kinds.KINDS)
def test_neighbours_of_the_gpu_are_those_of_brute_force(kind):
    features = neighbour_kinds.KINDS[kind](1025, 16)

    found = neighbours.nearest(features, 20)

    np.testing.assert_array_equal(found, neighbour_kinds.brute_force(features, 20))


def test_more_neighbours_than_the_gpu_holds_are_found_without_it(features):
    count = neighbours._MOST_ON_GPU + 1

    found = neighbours.nearest(features[:3000], count)

    expected = exact_search.nearest(features[:3000], count)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("protocol", [configs.PUBLISHED, configs.STRICT])
def test_the_same_seed_gives_the_same_metrics_and_weights(protocol, walks, tmp_path):
    config = dataclasses.replace(CONFIG, protocol=protocol)
    folders = [tmp_path / name for name in ("first", "again")]

    for folder in folders:
        experiment.train(walks, config, folder, {}, lambda line: None)

    first, again = ((folder / "metrics.csv").read_bytes() for folder in folders)
    assert first == again
    first, again = (checkpoints.load(folder)[0].get_weights() for folder in folders)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_one_gpu_shares_the_training_with_none():
    assert replicas.visible_gpus() == ["/device:GPU:0"]


ARGUMENTS = ("--dataset", "Synthetic", "--synthetic_persons", "12", "--H", "64")


@pytest.fixture(scope="module")
def every_gpu():
    """The programs see all GPUs, not only that of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        yield


@pytest.fixture(scope="module", params=["auto", "published"])
def trained(request, every_gpu, tmp_path_factory):
    """What SimMC.py said, and the folder of models."""
    return _train(tmp_path_factory.mktemp(request.param), request.param, "--export")


def _train(model_root, preset, *arguments):
    done = programs.start(
        *("SimMC.py", *ARGUMENTS, "--epochs", "3", "--gpu", "0", "--preset", preset),
        *("--model_root", model_root, *arguments),
    )
    return done, model_root


def folder_of(model_root):
    (path,) = model_root.rglob("metrics.csv")
    return path.parent


def test_a_run_names_the_gpu_and_writes_finite_figures(trained, gpu):
    done, model_root = trained
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^SimMC on .*; GPU 0 \(.+\)$", done.stdout, re.M)
    assert gpu in done.stdout
    with (folder_of(model_root) / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"]
    assert all(math.isfinite(float(row["loss"])) for row in rows[1:])
    assert all(0 <= float(row["top1"]) <= 1 for row in rows)


def test_a_run_again_writes_the_same_metrics(trained, tmp_path):
    done, model_root = trained
    preset = re.search(r"--preset (\w+)", " ".join(map(str, done.args)))[1]

    again, other = _train(tmp_path, preset, "--noexport", "--noreport")

    assert again.returncode == 0, again.stderr
    first, second = (
        (folder_of(root) / "metrics.csv").read_bytes() for root in (model_root, other)
    )
    assert first == second


def test_a_model_of_the_gpu_has_its_scores_on_the_cpu(trained):
    done, model_root = trained

    found = programs.start(
        *("SimMC.py", *ARGUMENTS, "--mode", "Eval", "--gpu", "-1"),
        *("--model_root", model_root),
    )

    assert (found.returncode, found.stderr) == (0, "")
    assert "CPU cores" in found.stdout
    top1, num_probes = scores(done.stdout)
    # A rounding error may decide between two that are equally near.
    assert abs(scores(found.stdout)[0] - top1) <= 2 / num_probes


def scores(text):
    """Top-1 and the number of probes, of the trained encoder on all of them."""
    row = re.search(r"^trained encoder +([\d.]+)(?: +[\d.]+){3} +(\d+)", text, re.M)
    return float(row[1]), int(row[2])


def test_an_export_of_the_gpu_encodes_on_the_cpu(trained, tmp_path):
    folder = folder_of(trained[1])
    exported = embedder.load(folder)
    joints = np.random.default_rng(0).normal(size=(50, FRAMES, 20, 3)).astype("f")
    np.save(tmp_path / "joints.npy", joints)

    done = programs.start("-c", ENCODE, folder, tmp_path)

    assert done.returncode == 0, done.stderr
    assert_near(np.load(tmp_path / "found.npy"), exported.encode(joints), 1e-4)


ENCODE = """
import pathlib, sys
import numpy as np
from simmc_tf import startup
startup.prepare(-1)
from simmc_tf.export import embedder
model, folder = map(pathlib.Path, sys.argv[1:])
found = embedder.load(model).encode(np.load(folder / "joints.npy"))
np.save(folder / "found.npy", found)
"""


def test_a_second_gpu_that_is_not_there_is_refused_in_one_line(every_gpu, tmp_path):
    count = len(tf.config.list_physical_devices("GPU"))
    if count != 1:
        pytest.skip(f"TensorFlow sees {count} GPUs")

    done = programs.start(
        *("SimMC.py", *ARGUMENTS, "--gpu", "0,97", "--model_root", tmp_path),
    )

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: --gpu 0,97: TensorFlow finds no GPU 97; give --gpu")
    assert not list(tmp_path.iterdir())
