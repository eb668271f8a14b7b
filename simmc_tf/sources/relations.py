"""Relations between nodes of a skeleton: within a graph, and across scales."""

import keras
import numpy as np
import tensorflow as tf

from simmc_tf.sources import graphs

# Slope of the leaky ReLU below 0 (Velickovic et al., Graph Attention Networks, 2018).
_SLOPE = 0.2
# Added to the logits of nodes that are no neighbours.
_FAR = -1e9


class StructuralRelations(keras.layers.Layer):
    """Attends to neighbours in a graph, by several heads, which are averaged.

    Multi-head structural relation layer of MG-SCR (section 3.2) and SM-SGE: nodes are
    embedded linearly; a head maps them once more, scores each pair of neighbours by
    LeakyReLU(a.h_i + b.h_j), and sums neighbours by the softmax of that; ELU.

    Args:
        scale: of the skeleton, with n nodes.
        units: numbers a node, D.
        heads: how many, 2 or more: products of TensorFlow 2.21 on a CPU, whose second
            dimension is 1, gave wrong numbers.
        seed: of the initial weights; the layer uses seed .. seed + 3.
    """

    def __init__(
        self, scale: graphs.Scale, units: int = 8, heads: int = 8, seed: int = 0
    ) -> None:
        super().__init__(name=f"{scale.name.replace('-', '_')}_relations")
        self.units = units
        self.heads = heads
        self._seed = seed
        far = np.where(scale.neighbours, 0.0, _FAR).astype(np.float32)
        self._far = tf.constant(far)
        self._pool = tf.constant(scale.pool)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the weights for joints [..., J, 3]."""
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=self._seed)
        units, heads = self.units, self.heads
        self.embedding = self.add_weight(
            name="embedding", shape=(input_shape[-1], units), initializer=normal
        )
        self.embedding_bias = self.add_weight(
            name="embedding_bias", shape=(units,), initializer="zeros"
        )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(heads, units, units),
            initializer=_glorot(units, units, self._seed + 1),
        )
        self.score_kernels = [
            self.add_weight(
                name=f"score_kernel_{i}",
                shape=(heads, units, 1),
                initializer=_glorot(units, 1, self._seed + 1 + i),
            )
            for i in (1, 2)
        ]
        self.score_biases = [
            self.add_weight(
                name=f"score_bias_{i}", shape=(heads, 1, 1), initializer="zeros"
            )
            for i in (1, 2)
        ]
        self.bias = self.add_weight(
            name="bias", shape=(heads, 1, units), initializer="zeros"
        )
        self.built = True

    def call(self, joints: tf.Tensor) -> tf.Tensor:
        """Encodes skeletons.

        Args:
            joints: [B, J, 3].

        Returns:
            [B, n, D].
        """
        nodes = tf.matmul(self._pool, joints)
        nodes = tf.matmul(nodes, self.embedding) + self.embedding_bias
        mapped = tf.matmul(nodes[:, None], self.kernel)  # [B, heads, n, D]
        own, other = (
            tf.matmul(mapped, kernel) + bias
            for kernel, bias in zip(self.score_kernels, self.score_biases, strict=True)
        )
        logits = tf.nn.leaky_relu(own + tf.linalg.matrix_transpose(other), _SLOPE)
        attention = tf.nn.softmax(logits + self._far)
        return tf.reduce_mean(tf.nn.elu(tf.matmul(attention, mapped) + self.bias), 1)


class CrossRelations(keras.layers.Layer):
    """What nodes take over from those of another scale: sum of softmax(a b') b W.

    Cross-level collaborative relation of MG-SCR (section 3.3) and SM-SGE, whose
    products are not scaled.

    Args:
        name: of the layer.
        units: numbers a node, D.
        seed: of the initial weights, standard normal.
    """

    def __init__(self, name: str, units: int = 8, seed: int = 0) -> None:
        super().__init__(name=name)
        self.units = units
        self._seed = seed

    def build(self, input_shape: object = None) -> None:
        """Creates the weights."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.units, self.units),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self._seed),
        )
        self.built = True

    def call(self, nodes: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        """What comes to nodes [B, n, D] from others [B, m, D]: [B, n, D]."""
        attention = tf.nn.softmax(tf.matmul(nodes, others, transpose_b=True))
        return tf.matmul(tf.matmul(attention, others), self.kernel)


def _glorot(fan_in: int, fan_out: int, seed: int) -> keras.initializers.Initializer:
    """Glorot uniform of one head: that of Keras would count all heads as one."""
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return keras.initializers.RandomUniform(-limit, limit, seed)
