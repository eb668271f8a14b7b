"""The search in half a product against brute force in float64, ties included."""

import faiss
import numpy as np
import pytest

from simmc_tf import cores, product_search, search_kernels
from tests.neighbour_kinds import KINDS, brute_force, normal


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("num_rows", "width", "count"),
    [(2, 3, 2), (5, 3, 5), (33, 4, 20), (64, 4, 20), (65, 4, 2)]
    + [(300, 16, 20), (1025, 2, 7)],
)
def test_neighbours_are_those_of_brute_force(kind, num_rows, width, count):
    features = KINDS[kind](num_rows, width)

    found = product_search.nearest(features, count)

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, brute_force(features, count))


@pytest.mark.parametrize("kind", ["normal", "whole", "copies"])
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("block", [64, 128])
def test_blocks_and_threads_do_not_matter(kind, threads, block, monkeypatch):
    features = KINDS[kind](400, 8)
    monkeypatch.setattr(cores, "count", lambda: threads)
    monkeypatch.setattr(product_search, "_BLOCK", block)

    found = product_search.nearest(features, 20)

    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_what_is_interrupted_leaves_the_other_pairs(monkeypatch):
    multiplied = []

    def interrupted(*_):
        multiplied.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(product_search, "_BLOCK", 64)
    monkeypatch.setattr(product_search.search_kernels, "keep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        product_search.nearest(normal(2000, 8), 20)
    assert len(multiplied) <= cores.count()


# Without spare candidates float32 can rarely be sure, and rows are searched again.
@pytest.mark.parametrize("slack", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_are_searched_again_are_right_too(kind, slack, monkeypatch):
    again = []
    search = product_search._search_again
    monkeypatch.setattr(
        product_search,
        "_search_again",
        lambda rows, *rest: again.append(len(rows)) or search(rows, *rest),
    )
    monkeypatch.setattr(product_search, "SLACK", slack)
    features = KINDS[kind](300, 8)

    found = product_search.nearest(features, 20)

    assert slack or sum(again) == 300
    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_distances_that_float32_cannot_tell_apart_are_told_apart():
    # Around each of some far points 40 others, at distances that differ by a billionth.
    generator = np.random.default_rng(0)
    directions = generator.normal(size=(40, 16))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    centres = 100 * generator.normal(size=(5, 1, 16))
    features = (centres + directions * 3).reshape(-1, 16).astype(np.float32)
    features = np.concatenate([centres[:, 0].astype(np.float32), features])

    found = product_search.nearest(features, 20)

    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_the_features_given_stay_as_they_are():
    features = normal(100, 8)
    before = features.copy()
    product_search.nearest(features, 20)
    np.testing.assert_array_equal(features, before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quality", ["those found", "before a small move", "random"])
def test_hints_change_nothing(kind, quality):
    features = KINDS[kind](300, 8)
    generator = np.random.default_rng(2)
    if quality == "those found":
        hints = product_search.nearest(features, 20)
    elif quality == "random":
        hints = np.array([generator.permutation(300)[:20] for _ in range(300)])
    else:
        moved = features * (1 + 0.1 * generator.normal(size=features.shape))
        hints = product_search.nearest(moved.astype(np.float32), 20)

    found = product_search.nearest(features, 20, hints)

    np.testing.assert_array_equal(found, brute_force(features, 20))


def test_good_hints_leave_fewer_candidates(monkeypatch):
    features = normal(300, 8)
    kept = []
    keep = product_search._screen
    monkeypatch.setattr(
        product_search,
        "_screen",
        lambda *arguments: kept.append(keep(*arguments)) or kept[-1],
    )
    monkeypatch.setattr(cores, "count", lambda: 1)
    hints = product_search.nearest(features, 20)

    product_search.nearest(features, 20, hints)

    plain, hinted = ((candidates >= 0).sum() for _, candidates in kept)
    assert hinted < plain
    assert hinted >= 300 * 19


@pytest.mark.parametrize("slack", [0, 12])
@pytest.mark.parametrize("kind", KINDS)
def test_candidates_may_come_from_another_search_in_float32(kind, slack, monkeypatch):
    monkeypatch.setattr(product_search, "SLACK", slack)
    features = KINDS[kind](300, 8)

    found = product_search.nearest(
        features, 20, screen=lambda rows, count: faiss.knn(rows, rows, count)
    )

    np.testing.assert_array_equal(found, brute_force(features, 20))


@pytest.mark.parametrize("kind", KINDS)
def test_candidates_may_be_off_by_what_float32_may_be(kind):
    features = KINDS[kind](300, 8)
    generator = np.random.default_rng(4)

    def screen(rows, count):
        rounding = search_kernels.relative_rounding(rows.shape[1])
        wide = rows.astype(np.float64)
        exact = np.square(wide[:, None] - wide).sum(axis=2)
        lengths = np.linalg.norm(wide, axis=1)[:, None]
        most = rounding * ((2 * lengths + np.sqrt(exact)) ** 2)
        off = exact + generator.uniform(-1, 1, exact.shape) * most
        order = np.argsort(off, axis=1)[:, :count]
        return np.take_along_axis(off, order, axis=1), order

    found = product_search.nearest(features, 20, screen=screen)

    np.testing.assert_array_equal(found, brute_force(features, 20))
