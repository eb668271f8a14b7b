"""Features of the archive: encoded by a model, or brought into one file.

TensorFlow is loaded by the workers that encode, and by nothing else here.
"""

import functools
import pathlib
from collections.abc import Callable

import numpy as np

from simmc_tf import errors
from simmc_tf.sharded import plan

# As many as `pipeline.BulkEncoder` takes at once. Batches of the whole archive, not of
# the shard: a product's rounding may depend on how many rows it has.
_BATCH = 2048
_SAVED_MODEL = "saved_model.pb"
# `checkpoints.WEIGHTS`, which loads TensorFlow.
_WEIGHTS = "best.weights.h5"

Encode = Callable[[np.ndarray], np.ndarray]


def check(folder: pathlib.Path) -> None:
    """Looks whether a folder is one of a model, without loading TensorFlow.

    Raises:
        errors.InputError: it is not.
    """
    if not any((folder / name).is_file() for name in (_SAVED_MODEL, _WEIGHTS)):
        raise errors.InputError(
            f"--model {folder}: expected a folder of SimMC.py, with {_WEIGHTS}, or of "
            f"a SavedModel, with {_SAVED_MODEL}."
        )


def features(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Features of the batches that begin in a shard.

    Returns:
        `features` [n, H] float32, n a multiple of the batch size but for the last
        shard, and possibly 0.
    """
    first, last = (_batch_bound(task, row) for row in task.rows(shard))
    if task.model is None:
        encode: Encode = _as_they_are
    else:
        encode = encoder(task.model, task.source.shape[1], task.gpu)
    batches = []
    for start in range(first, last, _BATCH):
        rows = task.source.read(start, min(start + _BATCH, last))
        # Here, since a ReLU takes NaN for 0.
        task.source.check(start, rows)
        batches.append(encode(rows))
    if not batches:
        width = encode(np.zeros((1, *task.source.shape), np.float32)).shape[1]
        batches = [np.empty((0, width), np.float32)]
    return {"features": np.concatenate(batches)}


@functools.lru_cache(maxsize=1)
def encoder(folder: str, size: int, gpu: int) -> Encode:
    """The function [B, f, d] -> [B, H] of a model's folder.

    Args:
        folder: of a model of SimMC.py, or of a SavedModel.
        size: d of the sequences.
        gpu: number, -1 for the CPU.

    Raises:
        errors.InputError: there is no such model, or it takes something else.
    """
    path = pathlib.Path(folder)
    from simmc_tf import startup

    startup.prepare(gpu)
    if (path / _SAVED_MODEL).is_file():
        return _saved_model(path, size)
    from simmc_tf import checkpoints, pipeline

    simmc, _, description = checkpoints.load(path)
    if description["skeleton_size"] != size:
        raise errors.InputError(
            f"The model in {folder} takes {description['skeleton_size']} numbers a "
            f"skeleton, these data have {size}."
        )
    return pipeline.BulkEncoder(simmc.encoder, simmc.preparation).whole


def _saved_model(path: pathlib.Path, size: int) -> Encode:
    import tensorflow as tf

    model = tf.saved_model.load(str(path))
    signature = model.signatures.get("serving_default")
    inputs = {} if signature is None else signature.structured_input_signature[1]
    outputs = {} if signature is None else signature.structured_outputs
    if not len(inputs) == len(outputs) == 1:
        raise errors.InputError(
            f"The SavedModel in {path} has no signature 'serving_default' of one input "
            "and one output; expected [B, f, d] to [B, H]."
        )
    ((name, spec),), (output,) = inputs.items(), outputs
    if spec.dtype != tf.float32 or not spec.shape.is_compatible_with(
        [None, None, size]
    ):
        raise errors.InputError(
            f"The SavedModel in {path} takes {spec.dtype.name} {spec.shape}; expected "
            f"float32 [B, f, {size}]."
        )

    def encode(sequences: np.ndarray) -> np.ndarray:
        # The model goes with its function, which does not hold it.
        return (model, signature)[1](**{name: tf.constant(sequences)})[output].numpy()

    return encode


def _batch_bound(task: plan.Plan, row: int) -> int:
    """The first batch that begins at a row or behind."""
    return min(-(-row // _BATCH) * _BATCH, task.num_rows)


def _as_they_are(rows: np.ndarray) -> np.ndarray:
    return rows
