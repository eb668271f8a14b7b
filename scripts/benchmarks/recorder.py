"""A run's history that takes CPU seconds and memory too."""

import contextlib
import pathlib
import time
from collections.abc import Iterator

import keras

from scripts.benchmarks import memory, results
from simmc_tf import history


class Recorder(history.History):
    """Takes the place of a run's history; writes nothing.

    The first repetition is for the memory alone: freed memory is given back before
    each phase, which then takes longer. It also gets ready what is used again.

    Args:
        folder: takes temporary files of arrays too large to hold.

    Attributes:
        wall: seconds of every phase in each repetition; what is done once a view is
            summed.
        cpu: the same of all threads.
        peak: bytes at most above those at a phase's begin.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self.wall = self.seconds
        self.cpu: list[dict[str, float]] = []
        self.peak: dict[str, int] = {}

    def begin_epoch(self) -> None:
        """From now on phases count for the next repetition."""
        super().begin_epoch()
        self.cpu.append({})

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Adds the cost of the block to a phase of the current repetition."""
        if len(self.cpu) == 1:
            memory.give_back()
            with memory.Peak() as peak:
                yield
            self.peak[name] = max(self.peak.get(name, 0), peak.above)
            return
        start = time.process_time()
        with super().phase(name):
            yield
        spent = time.process_time() - start
        self.cpu[-1][name] = self.cpu[-1].get(name, 0.0) + spent

    def phases(self) -> dict[str, results.Phase]:
        """Every phase that was recorded, over the repetitions."""
        return {
            name: results.Phase(
                [found[name] for found in self.wall[1:]],
                [found[name] for found in self.cpu[1:]],
                peak,
            )
            for name, peak in self.peak.items()
        }


class TrainingSteps(keras.callbacks.Callback):
    """Records all steps of each epoch as phase `training`.

    Args:
        recorder: to record with.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._phase: contextlib.AbstractContextManager[None] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Begins a repetition."""
        self._recorder.begin_epoch()
        self._phase = self._recorder.phase("training")
        self._phase.__enter__()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Ends it."""
        if self._phase is not None:
            self._phase.__exit__(None, None, None)
