"""A SavedModel with its signatures, which plain `tf.saved_model.load` takes."""

import dataclasses
import pathlib
import tempfile

import tensorflow as tf

from simmc_tf.export import about as abouts
from simmc_tf.export import graph as graphs

# Signatures: embeddings [B, H] of whole sequences, of their visible frames, and
# [B, f, H] of each skeleton as a sequence of its own. All call their result so:
WHOLE, SEEN, SINGLE = "serving_default", "with_visibility", "per_skeleton"
RESULT = "embedding"


def digest(graph: graphs.Graph) -> str:
    """SHA-256 over all that a graph computes with."""
    return digest_of(_module(graph))


def digest_of(module: tf.Module) -> str:
    """The same of a SavedModel that was loaded.

    Raises:
        AttributeError: it was not written here.
    """
    return abouts.digest(each.numpy() for each in (*module.kept, *module.constants))


def sums(folder: pathlib.Path) -> dict[str, str]:
    """SHA-256 of the graph and of the files of its variables, by path in the folder.

    Raises:
        OSError: they cannot be read.
    """
    paths = [folder / "saved_model.pb", *sorted((folder / "variables").iterdir())]
    return {
        path.relative_to(folder).as_posix(): abouts.digest_of_file(path)
        for path in paths
    }


def _module(graph: graphs.Graph) -> tf.Module:
    module = tf.Module()
    module.kept = [variable.value for variable in graph.whole.weights]
    # The graph has them too; so they are among the variables, for the digest.
    module.constants = [tf.Variable(each, trainable=False) for each in graph.constants]
    return module


def write(folder: pathlib.Path, graph: graphs.Graph, about: abouts.About) -> None:
    """Writes a SavedModel.

    Args:
        folder: to write; one version, as TensorFlow Serving numbers them.
        graph: of the model.
        about: goes with it as the asset `about.FILE`, and tells of its files.

    Raises:
        OSError, tf.errors.OpError: it cannot be written.
    """
    module = _module(graph)
    sequences = tf.TensorSpec([None, None, *graph.skeleton], name=graph.kind)
    visible = tf.TensorSpec([None, None], tf.bool, name="visible")

    @tf.function(input_signature=[sequences])
    def whole(skeletons: tf.Tensor) -> dict[str, tf.Tensor]:
        return {RESULT: graph.whole(skeletons)}

    @tf.function(input_signature=[sequences, visible])
    def seen(skeletons: tf.Tensor, visible: tf.Tensor) -> dict[str, tf.Tensor]:
        return {RESULT: graph.seen({graph.kind: skeletons, "visible": visible})}

    @tf.function(input_signature=[sequences])
    def single(skeletons: tf.Tensor) -> dict[str, tf.Tensor]:
        shape = tf.shape(skeletons)
        alone = tf.reshape(skeletons, [shape[0] * shape[1], 1, *graph.skeleton])
        return {
            RESULT: tf.reshape(graph.whole(alone), [shape[0], shape[1], graph.size])
        }

    with tempfile.TemporaryDirectory() as temporary:
        asset = pathlib.Path(temporary, abouts.FILE)
        asset.write_text(about.text, encoding="utf-8")
        module.about = tf.saved_model.Asset(str(asset))
        tf.saved_model.save(
            module, str(folder), signatures={WHOLE: whole, SEEN: seen, SINGLE: single}
        )
    # TensorFlow copies an asset before the others are there.
    told = dataclasses.replace(about, files=sums(folder))
    (folder / "assets" / abouts.FILE).write_text(told.text, encoding="utf-8")
