"""What all source models are: encoders that learn by a pretext task."""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf


class Pretext(keras.Model, abc.ABC):
    """Encodes every skeleton of a sequence; trained without identity labels.

    A batch is a dict of `sequences` [B, f, 3J] float32, root-centred, and `seed` [2]
    int32, of whatever the task draws. A subclass builds its weights in its constructor,
    for skeletons of J joints, so that it can be saved and loaded.

    Attributes:
        width: d, numbers of a skeleton's representation.
        terms: names of what the loss is the sum of, each shown while training.
    """

    width: int
    terms: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self._means: dict[str, keras.metrics.Mean] = {}

    @abc.abstractmethod
    def represent(self, sequences: tf.Tensor) -> tf.Tensor:
        """Represents every skeleton of sequences [B, f, 3J]: [B, f, d]."""

    @abc.abstractmethod
    def loss_terms(self, sequences: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The terms of the loss of a batch [B, f, 3J], by `terms`.

        Args:
            sequences: root-centred.
            seed: [2] int32, of what is drawn.
        """

    def call(self, sequences: tf.Tensor) -> tf.Tensor:
        """As `represent`."""
        return self.represent(sequences)

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of gradient descent; returns the epoch's running means."""
        sequences = batch["sequences"]
        with tf.GradientTape() as tape:
            terms = self.loss_terms(sequences, batch["seed"])
            loss = tf.add_n([terms[name] for name in self.terms])
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        size = tf.shape(sequences)[0]
        for mean in self.metrics:
            value = loss if mean.name == "loss" else terms[mean.name]
            mean.update_state(value, sample_weight=size)
        return {mean.name: mean.result() for mean in self.metrics}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The running means, which Keras resets every epoch."""
        if not self._means:
            self._means = {
                name: keras.metrics.Mean(name) for name in ("loss", *self.terms)
            }
        return list(self._means.values())


def skeletons(sequences: tf.Tensor) -> tf.Tensor:
    """Joints [B, f, J, 3] of sequences [B, f, 3J]."""
    shape = tf.shape(sequences)
    return tf.reshape(sequences, [shape[0], shape[1], sequences.shape[-1] // 3, 3])


def head(units: int, size: int, seed: int) -> list[keras.layers.Dense]:
    """Layers that make frames of an encoder's states, with standard normal weights.

    Args:
        units: of the states and of the hidden layer.
        size: numbers a frame.
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
