"""The modes of a program: train and say what came of it, evaluate, or export."""

import dataclasses
import pathlib
import shlex
from collections.abc import Callable, Mapping

from simmc_tf import (
    atomic,
    checkpoints,
    errors,
    experiment,
    outcome,
    repeating,
    resuming,
    state_file,
    stopping,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import replicas as replication
from simmc_tf.export import exporting, layout
from simmc_tf.report import after_training
from simmc_tf.report import subject as subjects
from simmc_tf.sources import names

_PROTOCOLS = {
    configs.PUBLISHED: (
        "published protocol: identity labels balance the training set (except KGBD) "
        "and the probes choose the epoch, as in the paper's tables; --protocol strict "
        "reads no {further}label"
    ),
    configs.STRICT: (
        "strict protocol: no {further}identity label reaches training, stopping or "
        "selection"
    ),
}
_AUTO = (
    "auto preset: no {further}identity label is read anywhere; scores against persons "
    "are for you alone"
)
# Of an export that is of an earlier model; by whether the run was to export.
_REMEDY = {
    True: "replace it by the same command with --mode Export",
    False: "replace it by the same command with --mode Export, without --noexport",
}


@dataclasses.dataclass(frozen=True)
class After:
    """What is made of a training besides its model.

    Attributes:
        export: whether to export the model.
        tensorboard: whether to write event files, which is done all along.
        subject: of the report to write; None to write none.
    """

    export: bool = False
    tensorboard: bool = False
    subject: subjects.Subject | None = None


_NOTHING = After()
# Raises where a trained model, by its configuration and config.json, is not what the
# user asks for.
Check = Callable[[configs.Config, Mapping[str, object]], None]


def run(
    mode: str,
    data: data_module.ReidData,
    config: configs.Config,
    folder: pathlib.Path,
    about: Mapping[str, object],
    check: Check,
    report: Callable[[str], None],
    after: After,
    existing: resuming.Existing = resuming.NEW,
) -> None:
    """Trains or evaluates.

    Args:
        mode: `Train` or `Eval`.
        data: of the experiment.
        config: hyperparameters to train with.
        folder: of the model.
        about: what config.json is to say of the data.
        check: of the model to evaluate.
        report: takes lines.
        after: what to make of a training.
        existing: what is to become of a run that is in the folder.
    """
    if mode == "Eval":
        evaluate(data, folder, check, report)
    else:
        train(data, config, folder, about, report, after, existing)


def train(
    data: data_module.ReidData,
    config: configs.Config,
    folder: pathlib.Path,
    about: Mapping[str, object],
    report: Callable[[str], None],
    after: After = _NOTHING,
    existing: resuming.Existing = resuming.NEW,
) -> experiment.Result | None:
    """Trains on all GPUs that are visible, prints progress and the final figures.

    Wherever it is stopped, `existing.resume` lets it go on, to the same files.

    Returns:
        None where the run to go on with has ended already; then only what it lacks of
        `after` is made.

    Raises:
        errors.InputError: there is a run in the folder, and `existing` does not say
            what is to become of it; or it is of something else, or another process's.
    """
    if after.export:  # Not only after hours.
        exporting.check(folder)
    # All the time: nobody else comes between the model, its export and its report.
    with atomic.locked(folder):
        described = experiment.describe(data, config, dict(about))
        made_of = resuming.made_of(described, after.tensorboard)
        keeper = resuming.RunKeeper(folder, made_of, existing)
        if keeper.finished:
            _complete(keeper, data, about, report, after)
            return None
        with stopping.telling(keeper.kept):
            result = _train(data, config, keeper, about, report, after)
        keeper.finish()
    return result


def _complete(
    keeper: resuming.RunKeeper,
    data: data_module.ReidData,
    about: Mapping[str, object],
    report: Callable[[str], None],
    after: After,
) -> None:
    """Makes what a run lacks that has ended: it was not to be, failed, or is lost."""
    folder, wanted = keeper.folder, {layout.FOLDER: after.export}
    wanted[checkpoints.REPORT] = after.subject is not None
    there = {name: (folder / name).exists() for name in wanted}
    there[layout.FOLDER] &= exporting.stale(folder) is None
    missing = [name for name, is_so in wanted.items() if is_so and not there[name]]
    report(keeper.ended(missing))
    with exporting.noting_stale(folder, report, _REMEDY[after.export]):
        if layout.FOLDER in missing:
            export(folder, data.coordinates, about, lambda *_: None, report)
    if checkpoints.REPORT in missing and after.subject is not None:
        after_training.write(folder, data, after.subject, report)


def _train(
    data: data_module.ReidData,
    config: configs.Config,
    keeper: resuming.RunKeeper,
    about: Mapping[str, object],
    report: Callable[[str], None],
    after: After,
) -> experiment.Result:
    folder = keeper.folder
    report(_sizes(data))
    read = _AUTO if config.preset == configs.AUTO else _PROTOCOLS[config.protocol]
    report(read.format(further="further " if note_labels(about, report) else ""))
    if keeper.replaces_a_model:
        report(f"the model in {folder} will be replaced after the first epoch")
        if (folder / layout.FOLDER).is_dir():
            report(
                f"its export in {folder / layout.FOLDER} stays, of the earlier model, "
                "until the new one is exported"
            )
    if after.tensorboard:
        report(f"to look on: {shlex.join(['tensorboard', '--logdir', str(folder)])}")
    devices = replication.visible_gpus()
    with exporting.noting_stale(folder, report, _REMEDY[after.export]):
        result = experiment.train(
            *(data, config, folder, dict(about), report, devices),
            for_tensorboard=after.tensorboard,
            keeper=keeper,
        )
        report("")
        report(_best(result.best_epoch))
        outcome.tell(config, result, report)
        report(f"\nsaved in {folder}: {', '.join(sorted(_names(folder)))}")
        if after.export:
            export(folder, data.coordinates, about, lambda *_: None, report)
    # Last: whatever happens to it, all else is there.
    if after.subject is not None:
        after_training.write(folder, data, after.subject, report)
    return result


def export(
    folder: pathlib.Path,
    coordinates: bool,
    about: Mapping[str, object],
    check: Check,
    report: Callable[[str], None],
) -> None:
    """Exports the best model of a folder.

    Args:
        folder: of the model.
        coordinates: whether it was trained on coordinates, not on vectors.
        about: what is known of the data, where config.json does not tell.
        check: raises where the model is not what the user asked for.
        report: takes a line.

    Raises:
        errors.InputError: there is no model, or the export cannot be written.
    """

    def accept(config: configs.Config, description: Mapping[str, object]) -> None:
        check(config, description)
        note_labels(description, report)

    place = exporting.export(folder, coordinates, about, accept)
    report(
        f"exported to {place}: {layout.VERSION}/ (SavedModel), {layout.KERAS}; "
        "docs/deployment.md tells how to use them"
    )


def load(folder: pathlib.Path, size: int, check: Check) -> checkpoints.Loaded:
    """The model of a folder, its configuration and config.json.

    Args:
        folder: of the model.
        size: numbers a skeleton of the data.
        check: raises where the model is not what the user asked for.

    Raises:
        errors.InputError: there is no model, or it is for other skeletons.
    """
    simmc, config, description = checkpoints.load(folder)
    check(config, description)
    if description["skeleton_size"] != size:
        raise errors.InputError(
            f"The model in {folder} takes {description['skeleton_size']} numbers a "
            f"skeleton, these data have {size}; train one for them."
        )
    return simmc, config, description


def note_labels(about: Mapping[str, object], report: Callable[[str], None]) -> bool:
    """Says where what a model was trained on was made with identity labels.

    Args:
        about: its config.json, or what that is to say of the data.
        report: takes a line if it was.

    Returns:
        Whether it was.
    """
    labelled = bool(about.get(names.IDENTITY_LABELS))
    if labelled:
        report(f"note: these representations were {names.MADE_WITH_LABELS}")
    return labelled


def evaluate(
    data: data_module.ReidData,
    folder: pathlib.Path,
    check: Check,
    report: Callable[[str], None],
) -> None:
    """Evaluates the best model of a folder.

    Args:
        data: with probes.
        folder: of the model.
        check: raises where the model is not what the user asked for.
        report: takes lines.

    Raises:
        errors.InputError: there is no model, it is for other skeletons, or there are no
            probes.
    """
    simmc, config, description = load(folder, data.train.sequences.shape[-1], check)
    if data.matching is None:
        raise errors.InputError("These data have no probes, so nothing to evaluate.")
    report(_sizes(data))
    note_labels(description, report)
    repeating.note_changes(data, description, report)
    report(_best(description["best_epoch"]))
    scores, scores_all = experiment.evaluate(data, config, simmc)
    if scores is None or scores_all is None:
        raise RuntimeError("Data with probes were not evaluated.")
    outcome.tell_scores(config, scores, scores_all, report, {})


def _sizes(data: data_module.ReidData) -> str:
    counts = ", ".join(f"{len(split):,} {name}" for name, split in data.splits.items())
    _, frames, size = data.train.sequences.shape
    unit = f"{size // 3} joints" if data.coordinates else f"{size} numbers"
    return f"sequences: {counts}; {frames} skeletons each, {unit}"


def _names(folder: pathlib.Path) -> list[str]:
    files = (path.name for path in folder.iterdir() if path.is_file())
    of_now = state_file.NAME  # Gone when all is done.
    return [name for name in files if not name.startswith(".") and name != of_now]


def _best(epoch: int | None) -> str:
    if epoch is None:
        return "best model: after how many epochs is not known"
    return f"best model: after {epoch} epoch{'' if epoch == 1 else 's'}"
