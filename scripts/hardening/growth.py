"""Whether a long run grows: python -m scripts.hardening.growth --plot growth.svg.

Trains for --epochs on few generated walkers in a process of its own, and looks after
every epoch at its memory, open files and threads in /proc. Prints what each gains a
thousand epochs after the first tenth, in which all is compiled and filled, and the
seconds of an epoch then and in the last tenth. Exit status 1 where files or threads
grow, or memory by more than --most_megabytes a thousand epochs.
"""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import flags

from flags import entry
from scripts.benchmarks import tables
from simmc_tf import atomic, errors

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_COMMAND = (
    *("SimMC.py", "--dataset", "Synthetic", "--gpu", "-1", "--noexport", "--noreport"),
    *("--H", "16", "--batch_size", "64"),
)
_EPOCH = re.compile(r"epoch +(\d+)/")
_MEMORY = re.compile(r"^VmRSS:\s*(\d+) kB$", re.MULTILINE)
_THREADS = re.compile(r"^Threads:\s*(\d+)$", re.MULTILINE)
_SHARE = 10  # Of the epochs that are warm-up, and that the last ones are.


@dataclasses.dataclass
class Samples:
    """What a process had after its epochs; lists of equal length."""

    epochs: list[int] = dataclasses.field(default_factory=list)
    megabytes: list[float] = dataclasses.field(default_factory=list)
    files: list[int] = dataclasses.field(default_factory=list)
    threads: list[int] = dataclasses.field(default_factory=list)
    seconds: list[float] = dataclasses.field(default_factory=list)

    def take(self, epoch: int, process: int, since: float) -> None:
        """Looks at a process.

        Raises:
            OSError: it has ended.
        """
        status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii")
        memory, threads = _MEMORY.search(status), _THREADS.search(status)
        if memory is None or threads is None:  # It is about to be gone.
            return
        handles = len(os.listdir(f"/proc/{process}/fd"))
        self.epochs.append(epoch)
        self.megabytes.append(int(memory[1]) / 1024)
        self.files.append(handles)
        self.threads.append(int(threads[1]))
        self.seconds.append(time.perf_counter() - since)

    def gain(self, name: str) -> float:
        """What a column gains a thousand epochs after the warm-up, by least squares."""
        first = len(self.epochs) // _SHARE
        values = getattr(self, name)[first:]
        return float(1000 * np.polyfit(self.epochs[first:], values, 1)[0])

    def row(self, name: str) -> tuple[str, ...]:
        """A row of the table."""
        values = getattr(self, name)
        warm = values[len(values) // _SHARE]
        numbers = warm, values[-1], max(values), self.gain(name)
        return (name, *(f"{number:,.2f}" for number in numbers))


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, meaning in (
        ("epochs", 2000, "of the run"),
        ("persons", 3, "generated walkers"),
    ):
        flags.DEFINE_integer(name, default, meaning, lower_bound=1, flag_values=values)
    flags.DEFINE_enum(
        "preset", "auto", ["auto", "published"], "of the run", flag_values=values
    )
    flags.DEFINE_float("most_megabytes", 20.0, "a thousand epochs", flag_values=values)
    flags.DEFINE_string("plot", None, "draw memory to this file", flag_values=values)


def main(argv: list[str]) -> None:
    """Runs, and prints what grew."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    found = _watched(values.epochs, values.persons, values.preset)
    names = "megabytes", "files", "threads"
    head = ("", "after warm-up", "at the end", "at most", "a thousand epochs")
    print(tables.aligned([head, *map(found.row, names)]))
    tenth = max(1, len(found.epochs) // _SHARE)
    steps = np.diff(found.seconds)
    print(
        f"{found.epochs[-1]} epochs in {found.seconds[-1]:.0f} s; an epoch takes "
        f"{np.median(steps[tenth : 2 * tenth]):.3f} s in the second tenth, "
        f"{np.median(steps[-tenth:]):.3f} s in the last"
    )
    if values.plot is not None:
        _draw(pathlib.Path(values.plot), found)
    grows = any(found.gain(name) > 0.5 for name in ("files", "threads"))
    if grows or found.gain("megabytes") > values.most_megabytes:
        sys.exit(1)


def _watched(epochs: int, persons: int, preset: str) -> Samples:
    found = Samples()
    size = "--synthetic_persons", str(persons), "--preset", preset
    length = "--epochs", str(epochs), "--patience", str(epochs)
    with (
        tempfile.TemporaryDirectory() as root,
        subprocess.Popen(
            [sys.executable, *_COMMAND, *size, *length, "--model_root", root],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101
        start = time.perf_counter()
        try:
            for line in process.stdout:
                epoch = _EPOCH.match(line)
                if epoch is not None:
                    found.take(int(epoch[1]), process.pid, start)
                    if found.epochs[-1] % 100 == 0:
                        print(line, end="", file=sys.stderr, flush=True)
        finally:
            process.terminate()
    if process.returncode and len(found.epochs) <= epochs:
        raise errors.InputError(f"The run ended with {process.returncode}; see above.")
    return found


def _draw(path: pathlib.Path, found: Samples) -> None:
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(found.epochs, found.megabytes)
    axes.set_xlabel("epoch")
    axes.set_ylabel("memory of the process, MB")
    axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    atomic.write(
        path,
        lambda temporary: figure.savefig(
            temporary, format=path.suffix[1:] or "svg", metadata={"Date": None}
        ),
    )


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
