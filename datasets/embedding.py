"""Sequences of recordings, and their embeddings."""

from collections.abc import Callable

import numpy as np

from datasets import fitting, windows
from simmc_tf import data as data_module
from simmc_tf import errors
from simmc_tf.gallery import entries

# Squared distances, at most 4 times the larger square, must not leave float32; half of
# its range is left to the sums on the way to them.
_LARGEST_SQUARE = float(np.finfo(np.float32).max) / 8
# Sequences [N, f, J, 3] to embeddings [N, H].
Embed = Callable[[np.ndarray], np.ndarray]


def embed(
    fitted: fitting.Fitted,
    length: int,
    function: Embed,
    done: Callable[[int], None] = lambda count: None,
) -> entries.Embedded:
    """Cuts recordings into sequences that begin every f frames, and embeds them.

    A rest shorter than f is left out; a recording shorter than f is one sequence.

    Args:
        fitted: one or more recordings.
        length: f.
        function: sequences [n, f or fewer, J, 3] to embeddings [n, H].
        done: told how many of `count` are done.

    Raises:
        errors.InputError: an embedding is not finite, or too large for distances.
    """
    whole = fitted.recordings
    frames = np.diff(whole.starts)
    counts = _counts(fitted, length)
    starts = np.concatenate([[0], np.cumsum(counts)])
    parts = []
    every = windows.spans(whole, np.flatnonzero(frames >= length), length, length)
    place = np.repeat(frames >= length, counts)
    for piece in data_module.pieces(len(every)):
        some = windows.Spans(every.recording[piece], every.first[piece])
        parts.append(function(windows.gather(whole, some, length).sequences))
        done(min(piece.stop, len(every)))
    short = [
        function(whole.frames(index)[np.newaxis])
        for index in np.flatnonzero(frames < length).tolist()
    ]
    size = (parts or short)[0].shape[1]
    features = np.empty((len(place), size), np.float32)
    if parts:
        features[place] = np.concatenate(parts)
    if short:
        features[~place] = np.concatenate(short)
    done(len(features))
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", features, features)
    bad = np.flatnonzero(~(squares <= _LARGEST_SQUARE))  # Neither is NaN.
    if len(bad):
        index = int(np.searchsorted(starts, bad[0], side="right")) - 1
        raise errors.InputError(
            f"recording {whole.recording[index]} has an embedding that is not finite, "
            "or too large for distances; leave it out."
        )
    return entries.Embedded(
        tuple(whole.recording.tolist()),
        fitted.persons,
        fitted.digests,
        tuple(frames.tolist()),
        counts.astype(np.int64),
        features,
    )


def count(fitted: fitting.Fitted, length: int) -> int:
    """Sequences that `embed` makes."""
    return int(_counts(fitted, length).sum())


def _counts(fitted: fitting.Fitted, length: int) -> np.ndarray:
    """[R] sequences of each recording."""
    return np.maximum(np.diff(fitted.recordings.starts) // length, 1)
