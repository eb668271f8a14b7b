"""Runs that are in a folder already: going on with them, or refusing to lose them."""

import contextlib
import dataclasses
import json
import pathlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simmc_tf import (
    atomic,
    errors,
    json_file,
    run_files,
    same_run,
    state_file,
    stopping,
)

REMEDY = same_run.REMEDY


@dataclasses.dataclass(frozen=True)
class Existing:
    """What is to become of a run that is in the folder already.

    Attributes:
        resume: it goes on where it was stopped.
        overwrite: it is replaced.
    """

    resume: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Checks that both do not contradict each other.

        Raises:
            errors.InputError: they do.
        """
        if self.resume and self.overwrite:
            raise errors.InputError(
                "--resume goes on with a run, and --overwrite replaces it; leave one "
                "out."
            )

    def check(self, folder: pathlib.Path) -> None:
        """Refuses a folder with a run of which nobody says what is to become.

        Args:
            folder: that need not exist.

        Raises:
            errors.InputError: there is one, or another process writes to the folder.
        """
        if folder.is_dir():
            with atomic.locked(folder, again=True):
                self._check(folder)

    def _check(self, folder: pathlib.Path) -> None:
        if self.overwrite:
            return
        state = folder / state_file.NAME
        model = folder / run_files.WEIGHTS
        best = folder / run_files.BEST
        if self.resume and (state.is_file() or best.is_file() or not model.is_file()):
            return
        if state.is_file() and (found := _read_or_none(folder)) is not None:
            # Before its first epoch has ended there is next to nothing to lose; stopped
            # as that ended, it has replaced the model already.
            replaced = found.rows and model.is_file() and not best.is_file()
            if len(found.rows) > 1 or replaced:
                raise errors.InputError(
                    f"{folder} holds an unfinished run ({_so_far(found)}, written "
                    f"{_when(state)}); --resume goes on with it, {REMEDY}."
                )
        if best.is_file():
            raise errors.InputError(
                f"{folder} holds a finished run ({_best(best)}, ended {_when(best)}); "
                f"{REMEDY}."
            )
        if model.is_file():
            why = "of which nothing else was kept, so that it cannot go on"
            raise errors.InputError(
                f"There is a model in {folder} ({_when(model)}), "
                f"{why if self.resume else 'not of a finished run'}; {REMEDY}."
            )


NEW = Existing()


@dataclasses.dataclass(frozen=True)
class State:
    """A run after some epochs; of one that was only begun, all but `made_of` is empty.

    Attributes:
        made_of: what it is a run of.
        rows: of metrics.csv.
        seconds: of every phase, for each row.
        best: epoch of the best model so far; None before there is one.
        untrained: scores of the untrained model; None without.
        events: bytes of event files, by name.
        arrays: by kind: `weights` and `optimizer` of the model, and what the next epoch
            trains on.
    """

    made_of: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()
    seconds: Sequence[Mapping[str, float]] = ()
    best: int | None = None
    untrained: Mapping[str, Any] | None = None
    events: Mapping[str, int] = dataclasses.field(default_factory=dict)
    arrays: Mapping[str, Sequence[np.ndarray]] = dataclasses.field(default_factory=dict)

    def write(self, folder: pathlib.Path) -> None:
        """Replaces the state in the folder of a run."""
        told = {field.name: getattr(self, field.name) for field in _TOLD}
        state_file.write(folder, told, self.arrays)


_TOLD = [field for field in dataclasses.fields(State) if field.name != "arrays"]


def made_of(
    description: Mapping[str, object], tensorboard: bool = False
) -> dict[str, Any]:
    """What a run is a run of.

    Args:
        description: content of config.json.
        tensorboard: whether it writes event files.
    """
    found = {"description": description, "tensorboard": tensorboard}
    return dict(json.loads(json.dumps(found)))  # With lists for tuples, as it is read.


class RunKeeper:
    """The state in a run's folder, from its beginning until all is made of the run.

    Args:
        folder: of the run, which the caller holds against other processes.
        run: what it is to be a run of.
        existing: what is to become of a run that is there.

    Attributes:
        found: the state to go on from; None to begin.
        finished: whether the run that was to go on has come to its end.

    Raises:
        errors.InputError: there is a run of which nobody says what is to become; or it
            is one of something else, or cannot be read, and so cannot go on.
    """

    def __init__(
        self, folder: pathlib.Path, run: Mapping[str, Any], existing: Existing
    ) -> None:
        existing.check(folder)
        self.folder = folder
        self.found: State | None = None
        self.finished = False
        self._made_of = run
        self._num_rows = 0
        if not existing.resume:
            return
        there = (folder / run_files.BEST).is_file()
        if (folder / state_file.NAME).is_file():
            self.found = read(folder)
            if self.found.rows or there:
                same_run.check(folder, self.found.made_of, run)
                if (best := self.found.best) is not None:
                    done = len(self.found.rows) - 1
                    same_run.check_model(folder, best, done, run["description"])
            else:  # Only begun, maybe as something else.
                self.found = None
        elif there:
            had = same_run.description(folder)
            same_run.check(folder, {"description": had}, run)
            same_run.check_ended(folder, had, run["description"])
            self.finished = True

    @property
    def description(self) -> dict[str, Any]:
        """Content of config.json: that which the run began with."""
        kept = self._made_of if self.found is None else self.found.made_of
        return dict(kept["description"])

    def ended(self, missing: Sequence[str] = ()) -> str:
        """What to say of a run that is finished.

        Args:
            missing: names of files that are to be made yet.
        """
        left = f"left to do: {', '.join(missing)}"
        if not missing:
            left = "there is nothing left to do"
        return f"the run in {self.folder} has ended; {left}"

    @property
    def replaces_a_model(self) -> bool:
        """Whether the folder has a model of an earlier run."""
        begins = self.found is None or not self.found.rows
        return begins and (self.folder / run_files.WEIGHTS).is_file()

    def begin(self, report: Callable[[str], None]) -> None:
        """From now on the run that was there is given up, or goes on.

        Args:
            report: takes lines.
        """
        if self.found is None:
            self.keep()
            return
        rows = self.found.rows
        self._num_rows = len(rows)
        where = f"after epoch {len(rows) - 1}" if rows else "from its beginning"
        report(f"going on {where}, where it was stopped")
        had, now = self.description, self._made_of["description"]
        for line in same_run.notes(had, now):
            report(line)
        if same_run.epochs(had) != same_run.epochs(now):
            description = same_run.to_epochs(had, now)
            made_of = {**self.found.made_of, "description": description}
            self.found = dataclasses.replace(self.found, made_of=made_of)
        if self.found.best is not None:
            self._retell()

    def _retell(self) -> None:
        """Lets config.json of the best model tell of as many epochs as the run has now.

        What tells how the run ended is removed, where it had to end before.
        """
        told = same_run.description(self.folder)
        now = same_run.to_epochs(told, self.description)
        if now != told:
            ended = run_files.BEST, run_files.REPORT
            atomic.write_all(
                {self.folder / run_files.CONFIG: atomic.of_json(now)},
                without=[self.folder / name for name in ended],
            )

    def keep(self, **known: Any) -> None:
        """Replaces the state by what is known of the run now; fields of `State`."""
        kept = self._made_of if self.found is None else self.found.made_of
        State(kept, **known).write(self.folder)
        self._num_rows = len(known.get("rows", ()))

    def kept(self, command: str | None = None) -> str | None:
        """What to say where the run is stopped; None where nothing is kept yet.

        Args:
            command: that goes on; None: that of this process.
        """
        if not self._num_rows:
            return None
        command = command or stopping.command("--resume", without="--overwrite")
        return (
            f"the run is kept up to epoch {self._num_rows - 1}; go on with: {command}"
        )

    def finish(self) -> None:
        """There is nothing left to do, and nothing to go on with."""
        (self.folder / state_file.NAME).unlink(missing_ok=True)


def read(folder: pathlib.Path) -> State:
    """The state in the folder of a run.

    Raises:
        errors.InputError: it cannot be read.
    """
    try:
        told, arrays = state_file.read(folder)
        same_run.checked(told["made_of"]["description"])
        told["rows"] = list(map(dict, told["rows"]))
        sizes = told.get("events", {}).values()
        if any(type(size) is not int or size < 0 for size in sizes):
            raise ValueError("sizes of event files")
        return State(**told, arrays=arrays)
    except state_file.UNREADABLE as error:
        raise errors.InputError(
            f"{folder / state_file.NAME}, of a run that was stopped, cannot be read; "
            f"{REMEDY}."
        ) from error


def most_epochs(folder: pathlib.Path) -> int | None:
    """How many the run in a folder was to take; None where nobody can say."""
    found = _read_or_none(folder)
    with contextlib.suppress(errors.InputError):
        told = same_run.description(folder) if found is None else found.made_of
        return same_run.epochs(told.get("description", told))
    return None


def _read_or_none(folder: pathlib.Path) -> State | None:
    try:
        return read(folder)
    except errors.InputError:
        return None


def _so_far(found: State) -> str:
    best = "" if found.best is None else f", best {found.best}"
    return f"after epoch {len(found.rows) - 1}{best}"


def _best(path: pathlib.Path) -> str:
    """What best.json says of the best epoch."""
    try:
        return f"best epoch {dict(json_file.read(path))['epoch']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "damaged"


def _when(path: pathlib.Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
