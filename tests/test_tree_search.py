"""The search by a tree against brute force in float64, ties included."""

import numpy as np
import pytest

from simmc_tf import cores, tree_kernels, tree_search
from tests.neighbour_kinds import KINDS, brute_force, few_directions, normal

LEAF = tree_kernels.LEAF


@pytest.fixture
def any_features(monkeypatch):
    """Lets the tree search features that it would leave to another search."""
    monkeypatch.setattr(tree_search.Axes, "suit", lambda *_: True)


@pytest.mark.usefixtures("any_features")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("num_rows", "width", "count"),
    [(2, 3, 2), (5, 3, 5), (33, 4, 20), (LEAF, 4, 7), (LEAF + 1, 20, 20)]
    + [(3 * LEAF - 5, 70, 20), (1000, 2, 7), (1500, 64, 20)],
)
def test_neighbours_are_those_of_brute_force(kind, num_rows, width, count):
    features = KINDS[kind](num_rows, width)

    found = tree_search.nearest(features, count)

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, brute_force(features, count))


@pytest.mark.usefixtures("any_features")
@pytest.mark.parametrize("seed", range(4))
def test_rounding_of_the_later_coordinates_is_allowed_for(seed):
    # Two bundles of rows that differ in some of their last bits, with nothing along the
    # 20 first axes, those of all other rows, and far out along a later one.
    generator = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(generator.normal(size=(64, 64)))
    others = np.zeros((200, 64))
    others[:, :20] = generator.normal(size=(200, 20)) * np.geomspace(8, 0.8, 20)
    bundles = np.zeros((120, 64))
    bundles[:, 25] = generator.uniform(0.5, 1)
    bundles[60:] *= -1
    features = np.concatenate([bundles, others, -others]) @ turn.T
    features = features.astype(np.float32)
    ulps = generator.integers(-1, 2, size=(120, 12)).astype(np.float32)
    features[:120, :12] += ulps * np.spacing(np.abs(features[:120, :12]))

    found = tree_search.nearest(features, 20)

    np.testing.assert_array_equal(found, brute_force(features, 20))


@pytest.mark.usefixtures("any_features")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quality", ["those found", "before a small move", "random"])
def test_hints_change_nothing(kind, quality):
    features = KINDS[kind](300, 24)
    generator = np.random.default_rng(2)
    if quality == "those found":
        hints = tree_search.nearest(features, 20)
    elif quality == "random":
        hints = np.array([generator.permutation(300)[:20] for _ in range(300)])
    else:
        moved = features * (1 + 0.1 * generator.normal(size=features.shape))
        hints = tree_search.nearest(moved.astype(np.float32), 20)

    found = tree_search.nearest(features, 20, hints)

    np.testing.assert_array_equal(found, brute_force(features, 20))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_matter(threads, monkeypatch):
    features = few_directions(700, 40)
    monkeypatch.setattr(cores, "count", lambda: threads)

    found = tree_search.nearest(features, 20)

    np.testing.assert_array_equal(found, brute_force(features, 20))


@pytest.mark.usefixtures("any_features")
def test_copies_of_one_row_are_found_in_order():
    features = few_directions(500, 24)
    features[100:400] = features[50]

    found = tree_search.nearest(features, 20)

    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_the_tree_has_every_row_once_in_full_leaves():
    values = normal(5 * LEAF + 3, 4)
    order = tree_search.tree_order(values)
    np.testing.assert_array_equal(np.sort(order), np.arange(len(values)))


def test_leaves_are_small_boxes():
    # On a line a leaf must hold the rows between two values, and no box overlap.
    line = np.random.default_rng(0).permutation(8 * LEAF).astype(np.float32)
    order = tree_search.tree_order(line[:, np.newaxis])
    leaves = np.sort(line[order].reshape(8, LEAF), axis=1)
    np.testing.assert_array_equal(np.diff(leaves, axis=1), 1)


def test_good_hints_leave_fewer_rows_to_measure(monkeypatch):
    features = few_directions(300, 24)
    measured = []
    # Without compilation, so that calls can be counted.
    for name in ("search", "_search_leaf", "_measure"):
        monkeypatch.setattr(tree_kernels, name, getattr(tree_kernels, name).py_func)
    measure = tree_kernels._measure
    monkeypatch.setattr(
        tree_kernels,
        "_measure",
        lambda *arguments: measured.append(arguments[1:3]) or measure(*arguments),
    )
    hints = tree_search.nearest(features, 20)
    plain = len(measured)
    measured.clear()

    tree_search.nearest(features, 20, hints)

    # Each row's 19 others are measured as hints, and hardly anything else.
    assert 300 * 19 <= len(measured) < min(plain, 300 * 20)


def test_features_along_many_directions_are_left_to_another_search():
    assert tree_search.nearest(normal(2000, 128), 20) is None
    assert tree_search.nearest(few_directions(2000, 128), 20) is not None
