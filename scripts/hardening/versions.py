"""Whether the oldest and the newest packages do: python -m scripts.hardening.versions.

Makes an environment of the oldest supported Python that is here with the lowest
versions that the requirement files allow, one of the newest with the highest, runs all
tests in each, or with --quick some files of them: numbers, losses, masks, saving and
loading, whole runs, exports. Exit status 1 where something fails.
"""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from absl import flags

from flags import entry
from scripts.benchmarks import tables
from simmc_tf import errors

_ROOT = pathlib.Path(__file__).resolve().parents[2]
# As pyproject.toml has it; TensorFlow is made for no other.
SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))
_REQUIREMENTS = ("requirements-cpu.txt", "requirements-dev.txt")
_QUICK = tuple(
    f"tests/test_{name}.py"
    for name in (
        *("jaccard", "losses", "masking", "neighbours", "evaluation", "encoder"),
        *("preparation", "tracks", "startup", "auto", "experiment", "export", "api"),
        *("callbacks", "gallery", "safe_pickle", "source_training"),
    )
)
_TOLD = ("tensorflow", "keras", "numpy", "faiss-cpu")


@dataclasses.dataclass(frozen=True)
class Trial:
    """An environment to try.

    Attributes:
        name: `lowest` or `highest`.
        python: interpreter to make it with.
        version: of it.
    """

    name: str
    python: str
    version: tuple[int, int]

    @property
    def resolution(self) -> str:
        """What uv calls it; what our packages themselves need stays current."""
        return "lowest-direct" if self.name == "lowest" else "highest"


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_enum(
        "which",
        ["lowest", "highest"],
        ["lowest", "highest"],
        "may be repeated",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "python",
        [],
        "an interpreter; may be repeated (all of Python 3.10 to 3.13 on the PATH and "
        "among pyenv's)",
        flag_values=values,
    )
    flags.DEFINE_boolean("quick", False, "some tests only", flag_values=values)
    flags.DEFINE_string(
        "output", "ReID_Models/versions", "folder of environments", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Makes the environments, runs the tests, and prints a line for each."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    found = interpreters(values.python)
    if not found:
        raise errors.InputError(
            f"No Python {_text(SUPPORTED[0])} to {_text(SUPPORTED[-1])} is here; name "
            "one with --python."
        )
    ends = {"lowest": min(found), "highest": max(found)}
    trials = [Trial(name, found[ends[name]], ends[name]) for name in values.which]
    rows, failed = [], False
    for trial in trials:
        folder = pathlib.Path(values.output).resolve() / trial.name
        python = _environment(trial, folder)
        started = time.monotonic()
        status, last = _test(folder, python, values.quick)
        failed |= status != 0
        seconds = f"{time.monotonic() - started:.0f} s"
        rows.append((trial.name, _text(trial.version), *_versions(python), seconds))
        rows[-1] += (last if status == 0 else f"failed: {last} ({folder}/tests.log)",)
    heading = ("", "Python", *_TOLD, "time", "tests")
    print(tables.aligned([heading, *rows]))
    if failed:
        sys.exit(1)


def interpreters(given: list[str]) -> dict[tuple[int, int], str]:
    """The supported interpreters that are here, by version.

    Args:
        given: those to look at; none: those on the PATH and among pyenv's.

    Raises:
        errors.InputError: one that is given is none, or is not supported.
    """
    home = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    names = given or [
        *(f"python{_text(version)}" for version in SUPPORTED),
        *map(str, sorted(home.glob("versions/3.*/bin/python3"))),
    ]
    found: dict[tuple[int, int], str] = {}
    for name in names:
        path = shutil.which(name)
        version = None if path is None else _version(path)
        if path is not None and version in SUPPORTED:
            found.setdefault(version, path)
        elif given:
            raise errors.InputError(
                f"--python {name}: expected an interpreter of Python "
                f"{_text(SUPPORTED[0])} to {_text(SUPPORTED[-1])}."
            )
    return found


def _version(path: str) -> tuple[int, int] | None:
    done = _run([path, "--version"])
    told = re.match(r"Python (\d+)\.(\d+)\.", done.stdout)
    return (int(told[1]), int(told[2])) if done.returncode == 0 and told else None


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _environment(trial: Trial, folder: pathlib.Path) -> pathlib.Path:
    """The interpreter of an environment that is made anew."""
    print(f"{trial.name}: installing for Python {_text(trial.version)}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    wanted = [word for name in _REQUIREMENTS for word in ("-r", name)]
    for command in (
        [trial.python, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "uv"],
        [
            *(str(folder / "bin" / "uv"), "pip", "install", "--quiet"),
            *("--python", str(python), "--resolution", trial.resolution, *wanted),
        ],
    ):
        done = _run(command)
        if done.returncode:
            raise errors.InputError(
                f"{trial.name} cannot be installed: {done.stderr.strip()[-500:]}"
            )
    return python


def _versions(python: pathlib.Path) -> list[str]:
    code = "import importlib.metadata as m, sys; print(*map(m.version, sys.argv[1:]))"
    return _run([str(python), "-c", code, *_TOLD]).stdout.split()


def _test(folder: pathlib.Path, python: pathlib.Path, quick: bool) -> tuple[int, str]:
    """The exit status of the tests, and their last line; all go to tests.log."""
    print("running the tests", flush=True)
    log = folder / "tests.log"
    chosen = [name for name in _QUICK if (_ROOT / name).is_file()] if quick else []
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            [str(python), "-m", "pytest", "-p", "no:cacheprovider", *chosen],
            cwd=_ROOT,
            # Compiled functions of other versions stay as they are.
            env={**os.environ, "NUMBA_CACHE_DIR": str(folder / "numba")},
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    told = [
        line.strip("= ") for line in lines if re.search(r"\d (passed|failed)", line)
    ]
    return done.returncode, told[-1] if told else "no test ran"


def _run(command: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
