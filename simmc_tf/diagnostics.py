"""How far pseudo-labels and features agree with the true persons; for reports only."""

import dataclasses
import math

import numpy as np
import sklearn.metrics

from simmc_tf import averages, mutual_information
from simmc_tf import data as data_module


@dataclasses.dataclass(frozen=True)
class Agreement:
    """Mutual information of pseudo-labels with persons, outliers left out.

    Attributes:
        mi: mutual information in nats.
        ami: adjusted mutual information, 0 for chance, 1 for the same grouping.
    """

    mi: float
    ami: float


def agreement(labels: np.ndarray, persons: np.ndarray) -> Agreement:
    """Compares pseudo-labels [N] (-1 an outlier) with persons [N].

    Both are 0 where every sequence is an outlier.
    """
    kept = labels >= 0
    if not kept.any():
        return Agreement(0.0, 0.0)
    return Agreement(
        float(sklearn.metrics.mutual_info_score(persons[kept], labels[kept])),
        mutual_information.adjusted(persons[kept], labels[kept]),
    )


def compactness(features: np.ndarray, persons: np.ndarray) -> tuple[float, float]:
    """How compact persons are: mACT and mRCL (Rao and Miao, SPC-MGR, arXiv 2208.05298).

    Args:
        features: [N, H].
        persons: [N] true persons.

    Returns:
        mACT, mean intra-class tightness (how much closer than average a person's
        sequences lie to its centre), and mRCL, mean inter-class looseness (how far
        apart the centres lie, relative to the average); higher is better for both.
        Infinite where every sequence lies on its person's centre; both 0 where all lie
        on one point.
    """
    _, index = np.unique(persons, return_inverse=True)
    # As in the published code, a centre is the mean of features of whatever length.
    means = averages.of_groups(features, index, _lengths(features))
    centres = averages.of_groups(features, index)
    centres /= _lengths(centres)
    # The mean of x_i . c over a class is the class mean's product with c.
    distances = 1.0 - means @ centres.T
    average = distances.mean()
    tightness = distances.diagonal().mean()
    looseness = (1.0 - centres @ centres.T).mean()
    if average <= 0:
        return 0.0, 0.0
    return (
        float(average / tightness) if tightness > 0 else math.inf,
        float(looseness / average),
    )


def _lengths(rows: np.ndarray) -> np.ndarray:
    """[N, 1] lengths of rows, of a row of zeros as good as 0."""
    lengths = np.empty((len(rows), 1), np.result_type(rows, np.float32))
    for some in data_module.pieces(len(rows)):
        lengths[some] = np.linalg.norm(rows[some], axis=1, keepdims=True)
    return np.maximum(lengths, np.finfo(np.float32).tiny)
