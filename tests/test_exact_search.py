"""The exact search, whichever way it takes, against brute force in float64."""

import numpy as np
import pytest

from simmc_tf import exact_search, product_search, tree_search
from tests.neighbour_kinds import KINDS, brute_force, few_directions, normal


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("num_rows", "width", "count"),
    [(1, 3, 1), (2, 3, 2), (5, 3, 5), (33, 4, 20), (65, 4, 1), (700, 40, 20)],
)
def test_neighbours_are_those_of_brute_force(kind, num_rows, width, count):
    features = KINDS[kind](num_rows, width)

    found = exact_search.nearest(features, count)

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, brute_force(features, count))


@pytest.mark.parametrize("kind", ["copies", "few directions"])
def test_hints_change_nothing(kind):
    features = KINDS[kind](300, 8)
    moved = features + 0.1 * normal(300, 8, seed=5)

    found = exact_search.nearest(features, 20, exact_search.nearest(moved, 20))

    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_hints_of_another_shape_are_of_another_data_set_and_ignored():
    features = normal(100, 8)
    found = exact_search.nearest(features, 20, np.zeros((90, 20), np.int32))
    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_the_way_that_suits_the_features_is_taken(monkeypatch):
    taken = []
    for name, module in (("tree", tree_search), ("product", product_search)):

        def noted(*arguments, name=name, search=module.nearest):
            found = search(*arguments)
            taken.append((name, found is not None))
            return found

        monkeypatch.setattr(module, "nearest", noted)

    exact_search.nearest(few_directions(1000, 64), 20)
    assert taken == [("tree", True)]

    taken.clear()
    exact_search.nearest(normal(1000, 64), 20)
    assert taken == [("tree", False), ("product", True)]


def test_of_copies_one_is_searched_for(monkeypatch):
    searched = []
    search = exact_search._distinct
    monkeypatch.setattr(
        exact_search,
        "_distinct",
        lambda rows, *rest: searched.append(len(rows)) or search(rows, *rest),
    )
    features = np.repeat(normal(30, 8), 10, axis=0)

    found = exact_search.nearest(features, 20)

    assert searched == [30]
    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_the_features_given_stay_as_they_are():
    features = few_directions(300, 32)
    before = features.copy()
    exact_search.nearest(features, 20)
    np.testing.assert_array_equal(features, before)
