"""Adjusted mutual information of very many groups is scikit-learn's."""

import itertools
import math

import numpy as np
import pytest
import sklearn.metrics

from simmc_tf import mutual_information


def groupings(num_rows, num_first, num_second, seed=0):
    """Two groupings of which the second mostly follows the first, of unequal sizes."""
    generator = np.random.default_rng(seed)
    first = (num_first * generator.random(num_rows) ** 2).astype(int)
    other = generator.integers(0, num_second, num_rows)
    return first, np.where(generator.random(num_rows) < 0.6, first % num_second, other)


@pytest.mark.parametrize("at_once", [1, 40, 1 << 18])
@pytest.mark.parametrize(
    "shape", [(2000, 30, 50), (50, 20, 30), (300, 200, 7), (1000, 3, 2), (6, 2, 2)]
)
def test_many_groups_give_the_number_of_scikit_learn(shape, at_once, monkeypatch):
    monkeypatch.setattr(mutual_information, "_MOST_TERMS", 0)
    monkeypatch.setattr(mutual_information, "_AT_ONCE", at_once)
    first, second = groupings(*shape)

    found = mutual_information.adjusted(first, second)

    expected = sklearn.metrics.adjusted_mutual_info_score(first, second)
    assert found == pytest.approx(expected, abs=1e-10)


def test_few_groups_give_it_bit_for_bit():
    first, second = groupings(2000, 30, 50)
    expected = sklearn.metrics.adjusted_mutual_info_score(first, second)
    assert mutual_information.adjusted(first, second) == expected


@pytest.mark.parametrize("groups", [np.zeros(9, int), np.arange(9), np.arange(9) // 2])
def test_the_same_grouping_agrees_wholly(groups, monkeypatch):
    monkeypatch.setattr(mutual_information, "_MOST_TERMS", 0)
    assert mutual_information.adjusted(groups, 8 - groups) == pytest.approx(1)


def test_one_group_tells_nothing(monkeypatch):
    monkeypatch.setattr(mutual_information, "_MOST_TERMS", 0)
    assert mutual_information.adjusted(np.zeros(6, int), np.arange(6) // 2) == 0


def test_chance_is_the_mean_over_all_orders():
    first, second = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2])
    found = mutual_information.by_chance(*map(np.bincount, (first, second)))

    informations = [
        sklearn.metrics.mutual_info_score(first, second[list(order)])
        for order in itertools.permutations(range(5))
    ]
    assert found == pytest.approx(math.fsum(informations) / len(informations))
