"""Training a source model: the best weights, stopping, going on, refusing."""

import csv
import io
import json
import pickle
import re

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from datasets import body_parts, skeletons
from simmc_tf import atomic, errors
from simmc_tf import data as data_module
from simmc_tf.sources import batches, course, names, saved, settings, state, training
from tests import sources

SIZE = 3 * sources.NUM_JOINTS


@pytest.fixture
def sequences():
    shape = (11, sources.LENGTH, SIZE)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def train(folder, sequences, source="AGE", model=None, callbacks=(), **more):
    """Trains a linear model and gives the result and the lines that were said."""
    said = []
    retrain = more.pop("retrain", False)
    asked = sources.small(source, **more)
    result = training.train(
        *(model or sources.Linear(), sequences, asked, folder, {}),
        report=said.append,
        retrain=retrain,
        callbacks=callbacks,
    )
    return result, said


class Stop(keras.callbacks.Callback):
    """Ends the program after some epochs, or in the middle of one."""

    def __init__(self, epochs, batches_more=0):
        super().__init__()
        self._epochs, self._batches = epochs, batches_more
        self._epoch = 0

    def __repr__(self):
        return f"{self._epochs} epochs and {self._batches} batches"

    def on_epoch_begin(self, epoch, logs=None):
        """Takes note."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Ends it after some batches of the next epoch."""
        if self._batches == batch + 1 and self._epoch == self._epochs:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        """Ends it after the epochs."""
        if not self._batches and epoch + 1 == self._epochs:
            raise KeyboardInterrupt


class Weights(keras.callbacks.Callback):
    """Keeps the weights after every epoch."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def on_epoch_end(self, epoch, logs=None):
        """Keeps them."""
        self.kept.append(self.model.get_weights())


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_weights_of_the_lowest_loss_are_kept(tmp_path, sequences):
    weights = Weights()
    # Falls, and then rises again in great leaps.
    result, _ = train(tmp_path, sequences, callbacks=[weights], lr=0.9, epochs=6)
    losses = [row["loss"] for row in result.rows]
    best = int(np.argmin(losses))
    assert result.best_epoch == result.description["best_epoch"] == best + 1
    assert same(result.model.get_weights(), weights.kept[best])
    loaded = sources.Linear()
    with h5py.File(tmp_path / saved.WEIGHTS) as file:
        assert "optimizer" not in file
    loaded.load_weights(tmp_path / saved.WEIGHTS)
    assert same(loaded.get_weights(), weights.kept[best])


@pytest.mark.slow
@pytest.mark.parametrize("value", [0, 3e14])
@pytest.mark.parametrize("source", names.NAMES)
def test_points_that_are_all_the_same_are_trained_on(source, value, tmp_path):
    body = body_parts.of(skeletons.KINECT_V1.joints)
    asked = sources.small(source, epochs=2)
    built = settings.build(asked, len(body.joints), body)
    same = np.full((6, sources.LENGTH, 3 * len(body.joints)), value, np.float32)
    result = training.train(
        *(built, same, asked, tmp_path, {}), body=body, report=lambda *_: None
    )
    assert all(np.isfinite(weights).all() for weights in result.model.get_weights())


def test_what_is_left_is_the_model_and_its_losses(tmp_path, sequences):
    result, said = train(tmp_path, sequences)
    assert set(files(tmp_path)) == {saved.WEIGHTS, saved.DESCRIPTION, saved.LOSSES}
    with (tmp_path / saved.LOSSES).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "loss", "error", "size"]
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4]
    for row, of_result in zip(rows, result.rows, strict=True):
        terms = float(row["error"]) + float(row["size"])
        assert float(row["loss"]) == of_result["loss"] == pytest.approx(terms)
    assert rows[-1]["loss"] < rows[0]["loss"]
    told = json.loads((tmp_path / saved.DESCRIPTION).read_text(encoding="utf-8"))
    assert told["finished"] and told["epochs"] == 4
    assert told["data_sha256"] == data_module.digest(sequences)
    assert len(said) == 4
    assert said[0].startswith("epoch 1/4  loss ") and "best @1" in said[0]


@pytest.mark.parametrize("stop", [Stop(2), Stop(2, 1), Stop(1, 2)], ids=repr)
def test_a_training_that_was_stopped_comes_to_the_same(tmp_path, sequences, stop):
    untouched, _ = train(tmp_path / "untouched", sequences)
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train(folder, sequences, callbacks=[stop])
    assert (folder / state.FILE).is_file()
    assert not saved.is_there(folder)
    again, said = train(folder, sequences)
    assert "going on after epoch" in said[0] and len(said) < 5
    assert again.rows == untouched.rows
    assert same(again.model.get_weights(), untouched.model.get_weights())
    first, second = (files(tmp_path / name) for name in ("untouched", "stopped"))
    for name in (saved.DESCRIPTION, saved.LOSSES):
        assert first[name] == second[name]


def test_a_training_that_was_stopped_at_its_very_end_is_finished(tmp_path, sequences):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, sequences, callbacks=[Stop(4)])
    train(tmp_path, sequences)
    assert saved.is_there(tmp_path)


def test_the_seed_alone_tells_the_weights(tmp_path, sequences):
    first, again, other = (
        train(tmp_path / str(i), sequences, seed=seed)[0].model.get_weights()
        for i, seed in enumerate((0, 0, 1))
    )
    assert same(first, again) and not same(first, other)


def test_sequences_in_files_come_to_the_same(tmp_path, sequences):
    np.save(tmp_path / "sequences.npy", sequences)
    mapped = np.load(tmp_path / "sequences.npy", mmap_mode="r")
    first, second = (
        train(tmp_path / str(i), each)[0].model.get_weights()
        for i, each in enumerate((sequences, mapped))
    )
    assert same(first, second)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"lr": 0.02, "seed": 5}, r"--lr 0.02 \(there 0.01\), --seed 5 \(there 0\)"),
        ({"data": 1.0}, "differs in training data; --retrain"),
    ],
)
def test_a_training_of_something_else_is_not_gone_on_with(
    tmp_path, sequences, more, message
):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, sequences, callbacks=[Stop(2)])
    before = files(tmp_path)
    other = sequences + more.pop("data", 0.0)
    with pytest.raises(errors.InputError, match=message):
        train(tmp_path, other, **more)
    assert files(tmp_path) == before
    result, _ = train(tmp_path, other, retrain=True, **more)
    assert len(result.rows) == 4 and saved.is_there(tmp_path)


def changed(**more):
    """A file of arrays of which some are others."""

    def change(content):
        with np.load(io.BytesIO(content)) as found:
            arrays = dict(found)
        for name, change in more.items():
            arrays[name] = change(arrays[name])
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    return change


def told(**more):
    """What changes some of what a state tells."""

    def change(words):
        found = json.loads(words.tobytes()) | more
        return np.frombuffer(json.dumps(found).encode(), np.uint8)

    return changed(told=change)


DAMAGES = {
    "truncated": lambda content: content[:-400],
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "no file of arrays": lambda content: b"noise" * 99,
    "a pickle": lambda content: pickle.dumps({"weights": 1}),
    "objects": changed(weights_0=lambda array: np.array([{}], dtype=object)),
    "text": changed(weights_0=lambda array: np.full(array.shape, "x")),
    "no JSON": changed(told=lambda words: words[:-5]),
    "a list": changed(told=lambda words: np.frombuffer(b"[1, 2]", np.uint8)),
    "nothing told": changed(told=lambda words: np.frombuffer(b"{}", np.uint8)),
    "rows of something else": told(rows=[{"a": 1}]),
    "rows that are a number": told(rows=5),
    "made of a number": told(made_of={"settings": 5}),
}


def test_a_broken_state_is_refused(tmp_path, sequences):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, sequences, callbacks=[Stop(2)])
    path = tmp_path / state.FILE
    content = path.read_bytes()
    for name, damage in DAMAGES.items():
        path.write_bytes(damage(content))
        before = files(tmp_path)
        with pytest.raises(errors.InputError) as raised:
            train(tmp_path, sequences)
        assert re.search(r"state\.npz.*--retrain", str(raised.value)), name
        assert files(tmp_path) == before, name
    result, _ = train(tmp_path, sequences, retrain=True)
    assert len(result.rows) == 4 and not path.exists()


def test_a_learning_rate_that_is_too_large_keeps_the_best_so_far(tmp_path, sequences):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, sequences, callbacks=[Stop(2)])
    before = files(tmp_path)

    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.down.kernel.assign(self.model.down.kernel * np.inf)

    with pytest.raises(errors.InputError) as raised:
        train(tmp_path, sequences, callbacks=[Poison()])

    line = str(raised.value)
    assert re.match("Epoch 3, step 1: .* lower --lr .0.01.; --retrain", line)
    assert line.endswith("What was saved up to epoch 2 is kept.")
    assert files(tmp_path) == before


def test_a_state_of_another_versions_model_is_refused(tmp_path, sequences):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, sequences, callbacks=[Stop(2)])
    model = sources.Linear()
    model.down = keras.layers.Dense(3)
    model.down.build((None, None, SIZE))
    with pytest.raises(errors.InputError, match="another version's model"):
        train(tmp_path, sequences, model=model)


def test_training_ends_when_the_loss_falls_no_more(tmp_path, sequences):
    result, _ = train(tmp_path, sequences, lr=1e-9, epochs=50, patience=3)
    assert len(result.rows) < 20


def test_patience_counts_epochs_without_a_fall_that_is_worth_it():
    found = course.Course()
    gain = course.SMALLEST_GAIN
    for loss in (1.0, 1.0 - gain / 2, 0.9, 0.9 - gain / 3, 0.9 - gain / 2, 0.95):
        found.add({"loss": loss})
    assert (found.stale, found.best_epoch) == (3, 5)
    assert found.has_ended(sources.small(patience=3, epochs=9))
    assert not found.has_ended(sources.small(patience=4, epochs=9))


def test_a_loss_that_is_no_number_ends_in_one_line(tmp_path, sequences):
    sequences[3, 0, 0] = np.inf
    with pytest.raises(
        errors.InputError,
        match="Epoch 1, step .: .* training sequence 3, frame 0, number 0 is inf",
    ):
        train(tmp_path, sequences, batch_size=11)
    assert not tmp_path.exists() or not list(tmp_path.iterdir())


def test_two_trainings_do_not_share_a_folder(tmp_path, sequences):
    with (
        atomic.locked(tmp_path / "model"),
        pytest.raises(errors.InputError, match="Another run"),
    ):
        train(tmp_path / "model", sequences)


def test_neighbours_are_contrasted_so_that_there_must_be_two(tmp_path, sequences):
    with pytest.raises(errors.InputError, match="SGELA needs 2 .* found 1"):
        train(tmp_path, sequences[:1], source="SGELA")
    with pytest.raises(errors.InputError, match="--batch_size 1: SGELA"):
        train(tmp_path, sequences, source="SGELA", batch_size=1)


def epoch(sequences, plan, batch_size, number):
    plan.begin(number)
    found = list(batches.of_epoch(sequences, plan, batch_size).as_numpy_iterator())
    rows = np.concatenate([batch["sequences"][:, 0, 0] for batch in found])
    return rows, np.stack([batch["seed"] for batch in found])


def numbered(count):
    return np.arange(count, dtype=np.float32)[:, None, None] * np.ones((1, 2, 3))


def test_every_epoch_has_its_own_order_and_draws():
    plan = batches.Plan.create(11, seed=3, shuffled=True)
    (first, seeds), (second, others) = (
        epoch(numbered(11), plan, 4, number) for number in (0, 1)
    )
    assert len(first) == len(second) == 8  # Whole batches alone.
    assert len(set(first)) == len(set(second)) == 8
    assert not np.array_equal(first, second)
    assert seeds.dtype == np.int32
    assert len({*map(tuple, seeds), *map(tuple, others)}) == 4
    again = epoch(numbered(11), plan, 4, 0)
    assert np.array_equal(again[0], first) and np.array_equal(again[1], seeds)


def test_sequences_that_are_not_shuffled_come_in_file_order():
    plan = batches.Plan.create(11, seed=3, shuffled=False)
    for number in (0, 1):
        assert epoch(numbered(11), plan, 4, number)[0].tolist() == list(range(8))


def test_sgela_alone_is_trained_in_file_order(tmp_path, sequences):
    class Seen(sources.Linear):
        def __init__(self):
            super().__init__()
            self.first = []

        def train_step(self, batch):
            first = batch["sequences"][0, 0, 0]
            tf.py_function(lambda x: self.first.append(float(x)), [first], [])
            return super().train_step(batch)

    for source, in_order in (("SGELA", True), ("AGE", False), ("SM-SGE", False)):
        seen = Seen()
        train(tmp_path / source, sequences, source, seen, epochs=2)
        expected = sequences[[0, 4, 0, 4], 0, 0].tolist()
        assert (seen.first[:4] == expected) == in_order


def test_fewer_sequences_than_a_batch_are_one():
    plan = batches.Plan.create(3, seed=3, shuffled=True)
    rows, seeds = epoch(numbered(3), plan, 256, 0)
    assert sorted(rows) == [0, 1, 2] and len(seeds) == 1


@pytest.fixture(scope="module")
def mg_scr(tmp_path_factory):
    """A small MG-SCR that was trained, its folder and sequences."""
    folder = tmp_path_factory.mktemp("MG-SCR")
    body = body_parts.of(skeletons.KINECT_V1.joints)
    generator = np.random.default_rng(1)
    some = generator.normal(size=(5, 2, 60)).astype(np.float32)
    small = settings.Settings("MG-SCR", 2, 2, 9, 4, 0.01, units=3)
    model = settings.build(small, 20, body)
    about = {"dataset": "Tiny"}
    training.train(model, some, small, folder, about, body, lambda _: None)
    return folder, model, some, small


def test_what_was_trained_is_loaded(mg_scr):
    folder, model, some, small = mg_scr
    loaded, had, description = saved.load(folder)
    assert had == small and description["dataset"] == "Tiny"
    np.testing.assert_array_equal(loaded.represent(some), model.represent(some))


@pytest.mark.parametrize("source", names.NAMES)
def test_all_weights_of_every_model_are_kept(tmp_path, source):
    body = body_parts.of(skeletons.KINECT_V1.joints)
    few = settings.Settings(source, 2, 1, 1, 4, 0.01, units=3)
    model = settings.build(few, 20, body)
    generator = np.random.default_rng(2)
    model.set_weights([generator.normal(size=w.shape) for w in model.weights])
    made_of = saved.describe(few, 20, body, "digest")
    saved.save(tmp_path, model, {**made_of, "finished": True, "best_epoch": 1})
    assert same(saved.load(tmp_path)[0].get_weights(), model.get_weights())


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(errors.InputError, match=r"no source model.*scripts\.extract"):
        saved.load(tmp_path)


@pytest.mark.parametrize("name", [saved.WEIGHTS, saved.DESCRIPTION])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]"])
def test_a_broken_model_is_refused(mg_scr, tmp_path, name, content):
    for path in mg_scr[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.InputError, match=r"cannot be read.*--retrain"):
        saved.load(tmp_path)


def test_a_model_without_its_best_epoch_is_refused(mg_scr, tmp_path):
    for path in mg_scr[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    told = json.loads((tmp_path / saved.DESCRIPTION).read_text(encoding="utf-8"))
    for broken in (None, "late"):
        told["best_epoch"] = broken
        if broken is None:
            del told["best_epoch"]
        (tmp_path / saved.DESCRIPTION).write_text(json.dumps(told), encoding="utf-8")
        with pytest.raises(errors.InputError, match=r"cannot be read.*--retrain"):
            saved.load(tmp_path)


def test_a_model_that_is_half_trained_is_refused(mg_scr, tmp_path):
    for path in mg_scr[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / state.FILE).touch()
    with pytest.raises(errors.InputError, match="not trained to its end"):
        saved.load(tmp_path)
