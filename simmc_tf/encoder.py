"""The encoder: a multilayer perceptron on single skeletons, averaged over frames."""

import keras
import tensorflow as tf

from simmc_tf import losses, whitening


@keras.saving.register_keras_serializable("simmc_tf")
class Encoder(keras.Model):
    """Encodes sequences of skeletons (SimMC section 3.1).

    `depth` layers Dense(H, relu) see one skeleton at a time; their mean over the
    visible frames goes through a linear Dense(H). The published code applies that last
    layer before the mean; being linear it commutes with it, and after the mean it
    costs 1/f as much.

    Args:
        hidden_size: H, the width of the hidden layers and of the representation.
        depth: D, the number of hidden layers, at least 1.
        seed: of the initial weights (Glorot uniform, biases 0).
        whitened: the representation of whole sequences has length 1 and is whitened, as
            `set_whitening` says; Euclidean distances are then like those of cosines.
    """

    def __init__(
        self,
        hidden_size: int = 256,
        depth: int = 1,
        seed: int = 0,
        whitened: bool = False,
        **kwargs: object,
    ) -> None:
        # Else Keras would number those of a process, and files of weights tell of it.
        super().__init__(**{"name": "encoder", **kwargs})
        self.hidden_size = hidden_size
        self.depth = depth
        self.seed = seed
        self.whitened = whitened
        initial = [keras.initializers.GlorotUniform(seed + i) for i in range(depth + 1)]
        names = ["dense", *(f"dense_{i}" for i in range(1, depth + 1))]
        self.hidden = [
            keras.layers.Dense(
                hidden_size, "relu", kernel_initializer=initial[i], name=names[i]
            )
            for i in range(depth)
        ]
        self.linear = keras.layers.Dense(
            hidden_size, kernel_initializer=initial[depth], name=names[depth]
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the weights for sequences [B, f, d]."""
        size = input_shape[-1]
        for layer in self.hidden:
            layer.build((None, size))
            size = self.hidden_size
        self.linear.build((None, size))
        if self.whitened:
            size = self.hidden_size
            self._centre, self._matrix = (
                self.add_weight(
                    name=name, shape=shape, initializer=initial, trainable=False
                )
                for name, shape, initial in (
                    ("centre", (size,), "zeros"),
                    ("matrix", (size, size), "identity"),
                )
            )
        self.built = True

    def set_whitening(self, found: whitening.Whitening) -> None:
        """Takes the whitening of unit representations [N, H]."""
        self._centre.assign(found.centre)
        self._matrix.assign(found.matrix)

    @property
    def whitening_weights(self) -> tuple[keras.Variable, keras.Variable]:
        """Centre [H] and matrix [H, H] of a whitened representation."""
        return self._centre, self._matrix

    @property
    def skeleton_size(self) -> int:
        """Numbers a skeleton, d; known once built."""
        return int(self.hidden[0].kernel.shape[0])

    def _frame_features(self, sequences: tf.Tensor) -> tf.Tensor:
        """[B, f, d] skeletons to [B, f, H] hidden features, frame by frame."""
        shape = tf.shape(sequences)
        frames = tf.reshape(sequences, [-1, sequences.shape[-1]])
        for layer in self.hidden:
            frames = layer(frames)
        return tf.reshape(frames, [shape[0], shape[1], self.hidden_size])

    def call(self, sequences: tf.Tensor) -> tf.Tensor:
        """Encodes whole sequences [B, f, d] to [B, H]."""
        means = tf.reduce_mean(self._frame_features(sequences), axis=1)
        features = self.linear(means)
        if not self.whitened:
            return features
        return losses.unit(
            tf.matmul(losses.unit(features) - self._centre, self._matrix)
        )

    def views(self, sequences: tf.Tensor, keep: tf.Tensor) -> list[tf.Tensor]:
        """Encodes masked subsequences; the hidden layers run once for all of them.

        Args:
            sequences: [B, f, d] skeletons.
            keep: [B, V, f] bool, True for a visible frame; at least one a view.

        Returns:
            V features [B, H].
        """
        means = masked_means(self._frame_features(sequences), keep)
        return tf.unstack(self.linear(means), num=keep.shape[1], axis=1)

    def get_config(self) -> dict[str, object]:
        """What the constructor takes."""
        return {
            "hidden_size": self.hidden_size,
            "depth": self.depth,
            "seed": self.seed,
            "whitened": self.whitened,
            "name": self.name,
        }


def masked_means(frames: tf.Tensor, keep: tf.Tensor) -> tf.Tensor:
    """Averages the frames that masks keep.

    Args:
        frames: [B, f, H] features of single skeletons.
        keep: [B, V, f] bool, True for a visible frame; at least one a mask.

    Returns:
        [B, V, H] features of the masked subsequences.
    """
    weights = tf.cast(keep, frames.dtype)
    weights /= tf.reduce_sum(weights, axis=2, keepdims=True)
    # As a product: each view's weighted frames need not be written down.
    return tf.matmul(weights, frames)
