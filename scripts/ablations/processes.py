"""A run in a process of its own: how it is started, told what to do, and ends."""

import contextlib
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_LOG_TAIL = 4096


class Run(Protocol):
    """What can be done in a process of its own."""

    @property
    def data(self) -> str:
        """Name of the data."""

    @property
    def setting(self) -> str:
        """What is done with them."""

    @property
    def seed(self) -> int:
        """Of the run."""

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        """Its result's file."""

    def identity(self, program: str) -> dict[str, Any]:
        """All that decides its figures, as JSON has it."""


class Started:
    """A run in a process of its own, which writes to a log beside the result.

    Args:
        run: to do.
        module: program that does it.
        folder: of all results.
        processors: to compute on; empty for all.
        temporary: folder for temporary files.
        alive: stream that ends with this process.
    """

    def __init__(
        self,
        run: Run,
        module: str,
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
                [sys.executable, "-m", module, _task(run, folder, processors)],
                cwd=_ROOT,
                env={**os.environ, "TMPDIR": temporary},
                stdin=alive,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for this process, which then ends that one.
                start_new_session=True,
            )

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
        # Of many, or how far into a long one.
        epoch = re.match(r"epoch +(\d+/\d+|\d+: [^,]+)", self.last)
        return f"{self.run}: {f'epoch {epoch[1]}' if epoch else 'not training yet'}"

    def fault(self, status: int) -> str:
        """Why it failed, empty where it did not."""
        if status < 0:
            return f"killed by signal {-status}, perhaps for want of memory"
        return f"{self.last.removeprefix('error: ')} ({self.log})" if status else ""


def _task(run: Run, folder: pathlib.Path, processors: list[int]) -> str:
    content = {**run.identity(""), "folder": str(folder), "processors": processors}
    return json.dumps(content)


def work(
    argv: list[str],
    program: Callable[[], str],
    do: Callable[[Mapping[str, Any], pathlib.Path, str, Callable[[str], None]], None],
) -> None:
    """Does the task that is a program's only argument; ends when standard input does.

    Args:
        argv: arguments.
        program: version of the code.
        do: takes a run's identity, the folder of all results, what `program` gave, and
            what takes lines of progress.
    """
    (text,) = argv
    asked = json.loads(text)
    threading.Thread(target=_end_with_input, daemon=True).start()
    # Before TensorFlow and all others that count processors load.
    if asked["processors"] and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, asked["processors"])
    # At once: whoever started this process reads the last line.
    report = functools.partial(print, flush=True)
    do(asked, pathlib.Path(asked["folder"]), program(), report)


def _end_with_input() -> None:
    """Whoever started this process holds the other end, and may be killed."""
    # Not by sys.stdin, whose lock would be held when the interpreter ends.
    while os.read(0, 1):
        pass
    os._exit(1)
