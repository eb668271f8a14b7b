"""Sparse Jaccard distances against dense loops written from the method's text."""

import math

import numpy as np
import pytest
import scipy.sparse

from simmc_tf import copies, jaccard, neighbours, pseudo_labels

# e, the run's epoch; n unit norm; p 6 persons; dup exact duplicates; u distinct rows.
TAGS = [f"e{epoch}{kind}" for epoch in (0, 8) for kind in ("", "n", "p", "dup", "u")]


def clustered(num_rows, num_clusters, width=6, spread=0.15, seed=0, repeated=0):
    """Features around some centres of unit norm, the last rows copies of the first."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(num_clusters, width))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    features = centres[np.arange(num_rows) % num_clusters]
    features = features + generator.normal(scale=spread, size=features.shape)
    if repeated:
        features[-repeated:] = features[:repeated]
    return features.astype(np.float32)


def nearest(features, k1):
    """Brute-force neighbours; of equal distances the lower row comes first."""
    distances = np.square(features[:, None].astype(float) - features).sum(axis=2)
    order = np.argsort(distances, axis=1, kind="stable")
    return order[:, :k1].astype(np.int32)


def naive(features, lists, k1, k2):
    """Dense distances by plain loops over sets (the six steps of the method)."""
    num_rows = len(features)
    lists = [[int(j) for j in row[:k1]] for row in lists]

    def reciprocal(i, k):
        first = lists[i][: k + 1]
        return {j for j in first if i in lists[j][: k + 1]}

    half = int(np.around(k1 / 2))
    weights = [[0.0] * num_rows for _ in range(num_rows)]
    for i in range(num_rows):
        base = reciprocal(i, k1)
        expanded = set(base)
        for candidate in base:
            own = reciprocal(candidate, half)
            if len(own & base) > 2 / 3 * len(own):
                expanded |= own
        exponents = {
            j: -(
                2
                - 2
                * sum(
                    float(a) * float(b)
                    for a, b in zip(features[i], features[j], strict=True)
                )
            )
            for j in expanded
        }
        total = sum(math.exp(exponent) for exponent in exponents.values())
        for j, exponent in exponents.items():
            weights[i][j] = math.exp(exponent) / total
    averaged = [
        [
            sum(weights[j][column] for j in lists[i][:k2]) / len(lists[i][:k2])
            for column in range(num_rows)
        ]
        for i in range(num_rows)
    ]
    distances = np.zeros((num_rows, num_rows))
    for i in range(num_rows):
        for j in range(num_rows):
            if i != j:
                shared = sum(map(min, averaged[i], averaged[j]))
                distances[i, j] = max(0.0, 1 - shared / (2 - shared))
    return distances


def dense(distances):
    """The full matrix; an absent entry is 1."""
    full = np.ones(distances.shape)
    entries = distances.tocoo()
    full[entries.row, entries.col] = entries.data
    return full


@pytest.mark.parametrize(
    ("k1", "k2"), [(20, 6), (8, 3), (5, 1), (7, 7), (2, 1), (1, 1), (3, 2)]
)
@pytest.mark.parametrize("repeated", [0, 25], ids=["distinct", "duplicates"])
def test_distances_equal_the_naive_loops(k1, k2, repeated):
    features = clustered(60, 7, repeated=repeated)
    lists = nearest(features, k1)

    result = jaccard.jaccard_distances(features, lists, k1, k2)

    np.testing.assert_allclose(
        dense(result), naive(features, lists, k1, k2), rtol=0, atol=1e-12
    )


def test_features_that_are_not_normalised_enter_as_they_are():
    features = 3 * clustered(60, 7)
    lists = nearest(features, 8)

    result = jaccard.jaccard_distances(features, lists, 8, 3)

    np.testing.assert_allclose(
        dense(result), naive(features, lists, 8, 3), rtol=0, atol=1e-12
    )


def test_large_features_do_not_overflow():
    # exp(2 x . x) of norm 100 is far beyond float64.
    features = 100 * clustered(60, 7)

    result = jaccard.jaccard_distances(features, nearest(features, 8), 8, 3)

    assert np.isfinite(result.data).all()
    assert result.nnz > 60


def test_fewer_rows_than_neighbours_equal_the_naive_loops():
    features = clustered(6, 2)
    lists = nearest(features, 20)

    result = jaccard.jaccard_distances(features, lists, 20, 6)

    np.testing.assert_allclose(
        dense(result), naive(features, lists, 20, 6), rtol=0, atol=1e-12
    )


def test_a_row_without_reciprocal_neighbours_is_near_itself_alone():
    # No list holds 3, and none of the rows that 4 names names 4 back: neither has a
    # reciprocal neighbour, as happens among copies of one point. With k2 = 1 row 3
    # takes the weights of 4, which has none, and row 4 those of 0.
    lists = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1], [4, 0, 1], [0, 1, 2]], np.int32)

    result = dense(jaccard.jaccard_distances(np.eye(5), lists, k1=3, k2=1))

    np.testing.assert_array_equal(result[3], [1, 1, 1, 0, 1])
    np.testing.assert_array_equal(result[:, 3], [1, 1, 1, 0, 1])
    assert result[4, 0] == pytest.approx(0, abs=1e-12)


def test_rows_without_a_common_neighbour_have_no_entry():
    # Two triangles far apart.
    lists = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1], [3, 4, 5], [4, 3, 5], [5, 3, 4]])

    result = jaccard.jaccard_distances(np.eye(6), lists.astype(np.int32), 3, 2)

    assert result.nnz == 2 * 3 * 3
    np.testing.assert_array_equal(dense(result)[:3, 3:], np.ones((3, 3)))


@pytest.mark.parametrize("repeated", [0, 100], ids=["distinct", "duplicates"])
def test_distances_are_symmetric_within_0_and_1_and_0_on_the_diagonal(repeated):
    features = clustered(300, 12, repeated=repeated)

    result = jaccard.jaccard_distances(features, nearest(features, 20))

    full = dense(result)
    np.testing.assert_allclose(full, full.T, rtol=0, atol=1e-14)
    assert 0 <= full.min()
    assert full.max() <= 1
    np.testing.assert_array_equal(full.diagonal(), np.zeros(300))


def test_every_entry_is_stored_once_the_diagonal_among_them():
    # DBSCAN counts stored entries, also those of distance 0.
    features = clustered(50, 5, repeated=10)

    result = jaccard.jaccard_distances(features, nearest(features, 8), 8, 3)

    rows = np.repeat(np.arange(50), np.diff(result.indptr))
    entries = list(zip(rows.tolist(), result.indices.tolist(), strict=True))
    assert len(entries) == len(set(entries))
    assert {(i, i) for i in range(50)} <= set(entries)


@pytest.mark.parametrize("max_distance", [0.0, 0.3, 0.6])
def test_max_distance_keeps_exactly_the_entries_up_to_it(max_distance):
    features = clustered(100, 7)
    lists = nearest(features, 20)
    everything = jaccard.jaccard_distances(features, lists).tocoo()
    near = everything.data <= max_distance

    some = jaccard.jaccard_distances(features, lists, max_distance=max_distance).tocoo()

    assert near.sum() < len(near)
    assert dict(zip(zip(some.row, some.col, strict=True), some.data, strict=True)) == {
        (row, column): value
        for row, column, value in zip(
            everything.row[near],
            everything.col[near],
            everything.data[near],
            strict=True,
        )
    }


def test_an_entry_exactly_at_max_distance_is_kept():
    features = clustered(100, 7)
    lists = nearest(features, 20)
    values = np.unique(jaccard.jaccard_distances(features, lists).data)
    limit = values[len(values) // 2]

    some = jaccard.jaccard_distances(features, lists, max_distance=limit)

    assert some.data.max() == limit


@pytest.mark.parametrize("rows_per_task", [1, 7, 64, 300])
def test_distances_do_not_depend_on_how_rows_are_shared_out(rows_per_task, monkeypatch):
    features = clustered(200, 9, repeated=20)
    lists = nearest(features, 20)
    expected = dense(jaccard.jaccard_distances(features, lists))

    monkeypatch.setattr(jaccard, "_ROWS_PER_TASK", rows_per_task)

    np.testing.assert_array_equal(
        dense(jaccard.jaccard_distances(features, lists)), expected
    )


@pytest.mark.parametrize("num_threads", [1, 8])
def test_distances_do_not_depend_on_the_number_of_threads(num_threads, monkeypatch):
    features = clustered(200, 9)
    lists = nearest(features, 20)
    monkeypatch.setattr(jaccard, "_ROWS_PER_TASK", 16)
    expected = dense(jaccard.jaccard_distances(features, lists))

    monkeypatch.setattr(jaccard.cores, "count", lambda: num_threads)

    np.testing.assert_array_equal(
        dense(jaccard.jaccard_distances(features, lists)), expected
    )


def test_renaming_rows_renames_the_distances():
    features = clustered(80, 7)
    lists = nearest(features, 8)
    order = np.random.default_rng(3).permutation(80)
    place = np.argsort(order)  # Old row r is new row place[r].

    before = dense(jaccard.jaccard_distances(features, lists, 8, 3))
    after = dense(
        jaccard.jaccard_distances(
            features[order], place[lists[order]].astype(np.int32), 8, 3
        )
    )

    np.testing.assert_allclose(after, before[np.ix_(order, order)], atol=1e-12)


def test_stored_entries_grow_with_the_rows_and_not_with_their_square():
    # Clusters of 20: twice the rows are twice the clusters. Dense would be 4 times.
    entries = []
    for num_rows in (1000, 2000):
        features = clustered(num_rows, num_rows // 20, width=16, spread=0.05)
        lists = neighbours.nearest(features, 20)
        entries.append(jaccard.jaccard_distances(features, lists).nnz)

    assert entries[1] / entries[0] < 3
    assert entries[1] < 0.1 * 2000**2


@pytest.mark.data
@pytest.mark.parametrize("tag", TAGS)
def test_distances_are_the_published_ones(tag, parity):
    expected = parity[f"jaccard_{tag}"]

    result = jaccard.jaccard_distances(parity[f"feat_{tag}"], parity[f"rank_{tag}"])

    # The published code computes in float32.
    off_diagonal = ~np.eye(len(expected), dtype=bool)
    np.testing.assert_allclose(
        dense(result)[off_diagonal], expected[off_diagonal], rtol=0, atol=1e-5
    )


def test_equal_features_take_no_more_than_a_row_each():
    # Every pair of copies is at distance 0: as a matrix, 4,000 x 4,000 entries.
    features = np.ones((4_000, 8), np.float32)
    nearest = np.tile(np.arange(20, dtype=np.int32), (4_000, 1))

    weights = jaccard.expanded_weights(features, nearest, 20, 6)
    first, group = jaccard.distinct_rows(weights)

    assert jaccard.distances(weights[first], 0.5).nnz <= len(first) ** 2 <= 400
    assert len(group) == 4_000


@pytest.mark.parametrize("seed", range(3))
def test_clusters_of_distinct_rows_are_those_of_all_rows(seed):
    generator = np.random.default_rng(seed)
    distinct = generator.normal(size=(60, 5)).astype(np.float32)
    features = distinct[generator.integers(0, 60, 300)]
    nearest = neighbours.nearest(features, 20)

    weights = jaccard.expanded_weights(features, nearest, 20, 6)
    first, group = jaccard.distinct_rows(weights)

    assert len(first) < len(features)
    for eps in (0.4, 0.6, 0.8):
        few = pseudo_labels.cluster(
            jaccard.distances(weights[first], eps), eps, 4, group
        )
        every = pseudo_labels.cluster(jaccard.distances(weights, eps), eps, 4)
        np.testing.assert_array_equal(few, every)


@pytest.mark.parametrize("num_hashes", [None, 1, 3])
def test_equal_rows_of_weights_are_one_group(num_hashes, monkeypatch):
    generator = np.random.default_rng(0)
    few = generator.integers(0, 3, (40, 6)) * (generator.random((40, 6)) < 0.5)
    dense_rows = few[generator.integers(0, 40, 200)] / 3
    weights = scipy.sparse.csr_array(dense_rows)
    if num_hashes is not None:  # Rows that differ share one.
        monkeypatch.setattr(
            *(copies, "_sparse_hashes"),
            lambda indptr, *_: (np.diff(indptr) % num_hashes).astype(np.uint64),
        )

    first, group = jaccard.distinct_rows(weights)

    seen = {}
    expected = [seen.setdefault(row.tobytes(), len(seen)) for row in dense_rows]
    np.testing.assert_array_equal(group, expected)
    np.testing.assert_array_equal(first, np.unique(expected, return_index=True)[1])
