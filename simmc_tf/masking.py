"""Random frame masks, a pure function of seed, epoch, training row and view."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from simmc_tf import cores

NUM_VIEWS = 2

# The words and ranks of all rows would take many times as much as their masks.
_ROWS_AT_ONCE = 1 << 12


def draw(
    seed: int,
    epoch: tf.Tensor | int,
    rows: tf.Tensor,
    num_frames: int,
    num_masked: tuple[int, int],
) -> tf.Tensor:
    """Draws both masks of some training rows for one epoch (SimMC section 3.1).

    A counter-based generator, so that a row has the same masks eagerly, inside tf.data,
    in whatever batch it comes and in a resumed run: it is trained on under the masks
    it was clustered with. (The published code draws one pair of masks a batch and loses
    the alignment when outliers are removed. TensorFlow's own stateless generators take
    one key a call, not one a row.)

    Args:
        seed: of the run.
        epoch: counted from 0; a scalar integer.
        rows: [B] integer indices of training rows.
        num_frames: f.
        num_masked: frames dropped by the first and by the second view, each < f,
            chosen uniformly without replacement.

    Returns:
        [B, 2, f] bool, True for a visible frame; exactly f - num_masked[a] of them in
        view a.
    """
    with tf.device("CPU:0"):  # Small integer work, and where tf.data draws.
        words = (
            tf.reshape(seed, [1, 1, 1]),
            tf.reshape(epoch, [1, 1, 1]),
            tf.reshape(rows, [-1, 1, 1]),
            tf.reshape(tf.range(NUM_VIEWS), [1, -1, 1]),
            tf.reshape(tf.range(num_frames), [1, 1, -1]),
        )
        bits = tf.zeros([1, 1, 1], tf.uint32)
        for word in words:
            bits = _mixed(bits + tf.cast(word, tf.uint32) + _GOLDEN_RATIO)
        # The frame's number below the random bits: equal bits must not change the
        # count.
        frames = tf.range(num_frames, dtype=tf.int64)
        ranks = tf.argsort(tf.argsort(tf.cast(bits, tf.int64) * num_frames + frames))
        return ranks >= tf.constant(num_masked, ranks.dtype)[:, tf.newaxis]


def draw_all(
    seed: int, epoch: int, num_rows: int, num_frames: int, num_masked: tuple[int, int]
) -> np.ndarray:
    """The masks [N, 2, f] bool of all training rows, as `draw` draws them."""
    keep = np.empty((num_rows, NUM_VIEWS, num_frames), bool)

    drawing = _compiled(num_frames, num_masked)

    def part(start: int) -> None:
        some = np.arange(start, min(start + _ROWS_AT_ONCE, num_rows), dtype=np.int32)
        masks = drawing(np.array(seed, np.int32), np.array(epoch, np.int32), some)
        keep[start : start + _ROWS_AT_ONCE] = masks

    cores.in_threads(part, range(0, num_rows, _ROWS_AT_ONCE))
    return keep


@functools.cache
def _compiled(num_frames: int, num_masked: tuple[int, int]) -> Callable:
    """`draw` of a seed, an epoch and rows, as a graph.

    Threads that ran its operations one by one, on a machine with a GPU, once had one
    another's tensors: an H200 with TensorFlow 2.21 gave [4096] for `tf.range(6)`.
    """
    number, rows = (tf.TensorSpec(shape, tf.int32) for shape in ([], [None]))
    return tf.function(
        lambda seed, epoch, some: draw(seed, epoch, some, num_frames, num_masked),
        input_signature=[number, number, rows],
    )


# 2^32 divided by the golden ratio: keeps words of zeros from mapping to zero.
_GOLDEN_RATIO = np.uint32(0x9E3779B9)


def _mixed(bits: tf.Tensor) -> tf.Tensor:
    """Scrambles uint32s so that every bit depends on all others.

    Wellons' "lowbias32", an invertible integer hash found by search for the smallest
    avalanche bias (Hash Prospector, 2018).
    """
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        bits = tf.bitwise.bitwise_xor(
            bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32))
        )
        bits *= tf.constant(factor, tf.uint32)
    return tf.bitwise.bitwise_xor(
        bits, tf.bitwise.right_shift(bits, tf.constant(16, tf.uint32))
    )
