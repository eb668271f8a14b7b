"""SM-SGE: self-supervised multi-scale graph encoding (Rao et al., ACM MM 2021)."""

import tensorflow as tf

from simmc_tf.sources import graphs, pretext, recurrent, relations, subsequences

_NODE_UNITS = 8


class SMSGE(pretext.Pretext):
    """Four scales of graphs, each encoded in time and reconstructed at coarser ones.

    Each scale takes over what itself and all coarser ones know. One Adam optimizer
    trains all; the published code has one for each scale, which comes to the same but
    for the graph layers that scales share, which it moves up to four times a batch.

    Args:
        body: which joint is where.
        num_frames: f.
        units: of either LSTM layer of a scale; d = 4 units.
        seed: of the initial weights.
    """

    def __init__(
        self, body: graphs.Body, num_frames: int, units: int = 256, seed: int = 0
    ) -> None:
        super().__init__()
        # From fine to coarse.
        scales = (
            *(body.hyper_joint_scale, body.joint_scale),
            *(body.part_scale, body.limb_scale),
        )
        names = [scale.name for scale in scales]
        self.width = len(scales) * units
        self.terms = tuple(name.replace("-", "_") for name in names)
        self.structural = [
            relations.StructuralRelations(scale, _NODE_UNITS, seed=seed + 10 * i)
            for i, scale in enumerate(scales)
        ]
        self._pools = [tf.constant(scale.pool) for scale in scales]
        # Entry i of scale i's list is its relation to itself, then to coarser ones.
        self.collaborative = [
            [
                relations.CrossRelations(
                    f"{own}_from_{other}", _NODE_UNITS, seed + 50 + 10 * i + j
                )
                for j, other in enumerate(self.terms[i:])
            ]
            for i, own in enumerate(self.terms)
        ]
        self.encoders = [
            recurrent.Encoder(
                f"{own}_encoder", units, seed=seed + 100 + 10 * i, num_frames=num_frames
            )
            for i, own in enumerate(self.terms)
        ]
        self.heads = [
            [
                pretext.head(units, 3 * other.num_nodes, seed + 200 + 20 * i + 2 * j)
                for j, other in enumerate(scales[i:])
            ]
            for i in range(len(scales))
        ]
        self._build(scales, num_frames)

    def _build(self, scales: tuple[graphs.Scale, ...], num_frames: int) -> None:
        num_joints = scales[0].pool.shape[1]
        for layer in self.structural:
            layer.build((None, num_joints, 3))
        for layers in self.collaborative:
            for layer in layers:
                layer.build()
        for scale, encoder in zip(scales, self.encoders, strict=True):
            encoder.build((None, num_frames, _NODE_UNITS * scale.num_nodes))
        self.built = True

    def frames(self, sequences: tf.Tensor) -> list[tf.Tensor]:
        """Graph representations [B, f, 8n] of single skeletons, by scale."""
        shape = tf.shape(sequences)
        bodies = tf.reshape(sequences, [-1, sequences.shape[-1] // 3, 3])
        nodes = [layer(bodies) for layer in self.structural]
        told = [
            own + tf.add_n([r(own, o) for r, o in zip(to_own, nodes[i:], strict=True)])
            for i, (own, to_own) in enumerate(
                zip(nodes, self.collaborative, strict=True)
            )
        ]
        return [
            tf.reshape(own, [shape[0], shape[1], own.shape[1] * _NODE_UNITS])
            for own in told
        ]

    def represent(self, sequences: tf.Tensor) -> tf.Tensor:
        """States [B, f, d] of the scales' upper LSTM layers after each frame."""
        states = [
            encoder(frames)[0]
            for encoder, frames in zip(
                self.encoders, self.frames(sequences), strict=True
            )
        ]
        return tf.concat(states, axis=-1)

    def loss_terms(self, sequences: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Absolute error of frames at the own scale and all coarser ones, by scale.

        The mean over frames of a subsequence and numbers of a frame, summed over the
        scales that are reconstructed, in the mean over subsequences of 1 to f frames
        (SM-SGE section 3.3).
        """
        num_frames = sequences.shape[1]
        chosen = subsequences.draw(seed, tf.shape(sequences)[0], num_frames)
        targets = [self._target(sequences, pool, chosen) for pool in self._pools]
        weights = tf.cast(subsequences.inside(num_frames), sequences.dtype)
        weights /= num_frames * tf.reduce_sum(weights, axis=1, keepdims=True)
        terms = {}
        for i, frames in enumerate(self.frames(sequences)):
            states = subsequences.encode(self.encoders[i], frames, chosen)
            terms[self.terms[i]] = tf.add_n(
                [
                    tf.reduce_sum(weights * _absolute(pretext.apply(head, states), to))
                    for head, to in zip(self.heads[i], targets[i:], strict=True)
                ]
            )
        return terms

    def _target(
        self, sequences: tf.Tensor, pool: tf.Tensor, chosen: tf.Tensor
    ) -> tf.Tensor:
        """Nodes [B, k, f, 3n] of the chosen frames."""
        nodes = tf.matmul(pool, pretext.skeletons(sequences))
        shape = tf.shape(nodes)
        flat = tf.reshape(nodes, [shape[0], shape[1], 3 * pool.shape[0]])
        return tf.gather(flat, chosen, axis=1, batch_dims=1)


def _absolute(given: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Mean absolute errors [k, f] over the batch and numbers a frame."""
    return tf.reduce_mean(tf.abs(given - target), axis=[0, 3])
