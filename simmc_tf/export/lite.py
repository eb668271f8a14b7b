"""TensorFlow Lite (LiteRT) of an exported model, in float32 or with 8-bit weights."""

import contextlib
import pathlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from simmc_tf import cores, errors
from simmc_tf.export import embedder, saved_model

_SIGNATURES = [saved_model.WHOLE, saved_model.SEEN, saved_model.SINGLE]


def convert(folder: pathlib.Path, dynamic: bool = False) -> bytes:
    """Converts a SavedModel with all its signatures.

    Args:
        folder: of the SavedModel, `export/1`.
        dynamic: weights become 8-bit integers and are multiplied so, by a scale that is
            found for each batch (dynamic-range quantisation).

    Returns:
        Content of a .tflite file.
    """
    with _quietly():
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(folder), signature_keys=_SIGNATURES
        )
        if dynamic:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return converter.convert()


def load(path: pathlib.Path, kind: str) -> embedder.Call:
    """What computes batches by a .tflite file.

    By ai_edge_litert where that is installed, else by the interpreter of TensorFlow.

    Args:
        path: of the file.
        kind: name of the input, as `about.About` tells.

    Raises:
        errors.InputError: it is no such file.
    """
    # One interpreter has one set of buffers.
    lock = threading.Lock()
    try:
        interpreter = _interpreter(path)
        whole = interpreter.get_signature_runner(saved_model.WHOLE)
        seen = interpreter.get_signature_runner(saved_model.SEEN)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise errors.InputError(
            f"{path} cannot be read ({reason}); convert the model "
            "again: python -m scripts.convert"
        ) from error

    def call(sequences: np.ndarray, visible: np.ndarray | None) -> np.ndarray:
        given = {kind: np.ascontiguousarray(sequences)}
        with lock:
            if visible is None:
                return whole(**given)[saved_model.RESULT].copy()
            return seen(**given, visible=visible)[saved_model.RESULT].copy()

    return call


def _interpreter(path: pathlib.Path) -> Any:
    try:
        from ai_edge_litert import interpreter
    except ImportError:
        with _quietly():
            return tf.lite.Interpreter(str(path), num_threads=cores.count())
    return interpreter.Interpreter(str(path), num_threads=cores.count())


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without the notes that tf.lite is to become ai_edge_litert."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
