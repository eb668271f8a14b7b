"""The recurrent encoder and decoder against loops in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from simmc_tf.sources import recurrent
from tests import source_models

BATCH, FRAMES, SIZE, UNITS = 3, 4, 5, 4


def built_encoder(num_frames=FRAMES, seed=0):
    encoder = recurrent.Encoder("encoder", UNITS, seed=seed, num_frames=num_frames)
    encoder.build((None, num_frames, SIZE))
    return encoder


def built_decoder(seed=0, size=SIZE):
    decoder = recurrent.Decoder(
        "decoder", UNITS, size, keras.initializers.GlorotUniform, seed
    )
    decoder.build()
    return decoder


@pytest.fixture
def encoder():
    encoder = built_encoder()
    source_models.randomise(encoder)
    return encoder


@pytest.fixture
def decoder():
    decoder = built_decoder()
    source_models.randomise(decoder, seed=1)
    return decoder


def normal(*shape, seed=2):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_the_encoder_equals_two_lstms_in_numpy(encoder):
    sequences = normal(BATCH, FRAMES, SIZE)

    states, last = encoder(sequences)

    for number, sequence in enumerate(sequences):
        expected, ends = source_models.encode(encoder.get_weights(), sequence)
        np.testing.assert_allclose(states[number], expected, rtol=1e-4, atol=1e-5)
        for found, end in zip(last, ends, strict=True):
            for part, own in zip(found, end, strict=True):
                np.testing.assert_allclose(part[number], own, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(last[1][0], states[:, -1])


def test_forget_gates_begin_with_a_bias_of_1():
    encoder = built_encoder()
    for bias in encoder.get_weights()[2::3]:
        expected = np.repeat([0, 1, 0, 0], UNITS)
        np.testing.assert_array_equal(bias, expected)


@pytest.mark.parametrize("frame", range(FRAMES))
def test_states_do_not_depend_on_later_frames(encoder, frame):
    sequences = normal(BATCH, FRAMES, SIZE)
    moved = sequences.copy()
    moved[:, frame] += 3

    before, after = encoder(sequences)[0].numpy(), encoder(moved)[0].numpy()

    np.testing.assert_array_equal(before[:, :frame], after[:, :frame])
    assert (before[:, frame:] != after[:, frame:]).any(axis=(0, 2)).all()


def test_what_is_unrolled_and_what_is_looped_over_agree(encoder):
    longest = 12
    assert [layer.unroll for layer in built_encoder(longest).lstm_layers] == [True] * 2
    looped = built_encoder(longest + 1)
    assert [layer.unroll for layer in looped.lstm_layers] == [False] * 2
    looped.set_weights(encoder.get_weights())
    sequences = normal(BATCH, FRAMES, SIZE)

    for found, expected in zip(
        tf.nest.flatten(looped(sequences)),
        tf.nest.flatten(encoder(sequences)),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def attend(decoder, inputs, encoded, states):
    """One sequence, step by step: attention of Luong et al. with input feeding."""
    *cells, keys, attending, kernel, bias = decoder.get_weights()
    cells = [cells[:3], cells[3:]]
    states = [tuple(state) for state in states]
    attended = np.zeros(UNITS)
    given, attention, contexts = [], [], []
    for value in inputs.astype(np.float64):
        row = np.concatenate([value, attended])
        for layer, weights in enumerate(cells):
            states[layer] = source_models.lstm_step(weights, row, *states[layer])
            row = states[layer][0]
        scores = [float(row @ (frame @ keys)) for frame in encoded]
        shares = source_models.softmax(scores)
        context = sum(
            share * frame for share, frame in zip(shares, encoded, strict=True)
        )
        attended = np.concatenate([row, context]) @ attending
        given.append(attended @ kernel + bias)
        attention.append(shares)
        contexts.append(context)
    return np.stack(given), np.array(attention), np.stack(contexts)


def test_the_decoder_equals_a_loop_over_its_steps(decoder):
    inputs = normal(BATCH, 3, SIZE)
    encoded = normal(BATCH, FRAMES, UNITS, seed=3)
    states = normal(2, 2, BATCH, UNITS, seed=4)

    found = decoder(inputs, encoded, [[*map(tf.constant, own)] for own in states])

    assert [part.shape for part in found] == [
        *((BATCH, 3, SIZE), (BATCH, 3, FRAMES), (BATCH, 3, UNITS))
    ]
    for number in range(BATCH):
        expected = attend(
            decoder, inputs[number], encoded[number], states[:, :, number]
        )
        for part, own in zip(found, expected, strict=True):
            np.testing.assert_allclose(part[number], own, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.sum(found[1], axis=2), 1, rtol=1e-5)


def test_a_step_sees_what_the_step_before_attended_to(decoder):
    # With all kernels of inputs and states at 0 but that of the fed attention, nothing
    # else could make two steps of the same input differ.
    weights = decoder.get_weights()
    weights[0][:SIZE] = 0
    weights[1][:] = 0
    decoder.set_weights(weights)
    zeros = [[tf.zeros([BATCH, UNITS])] * 2 for _ in range(2)]
    encoded = normal(BATCH, FRAMES, UNITS)
    given = decoder(np.zeros((BATCH, 3, SIZE), np.float32), encoded, zeros)[0].numpy()
    weights[0][SIZE:] = 0
    decoder.set_weights(weights)
    deaf = decoder(np.zeros((BATCH, 3, SIZE), np.float32), encoded, zeros)[0].numpy()

    np.testing.assert_allclose(given[:, 0], deaf[:, 0], rtol=1e-5, atol=1e-6)
    assert np.abs(given[:, 1] - deaf[:, 1]).max() > 1e-3


def test_the_decoder_leaves_the_callers_states_as_they_were(encoder, decoder):
    encoded, states = encoder(normal(BATCH, FRAMES, SIZE))
    kept = [list(own) for own in states]
    values = [[part.numpy() for part in own] for own in states]

    inputs = normal(BATCH, FRAMES, SIZE)
    # Not by Keras's __call__, which copies lists.
    first = decoder.call(inputs, encoded, states)
    again = decoder.call(inputs, encoded, states)

    for own, before, numbers in zip(states, kept, values, strict=True):
        for part, same, number in zip(own, before, numbers, strict=True):
            assert part is same
            np.testing.assert_array_equal(part, number)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_permuting_sequences_permutes_what_is_decoded(encoder, decoder):
    order = np.random.default_rng(0).permutation(BATCH)
    sequences, inputs = normal(BATCH, FRAMES, SIZE), normal(BATCH, 2, SIZE, seed=5)

    whole = decoder(inputs, *encoder(sequences))
    permuted = decoder(inputs[order], *encoder(sequences[order]))

    for one, other in zip(whole, permuted, strict=True):
        np.testing.assert_allclose(other, one.numpy()[order], rtol=1e-5, atol=1e-6)


def test_no_two_kernels_begin_alike():
    decoder = built_decoder(size=UNITS)
    encoder = built_encoder()
    assert built_decoder().count_params() == (
        # Gates of [input, attended, state] and a bias, then of two states.
        4 * UNITS * (SIZE + 2 * UNITS + 1)
        + 4 * UNITS * (2 * UNITS + 1)
        + UNITS * UNITS  # Keys.
        + 2 * UNITS * UNITS  # What comes of state and context.
        + (UNITS + 1) * SIZE
    )
    for layer in (encoder, decoder):
        kernels = [w for w in layer.get_weights() if w.ndim == 2]
        firsts = {round(float(kernel[0, 0]), 6) for kernel in kernels}
        assert len(firsts) == len(kernels)


@pytest.mark.parametrize("build", [built_encoder, built_decoder])
def test_the_same_seed_gives_the_same_weights_and_another_does_not(build):
    for first, again, other in zip(
        *(build(seed=seed).get_weights() for seed in (1, 1, 101)), strict=True
    ):
        np.testing.assert_array_equal(first, again)
        assert first.ndim == 1 or not np.array_equal(first, other)
