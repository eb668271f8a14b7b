"""What a search is to know of all features: their mean, axes and copies."""

import numpy as np

from simmc_tf import copies as equal_rows
from simmc_tf import errors, tree_search
from simmc_tf.sharded import parts, plan

# Rows that the axes are of, and that tell whether a tree suits.
_SAMPLE = 8192


def moments(task: plan.Plan, shard: int) -> dict[str, np.ndarray]:
    """Sum [H] and largest absolute value [1] of a shard's features, and `hashes` [n].

    Raises:
        errors.InputError: a feature is no finite number.
    """
    features = task.features()
    total = np.zeros(features.shape[1])
    largest = 0.0
    hashes = []
    for piece in parts.pieces(*task.rows(shard)):
        hashes.append(equal_rows.hashes(features[piece]))
        rows = features[piece].astype(np.float64)
        if task.model is None:
            task.source.check(piece.start, rows)
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            row = piece.start + int(np.argmin(finite))
            raise errors.InputError(
                f"The features of sequence {row:,} are not finite: train --model "
                f"{task.model} anew, or leave the sequence out of --input."
            )
        largest = max(largest, float(np.abs(rows).max()))
        total += rows.sum(axis=0)
    return {
        "sum": total,
        "largest": np.array([largest]),
        "hashes": np.concatenate(hashes),
    }


def copies(task: plan.Plan) -> dict[str, np.ndarray]:
    """Groups equal rows of the features. Memory: some 90 bytes a row.

    Returns:
        `first` [M] first row of each group, ascending; `group` [N]; `members` [N] rows
        by group; `starts` [M + 1] where those of each group begin. All int32.
    """
    features = task.features()
    hashes = [parts.read(part, "hashes") for part in task.parts("moments")]
    first, group = equal_rows.grouped_by(
        np.concatenate(hashes),
        lambda some, others: equal_rows.equal(features, some, others),
    )
    members, starts = equal_rows.members(group, len(first))
    arrays = {"first": first, "group": group, "members": members, "starts": starts}
    return {name: array.astype(np.int32) for name, array in arrays.items()}


def axes(task: plan.Plan) -> dict[str, np.ndarray]:
    """Principal axes of the features, and whether a search along them is the faster.

    Returns:
        `mean` [H], `exponent` [1] and `axes` [H, A] as `tree_search.Axes` has them;
        `suit` [1] bool.
    """
    found = task.parts("moments")
    mean = np.sum([parts.read(part, "sum") for part in found], axis=0) / task.num_rows
    largest = max(float(parts.read(part, "largest")[0]) for part in found)
    first = parts.read(task.part("copies"), "first")
    sample = task.features()[first[:: -(-len(first) // _SAMPLE)]]
    made = tree_search.Axes.of(sample, mean, largest + np.abs(mean).max())
    suit = len(first) == 1 or made.suit(sample, min(task.num_neighbours, len(first)))
    return {
        "mean": mean,
        "exponent": np.array([made.exponent], np.int32),
        "axes": made.axes,
        "suit": np.array([task.num_neighbours > 1 and suit]),
    }


def of(task: plan.Plan) -> tree_search.Axes:
    """The axes that were found."""
    part = task.part("axes")
    return tree_search.Axes(
        mean=parts.read(part, "mean"),
        exponent=int(parts.read(part, "exponent")[0]),
        axes=parts.read(part, "axes"),
    )


def suit(task: plan.Plan) -> bool:
    """Whether the tree is to be searched rather than all pairs of shards."""
    return bool(parts.read(task.part("axes"), "suit")[0])
