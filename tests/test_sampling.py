"""Which training sequences are drawn: balanced by person, or each once."""

import collections

import numpy as np
import pytest

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors, sampling


def make_data(counts, balanced=True):
    """Persons 0, 1, ... with so many sequences each, interleaved."""
    persons = np.random.default_rng(0).permutation(
        np.repeat(range(len(counts)), counts)
    )
    sequences = np.zeros((len(persons), 2, 3), np.float32)
    return data_module.ReidData(
        data_module.Split(sequences, persons), matching=None, balanced=balanced
    )


def draw(counts, batch_size, protocol=configs.PUBLISHED, balanced=True, seed=0):
    """Drawn rows, and how often each row is drawn, by person."""
    data = make_data(counts, balanced)
    config = configs.Config(batch_size=batch_size, protocol=protocol, seed=seed)
    rows = sampling.training_rows(data, config)
    times = collections.Counter(rows.tolist())
    own = {
        person: [times[row] for row in np.flatnonzero(data.train.persons == person)]
        for person in range(len(counts))
    }
    return rows, own


def test_every_person_is_drawn_equally_often():
    # 40 sequences, batches of 10, 4 persons: 2 * 4 rounds of 10 // 4 = 2 draws each.
    rows, own = draw([4, 8, 12, 16], batch_size=10)

    assert len(rows) == 8 * 4 * 2
    assert [sum(times) for times in own.values()] == [16, 16, 16, 16]


def test_a_person_with_enough_sequences_is_drawn_in_order_without_repeats():
    # 30 + 10 sequences, batches of 10, 2 persons: 8 rounds of 5; the first person's
    # rounds run through 6 times 5 before they pass its end.
    _, own = draw([30, 10], batch_size=10)

    assert min(own[0]) >= 1
    assert sum(own[0]) == 40


def test_a_person_with_more_sequences_than_draws_gives_its_first():
    # 90 + 10 sequences, batches of 50, 2 persons: 4 rounds of 25 reach 100 of 90, so
    # make it 3 persons: 4 rounds of 16 = 64 draws, fewer than 80.
    _, own = draw([80, 10, 10], batch_size=50)

    assert own[0] == [1] * 64 + [0] * 16


def test_the_sequences_of_a_round_that_passes_the_end_are_drawn_anew():
    # 7 + 13 sequences, batches of 6, 2 persons: 6 rounds of 3. The first person's third
    # round would take its sequences 6, 7 and 8 of 7: sequence 6 comes up by chance
    # alone, the others once for certain.
    seen = set()
    for seed in range(50):
        _, own = draw([7, 13], batch_size=6, seed=seed)
        assert min(own[0][:6]) >= 1
        assert sum(own[0]) == 18
        seen.add(own[0][6])

    assert 0 in seen
    assert max(seen) > 1


def test_draws_past_the_end_are_uniform():
    # A person with one round in order and 19 by chance: 10 * 19 draws of 10 sequences.
    counts = np.sum(
        [np.array(draw([10, 190], 20, seed=seed)[1][0]) - 1 for seed in range(40)],
        axis=0,
    )

    expected = counts.sum() / 10
    # 27.9 is the 99.9 % quantile of chi-square with 9 degrees of freedom.
    assert np.sum(np.square(counts - expected) / expected) < 27.9


def test_the_draws_are_shuffled():
    rows, _ = draw([20, 20], batch_size=10)

    steps = np.diff(rows)
    assert 0.3 < np.mean(steps > 0) < 0.7


def test_the_same_seed_draws_the_same_rows_and_another_does_not():
    first, again, other = (draw([9, 9, 9], 6, seed=s)[0] for s in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_more_persons_than_a_batch_are_drawn_once_a_round():
    # 12 sequences of 6 persons, batches of 4: 2 * 3 rounds of one draw a person.
    rows, own = draw([2] * 6, batch_size=4)

    assert len(rows) == 6 * 6
    assert all(sum(times) == 6 and min(times) >= 1 for times in own.values())


def test_persons_need_not_be_numbered_from_0():
    data = make_data([4, 8, 12])
    renamed = data_module.ReidData(
        data_module.Split(
            data.train.sequences, np.array([5, 40, 900])[data.train.persons]
        ),
        matching=None,
    )
    config = configs.Config(batch_size=6)

    np.testing.assert_array_equal(
        sampling.training_rows(renamed, config), sampling.training_rows(data, config)
    )


@pytest.mark.parametrize("counts", [[4, 8, 12], [24], [1] * 24])
def test_strict_takes_every_sequence_once_whatever_the_labels(counts):
    rows, _ = draw(counts, batch_size=6, protocol=configs.STRICT)

    np.testing.assert_array_equal(rows, np.arange(24))


def test_data_that_are_not_balanced_take_every_sequence_once():
    rows, _ = draw([4, 8, 12], batch_size=6, balanced=False)

    np.testing.assert_array_equal(np.sort(rows), np.arange(24))


def unknown_persons():
    split = data_module.Split(
        np.zeros((10, 2, 3), np.float32), np.array([0, 1, 0, 1, 0, 1, 0, -1, -1, -1])
    )
    return data_module.ReidData(split, matching=None)


def test_unknown_persons_cannot_be_balanced():
    config = configs.Config(batch_size=2)

    with pytest.raises(errors.InputError, match=r"3 of 10.*--protocol strict"):
        sampling.training_rows(unknown_persons(), config)


def test_unknown_persons_do_not_matter_to_strict():
    config = configs.Config(batch_size=2, protocol=configs.STRICT)

    np.testing.assert_array_equal(
        sampling.training_rows(unknown_persons(), config), np.arange(10)
    )


@pytest.mark.parametrize("protocol", [configs.PUBLISHED, configs.STRICT])
def test_fewer_sequences_than_a_batch_are_refused(protocol):
    with pytest.raises(errors.InputError, match=r"24 .*256.*--batch_size 24"):
        draw([12, 12], batch_size=256, protocol=protocol)
    assert len(draw([12, 12], batch_size=24, protocol=protocol)[0]) >= 24
