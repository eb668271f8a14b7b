"""Trains on one and on two logical CPU devices: python -m tests.two_devices FOLDER.

A program of its own, since TensorFlow takes the number of its devices only before it
has computed anything.
"""

import dataclasses
import os
import pathlib
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import encoder as encoders
from simmc_tf import experiment, masking, model, replicas, startup
from tests import recorded_walks

DEVICES = {"one": (), "two": ("CPU:0", "CPU:1")}
OPTIMIZERS = {
    "Adam": lambda: keras.optimizers.Adam(0.01, epsilon=1e-8),
    "SGD": lambda: keras.optimizers.SGD(0.1),
}
# Even, odd, fewer rows than devices, none, and a partial last batch.
BATCH_SIZES, EPOCHS = (8, 7, 1, 0, 3), 4
WIDTH, FRAMES, SIZE = 8, 4, 9
# 72 rows are 10 batches of 7; the outliers leave fewer, and so empty ones.
CONFIG = configs.Config(
    H=16,
    mask_x=1,
    mask_x_2=1,
    eps=0.6,
    min_samples=4,
    k1=8,
    k2=3,
    batch_size=7,
    epochs=4,
    lr=0.005,
    protocol=configs.STRICT,
)
# Tracks of walkers so unlike that a rounding error merges no others.
AUTO = dataclasses.replace(CONFIG, preset=configs.AUTO, t=0.3, epochs=2)


def batches():
    """Batches of unlike sizes, each with rows that differ much."""
    generator = np.random.default_rng(0)
    for size in BATCH_SIZES:
        scale = np.exp(generator.normal(size=(size, 1, 1)))
        sequences = scale * generator.normal(size=(size, FRAMES, SIZE))
        yield {
            "sequences": sequences.astype(np.float32),
            "keep": masking.draw(size, 0, tf.range(size), FRAMES, (1, 2)),
            "labels": generator.integers(3, size=(size, 2)).astype(np.int32),
        }


def fit(devices, optimizer):
    """Losses of every epoch, and what the model and its optimizer came to."""
    shared = replicas.Replicas(devices)
    simmc = model.SimMC(
        encoders.Encoder(WIDTH, seed=1), 0.08, 0.5, seed=99, replicas=shared
    )
    simmc.build((None, None, SIZE))
    with shared.scope():
        simmc.compile(optimizer(), jit_compile=False)
        simmc.optimizer.build(simmc.trainable_variables)
    generator = np.random.default_rng(1)
    simmc.set_prototypes(
        tuple(generator.normal(size=(3 + a, WIDTH)).astype("f") for a in range(2))
    )
    signature = {
        "sequences": tf.TensorSpec([None, FRAMES, SIZE]),
        "keep": tf.TensorSpec([None, masking.NUM_VIEWS, FRAMES], tf.bool),
        "labels": tf.TensorSpec([None, masking.NUM_VIEWS], tf.int32),
    }
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(BATCH_SIZES)))
    history = simmc.fit(dataset, epochs=EPOCHS, verbose=0, shuffle=False).history
    variables = [*simmc.trainable_variables, *simmc.optimizer.variables]
    found = {f"variable_{i}": value.numpy() for i, value in enumerate(variables)}
    if devices:
        for i, variable in enumerate(variables):
            copies = [copy.numpy() for copy in variable.value.values]
            found[f"copies_{i}"] = np.stack(copies)
    steps = simmc.optimizer.iterations.numpy()
    return {"steps": steps, **{k: np.array(v) for k, v in history.items()}, **found}


def walks():
    """72 sequences of 6 persons, a third of which are nobody's: they are outliers."""
    generator = np.random.default_rng(7)
    persons = np.arange(72) % 6
    bodies = generator.normal(scale=1.5, size=(6, SIZE))[persons]
    bodies[::3] = generator.normal(scale=1.5, size=(24, SIZE))
    noise = generator.normal(scale=0.2, size=(72, FRAMES, SIZE))
    sequences = (bodies[:, np.newaxis] + noise).astype(np.float32)
    return data_module.ReidData(data_module.Split(sequences, persons), None)


def main(folder):
    """Trains all of them, after TensorFlow is given two devices."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration() for _ in DEVICES["two"]],
    )
    startup.prepare(-1)
    for name, devices in DEVICES.items():
        for kind, optimizer in OPTIMIZERS.items():
            np.savez(folder / f"{kind}_{name}.npz", **fit(devices, optimizer))
        experiment.train(walks(), CONFIG, folder / name, {}, devices=devices)
        experiment.train(
            recorded_walks.data(), AUTO, folder / f"auto_{name}", {}, devices=devices
        )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
