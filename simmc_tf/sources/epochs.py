"""What happens after every epoch of a source model's training."""

import math
import pathlib
import statistics
import time
from collections.abc import Callable, Mapping

import keras

from simmc_tf import atomic, bad_numbers, history, progress, state_file, stopping
from simmc_tf import data as data_module
from simmc_tf.sources import batches, names, saved, stage, state
from simmc_tf.sources import course as courses
from simmc_tf.sources import settings as settings_module

_SECONDS_BETWEEN_STATES = 20.0
# Epochs that are shorter are told of by their lines alone.
_LONG = 10.0


class SourceKeeper:
    """Writes the best weights and the state, not more often than is worth its time."""

    def __init__(
        self,
        folder: pathlib.Path,
        model: stage.Stage,
        made_of: Mapping[str, object],
        description: Mapping[str, object],
        course: courses.Course,
    ) -> None:
        self.course = course
        self._folder = folder
        self._model = model
        self._made_of = made_of
        self._description = description
        self._state: state.State | None = None
        self._best: list | None = None
        self._written = -math.inf

    def note(self, row: courses.Row) -> None:
        """Takes note of the model after an epoch."""
        if self.course.add(row):
            self._best = state_file.copies(self._model.weights)
        self._state = state.State.of(self._made_of, self.course.rows, self._model)
        if time.monotonic() - self._written > _SECONDS_BETWEEN_STATES:
            self.write()

    def write(self) -> None:
        """Writes what was noted since the last time."""
        if self._state is None:
            return
        if self._best is not None:
            weights = state_file.copies(self._model.weights)
            self._model.set_weights(self._best)
            saved.save(self._folder, self._model, self._told(finished=False))
            self._model.set_weights(weights)
        history.write_csv(self._folder / saved.LOSSES, self.course.rows)
        # Last: weights of an epoch that the state does not know come again.
        self._state.write(self._folder)
        self._state = self._best = None
        self._written = time.monotonic()

    def kept(self) -> str:
        """What to say where the training is stopped."""
        epochs = f"{len(self.course.rows)} epochs of the source model"
        return (
            f"of {epochs} the last 20 s may be lost; go on with: {stopping.command()}"
        )

    def finish(self) -> Mapping[str, object]:
        """Marks the model as trained to its end; content of source.json."""
        told = self._told(finished=True)
        atomic.write_json(self._folder / saved.DESCRIPTION, told)
        (self._folder / state.FILE).unlink(missing_ok=True)
        return told

    def _told(self, finished: bool) -> dict[str, object]:
        return {
            **self._description,
            "best_epoch": self.course.best_epoch,
            "best_loss": self.course.lowest,
            "epochs": len(self.course.rows),
            "finished": finished,
        }


class Epochs(keras.callbacks.Callback):
    """After every epoch: keeps, tells, and begins the next one or stops.

    Args:
        keeper: of the model.
        plan: of the epochs.
        settings: of the training.
        sequences: [N, f, 3J] that are trained on.

    Attributes:
        report: takes a line an epoch.
    """

    def __init__(
        self,
        keeper: SourceKeeper,
        plan: batches.Plan,
        settings: settings_module.Settings,
        sequences: data_module.Sequences,
    ) -> None:
        super().__init__()
        self.report: Callable[[str], None] = print
        self._keeper = keeper
        self._plan = plan
        self._settings = settings
        self._sequences = sequences
        self._seconds: list[float] = []
        self._started: float | None = None
        self._steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Takes the time, and counts from 0."""
        self.model.watch.begin()
        self._started = time.perf_counter()
        self._steps = 0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts."""
        self._steps += 1

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Does what the class says.

        Raises:
            errors.InputError: a number of the loss or of the weights is not finite.
        """
        flag = names.flag("lr", self._settings.supervised)
        lower = f"the weights grew too large; lower {flag} ({self._settings.lr:g})"
        bad_numbers.check(
            *(self.model, epoch + 1, self._sequences),
            {(): f"{lower}; {state.RETRAIN}."},
        )
        found = logs or {}
        row = {name: float(found[name]) for name in ("loss", *self.model.terms)}
        self._keeper.note({"epoch": epoch + 1, **row})
        if self._started is not None:
            self._seconds.append(time.perf_counter() - self._started)
        self.report(self._line(row, epoch + 1))
        self._plan.begin(epoch + 1)
        if self._keeper.course.has_ended(self._settings):
            self.model.stop_training = True

    def _line(self, row: courses.Row, epoch: int) -> str:
        epochs, best = self._settings.epochs, self._keeper.course.best_epoch
        width = len(str(epochs))
        shown = list(row)
        if len(self.model.terms) == 1:  # It is the loss.
            shown.remove("loss")
        # The first epoch's time has all compilation in it.
        typical = statistics.median(self._seconds[1:] or self._seconds)
        left = progress.duration((epochs - epoch) * typical)
        return "  ".join(
            [
                f"epoch {epoch:{width}d}/{epochs}",
                *(f"{name} {row[name]:<9.4g}" for name in shown),
                f"best @{best:<{width}}",
                f"{self._seconds[-1]:5.1f} s",
                f"at most {left} left",
            ]
        )

    def standing(self) -> str | None:
        """What a long epoch is at."""
        if self._started is None:
            return None
        elapsed = time.perf_counter() - self._started
        if elapsed < _LONG:
            return None
        text = f"epoch {int(self._plan.epoch) + 1}: {self._steps:,} of "
        text += f"{self.params['steps']:,} batches, {progress.duration(elapsed)} so far"
        left = (self._seconds[-1] - elapsed) if self._seconds else 0.0
        return f"{text}, {progress.duration(left)} left" if left > 0 else text
