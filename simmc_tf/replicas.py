"""Several devices that share every training batch; all that knows of strategies."""

import contextlib
import functools
from collections.abc import Callable, Sequence

import tensorflow as tf

_STEPS_AT_ONCE = 32

Batch = dict[str, tf.Tensor]
# Takes a part of a batch and that part's share of the batch's rows; gives scalars that
# add up to those of the whole batch.
Compute = Callable[[Batch, tf.Tensor | float], dict[str, tf.Tensor]]


class Replicas:
    """Devices that each hold a copy of the trained variables, or the one there is.

    `tf.distribute.MirroredStrategy` keeps the copies equal. The training step enters
    it, not Keras's `fit`: that would call the whole step by replica, and there an
    optimizer must not stand under the `tf.cond` that leaves out empty batches.

    Args:
        devices: names of logical devices, as "GPU:0". Fewer than two: TensorFlow
            chooses the device, and nothing is copied.
    """

    def __init__(self, devices: Sequence[str] = ()) -> None:
        self._strategy = _strategy(tuple(devices)) if len(devices) > 1 else None

    @property
    def steps_at_once(self) -> int:
        """Steps between which Keras does nothing, and for which Ctrl-C waits.

        Collective operations fail under the loop that Keras puts around several.
        """
        return 1 if self._strategy else _STEPS_AT_ONCE

    def scope(self) -> contextlib.AbstractContextManager[object]:
        """Where variables that every device needs, and the optimizer, are created."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()

    def sum(self, compute: Compute, batch: Batch) -> dict[str, tf.Tensor]:
        """Adds up what the devices compute, each of its part of a batch.

        Args:
            compute: called once a device. `optimizer.apply` inside it adds up the
                gradients of all devices.
            batch: tensors of B >= 1 rows; B need not be divisible by the number of
                devices, nor reach it.

        Returns:
            The sums.
        """
        if self._strategy is None:
            return compute(batch, 1.0)
        with self._strategy.scope():
            found = self._strategy.run(lambda: compute(*_part(batch)))
        local = self._strategy.experimental_local_results
        return {name: tf.add_n(local(values)) for name, values in found.items()}


# One a process: each numbers its collective operations from the same start, and the
# runtime takes those of equal number to be the same one.
@functools.cache
def _strategy(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    return tf.distribute.MirroredStrategy(devices)


def visible_gpus() -> list[str]:
    """Names of the GPUs that `startup.prepare` has let TensorFlow see."""
    return [device.name for device in tf.config.list_logical_devices("GPU")]


def _part(batch: Batch) -> tuple[Batch, tf.Tensor]:
    """A replica's rows of a batch, and their number divided by the batch's."""
    context = tf.distribute.get_replica_context()
    number, count = context.replica_id_in_sync_group, context.num_replicas_in_sync
    with tf.device("CPU:0"):  # Where the batch is: a device gets no more than its part.
        size = tf.shape(next(iter(batch.values())))[0]
        start, stop = number * size // count, (number + 1) * size // count
        share = tf.cast(stop - start, tf.float32) / tf.cast(size, tf.float32)
        # With fewer rows than devices some have none. They compute another's row,
        # times 0: the mean of no rows would be NaN, also times 0.
        stop = tf.maximum(stop, start + 1)
        return {name: value[start:stop] for name, value in batch.items()}, share
