"""Frame masks: counts, purity, and that every subset is as likely as any other."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import masking

SEED, EPOCH, FRAMES, MASKED = 3, 5, 6, (2, 2)


def draw(seed=SEED, epoch=EPOCH, rows=1000, frames=FRAMES, masked=MASKED):
    """Masks of some rows, or of the first so many, as an array."""
    rows = np.arange(rows) if isinstance(rows, int) else rows
    return masking.draw(seed, epoch, tf.constant(rows), frames, masked).numpy()


def share_equal(first, second):
    """How many of two lists of masks [N, f] are the same subset."""
    return np.mean((first == second).all(axis=-1))


def chi_square(subsets, num_subsets):
    """Of counts against the uniform distribution."""
    _, counts = np.unique(subsets, return_counts=True)
    expected = len(subsets) / num_subsets
    missing = (num_subsets - len(counts)) * expected
    return np.sum(np.square(counts - expected) / expected) + missing


def numbers(keep):
    """Masks [N, f] as whole numbers, a bit a frame."""
    return keep @ (1 << np.arange(keep.shape[-1]))


@pytest.mark.parametrize(
    ("frames", "masked"),
    [(6, (2, 2)), (4, (1, 3)), (40, (10, 10)), (1, (0, 0)), (6, (0, 5)), (60, (59, 1))],
)
def test_each_view_keeps_exactly_all_frames_but_the_masked(frames, masked):
    keep = draw(rows=200, frames=frames, masked=masked)

    assert keep.dtype == bool
    assert keep.shape == (200, 2, frames)
    assert (keep[:, 0].sum(axis=1) == frames - masked[0]).all()
    assert (keep[:, 1].sum(axis=1) == frames - masked[1]).all()


def test_nothing_masked_keeps_all_frames():
    assert draw(masked=(0, 0)).all()


def test_a_row_has_the_same_masks_alone_and_in_any_batch():
    rows = np.array([17, 3, 999, 17, 0])

    together = draw(rows=rows)

    np.testing.assert_array_equal(together, draw(rows=1000)[rows])
    for row, keep in zip(rows, together, strict=True):
        np.testing.assert_array_equal(draw(rows=[row])[0], keep)


def test_masks_are_the_same_inside_tf_data_and_in_a_graph():
    def masks(rows):
        return masking.draw(SEED, EPOCH, rows, FRAMES, MASKED)

    data_set = tf.data.Dataset.range(30).batch(7).map(masks)

    mapped = np.concatenate(list(data_set.as_numpy_iterator()))
    compiled = tf.function(masks)(tf.range(30, dtype=tf.int64)).numpy()

    np.testing.assert_array_equal(mapped, draw(rows=30))
    np.testing.assert_array_equal(compiled, draw(rows=30))


def test_the_type_of_epoch_and_rows_does_not_matter():
    rows = np.arange(50)

    narrow = masking.draw(SEED, EPOCH, tf.constant(rows, tf.int32), FRAMES, MASKED)
    wide = masking.draw(
        SEED,
        tf.Variable(EPOCH, dtype=tf.int64),
        tf.constant(rows, tf.int64),
        FRAMES,
        MASKED,
    )

    np.testing.assert_array_equal(narrow, wide)


# 15 subsets of 4 of 6 frames: 1/15 = 0.067 of unrelated masks are the same by chance;
# 0.1 is more than 4 standard deviations, sqrt(0.067 * 0.933 / 1000) each, above.
@pytest.mark.parametrize(
    "other",
    [{"seed": SEED + 1}, {"epoch": EPOCH + 1}, {"rows": np.arange(1, 1001)}],
    ids=["seed", "epoch", "row"],
)
def test_another_seed_epoch_or_row_has_unrelated_masks(other):
    assert share_equal(draw(), draw(**other)) < 0.1


def test_both_views_have_unrelated_masks():
    keep = draw()

    assert share_equal(keep[:, 0], keep[:, 1]) < 0.1


def test_epochs_are_not_rows_in_disguise():
    # A sum of seed, epoch and row would repeat: row 1 in epoch 5 as row 0 in epoch 6.
    shifted = draw(rows=np.arange(1, 1001))

    assert share_equal(draw(epoch=EPOCH + 1), shifted) < 0.1
    assert share_equal(draw(seed=SEED + 1), shifted) < 0.1


# Bounds: the 99.9 % quantile of chi-square with one degree of freedom less than subsets
# there are. Nothing random is left: seed, epoch and rows are fixed.
@pytest.mark.parametrize("view", [0, 1])
def test_all_subsets_of_frames_are_equally_likely_over_rows(view):
    keep = draw(rows=20_000)[:, view]

    assert chi_square(numbers(keep), num_subsets=15) < 36.1


def test_all_subsets_of_frames_are_equally_likely_over_epochs():
    keep = np.concatenate([draw(epoch=e, rows=20) for e in range(100)])

    assert chi_square(numbers(keep[:, 0]), num_subsets=15) < 36.1


def test_all_pairs_of_subsets_are_equally_likely():
    keep = draw(rows=10_000, frames=4, masked=(1, 1))

    pairs = 16 * numbers(keep[:, 0]) + numbers(keep[:, 1])

    assert chi_square(pairs, num_subsets=16) < 37.7


def test_subsets_are_those_that_itertools_lists():
    drawn = {tuple(np.flatnonzero(keep)) for keep in draw(frames=5)[:, 0]}

    assert drawn == set(itertools.combinations(range(5), 3))


def test_all_masks_are_those_of_every_row_whatever_is_drawn_at_once(monkeypatch):
    monkeypatch.setattr(masking, "_ROWS_AT_ONCE", 7)
    found = masking.draw_all(SEED, EPOCH, 30, FRAMES, MASKED)
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, draw(rows=30))
