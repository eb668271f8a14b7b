"""The source model of a folder: loaded where it is there, else trained."""

import pathlib
from collections.abc import Callable, Mapping

from simmc_tf import data as data_module
from simmc_tf import errors
from simmc_tf.sources import (
    graphs,
    names,
    persons,
    recognition,
    saved,
    stage,
    state,
    training,
)
from simmc_tf.sources import settings as settings_module


def obtain(
    sequences: data_module.Sequences,
    settings: settings_module.Settings,
    given: Mapping[str, object],
    folder: pathlib.Path,
    about: Mapping[str, object],
    body: graphs.Body | None,
    report: Callable[[str], None],
    retrain: bool = False,
    supervision: recognition.Supervision | None = None,
) -> stage.Stage:
    """A trained model, with its best weights.

    Args:
        sequences: [N, f, 3J] to train on, root-centred.
        settings: to train with.
        given: those that somebody asked for; a model that is there must have them.
        folder: of the model.
        about: what source.json is to say of the data.
        body: which joint is where, for models of graphs.
        report: takes lines.
        retrain: train, even if there is a model or a training was stopped.
        supervision: for the model that trains on with identity labels, after its
            pretext.

    Raises:
        errors.InputError: the model that is there was trained on other data or
            otherwise, or training is not possible.
    """
    if saved.is_there(folder) and not retrain:
        return _loaded(sequences, settings, given, folder, body, report, supervision)
    model: stage.Stage
    if supervision is None:
        model = settings_module.build(settings, sequences.shape[2] // 3, body)
        how = f"trains on {len(sequences):,} sequences, without labels"
    else:
        model = supervision.model(settings.seed)
        how = _with_labels(supervision.labels, len(sequences))
    title = names.title(settings.model, settings.supervised)
    report(f"{title} {how}; {folder} keeps it")
    found = training.train(
        *(model, sequences, settings, folder, about, body, report, retrain),
        supervision=supervision,
    )
    report(f"{title}: best after epoch {found.best_epoch}")
    return found.model


def _with_labels(labels: persons.Labels, num_sequences: int) -> str:
    known = len(labels.rows)
    how = f"trains on {known:,} sequences with identity labels of "
    how += f"{len(labels.persons):,} persons"
    if known < num_sequences:
        how += f", {num_sequences - known:,} of unknown persons left out"
    return how


def _loaded(
    sequences: data_module.Sequences,
    settings: settings_module.Settings,
    given: Mapping[str, object],
    folder: pathlib.Path,
    body: graphs.Body | None,
    report: Callable[[str], None],
    supervision: recognition.Supervision | None,
) -> stage.Stage:
    model, had, description = saved.load(folder)
    for name in ("model", "length", *given):
        asked, trained = getattr(settings, name), getattr(had, name)
        if asked != trained:
            flag = names.flag(name, settings.supervised)
            raise errors.InputError(
                f"{flag} {asked}: the model in {folder} was trained with {trained}; "
                f"{state.RETRAIN}, another --model_root leaves it as it is."
            )
    digest = data_module.digest(sequences)
    num_joints = sequences.shape[2] // 3
    made_of = saved.describe(had, num_joints, body, digest)
    made_of["settings"] = description["settings"]  # Checked, as far as given.
    if supervision is not None:
        made_of |= supervision.told
    state.check_same(folder / saved.DESCRIPTION, description, made_of)
    title = names.title(had.model, settings.supervised)
    report(f"{title} is there, best after epoch {description['best_epoch']}: {folder}")
    return model
