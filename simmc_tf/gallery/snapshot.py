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

        Raises:
            errors.InputError: it is another one.
        """
        own = self.database.model
        if (model.digest, model.size) != (own.digest, own.size):
            raise errors.InputError(
                f"The model {model.path} is {model.digest[:12]}, and the gallery "
                f"{self.folder} was built with {own.digest[:12]} from {own.path}: "
                "give that one, or enrol everybody again into another gallery."
            )

    def calibrated(
        self,
        embedded: entries.Embedded,
        rate: float,
        searched: Callable[[str, int], Callable[[int], None]],
        say: Callable[[str], None],
    ) -> dict[str, calibration.Threshold]:
        """Thresholds for recordings and for sequences, by exact search.

        Args:
            embedded: held-out recordings, all with persons: those who are not enrolled
                say how near a stranger comes, the others how many are still found.
            rate: of false accepts.
            searched: of a unit and a number of searches, what is told how many are
                done.
            say: told for what there is no threshold.

        Raises:
            errors.InputError: a recording is enrolled itself, or there are too few of
                persons who are not enrolled.
        """
        self._check_held_out(embedded)
        # Lists may overlook whom a stranger is near to.
        searching = self.searching(approximate=False)
        state, time = self.database.state, entries.now()
        found, few = {}, []
        remedy = "record more people who are not enrolled, or ask for a larger rate"
        for unit in calibration.UNITS:
            done = searched(unit, len(embedded.bounds(unit)) - 1)
            trials = self._trials(searching, embedded, unit, done)
            threshold = calibration.threshold(unit, trials, rate, state, time)
            if threshold is not None:
                found[unit] = threshold
                continue
            few.append(
                f"{int((~trials.genuine).sum())} impostor trials by {unit} are too few "
                f"for a false-accept rate of {rate:g}, which takes "
                f"{calibration.needed(rate)}"
            )
        if not found:
            raise errors.InputError(f"{'; '.join(few)}: {remedy}.")
        for text in few:
            say(f"warning: {text}, so there is no such threshold: {remedy}")
        return found

    def calibrated_by_itself(
        self, rate: float, searched: Callable[[str, int], Callable[[int], None]]
    ) -> dict[str, calibration.Threshold]:
        """Thresholds of the enrolled alone, by `leave_one_out.trials`.

        Args:
            rate: as of `calibrated`.
            searched: the same.

        Raises:
            errors.InputError: too few are enrolled.
        """
        searching, layout = self.searching(approximate=False), self.database.layout()
        needed = calibration.needed_persons(rate)
        if len(layout.names) < needed:
            raise errors.InputError(
                f"{len(layout.names)} persons in {self.folder} are too few for a "
                f"false-accept rate of {rate:g} by leaving each out, which takes "
                f"{needed}: enrol more, ask for a larger rate, or calibrate on "
                "recordings of others."
            )
        state, time = self.database.state, entries.now()
        found = {}
        for unit in calibration.UNITS:
            by_sequence = unit == calibration.SEQUENCE
            count = layout.counts.sum() if by_sequence else len(layout.counts)
            done = searched(unit, int(count))
            trials = leave_one_out.trials(searching, self.vectors, layout, unit, done)
            threshold = calibration.threshold(unit, trials, rate, state, time, True)
            if threshold is not None:
                found[unit] = threshold
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
        person = np.array(embedded.persons, dtype=str)
        if unit == calibration.SEQUENCE:
            person = np.repeat(person, embedded.counts)
        found = searching.nearest(embedded.features, embedded.bounds(unit), 1, done)
        names = np.array(searching.names, dtype=str)
        return calibration.Trials(
            person,
            names[[int(one.person[0]) for one in found]],
            np.array([one.distance[0] for one in found]),
            np.isin(person, names),
        )


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
