"""Halves of recordings, and how well encoders that are known find them again."""

import itertools

import numpy as np
import pytest

from simmc_tf import self_matching, tracks
from tests import recorded_walks

MANY = tracks.Tracks(np.repeat(np.arange(100), 300), np.tile(np.arange(300), 100))


def windows(frames, stride, shuffled):
    """Windows [N, f, d] of 12 recordings, and the recordings."""
    walks, persons = recorded_walks.recordings(length=40)
    found, owners = recorded_walks.split(walks, persons, frames, stride)
    order = np.arange(len(owners))
    if shuffled:
        order = np.random.default_rng(5).permutation(order)
    return found.sequences[order], owners[order]


CUTS = pytest.mark.parametrize(
    ("frames", "stride"),
    [(4, 2), (6, 3), (4, 1), (6, 1), (2, 1), (6, 2)],
    ids="{0}".format,
)
ORDERS = pytest.mark.parametrize("shuffled", [False, True], ids=["walk", "shuffled"])


@CUTS
@ORDERS
def test_halves_share_no_frame(frames, stride, shuffled):
    sequences, owners = windows(frames, stride, shuffled)

    found = self_matching.split(tracks.find(sequences), seed=0)

    shown = [{row.tobytes() for row in sequence} for sequence in sequences]
    probe, gallery = (
        set().union(*(shown[s] for s in some)) for some in (found.probe, found.gallery)
    )
    assert not probe & gallery
    assert set(owners[found.probe]) == set(owners[found.gallery]) == set(range(12))


@CUTS
@ORDERS
def test_halves_are_most_of_all_sequences_and_alike_in_size(frames, stride, shuffled):
    sequences, owners = windows(frames, stride, shuffled)

    found = self_matching.split(tracks.find(sequences), seed=0)

    sizes = len(found.probe), len(found.gallery)
    assert sum(sizes) > 0.6 * len(owners)
    assert max(sizes) < 2 * min(sizes)
    for some in (found.probe, found.gallery):
        assert (np.diff(some) > 0).all()


def test_halves_of_tracks_of_different_lengths():
    # Tracks of 1 and 2 have none; of 3 and 4 the ends; of 5 and 6 two on either side.
    lengths = [2, 3, 4, 5, 6, 1]
    steps = np.concatenate([np.arange(length) for length in lengths])
    numbers = np.repeat(np.arange(6), lengths)

    found = self_matching.split(tracks.Tracks(numbers, steps), seed=0)

    assert numbers[found.probe].tolist() == [1, 2, 3, 3, 4, 4]
    assert steps[found.probe].tolist() == [0, 0, 0, 1, 0, 1]
    assert numbers[found.gallery].tolist() == [1, 2, 3, 3, 4, 4]
    assert steps[found.gallery].tolist() == [2, 3, 3, 4, 4, 5]
    np.testing.assert_array_equal(found.tracks, numbers)


def test_too_many_sequences_are_drawn_from():
    found = self_matching.split(MANY, seed=0)

    assert (len(found.probe), len(found.gallery)) == (2_000, 10_000)
    # From all tracks, and from all over their halves.
    for some, steps in ((found.probe, range(149)), (found.gallery, range(151, 300))):
        assert len(np.unique(some)) == len(some)
        assert set(MANY.numbers[some]) == set(range(100))
        assert set(MANY.steps[some]) <= set(steps)
        assert len(set(MANY.steps[some])) > 140


def test_a_seed_draws_the_same_again_and_another_one_others():
    first, again, other = (self_matching.split(MANY, seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.probe, again.probe)
    np.testing.assert_array_equal(first.gallery, again.gallery)
    assert set(first.probe) != set(other.probe)


@pytest.mark.parametrize(
    ("lengths", "halved"),
    [
        *(([], False), ([9, 9], False), ([3, 3, 2, 2, 2], False)),
        *(([1] * 50, False), ([3, 3, 3], True), ([1, 9, 2, 3, 4], True)),
    ],
)
def test_fewer_than_3_long_tracks_have_no_halves(lengths, halved):
    steps = [step for length in lengths for step in range(length)]
    numbers = np.repeat(np.arange(len(lengths)), lengths)
    some = tracks.Tracks(numbers, np.array(steps, np.int64))

    assert (self_matching.split(some, seed=0) is not None) == halved


def test_sequences_that_do_not_overlap_have_no_halves():
    sequences, _ = windows(4, 4, shuffled=False)

    assert self_matching.split(tracks.find(sequences), seed=0) is None
    assert self_matching.split(tracks.alone(100), seed=0) is None


@pytest.fixture
def halved():
    sequences, owners = windows(4, 2, shuffled=True)
    return self_matching.split(tracks.find(sequences), seed=0), sequences, owners


def test_an_encoder_that_tells_recordings_finds_all_again(halved):
    halves, sequences, owners = halved
    asked = []

    def encode(given, rows):
        assert given is sequences
        asked.append(rows)
        return np.eye(12, dtype=np.float32)[owners[rows]]

    assert halves.mean_ap(sequences, encode) == 1
    # Nobody else is encoded.
    assert sorted(itertools.chain(*asked)) == sorted([*halves.probe, *halves.gallery])


def test_an_encoder_of_noise_finds_recordings_by_chance(halved):
    halves, sequences, _ = halved
    generator = np.random.default_rng(0)

    def encode(_, rows):
        return generator.normal(size=(len(rows), 8)).astype(np.float32)

    scores = [halves.mean_ap(sequences, encode) for _ in range(20)]

    # A twelfth, and a little more: few of a kind stand by chance at the top.
    assert 1 / 12 < np.mean(scores) < 2 / 12


def test_recordings_of_one_person_count_against_each_other(halved):
    halves, sequences, owners = halved

    def encode(_, rows):
        return np.eye(4, dtype=np.float32)[owners[rows] // 3]

    assert 0.2 < halves.mean_ap(sequences, encode) < 0.8


def test_quality_is_the_weaker_of_its_two_sides():
    assert self_matching.quality(0.5, 0.25) == 0.25
    assert self_matching.quality(0.25, 0.5) == 0.25
    assert self_matching.quality(0.5, None) == 0.5
