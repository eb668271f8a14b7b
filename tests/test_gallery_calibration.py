"""Strangers are taken for somebody as rarely as was asked for."""

import dataclasses

import numpy as np
import pytest
import scipy.spatial
import scipy.stats

from simmc_tf import errors
from simmc_tf.gallery import calibration, database, leave_one_out, search, snapshot
from tests import galleries


def trials(impostors, genuine=(), right=()):
    """Searches by their distances; strangers are persons 0, 1, 2, 0, 1, ..."""
    strangers = [f"stranger {i % 3}" for i in range(len(impostors))]
    known = ["anna"] * len(genuine)
    found = ["anna" if one else "ben" for one in right]
    return calibration.Trials(
        np.array(strangers + known),
        np.array(["anna"] * len(impostors) + found),
        np.array([*impostors, *genuine], np.float64),
        np.array([False] * len(impostors) + [True] * len(genuine), bool),
    )


STATE = calibration.State(5, 50, 70)


def threshold(some, rate=0.1):
    return calibration.threshold("recording", some, rate, STATE, "now")


def test_as_many_strangers_are_accepted_as_the_rate_allows_among_one_more():
    distances = np.random.default_rng(0).permutation(np.arange(30.0))

    found = threshold(trials(distances))

    assert found.distance == 2.0 and found.false_accepts == 2
    assert [found.accepts(d) for d in (1.9, 2.0, 2.1)] == [True, False, False]
    assert (found.impostor_trials, found.impostor_persons) == (30, 3)
    assert (found.gallery, found.calibrated) == (STATE, "now")


def test_equal_distances_are_accepted_all_or_none():
    assert threshold(trials([0.0, *[1.0] * 18])).false_accepts == 1
    found = threshold(trials([1.0] * 19))
    assert found.false_accepts == 0 and found.distance == 1.0


@pytest.mark.parametrize(
    ("rate", "count"), [(0.1, 9), (0.01, 99), (0.3, 3), (0.5, 1), (0.9999999999, 1)]
)
def test_too_few_strangers_for_the_rate_give_no_threshold(rate, count):
    assert calibration.needed(rate) == count
    distances = np.arange(float(count))
    assert threshold(trials(distances[1:]), rate) is None
    assert threshold(trials(distances), rate).distance == 0.0


@pytest.mark.parametrize(
    ("rate", "count"), [(0.1, 9), (0.1, 28), (0.05, 25), (0.01, 100), (0.3, 4)]
)
def test_on_average_no_more_strangers_are_accepted_than_asked(rate, count):
    generator = np.random.default_rng(0)
    # Of distances that are uniform, a limit accepts just its own share.
    rates = [
        threshold(trials(generator.uniform(size=count)), rate).distance
        for _ in range(1000)
    ]

    spread = np.std(rates) / np.sqrt(len(rates))
    assert np.mean(rates) < rate + 3 * spread
    # Of one stranger more, one more would be accepted.
    assert np.mean(rates) > rate - 1 / (count + 1) - 3 * spread


def test_the_enrolled_are_found_where_the_nearest_is_near_and_right():
    genuine, right = (0.2, 0.3, 0.4, 5.0, 6.0), (True, True, False, True, False)

    found = threshold(trials(range(1, 11), genuine, right))

    assert found.distance == 1.0
    assert (found.genuine_trials, found.found, found.mistaken) == (5, 2, 1)


def test_the_bound_is_that_of_clopper_and_pearson():
    found = threshold(trials(np.arange(50.0)))

    # One-sided: above it 4 or fewer of 50 would come with less than 5 %.
    assert found.false_accepts == 4
    assert scipy.stats.binom.cdf(4, 50, found.false_accept_bound) == pytest.approx(0.05)


@pytest.mark.parametrize(("successes", "count"), [(0, 7), (3, 7), (7, 7)])
def test_the_interval_is_that_of_clopper_and_pearson(successes, count):
    low, high = calibration.interval(successes, count)

    expected = scipy.stats.binomtest(successes, count).proportion_ci(0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_new_strangers_are_accepted_about_as_often():
    generator = np.random.default_rng(0)
    found = threshold(trials(generator.gamma(4.0, size=2000)), 0.05)

    rate = np.mean(generator.gamma(4.0, size=100_000) < found.distance)

    assert rate == pytest.approx(0.05, abs=0.015) and rate < found.false_accept_bound


@pytest.mark.parametrize("each", [1, 3])
def test_of_the_enrolled_each_person_counts_as_one_trial(each):
    # Of 20 persons, a rate of 0.2 of 21 is 4.2: 2.2 persons may be within the limit.
    distances = np.repeat(np.arange(20.0), each)
    some = calibration.Trials(
        np.repeat(np.arange(20), each).astype(str),
        np.full(20 * each, "anna"),
        distances,
        np.zeros(20 * each, bool),
    )

    found = calibration.threshold("recording", some, 0.2, STATE, "now", True)

    assert found.distance == 2.0 and found.false_accepts == 2 * each
    assert found.leave_one_out and found.false_accept_bound is None
    assert calibration.needed_persons(0.2) == 9
    few = dataclasses.replace(some, person=np.repeat("0", 20 * each))
    assert calibration.threshold("recording", few, 0.2, STATE, "now", True) is None


@pytest.mark.parametrize("spread", [0.05, 0.3])
def test_strangers_are_accepted_as_rarely_as_those_who_were_left_out(spread):
    generator = np.random.default_rng(0)
    rates = []
    for _ in range(60):
        bodies = generator.normal(size=(20, 1, 3))
        walks = bodies + spread * generator.normal(size=(20, 3, 3))
        features = walks.reshape(-1, 3).astype(np.float32)
        layout = database.Layout(
            tuple(map(str, range(20))),
            np.repeat(np.arange(20), 3),
            np.ones(60, np.int64),
            np.arange(60),
        )
        searching = search.Search(features, layout)
        some = leave_one_out.trials(searching, features, layout, "recording")
        found = calibration.threshold("recording", some, 0.15, STATE, "now", True)
        strangers = generator.normal(size=(100, 3))
        strangers += spread * generator.normal(size=(100, 3))
        nearest = scipy.spatial.distance.cdist(strangers, features).min(axis=1)
        rates.append((nearest < found.distance).mean())

    assert 0.02 < np.mean(rates) < 0.15


@pytest.mark.parametrize("unit", calibration.UNITS)
def test_who_is_left_out_is_compared_with_all_the_others(unit):
    generator = np.random.default_rng(1)
    person, counts = np.array([1, 0, 1, 2, 1]), np.array([2, 1, 3, 2, 1])
    layout = database.Layout(("anna", "ben", "cleo"), person, counts, np.arange(9))
    features = generator.normal(size=(9, 4)).astype(np.float32)
    owner, recording = np.repeat(person, counts), np.repeat(np.arange(5), counts)
    expected = []
    groups = [[i] for i in range(9)]
    if unit == calibration.RECORDING:
        groups = [np.flatnonzero(recording == r) for r in range(5)]

    def far(group, rows):
        if not rows.any():
            return np.inf
        sides = features[group][:, np.newaxis].astype(float) - features[rows]
        return np.linalg.norm(sides, axis=2).min(axis=1).mean()

    for genuine in (False, True):
        for group in groups:
            own, number = owner[group[0]], recording[group[0]]
            others = {
                p: far(
                    group, (owner == p) & (genuine | (p != own)) & (recording != number)
                )
                for p in range(3)
            }
            nearest = min(others, key=others.get)
            if not genuine or np.isfinite(others[own]):
                names = layout.names[own], layout.names[nearest]
                expected.append((*names, others[nearest], genuine))

    found = leave_one_out.trials(
        search.Search(features, layout), features, layout, unit
    )

    own, nearest, distances, genuine = zip(*expected, strict=True)
    assert found.person.tolist() == list(own) and found.genuine.tolist() == list(
        genuine
    )
    assert found.nearest.tolist() == list(nearest)
    np.testing.assert_allclose(found.distance, distances, rtol=1e-9)


@pytest.fixture
def gallery(tmp_path):
    """Anna is at 0 and Ben at 10."""
    features = np.repeat([[0.0] * 4, [10.0] * 4], 3, axis=0)
    galleries.enrol(tmp_path, galleries.embedded(("anna", "ben"), (3, 3), features))
    return snapshot.read(tmp_path)


def held_out(strangers, seed=1):
    """Anna, Ben and strangers, each a recording of 2 sequences."""
    persons = ["anna", "ben", *(f"stranger {i}" for i in range(strangers))]
    where = np.array([0.1, 9.8, *(20.0 + np.arange(strangers))])
    features = np.repeat(where, 2)[:, np.newaxis] * np.ones(4)
    return galleries.embedded(persons, [2] * len(persons), features, seed)


def calibrated(gallery, embedded, rate, notes):
    return gallery.calibrated(
        embedded, rate, lambda unit, count: lambda done: None, notes.append
    )


def test_recordings_and_sequences_have_thresholds_of_their_own(gallery):
    notes = []
    # Not by lists: what they overlook would make strangers seem farther than they are.
    overlooking = dataclasses.replace(gallery, lists="lists that nobody may search")
    found = calibrated(overlooking, held_out(10), 0.1, notes)

    assert not notes and set(found) == {"recording", "sequence"}
    assert found["recording"].impostor_trials == 10
    assert found["sequence"].impostor_trials == 20
    # Distances of strangers are 2 (10 + i): the limit is the first of 10, the second of
    # 20 of which two each are alike.
    assert found["recording"].distance == pytest.approx(20.0)
    assert found["sequence"].distance == pytest.approx(20.0)
    assert (found["recording"].genuine_trials, found["recording"].found) == (2, 2)
    assert found["recording"].gallery == calibration.State(2, 6, 6)


def test_what_there_are_too_few_trials_for_has_no_threshold(gallery):
    notes = []
    found = calibrated(gallery, held_out(5), 0.1, notes)

    assert set(found) == {"sequence"}
    assert "5 impostor trials by recording are too few" in notes[0]
    assert "which takes 9" in notes[0]


def test_without_strangers_there_is_nothing_to_calibrate(gallery):
    with pytest.raises(errors.InputError, match="0 impostor trials.*record more"):
        calibrated(gallery, held_out(0), 0.1, [])


def test_what_is_enrolled_is_not_held_out(gallery):
    with pytest.raises(errors.InputError, match="walk0 is enrolled itself"):
        calibrated(gallery, held_out(10, seed=0), 0.1, [])
