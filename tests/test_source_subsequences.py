"""Sparse subsequences: which frames are drawn, and how they are encoded."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf.sources import recurrent, subsequences
from tests import source_models


def draw(seed, num_sequences, num_frames):
    return subsequences.draw(tf.constant(seed), num_sequences, num_frames).numpy()


def subsets(chosen, count):
    """The frames of every sequence's subsequence of that many frames."""
    return [tuple(row[:count]) for row in chosen[:, count - 1].tolist()]


@pytest.mark.parametrize("num_frames", [1, 2, 5])
def test_rows_rise_through_distinct_frames_and_then_repeat_frame_0(num_frames):
    chosen = draw([0, 1], 50, num_frames)

    assert chosen.shape == (50, num_frames, num_frames)
    assert chosen.dtype == np.int32
    for count in range(1, num_frames + 1):
        for row in chosen[:, count - 1].tolist():
            frames, rest = row[:count], row[count:]
            assert frames == sorted(set(frames))
            assert 0 <= frames[0] and frames[-1] < num_frames
            assert rest == [0] * (num_frames - count)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_subset_is_about_as_likely(count):
    draws = 6_000
    found = subsets(draw([3, 4], draws, 4), count)

    expected = list(itertools.combinations(range(4), count))
    counts = [found.count(subset) for subset in expected]

    assert sum(counts) == draws
    mean = draws / len(expected)
    chi_square = sum((seen - mean) ** 2 / mean for seen in counts)
    assert chi_square < 20.5  # 0.1% of chi-square with 5 degrees of freedom.


def test_sequences_draw_independently_of_each_other():
    pairs = [subsets(draw([number, 0], 2, 4), 2) for number in range(600)]
    # One of 6 subsets each: the same in a sixth of all cases, 100 +- 9.1.
    assert 60 < sum(first == second for first, second in pairs) < 140
    assert len({first for first, _ in pairs}) == 6


def test_lengths_draw_independently_of_each_other():
    chosen = draw([5, 6], 1_000, 4)
    inside = [
        set(one) <= set(two)
        for one, two in zip(subsets(chosen, 1), subsets(chosen, 2), strict=True)
    ]
    assert 0.45 < np.mean(inside) < 0.55  # A frame is in half of all pairs.


def test_the_same_seed_gives_the_same_draws_and_another_does_not():
    np.testing.assert_array_equal(draw([1, 2], 20, 5), draw([1, 2], 20, 5))
    for other in ([1, 3], [2, 2]):
        assert not np.array_equal(draw([1, 2], 20, 5), draw(other, 20, 5))


def test_inside_tells_subsequences_from_what_follows():
    np.testing.assert_array_equal(
        subsequences.inside(3), [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    )


@pytest.mark.parametrize("longest", [4, 40])  # What is unrolled, and what is not.
def test_encoding_all_at_once_is_encoding_each_subsequence_alone(longest):
    size, units, num_frames = 5, 4, 4
    encoder = recurrent.Encoder("encoder", units, num_frames=longest)
    assert encoder.unrolled == (longest == 4)
    encoder.build((None, num_frames, size))
    source_models.randomise(encoder)
    frames = np.random.default_rng(0).normal(size=(3, num_frames, size))
    frames = frames.astype(np.float32)
    chosen = draw([0, 1], 3, num_frames)

    found = subsequences.encode(encoder, tf.constant(frames), tf.constant(chosen))

    assert found.shape == (3, num_frames, num_frames, units)
    for b, count in itertools.product(range(3), range(1, num_frames + 1)):
        picked = frames[b, chosen[b, count - 1, :count]]
        expected, _ = source_models.encode(encoder.get_weights(), picked)
        np.testing.assert_allclose(
            found[b, count - 1, :count], expected, rtol=1e-4, atol=1e-5
        )


def test_no_step_is_taken_for_a_subsequence_that_has_ended():
    taken = []

    class Counting(recurrent.Encoder):
        def encode_ending(self, steps):
            taken.extend(len(step) for step in steps)
            return super().encode_ending(steps)

    encoder = Counting("encoder", 4, num_frames=4)
    encoder.build((None, 4, 5))
    frames = tf.zeros([3, 4, 5])
    subsequences.encode(encoder, frames, tf.constant(draw([0, 1], 3, 4)))
    assert taken == [3 * count for count in (4, 3, 2, 1)]


def test_fewer_lengths_than_frames_are_encoded_of_all_frames():
    # As MG-SCR, which draws from all frames but the last.
    encoder = recurrent.Encoder("encoder", 4, num_frames=4)
    encoder.build((None, 4, 5))
    frames = np.random.default_rng(0).normal(size=(2, 4, 5)).astype(np.float32)
    chosen = tf.constant([[[2, 0, 0], [1, 2, 0], [0, 1, 2]]] * 2)

    found = subsequences.encode(encoder, tf.constant(frames), chosen)

    assert found.shape == (2, 3, 3, 4)
    expected = encoder(frames[:, 1:3])[0]
    np.testing.assert_allclose(found[:, 1, :2], expected, rtol=1e-5, atol=1e-6)
