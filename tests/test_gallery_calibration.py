"""Strangers are taken for somebody as rarely as was asked for."""

import dataclasses

import numpy as np
import pytest
import scipy.spatial
import scipy.stats

from simmc_tf import errors
from simmc_tf.gallery import calibration, database, leave_one_out, search, snapshot
from tests import galleries

ANNA, BEN = 0, 1


def trials(impostors, genuine=(), right=(), each=1):
    """Searches by their distances; so many, one after another, are of one stranger."""
    strangers = 2 + np.arange(len(impostors)) // each
    known = [ANNA] * len(genuine)
    found = [ANNA if one else BEN for one in right]
    return calibration.Trials(
        np.array([*strangers, *known]),
        np.array([ANNA] * len(impostors) + found),
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
    assert (found.impostor_trials, found.impostor_persons) == (30, 30)
    assert (found.gallery, found.calibrated) == (STATE, "now")


def test_equal_distances_are_accepted_all_or_none():
    assert threshold(trials([0.0, *[1.0] * 18])).false_accepts == 1
    found = threshold(trials([1.0] * 19))
    assert found.false_accepts == 0 and found.distance == 1.0


@pytest.mark.parametrize(
    ("rate", "count"), [(0.1, 9), (0.01, 99), (0.3, 3), (0.5, 1), (0.9999999999, 1)]
)
def test_a_rate_takes_a_number_of_strangers(rate, count):
    assert calibration.needed(rate) == count

    assert threshold(trials(np.arange(float(count))), rate).distance == 0.0


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


def test_of_several_trials_of_a_stranger_each_counts_for_its_share():
    # Of 19 strangers a rate of 0.1 is 2 of 20, so one may be within the limit: the
    # first with both trials, or halves of two.
    together = np.repeat(np.arange(19.0), 2)
    apart = np.concatenate([np.arange(19.0), np.arange(19.0)])

    found = threshold(trials(together, each=2))
    assert (found.distance, found.false_accepts) == (1.0, 2)
    assert (found.impostor_trials, found.impostor_persons) == (38, 19)
    # Trials of one person are not independent.
    assert found.false_accept_bound is None
    assert threshold(trials(np.sort(apart), each=2)).distance == 1.0
    assert threshold(trials(apart, each=2)).distance == 1.0


def test_new_people_are_accepted_no_more_often_than_asked():
    generator = np.random.default_rng(0)
    rates = []
    for _ in range(300):
        # A person is near or far, and the trials of one are alike.
        people = generator.normal(size=(2, 12, 1))
        found, others = people + 0.3 * generator.normal(size=(2, 12, 20))
        limit = threshold(trials(found.ravel(), each=20), 0.08).distance
        rates.append((others < limit).mean())

    # Were each trial to count, there would be 0.1.
    assert 0.02 < np.mean(rates) < 0.08


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
        np.repeat(np.arange(20), each),
        np.full(20 * each, 99),
        distances,
        np.zeros(20 * each, bool),
    )

    found = calibration.threshold("recording", some, 0.2, STATE, "now", True)

    assert found.distance == 2.0 and found.false_accepts == 2 * each
    assert found.leave_one_out and found.false_accept_bound is None
    assert calibration.needed(0.2, leave_one_out=True) == 9
    assert calibration.needed(0.999, leave_one_out=True) == 2


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
                expected.append((own, nearest, others[nearest], genuine))

    found = leave_one_out.trials(
        search.Search(features, layout), features, layout, unit
    )

    own, nearest, distances, genuine = zip(*expected, strict=True)
    assert found.person.tolist() == list(own) and found.genuine.tolist() == list(
        genuine
    )
    assert found.nearest.tolist() == list(nearest)
    np.testing.assert_allclose(found.distance, distances, rtol=1e-9)


@pytest.mark.parametrize("unit", calibration.UNITS)
def test_of_the_enrolled_only_some_trials_of_each_are_made(unit, monkeypatch):
    generator = np.random.default_rng(1)
    person, counts = np.repeat([0, 1, 2], [20, 3, 1]), np.tile([2, 3, 1], 8)
    features = generator.normal(size=(counts.sum(), 4)).astype(np.float32)
    layout = database.Layout(
        ("anna", "ben", "cleo"), person, counts, np.arange(len(features))
    )
    searching, told = search.Search(features, layout), []

    def some(done=lambda count: None):
        found = leave_one_out.trials(searching, features, layout, unit, done)
        return {name: value.tolist() for name, value in vars(found).items()}

    found = some(told.append)

    whose = np.repeat(person, counts) if unit == calibration.SEQUENCE else person
    expected = np.minimum(np.bincount(whose), leave_one_out.MOST_TRIALS)
    strangers = np.array(found["person"])[~np.array(found["genuine"])]
    assert np.bincount(strangers).tolist() == expected.tolist()
    assert told[-1] == leave_one_out.count(layout, unit) == expected.sum()
    assert some() == found
    # They are some of those that there would be.
    monkeypatch.setattr(leave_one_out, "MOST_TRIALS", 99)
    rows = set(zip(*some().values(), strict=True))
    assert set(zip(*found.values(), strict=True)) < rows


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


def searched(unit, count):
    return lambda done: None


def calibrated(gallery, embedded, rate):
    return gallery.calibrated(embedded, rate, searched)


def test_recordings_and_sequences_have_thresholds_of_their_own(gallery):
    # Not by lists: what they overlook would make strangers seem farther than they are.
    overlooking = dataclasses.replace(gallery, lists="lists that nobody may search")
    found = calibrated(overlooking, held_out(10), 0.1)

    assert set(found) == {"recording", "sequence"}
    assert found["recording"].impostor_trials == 10
    assert found["sequence"].impostor_trials == 20
    # Distances of strangers are 2 (10 + i): the limit is that of the first.
    assert found["recording"].distance == pytest.approx(20.0)
    assert found["sequence"].distance == pytest.approx(20.0)
    assert (found["recording"].genuine_trials, found["recording"].found) == (2, 2)
    assert found["recording"].gallery == calibration.State(2, 6, 6)


def test_few_strangers_are_few_however_many_sequences_there_are(gallery):
    persons = ["stranger 0", "stranger 1"]
    features = np.random.default_rng(0).normal(size=(120, 4))
    embedded = galleries.embedded(persons, [60, 60], features, 1)

    match = "2 persons who are not enrolled are too few .* 0.01, which takes 99: record"
    with pytest.raises(errors.InputError, match=match):
        calibrated(gallery, embedded, 0.01)


@pytest.mark.parametrize(
    ("strangers", "match"),
    [(0, "0 persons who are not enrolled are"), (1, "1 person who is not enrolled is")],
)
def test_without_strangers_there_is_nothing_to_calibrate(gallery, strangers, match):
    with pytest.raises(errors.InputError, match=match):
        calibrated(gallery, held_out(strangers), 0.1)


def test_the_two_nearest_may_be_one_person_enrolled_twice(gallery, tmp_path):
    features = np.array([[1.0] * 4, [10.5] * 4])
    galleries.enrol(
        tmp_path, galleries.embedded(("Anna", "carl"), (1, 1), features, seed=2)
    )
    notes = []

    snapshot.read(tmp_path).calibrated_by_itself(0.5, searched, notes.append)

    assert notes == [
        "note: nearest two: ben and carl, 1; if they are one person, rename --merge "
        "first"
    ]


def test_what_is_enrolled_is_not_held_out(gallery):
    with pytest.raises(errors.InputError, match="walk0 is enrolled itself"):
        calibrated(gallery, held_out(10, seed=0), 0.1)
