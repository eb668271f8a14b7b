"""SimMC as a Keras model: encoder, predictor and the training step."""

import keras
import numpy as np
import tensorflow as tf

from simmc_tf import bad_numbers, losses, masking
from simmc_tf import encoder as encoders
from simmc_tf import preparation as preparations
from simmc_tf import replicas as replication


class SimMC(keras.Model):
    """Trains an encoder by masked prototype and intra-sequence contrast.

    A batch is a dict of `sequences` [B, f, d] float32, `keep` [B, 2, f] bool and
    `labels` [B, 2] int32, the pseudo-labels of either view. `set_prototypes` gives the
    clusters that the labels refer to; their number may change every epoch.

    Args:
        encoder: an `Encoder`.
        temperature: t of the MPC loss.
        mic_weight: lambda; loss = lambda * MIC + (1 - lambda) * MPC.
        seed: of the predictor's initial weights.
        replicas: devices that share every batch of B rows; losses are means over the
            B rows, and the optimizer takes one step, on one device and on several. It
            must be created in their scope.
        preparation: of sequences before they come here, kept with the weights; None
            where there is none.
    """

    def __init__(
        self,
        encoder: encoders.Encoder,
        temperature: float,
        mic_weight: float,
        seed: int = 0,
        replicas: replication.Replicas | None = None,
        preparation: preparations.Preparation | None = None,
    ) -> None:
        # Else Keras would number the models of a process, and their files tell of it.
        super().__init__(name="sim_mc")
        self.replicas = replicas or replication.Replicas()
        self.encoder = encoder
        self.preparation = preparation
        self.temperature = temperature
        self.mic_weight = mic_weight
        # The published predictor: one linear layer with standard normal weights.
        self.predictor = keras.layers.Dense(
            encoder.hidden_size,
            kernel_initializer=keras.initializers.RandomNormal(stddev=1.0, seed=seed),
            name="predictor",
        )
        with self.replicas.scope():
            self._prototypes = [
                tf.Variable(
                    tf.zeros([0, encoder.hidden_size]),
                    trainable=False,
                    shape=[None, encoder.hidden_size],
                )
                for _ in range(masking.NUM_VIEWS)
            ]
        self._means = {
            name: keras.metrics.Mean(name) for name in ("loss", "mpc", "mic")
        }
        self.watch = bad_numbers.Watch(("mpc", "mic"))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the weights for sequences [B, f, d]."""
        with self.replicas.scope():
            self.encoder.build(input_shape)
            self.predictor.build((None, self.encoder.hidden_size))
        self.built = True

    def call(self, sequences: tf.Tensor) -> tf.Tensor:
        """Encodes whole sequences [B, f, d] to [B, H]."""
        return self.encoder(sequences)

    def set_prototypes(self, prototypes: tuple[np.ndarray, np.ndarray]) -> None:
        """Takes the prototypes [K_a, H] of either view for the epoch to come."""
        for variable, value in zip(self._prototypes, prototypes, strict=True):
            variable.assign(losses.unit(tf.cast(value, variable.dtype)))

    def loss_terms(self, batch: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """MPC, the sum over both views, and MIC of a batch."""
        views = self.encoder.views(batch["sequences"], batch["keep"])
        mpc = tf.add_n(
            [
                losses.mpc(view, prototypes, labels, self.temperature)
                for view, prototypes, labels in zip(
                    views,
                    self._prototypes,
                    tf.unstack(batch["labels"], axis=1),
                    strict=True,
                )
            ]
        )
        mic = losses.mic(tuple(views), tuple(self.predictor(view) for view in views))
        return mpc, mic

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of gradient descent, none on an empty batch.

        Returns the epoch's running means.
        """
        size = tf.shape(batch["labels"])[0]
        tf.cond(size > 0, lambda: self._descend(batch, size), tf.no_op)
        return {name: mean.result() for name, mean in self._means.items()}

    def _descend(self, batch: dict[str, tf.Tensor], size: tf.Tensor) -> tf.Operation:
        terms = self.replicas.sum(self._descend_by, batch)
        for name, value in terms.items():
            self._means[name].update_state(value, sample_weight=size)
        self.watch.note(terms, self.trainable_variables)
        return tf.no_op()

    def _descend_by(
        self, part: dict[str, tf.Tensor], share: tf.Tensor | float
    ) -> dict[str, tf.Tensor]:
        """A step by a part of a batch that has a share of its rows; loss terms."""
        with tf.GradientTape() as tape:
            mpc, mic = (share * term for term in self.loss_terms(part))
            loss = self.mic_weight * mic + (1.0 - self.mic_weight) * mpc
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss, "mpc": mpc, "mic": mic}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The running means, which Keras resets every epoch."""
        return list(self._means.values())
