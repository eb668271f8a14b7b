"""Runs do not disturb each other: python -m scripts.hardening.side_by_side.

Trains on few generated walkers alone, and then --runs times at once, all of the same
seed into folders of their own, with what they share empty before: the compiled kernels,
the folder of temporary files and the home folder. All must leave the same metrics,
weights and figures, bit for bit. Exit status 1 where they do not.
"""

from flags import quiet  # noqa: F401

# isort: split

import os
import pathlib
import subprocess
import sys
import tempfile

from absl import flags

from flags import entry
from scripts.benchmarks import tables
from simmc_tf import differences, errors

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_COMMAND = (
    *("SimMC.py", "--dataset", "Synthetic", "--synthetic_persons", "5", "--gpu", "-1"),
    *("--H", "32", "--noexport", "--noreport"),
)


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, meaning in (("runs", 2, "at once"), ("epochs", 2, "of each")):
        flags.DEFINE_integer(name, default, meaning, lower_bound=1, flag_values=values)


def main(argv: list[str]) -> None:
    """Runs, compares, and prints a line a run."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        (alone,) = _trained(place / "alone", 1, values.epochs)
        others = _trained(place / "together", values.runs, values.epochs)
        found = [differences.first(alone, other) for other in others]
    rows = [(f"run {n}", one or "as alone, bit for bit") for n, one in enumerate(found)]
    print(tables.aligned([(f"{values.runs} at once", "metrics, weights"), *rows]))
    if any(found):
        sys.exit(1)


def _trained(place: pathlib.Path, count: int, epochs: int) -> list[pathlib.Path]:
    """Folders of runs that began at the same time, with nothing in their caches."""
    shared = {
        "NUMBA_CACHE_DIR": place / "kernels",
        "TMPDIR": place / "temporary",
        "HOME": place / "home",
    }
    for folder in shared.values():
        folder.mkdir(parents=True)
    environment = {**os.environ, **{name: str(path) for name, path in shared.items()}}
    roots = [place / f"run {n}" for n in range(count)]
    runs = [
        subprocess.Popen(
            [
                *(sys.executable, *_COMMAND, "--epochs", str(epochs)),
                *("--model_root", str(root)),
            ],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for root in roots
    ]
    said = [run.communicate()[1] for run in runs]
    for run, text in zip(runs, said, strict=True):
        if run.returncode:
            raise errors.InputError(f"A run ended with {run.returncode}: {text}")
    return [root / "Synthetic" / "probe" for root in roots]


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
