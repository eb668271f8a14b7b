"""Exact nearest neighbours of rows among themselves."""

import numpy as np

from simmc_tf import copies, product_search, tree_search


def nearest(
    features: np.ndarray,
    count: int,
    hints: np.ndarray | None = None,
    screen: product_search.Screen | None = None,
) -> np.ndarray:
    """Finds every row's nearest rows by Euclidean distance in float64.

    Where rows are equal, one of each is copied, and hints are of no use.

    Args:
        features: [N, H] float32, finite.
        count: how many, the row itself first; 1 to N.
        hints: [N, count] int32 different rows that are likely near, such as those
            found before the features moved a little; they save time and change
            nothing.
        screen: that finds candidates for `product_search`, where that is faster than
            all that is done here.

    Returns:
        [N, count] int32 row indices, nearest first; of equally far ones the lower index
        first.
    """
    if count == 1:
        return np.arange(len(features), dtype=np.int32)[:, np.newaxis]
    first, group = copies.grouped(features)
    if len(first) < len(features):
        distinct = _distinct(features[first], min(count, len(first)), None, screen)
        return copies.expanded(features, group, distinct, count)
    if hints is not None and hints.shape != (len(features), count):
        hints = None
    return _distinct(features, count, hints, screen)


def _distinct(
    features: np.ndarray,
    count: int,
    hints: np.ndarray | None,
    screen: product_search.Screen | None,
) -> np.ndarray:
    """The same for rows of which no two are equal."""
    if count == 1:
        return np.zeros((1, 1), np.int32)
    if screen is None:
        found = tree_search.nearest(features, count, hints)
        if found is not None:
            return found
    return product_search.nearest(features, count, hints, screen)
