"""Weights of every row's reciprocal neighbours, by shards of rows and of columns.

The kernels are those of `jaccard`; here they read other shards' rows from mapped files.
What is computed of a shard takes memory for its own entries and some 20 bytes for each
of the N rows.
"""

import hashlib

import numpy as np
import scipy.sparse

from simmc_tf import jaccard
from simmc_tf.sharded import parts, plan

_DIGEST_BYTES = 16


def reciprocal(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Reciprocal neighbours of a shard's rows.

    Returns:
        `whole` [n, k1] and `half` [n, about k1 / 2] int32, -1 behind.
    """
    neighbours = parts.read(task.part("neighbours"), "neighbours")
    whole, half = (
        jaccard.reciprocal_rows(*task.rows(shard), neighbours, width)
        for width in jaccard.widths(task.k1)
    )
    return {"whole": whole, "half": half}


def weights(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Weights of a shard's rows before query expansion.

    Returns:
        `counts` [n], and that many `indices` (int32) and `data` (float64), row by row.
    """
    counts, indices, data = jaccard.weight_rows(
        task.rows(shard)[0],
        task.features(),
        parts.read(task.part("reciprocal", shard), "whole"),
        parts.read(task.part("half"), "half"),
    )
    return {"counts": counts, "indices": indices, "data": data}


def expanded(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Weights of a shard's rows after query expansion, sorted by column.

    Returns:
        As `weights`, and `digests` [n, 16] uint8, the same for equal rows alone.
    """
    first, last = task.rows(shard)
    neighbours = parts.read(task.part("neighbours"), "neighbours")
    before = task.part("all-weights")
    counts, indices, data = jaccard.mean_rows(
        _starts(parts.read(before, "counts")),
        parts.read(before, "indices"),
        parts.read(before, "data"),
        np.ascontiguousarray(neighbours[first:last, : task.k2]),
    )
    sorted_rows = _rows(counts, indices, data, task.num_rows)
    sorted_rows.sort_indices()
    indptr, indices, data = sorted_rows.indptr, sorted_rows.indices, sorted_rows.data
    digests = np.empty((last - first, _DIGEST_BYTES), np.uint8)
    for row in range(last - first):
        part = slice(indptr[row], indptr[row + 1])
        # Long enough that no two rows that differ will ever share one, and other
        # shards' need not be read to be compared.
        digest = hashlib.blake2b(indices[part], digest_size=_DIGEST_BYTES)
        digest.update(data[part])
        digests[row] = np.frombuffer(digest.digest(), np.uint8)
    return {"counts": counts, "indices": indices, "data": data, "digests": digests}


def groups(task: plan.Plan) -> dict[str, np.ndarray]:
    """Groups equal rows, as `jaccard.distinct_rows`.

    Returns:
        `first` [M] first row of each group, ascending; `group` [N] int32; `sizes` [M].
    """
    digests = np.concatenate(
        [parts.read(part, "digests") for part in task.parts("expanded")]
    )
    keys = digests.view(np.uint64)
    order = np.lexsort((keys[:, 1], keys[:, 0]))  # Of equal ones the first row first.
    new = np.ones(len(order), bool)
    new[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    first = order[new]
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first))
    group = np.empty(len(order), np.int32)
    group[order] = rank[np.cumsum(new) - 1]
    return {"first": np.sort(first), "group": group, "sizes": np.bincount(group)}


def distinct(task: plan.Plan, shard: int) -> tuple[int, int]:
    """First of the distinct rows that lie in a shard, and the first behind."""
    first = parts.read(task.part("groups"), "first")
    begin, end = np.searchsorted(first, task.rows(shard))
    return int(begin), int(end)


def columns(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """The distinct rows of a shard, by row and by column.

    Returns:
        `counts` [m], `indices` and `data` as `weights`; the same entries by column as
        `by_column` and `values`, with their row's number among the distinct in `rows`;
        `bounds` [shards + 1], where the columns of each shard begin among these.
    """
    begin, end = distinct(task, shard)
    part = task.part("expanded", shard)
    counts, indices, data = (
        parts.read(part, name) for name in ("counts", "indices", "data")
    )
    every = _rows(counts, indices, data, task.num_rows)
    first = parts.read(task.part("groups"), "first")[begin:end]
    some = every[first - task.rows(shard)[0]]
    counts = np.diff(some.indptr)
    order = np.argsort(some.indices, kind="stable")
    by_column = some.indices[order]
    numbers = np.repeat(np.arange(begin, end, dtype=np.int32), counts)
    return {
        "counts": counts,
        "indices": some.indices,
        "data": some.data,
        "by_column": by_column,
        "rows": numbers[order],
        "values": some.data[order],
        "bounds": np.searchsorted(by_column, task.bounds),
    }


def transposed(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Entries of all distinct rows in the columns of a shard, by column, then row.

    Returns:
        `counts` [n] of the columns; `rows` int32 and `values` float64.
    """
    first, last = task.rows(shard)
    found: dict[str, list[np.ndarray]] = {"by_column": [], "rows": [], "values": []}
    for part in task.parts("columns"):
        begin, end = parts.read(part, "bounds")[shard : shard + 2]
        for name, arrays in found.items():
            arrays.append(parts.read(part, name)[begin:end])
    joined = {name: np.concatenate(arrays) for name, arrays in found.items()}
    order = np.argsort(joined["by_column"], kind="stable")
    return {
        "counts": np.bincount(joined["by_column"] - first, minlength=last - first),
        "rows": joined["rows"][order],
        "values": joined["values"][order],
    }


def distances(
    task: plan.Plan, shard: int, max_distance: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Distinct rows that are within a Jaccard distance of those of a shard.

    Returns:
        Of some rows after another, counts [m] and that many row numbers (int32) among
        the distinct, each row itself among them.
    """
    begin, end = distinct(task, shard)
    part = task.part("columns", shard)
    starts = _starts(parts.read(part, "counts"))
    indices, data = parts.read(part, "indices"), parts.read(part, "data")
    everything = task.part("all-columns")
    c_starts = _starts(parts.read(everything, "counts"))
    c_rows, c_values = parts.read(everything, "rows"), parts.read(everything, "values")
    num_distinct = len(parts.read(task.part("groups"), "first"))
    found = []
    for piece in parts.pieces(begin, end):
        some = slice(piece.start - begin, piece.stop - begin + 1)
        counts, near, _ = jaccard.distance_rows(
            *(piece.start, num_distinct, starts[some], indices, data),
            *(c_starts, c_rows, c_values, max_distance),
        )
        found.append((counts, near))
    return found


def _starts(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def _rows(
    counts: np.ndarray, indices: np.ndarray, data: np.ndarray, num_columns: int
) -> scipy.sparse.csr_array:
    shape = (len(counts), num_columns)
    return scipy.sparse.csr_array((data, indices, _starts(counts)), shape=shape)
