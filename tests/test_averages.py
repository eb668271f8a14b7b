"""Means of groups, the same bit for bit however many columns are taken at once."""

import numpy as np
import pytest

from simmc_tf import averages, representation

WIDTH = 70


@pytest.fixture
def few_at_once(monkeypatch):
    """So that 70 columns are taken in several slices."""
    monkeypatch.setattr(averages, "_AT_ONCE", 1)
    monkeypatch.setattr(averages, "_FEWEST_COLUMNS", 9)


@pytest.fixture
def features():
    generator = np.random.default_rng(0)
    return generator.normal(3, 1, size=(2000, WIDTH)).astype(np.float32)


def naive(features, group, divisors=None):
    """One sum after the other, in the order of the rows."""
    sizes = [np.count_nonzero(group == k) for k in range(max(group) + 1)]
    means = np.zeros((len(sizes), features.shape[1]))
    for row, k in zip(range(len(features)), group, strict=True):
        if k >= 0:
            values = (
                features[row] if divisors is None else features[row] / divisors[row]
            )
            means[k] += 1 / sizes[k] * values.astype(np.float64)
    return means


@pytest.mark.parametrize("divided", [False, True])
def test_groups_are_averaged_row_after_row(few_at_once, features, divided):
    group = np.random.default_rng(1).integers(-1, 5, len(features))
    divisors = features[:, :1] if divided else None

    found = averages.of_groups(features, group, divisors)

    np.testing.assert_array_equal(found, naive(features, group, divisors))


def test_a_group_without_rows_is_zero_and_no_groups_are_none():
    features = np.ones((3, 2), np.float32)
    found = averages.of_groups(features, np.array([2, -1, 0]))
    np.testing.assert_array_equal(found, [[1, 1], [0, 0], [1, 1]])
    assert averages.of_groups(features, np.full(3, -1)).shape == (0, 2)


@pytest.mark.parametrize("width", [1, 8, 9, 10, 70, 256])
@pytest.mark.parametrize("num_rows", [0, 1, 1000, 10**9])
def test_slices_make_up_all_columns_and_are_about_equal(few_at_once, num_rows, width):
    # One column left over would be added up in another order.
    found = averages.columns(num_rows, width)

    taken = [column for some in found for column in range(width)[some]]
    assert taken == list(range(width))
    sizes = [some.stop - some.start for some in found]
    assert max(sizes) <= 9 and max(sizes) - min(sizes) <= 1


def test_what_fits_is_taken_at_once():
    assert averages.columns(1000, 256) == [slice(0, 256)]


def test_deviations_are_those_of_all_columns_at_once(few_at_once, features):
    features[:, 4] = 2  # Tells nothing, and is left as it is.
    means = representation.Representation(lambda some: some, standardised=True)

    found = means.fit(features)(features[:50])

    spread = features.std(axis=0)
    spread[4] = 1
    np.testing.assert_array_equal(found, features[:50] / spread)
