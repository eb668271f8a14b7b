"""All runs of a comparison: those that are done, that go on, and that wait."""

import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

from scripts.ablations import processes, workers
from simmc_tf import cores, errors, heartbeat, progress


class Result(Protocol):
    """What a run came to."""

    @property
    def seconds(self) -> float:
        """That it took."""


RunT = TypeVar("RunT", bound=processes.Run)
ResultT = TypeVar("ResultT", bound=Result)
_DATA, _SETTING = range(2)
# Of folders for temporary files, beside the results.
_TEMPORARY = ".running-"


@dataclasses.dataclass(frozen=True)
class Work(Generic[RunT, ResultT]):
    """How runs of some kind are done.

    Attributes:
        program: gives the version of the code that decides their figures.
        read: takes a run, the folder of all results and a version; gives the result,
            None where there is none of these.
        do: takes the same and what takes lines of progress; does a run here.
        module: program that does one in a process of its own.
        line: tells a result.
        apart: runs that share what this gives are not done at the same time; None:
            with whatever else.
        bytes_of_run: memory that one takes at most.
        by_setting: how long a run takes is told by another one of the same setting
            rather than by one on the same data.
    """

    program: Callable[[], str]
    read: Callable[[RunT, pathlib.Path, str], ResultT | None]
    do: Callable[[RunT, pathlib.Path, str, Callable[[str], None]], None]
    module: str
    line: Callable[[ResultT], str]
    apart: Callable[[RunT], Hashable | None] = lambda run: None
    bytes_of_run: int = workers.BYTES_OF_RUN
    by_setting: bool = False


class Comparison(Generic[RunT, ResultT]):
    """All runs of a comparison.

    Args:
        runs: in the order in which to do them.
        folder: of their results.
        work: how they are done.

    Attributes:
        found: results that there are, by data set and setting, then seed.
        failed: runs that came to nothing.
    """

    def __init__(
        self, runs: Sequence[RunT], folder: pathlib.Path, work: Work[RunT, ResultT]
    ) -> None:
        self.found: dict[tuple[str, str], dict[int, ResultT]] = {}
        self.failed = 0
        self._runs = runs
        self._folder = folder
        self._work = work
        self._program = work.program()
        self._waiting: list[RunT] = []
        self._running: dict[RunT, processes.Started] = {}
        self._num_workers = 1
        self._ends: float | None = None

    @property
    def left(self) -> int:
        """Runs that the time did not allow to begin."""
        return len(self._waiting)

    def work(self, num_workers: int | None, seconds: float | None = None) -> None:
        """Does what is still to be done.

        Args:
            num_workers: runs at a time, 0 to do all in this process; None for as many
                as cores and memory have room for.
            seconds: after which nothing is to go on, as far as runs that are done tell;
                None: no limit.

        Raises:
            errors.InputError: the program has changed meanwhile.
        """
        self._ends = None if seconds is None else time.monotonic() + seconds
        self._waiting = [run for run in self._runs if not self._take(run)]
        done = len(self._runs) - len(self._waiting)
        print(f"{len(self._runs)} runs, {done} of them done before", flush=True)
        if not self._waiting:
            return
        if num_workers == 0:
            self._here()
            return
        free = workers.free_bytes()
        each = self._work.bytes_of_run
        if num_workers is None:
            waiting = len(self._waiting)
            num_workers = workers.fitting(waiting, cores.count(), free, each)
        self._num_workers = min(num_workers, len(self._waiting))
        has = "not known" if free is None else f"{free / 1e9:.1f} GB free"
        print(
            f"{self._num_workers} at a time on {cores.count()} cores; memory: {has}, "
            f"{each / 1e9:.1f} GB a run",
            flush=True,
        )
        self._apart()

    def _here(self) -> None:
        while (run := self._next(self._waiting, ())) is not None:
            try:
                self._work.do(run, self._folder, self._program, lambda line: None)
            except errors.InputError as error:
                print(self._end(run, str(error)), flush=True)
            else:
                print(self._end(run, ""), flush=True)

    def _apart(self) -> None:
        shares = workers.shares(self._num_workers)
        alive, held = os.pipe()  # Its other end closes with this process, in any case.

        def start(run: RunT, worker: int) -> subprocess.Popen:
            self._check_program()
            started = processes.Started(
                *(run, self._work.module, self._folder, shares[worker]),
                *(temporary, alive),
            )
            self._running[run] = started
            return started.process

        def ended(run: RunT, status: int) -> None:
            started = self._running.pop(run)
            say(self._end(run, started.fault(status)))
            if status == 0:
                started.log.unlink(missing_ok=True)

        for left in self._folder.glob(f"{_TEMPORARY}*"):  # By one that was killed.
            shutil.rmtree(left, ignore_errors=True)
        with (
            open(alive, "rb"),
            open(held, "wb"),
            tempfile.TemporaryDirectory(
                dir=self._folder, prefix=_TEMPORARY
            ) as temporary,
            heartbeat.Heartbeat(self._standing, _say) as say,
        ):
            workers.execute(
                list(self._waiting), self._num_workers, start, ended, self._next
            )

    def _next(self, waiting: Sequence[RunT], running: Sequence[RunT]) -> RunT | None:
        """The first that may begin."""
        taken = {self._work.apart(run) for run in running} - {None}
        for run in waiting:
            if self._work.apart(run) not in taken and self._fits(run):
                return run
        return None

    def _fits(self, run: RunT) -> bool:
        if self._ends is None:
            return True
        return time.monotonic() + self._expected(run) <= self._ends

    def _check_program(self) -> None:
        if self._work.program() != self._program:
            raise errors.InputError(
                "The program has changed since this command began, and its results "
                "would not compare; start it again, on a copy that nobody edits."
            )

    def _take(self, run: RunT) -> bool:
        """Takes the result of a run that is done."""
        result = self._work.read(run, self._folder, self._program)
        if result is not None:
            seeds = self.found.setdefault((run.data, run.setting), {})
            seeds[run.seed] = result
        return result is not None

    def _end(self, run: RunT, fault: str) -> str:
        """Takes note of the end of a run, and gives a line on it."""
        self._waiting.remove(run)
        if not fault and not self._take(run):
            fault = "the program changed before it began"
        number = f"{len(self._runs) - len(self._waiting)}/{len(self._runs)}"
        left = f"left {progress.duration(self._seconds_left())}"
        if fault:
            self.failed += 1
            return f"{number}  {run}: failed: {errors.one_line(fault)}  {left}"
        result = self.found[run.data, run.setting][run.seed]
        told = self._work.line(result)
        return f"{number}  {run}: {told}  {result.seconds:.1f} s  {left}"

    def _seconds_left(self) -> float:
        each = sum(self._expected(run) for run in self._waiting)
        return each / min(self._num_workers, max(1, len(self._waiting)))

    def _expected(self, run: RunT) -> float:
        """Seconds of a run like those that are done and most like it."""
        place = _SETTING if self._work.by_setting else _DATA
        own = run.data, run.setting
        alike: list[float] = []
        for is_like in (
            lambda key: key == own,
            lambda key: key[place] == own[place],
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
