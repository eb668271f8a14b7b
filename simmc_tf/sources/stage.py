"""What every stage of a source model's training is: an encoder and a loss."""

import abc

import keras
import tensorflow as tf

from simmc_tf import bad_numbers


class Stage(keras.Model, abc.ABC):
    """Encodes every skeleton of a sequence, and is trained by a sum of terms.

    A batch is a dict that `batches.of_epoch` gives. A subclass builds its weights in
    its constructor, for skeletons of J joints, so that it can be saved and loaded.

    Attributes:
        width: d, numbers of a skeleton's representation.
        terms: names of what the loss is the sum of, each shown while training.
    """

    width: int
    terms: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self._means: dict[str, keras.metrics.Mean] = {}
        self._watch: bad_numbers.Watch | None = None

    @abc.abstractmethod
    def represent(self, sequences: tf.Tensor) -> tf.Tensor:
        """Represents every skeleton of sequences [B, f, 3J]: [B, f, d]."""

    @abc.abstractmethod
    def batch_terms(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The terms of the loss of a batch, by `terms`."""

    def call(self, sequences: tf.Tensor) -> tf.Tensor:
        """As `represent`."""
        return self.represent(sequences)

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of gradient descent; returns the epoch's running means."""
        with tf.GradientTape() as tape:
            terms = self.batch_terms(batch)
            loss = tf.add_n([terms[name] for name in self.terms])
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        size = tf.shape(batch["sequences"])[0]
        for mean in self.metrics:
            value = loss if mean.name == "loss" else terms[mean.name]
            mean.update_state(value, sample_weight=size)
        self.watch.note(terms, self.trainable_variables)
        return {mean.name: mean.result() for mean in self.metrics}

    @property
    def watch(self) -> bad_numbers.Watch:
        """Of the terms and the weights, for the first number that is not finite."""
        if self._watch is None:
            with tf.init_scope():
                self._watch = bad_numbers.Watch(self.terms)
        return self._watch

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The running means, which Keras resets every epoch."""
        if not self._means:
            self._means = {
                name: keras.metrics.Mean(name) for name in ("loss", *self.terms)
            }
        return list(self._means.values())
