"""AGE: attention-based gait encodings (Rao, Wang, Hu et al., IJCAI 2020)."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from simmc_tf.sources import pretext, recurrent

_L2 = 0.02
_AXES = "xyz"


def initial(seed: int) -> keras.initializers.Initializer:
    """Of the LSTM layers' kernels."""
    return keras.initializers.RandomUniform(-0.1, 0.1, seed)


@dataclasses.dataclass(frozen=True)
class Reconstruction:
    """What one axis's encoder and decoder make of a batch.

    Attributes:
        target: [B, f, J] the sequence from its last frame to its first.
        given: [B, f, J] what the decoder makes of it.
        attention: [B, f, f] of decoder steps to frames.
        contexts: [B, f, H] of decoder steps, mean encoded frames by that attention.
    """

    target: tf.Tensor
    given: tf.Tensor
    attention: tf.Tensor
    contexts: tf.Tensor


class Axis(keras.layers.Layer):
    """Reconstructs one coordinate of all joints in reverse order (AGE section 3.2).

    Args:
        name: of the axis.
        num_joints: J.
        num_frames: f.
        units: H.
        teacher_forcing: each step of the decoder sees the true frame before the one
            that it is to give, whatever it has given; if not, zeros.
        seed: of the initial weights.
    """

    def __init__(
        self,
        name: str,
        num_joints: int,
        num_frames: int,
        units: int,
        teacher_forcing: bool,
        seed: int,
    ) -> None:
        super().__init__(name=name)
        self.teacher_forcing = teacher_forcing
        self.encoder = recurrent.Encoder("encoder", units, initial, seed, num_frames)
        self.decoder = recurrent.Decoder(
            "decoder", units, num_joints, initial, seed + 10
        )
        self.encoder.build((None, num_frames, num_joints))
        self.decoder.build()
        self.built = True

    def call(self, values: tf.Tensor) -> Reconstruction:
        """Encodes and decodes coordinates [B, f, J]."""
        encoded, states = self.encoder(values)
        target = tf.reverse(values, [1])
        inputs = tf.zeros_like(target)
        if self.teacher_forcing:
            inputs = tf.concat([inputs[:, :1], target[:, :-1]], axis=1)
        given, attention, contexts = self.decoder(inputs, encoded, states)
        return Reconstruction(target, given, attention, contexts)


class AGE(pretext.Pretext):
    """Attention-based gait encodings, by locality-aware reverse reconstruction.

    Each axis has an encoder and a decoder of its own. The published code feeds the
    decoder zeros only: what prepends a zero frame prepends f of them, and the first f
    are read. Here each of its steps sees the true frame before the one that it is to
    give, in training and where it represents, as that code's comments say, unless
    `teacher_forcing` is off. The published code takes sensor coordinates; here
    they are root-centred, as all later models have it.

    Args:
        num_joints: J.
        num_frames: f.
        units: H, of every LSTM layer.
        teacher_forcing: see above.
        seed: of the initial weights.
    """

    terms: tuple[str, ...] = ("reconstruction", "locality", "l2")

    def __init__(
        self,
        num_joints: int,
        num_frames: int,
        units: int = 256,
        teacher_forcing: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.width = len(_AXES) * units
        self.axes = [
            Axis(name, num_joints, num_frames, units, teacher_forcing, seed + 100 * i)
            for i, name in enumerate(_AXES)
        ]
        self._locality = tf.constant(locality(num_frames))
        self.built = True

    def reconstruct(self, sequences: tf.Tensor) -> list[Reconstruction]:
        """What each axis makes of sequences [B, f, 3J]."""
        coordinates = tf.unstack(pretext.skeletons(sequences), axis=-1)
        return [axis(own) for axis, own in zip(self.axes, coordinates, strict=True)]

    def represent(self, sequences: tf.Tensor) -> tf.Tensor:
        """Contexts [B, f, 3H] of the steps that reconstruct each frame, axis by axis.

        Decoder step i gives frame f - 1 - i; here they are in the frames' order.
        """
        found = self.reconstruct(sequences)
        return tf.reverse(tf.concat([one.contexts for one in found], axis=-1), [1])

    def loss_terms(self, sequences: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Squared errors, attention off the frame to give, squared weights.

        All are sums over the batch and the axes, halved (AGE section 3.3). `l2` leaves
        out biases, which the published code means to and does not: its filter looks
        for "Bias" in names that have "bias".
        """
        return self._terms(self.reconstruct(sequences))

    def _terms(self, found: list[Reconstruction]) -> dict[str, tf.Tensor]:
        kernels = [w for w in self.trainable_variables if len(w.shape) > 1]
        return {
            "reconstruction": tf.add_n(
                [tf.nn.l2_loss(one.given - one.target) for one in found]
            ),
            "locality": tf.add_n(
                [tf.nn.l2_loss(one.attention * (1 - self._locality)) for one in found]
            ),
            "l2": _L2 * tf.add_n([tf.nn.l2_loss(kernel) for kernel in kernels]),
        }


def locality(num_frames: int) -> np.ndarray:
    """How near frames are to the one that each decoder step gives (AGE equation 7).

    Args:
        num_frames: f.

    Returns:
        [f, f] float32, Gaussian of a deviation of f / 2; 1 where step i attends to
        frame f - 1 - i.
    """
    steps = np.arange(num_frames)
    off = steps[None] - (num_frames - 1 - steps[:, None])
    return np.exp(-(off**2) / (2 * (num_frames / 2) ** 2)).astype(np.float32)
