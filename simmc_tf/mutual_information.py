"""Adjusted mutual information of two groupings, also of very many groups."""

import numpy as np
import scipy.special
import scipy.stats
import sklearn.metrics

# scikit-learn sums over all pairs of groups, up to so many numbers in 5 s; of a million
# rows in 20,000 groups it would take a quarter of an hour.
_MOST_TERMS = 100_000_000
# Numbers that are worked on at once.
_AT_ONCE = 1 << 18


def adjusted(first: np.ndarray, second: np.ndarray) -> float:
    """How much two groupings tell of each other beyond chance, 1 where they agree.

    The same number as `sklearn.metrics.adjusted_mutual_info_score`, bit for bit where
    rows times groups are at most 10^8, else but for rounding.

    Args:
        first: [N] group of each row.
        second: [N] group of each row in the other grouping.
    """
    sizes = [np.unique(one, return_counts=True)[1] for one in (first, second)]
    fewest = min(map(len, sizes))
    if fewest < 2 or len(first) * fewest <= _MOST_TERMS:
        return float(sklearn.metrics.adjusted_mutual_info_score(first, second))
    chance = by_chance(*sizes)
    found = sklearn.metrics.mutual_info_score(first, second)
    entropy = np.mean([scipy.stats.entropy(counts) for counts in sizes])
    beyond = entropy - chance
    # No more than rounding where every row is a group of its own, in both.
    return float((found - chance) / beyond) if beyond > 1e-9 else 1.0


def by_chance(first: np.ndarray, second: np.ndarray) -> float:
    """Mutual information that is to be expected of groups of these sizes, in nats.

    Under random permutations the number n of rows that two groups share is
    hypergeometric (Vinh, Epps and Bailey, JMLR 2010, equation 24). That depends on
    their sizes alone, and there are few different sizes.

    Args:
        first: [K] rows of each group, at least 1.
        second: [L] of each group of the other grouping, with the same sum.
    """
    num_rows = int(first.sum())
    log = scipy.special.gammaln(np.arange(1.0, num_rows + 2))  # Of factorials.
    b, repeated = np.unique(second, return_counts=True)
    total = 0.0
    for a, times in zip(*np.unique(first, return_counts=True), strict=True):
        lowest, highest = _likely(a, b, num_rows)
        at_once = max(1, _AT_ONCE // int((highest - lowest).max() + 1))
        for start in range(0, len(b), at_once):
            some = slice(start, start + at_once)
            total += times * _expected(
                *(int(a), b[some], lowest[some], highest[some], num_rows, log),
                repeated[some],
            )
    return total


def _likely(a: int, b: np.ndarray, num_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest n, beyond 10 deviations of which nothing is left to add."""
    mean = a * b / num_rows
    reach = 10 * np.sqrt(mean) + 30
    lowest = np.maximum(np.maximum(1, a + b - num_rows), np.floor(mean - reach))
    highest = np.minimum(np.minimum(a, b), np.ceil(mean + reach))
    return lowest.astype(int), highest.astype(int)


def _expected(
    a: int,
    b: np.ndarray,
    lowest: np.ndarray,
    highest: np.ndarray,
    num_rows: int,
    log: np.ndarray,
    weights: np.ndarray,
) -> float:
    """Sum over n and over groups of size b, each so many times, beside one of size a.

    Args:
        a: rows of the one group.
        b: [S] rows of the others.
        lowest: [S] n to begin with.
        highest: [S] n to end with.
        num_rows: N.
        log: [N + 1] logarithms of factorials.
        weights: [S] groups of each size.
    """
    n = lowest + np.arange((highest - lowest).max() + 1)[:, np.newaxis]
    counts = n <= highest
    n = np.minimum(n, highest)
    probability = np.exp(
        (log[a] + log[b] + log[num_rows - a] + log[num_rows - b])
        - (log[num_rows] + log[n] + log[a - n] + log[b - n])
        - log[num_rows - a - b + n]
    )
    terms = n / num_rows * np.log(num_rows * n / (a * b)) * probability
    return float((terms * counts).sum(axis=0) @ weights)
