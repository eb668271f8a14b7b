"""Trials in processes of their own, which may crash, hang or want too much memory."""

import dataclasses
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


def run(
    reader: Reader,
    folder: pathlib.Path,
    output: pathlib.Path,
    seed: int,
    inputs: int,
    limits: Limits,
    tell: Callable[[int], object],
) -> Result:
    """Tries a reader on inputs up to a number, from where an earlier run stopped.

    Args:
        reader: under trial.
        folder: for its samples.
        output: for counts and finds.
        seed: of the inputs.
        inputs: number of the last, counted from 1.
        limits: to keep.
        tell: is told how many inputs are done.
    """
    path = output / f"{reader.name}-{seed}.json"
    result = Result(reader.name, seed)
    if path.is_file():
        result = Result(**json_file.read(path))
    ends = None if limits.whole is None else time.monotonic() + limits.whole
    starts = 0
    while result.next < inputs and (ends is None or time.monotonic() < ends):
        starts += 1
        _process(
            reader, folder / str(starts), output, result, inputs, limits, ends, tell
        )
        atomic.write_json(path, dataclasses.asdict(result))
    return result


def _process(
    reader: Reader,
    folder: pathlib.Path,
    output: pathlib.Path,
    result: Result,
    inputs: int,
    limits: Limits,
    ends: float | None,
    tell: Callable[[int], object],
) -> None:
    """Inputs in one process, up to the first that ends it."""
    shared = mmap.mmap(-1, _TOLD.size)
    _TOLD.pack_into(shared, 0, result.next - 1, 0, 0, 0, 0.0)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(
        target=_child,
        args=(*(reader, folder, output, result, inputs, limits, ends, shared, queue),),
    )
    child.start()
    seen, since = result.next - 1, time.monotonic()
    while child.is_alive():
        child.join(_LOOK_SECONDS)
        while not queue.empty():
            kind, number = queue.get()
            result.finds.setdefault(kind, number)
        number = _TOLD.unpack_from(shared)[0]
        tell(number)
        if number != seen:
            seen, since = number, time.monotonic()
        # Before the first it makes its samples, and may load TensorFlow.
        patience = 10 * limits.seconds + (300 if seen < result.next else 0)
        if time.monotonic() - since > patience:
            child.kill()
            child.join()
    while not queue.empty():
        kind, number = queue.get()
        result.finds.setdefault(kind, number)
    number, refused, read, memory, worst = _TOLD.unpack_from(shared)
    first = result.next
    result.refused += refused
    result.read += read
    result.memory, result.worst = max(result.memory, memory), max(result.worst, worst)
    result.next = number + 1 if child.exitcode == 0 else max(number, first)
    if child.exitcode:
        if number < first:
            raise RuntimeError(f"{reader.name}: samples cannot be made or read")
        if child.exitcode > 0:
            raise RuntimeError(f"{reader.name}: the trial itself failed at {number}")
        kind = f"process ended by {signal.Signals(-child.exitcode).name}"
        if kind not in result.finds:
            result.finds[kind] = number
            _keep_crash(reader, folder / "again", output, result.seed, number, kind)
        result.next = number + 1


def _keep_crash(
    reader: Reader,
    folder: pathlib.Path,
    output: pathlib.Path,
    seed: int,
    number: int,
    kind: str,
) -> None:
    """Keeps the input that ended a process, made again in another one."""

    def keep() -> None:
        trial = fuzz_trial.Trial(reader, folder, seed, 1.0)
        _keep(output, reader, number, trial.spoiled(number), kind)

    child = multiprocessing.get_context("fork").Process(target=keep)
    child.start()
    child.join()


def _child(
    reader: Reader,
    folder: pathlib.Path,
    output: pathlib.Path,
    result: Result,
    inputs: int,
    limits: Limits,
    ends: float | None,
    shared: mmap.mmap,
    queue: "multiprocessing.SimpleQueue[tuple[str, int]]",
) -> None:
    """Tries inputs one after another; tells by memory that outlives it."""
    parent = os.getppid()
    os.setsid()  # Ctrl-C is the parent's.
    trial = fuzz_trial.Trial(reader, folder, result.seed, limits.seconds)
    _bound(limits.memory)
    before = _most_memory()
    refused = read = 0
    worst = 0.0
    for number in range(result.next, inputs):
        _TOLD.pack_into(
            shared, 0, number, refused, read, _most_memory() - before, worst
        )
        given = trial.spoiled(number)
        started = time.monotonic()
        kind = trial.attempt(given)
        worst = max(worst, time.monotonic() - started)
        refused += kind == fuzz_trial.REFUSED
        read += kind == fuzz_trial.READ
        if kind not in (fuzz_trial.REFUSED, fuzz_trial.READ, *result.finds):
            result.finds[kind] = number
            queue.put((kind, number))
            late = kind.startswith(fuzz_trial.LateError.__name__)
            smaller = given if late else trial.smaller(given, kind)
            _keep(output, reader, number, smaller, kind, trial.told(smaller))
        # Nobody is left to tell where the parent was killed.
        if (ends and time.monotonic() > ends) or os.getppid() != parent:
            break
    _TOLD.pack_into(shared, 0, number, refused, read, _most_memory() - before, worst)


def _keep(
    output: pathlib.Path,
    reader: Reader,
    number: int,
    given: fuzz_trial.Spoiled,
    kind: str,
    told: str = "",
) -> None:
    place = output / reader.name / str(number)
    atomic.write_bytes(place / given.path.name, given.content)
    atomic.write_text(
        place / "told.txt", f"{kind}\n{given.path} of sample {given.sample}\n{told}"
    )


def _bound(num_bytes: int) -> None:
    """Lets the process take so much more memory than it has, and no more."""
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + num_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _most_memory() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
