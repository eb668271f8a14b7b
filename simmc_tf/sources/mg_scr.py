"""MG-SCR: multi-level graphs, sparse sequential prediction (Rao et al., IJCAI 2021)."""

import numpy as np
import tensorflow as tf

from simmc_tf import errors
from simmc_tf.sources import graphs, pretext, recurrent, relations, subsequences

_NODE_UNITS = 8
# How much of what parts and limbs know goes back to joints; lambda of MG-SCR.
_FUSION = 0.3


class MGSCR(pretext.Pretext):
    """Multi-level graph encoding with structural-collaborative relation learning.

    Trained by sparse sequential prediction alone: the published code then trains on
    with identity labels, as `recognition.Recognition` does.

    Args:
        body: which joint is where.
        num_frames: f, 2 or more.
        units: of either LSTM layer, d.
        seed: of the initial weights.

    Raises:
        errors.InputError: there is no next frame to predict.
    """

    terms = ("prediction",)

    def __init__(
        self, body: graphs.Body, num_frames: int, units: int = 128, seed: int = 0
    ) -> None:
        super().__init__()
        if num_frames < 2:
            raise errors.InputError(
                f"--length {num_frames}: MG-SCR predicts the next frame; expected 2 or "
                "more."
            )
        self.width = units
        num_joints = len(body.joints)
        scales = (body.joint_scale, body.part_scale, body.limb_scale)
        self.structural = [
            relations.StructuralRelations(scale, _NODE_UNITS, seed=seed + 10 * i)
            for i, scale in enumerate(scales)
        ]
        self.to_parts = relations.CrossRelations("to_parts", _NODE_UNITS, seed + 40)
        self.to_limbs = relations.CrossRelations("to_limbs", _NODE_UNITS, seed + 41)
        self._part_of_joint, self._limb_of_joint = (
            tf.constant(np.argmax(scale.pool > 0, axis=0)) for scale in scales[1:]
        )
        self.encoder = recurrent.Encoder(
            "encoder", units, seed=seed + 50, num_frames=num_frames
        )
        self.head = pretext.head(units, 3 * num_joints, seed + 60)
        for layer in self.structural:
            layer.build((None, num_joints, 3))
        for layer in (self.to_parts, self.to_limbs):
            layer.build()
        self.encoder.build((None, num_frames, _NODE_UNITS * num_joints))
        self.built = True

    def frames(self, sequences: tf.Tensor) -> tf.Tensor:
        """Graph representations [B, f, 8J] of single skeletons [B, f, 3J]."""
        shape = tf.shape(sequences)
        bodies = tf.reshape(sequences, [-1, sequences.shape[-1] // 3, 3])
        joints, parts, limbs = (layer(bodies) for layer in self.structural)
        told_parts = parts + self.to_parts(parts, joints)
        told_limbs = limbs + self.to_limbs(limbs, parts)
        joints += _FUSION * (
            tf.gather(told_parts, self._part_of_joint, axis=1)
            + tf.gather(told_limbs, self._limb_of_joint, axis=1)
        )
        return tf.reshape(joints, [shape[0], shape[1], joints.shape[1] * _NODE_UNITS])

    def represent(self, sequences: tf.Tensor) -> tf.Tensor:
        """States [B, f, d] of the upper LSTM layer after each frame."""
        return self.encoder(self.frames(sequences))[0]

    def loss_terms(self, sequences: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Squared error of the next frames (MG-SCR section 3.4).

        Half the sum over the batch, frames and joints, in the mean over subsequences of
        1 to f - 1 frames.
        """
        chosen = subsequences.draw(seed, tf.shape(sequences)[0], sequences.shape[1] - 1)
        states = subsequences.encode(self.encoder, self.frames(sequences), chosen)
        errors_of = pretext.apply(self.head, states) - tf.gather(
            sequences, chosen + 1, axis=1, batch_dims=1
        )
        num_lengths = sequences.shape[1] - 1
        inside = tf.cast(subsequences.inside(num_lengths), errors_of.dtype)
        squares = tf.reduce_sum(tf.square(errors_of), axis=[0, 3])
        return {"prediction": tf.reduce_sum(inside * squares) / (2 * num_lengths)}
