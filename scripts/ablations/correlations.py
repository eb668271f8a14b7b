"""How well what needs no label follows the scores, by Spearman's rank correlation."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from scipy import stats

from scripts.ablations import results

# Data set and setting -> its runs by seed.
Found = Mapping[tuple[str, str], Mapping[int, results.Result]]

# Columns of metrics.csv that true persons have no part in.
LABEL_FREE = (
    *("quality", "track_mAP", "silhouette", "view_agreement", "clusters_1"),
    *("clusters_2", "radius_1", "radius_2", "outliers", "loss", "mpc", "mic"),
)
# Fewer have hardly an order.
_FEWEST_EPOCHS = 3
FEWEST_SETTINGS = 5


@dataclasses.dataclass(frozen=True)
class Correlations:
    """Of a column with a score.

    Attributes:
        values: one for each run, or each seed, that has one.
        num_constant: how many more have none as column or score never changes.
    """

    values: list[float]
    num_constant: int


def over_epochs(found: Found, data: str, column: str, score: str) -> Correlations:
    """Correlation of a column with a score over the epochs of each run on a data set.

    A run has only the epochs that its criterion allowed, as patience ends it. The
    untrained model is left out, as no criterion may choose it; so are runs with the
    column in fewer than 3 epochs.
    """
    samples = (
        [(row.get(column), row[score]) for row in one.rows[1:]]
        for (name, _), runs in found.items()
        if name == data
        for one in runs.values()
    )
    return _correlations(samples, _FEWEST_EPOCHS)


def over_settings(found: Found, data: str, column: str, score: str) -> Correlations:
    """Correlation over the settings' chosen epochs on a data set, for each seed.

    Settings without the column are left out; so are seeds with fewer than 5 settings
    that have it.
    """
    chosen: dict[int, list[tuple[float | None, float]]] = {}
    for (name, _), runs in found.items():
        for seed, one in runs.items() if name == data else ():
            row = one.rows[one.chosen_epoch]
            chosen.setdefault(seed, []).append((row.get(column), row[score]))
    return _correlations(chosen.values(), FEWEST_SETTINGS)


def _correlations(
    samples: Iterable[Sequence[tuple[float | None, float]]], fewest: int
) -> Correlations:
    found, num_constant = [], 0
    for pairs in samples:
        known = [pair for pair in pairs if pair[0] is not None]
        if len(known) < fewest:
            continue
        columns = list(zip(*known, strict=True))
        if all(len(set(values)) > 1 for values in columns):
            found.append(float(stats.spearmanr(*columns).statistic))
        else:
            num_constant += 1
    return Correlations(found, num_constant)
