"""TensorFlow, faiss, the GPU and the self-test; in a process of its own.

Native code may end its process without a word: a processor that lacks instructions, a
driver that does not fit. `python -m scripts.doctoring.computing` prints a finding a
line as JSON; `scripts.doctor` starts it and tells how it ended.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from scripts.doctoring import stack
from scripts.doctoring.findings import (
    NOTE,
    OK,
    PROBLEM,
    WARNING,
    Finding,
    Options,
    of_error,
)

# The first driver that runs CUDA 12.
_DRIVER = (525, 60)
_REPORT = "report it, with all that this command printed"


def main() -> None:
    """Prints what is found; options come as JSON, the only argument."""
    options = Options(**json.loads(sys.argv[1]))
    _say(section="devices")
    lent = os.environ.get("CUDA_VISIBLE_DEVICES")
    usable = True
    for finding in _devices(options, lent):
        _say(finding)
        usable &= finding.level != PROBLEM
    if options.self_test and usable:
        _say(section="self-test")
        for finding in _self_test():
            _say(finding)


def _say(finding: Finding | None = None, section: str = "") -> None:
    told = {"section": section} if finding is None else dataclasses.asdict(finding)
    print(json.dumps(told), flush=True)


def _devices(options: Options, lent: str | None) -> Iterator[Finding]:
    """What computes.

    Args:
        options: of the command.
        lent: CUDA_VISIBLE_DEVICES as it was.
    """
    gpus = _nvidia_gpus()
    try:
        from simmc_tf import errors, startup

        try:
            device = startup.prepare(options.gpu)
        except errors.InputError as error:
            yield of_error(PROBLEM, "", error, "give --gpu -1 for the CPU")
            device = ""
        import tensorflow as tf
    except Exception as error:  # noqa: BLE001
        yield cannot_load("tensorflow", error)
        return
    if device:
        yield Finding(OK, f"TensorFlow computes on {device}")
    seen = tf.config.list_physical_devices("GPU")
    if gpus and not seen and options.gpu >= 0:
        yield _unseen(gpus, lent, tf.sysconfig.get_build_info())
    elif not gpus:
        yield Finding(OK, "no NVIDIA GPU, and none is needed")
    try:
        import faiss

        number = faiss.get_num_gpus() if hasattr(faiss, "get_num_gpus") else 0
    except Exception as error:  # noqa: BLE001
        yield cannot_load("faiss-cpu", error)
        return
    if seen and not number:
        yield Finding(
            WARNING,
            "faiss finds no GPU, so the CPU finds neighbours",
            "pip uninstall faiss-cpu, then pip install -r requirements.txt",
        )
    else:
        yield Finding(OK, f"faiss {faiss.__version__} uses {number or 'no'} GPU")


def cannot_load(package: str, error: Exception) -> Finding:
    """A package that is there or not, and does not load."""
    module, kind = package.partition("-")[0], type(error).__name__
    return Finding(
        PROBLEM,
        f"{module} cannot be loaded: {kind}: {error}",
        f"{stack.remedy()}; where it is installed: pip install --force-reinstall "
        f"{package}",
    )


def _nvidia_gpus() -> list[str]:
    """Name and driver of each GPU that nvidia-smi knows."""
    if shutil.which("nvidia-smi") is None:
        return []
    try:
        done = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def _unseen(gpus: list[str], lent: str | None, build: dict) -> Finding:
    """Why TensorFlow does not see a GPU that is there, as far as one can tell."""
    text = f"there is a GPU ({gpus[0]}), but TensorFlow does not see it: "
    name, _, driver = gpus[0].rpartition(", ")
    if lent is not None and not lent.strip(" ,").removeprefix("-1"):
        return Finding(
            NOTE,
            f"{text}CUDA_VISIBLE_DEVICES={lent!r} hides it",
            "unset CUDA_VISIBLE_DEVICES, if you want it",
        )
    if not build.get("is_cuda_build"):
        return Finding(
            WARNING,
            f"{text}this TensorFlow was built without CUDA",
            "pip uninstall tensorflow tensorflow-cpu, then pip install -r "
            "requirements.txt",
        )
    missing = _missing_libraries()
    if missing:
        return Finding(
            WARNING,
            f"{text}CUDA libraries are not installed: {', '.join(missing)}",
            "pip uninstall faiss-cpu, then pip install -r requirements.txt",
        )
    if _version(driver) < _DRIVER:
        return Finding(
            WARNING,
            f"{text}driver {driver} of {name} is too old for CUDA 12",
            f"install driver {_DRIVER[0]}.{_DRIVER[1]} or newer",
        )
    return Finding(
        WARNING,
        f"{text}its libraries are there and its driver is new enough",
        "TF_CPP_MIN_LOG_LEVEL=0 python -c 'import tensorflow as tf; "
        'tf.config.list_physical_devices("GPU")\' tells more; in a container, give it '
        "the GPU (docker run --gpus all)",
    )


def _missing_libraries() -> list[str]:
    """Packages of CUDA libraries that tensorflow[and-cuda] brings, and are not here."""
    names = {
        line.split(";")[0].split("<")[0].split(">")[0].split("=")[0].strip()
        for line in metadata.requires("tensorflow") or ()
        if "and-cuda" in line
    }
    there = {(d.metadata["Name"] or "").lower() for d in metadata.distributions()}
    return sorted(name for name in names if name.lower() not in there)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _self_test() -> Iterator[Finding]:
    try:
        from scripts.doctoring import self_test

        yield from self_test.check()
    except Exception as error:  # noqa: BLE001
        yield Finding(
            PROBLEM,
            f"the self-test ended with {type(error).__name__}: {error}",
            f"pip install -r requirements-cpu.txt in a new environment, or {_REPORT}",
        )


if __name__ == "__main__":
    main()
