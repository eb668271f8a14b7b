"""SGELA: AGE with a contrast of sequences (Rao, Wang, Hu et al., TPAMI 2021)."""

import keras
import tensorflow as tf

from simmc_tf import losses as simmc_losses
from simmc_tf.sources import age


class SGELA(age.AGE):
    """AGE, whose sequences must also be like the next one in file order.

    Neighbours in file order are mostly of one recording; the last of a recording and
    the first of the next are taken for alike, too, as in the published code, which
    trains in file order for that.

    Args:
        num_joints: J.
        num_frames: f.
        units: H, of every LSTM layer and of the contrast's layers.
        temperature: t of the contrast.
        teacher_forcing: see `age.AGE`.
        seed: of the initial weights.
    """

    terms = (*age.AGE.terms, "contrast")

    def __init__(
        self,
        num_joints: int,
        num_frames: int,
        units: int = 256,
        temperature: float = 0.1,
        teacher_forcing: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(num_joints, num_frames, units, teacher_forcing, seed)
        self.temperature = temperature
        self.heads = []
        for number, _ in enumerate(self.axes):
            normal = [
                keras.initializers.RandomNormal(
                    stddev=1.0, seed=seed + 100 * number + 50 + i
                )
                for i in range(2)
            ]
            head = [
                keras.layers.Dense(units, "relu", kernel_initializer=normal[0]),
                keras.layers.Dense(units, kernel_initializer=normal[1]),
            ]
            head[0].build((None, num_frames * units))
            head[1].build((None, units))
            self.heads.append(head)

    def loss_terms(self, sequences: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """As of AGE, and the contrast, a sum over the axes."""
        found = self.reconstruct(sequences)
        contrasts = []
        for head, one in zip(self.heads, found, strict=True):
            contexts = one.contexts
            rows = tf.reshape(contexts, [-1, contexts.shape[1] * contexts.shape[2]])
            for layer in head:
                rows = layer(rows)
            contrasts.append(contrast(rows, self.temperature))
        return {**self._terms(found), "contrast": tf.add_n(contrasts)}


def contrast(rows: tf.Tensor, temperature: float) -> tf.Tensor:
    """NT-Xent with each row and the next one for a pair (SGELA section 3.4).

    All rows but the first and all but the last are two views of the batch: 2(B - 1)
    rows, each to be told from all others, its own copy in the other view among them,
    by its angle to its pair.

    Args:
        rows: [B, H], at least 2.
        temperature: t.

    Returns:
        Mean cross-entropy in nats.
    """
    unit = simmc_losses.unit(rows)
    both = tf.concat([unit[1:], unit[:-1]], axis=0)
    logits = tf.matmul(both, both, transpose_b=True) / temperature
    logits -= 1e9 * tf.eye(tf.shape(both)[0])  # None is told from itself.
    num_pairs = tf.shape(rows)[0] - 1
    own = tf.range(num_pairs)
    pairs = tf.concat([own + num_pairs, own], axis=0)
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=pairs, logits=logits)
    )
