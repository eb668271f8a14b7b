"""AGE, SGELA, MG-SCR and SM-SGE: what they represent, and what they learn by."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from datasets import body_parts, loading, skeletons
from simmc_tf import errors
from simmc_tf.sources import (
    age,
    mg_scr,
    names,
    settings,
    sgela,
    sizes,
    sm_sge,
    subsequences,
)
from tests import source_models

BODY = source_models.BODY
NUM_JOINTS = source_models.NUM_JOINTS
BATCH, FRAMES, UNITS = 3, 3, 4
SEED = (5, 6)
EVERY_MODEL = pytest.mark.parametrize("name", names.NAMES)


def build(name, seed=0, num_frames=FRAMES, **options):
    """A model of the small body, with small weights: standard normal ones saturate."""
    chosen = settings.Settings(
        name, num_frames, 1, 1, BATCH, 1e-3, units=UNITS, seed=seed, **options
    )
    return settings.build(chosen, NUM_JOINTS, BODY)


def build_random(name, **options):
    model = build(name, **options)
    source_models.randomise(model)
    return model


def loss_terms(model, sequences, seed=SEED):
    terms = model.loss_terms(tf.constant(sequences), tf.constant(seed))
    return {name: float(term) for name, term in terms.items()}


# --- All of them -------------------------------------------------------------------


@EVERY_MODEL
def test_every_skeleton_is_represented(name):
    model, sequences = build(name), source_models.make_sequences(BATCH, FRAMES)

    found = model(sequences)

    widths = {
        "AGE": 3 * UNITS,
        "SGELA": 3 * UNITS,
        "MG-SCR": UNITS,
        "SM-SGE": 4 * UNITS,
    }
    assert model.width == widths[name]
    assert found.shape == (BATCH, FRAMES, model.width)
    assert np.isfinite(found).all()


@EVERY_MODEL
def test_permuting_sequences_permutes_representations(name):
    model, sequences = build(name), source_models.make_sequences(BATCH, FRAMES)
    order = [2, 0, 1]
    np.testing.assert_allclose(
        model.represent(sequences[order]),
        model.represent(sequences).numpy()[order],
        rtol=1e-4,
        atol=1e-5,
    )


@EVERY_MODEL
def test_the_same_seed_gives_the_same_weights_and_another_does_not(name):
    for first, again, other in zip(
        *(build(name, seed=seed).get_weights() for seed in (1, 1, 2)), strict=True
    ):
        np.testing.assert_array_equal(first, again)
        assert first.ndim == 1 or not first.any() or not np.array_equal(first, other)


@EVERY_MODEL
def test_no_two_kernels_of_a_model_begin_alike(name):
    kernels = [w for w in build(name).get_weights() if w.ndim > 1 and w.any()]
    firsts = [tuple(kernel.ravel()[:4].tolist()) for kernel in kernels]
    assert len(set(firsts)) == len(firsts)


def trained_step(name, seed):
    model = build(name, seed=seed, num_frames=2)
    model.compile(keras.optimizers.Adam(1e-3), run_eagerly=True)
    sequences = tf.constant(source_models.make_sequences(BATCH, 2))
    logs = model.train_step({"sequences": sequences, "seed": tf.constant(SEED)})
    return model, {name: float(value) for name, value in logs.items()}


@EVERY_MODEL
def test_a_step_of_training_is_reproducible_bit_for_bit(name):
    start = build(name, num_frames=2).get_weights()
    (first, told), (again, told_again), (other, _) = (
        trained_step(name, seed) for seed in (0, 0, 1)
    )
    assert told == told_again
    moved = 0
    for before, one, two, three in zip(
        start,
        *(model.get_weights() for model in (first, again, other)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)
        moved += not np.array_equal(before, one)
        assert one.ndim == 1 or before.size < 2 or not np.array_equal(one, three)
    # Adam moves each weight that has any gradient.
    assert moved >= 0.9 * len(start)


@pytest.mark.parametrize("name", names.OF_GRAPHS)
def test_other_draws_make_another_loss(name):
    model, sequences = build(name), source_models.make_sequences(BATCH, FRAMES)
    first, again, other = (loss_terms(model, sequences, (0, i)) for i in (1, 1, 2))
    assert first == again != other


@EVERY_MODEL
def test_the_loss_is_the_sum_of_its_terms_and_the_means_weigh_batches(name):
    model = build(name)
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    sequences = source_models.make_sequences(5, FRAMES)
    parts = (sequences[:3], sequences[3:])
    for part in parts:
        batch = {"sequences": tf.constant(part), "seed": tf.constant(SEED)}
        logs = model.train_step(batch)
    terms = [loss_terms(model, part) for part in parts]
    for term in model.terms:
        expected = (3 * terms[0][term] + 2 * terms[1][term]) / 5
        assert float(logs[term]) == pytest.approx(expected, rel=1e-5)
    total = sum(float(logs[term]) for term in model.terms)
    assert [*logs] == ["loss", *model.terms]
    assert float(logs["loss"]) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "lr"),
    [("AGE", 5e-3), ("SGELA", 5e-3), ("MG-SCR", 2e-2), ("SM-SGE", 5e-3)],
)
def test_the_loss_falls_on_walkers(name, lr):
    walkers = loading.generate(2, 2, seed=0).data.train.sequences[::40]
    chosen = settings.Settings(name, 2, 1, 1, 1, lr, units=8)
    body = body_parts.of(skeletons.KINECT_V1.joints)
    model = settings.build(chosen, 20, body)
    model.compile(keras.optimizers.Adam(lr), run_eagerly=True)

    def loss():
        return sum(loss_terms(model, walkers).values())

    before = loss()
    for number in range(10):
        seed = tf.constant((7, number))  # Not that by which it is judged.
        model.train_step({"sequences": tf.constant(walkers), "seed": seed})
    assert loss() < 0.8 * before


PARAMETERS = {
    ("AGE", "kinect_v2", 256): 6_280_011,
    ("SGELA", "kinect_v1", 256): 7_623_228,
    ("MG-SCR", "kinect_v2", 128): 328_603,
    ("SM-SGE", "kinect_v1", 256): 4_521_155,
    ("SM-SGE", "kinect_v2", 256): 4_659_455,
}


def count_lstm(inputs, units):
    """Two layers, four gates each, of an input, a state and a bias."""
    return 4 * units * (inputs + units + 1) + 4 * units * (2 * units + 1)


def count_head(units, size):
    return (units + 1) * units + (units + 1) * size


def counted(name, joints, units, length=6):
    """Parameters, added up from the papers' layers."""
    relations = (3 * 8 + 8) + 8 * (8 * 8 + 2 * 9 + 8)
    if name in ("AGE", "SGELA"):
        decoder = count_lstm(joints + units, units) + (units + 1) * joints
        attention = units * units + 2 * units * units
        axis = count_lstm(joints, units) + decoder + attention
        contrast = (length * units + 1) * units + (units + 1) * units
        return 3 * (axis + (contrast if name == "SGELA" else 0))
    if name == "MG-SCR":
        head = count_head(units, 3 * joints)
        return 3 * relations + 2 * 64 + count_lstm(8 * joints, units) + head
    nodes = (2 * joints - 1, joints, 10, 5)
    total = 4 * relations + 10 * 64
    for number, own in enumerate(nodes):
        total += count_lstm(8 * own, units)
        total += sum(count_head(units, 3 * other) for other in nodes[number:])
    return total


@pytest.mark.parametrize(("name", "skeleton", "units"), PARAMETERS)
def test_parameters_are_those_of_the_papers_layers(name, skeleton, units):
    joints = skeletons.SKELETONS[skeleton].joints
    body = body_parts.of(joints)
    chosen = settings.Settings(name, 6, 1, 1, 1, 1e-3, units=units)

    found = sizes.trainable(settings.build(chosen, len(joints), body))

    assert found == PARAMETERS[name, skeleton, units]
    assert found == counted(name, len(joints), units)


# --- AGE ---------------------------------------------------------------------------


@pytest.mark.parametrize("num_frames", [1, 2, 5, 6])
def test_locality_weights_are_those_of_the_published_loops(num_frames):
    expected = np.ones((num_frames, num_frames))
    for step in range(num_frames):
        centre = num_frames - 1 - step
        for off in range(1, num_frames + 1):
            weight = math.exp(-(off**2) / (2 * (num_frames / 2) ** 2))
            for frame in (centre - off, centre + off):
                if 0 <= frame < num_frames:
                    expected[step, frame] = weight
    np.testing.assert_allclose(age.locality(num_frames), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["AGE", "SGELA"])
def test_losses_of_age_are_those_of_its_reconstructions(name):
    model, sequences = build_random(name), source_models.make_sequences(BATCH, FRAMES)
    found = model.reconstruct(tf.constant(sequences))
    error = drift = 0.0
    joints = sequences.reshape(BATCH, FRAMES, NUM_JOINTS, 3)
    for axis, one in enumerate(found):
        for b, step in itertools.product(range(BATCH), range(FRAMES)):
            target = joints[b, FRAMES - 1 - step, :, axis]
            np.testing.assert_array_equal(one.target[b, step], target)
            error += float(np.sum((one.given[b, step].numpy() - target) ** 2)) / 2
            for frame in range(FRAMES):
                off = frame - (FRAMES - 1 - step)
                near = math.exp(-(off**2) / (2 * (FRAMES / 2) ** 2))
                drift += float(one.attention[b, step, frame] * (1 - near)) ** 2 / 2
    weights = sum(float(np.sum(w**2)) for w in model.get_weights() if w.ndim > 1)

    terms = loss_terms(model, sequences)

    assert terms["reconstruction"] == pytest.approx(error, rel=1e-4)
    assert terms["locality"] == pytest.approx(drift, rel=1e-4)
    assert terms["l2"] == pytest.approx(0.02 * weights / 2, rel=1e-4)
    assert drift > 0.01


def test_frames_are_represented_by_the_contexts_of_the_steps_that_give_them():
    model, sequences = build_random("AGE"), source_models.make_sequences(BATCH, FRAMES)
    found = model.represent(sequences).numpy()
    for axis, one in enumerate(model.reconstruct(tf.constant(sequences))):
        own = found[:, :, axis * UNITS : (axis + 1) * UNITS]
        for frame in range(FRAMES):
            np.testing.assert_array_equal(
                own[:, frame], one.contexts[:, FRAMES - 1 - frame]
            )


def test_contexts_are_encoded_frames_by_their_attention():
    model, sequences = build_random("AGE"), source_models.make_sequences(BATCH, FRAMES)
    joints = sequences.reshape(BATCH, FRAMES, NUM_JOINTS, 3)
    for number, (axis, one) in enumerate(
        zip(model.axes, model.reconstruct(tf.constant(sequences)), strict=True)
    ):
        for b in range(BATCH):
            weights = axis.encoder.get_weights()
            encoded, _ = source_models.encode(weights, joints[b, :, :, number])
            np.testing.assert_allclose(
                one.contexts[b], one.attention[b] @ encoded, rtol=1e-4, atol=1e-5
            )


def test_axes_do_not_see_each_other():
    model, sequences = build_random("AGE"), source_models.make_sequences(BATCH, FRAMES)
    moved = sequences.copy()
    moved[..., 1::3] += 1  # All y.
    before, after = model.represent(sequences).numpy(), model.represent(moved).numpy()
    same = (before == after).all(axis=(0, 1))
    assert same[:UNITS].all() and same[2 * UNITS :].all()
    assert not same[UNITS : 2 * UNITS].any()


@pytest.mark.parametrize("forcing", [True, False])
def test_the_decoder_sees_the_frames_before_only_if_it_is_forced(forcing):
    model = build_random("AGE", teacher_forcing=forcing)
    sequences = source_models.make_sequences(BATCH, FRAMES)
    axis = model.axes[0]
    values = tf.constant(sequences[..., ::3])
    before = axis(values)
    weights = axis.decoder.cells[0].get_weights()
    weights[0][:NUM_JOINTS] += 1  # What makes a state of the decoder's inputs.
    axis.decoder.cells[0].set_weights(weights)
    after = axis(values)

    same = (before.given.numpy() == after.given.numpy()).all(axis=(0, 2))
    # The first step has nothing to see but zeros.
    assert same.tolist() == [True, *[not forcing] * (FRAMES - 1)]


def test_a_forced_step_gives_the_same_whatever_it_is_to_give_next():
    model = build_random("AGE")
    axis = model.axes[0]
    encoder_input = tf.constant(source_models.make_sequences(BATCH, FRAMES)[..., ::3])
    encoded, states = axis.encoder(encoder_input)
    target = tf.reverse(encoder_input, [1])
    given = axis(encoder_input).given
    # Step i is fed frame f - i, given by the step before: written out once more.
    fed = [tf.zeros_like(target[:, 0]), *tf.unstack(target, axis=1)[:-1]]
    expected, _, _ = axis.decoder(tf.stack(fed, axis=1), encoded, states)
    np.testing.assert_array_equal(given, expected)


# --- SGELA -------------------------------------------------------------------------


def naive_contrast(degrees, temperature):
    """Published: z1 = v[1:], z2 = v[:-1], two terms a pair."""
    both = [*degrees[1:], *degrees[:-1]]
    pairs = len(degrees) - 1
    similar = [
        [math.exp(math.cos(math.radians(a - b)) / temperature) for b in both]
        for a in both
    ]
    total = 0.0
    for i in range(pairs):
        for one, other in ((i, i + pairs), (i + pairs, i)):
            rest = sum(similar[one]) - similar[one][one]
            total -= math.log(similar[one][other] / rest)
    return total / (2 * pairs)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
@pytest.mark.parametrize("degrees", [[0, 30, 95, 170, 260], [10, 50]])
def test_the_contrast_equals_the_published_loops(degrees, temperature):
    angles = np.radians(degrees)
    radii = np.arange(1, len(degrees) + 1)[:, None]
    rows = radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)

    found = sgela.contrast(tf.constant(rows, tf.float32), temperature)

    expected = naive_contrast(degrees, temperature)
    assert float(found) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_the_contrast_of_three_points_worked_out_by_hand():
    # Rows a, b, c at 0, 90 and 180 degrees, t = 1; views b, c and a, b. Cosines of b
    # to a, c and its own copy are 0, 0, 1; of a to c, b, b, and of c to a, b, b, they
    # are -1, 0, 0.
    e = math.e
    of_b = -math.log(1 / (2 + e))
    of_ends = -math.log(1 / (2 + 1 / e))
    rows = tf.constant([[2.0, 0.0], [0.0, 1.0], [-5.0, 0.0]])
    expected = (2 * of_b + 2 * of_ends) / 4
    assert float(sgela.contrast(rows, 1.0)) == pytest.approx(expected, rel=1e-6)


def test_the_contrast_of_a_batch_sums_axes_and_adds_to_what_age_learns_by():
    model, sequences = build_random("SGELA"), source_models.make_sequences(4, FRAMES)
    expected = 0.0
    for head, one in zip(
        model.heads, model.reconstruct(tf.constant(sequences)), strict=True
    ):
        rows = [
            source_models.predict(head, np.concatenate([*contexts]))
            for contexts in one.contexts.numpy()
        ]
        first, *others = rows
        both = [*others, first, *others[:-1]]
        unit = [row / np.linalg.norm(row) for row in both]
        for i in range(6):
            scores = [float(unit[i] @ unit[j]) / 0.1 for j in range(6) if j != i]
            pair = float(unit[i] @ unit[(i + 3) % 6]) / 0.1
            expected += (math.log(sum(math.exp(s) for s in scores)) - pair) / 6

    assert loss_terms(model, sequences)["contrast"] == pytest.approx(expected, rel=1e-3)
    assert model.terms == ("reconstruction", "locality", "l2", "contrast")


def test_the_contrast_hangs_on_the_order_of_the_file():
    model, sequences = build_random("SGELA"), source_models.make_sequences(4, FRAMES)
    before, after = (
        loss_terms(model, part) for part in (sequences, sequences[[2, 0, 3, 1]])
    )
    assert before["contrast"] != pytest.approx(after["contrast"], rel=1e-3)
    assert before["reconstruction"] == pytest.approx(after["reconstruction"], rel=1e-4)


# --- MG-SCR ------------------------------------------------------------------------


def test_one_frame_has_no_next_one():
    with pytest.raises(errors.InputError, match="--length 1: MG-SCR predicts the next"):
        mg_scr.MGSCR(BODY, 1)
    assert build("MG-SCR", num_frames=2)


def test_parts_and_limbs_tell_their_joints_at_three_tenths():
    model, sequences = build_random("MG-SCR"), source_models.make_sequences(2, 1)
    joints, parts, limbs = (
        layer(sequences.reshape(2, NUM_JOINTS, 3)).numpy() for layer in model.structural
    )
    expected = np.empty((2, NUM_JOINTS, 8))
    for b, joint in itertools.product(range(2), range(NUM_JOINTS)):
        part = BODY.parts[joint]
        told = 0
        for own, others, relation in (
            (parts[b, part], joints[b], model.to_parts),
            (limbs[b, part // 2], parts[b], model.to_limbs),
        ):
            shares = source_models.softmax([float(own @ other) for other in others])
            taken = sum(s * o for s, o in zip(shares, others, strict=True))
            told = told + own + taken @ relation.kernel.numpy()
        expected[b, joint] = joints[b, joint] + 0.3 * told
    np.testing.assert_allclose(
        model.frames(tf.constant(sequences))[:, 0],
        expected.reshape(2, -1),
        rtol=1e-4,
        atol=1e-5,
    )


def test_mg_scr_learns_to_give_the_next_frame():
    model, sequences = build_random("MG-SCR"), source_models.make_sequences(BATCH, 4)
    frames = model.frames(tf.constant(sequences)).numpy()
    chosen = subsequences.draw(tf.constant(SEED), BATCH, 3).numpy()
    lengths = []
    for count in (1, 2, 3):
        error = 0.0
        for b in range(BATCH):
            picked = chosen[b, count - 1, :count]
            states = model.encoder(frames[b, picked][None])[0].numpy()[0]
            for state, frame in zip(states, picked, strict=True):
                given = source_models.predict(model.head, state)
                error += float(np.sum((given - sequences[b, frame + 1]) ** 2)) / 2
        lengths.append(error)

    found = loss_terms(model, sequences)["prediction"]

    assert found == pytest.approx(sum(lengths) / 3, rel=1e-4)


def test_the_last_frame_is_predicted_and_never_encoded_in_training():
    model = build_random("MG-SCR")
    sequences = tf.Variable(source_models.make_sequences(BATCH, FRAMES))
    with tf.GradientTape() as tape:
        frames = model.frames(sequences)
        tape.watch(frames)
        chosen = subsequences.draw(tf.constant(SEED), BATCH, FRAMES - 1)
        states = subsequences.encode(model.encoder, frames, chosen)
        total = tf.reduce_sum(tf.square(states))
    gradient = tf.convert_to_tensor(tape.gradient(total, frames)).numpy()
    assert (gradient[:, -1] == 0).all() and np.abs(gradient[:, :-1]).max() > 0


@pytest.mark.parametrize("name", names.OF_GRAPHS)
def test_a_state_sees_no_later_frame(name):
    model, sequences = build(name), source_models.make_sequences(BATCH, FRAMES)
    before = model.represent(sequences).numpy()
    for frame in range(FRAMES):
        moved = sequences.copy()
        moved[:, frame] += 1
        after = model.represent(moved).numpy()
        np.testing.assert_array_equal(before[:, :frame], after[:, :frame])
        assert (before[:, frame] != after[:, frame]).any()


@pytest.mark.parametrize("name", names.OF_GRAPHS)
def test_represented_frames_are_states_of_the_whole_sequence_so_far(name):
    model, sequences = build_random(name), source_models.make_sequences(BATCH, FRAMES)
    frames = model.frames(tf.constant(sequences))
    parts, encoders = (
        ([frames], [model.encoder])
        if name == "MG-SCR"
        else (
            frames,
            model.encoders,
        )
    )
    expected = [
        np.concatenate(
            [
                source_models.encode(encoder.get_weights(), part[b])[0]
                for part, encoder in zip(parts, encoders, strict=True)
            ],
            axis=-1,
        )
        for b in range(BATCH)
    ]
    np.testing.assert_allclose(
        model.represent(sequences), expected, rtol=1e-4, atol=1e-5
    )


# --- SM-SGE ------------------------------------------------------------------------

SCALES = (
    *(BODY.hyper_joint_scale, BODY.joint_scale),
    *(BODY.part_scale, BODY.limb_scale),
)


def test_a_scale_takes_over_what_itself_and_coarser_ones_know():
    model, sequences = build_random("SM-SGE"), source_models.make_sequences(1, 1)
    joints = sequences.reshape(1, NUM_JOINTS, 3)
    nodes = [layer(joints).numpy()[0] for layer in model.structural]
    for scale, found in enumerate(model.frames(tf.constant(sequences))):
        expected = []
        for own in nodes[scale]:
            told = own.astype(np.float64)
            for others, relation in zip(
                nodes[scale:], model.collaborative[scale], strict=True
            ):
                shares = source_models.softmax([float(own @ each) for each in others])
                taken = sum(s * o for s, o in zip(shares, others, strict=True))
                told = told + taken @ relation.kernel.numpy()
            expected.append(told)
        np.testing.assert_allclose(
            found[0, 0], np.concatenate(expected), rtol=1e-4, atol=1e-4
        )
    assert [len(relations) for relations in model.collaborative] == [4, 3, 2, 1]


def test_sm_sge_learns_to_give_frames_at_its_own_and_coarser_scales():
    model, sequences = build_random("SM-SGE"), source_models.make_sequences(2, FRAMES)
    joints = sequences.reshape(2, FRAMES, NUM_JOINTS, 3)
    all_frames = [part.numpy() for part in model.frames(tf.constant(sequences))]
    chosen = subsequences.draw(tf.constant(SEED), 2, FRAMES).numpy()
    found = loss_terms(model, sequences)
    assert [*found] == ["hyper_joint", "joint", "part", "limb"]
    for scale, name in enumerate(model.terms):
        expected = 0.0
        for count in range(1, FRAMES + 1):
            for coarser, head in zip(SCALES[scale:], model.heads[scale], strict=True):
                wrong = []
                for b in range(2):
                    picked = chosen[b, count - 1, :count]
                    frames = all_frames[scale][b, picked]
                    states = model.encoders[scale](frames[None])[0].numpy()[0]
                    for state, frame in zip(states, picked, strict=True):
                        given = source_models.predict(head, state)
                        target = coarser.pool @ joints[b, frame]
                        wrong += np.abs(given - target.ravel()).tolist()
                expected += math.fsum(wrong) / len(wrong)  # absolute_difference
        assert found[name] == pytest.approx(expected / FRAMES, rel=1e-4)


@pytest.mark.parametrize("scale", range(4))
def test_a_scale_moves_its_own_encoder_and_no_finer_graphs(scale):
    model = build_random("SM-SGE")
    sequences = tf.constant(source_models.make_sequences(2, 2))
    with tf.GradientTape() as tape:
        term = model.loss_terms(sequences, tf.constant(SEED))[model.terms[scale]]
    weights = model.trainable_variables
    moved = {
        id(weight)
        for weight, gradient in zip(weights, tape.gradient(term, weights), strict=True)
        if gradient is not None and tf.reduce_any(gradient != 0)
    }

    def any_of(layers):
        own = {id(weight) for layer in layers for weight in layer.trainable_variables}
        return bool(own & moved)

    for other in range(4):
        same = other == scale
        assert any_of([model.encoders[other]]) == same
        assert any_of(sum(model.heads[other], [])) == same
        assert any_of(model.collaborative[other]) == same
        assert any_of([model.structural[other]]) == (other >= scale)


def test_a_coarse_scale_does_not_see_finer_ones():
    model, sequences = build_random("SM-SGE"), source_models.make_sequences(2, 2)
    before = [part.numpy() for part in model.frames(tf.constant(sequences))]
    for scale in range(4):
        changed = build_random("SM-SGE")
        source_models.randomise(changed.structural[scale], seed=9)
        after = [part.numpy() for part in changed.frames(tf.constant(sequences))]
        same = [
            np.array_equal(one, other) for one, other in zip(before, after, strict=True)
        ]
        assert same == [own > scale for own in range(4)]


def test_terms_are_named_as_python_has_it_and_follow_the_scales():
    model = sm_sge.SMSGE(BODY, 2, UNITS)
    assert model.terms == tuple(scale.name.replace("-", "_") for scale in SCALES)
