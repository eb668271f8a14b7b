"""MG-SCR's supervised stage: what it learns from, and that its pretext does not."""

import csv
import json
import math
import shutil

import numpy as np
import pytest
import tensorflow as tf

from datasets import body_parts, loading, skeletons
from simmc_tf import errors
from simmc_tf.sources import (
    batches,
    names,
    obtaining,
    persons,
    recognition,
    saved,
    settings,
    state,
    training,
)
from tests import source_models
from tests.test_source_training import Stop, files, same

BODY = body_parts.of(skeletons.KINECT_V1.joints)
LENGTH = 3
PEOPLE = np.array([7, 3, 7, -1, 9, 3, 9, 7, 3, 9, 7])


def small(**more):
    few = {"epochs": 4, "patience": 9, "batch_size": 4, "lr": 0.01, "units": 3}
    return settings.Supervised("MG-SCR", LENGTH, **(few | more))


def pretext(**more):
    return settings.build(small(**more), 20, BODY)


def make_sequences():
    return source_models.make_sequences(len(PEOPLE), LENGTH, 20)


@pytest.fixture
def sequences():
    return make_sequences()


def train(folder, sequences, people=PEOPLE, callbacks=(), start=None, **more):
    """Trains the supervised stage of an untrained MG-SCR; result and lines."""
    said = []
    supervision = recognition.Supervision.of(
        start or pretext(), persons.Labels.of(people)
    )
    asked = small(**more)
    result = training.train(
        *(supervision.model(asked.seed), sequences, asked, folder, {}, BODY),
        report=said.append,
        callbacks=callbacks,
        supervision=supervision,
    )
    return result, said


def test_persons_are_classes_in_their_order():
    labels = persons.Labels.of(PEOPLE)
    assert labels.persons == (3, 7, 9)
    assert labels.rows.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert labels.classes.tolist() == [1, 0, 1, 2, 0, 2, 1, 0, 2, 1]
    assert [labels.persons[c] for c in labels.classes] == list(PEOPLE[labels.rows])


def test_labels_differ_where_anybody_does():
    found = {
        persons.Labels.of(np.array(people)).digest
        for people in ([0, 1, 1], [1, 0, 0], [0, 1, 2], [5, 6, 6], [0, 1, -1])
    }
    assert len(found) == 5
    again = persons.Labels.of(np.array([0, 1, 1], np.int32))
    assert again.digest == persons.Labels.of(np.array([0, 1, 1])).digest


@pytest.mark.parametrize(
    ("people", "found"), [([4, -1, 4], "person 4 alone"), ([-1, -1], "unknown persons")]
)
def test_there_must_be_two_persons_to_tell_apart(people, found):
    with pytest.raises(errors.InputError, match=f"--supervised .*2 or more.*{found}"):
        persons.Labels.of(np.array(people))


def test_batches_tell_whose_sequences_they_are(sequences):
    labels = persons.Labels.of(PEOPLE)
    plan = batches.Plan.create(len(labels.rows), seed=1, shuffled=True)
    plan.begin(2)
    person_of = {sequences[i].tobytes(): person for i, person in enumerate(PEOPLE)}
    seen = 0
    for batch in batches.of_epoch(sequences, plan, 5, labels).as_numpy_iterator():
        for own, of_class in zip(batch["sequences"], batch["classes"], strict=True):
            assert person_of[own.tobytes()] == labels.persons[of_class]
            seen += 1
    assert seen == 10  # All but the unknown person's.


def test_a_pretexts_batches_have_no_labels(sequences):
    plan = batches.Plan.create(len(sequences), seed=1, shuffled=True)
    dataset = batches.of_epoch(sequences, plan, 5)
    assert set(dataset.element_spec) == {"sequences", "seed"}


def test_the_loss_is_that_of_mean_scores_after_every_prefix(sequences):
    model = recognition.Recognition(pretext(), 3)
    source_models.randomise(model)
    classes = [2, 0, 1, 1]

    total = 0.0
    for sequence, of_class in zip(sequences, classes, strict=False):
        scores = np.zeros(3)
        for count in range(1, LENGTH + 1):
            states = model.source.represent(sequence[None, :count]).numpy()[0]
            scores += source_models.predict(model.recognise, states[-1])
        total -= math.log(source_models.softmax((scores / LENGTH).tolist())[of_class])

    batch = {"sequences": sequences[:4], "classes": tf.constant(classes)}
    found = model.batch_terms(batch)
    assert set(found) == set(model.terms)
    assert float(found["recognition"]) == pytest.approx(total / 4, rel=1e-5)
    of_head = {id(w) for layer in model.source.head for w in layer.weights}
    assert len(of_head) == 4
    trained = [w.numpy() for w in model.weights if id(w) not in of_head]
    squares = sum(float((one**2).sum()) for one in trained)
    assert float(found["l2"]) == pytest.approx(0.0005 * squares / 2, rel=1e-5)


def test_permuting_sequences_permutes_their_scores(sequences):
    model = recognition.Recognition(pretext(), 3)
    order = np.random.default_rng(0).permutation(len(sequences))
    np.testing.assert_allclose(
        model.scores(sequences[order]), model.scores(sequences).numpy()[order], 1e-5
    )


def test_nothing_else_has_a_supervised_stage():
    model = settings.build(
        settings.Settings("AGE", LENGTH, 1, 1, 1, 1.0, 2), num_joints=20, body=None
    )
    with pytest.raises(TypeError, match="AGE has no supervised stage"):
        recognition.Supervision.of(model, persons.Labels.of(PEOPLE))


def test_the_loss_falls_on_walkers(tmp_path):
    walkers = loading.generate(LENGTH, 3, seed=0).data.train
    some = np.arange(0, len(walkers), len(walkers) // 96)
    result, _ = train(
        *(tmp_path, walkers.sequences[some], walkers.persons[some]),
        start=pretext(units=16),
        **{"epochs": 30, "batch_size": 16, "units": 16, "lr": 0.003},
    )
    losses = [row["loss"] for row in result.rows]
    assert losses[-1] < 0.7 * losses[0]
    assert result.best_epoch == int(np.argmin(losses)) + 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder, what its training came to, and where it began."""
    folder, start = tmp_path_factory.mktemp("trained"), pretext()
    before = {weight.path: weight.numpy() for weight in start.weights}
    return folder, train(folder, make_sequences(), start=start)[0], before


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A folder in which a training was stopped in the middle of its second epoch."""
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(KeyboardInterrupt):
        train(folder, make_sequences(), callbacks=[Stop(1, 2)])
    return folder


def test_the_encoder_trains_on_and_the_pretexts_head_rests(trained):
    _, result, before = trained
    of_head = {w.path for layer in result.model.source.head for w in layer.weights}
    assert len(of_head) == 4
    for weight in result.model.source.weights:
        rests = np.array_equal(weight, before[weight.path])
        assert rests == (weight.path in of_head), weight.path


def test_source_json_says_that_identity_labels_were_used(trained, sequences):
    folder, result, _ = trained
    told = json.loads((folder / saved.DESCRIPTION).read_text(encoding="utf-8"))
    assert told[names.IDENTITY_LABELS] is True and told["persons"] == [3, 7, 9]
    with (folder / saved.LOSSES).open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["epoch", "loss", "recognition", "l2"]
    loaded, had, _ = saved.load(folder)
    assert had == small() and had.supervised
    assert same(loaded.get_weights(), result.model.get_weights())
    np.testing.assert_array_equal(
        loaded.represent(sequences), result.model.represent(sequences)
    )


def test_a_model_of_either_stage_is_not_taken_for_the_other(trained, sequences):
    unlabelled = settings.Settings("MG-SCR", LENGTH, 4, 9, 4, 0.01, 3)
    asked = (sequences, unlabelled, {}, trained[0], {}, BODY)
    with pytest.raises(errors.InputError, match="differs in identity labels, the pre"):
        obtaining.obtain(*asked, report=lambda _: None)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"lr": 0.02}, r"--supervised_lr 0.02 \(there 0.01\); --retrain"),
        ({"seed": 5}, r"--seed 5 \(there 0\)"),
        ({"people": np.roll(PEOPLE, 1)}, "differs in identity labels; --retrain"),
        ({"start": 1}, "differs in the pretext's model; --retrain"),
    ],
)
def test_a_stage_of_something_else_is_not_gone_on_with(
    stopped, sequences, more, message
):
    before = files(stopped)
    if "start" in more:
        more = {"start": pretext(seed=more["start"])}
    with pytest.raises(errors.InputError, match=message):
        train(stopped, sequences, **more)
    assert (stopped / state.FILE).is_file() and files(stopped) == before


def test_a_stage_that_was_stopped_comes_to_the_same(
    trained, stopped, sequences, tmp_path
):
    shutil.copytree(stopped, tmp_path / "copy")
    assert not saved.is_there(tmp_path / "copy")
    again, said = train(tmp_path / "copy", sequences)
    assert said[0].startswith("going on after epoch 1,") and len(said) == 4
    folder, untouched, _ = trained
    assert again.rows == untouched.rows
    assert same(again.model.get_weights(), untouched.model.get_weights())
    first, second = files(folder), files(tmp_path / "copy")
    for name in (saved.DESCRIPTION, saved.LOSSES):
        assert first[name] == second[name]


def test_a_bad_number_names_its_flag():
    with pytest.raises(
        errors.InputError, match="--supervised_lr must be finite and above 0"
    ):
        small(lr=0.0)
    with pytest.raises(errors.InputError, match="--supervised_epochs must be 1"):
        small(epochs=0)
    with pytest.raises(errors.InputError, match="--batch_size must be 1"):
        small(batch_size=0)
