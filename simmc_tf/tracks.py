"""Which sequences show one walk of one person, told without any label."""

import dataclasses

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from simmc_tf import components, copies
from simmc_tf import data as data_module

# Windows of a recording repeat a frame at most 2 f times (published: every shift, every
# f // 2 frames). A pose that far more sequences share is a tracker's that stood still.
_MOST_REPEATS = 4
# Frames one after the other that sequences of a recording share: two people may by
# chance be given one same pose, as by a tracker that begins with a default one.
_RUN = 2


@dataclasses.dataclass(frozen=True)
class Tracks:
    """Sequences by recording.

    Attributes:
        numbers: [N] int64 track of each sequence, by their first sequences.
        steps: [N] int64 how far from one end of its track a sequence is. A step leads
            to a sequence that shares a frame, and so at most f - 1 frames on.
    """

    numbers: np.ndarray
    steps: np.ndarray

    def __len__(self) -> int:
        return int(self.numbers.max(initial=-1)) + 1


def alone(num_sequences: int) -> Tracks:
    """Each sequence its own track."""
    return Tracks(np.arange(num_sequences), np.zeros(num_sequences, np.int64))


def find(sequences: data_module.Sequences) -> Tracks:
    """Finds tracks: sequences that share frames were cut from one recording.

    Training sequences overlap (by half, from `Pre-process.py`), so that a recording's
    are found from the coordinates alone. Two frames one after the other must be the
    same; one where f is below 4. What says nothing, all zeros or the same in more than
    4 f sequences, joins nobody. Frames whose 64-bit hashes are equal count as the same.

    Args:
        sequences: [N, f, d] float32.

    Returns:
        Each sequence its own track where they do not overlap.
    """
    hashes, told = _hashes(sequences)
    most = _MOST_REPEATS * hashes.shape[1]
    runs, run_owners = _shared(*_runs(hashes, told), most)
    numbers = _joined(len(hashes), runs, run_owners)
    frames, owners = _shared(hashes, told, most)
    # A frame of two tracks is chance.
    _, first, frames = np.unique(frames, return_index=True, return_inverse=True)
    if len(frames):
        lowest, highest = (
            ufunc.reduceat(numbers[owners], first) for ufunc in (np.minimum, np.maximum)
        )
        own = (lowest == highest)[frames]
        frames, owners = frames[own], owners[own]
    # Frames of a run may all be chance; the run still leads from one to the other.
    shared = np.append(frames, runs + frames.max(initial=-1) + 1)
    return Tracks(numbers, _steps(numbers, shared, np.append(owners, run_owners)))


def _joined(num_sequences: int, shared: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Tracks [N] of sequences, those that share something in one."""
    same = shared[1:] == shared[:-1]
    parents = np.arange(num_sequences, dtype=np.int32)
    components.join_edges(
        np.stack([owners[:-1][same], owners[1:][same]], axis=1), parents
    )
    roots = components.roots(np.arange(num_sequences, dtype=np.int32), parents)
    # A root is the first of its sequences, so that sorting them numbers the tracks.
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _steps(numbers: np.ndarray, shared: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Steps from an end of each track: from the sequence farthest from its first."""
    size = len(numbers)
    # Between sequences lies what they share: two edges are a step.
    num_nodes = size + int(shared.max(initial=-1)) + 1
    # Before SciPy 1.17 csgraph takes no wider numbers.
    edges = owners.astype(np.int32), (size + shared).astype(np.int32)
    graph = sparse.coo_array(
        (np.ones(len(shared)), edges), shape=(num_nodes, num_nodes)
    ).tocsr()
    starts = np.unique(numbers, return_index=True)[1]
    steps = np.zeros(size)
    for _ in range(2):
        steps = csgraph.dijkstra(
            graph, directed=False, indices=starts, unweighted=True, min_only=True
        )[:size]
        # Within each track the farthest comes last.
        order = np.lexsort((steps, numbers))
        starts = order[np.append(np.flatnonzero(np.diff(numbers[order])), size - 1)]
    return steps.astype(np.int64) // 2


def _hashes(sequences: data_module.Sequences) -> tuple[np.ndarray, np.ndarray]:
    """Hashes [N, f] uint64 of frames, and [N, f] bool whether a frame says anything."""
    hashes = np.empty(sequences.shape[:2], np.uint64)
    told = np.empty(sequences.shape[:2], bool)
    for some in data_module.pieces(len(sequences)):
        piece = np.ascontiguousarray(sequences[some], np.float32)
        rows = piece.reshape(-1, piece.shape[-1])
        hashes[some] = copies.hashes(rows).reshape(piece.shape[:2])
        told[some] = piece.any(axis=-1)
    return hashes, told


def _runs(hashes: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of runs of frames, of which half overlapping sequences share one."""
    if hashes.shape[1] // 2 < _RUN:
        return hashes, told
    pairs = np.stack([hashes[:, :-1], hashes[:, 1:]], axis=-1)
    runs = copies.hashes(pairs.reshape(-1, _RUN).view(np.float32))
    return runs.reshape(pairs.shape[:2]), told[:, :-1] & told[:, 1:]


def _shared(
    hashes: np.ndarray, told: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """What several sequences share, and these sequences.

    Args:
        hashes: [N, n] uint64 of what each has.
        told: [N, n] whether that says anything.
        most: sequences that may share it, or it says nothing either.

    Returns:
        [M] int64 numbers of what is shared, ascending, and [M] int32 sequences that
        have it, ascending for each.
    """
    owners = np.repeat(np.arange(len(hashes), dtype=np.int32), hashes.shape[1])
    order = np.argsort(hashes[told], kind="stable")
    found, owners = hashes[told][order], owners[told.ravel()][order]
    # A sequence that has it several times counts once.
    once = np.ones(len(found), bool)
    once[1:] = (found[1:] != found[:-1]) | (owners[1:] != owners[:-1])
    found, owners = found[once], owners[once]
    _, numbers, counts = np.unique(found, return_inverse=True, return_counts=True)
    shared = ((counts > 1) & (counts <= most))[numbers]
    return numbers[shared], owners[shared]
