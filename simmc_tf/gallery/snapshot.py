"""A gallery as it was at one moment, whatever a writer does meanwhile."""

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from simmc_tf import errors
from simmc_tf.gallery import (
    calibration,
    database,
    entries,
    files,
    index,
    leave_one_out,
    search,
)

# Letters of a digest or a name.
_SHOWN = 24


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What is in a gallery.

    Attributes:
        folder: of the gallery.
        generation: the files that it was read from.
        database: who is in it.
        exact: faiss index of all embeddings; None where it was not read.
        lists: faiss index that names candidates; None where there is none.
    """

    folder: pathlib.Path
    generation: files.Generation
    database: database.Database
    exact: Any
    lists: Any

    @property
    def vectors(self) -> np.ndarray:
        """[N, H] float32 embeddings."""
        return index.vectors(self.exact)

    def searching(self, approximate: bool = True) -> search.Search:
        """Finds persons; exactly, where it is not approximate.

        Raises:
            errors.InputError: nobody is enrolled.
        """
        layout = self.database.layout()
        if not layout.names:
            raise errors.InputError(f"{self.folder}: nobody is enrolled.")
        return search.Search(self.vectors, layout, self.lists if approximate else None)

    def check(self, model: entries.Model) -> None:
        """Refuses another model than the one whose embeddings these are.

        What the gallery does not know of its model, as earlier ones, is not compared.

        Raises:
            errors.InputError: it is another one, or takes something else by now.
        """
        own = self.database.model
        found = _compared(model)
        for what, value in _compared(own).items():
            if value and found.get(what) != value:
                new, old = (
                    str(each)[:_SHOWN] for each in (found.get(what, "unknown"), value)
                )
                raise errors.InputError(
                    f"The model {model.path} has {what} {new}, and the gallery "
                    f"{self.folder} was built with {old} from {own.path}: give that "
                    "one, or enrol everybody again into another gallery."
                )

    def calibrated(
        self,
        embedded: entries.Embedded,
        rate: float,
        searched: Callable[[str, int], Callable[[int], None]],
    ) -> dict[str, calibration.Threshold]:
        """Thresholds for recordings and for sequences, by exact search.

        Args:
            embedded: held-out recordings, all with persons: those who are not enrolled
                say how near a stranger comes, the others how many are still found.
            rate: of false accepts.
            searched: of a unit and a number of searches, what is told how many are
                done.

        Raises:
            errors.InputError: a recording is enrolled itself, or there are too few
                persons who are not enrolled.
        """
        self._check_held_out(embedded)
        # Lists may overlook whom a stranger is near to.
        searching = self.searching(approximate=False)
        count = len(set(embedded.persons) - set(searching.names))
        needed = calibration.needed(rate)
        if count < needed:
            raise errors.InputError(
                f"{_counted(count)} who {_are(count)} not enrolled {_are(count)} too "
                f"few for a false-accept rate of {rate:g}, which takes {needed}: "
                "record more such people, or ask for a larger rate."
            )
        state, time = self.database.state, entries.now()
        found = {}
        for unit in calibration.UNITS:
            done = searched(unit, len(embedded.bounds(unit)) - 1)
            trials = self._trials(searching, embedded, unit, done)
            found[unit] = calibration.threshold(unit, trials, rate, state, time)
        return found

    def calibrated_by_itself(
        self,
        rate: float,
        searched: Callable[[str, int], Callable[[int], None]],
        say: Callable[[str], None],
    ) -> dict[str, calibration.Threshold]:
        """Thresholds of the enrolled alone, by `leave_one_out.trials`.

        Args:
            rate: as of `calibrated`.
            searched: the same.
            say: told which two are nearest, as one person enrolled as two is.

        Raises:
            errors.InputError: too few are enrolled.
        """
        searching, layout = self.searching(approximate=False), self.database.layout()
        count, needed = len(layout.names), calibration.needed(rate, leave_one_out=True)
        if count < needed:
            raise errors.InputError(
                f"{_counted(count)} in {self.folder} {_are(count)} too few for a "
                f"false-accept rate of {rate:g} by leaving each out, which takes "
                f"{needed}: enrol more, ask for a larger rate, or calibrate on "
                "recordings of others."
            )
        state, time = self.database.state, entries.now()
        found = {}
        for unit in calibration.UNITS:
            done = searched(unit, leave_one_out.count(layout, unit))
            trials = leave_one_out.trials(searching, self.vectors, layout, unit, done)
            if unit == calibration.RECORDING:
                say(_nearest(trials, layout.names))
            found[unit] = calibration.threshold(unit, trials, rate, state, time, True)
        return found

    def _check_held_out(self, embedded: entries.Embedded) -> None:
        for name, digest in zip(embedded.names, embedded.digests, strict=True):
            if self.database.owner(digest) is not None:
                raise errors.InputError(
                    f"recording {name} is enrolled itself, so it would be found "
                    "whatever the threshold; calibrate on others."
                )

    def _trials(
        self,
        searching: search.Search,
        embedded: entries.Embedded,
        unit: str,
        done: Callable[[int], None],
    ) -> calibration.Trials:
        numbers: dict[str | None, int] = {
            name: number for number, name in enumerate(searching.names)
        }
        known = len(numbers)
        person = np.array(
            [numbers.setdefault(name, len(numbers)) for name in embedded.persons]
        )
        if unit == calibration.SEQUENCE:
            person = np.repeat(person, embedded.counts)
        found = searching.nearest(embedded.features, embedded.bounds(unit), 1, done)
        return calibration.Trials(
            person,
            np.array([one.person[0] for one in found]),
            np.array([one.distance[0] for one in found]),
            person < known,
        )


def _nearest(trials: calibration.Trials, names: tuple[str, ...]) -> str:
    """Who is taken for another one first."""
    first = int(np.where(trials.genuine, np.inf, trials.distance).argmin())
    one, other = names[trials.person[first]], names[trials.nearest[first]]
    return (
        f"note: nearest two: {one} and {other}, {trials.distance[first]:.4g}; if they "
        "are one person, rename --merge first"
    )


def _counted(persons: int) -> str:
    return f"{persons} person{'' if persons == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _compared(model: entries.Model) -> dict[str, Any]:
    """What must be the same of two models, by what it is called."""
    return {
        "digest": model.digest,
        "embedding size": model.size,
        "number of joints": model.num_joints,
        **{f"joint {i}": name for i, name in enumerate(model.joint_names)},
        "unit": model.unit,
        "sequence length": model.length,
    }


def read(folder: pathlib.Path, embeddings: bool = True) -> Snapshot:
    """Reads a gallery; never waits for a writer.

    Args:
        folder: of the gallery.
        embeddings: whether they are needed, too.

    Raises:
        errors.InputError: there is none, or it is damaged.
    """
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(files.opened(folder))
        generation = opened.generation

        def path(kind: str) -> pathlib.Path:
            return folder / generation.files[kind].name

        who = database.Database(
            opened.verified(files.DATABASE).read(), path(files.DATABASE)
        )
        exact = lists = None
        if embeddings:
            exact = index.read(opened.verified(files.EXACT), path(files.EXACT))
            if files.LISTS in generation.files:
                lists = index.read(opened.verified(files.LISTS), path(files.LISTS))
            expected = int(who.layout().counts.sum()), who.model.size
            if (exact.ntotal, exact.d) != expected:
                raise errors.InputError(
                    f"{path(files.EXACT)} has {exact.ntotal} embeddings of {exact.d} "
                    f"numbers, and {path(files.DATABASE).name} tells of {expected[0]} "
                    f"of {expected[1]}: they are not of one gallery."
                )
        return Snapshot(folder, generation, who, exact, lists)
