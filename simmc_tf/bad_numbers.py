"""Where numbers stop being finite: the step of training, or the place in the data."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import NoReturn

import keras
import numpy as np
import tensorflow as tf

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors

# A spread that float32 can be divided by.
_SMALLEST = 1e-36


@dataclasses.dataclass(frozen=True)
class Fault:
    """What was not finite first.

    Attributes:
        step: of the epoch, counted from 1.
        terms: of the loss; none where a weight after the step is not finite, and all
            terms are.
    """

    step: int
    terms: tuple[str, ...]


class Watch:
    """Counts an epoch's steps inside the graph, until a number goes bad.

    Keras runs many steps at once, and tells no more of them than mean losses; and a
    ReLU takes NaN for 0, so that broken weights need not show in any loss.

    Args:
        terms: names of the loss's terms.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = tuple(terms)
        none = tf.zeros([len(self._terms) + 1], tf.int64)  # The last is of the weights.
        self._steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._good = tf.Variable(none, trainable=False)

    def begin(self) -> None:
        """From now on steps count from 1."""
        self._steps.assign(0)
        self._good.assign(tf.zeros_like(self._good))

    def note(
        self, terms: Mapping[str, tf.Tensor], weights: Iterable[keras.Variable]
    ) -> None:
        """Takes note of a step.

        Args:
            terms: of its loss, scalars.
            weights: after it.
        """
        # A sum keeps whatever is not finite.
        total = tf.add_n([tf.reduce_sum(weight) for weight in weights])
        scalars = [*(terms[name] for name in self._terms), total]
        finite = tf.math.is_finite(tf.stack(scalars))
        still = tf.logical_and(finite, tf.equal(self._good, self._steps))
        self._good.assign_add(tf.cast(still, tf.int64))
        self._steps.assign_add(1)

    def fault(self) -> Fault | None:
        """What went bad first since `begin`; None where nothing did."""
        *good, of_weights = self._good.numpy().tolist()
        first = min(*good, of_weights)
        if first == int(self._steps):
            return None
        pairs = zip(self._terms, good, strict=True)
        return Fault(first + 1, tuple(name for name, count in pairs if count == first))


def check(
    model: keras.Model,
    epoch: int,
    sequences: data_module.Sequences,
    causes: Mapping[tuple[str, ...], str],
) -> None:
    """Stops a training in which a number is not finite.

    Args:
        model: with the `watch` of the epoch that ended.
        epoch: counted from 1.
        sequences: [N, f, d] that it was trained on.
        causes: terms that went bad first, and no others -> what is likely to have done
            it; of none at all for what is not listed.

    Raises:
        errors.InputError: names the epoch, the step, what was not finite, and why.
    """
    fault = model.watch.fault()
    if fault is None:
        return
    because = place(sequences) or causes.get(fault.terms, causes[()])
    first = " and ".join(fault.terms) or "weights after it"
    raise errors.InputError(
        f"Epoch {epoch}, step {fault.step}: numbers that are not finite, first in "
        f"{first}: {because} {_kept(epoch - 1)}."
    )


def _kept(epochs: int) -> str:
    if epochs < 1:
        return "Nothing was saved"
    return f"What was saved up to epoch {epochs} is kept"


def are_usable(numbers: np.ndarray) -> bool:
    """Whether all of [N, ...] are finite, and small enough to be squared."""
    pieces = data_module.pieces(len(numbers))
    # NaN compares as not below.
    return all(
        bool((np.abs(numbers[some]) < data_module.LARGEST).all()) for some in pieces
    )


def refuse_features(
    epoch: int, sequences: data_module.Sequences, config: configs.Config
) -> NoReturn:
    """Stops where the encoder's features are not usable.

    Args:
        epoch: after which they are not, counted from 1; 0 before training.
        sequences: [S, f, d] that were encoded.
        config: of the run.

    Raises:
        errors.InputError: says what of, and why.
    """
    cause = place(sequences)
    if cause is None:
        cause = diverged(config) if epoch else _out_of_range(sequences)
    raise errors.InputError(
        f"After epoch {epoch} features are not finite, or too large to be squared: "
        f"{cause} {_kept(epoch - 1)}."
    )


def check_spread(spread: float, sequences: data_module.Sequences) -> None:
    """Refuses data that cannot be brought to a spread of 1.

    Args:
        spread: the largest standard deviation of their numbers.
        sequences: [N, f, d].

    Raises:
        errors.InputError: says why.
    """
    if spread != 0 and not _SMALLEST < spread < data_module.LARGEST:
        cause = place(sequences) or _out_of_range(sequences)
        raise errors.InputError(f"{cause[0].upper()}{cause[1:]}")


def place(sequences: data_module.Sequences) -> str | None:
    """The first number of sequences [N, f, d] that is not finite, and what to do."""
    for some in data_module.pieces(len(sequences)):
        piece = np.asarray(sequences[some])
        bad = ~np.isfinite(piece)
        if bad.any():
            sequence, frame, number = np.argwhere(bad)[0]
            return (
                f"training sequence {some.start + sequence}, frame {frame}, number "
                f"{number} is {piece[sequence, frame, number]}; leave it out."
            )
    return None


def _out_of_range(sequences: data_module.Sequences) -> str:
    pieces = data_module.pieces(len(sequences))
    most = max(float(np.abs(sequences[some]).max()) for some in pieces)
    return (
        f"training sequences reach {most:g}, which float32 cannot square and add up; "
        "give them in another unit."
    )


class Stop(keras.callbacks.Callback):
    """Ends SimMC's training after an epoch in which a number was not finite.

    First of the callbacks, so that nothing is saved of that epoch.

    Args:
        sequences: [S, f, d] that are trained on.
        config: of the run.
    """

    def __init__(
        self, sequences: data_module.Sequences, config: configs.Config
    ) -> None:
        super().__init__()
        self._sequences = sequences
        self._causes = {
            ("mpc",): f"cosines over --t {config.t:g} are too large; raise --t.",
            ("mic",): "the predictor's weights grew too large; lower --lr "
            f"({config.lr:g}).",
            (): diverged(config),
        }

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Begins to count."""
        self.model.watch.begin()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Looks.

        Raises:
            errors.InputError: a number was not finite.
        """
        check(self.model, epoch + 1, self._sequences, self._causes)


def diverged(config: configs.Config) -> str:
    """What to say where the encoder itself gives no finite numbers."""
    return (
        f"the encoder's weights grew too large; lower --lr ({config.lr:g}) or raise "
        f"--t ({config.t:g})."
    )
