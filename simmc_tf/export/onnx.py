"""ONNX of an exported model, by tf2onnx."""

import importlib.util
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from simmc_tf import errors
from simmc_tf.export import about as abouts
from simmc_tf.export import embedder, saved_model

# The first that has all that is used here is 13; 17 is read by onnxruntime since 1.12.
_OPSET = 17
_AXES = ("batch", "frames")


def missing() -> str | None:
    """What converts or checks, and is not installed; None: nothing."""
    for package in ("tf2onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            return package
    return None


def check() -> None:
    """Refuses to go on without what converts and checks.

    Raises:
        errors.InputError: it is not installed.
    """
    package = missing()
    if package is not None:
        raise errors.InputError(
            f"ONNX needs {package}; install it with: pip install -r "
            "requirements-export.txt"
        )


def convert(folder: pathlib.Path, about: abouts.About) -> bytes:
    """Converts the default signature of a SavedModel.

    Args:
        folder: of the SavedModel, `export/1`.
        about: what it says of itself.

    Returns:
        Content of an .onnx file, with an input called `about.kind`.

    Raises:
        errors.InputError: tf2onnx is not installed.
    """
    check()
    import tf2onnx

    loaded = tf.saved_model.load(str(folder))
    whole = loaded.signatures[saved_model.WHOLE]
    shape = [None, None, *about.skeleton]
    spec = [tf.TensorSpec(shape, name=about.kind)]
    function = tf.function(lambda given: whole(**{about.kind: given}), spec)
    model, _ = tf2onnx.convert.from_function(function, spec, opset=_OPSET)
    given, result = model.graph.input[0], model.graph.output[0]
    for value in (given, result):
        for axis, size in zip(_AXES, value.type.tensor_type.shape.dim, strict=False):
            if not size.dim_value:
                size.dim_param = axis
    return model.SerializeToString()


def load(path: pathlib.Path, kind: str) -> embedder.Call:
    """What computes batches by an .onnx file.

    Args:
        path: of the file.
        kind: name of the input, as `about.About` tells.

    Raises:
        errors.InputError: it is no such file, or onnxruntime is not installed.
    """
    check()
    import onnxruntime

    try:
        session: Any = onnxruntime.InferenceSession(
            str(path), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # Its own exceptions have no common class.
        reason = str(error).partition("\n")[0]
        raise errors.InputError(
            f"{path} cannot be read ({reason}); convert the model "
            "again: python -m scripts.convert --to onnx"
        ) from error

    def call(sequences: np.ndarray, visible: np.ndarray | None) -> np.ndarray:
        if visible is not None:
            raise errors.InputError(
                "The ONNX model has no signature with visible frames; leave those out "
                "that are missing."
            )
        return session.run([saved_model.RESULT], {kind: sequences})[0]

    return call
