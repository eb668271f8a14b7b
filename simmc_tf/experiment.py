"""Training and evaluating SimMC on one data set."""

import contextlib
import dataclasses
import functools
import pathlib
from collections.abc import Callable, Sequence

import faiss
import keras
import numpy as np

from simmc_tf import (
    atomic,
    auto,
    bad_numbers,
    callbacks,
    checkpoints,
    errors,
    evaluation,
    heartbeat,
    history,
    keeping,
    model,
    origin,
    pipeline,
    progress,
    resuming,
    sampling,
    self_matching,
    tensorboard,
    verdict,
    yardsticks,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import replicas as replication
from simmc_tf.sources import names


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        best_epoch: epochs that the best model was trained for.
        scores: under the protocol, None where the data have no probes.
        scores_all: on all probes and the whole gallery.
        reference: of the untrained model and the yardsticks, on all pairs.
        run: rows and timings.
    """

    best_epoch: int
    scores: evaluation.Scores | None
    scores_all: evaluation.Scores | None
    reference: dict[str, evaluation.Scores]
    run: history.History


def train(
    data: data_module.ReidData,
    config: configs.Config,
    folder: pathlib.Path,
    about: dict[str, object],
    report: Callable[[str], None] = print,
    devices: Sequence[str] = (),
    *,
    for_tensorboard: bool = False,
    silent: bool = False,
    keeper: resuming.RunKeeper | None = None,
) -> Result:
    """Trains SimMC and keeps the best model in `folder`.

    Args:
        data: what to train on and evaluate with. Under the strict protocol its persons
            only reach the figures that are reported.
        config: hyperparameters.
        folder: takes best.weights.h5, config.json, metrics.csv, timings.csv, best.json.
        about: what else config.json is to say of the data.
        report: takes lines of progress.
        devices: names of logical devices that share every training step. All else, and
            all where there are fewer than two, computes where TensorFlow puts it: on
            the first GPU it sees.
        for_tensorboard: also write event files, which needs the package tensorboard.
        silent: leave out the lines on stderr that tell how long phases stand.
        keeper: of what the run needs to go on where it is stopped, which it may have
            been; the caller ends it. None: nothing is kept but the best model.

    Raises:
        errors.InputError: the data and the hyperparameters do not fit.
    """
    _check_fit(data, config)
    rows = sampling.training_rows(data, config)
    replicas = replication.Replicas(devices)
    run = history.History(folder)
    with contextlib.ExitStack() as stack:
        stack.enter_context(atomic.locked(folder, again=keeper is not None))
        if keeper is not None:
            keeper.begin(report)
        if not silent:
            standing = functools.partial(progress.standing, run)
            report = stack.enter_context(heartbeat.Heartbeat(standing, report))
        boards = stack if for_tensorboard else None
        return _train(data, config, rows, run, about, report, replicas, boards, keeper)


def _train(
    data: data_module.ReidData,
    config: configs.Config,
    rows: np.ndarray,
    run: history.History,
    about: dict[str, object],
    report: Callable[[str], None],
    replicas: replication.Replicas,
    opened: contextlib.ExitStack | None,
    keeper: resuming.RunKeeper | None,
) -> Result:
    """As `train`; `opened` closes event files, None where none are written."""
    description = keeper.description if keeper else describe(data, config, about)
    raw = data
    with replicas.scope():  # What prepares the data becomes the model's.
        setting = auto.set_up(data, config, run, report)
    if setting.preparation is not None:
        description["preparation"] = setting.preparation.get_config()
    data, halves, sequences = setting.data, setting.halves, setting.data.train.sequences
    simmc = checkpoints.build(
        config, raw.train.sequences.shape[-1], replicas, setting.preparation
    )
    with replicas.scope():
        # Epsilon of TensorFlow 1's Adam, which the published code uses.
        optimizer = keras.optimizers.Adam(config.lr, epsilon=1e-8, name="adam")
        optimizer.build(simmc.trainable_variables)
    simmc.compile(
        optimizer,
        jit_compile=False,  # It would compile anew for every number of clusters.
        steps_per_execution=min(
            replicas.steps_at_once, max(1, len(rows) // config.batch_size)
        ),
    )
    encoder = pipeline.BulkEncoder(simmc.encoder)
    plan = pipeline.Plan.create(len(rows))
    labelling = callbacks.PseudoLabelling(
        run, encoder, sequences, rows, plan, config, report, setting.tracks
    )
    criterion = _criterion(config, halves)

    def save(row: history.Row) -> None:
        best = {**description, "best_epoch": row.epoch}
        checkpoints.save(run.folder, simmc, best, first=row.epoch == 1)
        if opened is None:  # Else the board does, and keeps its own.
            tensorboard.remove(run.folder)

    selection = callbacks.Selection(
        run,
        criterion,
        config.patience,
        save,
        self_matching.TOLERANCE if criterion == "quality" else 0.0,
    )
    evaluated = callbacks.Evaluation(
        run, encoder, data, rows, labelling, lambda: score(data, config, encoder)
    )
    found_again = callbacks.SelfMatching(run, encoder, sequences, halves)
    log = callbacks.Log(run, selection, config.epochs, report)
    boards = []
    if opened is not None:
        boards.append(tensorboard.Board(run, description, labelling, selection, opened))
    kept = keeping.EpochKeeping(keeper, run, labelling, selection, evaluated, boards)
    with replicas.scope():
        goes_on = kept.go_on(simmc)
    matching, published = data.matching, config.protocol == configs.PUBLISHED
    if matching is not None and published and not goes_on:
        with run.stage("evaluation of the untrained encoder"):
            kept.untrained = evaluation.match(matching, encoder.whole)
    with pipeline.saying_what_changed(sequences):
        simmc.fit(
            pipeline.training_batches(
                sequences, rows, plan, config.batch_size, config.num_masked, config.seed
            ),
            initial_epoch=int(plan.epoch),
            # Where it was stopped after its last epoch there is none to come.
            epochs=int(plan.epoch) if selection.ended else config.epochs,
            verbose=0,
            shuffle=False,  # The plan is shuffled already.
            callbacks=[
                *(bad_numbers.Stop(sequences, config), callbacks.Rows(run)),
                *(labelling, found_again),
                *(evaluated, selection, log, *boards, kept),
            ],
        )
    # Under the strict protocol row 0 counts all pairs.
    prepared = None if setting.preparation is None else data
    with run.stage("final evaluation"):
        reference = _reference(raw, prepared, kept.untrained)
        result, best = _conclude(raw, selection, reference, run)
        for board in boards:
            board.conclude(best, raw, rows, result.scores_all)
    return result


def _criterion(config: configs.Config, halves: self_matching.Halves | None) -> str:
    """Column of the history whose highest value selects the best model.

    The published code reads the probes' labels; the strict protocol reads none.
    """
    if config.protocol == configs.PUBLISHED:
        return "top1"
    if halves is not None and config.has("tracks"):
        return "quality"
    return "view_agreement"


def _check_fit(data: data_module.ReidData, config: configs.Config) -> None:
    config.check_length(data.train.sequences.shape[1])
    if data.matching is None and config.protocol == configs.PUBLISHED:
        raise errors.InputError(
            "The published protocol chooses the model by its probes, and these data "
            "have none; give --protocol strict."
        )


def _reference(
    data: data_module.ReidData,
    prepared: data_module.ReidData | None,
    untrained: evaluation.Scores | None,
) -> dict[str, evaluation.Scores]:
    """Scores without training, on all pairs: what training has to beat."""
    if untrained is None:
        return {}
    return {"untrained": untrained, **yardsticks.scores(data, prepared)}


def _conclude(
    data: data_module.ReidData,
    selection: callbacks.Selection,
    reference: dict[str, evaluation.Scores],
    run: history.History,
) -> tuple[Result, pipeline.BulkEncoder]:
    """Evaluates the saved best model, writes best.json, and gives its encoder too."""
    if selection.best is None:
        raise RuntimeError("Training ended before its first epoch.")
    simmc, config, description = checkpoints.load(run.folder)
    labels = (names.IDENTITY_LABELS,) if names.IDENTITY_LABELS in description else ()
    result = Result(
        selection.best.epoch, *evaluate(data, config, simmc), reference, run
    )
    atomic.write_json(
        run.folder / checkpoints.BEST,
        {
            "epoch": result.best_epoch,
            "selected_by": selection.criterion,
            "protocol": config.protocol,
            "preset": config.preset,
            # Of what it was trained on, where that is told.
            **{name: description[name] for name in labels},
            "scores": _plain(result.scores),
            "scores_all_pairs": _plain(result.scores_all),
            "beats_yardsticks": verdict.beats(result.scores_all, reference),
            "reference_all_pairs": {k: _plain(v) for k, v in reference.items()},
        },
    )
    return result, pipeline.BulkEncoder(simmc.encoder, simmc.preparation)


def _plain(scores: evaluation.Scores | None) -> dict[str, object] | None:
    return None if scores is None else dataclasses.asdict(scores)


def evaluate(
    data: data_module.ReidData, config: configs.Config, simmc: model.SimMC
) -> tuple[evaluation.Scores | None, evaluation.Scores | None]:
    """Scores of a model under its protocol, and on all pairs; None without probes."""
    encoder = pipeline.BulkEncoder(simmc.encoder, simmc.preparation)
    scores = score(data, config, encoder)
    if data.matching is None or config.protocol == configs.STRICT:
        return scores, scores
    return scores, evaluation.match(data.matching, encoder.whole)


def score(
    data: data_module.ReidData, config: configs.Config, encoder: pipeline.BulkEncoder
) -> evaluation.Scores | None:
    """Scores under the protocol, None without probes.

    The published one leaves out the last partial batch of probes and gallery.
    """
    if data.matching is None:
        return None
    batch_size = config.counted_batch
    return evaluation.match(data.matching, encoder.whole, batch_size)


def describe(
    data: data_module.ReidData, config: configs.Config, about: dict[str, object]
) -> dict[str, object]:
    """Content of config.json: all that it takes to tell or repeat this run."""
    return {
        **about,
        "hyperparameters": checkpoints.hyperparameters(config),
        "skeleton_size": int(data.train.sequences.shape[-1]),
        "data_sha256": fingerprint(data),
        "persons_sha256": {
            name: data_module.digest(split.persons)
            for name, split in data.splits.items()
        },
        "versions": {**origin.versions(), "faiss": faiss.__version__},
        "code": origin.code(),
        "machine": origin.machine(),
    }


def fingerprint(data: data_module.ReidData) -> dict[str, str]:
    """SHA-256 of every split's sequences, persons left out."""
    return {
        name: data_module.digest(split.sequences) for name, split in data.splits.items()
    }
