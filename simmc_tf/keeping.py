"""Keeps after every epoch what a run needs to go on as if it had not been stopped."""

import dataclasses
import time
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from simmc_tf import (
    callbacks,
    errors,
    evaluation,
    history,
    labelling,
    resuming,
    state_file,
    tensorboard,
)

# Of the time, most that may go into writing: epochs of few sequences take no longer
# than a slow disk. What was not kept is trained again, to the same bits.
SHARE = 0.05


class EpochKeeping(keras.callbacks.Callback):
    """Last of the callbacks: what it keeps is an epoch that is over for all of them.

    Masks, shuffles and whatever else is drawn are functions of seed and epoch, so that
    they need not be kept; nor need neighbours, which only save time.

    Args:
        keeper: of the state; None to keep nothing.
        run: of this experiment.
        pseudo_labelling: callback that ran before.
        selection: the same.
        evaluated: the same.
        boards: those there are.

    Attributes:
        untrained: scores of the untrained model on all pairs, if anything is evaluated.
    """

    def __init__(
        self,
        keeper: resuming.RunKeeper | None,
        run: history.History,
        pseudo_labelling: callbacks.PseudoLabelling,
        selection: callbacks.Selection,
        evaluated: callbacks.Evaluation,
        boards: Sequence[tensorboard.Board],
    ) -> None:
        super().__init__()
        self.untrained: evaluation.Scores | None = None
        self._keeper = keeper
        self._run = run
        self._pseudo_labelling = pseudo_labelling
        self._selection = selection
        self._evaluated = evaluated
        self._boards = boards
        self._kept_rows = 0
        self._next = -np.inf  # Not before is the state written again.

    def go_on(self, model: keras.Model) -> bool:
        """Makes everything what it was when the run was stopped, if it was.

        Args:
            model: with an optimizer that is built.

        Returns:
            Whether there was a whole row.

        Raises:
            errors.InputError: the state is of another model.
        """
        found = None if self._keeper is None else self._keeper.found
        if found is None or not found.rows:
            return False
        try:
            self._run.go_on(found.rows, found.seconds)
            arrays = found.arrays
            state_file.restore(model, arrays["weights"], arrays["optimizer"])
            self._pseudo_labelling.set_model(model)
            self._pseudo_labelling.hand_over(_labelling(arrays), len(found.rows) - 1)
            if found.untrained is not None:
                self.untrained = evaluation.Scores(**found.untrained)
        except (TypeError, ValueError, LookupError) as error:
            raise errors.InputError(
                f"The state in {self._run.folder} is of another version "
                f"({errors.one_line(str(error))}); {resuming.REMEDY}."
            ) from error
        self._selection.go_on()
        self._kept_rows = len(found.rows)
        for board in self._boards:
            board.go_on(arrays.get("best_labels", ()), found.events)
        return True

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Keeps the untrained model, whose row may have taken long."""
        if self._run.goes_on:
            return
        if self.untrained is None:
            self.untrained = self._evaluated.first
        self._keep()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps the model after an epoch, unless one before was kept a moment ago."""
        if time.perf_counter() >= self._next:
            self._keep()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Keeps the model after the last epoch."""
        if self._kept_rows < len(self._run.rows):
            self._keep()
        if self._run.goes_on:  # The files may tell of epochs that are not to be.
            self._run.write()

    def _keep(self) -> None:
        if self._keeper is None:
            return
        start = time.perf_counter()
        found, best = self._pseudo_labelling.labelling, self._selection.best
        self._keeper.keep(
            rows=[vars(row) for row in self._run.rows],
            seconds=self._run.seconds,
            best=None if best is None else best.epoch,
            untrained=self.untrained and dataclasses.asdict(self.untrained),
            events={k: v for board in self._boards for k, v in board.sizes().items()},
            arrays={
                "weights": state_file.copies(self.model.weights),
                "optimizer": state_file.copies(self.model.optimizer.variables),
                "labels": [found.labels],
                "kept": [found.kept],
                "prototypes": found.prototypes,
                "best_labels": [
                    board.best_labels
                    for board in self._boards
                    if board.best_labels is not None
                ],
            },
        )
        self._kept_rows = len(self._run.rows)
        end = time.perf_counter()
        self._next = end + (end - start) * (1 / SHARE - 1)


def _labelling(arrays: Mapping[str, Sequence[np.ndarray]]) -> labelling.Labelling:
    """What the next epoch trains on; what else it knew is in the rows."""
    (labels,), (kept,), (first, second) = (
        arrays[kind] for kind in ("labels", "kept", "prototypes")
    )
    counts = [int(of_view.max(initial=-1)) + 1 for of_view in labels.T]
    return labelling.Labelling(
        labels, (first, second), kept, num_clusters=(counts[0], counts[1]), nearest=()
    )
