"""How well what needs no label follows the scores, by Spearman's rank correlation."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from scipy import stats

from scripts.ablations import results
from simmc_tf import history

# Data set and setting -> its runs by seed.
Found = Mapping[tuple[str, str], Mapping[int, results.Result]]

# Columns of metrics.csv that true persons have a part in.
_LABELLED = (
    *("top1", "top5", "top10", "mAP", "MI_1", "MI_2", "AMI_1", "AMI_2"),
    *("mACT", "mRCL"),
)
LABEL_FREE = [
    field.name
    for field in dataclasses.fields(history.Row)
    if field.name not in _LABELLED
]
# Fewer have hardly an order.
_FEWEST = 3


def over_epochs(found: Found, data: str, column: str, score: str) -> list[float]:
    """Correlation of a column with a score over the epochs of each run on a data set.

    The untrained model is left out, as no criterion may choose it; so are runs without
    the column, of fewer than 3 epochs, or where one of the two never changes.
    """
    return _correlations(
        [(row.get(column), row[score]) for row in one.rows[1:]]
        for (name, _), runs in found.items()
        if name == data
        for one in runs.values()
    )


def over_settings(found: Found, data: str, column: str, score: str) -> list[float]:
    """Correlation over the settings' last epochs on a data set, for each seed.

    Settings without the column are left out; so are seeds with fewer than 3 settings,
    or where one of the two is the same for all.
    """
    last: dict[int, list[tuple[float | None, float]]] = {}
    for (name, _), runs in found.items():
        for seed, one in runs.items() if name == data else ():
            row = one.rows[-1]
            last.setdefault(seed, []).append((row.get(column), row[score]))
    return _correlations(last.values())


def _correlations(
    samples: Iterable[Sequence[tuple[float | None, float]]],
) -> list[float]:
    found = []
    for pairs in samples:
        known = [pair for pair in pairs if pair[0] is not None]
        varies = all(len(set(values)) > 1 for values in zip(*known, strict=True))
        if len(known) >= _FEWEST and varies:
            found.append(float(stats.spearmanr(*zip(*known, strict=True)).statistic))
    return found
