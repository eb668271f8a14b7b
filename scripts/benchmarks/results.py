"""What was measured: kept as JSON, read again, compared with an earlier one."""

import dataclasses
import json
import pathlib
import platform
import statistics
from collections.abc import Mapping
from importlib import metadata

from simmc_tf import atomic, cores, errors

# Of the file: raised where it would no longer be understood.
FORMAT = 1


@dataclasses.dataclass
class Phase:
    """One phase of an epoch.

    Attributes:
        wall: seconds of each repetition.
        cpu: the same of all threads together; empty where it is not known.
        peak: bytes at most above those at the phase's begin; None: not measured.
        limit: least seconds that it can take here; None: none is stated.
        limit_cpu: the same of all threads together.
        basis: what the limit is.
    """

    wall: list[float]
    cpu: list[float] = dataclasses.field(default_factory=list)
    peak: int | None = None
    limit: float | None = None
    limit_cpu: float | None = None
    basis: str = ""

    @property
    def median(self) -> float:
        """Wall seconds."""
        return statistics.median(self.wall)

    @property
    def fastest(self) -> float:
        """Wall seconds of the repetition that others disturbed least."""
        return min(self.wall)

    @property
    def times_limit(self) -> float | None:
        """How many times its limit the fastest repetition takes, as the limit's."""
        return None if not self.limit else self.fastest / self.limit

    @property
    def times_limit_cpu(self) -> float | None:
        """The same of CPU seconds: what others do at the same time hardly counts."""
        return min(self.cpu) / self.limit_cpu if self.cpu and self.limit_cpu else None


@dataclasses.dataclass
class Reference:
    """A naive dense computation beside the product's.

    Attributes:
        rows: features that both took.
        naive: seconds.
        here: seconds of the product.
        same: whether the labels of both views are equal.
    """

    rows: int
    naive: float
    here: float
    same: bool


@dataclasses.dataclass
class Run:
    """All that was measured on one data set.

    Attributes:
        name: of the data set.
        title: what it is.
        digest: SHA-256 of each split.
        phases: by name.
        memory: bytes in a process of its own that trains for some epochs.
        reference: naive computation, None where it was not asked for.
    """

    name: str
    title: str
    digest: dict[str, str]
    phases: dict[str, Phase] = dataclasses.field(default_factory=dict)
    memory: dict[str, int] = dataclasses.field(default_factory=dict)
    reference: Reference | None = None


@dataclasses.dataclass
class Report:
    """Of a call.

    Attributes:
        machine: what computed.
        settings: how it was measured.
        runs: a data set each.
    """

    machine: dict[str, object]
    settings: dict[str, object]
    runs: list[Run] = dataclasses.field(default_factory=list)

    def write(self, path: pathlib.Path) -> None:
        """Replaces a JSON file."""
        atomic.write_json(path, {"format": FORMAT, **dataclasses.asdict(self)})


def read(path: pathlib.Path) -> Report:
    """What `Report.write` wrote.

    Raises:
        errors.InputError: it is not there, or no such file.
    """
    if not path.is_file():
        raise errors.InputError(
            f"There is no {path}; write one by an earlier call with --json {path}."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("it is of another version")
        return Report(
            content["machine"],
            content["settings"],
            [_run(**run) for run in content["runs"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.InputError(
            f"{path} is not what --json writes ({error}); measure again."
        ) from error


def _run(
    phases: Mapping[str, dict], reference: dict | None = None, **rest: object
) -> Run:
    return Run(
        **rest,  # type: ignore[arg-type]
        phases={name: Phase(**phase) for name, phase in phases.items()},
        reference=None if reference is None else Reference(**reference),
    )


def machine() -> dict[str, object]:
    """What computes."""
    packages = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "numba")
    return {
        "processor": _processor(),
        "cores": cores.count(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
    }


def _processor() -> str:
    path = pathlib.Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


# Of the machine, measured anew each time: they differ a little, always.
_MEASURED = ("float32 GFLOP/s", "float64 GFLOP/s", "GB/s read and written")


def check_same_data(earlier: Report, names: list[str], path: pathlib.Path) -> None:
    """Checks that there is something to compare.

    Raises:
        errors.InputError: no data set is in both.
    """
    known = [run.name for run in earlier.runs]
    if not set(known) & set(names):
        raise errors.InputError(
            f"--against {path} measured {', '.join(known) or 'nothing'}, this call "
            f"{', '.join(names)}; give --data and --sizes of data that are in both."
        )


def matching_run(earlier: Report, run: Run) -> Run | None:
    """The earlier run on the same data, None where there is none.

    Raises:
        errors.InputError: of the same name, but other data.
    """
    for other in earlier.runs:
        if other.name == run.name:
            if other.digest != run.digest:
                raise errors.InputError(
                    f"--against: {run.name} was measured on other data of that name; "
                    "measure the earlier version again on these."
                )
            return other
    return None


def differences(new: Report, old: Report) -> list[str]:
    """A line for each setting, and part of the machine, that is not the same."""
    lines = []
    for which in ("machine", "settings"):
        first, second = getattr(old, which), getattr(new, which)
        for name in {**first, **second}:
            before, now = first.get(name), second.get(name)
            if before != now and name not in _MEASURED:
                lines.append(f"{which} differs: {name} was {before}, is {now}")
    return lines


def ratios(new: Run, old: Run) -> dict[str, float]:
    """Median seconds now over those then, of each phase that is in both."""
    return {
        name: phase.median / old.phases[name].median
        for name, phase in new.phases.items()
        if name in old.phases and old.phases[name].median > 0
    }
