"""Groups of equal rows, and neighbours spread over them, against loops."""

import numpy as np
import pytest

from simmc_tf import copies
from tests.neighbour_kinds import brute_force, normal


def test_equal_rows_are_one_group():
    rows = np.array([[1, 2], [3, 4], [1, 2], [0, 4], [3, 4], [1, 2]], np.float32)

    first, group = copies.grouped(rows)

    np.testing.assert_array_equal(first, [0, 1, 3])
    np.testing.assert_array_equal(group, [0, 1, 0, 2, 1, 0])


def test_rows_with_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(copies, "_hashes", lambda bits: bits[:, 0] % np.uint32(3))
    rows = normal(50, 4)[np.random.default_rng(0).integers(50, size=200)]

    first, group = copies.grouped(rows)

    np.testing.assert_array_equal(rows[first][group], rows)
    assert len(first) == len(np.unique(rows, axis=0))
    assert (np.diff(first) > 0).all()


@pytest.mark.parametrize("count", [2, 5, 20])
@pytest.mark.parametrize("whole", [False, True])
def test_neighbours_of_one_of_each_group_become_those_of_all(count, whole):
    few = normal(25, 3)
    if whole:  # Groups as far as one another, whose members mix.
        few = np.unique(np.round(few), axis=0)
    rows = few[np.random.default_rng(1).integers(len(few), size=120)]
    first, group = copies.grouped(rows)
    found = brute_force(rows[first], min(count, len(first)))

    expanded = copies.expanded(rows, group, found, count)

    np.testing.assert_array_equal(expanded, brute_force(rows, count))
