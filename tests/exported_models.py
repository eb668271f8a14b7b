"""Runs with models that nobody trained, and what their encoders give."""

import dataclasses

import numpy as np

from simmc_tf import checkpoints, pipeline
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import preparation as preparations
from simmc_tf.export import exporting
from tests import recorded_walks

JOINTS, LENGTH = recorded_walks.JOINTS, recorded_walks.FRAMES
PUBLISHED = configs.Config(H=16)
CONFIGS = {
    "published": (PUBLISHED, True),
    "deep": (dataclasses.replace(PUBLISHED, D=2), True),
    "auto": (configs.Config(H=16, protocol="strict", preset="auto"), True),
    "published_vectors": (PUBLISHED, False),
    "auto_vectors": (configs.Config(H=16, protocol="strict", preset="auto"), False),
}


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that was exported.

    Attributes:
        folder: of the run.
        coordinates: whether its model takes joints.
        model: in memory.
    """

    folder: object
    coordinates: bool
    model: object

    def encode(self, sequences):
        """What the encoder in memory gives of sequences as the export takes them."""
        if self.coordinates:
            sequences = data_module.centred(sequences)
        encoder = pipeline.BulkEncoder(self.model.encoder, self.model.preparation)
        return encoder.whole(sequences.astype(np.float32))

    def draw(self, count, length, seed=0):
        """Sequences as the export takes them, away from the origin."""
        joints = sequences(count, length, seed)
        return joints if self.coordinates else joints.reshape(count, length, -1)


def sequences(count, length, seed=0, joints=JOINTS):
    """Walks [N, f, J, 3] float32 in millimetres, in front of a sensor."""
    walks, _ = recorded_walks.recordings(
        each=-(-count // 4), length=length, seed=seed, joints=joints
    )
    found = np.stack(walks[:count]).reshape(count, length, joints, 3)
    return found + np.array([100, -50, 2500], np.float32)


def save(folder, kind, seed=0, joints=JOINTS, dataset="Mine"):
    """A run in a folder: weights at random, and a preparation that was fitted."""
    config, coordinates = CONFIGS[kind]
    generator = np.random.default_rng(seed)
    train = data_module.centred(sequences(40, LENGTH, seed, joints))
    told = {
        "dataset": dataset,
        "probe": "probe",
        "length": LENGTH,
        "joint_names": [f"joint{number}" for number in range(joints)],
        "unit": "m",
        "hyperparameters": checkpoints.hyperparameters(config),
        "skeleton_size": 3 * joints,
        "best_epoch": 3,
        "data_sha256": {},
        "versions": {"keras": "3"},
    }
    prepared = None
    if config.preset == configs.AUTO:
        tracks = np.arange(len(train)) // 4
        prepared = preparations.fit(train, tracks, coordinates, config)
        told["preparation"] = prepared.get_config()
    simmc = checkpoints.build(config, 3 * joints, preparation=prepared)
    scale = 1.0 if prepared is not None else 0.001  # Of millimetres.
    simmc.encoder.set_weights(
        [
            generator.normal(scale=0.3, size=weight.shape) * (scale if n == 0 else 1)
            for n, weight in enumerate(simmc.encoder.get_weights())
        ]
    )
    checkpoints.save(folder, simmc, told)
    return Run(folder, coordinates, simmc)


def export(folder, kind, **changes):
    """The same, exported."""
    run = save(folder, kind, **changes)
    exporting.export(folder, run.coordinates, {})
    return run
