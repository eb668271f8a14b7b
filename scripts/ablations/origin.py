"""Where figures come from: the machine, the code, the command that gives them again."""

import pathlib
import shlex
import subprocess
from collections.abc import Sequence

from absl import flags

from simmc_tf import cores

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def note(
    program: str, module: str, values: flags.FlagValues, deciding: Sequence[str]
) -> str:
    """A line below tables.

    Args:
        program: version of the code.
        module: that was started.
        values: parsed flags.
        deciding: names of those that decide figures.
    """
    where = f"Measured on the CPU ({cores.count()} cores)"
    version = f"simmc_tf {program}, {commit()}"
    return f"{where}, by {version}: {command(module, values, deciding)}"


def command(module: str, values: flags.FlagValues, deciding: Sequence[str]) -> str:
    """The command that gives the same figures.

    Args:
        module: that was started.
        values: parsed flags.
        deciding: names of those that decide figures.
    """
    words = ["python", "-m", module]
    for name in deciding:
        if values[name].present:
            given = values[name].value
            for value in given if isinstance(given, list) else [given]:
                words += [f"--{name}", str(value)]
    return shlex.join(words)


def commit() -> str:
    """The commit of the code, for people."""
    found = [_git("rev-parse", "--short=12", "HEAD"), _git("status", "--porcelain")]
    if found[0] is None:
        return "no commit known"
    return f"commit {found[0]}" + (", with changes" if found[1] else "")


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=_ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
