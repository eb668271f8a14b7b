"""Batches of an epoch hold what the plan says; bulk encoding equals direct calls."""

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import encoder as encoders
from simmc_tf import masking, pipeline

NUM_SEQUENCES, FRAMES, SIZE, SEED, MASKED = 13, 4, 9, 21, (1, 2)


@pytest.fixture
def sequences():
    # Sequence s is s everywhere, so that a batch tells which sequences it took.
    numbers = np.arange(NUM_SEQUENCES, dtype=np.float32)
    return tf.constant(np.tile(numbers[:, None, None], (1, FRAMES, SIZE)))


# Training row n is sequence ROWS[n]; some are drawn twice.
ROWS = np.array([4, 0, 7, 7, 12, 3, 9, 1, 4, 5, 11, 2])
LABELS = np.stack([np.arange(12) % 3, np.arange(12) % 5], axis=1).astype(np.int32)


def make_plan(order, epoch=0, labels=LABELS):
    plan = pipeline.Plan.create(len(ROWS))
    assign(plan, order, epoch, labels)
    return plan


def assign(plan, order, epoch=0, labels=LABELS):
    plan.order.assign(np.asarray(order, np.int64))
    plan.epoch.assign(epoch)
    plan.labels.assign(labels)


def make_batches(sequences, plan, batch_size):
    return pipeline.training_batches(sequences, ROWS, plan, batch_size, MASKED, SEED)


def sizes(batches):
    return [len(batch["labels"]) for batch in batches]


def sequence_numbers(batches):
    return np.concatenate([batch["sequences"][:, 0, 0] for batch in batches])


def test_an_epoch_takes_every_row_once_in_the_order_of_the_plan(sequences):
    order = np.random.default_rng(0).permutation(12)

    batches = list(make_batches(sequences, make_plan(order), batch_size=4))

    assert sizes(batches) == [4, 4, 4]
    np.testing.assert_array_equal(sequence_numbers(batches), ROWS[order])


def test_the_remainder_of_the_rows_is_left_out(sequences):
    # 12 rows, batches of 5: two batches, 2 rows left.
    order = np.random.default_rng(0).permutation(12)

    batches = list(make_batches(sequences, make_plan(order), batch_size=5))

    assert sizes(batches) == [5, 5]
    np.testing.assert_array_equal(sequence_numbers(batches), ROWS[order[:10]])


def test_outliers_leave_the_last_batches_empty(sequences):
    # 7 of 12 rows, batches of 3: two full ones, the third and the fourth are empty.
    plan = make_plan([8, 2, 5, 1, 0, 9, 11])

    batches = list(make_batches(sequences, plan, batch_size=3))

    assert sizes(batches) == [3, 3, 0, 0]
    np.testing.assert_array_equal(sequence_numbers(batches), ROWS[[8, 2, 5, 1, 0, 9]])
    assert batches[-1]["sequences"].shape == (0, FRAMES, SIZE)
    assert batches[-1]["keep"].shape == (0, 2, FRAMES)


def test_fewer_rows_than_a_batch_make_one_partial_batch(sequences):
    batches = list(make_batches(sequences, make_plan([6, 10]), batch_size=4))

    assert sizes(batches) == [2, 0, 0]
    np.testing.assert_array_equal(sequence_numbers(batches), ROWS[[6, 10]])


def test_no_rows_make_only_empty_batches(sequences):
    assert sizes(make_batches(sequences, make_plan([]), batch_size=4)) == [0, 0, 0]


def test_a_batch_larger_than_the_training_set_is_one_step(sequences):
    plan = make_plan(np.arange(12))

    assert sizes(make_batches(sequences, plan, batch_size=100)) == [12]


@pytest.mark.parametrize("num_kept", [0, 1, 3, 4, 5, 8, 11, 12])
def test_the_number_of_steps_does_not_depend_on_outliers(num_kept, sequences):
    batches = make_batches(sequences, make_plan(np.arange(num_kept)), batch_size=4)

    assert len(sizes(batches)) == 3
    assert int(batches.cardinality()) == 3
    assert sum(sizes(batches)) == (num_kept // 4 * 4 or num_kept)


def test_labels_and_masks_belong_to_the_rows(sequences):
    order = np.random.default_rng(1).permutation(12)
    plan = make_plan(order, epoch=3)

    batches = list(make_batches(sequences, plan, batch_size=4))

    expected = masking.draw(SEED, 3, tf.constant(order), FRAMES, MASKED)
    labels = np.concatenate([batch["labels"] for batch in batches])
    keep = np.concatenate([batch["keep"] for batch in batches])
    np.testing.assert_array_equal(labels, LABELS[order])
    np.testing.assert_array_equal(keep, expected)


def test_a_sequence_drawn_twice_is_masked_by_row(sequences):
    # Rows 2 and 3 are both sequence 7.
    plan = make_plan([2, 3, 0, 8])
    masks = masking.draw(SEED, 0, tf.range(12), FRAMES, MASKED).numpy()

    batch = next(iter(make_batches(sequences, plan, batch_size=4)))

    np.testing.assert_array_equal(batch["keep"], masks[[2, 3, 0, 8]])
    assert not np.array_equal(masks[2], masks[3])


def test_every_iteration_reads_the_plan_anew(sequences):
    plan = make_plan(np.arange(12), epoch=0)
    batches = make_batches(sequences, plan, batch_size=4)
    first = list(batches)

    order = [11, 3, 5, 0, 1, 2, 4]
    assign(plan, order, epoch=9, labels=LABELS[::-1])
    second = list(batches)

    assert sizes(first) == [4, 4, 4]
    assert sizes(second) == [4, 0, 0]
    np.testing.assert_array_equal(sequence_numbers(second), ROWS[order[:4]])
    np.testing.assert_array_equal(second[0]["labels"], LABELS[::-1][order[:4]])
    np.testing.assert_array_equal(
        second[0]["keep"],
        masking.draw(SEED, 9, tf.constant(order[:4]), FRAMES, MASKED),
    )


def test_a_plan_is_empty_until_it_is_assigned(sequences):
    plan = pipeline.Plan.create(len(ROWS))

    assert sum(sizes(make_batches(sequences, plan, batch_size=4))) == 0


def make_mapped(path, sequences, dtype):
    """The same numbers, mapped from a file."""
    np.save(path, np.asarray(sequences).astype(dtype))
    return np.load(path, mmap_mode="r")


# Float32, float64, and float64 in the other byte order.
DTYPES = pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f8"])


@DTYPES
def test_batches_from_a_file_are_those_from_memory_bit_for_bit(
    dtype, walkers, tmp_path
):
    plan = make_plan(np.random.default_rng(2).permutation(12)[:9], epoch=2)
    mapped = make_mapped(tmp_path / "walkers.npy", walkers, dtype)

    held, read = (list(make_batches(s, plan, batch_size=4)) for s in (walkers, mapped))

    assert sizes(read) == sizes(held) == [4, 4, 0]
    for ours, expected in zip(read, held, strict=True):
        assert ours.keys() == expected.keys()
        for key, value in expected.items():
            assert ours[key].dtype == value.dtype
            assert ours[key].shape == value.shape
            np.testing.assert_array_equal(ours[key], value)


def test_wide_numbers_of_a_file_are_rounded_as_a_cast_rounds(tmp_path):
    # Not numbers that float32 has, so that rounding shows.
    shape = (NUM_SEQUENCES, FRAMES, SIZE)
    wide = np.random.default_rng(3).normal(size=shape)
    assert (wide != wide.astype(np.float32)).all()
    mapped = make_mapped(tmp_path / "wide.npy", wide, np.float64)
    plan = make_plan(np.arange(12))

    batches = list(make_batches(mapped, plan, batch_size=4))

    found = np.concatenate([batch["sequences"] for batch in batches])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, wide.astype(np.float32)[ROWS])


def test_batches_from_a_file_have_a_known_shape(walkers, tmp_path):
    # Else Keras could not build what trains on them.
    mapped = make_mapped(tmp_path / "walkers.npy", walkers, np.float32)
    batches = make_batches(mapped, make_plan(np.arange(12)), batch_size=4)
    assert batches.element_spec["sequences"].shape.as_list() == [None, FRAMES, SIZE]


def test_a_file_is_read_batch_by_batch(walkers, tmp_path):
    # Numbers that are changed in the file after the batches were made are seen.
    np.save(tmp_path / "walkers.npy", walkers)
    mapped = np.load(tmp_path / "walkers.npy", mmap_mode="r+")
    batches = make_batches(mapped, make_plan(np.arange(12)), batch_size=4)

    mapped[:] = 5

    assert all((batch["sequences"].numpy() == 5).all() for batch in batches)


@pytest.fixture
def encoder():
    encoder = encoders.Encoder(8, seed=1)
    encoder.build((None, None, SIZE))
    return encoder


@pytest.fixture
def walkers():
    generator = np.random.default_rng(5)
    shape = (NUM_SEQUENCES, FRAMES, SIZE)
    return np.asarray(generator.normal(size=shape).astype(np.float32))


# Chunks that divide 13 and 12 rows, that do not, and one that holds them all.
CHUNKS = pytest.mark.parametrize("chunk", [1, 4, 5, 13, 100])


@CHUNKS
def test_bulk_encoding_equals_one_direct_call(chunk, encoder, walkers, monkeypatch):
    monkeypatch.setattr(pipeline, "_ENCODE_BATCH", chunk)

    result = pipeline.BulkEncoder(encoder).whole(walkers)

    assert result.dtype == np.float32
    np.testing.assert_allclose(result, encoder(walkers), rtol=1e-5, atol=1e-6)


@CHUNKS
def test_bulk_encoding_of_rows_equals_a_direct_call(
    chunk, encoder, walkers, monkeypatch
):
    monkeypatch.setattr(pipeline, "_ENCODE_BATCH", chunk)

    result = pipeline.BulkEncoder(encoder).whole(walkers, ROWS)

    expected = encoder(walkers).numpy()[ROWS]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@CHUNKS
def test_bulk_encoding_of_views_equals_a_direct_call(
    chunk, encoder, walkers, monkeypatch
):
    monkeypatch.setattr(pipeline, "_ENCODE_BATCH", chunk)
    keep = masking.draw(SEED, 0, tf.range(len(ROWS)), FRAMES, MASKED)

    result = pipeline.BulkEncoder(encoder).views(walkers, ROWS, keep)

    expected = encoder.views(tf.gather(walkers, ROWS), keep)
    assert len(result) == 2
    for view, direct in zip(result, expected, strict=True):
        np.testing.assert_allclose(view, direct, rtol=1e-5, atol=1e-6)


def test_bulk_encoding_uses_the_current_weights(encoder, walkers):
    bulk = pipeline.BulkEncoder(encoder)
    bulk.whole(walkers)

    encoder.set_weights([2 * weight for weight in encoder.get_weights()])

    np.testing.assert_allclose(
        bulk.whole(walkers), encoder(walkers), rtol=1e-5, atol=1e-6
    )


@DTYPES
def test_encoding_from_a_file_is_that_from_memory_bit_for_bit(
    dtype, encoder, walkers, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipeline, "_ENCODE_BATCH", 5)
    mapped = make_mapped(tmp_path / "walkers.npy", walkers, dtype)
    keep = masking.draw(SEED, 0, tf.range(len(ROWS)), FRAMES, MASKED)
    bulk = pipeline.BulkEncoder(encoder)

    np.testing.assert_array_equal(bulk.whole(mapped), bulk.whole(walkers))
    np.testing.assert_array_equal(bulk.whole(mapped, ROWS), bulk.whole(walkers, ROWS))
    for ours, expected in zip(
        bulk.views(mapped, ROWS, keep), bulk.views(walkers, ROWS, keep), strict=True
    ):
        np.testing.assert_array_equal(ours, expected)


def test_encoding_fills_files_with_the_same_features(
    encoder, walkers, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipeline, "_ENCODE_BATCH", 5)
    keep = masking.draw_all(SEED, 0, len(ROWS), FRAMES, MASKED)
    bulk = pipeline.BulkEncoder(encoder)
    held = [bulk.whole(walkers), *bulk.views(walkers, ROWS, keep)]
    monkeypatch.setattr(pipeline.memory, "is_large", lambda num_bytes: True)

    filed = [
        bulk.whole(walkers, None, tmp_path),
        *bulk.views(walkers, ROWS, keep, tmp_path),
    ]

    for ours, expected in zip(filed, held, strict=True):
        assert ours.base is not None  # Not its own memory.
        np.testing.assert_array_equal(ours, expected)
