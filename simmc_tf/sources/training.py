"""Trains a stage of a source model: its pretext, or what comes after it."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence

import keras

from simmc_tf import atomic, errors, heartbeat, pipeline, stopping
from simmc_tf import data as data_module
from simmc_tf.sources import (
    batches,
    graphs,
    names,
    persons,
    recognition,
    saved,
    sizes,
    stage,
    state,
)
from simmc_tf.sources import course as courses
from simmc_tf.sources import epochs as epochs_module
from simmc_tf.sources import settings as settings_module

# Neighbours in file order are SGELA's pairs.
_IN_ORDER = (names.SGELA,)
# Published: every gradient of these is clipped to +-5.
_CLIPPED = {names.AGE: 5.0, names.SGELA: 5.0}


@dataclasses.dataclass(frozen=True)
class Result:
    """What a training came to.

    Attributes:
        model: with the best epoch's weights.
        description: content of source.json.
        rows: an epoch each: `epoch`, `loss` and the terms of the loss.
    """

    model: stage.Stage
    description: Mapping[str, object]
    rows: Sequence[courses.Row]

    @property
    def best_epoch(self) -> int:
        """After how many epochs the weights were best."""
        return courses.Course.of(self.rows).best_epoch


def train(
    model: stage.Stage,
    sequences: data_module.Sequences,
    settings: settings_module.Settings,
    folder: pathlib.Path,
    about: Mapping[str, object],
    body: graphs.Body | None = None,
    report: Callable[[str], None] = print,
    retrain: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    supervision: recognition.Supervision | None = None,
) -> Result:
    """Trains a model, or goes on where a training of the same was stopped.

    Whether it was stopped or not, and how often, the weights are the same bit for bit.
    The best epoch is that of the lowest mean loss while training.

    Args:
        model: with its initial weights.
        sequences: [N, f, 3J] float32, root-centred, held or in files.
        settings: of the training; also what the model was built with.
        folder: takes source.weights.h5, source.json, loss.csv and, until it has ended,
            state.npz.
        about: what else source.json is to say of the data.
        body: that the model's graphs are of.
        report: takes lines of progress.
        retrain: do not go on with what was stopped, whatever it is.
        callbacks: further ones, after each epoch was noted.
        supervision: where the model learns from identity labels; nothing else does.

    Raises:
        errors.InputError: what was stopped was something else; another process writes
            to the folder; too few sequences; the loss is no number.
    """
    _check_count(sequences, settings)
    num_joints = sequences.shape[2] // 3
    made_of = saved.describe(settings, num_joints, body, data_module.digest(sequences))
    labels = None
    if supervision is not None:
        labels = supervision.labels
        made_of |= supervision.told
    shuffled = settings.model not in _IN_ORDER
    num_rows = len(sequences if labels is None else labels.rows)
    plan = batches.Plan.create(num_rows, settings.seed, shuffled)
    with atomic.locked(folder):
        _compile(model, settings)
        if retrain:
            (folder / state.FILE).unlink(missing_ok=True)
        course = _restored(folder, made_of, model)
        if course.rows:
            report(f"going on after epoch {len(course.rows)}, where it was stopped")
        plan.begin(len(course.rows))
        description = {
            **about,
            **made_of,
            "parameters": sizes.trainable(model),
            "versions": saved.versions(),
        }
        keeper = epochs_module.SourceKeeper(folder, model, made_of, description, course)
        epochs = epochs_module.Epochs(keeper, plan, settings, sequences)
        with heartbeat.Heartbeat(epochs.standing, report) as say:
            epochs.report = say
            try:
                if not course.has_ended(settings):
                    with stopping.telling(keeper.kept):
                        _fit(
                            *(model, sequences, labels, settings, plan),
                            callbacks=[epochs, *callbacks],
                        )
            finally:
                keeper.write()
        model.optimizer = None  # The file has none.
        model.load_weights(folder / saved.WEIGHTS)
        finished = keeper.finish()
    return Result(model, finished, course.rows)


def _compile(model: stage.Stage, settings: settings_module.Settings) -> None:
    optimizer = keras.optimizers.Adam(
        settings.lr,
        epsilon=1e-8,  # TensorFlow 1's, which the published code uses.
        clipvalue=_CLIPPED.get(settings.model),
    )
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, jit_compile=False)


def _fit(
    model: stage.Stage,
    sequences: data_module.Sequences,
    labels: persons.Labels | None,
    settings: settings_module.Settings,
    plan: batches.Plan,
    callbacks: list[keras.callbacks.Callback],
) -> None:
    with pipeline.saying_what_changed(sequences):
        model.fit(
            batches.of_epoch(sequences, plan, settings.batch_size, labels),
            initial_epoch=int(plan.epoch),
            epochs=settings.epochs,
            verbose=0,
            shuffle=False,  # The plan is shuffled already.
            callbacks=callbacks,
        )


def _check_count(
    sequences: data_module.Sequences, settings: settings_module.Settings
) -> None:
    least = 2 if settings.model in _IN_ORDER else 1
    if len(sequences) < least:
        raise errors.InputError(
            f"{settings.model} needs {least} or more training sequences, found "
            f"{len(sequences)}."
        )
    if settings.batch_size < least:
        raise errors.InputError(
            f"--batch_size {settings.batch_size}: {settings.model} contrasts the "
            f"sequences of a batch; expected {least} or more."
        )


def _restored(
    folder: pathlib.Path, made_of: Mapping[str, object], model: stage.Stage
) -> courses.Course:
    """Makes the model what it was when training was stopped, if it was."""
    found = state.read(folder)
    if found is None:
        return courses.Course()
    path = folder / state.FILE
    state.check_same(path, found.made_of, made_of)
    try:
        found.restore(model)
    except ValueError as error:
        raise errors.InputError(
            f"{path} is of another version's model ({error}); {state.RETRAIN}."
        ) from error
    return courses.Course.of(found.rows)
