"""Keras callbacks: pseudo-labels, evaluation, selection, log; in this order in `fit`.

Each looks at the model after every epoch and, as row 0, before the first; a run that
goes on has that row already.
"""

import abc
import time
from collections.abc import Callable

import keras
import numpy as np

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import (
    diagnostics,
    evaluation,
    history,
    labelling,
    pipeline,
    progress,
    self_matching,
)


class _Assessment(keras.callbacks.Callback, abc.ABC):
    """Calls `assess` with the row of the model as it is after every epoch.

    Args:
        run: the history whose last row describes the model.
    """

    def __init__(self, run: history.History) -> None:
        super().__init__()
        self.run = run

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self.run.goes_on:
            self.assess(self.run.rows[-1])

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.assess(self.run.rows[-1])

    @abc.abstractmethod
    def assess(self, row: history.Row) -> None:
        """Reads or completes the row."""


class Rows(keras.callbacks.Callback):
    """Opens the row of every epoch and takes the time of its training steps."""

    def __init__(self, run: history.History) -> None:
        super().__init__()
        self.run = run
        self._start = 0.0

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self.run.goes_on:
            self.run.begin_epoch()
            self.run.begin_row(0, {})

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._start = time.perf_counter()
        self.run.begin_epoch()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.run.add_seconds("training", time.perf_counter() - self._start)
        self.run.begin_row(epoch + 1, {k: float(v) for k, v in (logs or {}).items()})


class PseudoLabelling(_Assessment):
    """Clusters both masked views and hands the next epoch its labels and prototypes.

    Args:
        run: of this experiment.
        encoder: bulk encoder over the model's encoder.
        sequences: [S, f, d] training sequences.
        rows: [N] training row n is sequence rows[n].
        plan: read by the training pipeline.
        config: of the run.
        warn: takes a line where the clusters are too few to contrast.
        tracks: [N], None where they are not known.
    """

    def __init__(
        self,
        run: history.History,
        encoder: pipeline.BulkEncoder,
        sequences: data_module.Sequences,
        rows: np.ndarray,
        plan: pipeline.Plan,
        config: configs.Config,
        warn: Callable[[str], None],
        tracks: np.ndarray | None = None,
    ) -> None:
        super().__init__(run)
        self.encoder = encoder
        self.tracks = tracks
        self.sequences = sequences
        self.rows = rows
        self.plan = plan
        self.config = config
        self.warn = warn
        self.labelling: labelling.Labelling
        self._before: labelling.Labelling | None = None

    def assess(self, row: history.Row) -> None:
        found = labelling.cluster_views(
            *(self.encoder, self.sequences, self.rows, row.epoch, self.config),
            *(self.run, self._before, self.tracks),
        )
        row.clusters_1, row.clusters_2 = found.num_clusters
        row.outliers = found.num_outliers
        if self.config.protocol == configs.STRICT:  # Nothing else needs it.
            with self.run.phase("agreement"):
                row.view_agreement = found.view_agreement
        if min(found.num_clusters) < 2:
            chosen = (
                self.config.eps if self.config.preset == configs.PUBLISHED else None
            )
            self.warn(progress.few_clusters(found.num_clusters, chosen))
        elif not len(found.prototypes[0]):
            self.warn(progress.NO_COMMON_ROWS)
        row.silhouette = found.silhouette
        row.radius_1, row.radius_2 = found.radii
        if found.whitening is not None:
            self.model.encoder.set_whitening(found.whitening)
        self.hand_over(found, row.epoch)

    def hand_over(self, found: labelling.Labelling, epoch: int) -> None:
        """Lets the epoch after `epoch` train on what was found."""
        self.labelling = self._before = found
        self.model.set_prototypes(found.prototypes)
        self.plan.epoch.assign(epoch)
        generator = np.random.default_rng((self.config.seed, epoch))
        self.plan.order.assign(generator.permutation(found.kept))
        self.plan.labels.assign(found.labels)


class SelfMatching(_Assessment):
    """Tells the model's quality without labels.

    It reads the silhouette, which the callback before has found.

    Args:
        run: of this experiment.
        encoder: bulk encoder over the model's encoder.
        sequences: [N, f, d] training sequences.
        halves: of their tracks; None where they are not known.
    """

    def __init__(
        self,
        run: history.History,
        encoder: pipeline.BulkEncoder,
        sequences: data_module.Sequences,
        halves: self_matching.Halves | None,
    ) -> None:
        super().__init__(run)
        self.encoder = encoder
        self.sequences = sequences
        self.halves = halves

    def assess(self, row: history.Row) -> None:
        if self.halves is None:
            return
        with self.run.phase("self-matching"):
            row.track_mAP = self.halves.mean_ap(self.sequences, self.encoder.whole)
        row.quality = self_matching.quality(row.track_mAP, row.silhouette)


class Evaluation(_Assessment):
    """Scores probe against gallery, and pseudo-labels against the true persons.

    All of it is for the reader, except that the published protocol selects by top-1.

    Args:
        run: of this experiment.
        encoder: bulk encoder over the model's encoder.
        data: of this experiment.
        rows: [N] training row n is sequence rows[n].
        pseudo_labelling: callback that ran before.
        score: gives the scores of gallery and probe features under the protocol.

    Attributes:
        first: scores of the untrained model.
    """

    def __init__(
        self,
        run: history.History,
        encoder: pipeline.BulkEncoder,
        data: data_module.ReidData,
        rows: np.ndarray,
        pseudo_labelling: PseudoLabelling,
        score: Callable[[], evaluation.Scores | None],
    ) -> None:
        super().__init__(run)
        self.encoder = encoder
        self.rows = rows
        self.persons = data.train.persons[rows]
        self.pseudo_labelling = pseudo_labelling
        self.score = score
        self.first: evaluation.Scores | None = None

    def assess(self, row: history.Row) -> None:
        with self.run.phase("evaluation"):
            scores = self.score()
        if row.epoch == 0:
            self.first = scores
        if scores is not None:
            row.top1, row.top5, row.top10 = scores.top1, scores.top5, scores.top10
            row.mAP = scores.mean_ap
        if (self.persons < 0).any():
            return
        with self.run.phase("diagnostics"):
            labels = self.pseudo_labelling.labelling.labels
            first, second = (
                diagnostics.agreement(view, self.persons) for view in labels.T
            )
            row.MI_1, row.AMI_1 = first.mi, first.ami
            row.MI_2, row.AMI_2 = second.mi, second.ami
            features = self.encoder.whole(
                self.pseudo_labelling.sequences, self.rows, self.run.folder
            )
            row.mACT, row.mRCL = diagnostics.compactness(features, self.persons)


class Selection(_Assessment):
    """Keeps the best model so far and stops when none has been better for long.

    The untrained model cannot be the best one. Of models that are about as good as the
    best the latest is kept, which may be one that came after it.

    Args:
        run: of this experiment.
        criterion: column of the row to maximise.
        patience: epochs without a better one after which training stops.
        save: called with the row of every new best.
        tolerance: share of the highest value by which a later model may fall short.

    Attributes:
        best: row of the best model so far.
        ended: whether patience has ended the training.
    """

    def __init__(
        self,
        run: history.History,
        criterion: str,
        patience: int,
        save: Callable[[history.Row], None],
        tolerance: float = 0.0,
    ) -> None:
        super().__init__(run)
        self.criterion = criterion
        self.patience = patience
        self.save = save
        self.tolerance = tolerance
        self.best: history.Row | None = None
        self.ended = False
        self._highest = -np.inf
        self._highest_epoch = 0

    def go_on(self) -> None:
        """Takes up how it stood when the run was stopped, whose rows are there."""
        for row in self.run.rows:
            self._judge(row)

    def assess(self, row: history.Row) -> None:
        if self._judge(row):
            self.save(row)
        if self.ended:
            self.model.stop_training = True

    def _judge(self, row: history.Row) -> bool:
        """Whether this is the best one so far."""
        if row.epoch == 0:
            return False
        value = getattr(row, self.criterion)
        if value > self._highest:
            self._highest, self._highest_epoch = value, row.epoch
        elif row.epoch - self._highest_epoch >= self.patience:
            self.ended = True
        least = self._highest - self.tolerance * abs(self._highest)
        if row.epoch == self._highest_epoch or (self.tolerance and value >= least):
            self.best = row
        return self.best is row


class Log(_Assessment):
    """Writes the history and says how the run stands, a line an epoch.

    Args:
        run: of this experiment.
        selection: callback that ran before.
        epochs: most epochs that the run takes.
        report: takes the line.
    """

    def __init__(
        self,
        run: history.History,
        selection: Selection,
        epochs: int,
        report: Callable[[str], None],
    ) -> None:
        super().__init__(run)
        self.selection = selection
        self.epochs = epochs
        self.report = report

    def assess(self, row: history.Row) -> None:
        self.run.end_epoch()
        if row.epoch > 0:  # Before that an earlier run's files stay beside its model.
            self.run.write()
        seconds = [phases["total"] for phases in self.run.seconds]
        best, criterion = self.selection.best, self.selection.criterion
        self.report(progress.line(row, best, self.epochs, seconds, criterion))
