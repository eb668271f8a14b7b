"""The source model of a folder: loaded where it is there, else trained."""

import pathlib
from collections.abc import Callable, Mapping

from simmc_tf import data as data_module
from simmc_tf import errors
from simmc_tf.sources import graphs, pretext, saved, state, training
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
) -> pretext.Pretext:
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

    Raises:
        errors.InputError: the model that is there was trained on other data or
            otherwise, or training is not possible.
    """
    if saved.is_there(folder) and not retrain:
        return _loaded(sequences, settings, given, folder, body, report)
    model = settings_module.build(settings, sequences.shape[2] // 3, body)
    report(
        f"{settings.model} trains on {len(sequences):,} sequences, without labels; "
        f"{folder} keeps it"
    )
    found = training.train(
        *(model, sequences, settings, folder, about, body, report, retrain)
    )
    report(f"{settings.model}: best after epoch {found.best_epoch}")
    return found.model


def _loaded(
    sequences: data_module.Sequences,
    settings: settings_module.Settings,
    given: Mapping[str, object],
    folder: pathlib.Path,
    body: graphs.Body | None,
    report: Callable[[str], None],
) -> pretext.Pretext:
    model, had, description = saved.load(folder)
    for name in ("model", "length", *given):
        asked, trained = getattr(settings, name), getattr(had, name)
        if asked != trained:
            raise errors.InputError(
                f"--{name} {asked}: the model in {folder} was trained with {trained}; "
                f"{state.RETRAIN}, another --model_root leaves it as it is."
            )
    digest = data_module.digest(sequences)
    num_joints = sequences.shape[2] // 3
    state.check_same(
        folder / saved.DESCRIPTION,
        {"body": description["body"], "data_sha256": description["data_sha256"]},
        {
            name: value
            for name, value in saved.describe(had, num_joints, body, digest).items()
            if name in ("body", "data_sha256")
        },
    )
    report(
        f"{had.model} is there, best after epoch {description['best_epoch']}: {folder}"
    )
    return model
