"""The encoder against the published order of operations, written in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import checkpoints, preparation, whitening
from simmc_tf import config as configs
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


@pytest.fixture
def whitened():
    """An encoder whose whitening is neither centred nor orthogonal."""
    encoder = encoders.Encoder(WIDTH, whitened=True)
    encoder.build((None, None, SIZE))
    generator = np.random.default_rng(0)
    encoder.set_whitening(
        whitening.Whitening(
            generator.normal(scale=0.2, size=WIDTH),
            generator.normal(size=(WIDTH, WIDTH)),
        )
    )
    return encoder


def trained_part(whitened):
    """The same encoder without the whitening."""
    plain = encoders.Encoder(WIDTH)
    plain.build((None, None, SIZE))
    plain.set_weights([weight.numpy() for weight in whitened.trainable_weights])
    return plain


def test_a_whitened_representation_is_whitened_between_two_normalisations(
    whitened, sequences
):
    plain = trained_part(whitened)
    centre, matrix = (w.numpy() for w in whitened.non_trainable_weights)
    expected = []
    for row in plain(sequences).numpy().astype(np.float64):
        row = (row / np.linalg.norm(row) - centre) @ matrix
        expected.append(row / np.linalg.norm(row))

    np.testing.assert_allclose(whitened(sequences), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(whitened(sequences), axis=1), 1, 1e-5)


def test_views_are_not_whitened(whitened, sequences, keep):
    # The losses and the pseudo-labels look at what is learnt alone.
    plain = trained_part(whitened)

    for found, expected in zip(
        whitened.views(tf.constant(sequences), tf.constant(keep)),
        plain.views(tf.constant(sequences), tf.constant(keep)),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_whitening_that_was_not_set_only_normalises(sequences):
    encoder, plain = (encoders.Encoder(WIDTH, whitened=some) for some in (True, False))
    for some in (encoder, plain):
        some.build((None, None, SIZE))
    expected = plain(sequences).numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)

    np.testing.assert_allclose(encoder(sequences), expected, rtol=1e-5, atol=1e-6)


def test_the_whitening_is_not_trained(whitened, sequences):
    names = [weight.path.split("/")[-1] for weight in whitened.trainable_weights]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(whitened(sequences)[:, 0])
    gradients = tape.gradient(loss, whitened.trainable_weights)

    assert names == ["kernel", "bias"] * 2
    assert len(whitened.non_trainable_weights) == 2
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert any((gradient.numpy() != 0).any() for gradient in gradients)


def test_features_that_are_all_zero_are_whitened_to_numbers(whitened):
    whitened.set_weights([0 * weight for weight in whitened.get_weights()])

    found = whitened(np.zeros((2, FRAMES, SIZE), np.float32))

    np.testing.assert_array_equal(found, np.zeros((2, WIDTH)))


def test_a_saved_whitened_encoder_loads_with_the_same_features(
    whitened, sequences, tmp_path
):
    whitened.save(tmp_path / "encoder.keras")
    loaded = keras.models.load_model(tmp_path / "encoder.keras")

    np.testing.assert_array_equal(loaded(sequences), whitened(sequences))


@pytest.mark.parametrize("joints", [20, 25, 33])
def test_a_model_of_the_auto_preset_has_less_than_half_a_million_numbers(joints):
    numbers = min(3 * joints + joints * (joints - 1) // 2, 320)
    prepared = preparation.Preparation(numbers)
    prepared.build((None, None, 3 * joints))
    config = configs.Config(protocol=configs.STRICT, preset=configs.AUTO)

    simmc = checkpoints.build(config, 3 * joints, preparation=prepared)

    assert prepared.size == numbers
    # Two hidden-sized layers, one predictor: r H + H, and twice H H + H.
    expected = numbers * 256 + 256 + 2 * (256 * 256 + 256)
    assert sum(w.numpy().size for w in simmc.trainable_weights) == expected
    assert sum(weight.size for weight in simmc.get_weights()) < 500_000
