"""The encoder against the published order of operations, written in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import encoder as encoders

BATCH, FRAMES, SIZE, WIDTH = 7, 5, 9, 8


def built(depth=1, seed=0):
    encoder = encoders.Encoder(WIDTH, depth, seed)
    encoder.build((None, None, SIZE))
    generator = np.random.default_rng(seed)
    # Biases start at 0, which would hide where they enter.
    encoder.set_weights(
        [
            w if w.ndim == 2 else generator.normal(size=w.shape)
            for w in encoder.get_weights()
        ]
    )
    return encoder


@pytest.fixture
def sequences():
    generator = np.random.default_rng(1)
    return generator.normal(size=(BATCH, FRAMES, SIZE)).astype(np.float32)


@pytest.fixture
def keep():
    generator = np.random.default_rng(2)
    keep = generator.random((BATCH, 2, FRAMES)) < 0.5
    keep[:, :, 2] = True  # At least one a row.
    return keep


def published(encoder, frames):
    """Mean over frames [n, d] of what all layers make of each, frame by frame."""
    outputs = []
    for frame in frames.astype(np.float64):
        weights = encoder.get_weights()
        while len(weights) > 2:
            frame = np.maximum(frame @ weights[0] + weights[1], 0)
            weights = weights[2:]
        outputs.append(frame @ weights[0] + weights[1])
    return np.mean(outputs, axis=0)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_last_layer_after_the_mean_equals_the_mean_after_the_last_layer(
    depth, sequences
):
    encoder = built(depth)

    expected = [published(encoder, sequence) for sequence in sequences]

    np.testing.assert_allclose(encoder(sequences), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_view_is_the_mean_over_the_frames_its_mask_keeps(depth, sequences, keep):
    encoder = built(depth)

    views = encoder.views(tf.constant(sequences), tf.constant(keep))

    for a in range(2):
        expected = [
            published(encoder, sequence[mask[a]])
            for sequence, mask in zip(sequences, keep, strict=True)
        ]
        np.testing.assert_allclose(views[a], expected, rtol=1e-5, atol=1e-5)


def test_views_that_keep_everything_are_the_whole_sequence(sequences):
    encoder = built()
    everything = tf.ones([BATCH, 2, FRAMES], tf.bool)

    for view in encoder.views(tf.constant(sequences), everything):
        np.testing.assert_allclose(view, encoder(sequences), rtol=1e-5, atol=1e-6)


def test_masked_means_equal_a_loop_over_frames(keep):
    frames = np.random.default_rng(3).normal(size=(BATCH, FRAMES, 3))
    expected = np.zeros((BATCH, 2, 3))
    for b in range(BATCH):
        for v in range(2):
            count = 0
            for f in range(FRAMES):
                if keep[b, v, f]:
                    expected[b, v] += frames[b, f]
                    count += 1
            expected[b, v] /= count

    result = encoders.masked_means(tf.constant(frames), tf.constant(keep))

    np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_masked_means_of_small_numbers():
    # Frames 1, 3, 8; the mask keeps the first and the last: (1 + 8) / 2 = 4.5.
    frames = tf.constant([[[1.0], [3.0], [8.0]]])

    result = encoders.masked_means(frames, tf.constant([[[True, False, True]]]))

    assert float(result[0, 0, 0]) == 4.5


def test_permuting_the_batch_permutes_the_features(sequences, keep):
    encoder = built()
    order = np.random.default_rng(4).permutation(BATCH)

    whole, permuted = encoder(sequences), encoder(sequences[order])
    view = encoder.views(tf.constant(sequences), tf.constant(keep))[0]
    view_permuted = encoder.views(
        tf.constant(sequences[order]), tf.constant(keep[order])
    )[0]

    np.testing.assert_allclose(permuted, whole.numpy()[order], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(view_permuted, view.numpy()[order], rtol=1e-6, atol=1e-6)


def test_the_order_of_frames_does_not_matter(sequences):
    encoder = built()

    np.testing.assert_allclose(
        encoder(sequences[:, ::-1]), encoder(sequences), rtol=1e-5, atol=1e-6
    )


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    def kernels(seed):
        encoder = encoders.Encoder(WIDTH, 2, seed)
        encoder.build((None, None, SIZE))
        return encoder.get_weights()[::2]

    for first, again, other in zip(kernels(5), kernels(5), kernels(50), strict=True):
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)


def test_layers_of_the_same_shape_start_with_different_weights():
    encoder = encoders.Encoder(WIDTH, 2, seed=0)
    encoder.build((None, None, WIDTH))
    first, second, last = encoder.get_weights()[::2]

    assert not np.array_equal(first, second)
    assert not np.array_equal(second, last)


def test_initial_weights_are_glorot_uniform_and_biases_zero():
    encoder = encoders.Encoder(200, 1, seed=0)
    encoder.build((None, None, 100))
    kernel, bias = encoder.get_weights()[:2]
    limit = np.sqrt(6 / (100 + 200))

    assert np.abs(kernel).max() <= limit
    # Uniform within +-limit has the deviation limit / sqrt(3).
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert (bias == 0).all()


def test_a_saved_encoder_loads_with_the_same_features(sequences, tmp_path):
    encoder = built(depth=2)
    path = tmp_path / "encoder.keras"

    encoder.save(path)
    loaded = keras.models.load_model(path)

    np.testing.assert_array_equal(loaded(sequences), encoder(sequences))


@pytest.mark.data
@pytest.mark.parametrize("tag", ["enc_e0", "enc_e8"])
def test_features_are_those_of_the_published_encoder(tag, parity):
    encoder = encoders.Encoder(256)
    encoder.build((None, None, 75))
    encoder.set_weights(
        [
            parity[f"{tag}_SimMC.{name}"]
            for name in (
                *("dense.kernel", "dense.bias"),
                *("dense_1.kernel", "dense_1.bias"),
            )
        ]
    )
    sequences = tf.constant(parity[f"{tag}_X"].reshape(256, 6, 75))
    keep = tf.tile(parity[f"{tag}_mask"][np.newaxis], [256, 1, 1])

    views = encoder.views(sequences, keep)

    # float32 on both sides, sums of 256 terms.
    close = {"rtol": 1e-5, "atol": 2e-6 * np.abs(parity[f"{tag}_out"]).max()}
    np.testing.assert_allclose(encoder(sequences), parity[f"{tag}_out"], **close)
    np.testing.assert_allclose(views[0], parity[f"{tag}_out1"], **close)
    np.testing.assert_allclose(views[1], parity[f"{tag}_out2"], **close)
