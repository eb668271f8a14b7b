"""NaN and infinite numbers in training: named by epoch, step and cause, never kept."""

import dataclasses
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import bad_numbers, callbacks, checkpoints, errors
from tests import test_model as steps
from tests.test_experiment import STRICT, train


@pytest.mark.parametrize(
    ("mpc", "mic", "weight", "expected"),
    [
        ((1, 2, 3), (1, 2, 3), (1, 2, 3), None),
        ((1, np.nan, 3), (1, 2, 3), (1, np.nan, np.nan), (2, ("mpc",))),
        ((1, 2, np.nan), (np.inf, 2, 3), (1, 2, 3), (1, ("mic",))),
        ((1, -np.inf, 3), (1, np.nan, 3), (1, 2, np.nan), (2, ("mpc", "mic"))),
        ((1, 2, np.nan), (1, 2, 3), (1, -np.inf, 3), (2, ())),
    ],
)
def test_the_first_bad_step_and_its_terms_are_kept(mpc, mic, weight, expected):
    watch = bad_numbers.Watch(("mpc", "mic"))
    weights = [tf.Variable([0.5]), tf.Variable([[1.0, 2.0], [3.0, 4.0]])]
    note = tf.function(lambda a, b: watch.note({"mpc": a, "mic": b}, weights))
    note(tf.constant(np.nan), tf.constant(0.0))  # Of an epoch before.
    watch.begin()
    for one, other, number in zip(mpc, mic, weight, strict=True):
        weights[1][1, 0].assign(number)
        note(tf.constant(one, tf.float32), tf.constant(other, tf.float32))

    assert watch.fault() == (expected and bad_numbers.Fault(*expected))


def with_nan(batches, at):
    """Batches of which one, counted from 1, has a NaN."""
    for number, batch in enumerate(batches, 1):
        if number == at:
            batch = {**batch, "sequences": batch["sequences"] * np.nan}
        yield batch


@pytest.mark.parametrize("at", [6])
def test_the_step_is_exact_also_where_keras_runs_many_at_once(at):
    simmc = steps.build()
    simmc.compile(keras.optimizers.Adam(), jit_compile=False, steps_per_execution=4)
    simmc.set_prototypes(steps.random_prototypes())
    batches = [steps.make_batch(seed=seed) for seed in range(7)]
    data = tf.data.Dataset.from_generator(  # 7 is no multiple of 4.
        lambda: with_nan(batches, at),
        output_signature={
            name: tf.TensorSpec([None, *value.shape[1:]], value.dtype)
            for name, value in batches[0].items()
        },
    )
    simmc.watch.begin()
    counted = data.apply(tf.data.experimental.assert_cardinality(7))
    simmc.fit(counted, verbose=0, shuffle=False)

    assert simmc.watch.fault().step == at


def refused(data, folder, **changes):
    """The one line in which a run ends."""
    with pytest.raises(errors.InputError) as raised:
        train(data, folder, STRICT, **changes)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_learning_rate_that_is_too_large_is_named_and_nothing_kept(walks, tmp_path):
    line = refused(walks, tmp_path, lr=1e30)

    assert re.match("Epoch 1, step 2: .*, first in mpc and mic: .* --lr .1e.30.", line)
    assert line.endswith("Nothing was saved.")
    assert not list(tmp_path.glob("*.h5"))


def test_a_temperature_that_is_too_low_is_named(walks, tmp_path):
    line = refused(walks, tmp_path, t=1e-42)

    assert re.match("Epoch 1, step 1: .*, first in mpc: .*raise --t", line)


def test_a_run_that_goes_bad_keeps_what_it_had(walks, tmp_path, monkeypatch):
    train(walks, tmp_path / "good", STRICT, epochs=1)
    begin = callbacks.Rows.on_epoch_begin

    def poisoned(self, epoch, logs=None):
        begin(self, epoch, logs)
        if epoch == 1:
            self.model.encoder.linear.bias.assign(np.full(STRICT.H, np.nan))

    monkeypatch.setattr(callbacks.Rows, "on_epoch_begin", poisoned)
    line = refused(walks, tmp_path / "bad")

    assert re.match("Epoch 2, step 1: .*saved up to epoch 1 is kept", line)
    for name in ("metrics.csv", checkpoints.WEIGHTS):
        kept = (tmp_path / "bad" / name).read_bytes()
        assert kept == (tmp_path / "good" / name).read_bytes()


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e30])
def test_data_that_cannot_be_computed_with_are_refused_by_their_place(
    number, walks, tmp_path
):
    sequences = walks.train.sequences.copy()
    sequences[7, 2, 5] = number
    train_split = dataclasses.replace(walks.train, sequences=sequences)
    line = refused(dataclasses.replace(walks, train=train_split), tmp_path)

    where = f"training sequence 7, frame 2, number 5 is {number}"
    if number == 1e30:
        where = "After epoch 0 .* training sequences reach 1e.30"
    assert re.search(where, line)
    assert not list(tmp_path.glob("*.h5"))
