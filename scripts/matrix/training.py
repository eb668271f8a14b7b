"""A run of the matrix, in a process of its own: started by scripts.results."""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import pathlib
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

from datasets.representations import functions
from flags import entry
from scripts.ablations import comparison, processes
from scripts.matrix import methods, pretexts, results
from simmc_tf import cores, evaluation, startup, yardsticks
from simmc_tf import data as data_module

# Measured at most among the development data, SM-SGE + SimMC on peer_ks20: 1.6 GB.
_BYTES_OF_RUN = 2_000_000_000


@dataclasses.dataclass(frozen=True)
class _Found:
    """What a method came to.

    Attributes:
        scores: under the run's protocol.
        parameters: of the encoder; None where nothing is learnt.
        epochs: of the chosen weights, by what was trained.
        seconds_before: that another run spent on this one's pretext.
    """

    scores: evaluation.Scores
    parameters: int | None = None
    epochs: Mapping[str, int] = dataclasses.field(default_factory=dict)
    seconds_before: float = 0.0


def train(
    run: results.Run,
    folder: pathlib.Path,
    program: str,
    report: Callable[[str], None] = print,
) -> None:
    """Trains, evaluates and writes the result.

    Args:
        run: what to train.
        folder: of all results.
        program: the code that this process has loaded.
        report: takes lines of progress.

    Raises:
        errors.InputError: data and hyperparameters do not fit.
    """
    start = time.perf_counter()
    data = run.column.load(run.seed)
    if run.setting in methods.FUNCTIONS:
        found = _function(run, data)
    else:
        startup.prepare(-1)
        with tempfile.TemporaryDirectory() as temporary:
            place = pathlib.Path(temporary)
            found = _learnt(run, data, folder, place, report)
    seconds = time.perf_counter() - start
    results.Result(
        run=run.identity(program),
        seconds=seconds,
        seconds_of_method=seconds + found.seconds_before,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        cores=cores.count(),
        data_sha256={
            name: data_module.digest(split.sequences)
            for name, split in data.splits.items()
        },
        scores=dataclasses.asdict(found.scores),
        parameters=found.parameters,
        epochs=dict(found.epochs),
    ).write(run.path(folder))


def _function(run: results.Run, data: data_module.ReidData) -> _Found:
    """A known function of skeletons."""
    name = methods.FUNCTIONS[run.setting]
    function = functions.find(name, run.column.joints).representation
    encode = function.fit(data.train.sequences)
    return _Found(evaluation.match(_matching(data), encode, run.counted_batch))


def _learnt(
    run: results.Run,
    data: data_module.ReidData,
    folder: pathlib.Path,
    temporary: pathlib.Path,
    report: Callable[[str], None],
) -> _Found:
    """A source model, SimMC, or SimMC on what a source model gives."""
    if run.source is None:
        return _simmc(run, data, temporary, report)
    started = time.perf_counter()
    model = pretexts.obtain(run, data, folder, report)
    before = max(0.0, model.seconds - (time.perf_counter() - started))
    represented = model.of(data)
    if run.config is None:
        encode = yardsticks.MEAN.encode
        found = _Found(
            evaluation.match(_matching(represented), encode, run.counted_batch),
            parameters=0,
        )
    else:
        kept = pretexts.held(represented, temporary, report)
        found = _simmc(run, kept, temporary, report)
    return _Found(
        found.scores,
        model.parameters + (found.parameters or 0),
        {"pretext": model.epoch, **found.epochs},
        before,
    )


def _simmc(
    run: results.Run,
    data: data_module.ReidData,
    temporary: pathlib.Path,
    report: Callable[[str], None],
) -> _Found:
    # Not before the device is prepared: they load TensorFlow.
    from simmc_tf import complexity, experiment

    if run.config is None:
        raise TypeError(f"{run} has no hyperparameters.")
    found = experiment.train(data, run.config, temporary / "model", {}, report)
    if found.scores is None:
        raise TypeError("All columns have probes.")
    size = complexity.of_run(
        run.config, data.train.sequences.shape[-1], run.column.length, data.coordinates
    )
    epochs = {"SimMC": found.best_epoch}
    return _Found(found.scores, size.encoder_parameters, epochs)


def _matching(data: data_module.ReidData) -> data_module.Matching:
    if data.matching is None:
        raise TypeError("All columns have probes.")
    return data.matching


def work() -> comparison.Work[results.Run, results.Result]:
    """How these runs are done."""
    return comparison.Work(
        results.program,
        results.read,
        train,
        __name__,
        lambda result: result.line,
        apart=lambda run: run.pretext,
        bytes_of_run=_BYTES_OF_RUN,
        by_setting=True,
    )


def _do(
    asked: Mapping[str, Any],
    folder: pathlib.Path,
    program: str,
    report: Callable[[str], None],
) -> None:
    train(results.Run.of(asked), folder, program, report)


def main(argv: list[str]) -> None:
    """Does the task that is its only argument; ends when standard input does."""
    processes.work(argv, results.program, _do)


if __name__ == "__main__":
    entry.run(main)
