"""Source models of the matrix: each is trained once for a data set and a seed."""

import dataclasses
import json
import pathlib
import time
from collections.abc import Callable

import numpy as np

from datasets import body_parts
from scripts.ablations import results as all_results
from scripts.matrix import results
from simmc_tf import atomic, memory
from simmc_tf import data as data_module
from simmc_tf.sources import names

_SECONDS = "seconds.json"


@dataclasses.dataclass(frozen=True)
class Trained:
    """A source model.

    Attributes:
        represent: [n, f, 3J] to [n, f, d], compiled.
        width: d.
        parameters: that representing needs.
        epoch: of its weights.
        seconds: that its training took.
    """

    represent: Callable
    width: int
    parameters: int
    epoch: int
    seconds: float

    def of(self, data: data_module.ReidData) -> data_module.ReidData:
        """Representations of all sequences, computed when somebody asks for them."""
        from simmc_tf.sources import representing

        def split(one: data_module.Split) -> data_module.Split:
            found = representing.Represented(self.represent, self.width, one.sequences)
            return data_module.Split(found, one.persons)

        return _changed(data, split)


def obtain(
    run: results.Run,
    data: data_module.ReidData,
    folder: pathlib.Path,
    report: Callable[[str], None],
) -> Trained:
    """The source model of a run: loaded, gone on with, or trained.

    To be called when TensorFlow has its device.

    Args:
        run: that needs it.
        data: of the run.
        folder: of all results.
        report: takes lines of progress.

    Raises:
        errors.InputError: it cannot be trained on these data.
    """
    from simmc_tf.sources import obtaining, representing, saved
    from simmc_tf.sources import settings as settings_module

    if run.source is None:
        raise TypeError(f"{run} has no source model.")
    settings = settings_module.Settings(**run.source)
    body = None
    if settings.model in names.OF_GRAPHS:
        body = body_parts.of(run.column.joints)
    sequences = data.train.sequences
    place = folder / "pretexts" / run.column.trained_on / settings.model
    place /= f"{run.seed}-{_key(run, sequences)}"
    clock = _Clock(place / _SECONDS, report, stopped=saved.is_there(place))
    model = obtaining.obtain(sequences, settings, {}, place, {}, body, clock.report)
    description = json.loads((place / saved.DESCRIPTION).read_text(encoding="utf-8"))
    return Trained(
        representing.compiled(model, *sequences.shape[1:]),
        model.width,
        _parameters(model, sequences[:1]),
        description["best_epoch"],
        clock.seconds,
    )


def held(
    data: data_module.ReidData, folder: pathlib.Path, report: Callable[[str], None]
) -> data_module.ReidData:
    """All of a data set's representations, computed once; in files where large.

    Args:
        data: that are computed when somebody asks.
        folder: takes the files, which have no names.
        report: takes a line.
    """

    def split(one: data_module.Split) -> data_module.Split:
        kept = memory.empty(one.sequences.shape, folder)
        for some in data_module.pieces(len(one)):
            kept[some] = one.sequences[some]
        report(f"represented: {list(kept.shape)}")
        return data_module.Split(kept, one.persons)

    return _changed(data, split)


def _changed(
    data: data_module.ReidData,
    change: Callable[[data_module.Split], data_module.Split],
) -> data_module.ReidData:
    """The data with features in the place of coordinates."""
    matching = data.matching
    if matching is not None:
        gallery = change(matching.gallery)
        same = matching.leave_self_out
        probe = gallery if same else change(matching.probe)
        matching = data_module.Matching(gallery, probe, same)
    return data_module.ReidData(
        change(data.train), matching, data.balanced, coordinates=False
    )


def _key(run: results.Run, sequences: data_module.Sequences) -> str:
    """Another one for all that decides the weights, which are hours of work."""
    found = {
        "source": dict(run.source or {}),
        "joints": run.column.joints,
        "data": data_module.digest(sequences),
        "code": all_results.program(results.OF_PRETEXTS),
        "versions": all_results.versions(),
    }
    return results.digest(found)[:12]


def _parameters(model, sequences: np.ndarray) -> int:
    """Numbers that a representation depends on; what only the loss needs is none."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        model.represent(tf.convert_to_tensor(sequences, tf.float32))
    return sum(int(np.prod(one.shape)) for one in tape.watched_variables())


class _Clock:
    """Adds up the seconds of a training that may be stopped, line by line.

    Args:
        path: of the file that keeps them.
        report: takes lines of progress.
        stopped: the training has ended before.
    """

    def __init__(
        self, path: pathlib.Path, report: Callable[[str], None], stopped: bool
    ) -> None:
        self._path = path
        self._report = report
        self._stopped = stopped
        self._started = time.perf_counter()
        self.seconds = 0.0
        if path.is_file():
            self.seconds = float(json.loads(path.read_text(encoding="utf-8")))
        self._before = self.seconds

    def report(self, line: str) -> None:
        """Takes a line of progress."""
        if not self._stopped:
            self.seconds = self._before + time.perf_counter() - self._started
            atomic.write_json(self._path, self.seconds)
        self._report(line)
