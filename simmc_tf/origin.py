"""Where figures come from: versions, the commit of the code, the machine."""

import functools
import os
import pathlib
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata

import simmc_tf
from simmc_tf import cores

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "numba")
# More than any clone takes; a file system that hangs must not hold a run.
_SECONDS = 10


def versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Of this program, of Python, and of packages that decide figures."""
    return {
        "simmc_tf": simmc_tf.__version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
    }


def code(root: pathlib.Path = _ROOT) -> dict[str, object] | None:
    """The commit of the code, and whether its files have changed since.

    Args:
        root: folder that the code lies in.

    Returns:
        `commit` and `dirty`; None where the code is no clone, or git cannot tell.
    """
    # An installed package may lie inside a clone of something else.
    return _asked(root) if (root / ".git").exists() else None


@functools.cache
def _asked(root: pathlib.Path) -> dict[str, object] | None:
    # Without the variables by which hooks of git name another repository, and without
    # locks: several runs ask at a time.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    words = ("--porcelain=v2", "--branch", "--untracked-files=no")
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "status", *words],
            cwd=root,
            env={**variables, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    told = done.stdout.splitlines()
    commits = [line.split()[-1] for line in told if line.startswith("# branch.oid ")]
    if not commits or commits[0] == "(initial)":
        return None
    dirty = any(not line.startswith("#") for line in told)
    return {"commit": commits[0], "dirty": dirty}


def machine() -> dict[str, object]:
    """`processor`, None where the system does not name it, and `threads` on it."""
    return {"processor": _processor(), "threads": cores.count()}


def _processor() -> str | None:
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or None
