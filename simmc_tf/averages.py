"""Means of groups of rows, some columns at a time."""

import numpy as np
import scipy.sparse

# Bytes of float64 numbers that are worked on at once.
_AT_ONCE = 1 << 24
# Fewer columns at a time would read each row's memory too often.
_FEWEST_COLUMNS = 32


def columns(num_rows: int, width: int) -> list[slice]:
    """Slices of about equally many columns of [N, H], each small beside the whole.

    What is computed of each column alone is the same bit for bit as of all at once; of
    the rows, float sums would change with the order.
    """
    most = max(_FEWEST_COLUMNS, _AT_ONCE // (8 * max(1, num_rows)))
    bounds = np.linspace(0, width, -(-width // most) + 1).astype(int).tolist()
    return [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]


def of_groups(
    features: np.ndarray, group: np.ndarray, divisors: np.ndarray | None = None
) -> np.ndarray:
    """Averages the rows of every group.

    Args:
        features: [N, H], which may be mapped from a file.
        group: [N] int in -1..K-1; rows of group -1 are left out.
        divisors: [N, 1] what each row is divided by first; None for nothing.

    Returns:
        [K, H] float64.
    """
    members = np.flatnonzero(group >= 0)
    num_groups = int(group.max(initial=-1)) + 1
    share = 1.0 / np.bincount(group[members], minlength=num_groups)[group[members]]
    average = scipy.sparse.csr_array(
        (share, (group[members], members)), shape=(num_groups, len(group))
    )
    means = np.empty((num_groups, features.shape[1]))
    for some in columns(*features.shape):
        rows = features[:, some]
        if divisors is not None:
            rows = rows / divisors
        means[:, some] = average @ rows.astype(np.float64)
    return means
