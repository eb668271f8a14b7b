"""Trials in processes of their own, which may crash, hang or want too much memory."""

import dataclasses
import math
import mmap
import multiprocessing
import os
import pathlib
import resource
import signal
import struct
import time
from collections.abc import Callable

from scripts.hardening import fuzz_trial
from scripts.hardening.fuzz_readers import Reader
from simmc_tf import atomic, json_file

# What a process tells while it runs: input, refused, read, most memory, worst seconds.
_TOLD = struct.Struct("<qqqqd")
_LOOK_SECONDS = 0.2
# Inputs in one process: what TensorFlow keeps of each model adds up.
_MOST_INPUTS = 10_000
_FORK = multiprocessing.get_context("fork")


@dataclasses.dataclass(frozen=True)
class Limits:
    """What is allowed.

    Attributes:
        seconds: for an input.
        memory: bytes that a reader may take beyond what it has after its valid files.
        whole: seconds for all inputs of a reader; None: any.
    """

    seconds: float
    memory: int
    whole: float | None = None


@dataclasses.dataclass
class Result:
    """What came of a reader's inputs so far.

    Attributes:
        reader: its name.
        seed: of the inputs.
        next: number of the next one.
        refused: of them.
        read: of them.
        worst: seconds of the slowest.
        memory: most bytes beyond those after the valid files.
        finds: kind -> number of the first input.
    """

    reader: str
    seed: int
    next: int = 0
    refused: int = 0
    read: int = 0
    worst: float = 0.0
    memory: int = 0
    finds: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def row(self) -> tuple[str, ...]:
        """For the table."""
        return (
            *(self.reader, f"{self.next:,}", f"{self.refused:,}", f"{self.read:,}"),
            *(str(len(self.finds)), f"{self.worst:.2f}", f"{self.memory / 2**20:.0f}"),
        )


@dataclasses.dataclass(frozen=True)
class Task:
    """What is to be tried.

    Attributes:
        reader: under trial.
        seed: of the inputs.
        inputs: number of the last, counted from 1.
        limits: to keep.
        samples: folder for its samples.
        output: folder for counts and finds.
    """

    reader: Reader
    seed: int
    inputs: int
    limits: Limits
    samples: pathlib.Path
    output: pathlib.Path

    def keep(
        self, number: int, given: fuzz_trial.Spoiled, kind: str, told: str = ""
    ) -> None:
        """Keeps an input that is a find, and what is told of it."""
        place = self.output / self.reader.name / f"{self.seed}-{number}"
        atomic.write_bytes(place / given.path.name, given.content)
        atomic.write_text(
            place / "told.txt", f"{kind}\n{given.path} of sample {given.sample}\n{told}"
        )


def run(task: Task, tell: Callable[[int], object]) -> Result:
    """Tries a reader on inputs up to a number, from where an earlier run stopped.

    Args:
        task: what to try.
        tell: is told how many inputs are done.
    """
    path = task.output / f"{task.reader.name}-{task.seed}.json"
    result = Result(task.reader.name, task.seed)
    if path.is_file():
        result = Result(**json_file.read(path))
    whole = task.limits.whole
    ends = math.inf if whole is None else time.monotonic() + whole
    starts = 0
    while result.next < task.inputs and time.monotonic() < ends:
        starts += 1
        samples = task.samples / str(starts)
        _Process(dataclasses.replace(task, samples=samples), result, ends).run(tell)
        atomic.write_json(path, dataclasses.asdict(result))
    return result


class _Process:
    """Inputs in one process, up to the first that ends it.

    Args:
        task: with a folder for the samples of this process alone.
        result: of the inputs before, to which these are added.
        ends: time from which on no further input is begun.
    """

    def __init__(self, task: Task, result: Result, ends: float) -> None:
        self._task, self._result, self._ends = task, result, ends
        self._shared = mmap.mmap(-1, _TOLD.size)  # Outlives the process.
        _TOLD.pack_into(self._shared, 0, result.next - 1, 0, 0, 0, 0.0)
        self._queue: multiprocessing.SimpleQueue[tuple[str, int]]
        self._queue = _FORK.SimpleQueue()
        self._killed = False  # By us, where it gave no answer.

    def run(self, tell: Callable[[int], object]) -> None:
        """Starts the process, watches it, and adds up what came of it."""
        child = _FORK.Process(target=self._try_all)
        child.start()
        self._watch(child, tell)
        self._take_finds()
        result = self._result
        number, refused, read, memory, worst = _TOLD.unpack_from(self._shared)
        result.refused += refused
        result.read += read
        result.memory = max(result.memory, memory)
        result.worst = max(result.worst, worst)
        if child.exitcode:
            self._take_crash(child.exitcode, number)
        result.next = number + 1

    def _watch(
        self, child: multiprocessing.process.BaseProcess, tell: Callable[[int], object]
    ) -> None:
        """Waits for the process, and ends it where an input takes far too long."""
        first = self._result.next
        seen, since = first - 1, time.monotonic()
        while child.is_alive():
            child.join(_LOOK_SECONDS)
            self._take_finds()
            number = _TOLD.unpack_from(self._shared)[0]
            tell(number)
            if number != seen:
                seen, since = number, time.monotonic()
            # Before the first it makes its samples, and may load TensorFlow.
            patience = 10 * self._task.limits.seconds + (300 if seen < first else 0)
            if time.monotonic() - since > patience:
                self._killed = True
                child.kill()
                child.join()

    def _take_finds(self) -> None:
        while not self._queue.empty():
            kind, number = self._queue.get()
            self._result.finds.setdefault(kind, number)

    def _take_crash(self, status: int, number: int) -> None:
        """Notes the input that ended the process, and keeps it."""
        name, finds = self._task.reader.name, self._result.finds
        if number < self._result.next:
            raise RuntimeError(f"{name}: samples cannot be made or read")
        if status > 0:
            raise RuntimeError(f"{name}: the trial itself failed at {number}")
        kind = f"process ended by {signal.Signals(-status).name}"
        kind = "no answer" if self._killed else kind
        child = _FORK.Process(target=self._again, args=(number, kind))
        child.start()
        child.join()
        if not child.exitcode and not self._killed:
            kind += " after others, not by this input alone"
        finds.setdefault(kind, number)

    def _again(self, number: int, kind: str) -> None:
        """In a process of its own: keeps an input, and tries it if that may end."""
        task = self._task
        samples = task.samples / "again"
        trial = fuzz_trial.Trial(task.reader, samples, task.seed, task.limits.seconds)
        given = trial.spoiled(number)
        task.keep(number, given, kind)
        if not self._killed:
            _bound(task.limits.memory)
            trial.attempt(given)

    def _try_all(self) -> None:
        """In the process: tries inputs one after another."""
        parent = os.getppid()
        os.setsid()  # Ctrl-C is the parent's.
        task, finds = self._task, self._result.finds
        trial = fuzz_trial.Trial(
            *(task.reader, task.samples, task.seed, task.limits.seconds)
        )
        _bound(task.limits.memory)
        before = _most_memory()
        refused = read = 0
        worst = 0.0

        def tell(number: int) -> None:
            memory = _most_memory() - before
            _TOLD.pack_into(self._shared, 0, number, refused, read, memory, worst)

        first = self._result.next
        for number in range(first, min(task.inputs, first + _MOST_INPUTS)):
            tell(number)
            given = trial.spoiled(number)
            started = time.monotonic()
            kind = trial.attempt(given)
            worst = max(worst, time.monotonic() - started)
            refused += kind == fuzz_trial.REFUSED
            read += kind == fuzz_trial.READ
            if kind not in (fuzz_trial.REFUSED, fuzz_trial.READ, *finds):
                finds[kind] = number
                self._queue.put((kind, number))
                late = kind.startswith(fuzz_trial.LateError.__name__)
                smaller = given if late else trial.smaller(given, kind)
                task.keep(number, smaller, kind, trial.told(smaller))
            # Nobody is left to tell where the parent was killed.
            if time.monotonic() > self._ends or os.getppid() != parent:
                break
        tell(number)


def _bound(num_bytes: int) -> None:
    """Lets the process take so much more memory than it has, and no more."""
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + num_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _most_memory() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
