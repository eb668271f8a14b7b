"""The tf.data pipeline of one training epoch, and encoding in bulk."""

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from simmc_tf import cores, masking, memory
from simmc_tf import data as data_module
from simmc_tf import encoder as encoders
from simmc_tf import preparation as preparations

_ENCODE_BATCH = 2048
_BATCHES_AHEAD = 2


@dataclasses.dataclass(frozen=True)
class Plan:
    """What the coming epoch trains on; assigned before each epoch, read by tf.data.

    Attributes:
        epoch: scalar int64, counted from 0; selects the masks.
        order: [M] int64 training rows that are no outlier, shuffled.
        labels: [N, 2] int32 pseudo-labels of either view.
    """

    epoch: tf.Variable
    order: tf.Variable
    labels: tf.Variable

    @classmethod
    def create(cls, num_rows: int) -> "Plan":
        """A plan for N rows, empty until the first epoch begins."""
        with tf.device("CPU:0"):  # Where tf.data reads it.
            return cls(
                tf.Variable(0, dtype=tf.int64, trainable=False),
                tf.Variable(tf.zeros([0], tf.int64), shape=[None], trainable=False),
                tf.Variable(
                    tf.zeros([num_rows, masking.NUM_VIEWS], tf.int32), trainable=False
                ),
            )


def training_batches(
    sequences: data_module.Sequences,
    rows: np.ndarray,
    plan: Plan,
    batch_size: int,
    num_masked: tuple[int, int],
    seed: int,
) -> tf.data.Dataset:
    """Batches of an epoch, anew at every iteration, by what the plan then holds.

    Always N // B of them, at least 1: Keras runs every later epoch with the number of
    steps of the first. Where outliers leave fewer rows, the last batches are empty. The
    remainder of the rows is left out, as in the published code, unless there is no
    full batch.

    Args:
        sequences: [S, f, d] float32, held or in files.
        rows: [N] int64; training row n is sequence rows[n]. Masks belong to rows, so
            that a sequence drawn twice is masked in two ways.
        plan: the epoch's rows and pseudo-labels.
        batch_size: B.
        num_masked: frames dropped by either view.
        seed: of the masks.

    Returns:
        Dataset of the dicts that `model.SimMC` trains on.
    """
    num_frames = sequences.shape[1]
    num_steps = max(1, len(rows) // batch_size)
    with tf.device("CPU:0"):  # Where tf.data runs.
        sequences_of = gatherer(sequences, rows)

    def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
        num_rows = tf.size(plan.order, tf.int64)
        size = tf.clip_by_value(num_rows, 1, batch_size)
        start = tf.where(step < num_rows // size, step * size, num_rows)
        chosen = plan.order[start : start + size]
        return {
            "sequences": sequences_of(chosen),
            "keep": masking.draw(seed, plan.epoch, chosen, num_frames, num_masked),
            "labels": tf.gather(plan.labels.read_value(), chosen),
        }

    options = tf.data.Options()
    # The autotuner of an iterator that ends after minutes of other work, as that which
    # Keras makes ahead of each epoch, kept the main thread busy for a second or two.
    options.autotune.enabled = False
    return (
        tf.data.Dataset.range(num_steps)
        # Not in parallel: op determinism would undo that, with a complaint.
        .map(batch)
        .prefetch(_BATCHES_AHEAD)
        .with_options(options)
    )


def gatherer(
    sequences: data_module.Sequences, rows: np.ndarray
) -> Callable[[tf.Tensor], tf.Tensor]:
    """What gathers batches of sequences inside tf.data; to be called on the CPU.

    Args:
        sequences: [S, f, d] float32, held or in files.
        rows: [N] int64; row n is sequence rows[n].

    Returns:
        Gives the sequences [B, f, d] of rows [B].
    """
    gather = _gather_mapped if data_module.is_mapped(sequences) else _gather_held
    return gather(sequences, rows)


def _gather_held(
    sequences: data_module.Sequences, rows: np.ndarray
) -> Callable[[tf.Tensor], tf.Tensor]:
    all_sequences = tf.constant(sequences)
    sequence_of_row = tf.constant(rows, tf.int64)
    return lambda chosen: tf.gather(all_sequences, tf.gather(sequence_of_row, chosen))


def _gather_mapped(
    sequences: data_module.Sequences, rows: np.ndarray
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Reads each batch from its file, which may be larger than memory."""

    def read(chosen: np.ndarray) -> np.ndarray:
        return sequences[rows[chosen]].astype(np.float32, copy=False)

    def gather(chosen: tf.Tensor) -> tf.Tensor:
        batch = tf.numpy_function(read, [chosen], tf.float32, stateful=False)
        return tf.ensure_shape(batch, [None, *sequences.shape[1:]])

    return gather


@contextlib.contextmanager
def saying_what_changed(sequences: data_module.Sequences) -> Iterator[None]:
    """Lets files that change while tf.data reads them say so in their own words.

    Raises:
        errors.InputError: a file has changed.
    """
    try:
        yield
    except tf.errors.OpError:  # Of a Python error it keeps but the text.
        sequences[:1]
        raise


class BulkEncoder:
    """Encodes arrays of sequences of any length, batch by batch, in a compiled graph.

    Args:
        encoder: an `Encoder`, built; its current weights are used at each call.
        preparation: what is done with whole sequences first; None where they are
            prepared already, or need not be. Views are of prepared sequences.
    """

    def __init__(
        self,
        encoder: encoders.Encoder,
        preparation: preparations.Preparation | None = None,
    ) -> None:
        self._width = encoder.hidden_size
        # One trace for batches of any size.
        prepared = tf.TensorSpec([None, None, encoder.skeleton_size])
        keep = tf.TensorSpec([None, masking.NUM_VIEWS, None], tf.bool)
        self._views = tf.function(encoder.views, input_signature=[prepared, keep])
        if preparation is None:
            self._whole = tf.function(encoder.call, input_signature=[prepared])
        else:
            prepare = preparation.call
            sequences = tf.TensorSpec([None, None, preparation.skeleton_size])
            self._whole = tf.function(
                lambda raw: encoder.call(prepare(raw)), input_signature=[sequences]
            )

    def whole(
        self,
        sequences: data_module.Sequences,
        rows: np.ndarray | None = None,
        folder: pathlib.Path | None = None,
    ) -> np.ndarray:
        """Encodes whole sequences, or some rows of them.

        Args:
            sequences: [S, f, d].
            rows: [N] which of them; None for all.
            folder: takes a temporary file for features too many to hold; None: hold
                them.

        Returns:
            [N, H] float32.
        """
        num_rows = len(sequences) if rows is None else len(rows)
        features = memory.empty((num_rows, self._width), folder)
        fill([features], lambda some: [self._whole(_batch(sequences, rows, some))])
        return features

    def views(
        self,
        sequences: data_module.Sequences,
        rows: np.ndarray,
        keep: np.ndarray,
        folder: pathlib.Path | None = None,
    ) -> list[np.ndarray]:
        """Encodes both masked views of some rows.

        Args:
            sequences: [S, f, d].
            rows: [N] which of them.
            keep: [N, 2, f] bool, True for a visible frame.
            folder: as in `whole`.

        Returns:
            Two [N, H] float32.
        """
        shape = len(rows), self._width
        features = [memory.empty(shape, folder) for _ in range(masking.NUM_VIEWS)]
        fill(
            features,
            lambda some: self._views(_batch(sequences, rows, some), keep[some]),
        )
        return features


def fill(
    arrays: Sequence[np.ndarray], encode: Callable[[slice], Sequence[tf.Tensor]]
) -> None:
    """Fills arrays [N, H] batch by batch, from what `encode` gives for some rows.

    A thread a core: what TensorFlow does not share among cores, such as gathering and
    copying, then does not keep the others waiting.
    """
    num_rows = len(arrays[0])

    def batch(start: int) -> None:
        some = slice(start, min(start + _ENCODE_BATCH, num_rows))
        for array, part in zip(arrays, encode(some), strict=True):
            array[some] = np.asarray(part)

    if 0 < num_rows <= _ENCODE_BATCH:  # Threads would cost more than one sequence.
        batch(0)
        return
    cores.in_threads(batch, range(0, num_rows, _ENCODE_BATCH))


def _batch(
    sequences: data_module.Sequences, rows: np.ndarray | None, some: slice
) -> np.ndarray:
    """Rows of the array, gathered in NumPy: a GPU then gets no more than a batch."""
    batch = sequences[some] if rows is None else sequences[rows[some]]
    return batch.astype(np.float32, copy=False)
