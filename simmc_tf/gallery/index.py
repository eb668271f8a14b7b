"""faiss indices: all embeddings as they are, and inverted lists for large galleries."""

import os
import pathlib
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from simmc_tf import errors
from simmc_tf.gallery import files

# Embeddings from which on a gallery has inverted lists besides: there a sequence alone
# took 35 ms exactly and 5 ms by lists on 2 cores, and making them 8 s; at 300,000 it
# took 21 and 4 ms (scripts.benchmark_gallery).
LISTS_FROM = 500_000
# Lists: this many times the square root of the embeddings, and how many are searched.
# Of 300,000 and a million walkers' embeddings 2 found more (0.96 of the nearest; 4:
# 0.94 of a million) than 4, and were made in a third of the time
# (scripts.benchmark_gallery).
LISTS, PROBED = 2, 128
# Embeddings that k-means learns each list from.
_TRAINED_ON = 64
# A list count that is off by more than this is made anew.
_OFF = 2.0
# What faiss writes first of the two kinds; others may lead to further files.
_KINDS = (b"IxF2", b"IwSq")
# Of the first kind: width, embeddings, two numbers that mean nothing, whether it is
# trained, metric, numbers that follow. Of too many faiss would never come to an end.
_FLAT = struct.Struct("<4siqqq?iQ")


def exact(vectors: np.ndarray) -> Any:
    """An index of [N, H] float32 embeddings as they are, in their order."""
    import faiss

    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, np.float32))
    return index


def vectors(index: Any) -> np.ndarray:
    """[N, H] embeddings of an exact index, which must not be added to meanwhile."""
    import faiss

    if not index.ntotal:
        return np.empty((0, index.d), np.float32)
    whole = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return np.asarray(_Held(whole, index)).reshape(index.ntotal, index.d)


def drop(index: Any, rows: np.ndarray) -> None:
    """Takes embeddings, by their places, out of an exact index; others move up."""
    import faiss

    index.remove_ids(faiss.IDSelectorBatch(rows))


class _Held:
    """Memory of an index, which an array of it keeps alive."""

    def __init__(self, memory: np.ndarray, index: Any) -> None:
        self.index = index
        self.__array_interface__ = memory.__array_interface__


def lists(vectors: np.ndarray, numbers: np.ndarray, count: int | None = None) -> Any:
    """Inverted lists of embeddings, each of which knows its number.

    A byte for each coordinate is kept: they only name candidates, whose distances are
    then computed from the embeddings themselves.

    Args:
        vectors: [N, H] float32.
        numbers: [N] int64.
        count: of lists; None for that of `num_lists`.
    """
    import faiss

    num_vectors, width = vectors.shape
    count = count or num_lists(num_vectors)
    index = faiss.IndexIVFScalarQuantizer(
        *(faiss.IndexFlatL2(width), width, count),
        *(faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_L2),
    )
    index.cp.niter, index.cp.max_points_per_centroid = 10, _TRAINED_ON
    index.train(_sample(vectors, count * _TRAINED_ON))
    index.add_with_ids(vectors, numbers)
    index.nprobe = min(PROBED, count)
    return index


def updated_lists(
    before: Any,
    vectors: np.ndarray,
    numbers: np.ndarray,
    num_new: int,
    gone: np.ndarray,
    say: Callable[[str], None],
) -> Any:
    """The inverted lists after an update; None where the gallery needs none.

    Args:
        before: those before it, changed in place, or None.
        vectors: [N, H] float32 all embeddings after it.
        numbers: [N] int64 of their sequences.
        num_new: the last of them that are new.
        gone: numbers of those that were removed.
        say: told what takes long.
    """
    import faiss

    wanted = num_lists(len(vectors))
    if len(vectors) < LISTS_FROM:
        return None
    if before is None or not 1 / _OFF <= before.nlist / wanted <= _OFF:
        say(f"sorting {len(vectors):,} embeddings into {wanted:,} lists")
        return lists(vectors, numbers)
    if len(gone):
        before.remove_ids(faiss.IDSelectorBatch(gone))
    if num_new:
        before.add_with_ids(vectors[-num_new:], numbers[-num_new:])
    return before


def save(index: Any) -> files.Save:
    """What writes an index."""

    def to(write: files.Write) -> None:
        import faiss

        faiss.write_index(index, faiss.PyCallbackIOWriter(write))

    return to


def read(file: BinaryIO, path: pathlib.Path) -> Any:
    """The index of a file.

    Raises:
        errors.InputError: faiss cannot read it.
    """
    import faiss

    head = file.read(_FLAT.size)
    if not head.startswith(_KINDS):
        raise errors.InputError(f"{path} is no index of a gallery, but {head[:4]!r}.")
    if head.startswith(_KINDS[0]) and not _is_whole(head, file.seek(0, os.SEEK_END)):
        raise errors.InputError(f"{path} is no index (it is not of its own size).")
    file.seek(0)
    try:
        return faiss.read_index(faiss.PyCallbackIOReader(file.read))
    except (RuntimeError, MemoryError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise errors.InputError(f"{path} is no index ({reason}).") from error


def _is_whole(head: bytes, size: int) -> bool:
    """Whether an index of embeddings has as many numbers as it declares."""
    if len(head) < _FLAT.size:
        return False
    _, width, count, _, _, _, _, numbers = _FLAT.unpack(head)
    return count * width == numbers and size == _FLAT.size + 4 * numbers


def num_lists(num_vectors: int) -> int:
    """How many lists so many embeddings are sorted into."""
    return max(1, int(LISTS * np.sqrt(num_vectors)))


def _sample(vectors: np.ndarray, count: int) -> np.ndarray:
    """Some of the embeddings, evenly over all of them."""
    if len(vectors) <= count:
        return vectors
    chosen = np.random.default_rng(0).choice(len(vectors), count, replace=False)
    return vectors[np.sort(chosen)]
