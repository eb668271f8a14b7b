"""DBSCAN on sparse distances, and prototypes."""

import numpy as np
import pytest
import scipy.sparse
import sklearn.cluster

from simmc_tf import jaccard, pseudo_labels

TAGS = [f"e{epoch}{kind}" for epoch in (0, 8) for kind in ("", "n", "p", "dup", "u")]


def naive_dbscan(distances, eps, min_samples):
    """Labels by the definition: cores joined through cores, then their surroundings."""
    num_rows = len(distances)
    near = [
        [j for j in range(num_rows) if distances[i][j] <= eps] for i in range(num_rows)
    ]
    cores = [i for i in range(num_rows) if len(near[i]) >= min_samples]
    labels = [-1] * num_rows
    num_clusters = 0
    for first in cores:
        if labels[first] != -1:
            continue
        reached = [first]
        while reached:
            i = reached.pop()
            labels[i] = num_clusters
            reached += [j for j in near[i] if j in cores and labels[j] == -1]
        num_clusters += 1
    for i in range(num_rows):
        if i not in cores:
            # A border row goes to the first of the clusters that reach it.
            own = [labels[j] for j in near[i] if j in cores]
            labels[i] = min(own, default=-1)
    return labels


def sparse(distances, up_to):
    """CSR of the distances up to a bound, zeros stored."""
    rows, columns = np.nonzero(distances <= up_to)
    return scipy.sparse.csr_array(
        (distances[rows, columns], (rows, columns)), shape=distances.shape
    )


def cluster(distances, eps, min_samples):
    limit = eps + pseudo_labels.DISTANCE_TOLERANCE
    return pseudo_labels.cluster(sparse(distances, limit), eps, min_samples)


def line_distances(points):
    points = np.asarray(points, np.float64)
    return np.abs(points[:, None] - points)


@pytest.mark.parametrize("min_samples", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("eps", [0.05, 0.1, 0.2])
def test_labels_equal_a_naive_dbscan(eps, min_samples):
    points = np.random.default_rng(min_samples).random((60, 2))
    distances = np.linalg.norm(points[:, None] - points, axis=2)

    labels = cluster(distances, eps, min_samples)

    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, naive_dbscan(distances, eps, min_samples))


def test_labels_equal_those_of_the_dense_matrix():
    distances = np.minimum(line_distances(np.random.default_rng(0).random(200)), 1)
    dense = sklearn.cluster.DBSCAN(eps=0.004, min_samples=3, metric="precomputed")

    labels = cluster(distances, 0.004, 3)

    np.testing.assert_array_equal(labels, dense.fit_predict(distances))
    assert labels.max() > 5
    assert labels.min() == -1


def test_labels_of_points_on_a_line():
    # eps 0.15, 3 samples: 0, 0.1, 0.2 hang together (0.1 alone is a core), 0.5 and 0.6
    # are only two, 0.9 is alone.
    labels = cluster(line_distances([0, 0.1, 0.2, 0.5, 0.6, 0.9]), 0.15, 3)

    np.testing.assert_array_equal(labels, [0, 0, 0, -1, -1, -1])


def test_a_row_counts_itself_among_its_samples():
    distances = line_distances([0, 0.1, 0.5])

    np.testing.assert_array_equal(cluster(distances, 0.2, 2), [0, 0, -1])
    np.testing.assert_array_equal(cluster(distances, 0.2, 1), [0, 0, 1])


@pytest.mark.parametrize("eps", [0.6, 0.75, 0.8])
@pytest.mark.parametrize("rounding", [-6e-8, 0.0, 6e-8])
def test_a_distance_of_eps_up_to_rounding_is_within_eps(eps, rounding):
    distances = np.array([[0, eps + rounding], [eps + rounding, 0]])

    np.testing.assert_array_equal(cluster(distances, eps, 2), [0, 0])


def test_a_distance_clearly_above_eps_is_not_within_eps():
    distances = np.array([[0, 0.80001], [0.80001, 0]])

    # All distances are given: it is the clustering that must leave them out.
    labels = pseudo_labels.cluster(sparse(distances, 1), 0.8, 2)

    np.testing.assert_array_equal(labels, [-1, -1])


def test_prototypes_equal_a_loop_over_members():
    generator = np.random.default_rng(1)
    features = generator.normal(size=(50, 6)).astype(np.float32)
    labels = generator.permutation(np.arange(50) % 8 - 1).astype(np.int32)
    expected = []
    for k in range(7):
        members = [features[i] for i in range(50) if labels[i] == k]
        expected.append(sum(members) / len(members))

    result = pseudo_labels.prototypes(features, labels)

    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_prototypes_of_small_numbers():
    # Cluster 0: (1 + 3) / 2 = 2 and (0 + 4) / 2 = 2; cluster 1: the one row; 9 is out.
    features = np.array([[1, 0], [9, 9], [3, 4], [5, 6]], np.float32)

    result = pseudo_labels.prototypes(features, np.array([0, -1, 0, 1], np.int32))

    np.testing.assert_array_equal(result, [[2, 2], [5, 6]])


@pytest.mark.parametrize("num_rows", [1, 5])
def test_outliers_alone_have_no_prototypes(num_rows):
    features = np.ones((num_rows, 3), np.float32)

    result = pseudo_labels.prototypes(features, np.full(num_rows, -1, np.int32))

    assert result.shape == (0, 3)
    assert result.dtype == np.float32


def same_grouping(first, second):
    """Whether two labellings differ by the clusters' names only."""
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    return len(pairs) == len(set(first.tolist())) == len(set(second.tolist()))


@pytest.fixture(params=[f"{tag}_eps{eps}" for tag in TAGS for eps in (0.6, 0.8)])
def published(request, parity):
    """Features, own labels and the published labels and prototypes."""
    tag, eps = request.param.split("_eps")
    features = parity[f"feat_{tag}"]
    distances = jaccard.jaccard_distances(
        features,
        parity[f"rank_{tag}"],
        max_distance=float(eps) + pseudo_labels.DISTANCE_TOLERANCE,
    )
    return (
        features,
        pseudo_labels.cluster(distances, float(eps), min_samples=2),
        parity[f"dbscan_{request.param}"],
        parity[f"centers_{request.param}"],
    )


@pytest.mark.data
def test_labels_are_the_published_ones_but_for_their_names(published):
    _, labels, expected, _ = published

    np.testing.assert_array_equal(labels == -1, expected == -1)
    assert same_grouping(labels, expected)


@pytest.mark.data
def test_prototypes_are_the_published_ones(published):
    features, _, labels, expected = published

    result = pseudo_labels.prototypes(features, labels)

    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("min_samples", [1, 2, 3, 5])
@pytest.mark.parametrize("eps", [0.01, 0.05])
def test_labels_equal_scikit_learn_on_graphs_with_copies(eps, min_samples):
    generator = np.random.default_rng(min_samples)
    distances = generator.random((120, 120))
    distances = np.minimum(distances, distances.T)
    np.fill_diagonal(distances, 0)
    group = np.concatenate([np.arange(120), generator.integers(0, 120, 60)])
    theirs = sklearn.cluster.DBSCAN(
        eps=eps, min_samples=min_samples, metric="precomputed"
    )

    # Some distances that are beyond eps are stored too.
    found = pseudo_labels.cluster(sparse(distances, 0.2), eps, min_samples, group)

    expected = theirs.fit_predict(distances, sample_weight=np.bincount(group))
    np.testing.assert_array_equal(found, expected[group])
