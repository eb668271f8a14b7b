"""Which sequences show one walk of one person, told without any label."""

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

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
    frames, owners = _shared_frames(sequences)
    same = frames[1:] == frames[:-1]
    parents = np.arange(len(sequences), dtype=np.int32)
    components.join_edges(
        np.stack([owners[:-1][same], owners[1:][same]], axis=1), parents
    )
    roots = components.roots(np.arange(len(sequences), dtype=np.int32), parents)
    # A root is the first of its sequences, so that sorting them numbers the tracks.
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def steps(sequences: data_module.Sequences, tracks: np.ndarray) -> np.ndarray:
    """When a sequence was taken, in steps since the first one of its track.

    A step leads from one sequence to another that shares a frame with it, and so at
    most f - 1 frames on, in whatever order sequences come.

    Args:
        sequences: [N, f, d] float32.
        tracks: [N] as `of` finds them.

    Returns:
        [N] int64, at least 0.
    """
    frames, owners = _shared_frames(sequences)
    # Between sequences lie the frames they share: two edges are a step.
    num_nodes = len(sequences) + int(frames.max(initial=-1)) + 1
    graph = sparse.coo_array(
        (np.ones(len(frames)), (owners, len(sequences) + frames)),
        shape=(num_nodes, num_nodes),
    )
    first = np.unique(tracks, return_index=True)[1]
    found = csgraph.dijkstra(
        graph.tocsr(), directed=False, indices=first, unweighted=True, min_only=True
    )
    return found[: len(sequences)].astype(np.int64) // 2


def _shared_frames(sequences: data_module.Sequences) -> tuple[np.ndarray, np.ndarray]:
    """Frames that several sequences share, and these sequences.

    Returns:
        [M] int64 numbers of frames, ascending, and [M] int32 sequences that have them,
        ascending for each frame.
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
    order = np.argsort(frames[told], kind="stable")
    hashes, owners = frames[told][order], owners[told.ravel()][order]
    # A sequence that shows one pose several times counts once.
    once = np.ones(len(hashes), bool)
    once[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    hashes, owners = hashes[once], owners[once]
    _, numbers, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    shared = ((counts > 1) & (counts <= _MOST_REPEATS * num_frames))[numbers]
    return numbers[shared], owners[shared]
