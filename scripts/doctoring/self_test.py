"""A tiny run beside the numbers that it gave where all was well.

`python -m scripts.doctor --store` writes those to self_test.json. They depend on the
processor in the last digits: sums in float32 are added in another order, and so
rounded otherwise, in the seventh digit. Input that was changed by a part in 10^5, a
hundred times as much, moved features by 5e-6 of the largest, losses by 6e-5, mAP by
7e-5, and no pseudo-label; changed by a part in 10^4 it let sequences change their
cluster, and losses moved by 0.06, top-1 by 0.03. `TOLERANCES` lie between the two.
"""

import dataclasses
import json
import pathlib
import platform
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import numpy as np

from datasets import loading
from scripts.doctoring.findings import OK, PROBLEM, Finding
from simmc_tf import (
    atomic,
    checkpoints,
    experiment,
    history,
    labelling,
    mutual_information,
    pipeline,
    sampling,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module

STORED = pathlib.Path(__file__).parent / "self_test.json"
_PERSONS, _LENGTH = 5, 6
_FEATURES = (8, 8)
_SMALL = configs.Config(H=64, epochs=2, batch_size=64, eps=0.6, lr=0.002)
_PRESETS = {
    configs.PUBLISHED: _SMALL,
    # The radius is given, since the silhouette may be as high for two partitions.
    configs.AUTO: dataclasses.replace(
        _SMALL, protocol=configs.STRICT, preset=configs.AUTO, t=0.3, radius=0.4
    ),
}
# What is compared -> how far it may be off. Features: relative to their largest.
# Pseudo-labels: 1 less their adjusted mutual information with the stored ones.
TOLERANCES = {
    "features": 2e-5,
    "pseudo-labels": 0.01,
    "losses": 0.01,
    "top-1": 0.01,
    "mAP": 0.01,
}


def check() -> Iterator[Finding]:
    """Computes, and compares with what is stored."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    start = time.perf_counter()
    measured = measure()
    off = differences(measured, stored)
    for name, found in off.items():
        level, remedy = OK, ""
        allowed = TOLERANCES[name]
        text = f"{name} within {allowed:g} of the stored ones (off by {found:.1g})"
        if not found <= allowed:  # NaN is not.
            level = PROBLEM
            text = f"{name} are off by {found:.3g}; at most {allowed:g} was expected"
            remedy = (
                f"install the tested versions in a new environment ("
                f"{_versions(stored)}); if that does not help, report it"
            )
        yield Finding(level, text, remedy)
    yield Finding(OK, f"took {time.perf_counter() - start:.1f} s")


def store() -> dict[str, float]:
    """Replaces the stored numbers by this machine's.

    Returns:
        How far they were off, empty where there were none.
    """
    measured = measure()
    off = {}
    if STORED.is_file():
        off = differences(measured, json.loads(STORED.read_text(encoding="utf-8")))
    atomic.write_text(STORED, _text({**_made_on(), **measured}))
    return off


def measure() -> dict[str, Any]:
    """The numbers: plain lists, rounded to what float32 holds."""
    data = loading.generate(_LENGTH, _PERSONS, seed=0).data
    config = _PRESETS[configs.PUBLISHED]
    rows = sampling.training_rows(data, config)
    simmc = checkpoints.build(config, data.train.sequences.shape[-1])
    encoder = pipeline.BulkEncoder(simmc.encoder)
    features = encoder.whole(data.train.sequences)
    step, width = (n // k for n, k in zip(features.shape, _FEATURES, strict=True))
    some = features[::step, ::width][: _FEATURES[0], : _FEATURES[1]]
    with tempfile.TemporaryDirectory(prefix="simmc-doctor-") as name:
        folder = pathlib.Path(name)
        run = history.History(folder)
        run.begin_epoch()
        found = labelling.cluster_views(
            encoder, data.train.sequences, rows, 0, config, run
        )
        runs = {
            preset: _row(data, settings, folder / preset)
            for preset, settings in _PRESETS.items()
        }
    return {
        "features": _rounded(some.ravel()),
        "labels": [view.tolist() for view in found.labels.T],
        "runs": runs,
    }


def _row(
    data: data_module.ReidData, config: configs.Config, folder: pathlib.Path
) -> dict[str, Any]:
    """Losses of every epoch, and scores after the last one."""
    result = experiment.train(data, config, folder, {}, lambda line: None, silent=True)
    last = result.run.rows[-1]
    losses = [[row.mpc, row.mic] for row in result.run.rows[1:]]
    return {
        "losses": [_rounded(pair) for pair in losses],
        "top1": last.top1,
        "mAP": last.mAP,
    }


def differences(measured: dict[str, Any], stored: dict[str, Any]) -> dict[str, float]:
    """How far measured numbers are from stored ones, by the names of `TOLERANCES`."""
    first, second = (np.asarray(m["features"]) for m in (measured, stored))
    agreements = [
        mutual_information.adjusted(np.asarray(a), np.asarray(b))
        for a, b in zip(measured["labels"], stored["labels"], strict=True)
    ]
    pairs = [(measured["runs"][p], stored["runs"][p]) for p in _PRESETS]

    def most(name: str) -> float:
        # NumPy's, which keeps NaN.
        return float(
            np.max([np.max(np.abs(np.subtract(a[name], b[name]))) for a, b in pairs])
        )

    return {
        "features": float(np.max(np.abs(first - second)) / np.max(np.abs(second))),
        "pseudo-labels": float(1 - min(agreements)),
        "losses": most("losses"),
        "top-1": most("top1"),
        "mAP": most("mAP"),
    }


def _rounded(numbers: Any) -> list[float]:
    return [float(f"{number:.7g}") for number in numbers]


def _made_on() -> dict[str, Any]:
    """Where the numbers come from, for who wonders why others are off."""
    packages = ("tensorflow", "keras", "numpy", "scikit-learn", "numba")
    versions = {name: metadata.version(name) for name in packages}
    return {"machine": platform.machine(), "versions": versions}


def _versions(stored: dict[str, Any]) -> str:
    return ", ".join(f"{name} {found}" for name, found in stored["versions"].items())


def _text(content: dict[str, Any]) -> str:
    """JSON, a name a line."""
    lines = (f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in content.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"
