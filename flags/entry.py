"""Starting a program: parse, run, and say what went wrong in one line."""

import os
import signal
import sys
from collections.abc import Callable, Sequence

from absl import app, flags, logging

from simmc_tf import errors, stopping, terminal


def run(main: Callable[[list[str]], None]) -> None:
    """Runs `main(positional arguments)` under absl.

    Exit status: 0; 2 where the user's input is at fault, after one line on stderr; 130
    after Ctrl-C and 143 after SIGTERM, within 2 seconds; 141 where nobody reads on.
    Faults of the program keep their traceback.
    """
    app.run(lambda argv: _guarded(main, argv[1:]), flags_parser=_parse)


def _parse(argv: Sequence[str]) -> list[str]:
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        _fail(f"{' '.join(str(error).split())} (--help lists the flags)")
        raise  # Not reached: _fail exits.


def _guarded(main: Callable[[list[str]], None], argv: list[str]) -> None:
    if not flags.FLAGS["verbosity"].present:
        logging.set_verbosity(logging.WARNING)  # faiss tells which library it tries.
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # See flags/quiet.py.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with stopping.Watch():
            main(argv)
    except Exception as error:
        _end(error)


def _end(error: Exception) -> None:
    """Says what went wrong, and ends the program."""
    if isinstance(error, errors.InputError):
        _fail(str(error))
    if isinstance(error, BrokenPipeError):
        # Whoever read, as head does, has seen enough; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    if isinstance(error, OSError):
        # Full disks, missing rights: not a fault of the program either.
        _fail(errors.of_system(error))
    raise error


def _fail(message: str) -> None:
    terminal.Line(sys.stderr).clear()  # How far the work was, which now has failed.
    print(f"error: {errors.one_line(message)}", file=sys.stderr)
    sys.exit(2)


def expect_no_arguments(argv: list[str]) -> None:
    """Refuses positional arguments.

    Raises:
        errors.InputError: there is one.
    """
    if argv:
        raise errors.InputError(
            f"unexpected argument {argv[0]!r}; flags are written --name value, and "
            "switches --name without a value."
        )
