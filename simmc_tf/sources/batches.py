"""The batches of an epoch of a source model's training."""

import dataclasses

import numpy as np
import tensorflow as tf

from simmc_tf import data as data_module
from simmc_tf import pipeline
from simmc_tf.sources import persons

_BATCHES_AHEAD = 2


@dataclasses.dataclass(frozen=True)
class Plan:
    """The order and the draws of the coming epoch, which hang on its number alone.

    Attributes:
        seed: of both.
        shuffled: whether the order is drawn; if not, it is that of the file.
        epoch: scalar int64, counted from 0.
        order: [N] int64 sequences.
    """

    seed: int
    shuffled: bool
    epoch: tf.Variable
    order: tf.Variable

    @classmethod
    def create(cls, num_sequences: int, seed: int, shuffled: bool) -> "Plan":
        """A plan for N sequences, in their order until an epoch is begun."""
        with tf.device("CPU:0"):  # Where tf.data reads it.
            return cls(
                seed,
                shuffled,
                tf.Variable(0, dtype=tf.int64, trainable=False),
                tf.Variable(tf.range(num_sequences, dtype=tf.int64), trainable=False),
            )

    def begin(self, epoch: int) -> None:
        """From now on batches are of this epoch, counted from 0."""
        self.epoch.assign(epoch)
        if self.shuffled:
            generator = np.random.default_rng((self.seed, epoch))
            self.order.assign(generator.permutation(self.order.shape[0]))


def of_epoch(
    sequences: data_module.Sequences,
    plan: Plan,
    batch_size: int,
    labels: persons.Labels | None = None,
) -> tf.data.Dataset:
    """Batches that a `stage.Stage` trains on, anew at every iteration.

    N // B of them: the remainder is left out, as in the published code, unless there is
    no full batch.

    Args:
        sequences: [N, f, 3J] float32, held or in files.
        plan: of the epoch.
        batch_size: B.
        labels: where training uses identity labels; other sequences are left out.

    Returns:
        Dataset of dicts of `sequences` [B, f, 3J] float32, `seed` [2] int32, of
        whatever is drawn, and, where there are labels, `classes` [B] int32.
    """
    rows = np.arange(len(sequences)) if labels is None else labels.rows
    num_sequences = len(rows)
    size = min(batch_size, num_sequences)
    with tf.device("CPU:0"):  # Where tf.data runs.
        sequences_of = pipeline.gatherer(sequences, rows)
        seed = tf.constant([plan.seed, 0])
        classes = None if labels is None else tf.constant(labels.classes)

    def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
        fold = tf.random.experimental.stateless_fold_in
        chosen = plan.order[step * size : (step + 1) * size]
        found = {
            "sequences": sequences_of(chosen),
            "seed": fold(
                fold(seed, tf.cast(plan.epoch.read_value(), tf.int32)),
                tf.cast(step, tf.int32),
            ),
        }
        if classes is not None:
            found["classes"] = tf.gather(classes, chosen)
        return found

    options = tf.data.Options()
    options.autotune.enabled = False  # As in pipeline.training_batches.
    return (
        tf.data.Dataset.range(num_sequences // size)
        .map(batch)
        .prefetch(_BATCHES_AHEAD)
        .with_options(options)
    )
