"""Data that are as poor as can be: each has a result, or one line that refuses it."""

import numpy as np
import pytest

from scripts.hardening import degenerate
from simmc_tf import evaluation, jaccard, labelling, neighbours, pseudo_labels

CASES = degenerate.cases()
AUTO, STRICT, PUBLISHED = (degenerate.SETTINGS[i] for i in (2, 1, 0))
# Of every kind one that is as quick as any; all of them are slow.
QUICK = {
    "two distinct sequences": AUTO,
    "2 sequences in all": PUBLISHED,
    "clusters of one": STRICT,
}


def expect(name, setting):
    case = CASES[name]
    found = degenerate.run(case, *setting)
    assert case.agrees(found, setting[0]), found.said


@pytest.mark.parametrize(("name", "setting"), QUICK.items())
def test_poor_data_train(name, setting):
    expect(name, setting)


@pytest.mark.parametrize(
    "name",
    [n for n, case in CASES.items() if case.refused and "rate" not in n],
)
def test_what_nobody_can_train_on_is_refused_in_one_line(name):
    expect(name, AUTO)


@pytest.mark.slow
@pytest.mark.parametrize("setting", degenerate.SETTINGS, ids="-".join)
@pytest.mark.parametrize("name", CASES)
def test_all_of_them_under_every_preset_and_protocol(name, setting):
    expect(name, setting)


def clustered(features, eps=0.6, min_samples=2, k1=20, k2=6):
    """Labels [N] of features, and their prototypes."""
    features = np.asarray(features, np.float32)
    nearest = neighbours.nearest(features, k1)
    limit = eps + pseudo_labels.DISTANCE_TOLERANCE
    distances, group = jaccard.distinct_distances(features, nearest, k1, k2, limit)
    labels = pseudo_labels.cluster(distances, eps, min_samples, group)
    return labels, pseudo_labels.prototypes(features, labels)


@pytest.mark.parametrize(
    ("features", "min_samples", "expected"),
    [
        (np.ones((30, 4)), 2, [0] * 30),
        (np.zeros((30, 4)), 2, [0] * 30),
        (np.ones((1, 4)), 2, [-1]),
        (np.ones((1, 4)), 1, [0]),
        (np.ones((2, 4)), 2, [0, 0]),
        (np.repeat(np.eye(2), 15, axis=0), 2, [0] * 15 + [1] * 15),
        (np.eye(30), 31, [-1] * 30),
        (1e-30 * np.ones((5, 4)), 2, [0] * 5),
    ],
)
def test_few_or_equal_features_are_clustered(features, min_samples, expected):
    labels, prototypes = clustered(features, min_samples=min_samples)

    np.testing.assert_array_equal(labels, expected)
    assert np.isfinite(prototypes).all()
    assert len(prototypes) == max(expected) + 1


@pytest.mark.parametrize(
    ("gallery", "persons", "probe", "who", "expected"),
    [
        # All the same: the gallery's order, and the share that is of the person.
        (np.ones((4, 3)), [0, 1, 1, 1], np.ones((2, 3)), [0, 1], (0.5, 0.5)),
        (np.zeros((1, 3)), [7], np.ones((3, 3)), [7, 8, 8], (1 / 3, 1.0)),
        (np.ones((2, 3)), [0, 1], np.ones((1, 3)), [5], (0.0, 0.0)),
        (np.full((2, 3), 1e30), [0, 1], np.zeros((1, 3)), [0], (1.0, 0.5)),
    ],
)
def test_poor_features_are_evaluated(gallery, persons, probe, who, expected):
    found = evaluation.evaluate(gallery, np.array(persons), probe, np.array(who))

    assert (found.top1, found.mean_ap) == pytest.approx(expected)


@pytest.mark.slow
def test_of_a_million_outliers_all_train_by_mic_alone():
    features = np.random.default_rng(0).normal(size=(1_000_000, 4))
    # Of whom some have close neighbours, but nobody so many.
    labels, prototypes = clustered(features, min_samples=1000)

    assert (labels == pseudo_labels.OUTLIER).all()
    assert prototypes.shape == (0, 4)
    views = [pseudo_labels.View(labels, prototypes)] * 2
    contrasted, kept = labelling._contrast(np.stack([labels] * 2, axis=1), views)
    assert [len(view) for view in contrasted] == [0, 0]
    np.testing.assert_array_equal(kept, np.arange(1_000_000))
