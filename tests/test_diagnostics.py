"""Diagnostics against naive loops."""

import math

import numpy as np
import pytest

from simmc_tf import diagnostics


def naive_compactness(features, persons):
    """Computes mACT and mRCL by loops, as the method's section 8 has them."""
    classes = sorted(set(persons.tolist()))
    members = {
        c: [x for x, person in zip(features, persons, strict=True) if person == c]
        for c in classes
    }
    centres = {c: sum(members[c]) / len(members[c]) for c in classes}

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    table = [
        [
            sum(1 - cosine(x, centres[b]) for x in members[a]) / len(members[a])
            for b in classes
        ]
        for a in classes
    ]
    between = [[1 - cosine(centres[a], centres[b]) for b in classes] for a in classes]
    average = sum(map(sum, table)) / len(classes) ** 2
    diagonal = sum(table[n][n] for n in range(len(classes))) / len(classes)
    apart = sum(map(sum, between)) / len(classes) ** 2
    return average / diagonal, apart / average


def make_features(spread, seed=0):
    generator = np.random.default_rng(seed)
    persons = generator.permutation(np.repeat([3, 5, 8, 9], [4, 7, 5, 9]))
    centres = generator.normal(size=(10, 6))
    features = centres[persons] + generator.normal(scale=spread, size=(25, 6))
    return features.astype(np.float32), persons


@pytest.mark.parametrize("spread", [0.1, 1.0, 5.0])
def test_compactness_equals_naive_loops(spread):
    features, persons = make_features(spread)

    np.testing.assert_allclose(
        diagnostics.compactness(features, persons),
        naive_compactness(features, persons),
        rtol=1e-5,
    )


def test_compactness_of_small_numbers():
    # Two persons on perpendicular axes, +-45 degrees around each: centres at 0 and 90.
    # M is 1 - cos 45 = 0.2929 on the diagonal; elsewhere the members lie at 45 and 135
    # degrees from the other's centre, 1 on average. The average of M is then
    # (1 + 0.2929) / 2 = 0.6464, mACT 0.6464 / 0.2929, mRCL ((0 + 1) / 2) / 0.6464.
    angles = np.radians([-45, 45, 45, 135])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)

    tightness, looseness = diagnostics.compactness(features, np.array([0, 0, 1, 1]))

    own = 1 - math.cos(math.radians(45))
    average = (1 + own) / 2
    assert tightness == pytest.approx(average / own)
    assert looseness == pytest.approx(0.5 / average)


def test_the_length_of_features_does_not_matter():
    features, persons = make_features(1.0)

    np.testing.assert_allclose(
        diagnostics.compactness(features * 7, persons),
        diagnostics.compactness(features, persons),
        rtol=1e-5,
    )


def test_persons_closer_together_have_a_higher_tightness():
    tight, _ = diagnostics.compactness(*make_features(0.1))
    loose, _ = diagnostics.compactness(*make_features(1.0))

    assert tight > loose > 1


def test_persons_on_points_of_their_own_are_as_tight_as_can_be():
    features = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    # Centres at right angles: the mean of all 9 distances is 6 / 9, as between centres.
    tightness, looseness = diagnostics.compactness(features, [0, 0, 1, 1, 2, 2])
    assert tightness == math.inf
    assert looseness == pytest.approx(1)


@pytest.mark.parametrize(
    "features", [np.ones((6, 3)), np.zeros((6, 3))], ids=["one point", "zeros"]
)
def test_features_without_any_spread_give_numbers(features):
    result = diagnostics.compactness(features, np.array([0, 0, 1, 1, 2, 2]))

    assert np.isfinite(result).all()


PERSONS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])


def test_labels_that_are_the_persons_agree_fully():
    result = diagnostics.agreement((PERSONS + 1) % 3, PERSONS)

    # Three equal groups: ln 3 nats.
    assert result.mi == pytest.approx(math.log(3))
    assert result.ami == pytest.approx(1)


def test_mutual_information_of_a_table():
    # Rows persons, columns labels: [[2, 0], [1, 1]] of 4. MI = 1/2 ln(1/2 / (1/2 3/4))
    # + 1/4 ln(1/4 / (1/2 3/4)) + 1/4 ln(1/4 / (1/2 1/4)).
    result = diagnostics.agreement(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))

    expected = (2 * math.log(4 / 3) + math.log(2 / 3) + math.log(2)) / 4
    assert result.mi == pytest.approx(expected)


def test_one_label_for_all_agrees_with_nothing():
    result = diagnostics.agreement(np.zeros(9, int), PERSONS)

    assert result.mi == pytest.approx(0, abs=1e-12)
    assert result.ami == pytest.approx(0, abs=1e-12)


def test_outliers_are_left_out_of_the_agreement():
    labels = PERSONS.copy()
    labels[[0, 4, 8]] = -1
    kept = labels >= 0

    result = diagnostics.agreement(labels, PERSONS)

    assert result == diagnostics.agreement(labels[kept], PERSONS[kept])
    assert result.ami == pytest.approx(1)


def test_outliers_alone_agree_with_nothing():
    result = diagnostics.agreement(np.full(9, -1), PERSONS)

    assert result == diagnostics.Agreement(0.0, 0.0)


def test_unrelated_labels_have_no_adjusted_mutual_information():
    generator = np.random.default_rng(0)

    result = diagnostics.agreement(*generator.integers(6, size=(2, 3000)))

    assert abs(result.ami) < 0.01
