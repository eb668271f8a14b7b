"""Trains on data that are as poor as can be: python -m scripts.hardening.numbers.

Prints what becomes of each as a table in Markdown. Exits with 1 where something else
became of one than `degenerate.cases` says: a traceback, a warning of NumPy, a model
that gives numbers that are not finite, or a refusal where it was to train.
"""

from flags import quiet  # noqa: F401

# isort: split

import sys
import traceback

from absl import flags

from flags import entry
from scripts.hardening import degenerate
from simmc_tf import startup


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_string(
        "case",
        [],
        "text in the names of the cases to take; may be repeated (all)",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Runs all cases under all settings."""
    entry.expect_no_arguments(argv)
    startup.prepare(-1)
    wanted = flags.FLAGS.case
    chosen = {
        name: case
        for name, case in degenerate.cases().items()
        if not wanted or any(text in name for text in wanted)
    }
    titles = [f"{preset} preset, {how} protocol" for preset, how in degenerate.SETTINGS]
    print(f"| data | {' | '.join(titles)} |")
    print(f"|{' --- |' * (1 + len(titles))}", flush=True)
    faults = 0
    for name, case in chosen.items():
        cells = []
        for setting in degenerate.SETTINGS:
            said, expected = outcome(case, *setting)
            faults += not expected
            cells.append(said if expected else f"**not as expected**: {said}")
        if len(set(cells)) == 1:
            cells[1:] = ["same"] * (len(cells) - 1)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print(f"\n{len(chosen) * len(titles)} runs, {faults} not as expected")
    sys.exit(bool(faults))


def outcome(case: degenerate.Case, preset: str, protocol: str) -> tuple[str, bool]:
    """What became of a case, and whether that is what was to."""
    try:
        found = degenerate.run(case, preset, protocol)
    except Exception as error:  # Which is what is looked for.
        traceback.print_exc()
        return f"{type(error).__name__}: {error}".splitlines()[0], False
    return found.said, case.agrees(found, preset)


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
