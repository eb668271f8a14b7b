"""Readers of models, galleries and states, which need TensorFlow or faiss."""

import contextlib
import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

from scripts.hardening.fuzz_readers import Reader
from simmc_tf import state_file

# H and 3J of small models, and what a name of theirs is.
_WIDTH, _SIZE = 4, 6
# Built and kept at once.
_MOST_MODELS = 32


def all_readers() -> dict[str, Reader]:
    """By name."""
    found = [
        Reader("state", (_state,), _read_state, heavy=True),
        Reader("gallery", (_gallery,), _read_gallery, heavy=True, last=_vouch),
        Reader("metrics_csv", (_metrics,), _read_metrics, heavy=True),
        Reader("weights_h5", (_weights,), _read_weights, heavy=True),
        Reader("model", (_model,), _read_model, heavy=True),
        Reader("source_model", (_source,), _read_source, heavy=True),
        Reader("tf1_checkpoint", (_tf1,), _read_tf1, heavy=True),
    ]
    return {reader.name: reader for reader in found}


def _state(folder: pathlib.Path) -> None:
    arrays: dict[str, list[np.ndarray]] = {
        "weights": [np.eye(3)],
        "optimizer": [np.zeros(4)],
    }
    state_file.write(
        folder, {"made_of": {"settings": {"t": 1}}, "rows": [{"loss": 0.5}]}, arrays
    )


def _read_state(folder: pathlib.Path) -> object:
    from simmc_tf.sources import state

    return state.read(folder)


def _gallery(folder: pathlib.Path) -> None:
    from simmc_tf.gallery import entries, updates

    model = entries.Model("model", "a" * 64, 2, ("Root", "Foot"), "m", 3, _WIDTH)
    new = entries.Embedded(
        ("walk0", "walk1"),
        ("anna", "ben"),
        ("b", "c"),
        (6, 6),
        np.array([2, 2]),
        np.array([0, 3, 0, 3]),
        np.random.default_rng(0).normal(size=(4, _WIDTH)).astype(np.float32),
    )
    with updates.writing(folder, lambda text: None, may_be_new=True) as writer:
        writer.enrol(model, new)


def _vouch(folder: pathlib.Path) -> None:
    """Gives current.json the checksums of what is there by now."""
    path = folder / "current.json"
    try:
        content = json.loads(path.read_bytes())
        for file in content["files"].values():
            there = (folder / file["name"]).read_bytes()
            file["sha256"] = hashlib.sha256(there).hexdigest()
    except (
        *(ValueError, TypeError, AttributeError, LookupError, OSError),
        RecursionError,
    ):
        return  # It is what is spoiled.
    path.write_text(json.dumps(content))


def _read_gallery(folder: pathlib.Path) -> object:
    from simmc_tf.gallery import snapshot

    found = snapshot.read(folder)
    who = found.database
    return who.recordings(), who.state, who.thresholds, found.searching()


def _metrics(folder: pathlib.Path) -> None:
    from simmc_tf import history

    names = [field.name for field in dataclasses.fields(history.Row)]
    rows = [[str(epoch), *["0.5"] * (len(names) - 1)] for epoch in range(3)]
    text = "\n".join(",".join(row) for row in [names, *rows]) + "\n"
    (folder / "metrics.csv").write_text(text)
    (folder / "timings.csv").write_text("epoch,train,total\n0,1.5,2\n1,1,2\n2,1,2\n")


def _read_metrics(folder: pathlib.Path) -> object:
    from simmc_tf.report import epochs

    return epochs.read(folder, 2)


def _built() -> tuple[Any, Any]:
    from simmc_tf import checkpoints
    from simmc_tf import config as configs

    config = configs.Config(H=_WIDTH)
    return checkpoints.build(config, _SIZE), config


def _weights(folder: pathlib.Path) -> None:
    _built()[0].save_weights(folder / "a.weights.h5")


_models: dict[str, Any] = {}


@contextlib.contextmanager
def _built_once(module: Any, name: str) -> Iterator[None]:
    """Lets a module keep the models that it builds: hundreds of files ask for one.

    Args:
        module: that builds them.
        name: of the function that does.
    """
    build = getattr(module, name)

    def kept(*of_what: object, **more: object) -> object:
        key = repr((name, module.__name__, of_what, more))
        if key not in _models:
            if len(_models) >= _MOST_MODELS:
                _models.clear()
            _models[key] = build(*of_what, **more)
        return _models[key]

    with mock.patch.object(module, name, kept):
        yield


def _read_weights(folder: pathlib.Path) -> object:
    from simmc_tf import errors, weights_file

    if not _models:
        _models["simmc"] = _built()[0]
    try:
        weights_file.load(_models["simmc"], folder / "a.weights.h5")
    except errors.InputError:
        raise
    except (ValueError, OSError) as error:  # As `checkpoints.load` does.
        raise errors.InputError(str(error)) from error
    return None


def _model(folder: pathlib.Path) -> None:
    from simmc_tf import checkpoints

    simmc, config = _built()
    told = {
        "hyperparameters": checkpoints.hyperparameters(config),
        "skeleton_size": _SIZE,
        "joint_names": ["Root", "Head"],
        "best_epoch": 2,
        "data_sha256": {"train": "a" * 64},
    }
    checkpoints.save(folder, simmc, told)


def _read_model(folder: pathlib.Path) -> object:
    from simmc_tf import checkpoints

    with _built_once(checkpoints, "build"):
        return checkpoints.load(folder)


def _source(folder: pathlib.Path) -> None:
    from simmc_tf.sources import saved
    from simmc_tf.sources import settings as settings_module

    settings = settings_module.Settings("AGE", 2, 1, 1, 2, 0.001, units=2)
    model = settings_module.build(settings, 2, None)
    told = saved.describe(settings, 2, None, "a" * 64)
    saved.save(folder, model, {**told, "best_epoch": 1, "finished": True})


def _read_source(folder: pathlib.Path) -> object:
    from simmc_tf.sources import saved
    from simmc_tf.sources import settings as settings_module

    with _built_once(settings_module, "build"):
        return saved.load(folder)


def _tf1(folder: pathlib.Path) -> None:
    """As the published code saves its model."""
    import tensorflow as tf

    v1 = tf.compat.v1
    drawn = np.random.default_rng(0)
    with tf.Graph().as_default():
        with tf.name_scope("Input"):
            v1.placeholder(tf.float32, (4, 2, 3))
            for _ in range(2):
                v1.placeholder(tf.int32, (2,))
                v1.placeholder(tf.float32, (None, _WIDTH))
            v1.placeholder(tf.float32, (2, 2))
        for name, size in (("dense", _SIZE), ("dense_1", _WIDTH), ("SimMC", _WIDTH)):
            kernel, bias = f"SimMC/{name}/kernel", f"SimMC/{name}/bias"
            if name == "SimMC":
                kernel, bias = "SimMC/SimMC/Variable", "SimMC/SimMC/Variable_1"
            for one, shape in ((kernel, (size, _WIDTH)), (bias, (_WIDTH,))):
                values = drawn.normal(size=shape).astype(np.float32)
                v1.Variable(values, name=one, use_resource=False)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            v1.train.Saver().save(session, str(folder / "best.ckpt"))


def _read_tf1(folder: pathlib.Path) -> object:
    from simmc_tf import tf1_checkpoint

    prefix = tf1_checkpoint.find(folder / "best.ckpt")
    return tf1_checkpoint.read(prefix), tf1_checkpoint.graph(prefix)
