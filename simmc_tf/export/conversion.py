"""An export for other runtimes, by the name of its kind."""

import pathlib

from simmc_tf.export import about as abouts
from simmc_tf.export import embedder, layout, lite, onnx


def convert(kind: str, folder: pathlib.Path, about: abouts.About) -> bytes:
    """Converts a SavedModel.

    Args:
        kind: of `layout.CONVERTED`.
        folder: of the SavedModel, `export/1`.
        about: what it says of itself.

    Returns:
        Content of the file.

    Raises:
        errors.InputError: what converts is not installed.
    """
    if kind == layout.ONNX:
        return onnx.convert(folder, about)
    return lite.convert(folder, dynamic=kind == layout.DYNAMIC)


def load(kind: str, path: pathlib.Path, about: abouts.About) -> embedder.Embedder:
    """What embeds by a converted file.

    Args:
        kind: of `layout.CONVERTED`.
        path: of the file.
        about: of the SavedModel that it was converted from.

    Raises:
        errors.InputError: it is no such file, or what runs it is not installed.
    """
    call = (onnx if kind == layout.ONNX else lite).load(path, about.kind)
    return embedder.Embedder(about, call)
