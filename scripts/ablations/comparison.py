"""All runs of a comparison: those that are done, that go on, and that wait."""

import contextlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from scripts.ablations import results, training, workers
from simmc_tf import cores, errors, heartbeat, progress, startup

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_LOG_TAIL = 4096


class Started:
    """A run in a process of its own, which writes to a log beside the result.

    Args:
        run: to do.
        folder: of all results.
        processors: to compute on; empty for all.
        temporary: folder for temporary files.
        alive: stream that ends with this process.
    """

    def __init__(
        self,
        run: results.Run,
        folder: pathlib.Path,
        processors: list[int],
        temporary: str,
        alive: int,
    ) -> None:
        self.run = run
        self.log = run.path(folder).with_suffix(".log")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                self._command(folder, processors),
                cwd=_ROOT,
                env={**os.environ, "TMPDIR": temporary},
                stdin=alive,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for this process, which then ends that one.
                start_new_session=True,
            )

    def _command(self, folder: pathlib.Path, processors: list[int]) -> list[str]:
        task = training.task(self.run, folder, processors)
        return [sys.executable, "-m", training.__name__, task]

    @property
    def last(self) -> str:
        """The last line that it wrote; empty before the first."""
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _LOG_TAIL))
            lines = file.read().decode(errors="replace").splitlines()
            return next((line for line in reversed(lines) if line.strip()), "")
        return ""

    @property
    def standing(self) -> str:
        """The run and its epoch."""
        epoch = re.match(r"epoch +(\d+/\d+)", self.last)
        return f"{self.run}: {f'epoch {epoch[1]}' if epoch else 'not training yet'}"

    def fault(self, status: int) -> str:
        """Why it failed, empty where it did not."""
        if status < 0:
            return f"killed by signal {-status}, perhaps for want of memory"
        return f"{self.last.removeprefix('error: ')} ({self.log})" if status else ""


class Comparison:
    """All runs of a comparison.

    Args:
        runs: in the order in which to do them.
        folder: of their results.
        program: what may have written those.

    Attributes:
        found: results that there are, by data set and setting, then seed.
        failed: runs that came to nothing.
    """

    def __init__(
        self, runs: Sequence[results.Run], folder: pathlib.Path, program: str
    ) -> None:
        self.found: dict[tuple[str, str], dict[int, results.Result]] = {}
        self.failed = 0
        self._runs = runs
        self._folder = folder
        self._program = program
        self._waiting: list[results.Run] = []
        self._running: dict[results.Run, Started] = {}
        self._num_workers = 1

    def work(self, num_workers: int | None) -> None:
        """Does what is still to be done.

        Args:
            num_workers: runs at a time, 0 to do all in this process; None for as many
                as cores and memory have room for.

        Raises:
            errors.InputError: the program has changed meanwhile.
        """
        self._waiting = [run for run in self._runs if not self._take(run)]
        done = len(self._runs) - len(self._waiting)
        print(f"{len(self._runs)} runs, {done} of them done before", flush=True)
        if not self._waiting:
            return
        if num_workers == 0:
            self._here()
            return
        free = workers.free_bytes()
        if num_workers is None:
            num_workers = workers.fitting(len(self._waiting), cores.count(), free)
        self._num_workers = min(num_workers, len(self._waiting))
        has = "not known" if free is None else f"{free / 1e9:.1f} GB free"
        print(
            f"{self._num_workers} at a time on {cores.count()} cores; memory: {has}, "
            f"{workers.BYTES_OF_RUN / 1e9:.1f} GB a run",
            flush=True,
        )
        self._apart()

    def _here(self) -> None:
        startup.prepare(-1)
        for run in list(self._waiting):
            try:
                training.train(run, self._folder, self._program, lambda line: None)
            except errors.InputError as error:
                print(self._end(run, str(error)), flush=True)
            else:
                print(self._end(run, ""), flush=True)

    def _apart(self) -> None:
        shares = workers.shares(self._num_workers)
        alive, held = os.pipe()  # Its other end closes with this process, in any case.

        def start(run: results.Run, worker: int) -> subprocess.Popen:
            self._check_program()
            started = Started(run, self._folder, shares[worker], temporary, alive)
            self._running[run] = started
            return started.process

        def ended(run: results.Run, status: int) -> None:
            started = self._running.pop(run)
            say(self._end(run, started.fault(status)))
            if status == 0:
                started.log.unlink(missing_ok=True)

        with (
            open(alive, "rb"),
            open(held, "wb"),
            tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as temporary,
            heartbeat.Heartbeat(self._standing, _say) as say,
        ):
            workers.execute(list(self._waiting), self._num_workers, start, ended)

    def _check_program(self) -> None:
        if results.program() != self._program:
            raise errors.InputError(
                "The program has changed since this command began, and its results "
                "would not compare; start it again, on a copy that nobody edits."
            )

    def _take(self, run: results.Run) -> bool:
        """Takes the result of a run that is done."""
        result = results.read(run, self._folder, self._program)
        if result is not None:
            seeds = self.found.setdefault((run.data, run.setting), {})
            seeds[run.config.seed] = result
        return result is not None

    def _end(self, run: results.Run, fault: str) -> str:
        """Takes note of the end of a run, and gives a line on it."""
        self._waiting.remove(run)
        if not fault and not self._take(run):
            fault = "the program changed before it began"
        number = f"{len(self._runs) - len(self._waiting)}/{len(self._runs)}"
        left = f"left {progress.duration(self._seconds_left())}"
        if fault:
            self.failed += 1
            return f"{number}  {run}: failed: {errors.one_line(fault)}  {left}"
        result = self.found[run.data, run.setting][run.config.seed]
        return (
            f"{number}  {run}: top-1 {result.chosen.top1:.3f}  mAP "
            f"{result.chosen.mAP:.3f} @{result.chosen_epoch} of "
            f"{len(result.rows) - 1}  {result.seconds:.1f} s  {left}"
        )

    def _seconds_left(self) -> float:
        each = sum(self._expected(run) for run in self._waiting)
        return each / min(self._num_workers, max(1, len(self._waiting)))

    def _expected(self, run: results.Run) -> float:
        """Seconds of a run like those that are done and most like it."""
        alike: list[float] = []
        for is_like in (
            lambda key: key == (run.data, run.setting),
            lambda key: key[0] == run.data,
            lambda key: True,
        ):
            alike = [
                result.seconds
                for key, seeds in self.found.items()
                for result in seeds.values()
                if is_like(key)
            ]
            if alike:
                break
        return statistics.mean(alike) if alike else 0.0

    def _standing(self) -> str | None:
        running = list(self._running.values())
        return "; ".join(one.standing for one in running) or None


def _say(line: str) -> None:
    print(line, flush=True)
