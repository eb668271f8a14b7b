"""Turning walkers to face one way: about the vertical, onto a mean skeleton."""

import numpy as np
import tensorflow as tf

from simmc_tf import data as data_module

# Sequences that the mean skeleton is found from, at most.
_MOST_SEQUENCES = 20_000
_ROUNDS = 20
# Of the mean variance, added to each joint's, so that none counts for all.
_LEAST_VARIANCE = 0.05


def vertical_axis(sequences: data_module.Sequences) -> int:
    """The axis along which skeletons are longest, in the median over sequences.

    Args:
        sequences: [N, f, 3J] root-centred.
    """
    extents = [np.ptp(poses, axis=1) for poses in _mean_poses(sequences)]
    return int(np.median(np.concatenate(extents), axis=0).argmax())


def mean_skeleton(sequences: data_module.Sequences, vertical: int) -> np.ndarray:
    """What all walkers look like from above, once they face one way.

    Generalised Procrustes analysis (Gower 1975) with rotations about the vertical
    alone: walkers are turned onto the mean skeleton, which is the mean of the turned
    ones, in turns. The less a joint then strays, the more it counts: hips and shoulders
    more than hands. The first walker says which way all face; no joint is known by
    name.

    Args:
        sequences: [N, f, 3J] root-centred.
        vertical: axis of the coordinates.

    Returns:
        [J, 2] float32, the two horizontal coordinates, each times the joint's weight.
    """
    poses = np.concatenate(
        [np.delete(poses, vertical, axis=2) for poses in _mean_poses(sequences)]
    )
    plane = poses[..., 0] + 1j * poses[..., 1]
    mean = plane[np.argmax(plane.any(axis=1))]  # Who is a point faces nowhere.
    for _ in range(_ROUNDS):
        turns = plane.conj() @ mean
        turns /= np.maximum(np.abs(turns), np.finfo(np.float64).tiny)
        onto = plane * turns[:, np.newaxis]
        mean = onto.mean(axis=0)
        variances = np.square(np.abs(onto - mean)).mean(axis=0)
        variances += _LEAST_VARIANCE * variances.mean() + np.finfo(np.float64).tiny
        mean *= variances.mean() / variances
    return np.stack([mean.real, mean.imag], axis=1).astype(np.float32)


def _mean_poses(sequences: data_module.Sequences) -> list[np.ndarray]:
    """Mean skeletons [n, J, 3] over the frames of some sequences, piece by piece."""
    step = -(-len(sequences) // _MOST_SEQUENCES)
    pieces = (
        sequences[some][-some.start % step :: step].astype(np.float64)
        for some in data_module.pieces(len(sequences))
    )
    shape = -1, sequences.shape[2] // 3, 3
    return [piece.mean(axis=1).reshape(shape) for piece in pieces]


def turned(skeletons: tf.Tensor, mean: tf.Tensor, vertical: int) -> tf.Tensor:
    """Turns every sequence so that it lies best on the mean skeleton.

    Args:
        skeletons: [B, f, J, 3] root-centred.
        mean: [J, 2] weighted coordinates, as `mean_skeleton` gives them.
        vertical: axis of the coordinates.

    Returns:
        [B, f, J, 3]: two horizontal coordinates, then the vertical one.
    """
    first, second = (axis for axis in range(3) if axis != vertical)
    x, y = skeletons[..., first], skeletons[..., second]
    mean_x, mean_y = tf.reduce_mean(x, axis=1), tf.reduce_mean(y, axis=1)
    along = tf.reduce_sum(mean_x * mean[:, 0] + mean_y * mean[:, 1], axis=1)
    across = tf.reduce_sum(mean_x * mean[:, 1] - mean_y * mean[:, 0], axis=1)
    length = tf.sqrt(along**2 + across**2)
    # Who looks the same from all sides stays as he is.
    cosine = tf.where(length > 0, along / length, 1.0)[:, tf.newaxis, tf.newaxis]
    sine = tf.where(length > 0, across / length, 0.0)[:, tf.newaxis, tf.newaxis]
    return tf.stack(
        [x * cosine - y * sine, x * sine + y * cosine, skeletons[..., vertical]],
        axis=-1,
    )
