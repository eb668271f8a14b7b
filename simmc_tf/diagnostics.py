"""How far pseudo-labels and features agree with the true persons; for reports only."""

import dataclasses
import math

import numpy as np
import scipy.sparse
import sklearn.metrics


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
        float(sklearn.metrics.adjusted_mutual_info_score(persons[kept], labels[kept])),
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
    classes, index = np.unique(persons, return_inverse=True)
    share = 1.0 / np.bincount(index)[index]
    class_mean = scipy.sparse.csr_array(
        (share, (index, np.arange(len(index)))), shape=(len(classes), len(index))
    )
    # As in the published code, a centre is the mean of features of whatever length.
    means = class_mean @ _unit(features).astype(np.float64)
    centres = _unit(class_mean @ features.astype(np.float64))
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


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, np.finfo(np.float32).tiny)
