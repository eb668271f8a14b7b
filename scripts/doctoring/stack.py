"""Python and its packages beside the requirement files; needs none of them."""

import os
import pathlib
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from scripts.doctoring.findings import NOTE, OK, PROBLEM, WARNING, Finding, Options

ROOT = pathlib.Path(__file__).resolve().parents[2]
_COMMON = "requirements-common.txt"
_CPU, _GPU = "requirements-cpu.txt", "requirements.txt"
# File -> what it is for.
_OPTIONAL = {
    "requirements-export.txt": "ONNX (scripts.convert)",
    "requirements-dask.txt": "several machines (scripts.cluster)",
    "requirements-tensorboard.txt": "--tensorboard",
}


def check(options: Options) -> Iterator[Finding]:
    """Which versions are installed, and whether they are those that are asked for."""
    yield Finding(OK, f"Python {platform.python_version()}, {sys.executable}")
    if sys.platform != "linux":
        yield Finding(
            WARNING,
            f"{platform.system()}: only Linux is tested",
            "use Linux, a container with it, or WSL 2",
        )
    stack = _GPU if "faiss-gpu" in _installed(("faiss-cpu", "faiss-gpu")) else _CPU
    yield from _files(stack)
    yield from _faiss()
    for name, purpose in _OPTIONAL.items():
        missing = [p for p in required(name) if not _version(p)]
        if missing:
            yield Finding(
                NOTE,
                f"not installed, for {purpose} alone: {', '.join(missing)}",
                f"if you want it: pip install -r {name}",
            )


def _files(stack: str) -> Iterator[Finding]:
    """What one of the two stacks needs."""
    wanted = {**required(stack), **required(_COMMON)}
    missing, others, fitting = [], [], []
    for package, ranges in wanted.items():
        found = _version(package)
        if not found:
            missing.append(package)
        elif not fits(found, ranges):
            others.append(f"{package} {found} (expected {ranges})")
        else:
            fitting.append(f"{package} {found}")
    if fitting:
        yield Finding(OK, ", ".join(fitting))
    if others:
        yield Finding(
            WARNING,
            f"versions that nothing was tested with: {', '.join(others)}",
            f"pip install -r {stack}",
        )
    if missing:
        yield Finding(PROBLEM, f"not installed: {', '.join(missing)}", remedy(stack))


def remedy(stack: str = _CPU) -> str:
    """How to get what is not installed."""
    environment = ROOT / os.environ.get("SIMMC_VENV", ".venv")
    there = (environment / "bin" / "python").is_file()
    if there and pathlib.Path(sys.prefix).resolve() != environment.resolve():
        return (
            f"this is another Python than the environment's: source {environment}/bin/"
            "activate, and start the command again"
        )
    return f"pip install -r {stack}  (with an NVIDIA GPU: -r {_GPU})"


def _faiss() -> Iterator[Finding]:
    if len(_installed(("faiss-cpu", "faiss-gpu"))) == 2:
        yield Finding(
            WARNING,
            "faiss-cpu and faiss-gpu are both installed, and both are the module faiss",
            f"pip uninstall faiss-cpu faiss-gpu, then pip install -r {_GPU} (or {_CPU} "
            "without an NVIDIA GPU)",
        )


def _installed(packages: tuple[str, ...]) -> list[str]:
    return [package for package in packages if _version(package)]


def _version(package: str) -> str:
    """Its version, empty where it is not installed."""
    try:
        return metadata.version(package) or ""
    except metadata.PackageNotFoundError:
        return ""


def required(name: str) -> dict[str, str]:
    """Packages that a requirement file names itself, and their ranges."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?(.*)", line)
        if match:
            found[match[1]] = match[2].strip()
    return found


def fits(version: str, ranges: str) -> bool:
    """Whether a version lies in ranges as `>=2.21,<2.22`.

    Only numbers are compared: 2.21rc0 counts as 2.21. The requirement files have
    nothing else, and the check must work where no package is installed.
    """
    compared = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        "==": lambda a, b: a == b,
        ">": lambda a, b: a > b,
        "<": lambda a, b: a < b,
    }
    for part in filter(None, ranges.replace(" ", "").split(",")):
        sign, bound = re.match(r"([<>=]*)(.*)", part).groups()  # type: ignore[union-attr]
        if not compared[sign](_numbers(version), _numbers(bound)):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """2.21 as (2, 21, 0, 0)."""
    match = re.match(r"\d+(\.\d+)*", version)
    numbers = tuple(map(int, match[0].split("."))) if match else ()
    return (*numbers, 0, 0, 0, 0)[:4]
