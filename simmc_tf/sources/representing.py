"""Sequences as a source model represents them, computed when somebody asks."""

import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from simmc_tf import data as data_module
from simmc_tf import progress
from simmc_tf.sources import stage

# At once: SM-SGE's attention among 49 nodes takes 80 KB a skeleton.
_SKELETONS = 1536

# Takes [n, f, 3J], gives [n, f, d].
Represent = Callable[[np.ndarray], tf.Tensor]
# Takes how many sequences of how many are done, and the time left as text.
Say = Callable[[int, int, str], object]


def compiled(model: stage.Stage, length: int, size: int) -> Represent:
    """A model's representation of f skeletons of 3J numbers, traced once."""
    signature = [tf.TensorSpec([None, length, size])]
    return tf.function(model.represent, input_signature=signature)


class Represented(data_module.InFiles):
    """[N, f, d] float32 representations, which nobody holds all of.

    Args:
        represent: that of a model, compiled.
        width: d.
        sequences: [N, f, 3J], root-centred, held or in files.
        say: called after each piece, where they are asked for in turn.
    """

    def __init__(
        self,
        represent: Represent,
        width: int,
        sequences: data_module.Sequences,
        say: Say = lambda *_: None,
    ) -> None:
        self.shape = *sequences.shape[:2], width
        self._represent = represent
        self._sequences = sequences
        self._say = say
        self._done = 0
        self._started: float | None = None

    def __getitem__(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Represents some sequences."""
        if self._started is None:
            self._started = time.monotonic()
        sequences = self._sequences[chosen].astype(np.float32, copy=False)
        at_once = max(1, _SKELETONS // self.shape[1])
        found = np.empty((len(sequences), *self.shape[1:]), np.float32)
        for start in range(0, len(sequences), at_once):
            some = slice(start, start + at_once)
            found[some] = self._represent(sequences[some])
        self._done += len(sequences)
        elapsed = time.monotonic() - self._started
        left = elapsed / max(1, self._done) * (len(self) - self._done)
        self._say(self._done, len(self), progress.duration(max(0.0, left)))
        return found

    def first(self, count: int) -> "Represented":
        """The first sequences only; computes nothing."""
        sequences = data_module.Split(self._sequences, np.empty(len(self)))
        some = sequences.first(count).sequences
        return Represented(self._represent, self.shape[2], some, self._say)
