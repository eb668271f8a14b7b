"""How soon a run ends when it is asked to: python -m scripts.hardening.interrupts.

Starts training on generated walkers as often as --tries says, and sends Ctrl-C, and
every other time SIGTERM as batch queues do, at a random moment between its first line
and its end. Prints the seconds until it has ended, and whether it said what is kept,
once and without a traceback, and left no half-written file. Exit status 1 where it did
not, or took longer than --most seconds; on a busy machine that tells of the machine.
"""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from absl import flags

from flags import entry
from scripts.benchmarks import tables

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_COMMAND = "SimMC.py", "--dataset", "Synthetic", "--gpu", "-1"
_SIGNALS = signal.SIGINT, signal.SIGTERM


@dataclasses.dataclass(frozen=True)
class Try:
    """A run that was stopped.

    Attributes:
        after: seconds from its first line to the signal.
        seconds: from the signal to its end.
        wrong: what was not as it should be; empty: nothing.
    """

    after: float
    seconds: float
    wrong: str


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, meaning in (
        ("tries", 20, "runs to stop"),
        ("persons", 30, "generated walkers"),
        ("seed", 0, "of the moments"),
    ):
        flags.DEFINE_integer(name, default, meaning, lower_bound=0, flag_values=values)
    for name, seconds, meaning in (
        ("within", 30.0, "seconds after its first line in which a run is stopped"),
        ("most", 2.0, "seconds that a run may take to end"),
    ):
        flags.DEFINE_float(name, seconds, meaning, lower_bound=0, flag_values=values)


def main(argv: list[str]) -> None:
    """Stops runs, and prints how soon they ended."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    draw = random.Random(values.seed)
    found: dict[signal.Signals, list[Try]] = {number: [] for number in _SIGNALS}
    for number in range(values.tries):
        kind = _SIGNALS[number % len(_SIGNALS)]
        one = _stopped(kind, draw.uniform(0, values.within), values.persons)
        found[kind].append(one)
        wrong = one.wrong or "as it should"
        print(
            f"{kind.name} after {one.after:.1f} s: ended in {one.seconds:.2f} s, "
            f"{wrong}",
            flush=True,
        )
    rows = [("signal", "tries", "median s", "worst s", "wrong")]
    for kind, tries in found.items():
        if tries:
            seconds = [one.seconds for one in tries]
            rows.append(
                (
                    *(kind.name, str(len(tries)), f"{statistics.median(seconds):.2f}"),
                    *(f"{max(seconds):.2f}", str(sum(bool(t.wrong) for t in tries))),
                )
            )
    print(tables.aligned(rows))
    all_tries = [one for tries in found.values() for one in tries]
    if any(one.wrong or one.seconds > values.most for one in all_tries):
        sys.exit(1)


def _stopped(kind: signal.Signals, after: float, persons: int) -> Try:
    with tempfile.TemporaryDirectory() as root:
        arguments = ["--synthetic_persons", str(persons), "--model_root", root]
        with subprocess.Popen(
            [sys.executable, *_COMMAND, *arguments],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Shells let what they start in the background ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            assert process.stdout is not None  # noqa: S101
            process.stdout.readline()
            time.sleep(after)
            process.send_signal(kind)
            start = time.perf_counter()
            _, said = process.communicate()
            seconds = time.perf_counter() - start
        return Try(after, seconds, _wrong(kind, process.returncode, said, root))


def _wrong(kind: signal.Signals, status: int, said: str, root: str) -> str:
    found = []
    done = list(pathlib.Path(root).rglob("best.json"))
    if done and status == -kind:
        status = 0  # All was done: Python no longer listens once it tears itself down.
    if status not in (128 + kind, 0):  # It may have been done.
        found.append(f"exit status {status}")
    if "Traceback" in said or said.count("stopped;") != bool(status):
        found.append(f"said {said[-2000:]!r}")
    if left := [path.name for path in pathlib.Path(root).rglob(".*")]:
        found.append(f"left {', '.join(left)}")
    return "; ".join(found)


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
