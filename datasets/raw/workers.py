"""Processes that work at the same time, and are gone when the work ends, however."""

import multiprocessing
import multiprocessing.connection
import multiprocessing.resource_tracker
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simmc_tf import errors

# Not forked: this process may have threads, TensorFlow's among them.
_SPAWN = multiprocessing.get_context("spawn")
_MOST_AT_ONCE = 16  # Items that a process is given.


def mapped(
    function: Callable[[Any], Any], items: Sequence[Any], num_processes: int
) -> Iterator[Any]:
    """Results of a function for items, in their order.

    The processes end with the generator: close it. Ctrl-C interrupts it once; pressed
    again while they end, it is ignored.

    Args:
        function: must pickle, as must items, results and what it raises.
        items: to work on.
        num_processes: at most.

    Raises:
        errors.InputError: a process was killed.
        Exception: what the function raised, of the first item for which it did so.
    """
    chunk = max(1, min(_MOST_AT_ONCE, len(items) // (8 * num_processes)))
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    with _Workers() as workers:
        workers.start(function, min(num_processes, len(chunks)))
        for results, error in workers.in_order(chunks):
            yield from results
            if error is not None:
                raise error


# Results of a chunk's items up to the one that raised an error.
_Answer = tuple[list[Any], Exception | None]


class _Workers:
    """Processes, each on a pipe of its own: none can lock out or outlive the others.

    A process that is killed may hold a lock, or have written half a result, and an
    executor that waits for it waits for ever. Of such a pipe the end is seen at once.
    """

    def __init__(self) -> None:
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._pipes: list[multiprocessing.connection.Connection] = []
        self._interrupt = _Interrupt()

    def __enter__(self) -> "_Workers":
        self._interrupt.hold()
        return self

    def __exit__(self, *raised: object) -> None:
        self._interrupt.hold()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        for pipe in self._pipes:
            pipe.close()
        self._interrupt.end()

    def start(self, function: Callable[[Any], Any], count: int) -> None:
        """Starts processes, and only then lets Ctrl-C through: half a start is loud."""
        # Starting it unblocks Ctrl-C (Python 3.11).
        multiprocessing.resource_tracker.ensure_running()
        # A terminal interrupts the new processes too, before they can ignore it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for _ in range(count):
                pipe, other_end = _SPAWN.Pipe()
                self._pipes.append(pipe)
                process = _SPAWN.Process(
                    target=_work, args=(function, other_end), daemon=True
                )
                process.start()
                self._processes.append(process)
                other_end.close()  # So that the pipe ends when the process does.
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._interrupt.admit()

    def in_order(self, chunks: Sequence[Any]) -> Iterator[_Answer]:
        """Answers to chunks, each of which goes to the next process that is free."""
        todo = iter(enumerate(chunks))
        asked: dict[object, int] = {}
        answers: dict[int, _Answer] = {}
        try:
            for pipe in self._pipes:
                _ask(pipe, todo, asked)
            for number in range(len(chunks)):
                while number not in answers:
                    ready = multiprocessing.connection.wait(self._pipes)
                    for pipe in (pipe for pipe in self._pipes if pipe in ready):
                        answers[asked.pop(pipe)] = pipe.recv()
                        _ask(pipe, todo, asked)
                yield answers.pop(number)
        except (EOFError, OSError) as error:
            raise errors.InputError(
                "A process that read recordings was killed, perhaps for want of "
                "memory; close other programs and try again."
            ) from error


def _ask(
    pipe: multiprocessing.connection.Connection,
    todo: Iterator[tuple[int, Sequence[Any]]],
    asked: dict[object, int],
) -> None:
    """Gives a process the next chunk; one at a time, or both ends might wait."""
    for number, chunk in todo:
        asked[pipe] = number
        pipe.send(chunk)
        return


def _work(
    function: Callable[[Any], Any], pipe: multiprocessing.connection.Connection
) -> None:
    """Works on chunks until the pipe ends."""
    # Ctrl-C is for the parent, which ends its children without their tracebacks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            chunk = pipe.recv()
        except (EOFError, OSError):
            return
        answer = _answer(function, chunk)
        try:
            pipe.send(answer)
        except OSError:
            return  # The parent was killed.


def _answer(function: Callable[[Any], Any], chunk: Sequence[Any]) -> _Answer:
    results = []
    for item in chunk:
        try:
            results.append(function(item))
        except Exception as error:
            # It is printed only where the error is a fault of the program.
            if sys.version_info >= (3, 11):
                error.add_note(traceback.format_exc())
            return results, error
    return results, None


class _Interrupt:
    """Ctrl-C, which may be held back and comes through only once."""

    def __init__(self) -> None:
        self._held = True
        self._arrived = False
        self._raised = False
        self._before: Any = None

    def hold(self) -> None:
        """From now on Ctrl-C waits."""
        self._held = True
        # Only the main thread is interrupted; where it is ignored, it stays so.
        if (
            self._before is None
            and threading.current_thread() is threading.main_thread()
            and callable(signal.getsignal(signal.SIGINT))
        ):
            self._before = signal.signal(signal.SIGINT, self._arrive)

    def admit(self) -> None:
        """Lets one through, now or later."""
        self._held = False
        if self._arrived:
            self._raise()

    def end(self) -> None:
        """Gives Ctrl-C back to whom it belonged, and lets through what came last."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
        self.admit()

    def _arrive(self, number: int, frame: object) -> None:
        self._arrived = True
        if not self._held:
            self._raise()

    def _raise(self) -> None:
        if not self._raised:
            self._raised = True
            raise KeyboardInterrupt
