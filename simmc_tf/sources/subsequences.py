"""Sparse subsequences: some of a sequence's frames, in their order."""

import tensorflow as tf

from simmc_tf.sources import recurrent


def draw(seed: tf.Tensor, num_sequences: tf.Tensor, num_frames: int) -> tf.Tensor:
    """Draws, for each sequence, one subsequence of every length from 1 to f.

    The published code of MG-SCR and SM-SGE draws once, for all sequences and epochs;
    that of MG-SCR then deals the k frames out wrongly, so that most sequences have one
    frame k times (`np.tile` of [k, 1] along its columns). Here each draw is a
    sequence's own.

    Args:
        seed: [2] int32.
        num_sequences: B.
        num_frames: f, those to draw from.

    Returns:
        [B, f, f] int32 frames: row k - 1 of a sequence begins with the k frames of its
        subsequence, rising; what follows repeats frame 0 and is to be left out.
    """
    shape = [num_sequences, num_frames, num_frames]
    # The ranks of random numbers are a random permutation.
    ranks = tf.argsort(tf.argsort(tf.random.stateless_uniform(shape, seed)))
    chosen = ranks <= tf.range(num_frames)[:, None]
    frames = tf.broadcast_to(tf.range(num_frames), shape)
    # Those that are not chosen sort behind all others.
    frames = tf.sort(tf.where(chosen, frames, num_frames))
    return tf.where(frames == num_frames, 0, frames)


def inside(num_frames: int) -> tf.Tensor:
    """[f, f] bool: which of the frames that `draw` gives are of the subsequence."""
    return tf.linalg.band_part(tf.ones([num_frames, num_frames], tf.bool), -1, 0)


def encode(
    encoder: recurrent.Encoder, frames: tf.Tensor, chosen: tf.Tensor
) -> tf.Tensor:
    """States after each frame of subsequences.

    What comes after a subsequence is to be left out. An encoder that is unrolled drops
    each when it ends, which takes off nearly half of the steps; another encodes on, as
    an LSTM's states do not depend on later frames.

    Args:
        encoder: of sequences.
        frames: [B, f, d].
        chosen: [B, k, k] int32, as `draw` gives: row i has i + 1 frames.

    Returns:
        [B, k, k, H].
    """
    picked = tf.gather(frames, chosen, axis=1, batch_dims=1)
    length, size = picked.shape[2], picked.shape[3]
    if not encoder.unrolled:
        states, _ = encoder(tf.reshape(picked, [-1, length, size]))
        return tf.reshape(states, [-1, length, length, encoder.units])
    # Step first, then the subsequences from short to long: at step i the first i ended.
    picked = tf.transpose(picked, [2, 1, 0, 3])
    steps = [tf.reshape(picked[i, i:], [-1, size]) for i in range(length)]
    states = tf.stack(
        [
            tf.pad(
                tf.reshape(found, [length - i, -1, encoder.units]),
                [[i, 0], [0, 0], [0, 0]],
            )
            for i, found in enumerate(encoder.encode_ending(steps))
        ]
    )
    return tf.transpose(states, [2, 1, 0, 3])
