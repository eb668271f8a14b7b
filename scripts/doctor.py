"""Is everything there, and does it work? python -m scripts.doctor."""

import sys

# Before anything that an older one cannot read.
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        f"error: Python {sys.version.split()[0]} is too old; Python 3.10 to 3.13 is "
        "needed"
    )

from flags import quiet  # noqa: F401

# isort: split

import contextlib
import functools
import importlib
import importlib.util
import json
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from scripts.doctoring import stack
from scripts.doctoring.findings import PROBLEM, WARNING, Finding, Options

if TYPE_CHECKING:
    from absl import flags

# Title -> module with `check`. What computes comes after them, in another process.
_SECTIONS = {
    "stack": "stack",
    "machine": "machine",
    "data sets": "data_sets",
    "representations and models": "models",
}
# Takes a line.
_Say = Callable[[str], None]
_print: _Say = functools.partial(print, flush=True)


def define(values: "flags.FlagValues") -> None:
    """Defines the flags."""
    from absl import flags

    from flags import model

    model.define_root(values)
    for name, default, text in (
        ("data_root", Options.data_root, "folder of all data sets"),
        (
            "representation_root",
            Options.representation_root,
            "folder of all representations",
        ),
    ):
        flags.DEFINE_string(name, default, text, flag_values=values)
    flags.DEFINE_integer(
        "gpu", 0, "GPU to look for, -1 for the CPU", -1, flag_values=values
    )
    flags.DEFINE_boolean(
        "self_test",
        True,
        "compute something, and compare it with stored numbers",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "store",
        False,
        "for developers, after a change of results: replace the stored numbers by this "
        "machine's",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Examines, or stores; exits with 1 where something would stop a user."""
    from absl import flags

    from flags import entry

    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    if values.store:
        _store(values.gpu)
        return
    names = ("data_root", "model_root", "representation_root", "gpu", "self_test")
    status = examine(Options(**{name: values[name].value for name in names}))
    if status:
        sys.exit(status)


def examine(options: Options) -> int:
    """Prints all findings as they come, and gives the exit status."""
    counts = {WARNING: 0, PROBLEM: 0}

    def tell(finding: Finding, say: _Say = _print) -> None:
        say(finding.lines)
        if finding.level in counts:
            counts[finding.level] += 1

    for title, name in _SECTIONS.items():
        _print(title)
        for finding in _guarded(name, options):
            tell(finding)
    _compute(options, tell)
    told = ", ".join(
        f"{number} {level}{'' if number == 1 else 's'}"
        for level, number in counts.items()
        if number
    )
    print(f"\n{told or 'all is well'}")
    return 1 if counts[PROBLEM] else 0


def _guarded(name: str, options: Options) -> Iterator[Finding]:
    """What a check finds; also where it fails itself."""
    try:
        module = importlib.import_module(f"scripts.doctoring.{name}")
        yield from module.check(options)
    except ImportError as error:
        yield Finding(PROBLEM, f"not checked: {error}", stack.remedy())
    except Exception as error:  # noqa: BLE001
        yield Finding(
            PROBLEM,
            f"not checked: {type(error).__name__}: {error}",
            "report it, with all that this command printed",
        )


def _compute(options: Options, tell: Callable[[Finding, _Say], None]) -> None:
    """Tells what the process finds that loads TensorFlow, and how it ended.

    Args:
        options: of the command.
        tell: takes a finding, and what prints it while something else may be shown.
    """
    command = [sys.executable, "-m", "scripts.doctoring.computing"]
    command.append(json.dumps(vars(options)))
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(
            command, cwd=stack.ROOT, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
        _while_waiting() as say,
    ):
        for line in process.stdout or ():
            with contextlib.suppress(ValueError, TypeError):  # A library's own words.
                told = json.loads(line)
                if "section" in told:
                    say(told["section"])
                else:
                    tell(Finding(**told), say)
        status = process.wait()
        said.seek(0)
        last = (said.read().strip().splitlines() or [""])[-1]
    if status:
        tell(_ended(status, last), _print)


def _while_waiting() -> contextlib.AbstractContextManager[_Say]:
    """Says now and then that it is still at work; nothing where that cannot load.

    Gives what prints lines meanwhile.
    """
    try:
        from simmc_tf import progress
    except Exception:  # noqa: BLE001
        return contextlib.nullcontext(_print)
    return progress.during("computing")


def _ended(status: int, last: str) -> Finding:
    """A process that did not come to its end, by its exit status and last words."""
    if status > 0:
        return Finding(
            PROBLEM, f"what computes ended with status {status}: {last}", stack.remedy()
        )
    name = signal.Signals(-status).name
    remedies = {
        "SIGILL": "this processor lacks instructions (AVX) that TensorFlow needs; use "
        "another machine",
        "SIGKILL": "the system ended it, likely for want of memory; give it 4 GB",
    }
    usual = (
        "install the tested versions in a new environment: pip install -r "
        "requirements-cpu.txt"
    )
    return Finding(
        PROBLEM, f"native code ended with {name}: {last}", remedies.get(name, usual)
    )


def _store(gpu: int) -> None:
    from simmc_tf import startup

    startup.prepare(gpu)
    from scripts.doctoring import self_test

    off = self_test.store()
    print(f"stored in {self_test.STORED.relative_to(stack.ROOT)}")
    for name, found in off.items():
        print(f"  {name}: off by {found:.3g} from what was stored before")


def _start() -> None:
    """Without absl there are no flags, but the findings are all the more needed."""
    if importlib.util.find_spec("absl") is None:
        sys.exit(examine(Options()))
    from absl import flags

    from flags import entry

    define(flags.FLAGS)
    entry.run(main)


if __name__ == "__main__":
    _start()
