"""The neighbour search against brute force."""

import numpy as np
import pytest

from simmc_tf import neighbours


def brute_force(features, num_neighbours):
    """Every row's nearest rows, by differences in float64."""
    features = features.astype(np.float64)
    lists = []
    for row in features:
        distances = np.square(features - row).sum(axis=1)
        lists.append(np.argsort(distances, kind="stable")[:num_neighbours])
    return np.array(lists)


def test_neighbours_equal_brute_force():
    features = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)

    found = neighbours.nearest(features, 20)

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_neighbours_are_as_near_as_those_of_brute_force():
    # Among 301 rows some distances differ by less than float32 tells apart, so that
    # their order is open, but not how near the n-th neighbour is.
    features = np.random.default_rng(0).normal(size=(301, 16)).astype(np.float32)

    def distances(lists):
        return np.linalg.norm(features[:, None].astype(float) - features[lists], axis=2)

    found = neighbours.nearest(features, 20)

    np.testing.assert_allclose(
        distances(found), distances(brute_force(features, 20)), rtol=1e-5, atol=1e-6
    )
    assert all(len(set(row)) == 20 for row in found)


def test_neighbours_on_a_line():
    # Points 0, 1, 3, 7: the nearest to 3 is 3, then 1 (2 away), 0 (3), 7 (4).
    features = np.array([[0.0], [1.0], [3.0], [7.0]], np.float32)

    found = neighbours.nearest(features, 4)

    np.testing.assert_array_equal(
        found, [[0, 1, 2, 3], [1, 0, 2, 3], [2, 1, 0, 3], [3, 2, 1, 0]]
    )


def test_a_distinct_row_is_its_own_first_neighbour():
    features = np.random.default_rng(1).normal(size=(100, 8)).astype(np.float32)

    np.testing.assert_array_equal(neighbours.nearest(features, 5)[:, 0], np.arange(100))


def test_fewer_rows_than_neighbours_give_all_rows():
    features = np.random.default_rng(2).normal(size=(6, 8)).astype(np.float32)

    found = neighbours.nearest(features, 20)

    assert found.shape == (6, 6)
    np.testing.assert_array_equal(np.sort(found, axis=1), np.tile(np.arange(6), (6, 1)))


def test_repeated_rows_are_each_others_neighbours():
    # Rows 0, 2 and 4 are one point, 1, 3 and 5 another.
    features = np.tile(np.eye(2, dtype=np.float32), (3, 1))

    found = neighbours.nearest(features, 3)

    for row in range(6):
        assert set(found[row]) == set(range(row % 2, 6, 2))


def test_the_layout_in_memory_does_not_matter():
    features = np.random.default_rng(3).normal(size=(40, 8)).astype(np.float32)
    columns_first = np.asfortranarray(features)

    np.testing.assert_array_equal(
        neighbours.nearest(columns_first, 5), neighbours.nearest(features, 5)
    )


@pytest.mark.data
@pytest.mark.parametrize("tag", ["e0u", "e8u"])
def test_neighbours_are_those_of_the_published_search(tag, parity):
    found = neighbours.nearest(parity[f"feat_{tag}"], 20)

    # Distinct rows, but some distances tie in float32: a few entries may swap.
    assert np.mean(found == parity[f"rank_{tag}"]) > 0.999
