"""Which sequences show one walk of one person, told without any label."""

import numpy as np

from simmc_tf import components, copies
from simmc_tf import data as data_module

# Windows of a recording repeat a frame at most 2 f times (published: every shift, every
# f // 2 frames). A pose that far more sequences share is a tracker's that stood still.
_MOST_REPEATS = 4


def of(sequences: data_module.Sequences) -> np.ndarray:
    """Tracks: sequences that share a frame were cut from one recording.

    Training sequences overlap (by half, from `Pre-process.py`), so that a recording's
    are found from the coordinates alone. Frames that say nothing, all zeros or the same
    in more than 4 f sequences, join nobody. Two different frames whose 64-bit hashes
    are equal would join two tracks; among 10^7 frames that is to happen once in 400,000
    data sets.

    Args:
        sequences: [N, f, d] float32.

    Returns:
        [N] int64 track of each sequence, numbered by their first sequences; each its
        own where they do not overlap.
    """
    num_sequences, num_frames, _ = sequences.shape
    frames = np.empty((num_sequences, num_frames), np.uint64)
    told = np.empty((num_sequences, num_frames), bool)
    for some in data_module.pieces(num_sequences):
        piece = np.ascontiguousarray(sequences[some], np.float32)
        rows = piece.reshape(-1, piece.shape[-1])
        frames[some] = copies.hashes(rows).reshape(len(piece), num_frames)
        told[some] = piece.any(axis=-1)
    owners = np.repeat(np.arange(num_sequences, dtype=np.int32), num_frames)
    parents = np.arange(num_sequences, dtype=np.int32)
    components.join_edges(
        _shared(frames[told], owners[told.ravel()], _MOST_REPEATS * num_frames), parents
    )
    roots = components.roots(np.arange(num_sequences, dtype=np.int32), parents)
    # A root is the first of its sequences, so that sorting them numbers the tracks.
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _shared(frames: np.ndarray, owners: np.ndarray, most: int) -> np.ndarray:
    """Pairs [E, 2] of sequences that share a frame; enough of them to join all."""
    order = np.argsort(frames, kind="stable")
    _, first, counts = np.unique(frames[order], return_index=True, return_counts=True)
    same = np.ones(len(frames), bool)
    same[first] = False
    same &= np.repeat(counts <= most, counts)
    later = np.flatnonzero(same)
    return np.stack([owners[order[later - 1]], owners[order[later]]], axis=1)


def partners(tracks: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draws a sequence of the same track for each.

    Args:
        tracks: [N] int in 0..T-1.
        generator: draws, uniformly.

    Returns:
        [N] int64 indices of sequences, perhaps of the same one.
    """
    order = np.argsort(tracks, kind="stable")
    sizes = np.bincount(tracks)
    starts = np.cumsum(sizes) - sizes
    chosen = (generator.random(len(tracks)) * sizes[tracks]).astype(np.int64)
    return order[starts[tracks] + chosen]
