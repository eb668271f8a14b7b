"""Assessing a representation: against evaluation and diagnostics on its features."""

import dataclasses

import numpy as np
import pytest

from simmc_tf import data as data_module
from simmc_tf import diagnostics, errors, evaluation, representation


def mean(sequences):
    return sequences.mean(axis=1)


MEAN = representation.Representation(mean)
STANDARDISED = representation.Representation(mean, standardised=True)


@pytest.fixture(scope="module")
def people(walks):
    """Walks whose frames differ about as much as their persons do."""
    generator = np.random.default_rng(3)

    def noisy(split):
        noise = generator.normal(scale=3.0, size=split.sequences.shape)
        sequences = (split.sequences + noise).astype(np.float32)
        return data_module.Split(sequences, split.persons)

    matching = data_module.Matching(
        noisy(walks.matching.gallery), noisy(walks.matching.probe)
    )
    return dataclasses.replace(walks, train=noisy(walks.train), matching=matching)


def expected_scores(matching, encode, **options):
    return evaluation.evaluate(
        encode(matching.gallery.sequences),
        matching.gallery.persons,
        encode(matching.probe.sequences),
        matching.probe.persons,
        **options,
    )


@pytest.mark.parametrize("distance", [evaluation.EUCLIDEAN, evaluation.COSINE])
def test_scores_are_those_of_the_features(people, distance):
    found = representation.assess(
        people.train, people.matching, MEAN, distance=distance
    )
    assert found.scores == expected_scores(people.matching, mean, distance=distance)


def test_cosine_is_another_distance():
    # One direction a person, at any length: by euclidean distance the short ones meet.
    def split(*features):
        sequences = np.array(features, np.float32)[:, np.newaxis]
        return data_module.Split(sequences, np.arange(len(features)))

    matching = data_module.Matching(split([8, 0], [0, 1]), split([1, 0], [0, 9]))
    euclidean, cosine = (
        representation.assess(None, matching, MEAN, distance=distance).scores.top1
        for distance in (evaluation.EUCLIDEAN, evaluation.COSINE)
    )
    assert (euclidean, cosine) == (0.5, 1.0)


def test_compactness_is_that_of_the_training_features(people):
    found = representation.assess(people.train, people.matching, MEAN)
    features, persons = mean(people.train.sequences), people.train.persons
    assert (found.mact, found.mrcl) == diagnostics.compactness(features, persons)


def test_standardised_features_are_divided_by_their_deviation_in_training(people):
    spread = np.array(
        [np.std(column) for column in mean(people.train.sequences).T], np.float32
    )
    scales = np.float32(10.0) ** np.arange(9)
    scaled = [
        data_module.Split(split.sequences * scales, split.persons)
        for split in people.splits.values()
    ]
    matching = data_module.Matching(*scaled[1:])

    found = representation.assess(scaled[0], matching, STANDARDISED)

    expected = expected_scores(people.matching, lambda s: mean(s) / spread)
    for field in dataclasses.fields(evaluation.Scores):
        assert getattr(found.scores, field.name) == pytest.approx(
            getattr(expected, field.name)
        )
    mact, mrcl = diagnostics.compactness(
        mean(people.train.sequences) / spread, people.train.persons
    )
    assert found.mact == pytest.approx(mact) and found.mrcl == pytest.approx(mrcl)
    plain = representation.assess(scaled[0], matching, MEAN)
    assert plain.scores.mean_ap != pytest.approx(expected.mean_ap)


@pytest.mark.parametrize("unknown", [1, 60])
def test_without_all_persons_there_is_no_compactness(people, unknown):
    persons = people.train.persons.copy()
    persons[:unknown] = -1
    train = data_module.Split(people.train.sequences, persons)
    found = representation.assess(train, people.matching, MEAN)
    assert found.mact is None and found.mrcl is None
    assert found.scores == expected_scores(people.matching, mean)


def test_without_a_training_set_there_are_scores_alone(people):
    found = representation.assess(None, people.matching, MEAN)
    assert found.mact is None and found.mrcl is None
    assert found.scores == expected_scores(people.matching, mean)


def test_without_a_training_set_nothing_can_be_standardised(people):
    with pytest.raises(errors.InputError, match="no training set .* standardise"):
        representation.assess(None, people.matching, STANDARDISED)


# 20 sequences in the gallery, 15 probes.
@pytest.mark.parametrize(
    ("batch_size", "gallery", "probes"),
    [(1, 20, 15), (4, 20, 12), (7, 14, 14), (16, 16, 15), (256, 20, 15)],
)
def test_whole_batches_count(people, batch_size, gallery, probes):
    found = representation.assess(people.train, people.matching, MEAN, batch_size)
    matching = people.matching
    expected = evaluation.evaluate(
        mean(matching.gallery.sequences[:gallery]),
        matching.gallery.persons[:gallery],
        mean(matching.probe.sequences[:probes]),
        matching.probe.persons[:probes],
    )
    assert found.scores == expected
    assert (found.scores.num_gallery, found.scores.num_probes) == (gallery, probes)
    # Compactness is over the whole training set.
    assert found.mact == representation.assess(people.train, matching, MEAN).mact
