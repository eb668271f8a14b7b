"""Pseudo-labels and prototypes of one masked view (SimMC section 3.2)."""

import dataclasses

import numpy as np
import scipy.sparse
import sklearn.cluster

# With un-normalised features a row's weights collapse to one neighbour and distances
# take few rational values: sharing 2 of 6 expansion neighbours gives exactly 0.8, the
# eps of KS20 and IAS, and rounding would decide. What is within this of eps counts as
# within eps; float64 sums stay far inside it.
DISTANCE_TOLERANCE = 1e-6

OUTLIER = -1


@dataclasses.dataclass(frozen=True)
class View:
    """What clustering made of one masked view.

    Attributes:
        labels: [N] int32 pseudo-labels 0..K-1, -1 for an outlier.
        prototypes: [K, H] float32 cluster means, not normalised.
    """

    labels: np.ndarray
    prototypes: np.ndarray

    @property
    def num_clusters(self) -> int:
        """K."""
        return len(self.prototypes)


def cluster(
    distances: scipy.sparse.csr_array,
    eps: float,
    min_samples: int,
    group: np.ndarray | None = None,
) -> np.ndarray:
    """Labels rows by DBSCAN on a sparse distance matrix.

    Args:
        distances: [M, M] CSR with every distance up to eps + `DISTANCE_TOLERANCE`.
        eps: radius of a neighbourhood.
        min_samples: rows, itself included, that make a row a core.
        group: [N] row of `distances` that stands for each row, as
            `jaccard.distinct_rows` gives it; None for M = N rows that stand for
            themselves.

    Returns:
        [N] int32 labels, -1 for an outlier.
    """
    dbscan = sklearn.cluster.DBSCAN(
        eps=eps + DISTANCE_TOLERANCE, min_samples=min_samples, metric="precomputed"
    )
    if group is None:
        group = np.arange(distances.shape[0])
    labels = dbscan.fit_predict(distances, sample_weight=np.bincount(group))
    return labels.astype(np.int32)[group]


def prototypes(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Averages the features of every cluster.

    Args:
        features: [N, H] float32.
        labels: [N] int32 in -1..K-1.

    Returns:
        [K, H] float32, outliers left out.
    """
    members = np.flatnonzero(labels != OUTLIER)
    num_clusters = int(labels.max(initial=OUTLIER)) + 1
    share = 1.0 / np.bincount(labels[members], minlength=num_clusters)[labels[members]]
    average = scipy.sparse.csr_array(
        (share, (labels[members], members)), shape=(num_clusters, len(labels))
    )
    return np.asarray(average @ features.astype(np.float64), np.float32)
