"""How many runs fit at a time, and processes that work on them."""

import os
import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")

# Measured at most among the development data: 1.1 GB.
BYTES_OF_RUN = 1_500_000_000
_SECONDS_BETWEEN = 0.1
_MEMORY = pathlib.Path("/proc/meminfo")
_CONTAINER = pathlib.Path("/sys/fs/cgroup")


class Process(Protocol):
    """What `subprocess.Popen` gives."""

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""

    def kill(self) -> None:
        """Ends it at once."""

    def wait(self) -> int:
        """Waits for its end."""


def free_bytes() -> int | None:
    """Memory that may still be used: the system's, or less in a container.

    None where the system does not say.
    """
    found = []
    try:
        for line in _MEMORY.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                found.append(1024 * int(line.split()[1]))
    except OSError:
        pass
    try:
        most, used = (
            int((_CONTAINER / f"memory.{name}").read_text(encoding="ascii"))
            for name in ("max", "current")
        )
        statistics = (_CONTAINER / "memory.stat").read_text(encoding="ascii")
        # Pages of files that nobody reads any more are given back when asked for.
        cached = dict(line.split() for line in statistics.splitlines())
        found.append(most - used + int(cached.get("inactive_file", 0)))
    except (OSError, ValueError):  # No container, or no limit: "max".
        pass
    return min(found, default=None)


def fitting(
    num_runs: int, num_cores: int, free: int | None, bytes_of_run: int = BYTES_OF_RUN
) -> int:
    """Runs at a time: one a core, as many as memory has room for, at least one."""
    room = num_cores if free is None else free // bytes_of_run
    return max(1, min(num_runs, num_cores, room))


def shares(num_workers: int) -> list[list[int]]:
    """Processors of each worker; where they are too few, workers share them.

    Empty where the system does not say which there are: then each has all.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [[]] * num_workers
    processors = sorted(os.sched_getaffinity(0))
    count = min(num_workers, len(processors))
    return [processors[n % count :: count] for n in range(num_workers)]


def first(waiting: Sequence[Item], running: Sequence[Item]) -> Item | None:
    """Of those that wait, whatever is running; None where none does."""
    return waiting[0] if waiting else None


def execute(
    items: Sequence[Item],
    num_workers: int,
    start: Callable[[Item, int], Process],
    ended: Callable[[Item, int], None],
    choose: Callable[[Sequence[Item], Sequence[Item]], Item | None] = first,
) -> None:
    """Works on items, some at a time; whatever ends this ends the processes.

    Args:
        items: in the order in which they are begun.
        num_workers: at a time.
        start: begins to work on an item as the worker of a number.
        ended: takes an item and the exit status of its process.
        choose: takes those that wait and those that are running, and gives the next
            one; None: none now. The rest is left when nothing is running.
    """
    waiting = list(items)
    running: dict[int, tuple[Item, Process]] = {}
    try:
        while True:
            for worker in range(num_workers):
                if worker in running:
                    continue
                item = choose(waiting, [item for item, _ in running.values()])
                if item is not None:
                    waiting.remove(item)
                    running[worker] = item, start(item, worker)
            if not running:
                return
            time.sleep(_SECONDS_BETWEEN)
            for worker, (item, process) in list(running.items()):
                status = process.poll()
                if status is not None:
                    del running[worker]
                    ended(item, status)
    finally:
        for _, process in running.values():
            process.kill()
        for _, process in running.values():
            process.wait()
