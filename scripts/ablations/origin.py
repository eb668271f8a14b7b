"""Where figures come from: the machine, the code, the command that gives them again."""

import shlex
from collections.abc import Sequence

from absl import flags

from simmc_tf import cores, origin


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
    number = cores.count()
    where = f"Measured on the CPU ({number} core{'s' if number > 1 else ''})"
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
    found = origin.code()
    if found is None:
        return "no commit known"
    return f"commit {str(found['commit'])[:12]}" + (
        ", with changes" if found["dirty"] else ""
    )
