"""Measures one data set: its phases, their limits, a naive reference, a whole run."""

import dataclasses
import os
import pathlib
import tempfile
import time
from collections.abc import Callable

import numpy as np

from scripts.benchmarks import (
    data_sets,
    limits,
    naive,
    phase_limits,
    phases,
    recorder,
    results,
    whole_run,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import experiment, labelling, pseudo_labels

# In the order in which they are shown.
NAMES = (
    *("load", "features", "neighbours", "neighbours_again", "jaccard", "dbscan"),
    *("prototypes", "training", "evaluation", "diagnostics", "epoch", "first_epoch"),
)
# What is measured with others, and shown with the targets.
VIEWS, FAISS, COLD = "views", "faiss", "first_epoch_cold"
_WHOLE = ("epoch", "first_epoch")
# Of which an epoch consists.
_OF_EPOCH = (
    *("features", "neighbours", "jaccard", "dbscan", "prototypes"),
    *("training", "evaluation", "diagnostics"),
)


@dataclasses.dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        phases: some of `NAMES`.
        repeats: of each phase.
        epochs: of a whole run, at least 3.
        reference: features that the naive computation takes, 0 for none.
        cold: the first epoch also with nothing compiled.
        seed: of the run.
        folder: takes temporary files.
    """

    phases: tuple[str, ...]
    repeats: int
    epochs: int
    reference: int
    cold: bool
    seed: int
    folder: pathlib.Path

    def wants(self, *names: str) -> bool:
        """Whether one of the phases is asked for."""
        return bool(set(names) & set(self.phases))


def measure(
    source: data_sets.Source,
    data: data_module.ReidData,
    run: results.Run,
    options: Options,
    machine: limits.Machine,
    say: Callable[[str], None],
) -> None:
    """Measures what was asked for and adds it to `run`.

    Args:
        source: of the data.
        data: that it loads.
        run: of this data set.
        options: what to measure, and how.
        machine: to measure the limits with.
        say: takes a line on what is being done.
    """
    found = run.phases
    if options.wants("load"):
        say("load")
        found["load"] = phases.load(source, options.repeats)
        moved = sum(split.sequences.nbytes for split in data.splits.values())
        _limit(
            found["load"],
            machine.moving(source.num_bytes + moved, "the file in, sequences out"),
        )
    if set(options.phases) - {"load", "epoch"} or options.reference:
        say("an epoch to warm up")
        config = source.config(epochs=options.epochs, seed=options.seed)
        bench = phases.Bench(data, config, options.repeats, options.folder)
        _measure_phases(bench, found, options, say)
        say("limits")
        for name, limit in phase_limits.of(bench, machine, options.phases).items():
            if name in found:
                _limit(found[name], limit)
        if options.reference:
            say("naive reference")
            run.reference = compare_naive(bench, options.reference)
        del bench
    if options.wants(*_WHOLE):  # By now the compiled functions are in their cache.
        _whole_run(source, run, options, say)
    parts = [found[name].limit for name in _OF_EPOCH if name in found]
    if "epoch" in found and len(parts) == len(_OF_EPOCH) and all(parts):
        total = sum(part for part in parts if part is not None)
        _limit(found["epoch"], limits.Limit(total, "the sum of its phases' limits"))
    run.phases = {
        name: found[name] for name in (*NAMES, VIEWS, FAISS, COLD) if name in found
    }


def _limit(phase: results.Phase, limit: limits.Limit) -> None:
    phase.limit, phase.limit_cpu, phase.basis = limit.seconds, limit.cpu, limit.what


def _measure_phases(
    bench: phases.Bench,
    found: dict[str, results.Phase],
    options: Options,
    say: Callable[[str], None],
) -> None:
    if options.wants("evaluation", "first_epoch"):
        say("evaluation")
        evaluated = bench.evaluate()
        if options.wants("evaluation"):
            found["evaluation"] = evaluated
    if options.wants("features"):
        say("features")
        found["features"] = bench.encode()
    if options.wants(*phases.LABELLING):
        say(", ".join(phases.LABELLING))
        labelled = bench.cluster()
        found[VIEWS] = labelled.pop(VIEWS)
        found.update({k: v for k, v in labelled.items() if k in options.phases})
        say("two searches by faiss")
        found[FAISS] = bench.search_by_faiss()
    if options.wants("diagnostics"):
        say("diagnostics")
        found["diagnostics"] = bench.diagnose()
    if options.wants("neighbours_again"):
        say("neighbours an epoch later")
        found["neighbours_again"] = bench.cluster_again()["neighbours"]
    if options.wants("training"):
        say("training")
        found["training"] = bench.train()


class _Given:
    """In the place of an encoder: features of some rows, computed before."""

    def __init__(self, features: list[np.ndarray]) -> None:
        self._features = features

    def views(self, *_: object) -> list[np.ndarray]:
        return list(self._features)  # It is used up.


def compare_naive(bench: phases.Bench, num_rows: int) -> results.Reference:
    """Times both ways on some of the features, and compares their labels."""
    config = bench.config
    count = min(num_rows, len(bench.rows))
    chosen = np.random.default_rng(0).permutation(len(bench.rows))[:count]
    features = [view[chosen] for view in bench.features]
    return compare_labels(features, bench.sequences[:count], config)


def compare_labels(
    features: list[np.ndarray], sequences: np.ndarray, config: configs.Config
) -> results.Reference:
    """Labels both views' features [n, H] here and naively."""
    count = len(features[0])
    record = recorder.Recorder(pathlib.Path())
    record.begin_epoch()
    start = time.perf_counter()
    here = labelling.cluster_views(
        _Given(features),  # type: ignore[arg-type]
        *(sequences, np.arange(count), 0, config, record),
    )
    middle = time.perf_counter()
    naively = [
        naive.labels(
            *(view, config.k1, config.k2),
            *(config.eps + pseudo_labels.DISTANCE_TOLERANCE, config.min_samples),
        )
        for view in features
    ]
    end = time.perf_counter()
    same = bool(np.array_equal(np.stack(naively, axis=1), here.labels))
    return results.Reference(count, end - middle, middle - start, same)


def digest(data: data_module.ReidData) -> dict[str, str]:
    """SHA-256 of each split."""
    return experiment.fingerprint(data)


def _whole_run(
    source: data_sets.Source,
    run: results.Run,
    options: Options,
    say: Callable[[str], None],
) -> None:
    say("a whole run, in a process of its own")
    whole = whole_run.start(source, options.epochs, options.seed, dict(os.environ))
    run.memory = whole["memory"]
    if options.wants("epoch"):
        run.phases["epoch"] = results.Phase(whole["wall"], whole["cpu"])
    if options.wants("first_epoch"):
        run.phases["first_epoch"] = results.Phase([whole["first"]])
        if options.cold:
            say("a whole run with nothing compiled")
            with tempfile.TemporaryDirectory() as cache:
                environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
                cold = whole_run.start(
                    source, options.epochs, options.seed, environment
                )
            run.phases[COLD] = results.Phase([cold["first"]])
