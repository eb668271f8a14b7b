"""Pseudo-labels and prototypes of one masked view (SimMC section 3.2)."""

import dataclasses

import numpy as np
import scipy.sparse

from simmc_tf import averages, components

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
    """Labels rows by DBSCAN on a sparse distance matrix, as scikit-learn does.

    Cores that reach each other are a cluster, clusters are numbered by their first
    core, and who is no core goes to the first cluster that reaches it.

    Args:
        distances: [M, M] symmetric CSR with every distance up to eps +
            `DISTANCE_TOLERANCE` and the diagonal.
        eps: radius of a neighbourhood.
        min_samples: rows, itself included, that make a row a core.
        group: [N] row of `distances` that stands for each row, as
            `jaccard.distinct_rows` gives it; None for M = N rows that stand for
            themselves.

    Returns:
        [N] int32 labels, -1 for an outlier.
    """
    near = distances.data <= eps + DISTANCE_TOLERANCE
    indices = distances.indices[near]
    ends = np.concatenate([[0], np.cumsum(near)])[distances.indptr]
    counts = np.diff(ends)
    num_rows = len(counts)
    if group is None:
        group = np.arange(num_rows)
    sizes = np.bincount(group, minlength=num_rows)
    core = components.num_near(counts, indices, sizes) >= min_samples
    parents = np.arange(num_rows, dtype=np.int32)
    components.join_neighbours(0, counts, indices, core, parents)
    clusters = components.numbered(core, parents)
    labels = clusters.copy()
    components.add_borders(counts, indices, clusters, labels)
    return labels[group]


def prototypes(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Averages the features of every cluster.

    Args:
        features: [N, H] float32.
        labels: [N] int32 in -1..K-1.

    Returns:
        [K, H] float32, outliers left out.
    """
    return averages.of_groups(features, labels).astype(np.float32)
