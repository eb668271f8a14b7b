"""What all source models begin as: encoders that learn by a pretext task."""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf

from simmc_tf.sources import stage


class Pretext(stage.Stage):
    """Encodes every skeleton of a sequence; trained without identity labels.

    A batch is a dict of `sequences` [B, f, 3J] float32, root-centred, and `seed` [2]
    int32, of whatever the task draws.
    """

    @abc.abstractmethod
    def loss_terms(self, sequences: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The terms of the loss of a batch [B, f, 3J], by `terms`.

        Args:
            sequences: root-centred.
            seed: [2] int32, of what is drawn.
        """

    def batch_terms(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """As `loss_terms`: a pretext takes nothing else of a batch."""
        return self.loss_terms(batch["sequences"], batch["seed"])


def skeletons(sequences: tf.Tensor) -> tf.Tensor:
    """Joints [B, f, J, 3] of sequences [B, f, 3J]."""
    shape = tf.shape(sequences)
    return tf.reshape(sequences, [shape[0], shape[1], sequences.shape[-1] // 3, 3])


def head(units: int, size: int, seed: int) -> list[keras.layers.Dense]:
    """Two layers on an encoder's states, with standard normal weights.

    Args:
        units: of the states and of the hidden layer.
        size: numbers that they give.
        seed: of the initial weights; they use seed and seed + 1.
    """
    layers = [
        keras.layers.Dense(
            width,
            activation,
            kernel_initializer=keras.initializers.RandomNormal(
                stddev=1.0, seed=seed + number
            ),
        )
        for number, (width, activation) in enumerate([(units, "relu"), (size, None)])
    ]
    for layer in layers:
        layer.build((None, units))
    return layers


def apply(layers: Sequence[keras.layers.Layer], rows: tf.Tensor) -> tf.Tensor:
    """What layers make of rows, one after the other."""
    for layer in layers:
        rows = layer(rows)
    return rows
