"""SimMC's training step: what it computes, and what it leaves alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import encoder as encoders
from simmc_tf import losses, masking, model

WIDTH, FRAMES, SIZE, BATCH = 8, 4, 9, 6


class Counting(model.SimMC):
    """Counts how often its training step is traced."""

    traces = 0

    def train_step(self, batch):
        """Counts, and steps as ever."""
        self.traces += 1
        return super().train_step(batch)


def build(mic_weight=0.5, learning_rate=0.01, kind=model.SimMC):
    simmc = kind(encoders.Encoder(WIDTH, seed=1), 0.08, mic_weight, seed=99)
    simmc.build((None, None, SIZE))
    simmc.compile(keras.optimizers.Adam(learning_rate, epsilon=1e-8), jit_compile=False)
    return simmc


def make_batch(size=BATCH, num_clusters=3, seed=0):
    generator = np.random.default_rng(seed)
    sequences = generator.normal(size=(size, FRAMES, SIZE)).astype(np.float32)
    labels = generator.integers(num_clusters, size=(size, 2)).astype(np.int32)
    return {
        "sequences": tf.constant(sequences),
        "keep": masking.draw(seed, 0, tf.range(size), FRAMES, (1, 2)),
        "labels": tf.constant(labels),
    }


def random_prototypes(num_clusters=3, seed=0):
    generator = np.random.default_rng(seed)
    return tuple(
        generator.normal(size=(num_clusters + a, WIDTH)).astype(np.float32)
        for a in range(2)
    )


def loss_of(simmc, batch):
    mpc, mic = simmc.loss_terms(batch)
    return float(simmc.mic_weight * mic + (1 - simmc.mic_weight) * mpc)


def weights_and_slots(simmc):
    return [v.numpy() for v in (*simmc.variables, *simmc.optimizer.variables)]


def test_loss_terms_are_mpc_summed_over_views_and_mic_with_the_predictor():
    simmc, batch, prototypes = build(), make_batch(), random_prototypes()
    simmc.set_prototypes(prototypes)
    views = simmc.encoder.views(batch["sequences"], batch["keep"])
    kernel, bias = simmc.predictor.get_weights()

    mpc, mic = simmc.loss_terms(batch)

    each = [
        losses.mpc(views[a], losses.unit(prototypes[a]), batch["labels"][:, a], 0.08)
        for a in range(2)
    ]
    predictions = tuple(view @ kernel + bias for view in views)
    assert float(mpc) == pytest.approx(float(each[0] + each[1]), rel=1e-5)
    assert float(mic) == pytest.approx(
        float(losses.mic(tuple(views), predictions)), rel=1e-5
    )


def test_the_predictor_starts_standard_normal_with_zero_bias():
    simmc = model.SimMC(encoders.Encoder(128), 0.08, 0.5, seed=3)
    simmc.build((None, None, SIZE))
    kernel, bias = simmc.predictor.get_weights()

    # 16,384 draws: the mean's deviation is 1/128, the deviation's 1/181.
    assert abs(kernel.mean()) < 4 / 128
    assert kernel.std() == pytest.approx(1, abs=4 / 181)
    assert (bias == 0).all()


def test_training_steps_lower_the_loss():
    simmc, batch = build(), make_batch()
    simmc.set_prototypes(random_prototypes())
    before = loss_of(simmc, batch)

    for _ in range(30):
        simmc.train_step(batch)

    assert loss_of(simmc, batch) < before - 0.5


@pytest.mark.parametrize("mic_weight", [0.0, 0.25, 1.0])
def test_the_loss_weighs_mic_by_lambda_and_mpc_by_the_rest(mic_weight):
    simmc, batch = build(mic_weight), make_batch()
    simmc.set_prototypes(random_prototypes())
    mpc, mic = map(float, simmc.loss_terms(batch))

    logs = simmc.train_step(batch)

    assert float(logs["loss"]) == pytest.approx(
        mic_weight * mic + (1 - mic_weight) * mpc, rel=1e-5
    )


def test_without_mic_the_predictor_stays_as_it_is():
    simmc = build(mic_weight=0.0)
    simmc.set_prototypes(random_prototypes())
    before = simmc.predictor.get_weights()

    simmc.train_step(make_batch())

    for value, was in zip(simmc.predictor.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, was)


def test_prototypes_are_no_trainable_variables():
    simmc = build()

    # Two layers and the predictor, each a kernel and a bias.
    assert len(simmc.trainable_variables) == 6


def test_logs_are_means_over_all_rows_of_the_epoch():
    simmc = build(learning_rate=1e-12)  # So that the weights stay as they are.
    simmc.set_prototypes(random_prototypes())
    small, large = make_batch(2, seed=1), make_batch(6, seed=2)

    simmc.train_step(small)
    logs = simmc.train_step(large)

    # 2 rows and 6 rows: (2 a + 6 b) / 8.
    expected = (2 * loss_of(simmc, small) + 6 * loss_of(simmc, large)) / 8
    assert float(logs["loss"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_an_empty_batch_changes_no_variable_and_no_mean(compiled):
    simmc = build()
    simmc.set_prototypes(random_prototypes())
    step = tf.function(simmc.train_step, reduce_retracing=True)
    step = step if compiled else simmc.train_step
    logs = {k: float(v) for k, v in step(make_batch()).items()}
    before = weights_and_slots(simmc)

    empty = {name: value[:0] for name, value in make_batch().items()}
    logs_after = {k: float(v) for k, v in step(empty).items()}

    assert logs_after == logs
    for value, was in zip(weights_and_slots(simmc), before, strict=True):
        np.testing.assert_array_equal(value, was)


def test_without_clusters_a_step_trains_by_mic_alone():
    simmc, batch = build(), make_batch()
    simmc.set_prototypes(tuple(np.zeros((0, WIDTH), np.float32) for _ in range(2)))
    batch["labels"] = tf.fill([BATCH, 2], -1)
    before = simmc.get_weights()

    logs = simmc.train_step(batch)

    assert float(logs["mpc"]) == 0
    assert float(logs["loss"]) == pytest.approx(0.5 * float(logs["mic"]))
    assert all(np.isfinite(value).all() for value in simmc.get_weights())
    assert not np.array_equal(simmc.get_weights()[0], before[0])


def test_the_number_of_prototypes_may_change_without_retracing():
    simmc = build(kind=Counting)
    traces = []

    class ChangePrototypes(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.set_prototypes(random_prototypes([3, 7, 4, 12][epoch]))

        def on_epoch_end(self, epoch, logs=None):
            traces.append(self.model.traces)

    batches = tf.data.Dataset.from_tensors(make_batch()).repeat(2)
    simmc.fit(
        batches, epochs=4, verbose=0, shuffle=False, callbacks=[ChangePrototypes()]
    )

    assert traces[0] >= 1
    assert traces[-1] == traces[0]


def test_the_same_seeds_train_to_the_same_weights():
    results = []
    for _ in range(2):
        simmc = build()
        simmc.set_prototypes(random_prototypes())
        for seed in range(3):
            simmc.train_step(make_batch(seed=seed))
        results.append(simmc.get_weights())

    for first, second in zip(*results, strict=True):
        np.testing.assert_array_equal(first, second)


PUBLISHED_VARIABLES = (
    "dense.kernel",
    "dense.bias",
    "dense_1.kernel",
    "dense_1.bias",
    "SimMC.Variable",  # The predictor's kernel and bias.
    "SimMC.Variable_1",
)


@pytest.fixture(params=["step_e0", "step_e8"])
def published_step(request, parity):
    """The published model before one of its steps, that step's batch, and after it."""
    prefix = f"{request.param}_"
    arrays = {
        key.removeprefix(prefix): value
        for key, value in parity.items()
        if key.startswith(prefix)
    }
    simmc = model.SimMC(encoders.Encoder(256), temperature=0.08, mic_weight=0.5)
    simmc.build((None, None, 75))
    simmc.compile(keras.optimizers.Adam(0.00035, epsilon=1e-8), jit_compile=False)
    simmc.set_prototypes((arrays["c1"], arrays["c2"]))
    simmc.optimizer.build(simmc.trainable_variables)
    for number, name in enumerate(PUBLISHED_VARIABLES):
        simmc.trainable_variables[number].assign(arrays[f"before_SimMC.{name}"])
        for slots, suffix in (
            (simmc.optimizer._momentums, "Adam"),
            (simmc.optimizer._velocities, "Adam_1"),
        ):
            slots[number].assign(arrays[f"before_SimMC.SimMC.{name}.{suffix}"])
    # TensorFlow 1 keeps beta1 to the power of the step to come.
    power = np.log(arrays["before_SimMC.SimMC.beta1_power"]) / np.log(0.9)
    simmc.optimizer.iterations.assign(round(float(power)) - 1)
    batch = {
        "sequences": tf.constant(arrays["X"].reshape(256, 6, 75)),
        "keep": tf.tile(arrays["mask"][np.newaxis], [256, 1, 1]),
        "labels": tf.constant(np.stack([arrays["l1"], arrays["l2"]], axis=1), tf.int32),
    }
    return simmc, batch, arrays


@pytest.mark.data
def test_losses_are_those_of_the_published_step(published_step):
    simmc, batch, arrays = published_step

    mpc, mic = simmc.loss_terms(batch)

    assert float(mpc) == pytest.approx(float(arrays["mpc"]), abs=2e-6)
    assert float(mic) == pytest.approx(float(arrays["mic"]), abs=2e-6)


@pytest.mark.data
@pytest.mark.parametrize("name", PUBLISHED_VARIABLES)
def test_a_step_changes_variables_as_the_published_step_does(name, published_step):
    simmc, batch, arrays = published_step
    number = PUBLISHED_VARIABLES.index(name)
    before, after = (arrays[f"{when}_SimMC.{name}"] for when in ("before", "after"))

    simmc.train_step(batch)

    # Both sides are float32; a step moves a variable by up to lr = 3.5e-4.
    moved = np.abs(after - before).max()
    np.testing.assert_allclose(
        simmc.trainable_variables[number], after, rtol=0, atol=1e-6
    )
    assert moved > 1e-5
    for slots, suffix in (
        (simmc.optimizer._momentums, "Adam"),
        (simmc.optimizer._velocities, "Adam_1"),
    ):
        expected = arrays[f"after_SimMC.SimMC.{name}.{suffix}"]
        np.testing.assert_allclose(
            slots[number], expected, rtol=0, atol=1e-5 * np.abs(expected).max()
        )
