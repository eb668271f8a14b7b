"""Whether one seed gives the same bits: python -m scripts.hardening.threads.

Trains SimMC.py on generated walkers in processes that may use 1, 1, 2 and 2 processors,
and compares metrics.csv, weights and best.json. Exit status 1 where two runs with as
many processors differ, which is promised; runs with 1 and with 2 are told, and with
--across promised too.
"""

from flags import quiet  # noqa: F401

# isort: split

import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from absl import flags

from flags import entry
from scripts.benchmarks import tables
from simmc_tf import config as configs
from simmc_tf import differences, errors

_ROOT = pathlib.Path(__file__).resolve().parents[2]
# Runs by how many processors they have, and which of them are compared.
_RUNS = {"1": 1, "1 again": 1, "2": 2, "2 again": 2}
_PAIRS = (("1 again", "1"), ("2 again", "2"), ("2", "1"))


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_enum(
        "preset",
        [configs.PUBLISHED, configs.AUTO],
        [configs.PUBLISHED, configs.AUTO],
        "may be repeated",
        flag_values=values,
    )
    for name, default, meaning in (
        ("persons", 30, "generated walkers"),
        ("epochs", 5, "of each run"),
        ("seed", 0, "of each run"),
    ):
        flags.DEFINE_integer(name, default, meaning, lower_bound=0, flag_values=values)
    flags.DEFINE_boolean(
        "across", False, "1 and 2 processors must agree too", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Runs, compares, and prints a line a pair."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    there = sorted(os.sched_getaffinity(0))
    if len(there) < max(_RUNS.values()):
        raise errors.InputError(
            f"This process may use {len(there)} processor; expected 2 or more."
        )
    rows, broken = [("preset", "processors", "metrics, weights, figures")], 0
    with tempfile.TemporaryDirectory() as root:
        for preset in values.preset:
            folders = {}
            for name, count in _RUNS.items():
                print(f"{preset} on {name}", file=sys.stderr, flush=True)
                place = pathlib.Path(root, preset, name.replace(" ", "_"))
                folders[name] = _train(_arguments(values, preset), place, there[:count])
            for one, two in _PAIRS:
                found = differences.first(folders[one], folders[two])
                same = _RUNS[one] == _RUNS[two]
                broken += found is not None and (same or values.across)
                rows.append((preset, f"{two} and {one}", found or "equal bit for bit"))
    print(
        tables.aligned([("preset", "processors", "metrics, weights, figures"), *rows])
    )
    if broken:
        sys.exit(1)


def _arguments(values: flags.FlagValues, preset: str) -> list[str]:
    given = {
        "dataset": "Synthetic",
        "synthetic_persons": values.persons,
        "preset": preset,
        "epochs": values.epochs,
        "seed": values.seed,
        "gpu": -1,
    }
    switches = ["--noexport", "--noreport"]
    return [*(f"--{name}={value}" for name, value in given.items()), *switches]


def _train(
    arguments: Sequence[str], root: pathlib.Path, processors: Sequence[int]
) -> pathlib.Path:
    """The folder of a run that may use some processors only."""
    done = subprocess.run(
        [sys.executable, "SimMC.py", *arguments, f"--model_root={root}"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    if done.returncode:
        raise errors.InputError(f"A run failed: {done.stderr.strip()}")
    return root / "Synthetic" / "probe"


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
