"""Whitening of what varies within tracks, against covariances by loops."""

import numpy as np
import pytest

from simmc_tf import data as data_module
from simmc_tf import whitening

NUM_TRACKS, WIDTH = 6, 4


def drawn(seed=0, each=30):
    """Features [N, D] around the means of their tracks, stretched, and the tracks."""
    generator = np.random.default_rng(seed)
    tracks = generator.permutation(np.repeat(np.arange(NUM_TRACKS), each))
    means = generator.normal(scale=3.0, size=(NUM_TRACKS, WIDTH))
    stretch = generator.normal(size=(WIDTH, WIDTH))
    noise = generator.normal(size=(len(tracks), WIDTH)) @ stretch
    return (means[tracks] + noise).astype(np.float32), tracks


def within(features, tracks):
    """Covariance [D, D] about the tracks' means, sequence by sequence."""
    features = np.asarray(features, np.float64)
    total = np.zeros((features.shape[1],) * 2)
    for row, track in zip(features, tracks, strict=True):
        difference = row - features[tracks == track].mean(axis=0)
        total += np.outer(difference, difference)
    return total / len(features)


def test_with_hardly_any_shrinkage_the_covariance_within_tracks_becomes_the_identity():
    features, tracks = drawn()

    found = whitening.fit(features, tracks, 1e-6)

    np.testing.assert_allclose(
        within(found(features), tracks), np.eye(WIDTH), atol=1e-4
    )


@pytest.mark.parametrize("shrinkage", [0.1, 1.0, 3.0])
def test_shrinkage_adds_a_share_of_the_mean_variance_to_every_one(shrinkage):
    features, tracks = drawn()
    expected = within(features, tracks)
    expected += shrinkage * np.trace(expected) / WIDTH * np.eye(WIDTH)

    found = whitening.fit(features, tracks, shrinkage)

    # M M^T is the inverse, whichever directions M has.
    np.testing.assert_allclose(
        found.matrix @ found.matrix.T, np.linalg.inv(expected), rtol=1e-4
    )
    np.testing.assert_allclose(found.centre, features.mean(axis=0), atol=1e-5)


def test_a_whitening_of_small_numbers():
    # Variances 9 and 1, their mean 5; 0.2 of it added: 10 and 2.
    found = whitening.of_covariance(np.array([1.0, 2.0]), np.diag([9.0, 1.0]), 0.2)

    squares = np.square(found(np.array([[2.0, 2.0], [1.0, 3.0]]))).sum(axis=1)
    np.testing.assert_allclose(squares, [1 / 10, 1 / 2])


def test_what_varies_within_tracks_shrinks_beside_what_tells_them_apart():
    # Tracks differ in the first number; the second is louder and tells nothing.
    generator = np.random.default_rng(0)
    tracks = np.repeat(np.arange(4), 50)
    features = np.stack([tracks, generator.normal(scale=10, size=200)], axis=1)
    features[:, 0] += generator.normal(scale=0.1, size=200)

    found = whitening.fit(features, tracks, 1e-6)(features)

    means = np.stack([found[tracks == t].mean(axis=0) for t in range(4)])
    spread = within(found, tracks)
    assert np.linalg.norm(means[0] - means[3]) > 20 * np.sqrt(spread.trace())


def test_who_is_alone_varies_from_nobody():
    features, tracks = drawn()
    strangers = np.random.default_rng(2).normal(size=(20, WIDTH)).astype(np.float32)
    features = np.concatenate([strangers, features])
    tracks = np.append(np.arange(20), 20 + tracks)
    order = np.random.default_rng(4).permutation(len(tracks))
    expected = within(features, tracks)
    expected += 0.3 * np.trace(expected) / WIDTH * np.eye(WIDTH)

    found = whitening.fit(features[order], tracks[order], 0.3)

    np.testing.assert_allclose(
        found.matrix.T @ expected @ found.matrix, np.eye(WIDTH), atol=1e-6
    )
    np.testing.assert_allclose(found.centre, features.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_rows_at_once_do_not_change_it(rows, monkeypatch):
    features, tracks = drawn()
    expected = whitening.fit(features, tracks, 0.3)

    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", rows)
    found = whitening.fit(features, tracks, 0.3)

    np.testing.assert_allclose(found.centre, expected.centre, rtol=1e-12)
    np.testing.assert_allclose(
        found.matrix @ found.matrix.T, expected.matrix @ expected.matrix.T, rtol=1e-9
    )


def test_the_order_of_features_does_not_matter():
    features, tracks = drawn()
    order = np.random.default_rng(3).permutation(len(tracks))
    first, second = (
        whitening.fit(features[some], tracks[some], 0.3)
        for some in (np.arange(len(tracks)), order)
    )

    np.testing.assert_allclose(
        first.matrix @ first.matrix.T, second.matrix @ second.matrix.T, rtol=1e-9
    )


@pytest.mark.parametrize("shrinkage", [0.3, 1.0])
def test_where_nothing_varies_distances_stay(shrinkage):
    # Each its own track, or tracks of equal features.
    features, _ = drawn()
    for rows, tracks in (
        (features, np.arange(len(features))),
        (np.repeat(features[:60], 3, axis=0), np.repeat(np.arange(60), 3)),
    ):
        found = whitening.fit(rows, tracks, shrinkage)
        np.testing.assert_allclose(
            found.matrix @ found.matrix.T, np.eye(WIDTH), atol=1e-12
        )


@pytest.mark.parametrize("scale", [1e-19, 1e-12, 1e-9])
def test_rounding_within_tracks_is_not_blown_up(scale):
    # Of what float32 holds nothing is left if its square is to be below 1e38.
    features, _ = drawn()
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    rows = np.repeat(features.astype(np.float64), 2, axis=0)
    rows[:4] += np.random.default_rng(1).normal(scale=scale, size=(4, WIDTH))

    found = whitening.fit(rows, np.repeat(np.arange(len(features)), 2), 1.0)(rows)

    assert np.isfinite(np.square(found.astype(np.float32))).all()
    assert np.abs(found).max() < 1e8
