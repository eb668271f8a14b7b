"""Sequences of recordings, and their embeddings."""

import pathlib
from collections.abc import Callable

import numpy as np

from datasets import fitting, windows
from simmc_tf import data as data_module
from simmc_tf import errors
from simmc_tf.gallery import entries

# Squared distances, at most 4 times the larger square, must not leave float32; half of
# its range is left to the sums on the way to them.
_LARGEST_SQUARE = float(np.finfo(np.float32).max) / 8
# Sequences [N, f, J, 3], and their visible frames [N, f] bool or None where all are, to
# embeddings [N, H].
Embed = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


def seen(
    fitted: fitting.Fitted, length: int, path: pathlib.Path, say: fitting.Say
) -> fitting.Fitted:
    """Leaves out recordings of whose sequences none has a visible frame.

    Args:
        fitted: one or more recordings.
        length: f.
        path: of the file, for messages.
        say: told how much is missing.

    Raises:
        errors.InputError: there is no other recording.
    """
    missing = int((~fitted.visible).sum())
    if not missing:
        return fitted
    found = _sequences(fitted, length)
    counts = _counts(fitted, found)
    empty = np.flatnonzero(counts == 0)
    if len(empty) == len(counts):
        raise errors.InputError(
            f"{path}: nobody is seen in any sequence of {length} frames, since "
            f"{missing} of {len(fitted.visible)} frames are missing (not finite, or "
            "all 0); record again."
        )
    left = int(_whole(fitted, length).sum()) - len(found)
    more = f"; sequences left out, without any: {left}" if left else ""
    say(
        f"note: {missing} of {len(fitted.visible)} frames are missing (not finite, or "
        f"all 0), so sequences are embedded by their others{more}"
    )
    if not len(empty):
        return fitted
    say(f"note: left out, since nobody is seen: {fitting.few(fitted.names(empty))}")
    return fitted.chosen(np.flatnonzero(counts))


def embed(
    fitted: fitting.Fitted,
    length: int,
    function: Embed,
    done: Callable[[int], None] = lambda count: None,
) -> entries.Embedded:
    """Cuts recordings into sequences that begin every f frames, and embeds them.

    A rest shorter than f is left out, and so is a sequence without a visible frame; a
    recording shorter than f is one sequence.

    Args:
        fitted: one or more recordings, as `seen` leaves them.
        length: f.
        function: sequences [n, f or fewer, J, 3] to embeddings [n, H].
        done: told how many of `count` are done.

    Raises:
        errors.InputError: an embedding is not finite, or too large for distances.
    """
    whole, found = fitted.recordings, _sequences(fitted, length)
    frames = np.diff(whole.starts)
    is_long = frames[found.recording] >= length
    every = windows.Spans(found.recording[is_long], found.first[is_long])
    parts = []
    for piece in data_module.pieces(len(every)):
        some = windows.Spans(every.recording[piece], every.first[piece])
        sequences = windows.gather(whole, some, length).sequences
        begins = windows.begins(whole, some)
        visible = fitted.visible[begins[:, np.newaxis] + np.arange(length)]
        parts.append(function(sequences, _told(visible)))
        done(min(piece.stop, len(every)))
    for index in found.recording[~is_long].tolist():
        among = slice(whole.starts[index], whole.starts[index + 1])
        visible = fitted.visible[np.newaxis, among]
        parts.append(function(whole.frames(index)[np.newaxis], _told(visible)))
    features = np.empty((len(found), parts[0].shape[1]), np.float32)
    # Those of short recordings are at the end.
    features[np.argsort(~is_long, kind="stable")] = np.concatenate(parts)
    done(len(features))
    _check(fitted, found, features)
    return entries.Embedded(
        tuple(whole.recording.tolist()),
        fitted.persons,
        fitted.digests,
        tuple(frames.tolist()),
        _counts(fitted, found),
        found.first,
        features,
    )


def count(fitted: fitting.Fitted, length: int) -> int:
    """Sequences that `embed` makes."""
    return len(_sequences(fitted, length))


def _sequences(fitted: fitting.Fitted, length: int) -> windows.Spans:
    """Where those sequences lie that have a visible frame."""
    counts = _whole(fitted, length)
    recording = np.repeat(np.arange(len(counts)), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    first = (np.arange(len(recording)) - before) * length
    begins = fitted.recordings.starts[recording] + first
    ends = np.minimum(begins + length, fitted.recordings.starts[recording + 1])
    total = np.concatenate([[0], np.cumsum(fitted.visible)])
    some = total[ends] > total[begins]
    return windows.Spans(recording[some], first[some])


def _whole(fitted: fitting.Fitted, length: int) -> np.ndarray:
    """[R] sequences of each recording, those without a visible frame too."""
    return np.maximum(np.diff(fitted.recordings.starts) // length, 1)


def _counts(fitted: fitting.Fitted, found: windows.Spans) -> np.ndarray:
    """[R] sequences of each recording."""
    return np.bincount(found.recording, minlength=len(fitted.recordings))


def _told(visible: np.ndarray) -> np.ndarray | None:
    return None if visible.all() else visible


def _check(fitted: fitting.Fitted, found: windows.Spans, features: np.ndarray) -> None:
    """Refuses embeddings that have no distances.

    Raises:
        errors.InputError: one is not finite, or too large.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", features, features)
    bad = np.flatnonzero(~(squares <= _LARGEST_SQUARE))  # Neither is NaN.
    if len(bad):
        name = fitted.recordings.recording[found.recording[bad[0]]]
        raise errors.InputError(
            f"recording {name} has an embedding that is not finite, or too large for "
            "distances; leave it out."
        )
