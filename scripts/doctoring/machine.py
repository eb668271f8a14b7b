"""Processors, memory and disk."""

import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from scripts.doctoring.findings import OK, PROBLEM, WARNING, Finding, Options
from simmc_tf import cores, memory

_GB = 1e9
# What TensorFlow, numba and a run of KS20's size take.
_LEAST_MEMORY = 3 * _GB
# A model, its export and its figures, times a few.
_LEAST_DISK, _LITTLE_DISK = 0.1 * _GB, 2 * _GB
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def check(options: Options) -> Iterator[Finding]:
    """How much there is of everything."""
    yield from _cores()
    total = memory.available()
    text = f"{total / _GB:.1f} GB of memory"
    if total < _LEAST_MEMORY:
        yield Finding(
            WARNING,
            f"{text}: little for TensorFlow and a data set",
            "give the container or machine 4 GB or more",
        )
    else:
        yield Finding(OK, text)
    folders = {
        "--data_root": options.data_root,
        "--model_root": options.model_root,
        "TMPDIR": tempfile.gettempdir(),
    }
    for name, folder in folders.items():
        yield _disk(name, pathlib.Path(folder))


def _cores() -> Iterator[Finding]:
    usable, there = cores.count(), os.cpu_count() or 1
    yield Finding(OK, f"{usable} of {there} CPU cores may be used")
    for name in _THREADS:
        value = os.environ.get(name, "")
        if value.isdigit() and 0 < int(value) < usable:
            yield Finding(
                WARNING,
                f"{name}={value} lets some work use no more cores than that",
                f"unset {name}",
            )


def _disk(name: str, folder: pathlib.Path) -> Finding:
    """Room, and the right to write, where a folder is or would be made."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    text = f"{name} {folder}: {free / _GB:.1f} GB free"
    other = f"give another {name}, on a disk with room"
    if not there.is_dir():
        return Finding(PROBLEM, f"{name}: {there} is no folder", f"give another {name}")
    if not os.access(there, os.W_OK):
        # Data may lie where nobody may write.
        level = WARNING if name == "--data_root" else PROBLEM
        return Finding(
            level, f"{name}: {there} cannot be written to", f"give another {name}"
        )
    if free < _LEAST_DISK:
        return Finding(PROBLEM, text, f"make room, or {other}")
    if free < _LITTLE_DISK:
        return Finding(
            WARNING, f"{text}: little for large data", f"make room, or {other}"
        )
    return Finding(OK, text)
