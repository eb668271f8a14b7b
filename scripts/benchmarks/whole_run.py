"""A whole training run in a process of its own, whose memory is nobody else's.

Started by scripts.benchmark: python -m scripts.benchmarks.whole_run.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from absl import flags

from flags import entry
from scripts.benchmarks import data_sets, memory
from simmc_tf import atomic, startup
from simmc_tf import config as configs
from simmc_tf import data as data_module

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string("source", None, "as data_sets.as_text", flag_values=values)
    flags.DEFINE_integer("epochs", 5, "to train", flag_values=values)
    flags.DEFINE_integer("seed", 0, "of the run", flag_values=values)
    flags.DEFINE_string("folder", None, "takes the model", flag_values=values)
    flags.DEFINE_string("to", None, "takes the figures", flag_values=values)


def start(
    source: data_sets.Source, epochs: int, seed: int, environment: dict[str, str]
) -> dict:
    """Runs this program on some data, until this process ends at the latest.

    Returns:
        What it measures.

    Raises:
        RuntimeError: it fails, after having said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        to = pathlib.Path(folder) / "figures.json"
        command = [sys.executable, "-m", "scripts.benchmarks.whole_run"]
        command += ["--source", data_sets.as_text(source), "--to", str(to)]
        command += ["--epochs", str(epochs), "--seed", str(seed)]
        command += ["--folder", str(pathlib.Path(folder) / "model")]
        done = subprocess.run(
            command,
            cwd=_ROOT,
            env=environment,
            check=False,
            # Ctrl-C is for this process, which then ends that one.
            start_new_session=True,
        )
        if done.returncode:
            raise RuntimeError(f"The whole run ended with status {done.returncode}.")
        return json.loads(to.read_text(encoding="utf-8"))


class Epochs:
    """Takes the lines of a run, and the time of those that end an epoch.

    Attributes:
        ends: wall clock at the end of every epoch, that of the untrained model first.
        cpu: process's CPU clock then.
    """

    def __init__(self, label: str) -> None:
        self.ends: list[float] = []
        self.cpu: list[float] = []
        self._label = label

    def __call__(self, line: str) -> None:
        """Takes note of a line of progress."""
        if line.startswith("epoch"):
            self.ends.append(time.perf_counter())
            self.cpu.append(time.process_time())
        print(f"{self._label}: {line}", file=sys.stderr, flush=True)


def main(argv: list[str]) -> None:
    """Trains, and writes what it cost."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    with memory.Peak() as whole:
        startup.prepare(0)
        source = data_sets.from_text(values.source)
        from simmc_tf import experiment

        imported = memory.resident()
        data = source.load()
        loaded = memory.resident()
        config = source.config(epochs=values.epochs, seed=values.seed)
        epochs = Epochs(source.name)
        start = time.perf_counter()
        result = experiment.train(data, config, pathlib.Path(values.folder), {}, epochs)
    # Row 0 is the untrained model's, and the first epoch is still being traced.
    later = result.run.seconds[2:]
    total, training = (
        statistics.median(row[name] for row in later) for name in ("total", "training")
    )
    # Up to the end of epoch 1 there are two rows, one of them without training, and
    # what a run does before them.
    usual = 2 * total - training + _before_training(data, config)
    atomic.write_json(
        pathlib.Path(values.to),
        {
            "wall": [row["total"] for row in later],
            "cpu": [
                after - before
                for before, after in zip(epochs.cpu[1:-1], epochs.cpu[2:], strict=True)
            ],
            "first": epochs.ends[1] - start - usual,
            "memory": {
                "after imports": imported,
                "after loading": loaded,
                "at most": whole.most,
            },
        },
    )


def _before_training(data: data_module.ReidData, config: configs.Config) -> float:
    """Seconds of what a run does before its epochs, once everything is compiled."""
    from simmc_tf import checkpoints, evaluation, experiment, pipeline, yardsticks

    if data.matching is None:
        raise TypeError("Every data set here has probes.")
    simmc = checkpoints.build(config, data.train.sequences.shape[-1])
    encoder = pipeline.BulkEncoder(simmc.encoder)
    encoder.whole(data.matching.probe.sequences)
    start = time.perf_counter()
    experiment.describe(data, config, {})
    evaluation.match(data.matching, encoder.whole)
    yardsticks.scores(data)
    return time.perf_counter() - start


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
