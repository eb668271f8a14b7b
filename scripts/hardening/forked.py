"""Programs in forked processes: what they import is loaded once."""

import dataclasses
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Sequence

import absl.flags


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Attributes:
        status: exit status; negative: the signal that killed it.
        output: all that it printed.
        told: what `arm` gave, as it was in the end.
    """

    status: int
    output: str
    told: dict[str, int]


def run(
    command: Sequence[str], arm: Callable[[], dict[str, int]], own_flags: Sequence[str]
) -> Outcome:
    """Runs a program as its command line would.

    Args:
        command: without `python`.
        arm: called in the process before; gives counts that it may raise later.
        own_flags: of this process, which the program does not know.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    said, says = os.pipe()
    counted, counts = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(said)
        os.close(counted)
        _within(command, arm, own_flags, says, counts)
    os.close(says)
    os.close(counts)
    output = _all_of(said)
    told = json.loads(_all_of(counted) or "{}")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Outcome(status, output.decode(errors="replace"), told)


def _all_of(handle: int) -> bytes:
    with open(handle, "rb") as file:
        return file.read()


def _within(
    command: Sequence[str],
    arm: Callable[[], dict[str, int]],
    own_flags: Sequence[str],
    says: int,
    counts: int,
) -> None:
    """The process itself; never returns."""
    status, told = 1, {}
    try:
        os.dup2(says, 1)
        os.dup2(says, 2)
        os.close(says)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for name in own_flags:
            delattr(absl.flags.FLAGS, name)
        told = arm()
        _start(command)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(counts, json.dumps(told).encode())
        os._exit(status)


def _start(command: Sequence[str]) -> None:
    if command[0] == "-m":
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
