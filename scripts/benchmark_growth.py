"""Time and memory of whole epochs by size: python -m scripts.benchmark_growth.

Makes generated data sets, trains on each with SimMC.py, and fits how time grows.
--plot FILE.svg draws it.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import flags

from flags import entry
from simmc_tf import atomic, errors

_ROOT = pathlib.Path(__file__).resolve().parents[1]
# Drawn, in this order; all else is the rest.
_PHASES = ("features", "neighbours", "jaccard", "training", "evaluation", "diagnostics")
_SECONDS_BETWEEN = 0.5


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_integer(
        "rows",
        [10_000, 30_000, 100_000],
        "training sequences; may be repeated",
        flag_values=values,
    )
    flags.DEFINE_string("json", None, "file for the figures", flag_values=values)
    flags.DEFINE_string("plot", None, "file for the picture, .svg", flag_values=values)
    flags.DEFINE_string(
        "again", None, "figures to draw instead of measuring", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Measures, or reads what was measured; prints, and draws where that is asked."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    if values.again is not None:
        found = _read(pathlib.Path(values.again))
    else:
        found = [_measure(num_rows) for num_rows in sorted(set(values.rows))]
        if values.json is not None:
            atomic.write_json(pathlib.Path(values.json), found)
    _print(found)
    if values.plot is not None:
        _draw(found, pathlib.Path(values.plot))


def _read(path: pathlib.Path) -> list[dict]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise errors.InputError(
            f"--again {path}: expected a file that --json has written."
        ) from error


def _measure(num_rows: int) -> dict:
    """Figures of the last of few epochs."""
    # The first one trains a second or two longer, which counts where it is short.
    epochs = 2 if num_rows < 200_000 else 1
    with tempfile.TemporaryDirectory() as folder:
        data, models = (pathlib.Path(folder) / name for name in ("data", "models"))
        where = ["--dataset", "Growth", "--data_root", str(data)]
        _run("-m", "scripts.make_large", *where, "--sequences", str(num_rows))
        peak = _run(
            *("SimMC.py", *where, "--model_root", str(models), "--gpu", "-1"),
            *("--preset", "published", "--protocol", "strict"),
            *("--epochs", str(epochs)),
        )
        run = models / "Growth" / "probe"
        timings, metrics = (
            list(csv.DictReader((run / name).open(encoding="utf-8", newline="")))[-1]
            for name in ("timings.csv", "metrics.csv")
        )
    seconds = {name: float(value) for name, value in timings.items() if value}
    del seconds["epoch"]
    return {
        "rows": num_rows,
        "seconds": seconds,
        "anonymous_gb": peak / 1e6,
        "clusters": int(metrics["clusters_1"]),
    }


def _run(*command: str) -> int:
    """Runs a program of this project; its peak of memory that is no file's, in kB."""
    print("$ python " + " ".join(command), file=sys.stderr, flush=True)
    process = subprocess.Popen(
        [sys.executable, *command], cwd=_ROOT, stdout=subprocess.DEVNULL
    )
    status = pathlib.Path(f"/proc/{process.pid}/status")
    peak = 0
    try:
        while process.poll() is None:
            peak = max(peak, _anonymous(status))
            time.sleep(_SECONDS_BETWEEN)
    finally:
        process.terminate()
        process.wait()
    if process.returncode:
        raise errors.InputError(f"{command[0]} ended with {process.returncode}.")
    return peak


def _anonymous(status: pathlib.Path) -> int:
    try:
        lines = status.read_text(encoding="ascii").splitlines()
    except OSError:  # It has ended.
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def exponents(found: list[dict]) -> dict[str, float]:
    """Slope of log time over log rows, by least squares, of every phase."""
    rows = np.log([one["rows"] for one in found])
    return {
        name: float(np.polyfit(rows, np.log(_seconds(found, name)), 1)[0])
        for name in (*_PHASES, "total")
    }


def _seconds(found: list[dict], name: str) -> np.ndarray:
    # What takes no time at all cannot be drawn.
    return np.maximum([one["seconds"].get(name, 0.0) for one in found], 1e-4)


def _print(found: list[dict]) -> None:
    names = (*_PHASES, "total")
    print("     rows  " + "  ".join(f"{name:>11}" for name in names) + "  anonymous GB")
    for one in found:
        seconds = "  ".join(f"{one['seconds'].get(name, 0.0):11.2f}" for name in names)
        print(f"{one['rows']:9,}  {seconds}  {one['anonymous_gb']:12.2f}")
    if len(found) > 1:
        slopes = exponents(found)
        print(" exponent  " + "  ".join(f"{slopes[name]:11.2f}" for name in names))


def _draw(found: list[dict], path: pathlib.Path) -> None:
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise errors.InputError(
            f"--plot {path} needs matplotlib: pip install matplotlib."
        ) from error
    matplotlib.use("svg")
    # Text as text, and the same file for the same figures.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "growth"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    rows = [one["rows"] for one in found]
    slopes = exponents(found)
    for name in ("total", *_PHASES):
        axes.plot(
            rows,
            _seconds(found, name),
            marker="o",
            markersize=4,
            linewidth=2.5 if name == "total" else 1.3,
            color="black" if name == "total" else None,
            label=f"{'whole epoch' if name == 'total' else name}, N^{slopes[name]:.2f}",
        )
    axes.set(xscale="log", yscale="log", xlabel="training sequences N", ylabel="s")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
