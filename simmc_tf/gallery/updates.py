"""Changes of a gallery, by one process at a time."""

import contextlib
import dataclasses
import itertools
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from simmc_tf import atomic, errors
from simmc_tf.gallery import calibration, database, entries, files, index, snapshot

_Value = TypeVar("_Value")


@dataclasses.dataclass(frozen=True)
class Enrolled:
    """What came of an enrolment.

    Attributes:
        new: persons who were not in the gallery.
        known: persons who were, and of whom there is more now.
        skipped: recordings that were in the gallery already.
        recordings: added.
        sequences: added.
    """

    new: tuple[str, ...]
    known: tuple[str, ...]
    skipped: tuple[str, ...]
    recordings: int
    sequences: int


@contextlib.contextmanager
def writing(
    folder: pathlib.Path, say: Callable[[str], None], may_be_new: bool = False
) -> Iterator["Writer"]:
    """Holds a gallery against other writers for the block; readers go on reading.

    Args:
        folder: of a gallery.
        say: told what takes long.
        may_be_new: whether there need not be one yet.

    Raises:
        errors.InputError: another process writes to it, it is damaged, it is something
            else than a gallery, or there is none and must be one.
    """
    files.refuse_foreign(folder)
    if not may_be_new and files.current(folder) is None:
        files.refuse_lost(folder)
        raise errors.InputError(files.missing(folder))
    with atomic.locked(folder, "gallery"):
        files.refuse_lost(folder)
        found = None
        if files.current(folder) is not None:
            found = snapshot.read(folder)
            # Not before all of it was read: what looks left over may be all there is.
            files.clean(folder)
        yield Writer(folder, found, say)


class Writer:
    """Changes a gallery that `writing` holds, once.

    Attributes:
        before: the gallery, None where there is none yet.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        before: snapshot.Snapshot | None,
        say: Callable[[str], None],
    ) -> None:
        self.before = before
        self._folder = folder
        self._say = say

    def enrol(self, model: entries.Model, embedded: entries.Embedded) -> Enrolled:
        """Adds recordings; those that are there already, by their frames, are skipped.

        Raises:
            errors.InputError: the model is not the gallery's, frames are there under
                another person, or something could not be written.
        """
        if self.before is None:
            who = database.Database(None, self._folder)
            exact = index.exact(np.empty((0, model.size), np.float32))
        else:
            self.before.check(model)
            who, exact = self.before.database, self.before.exact
        who.model = model
        chosen = self._new(who, embedded)
        taken = _chosen(embedded, chosen)
        known = {person.name for person in who.persons()}
        persons = sorted(filter(None, set(taken.persons)), key=entries.rank)
        if len(taken):
            who.add(taken)
            exact.add(taken.features)
            gone = np.empty(0, np.int64)
            self._commit(who, exact, len(taken.features), gone)
        return Enrolled(
            tuple(person for person in persons if person not in known),
            tuple(person for person in persons if person in known),
            tuple(itertools.compress(embedded.names, ~chosen)),
            len(taken),
            len(taken.features),
        )

    def remove(self, person: str) -> int:
        """Removes a person and all embeddings; gives how many there were.

        Raises:
            errors.InputError: nobody is called so, or something could not be written.
        """
        before = self.existing()
        numbers = before.database.layout().sequence
        gone = before.database.remove(person)
        if not len(gone):
            raise errors.InputError(
                f"Nobody in {self._folder} is called {person}; list says who is there."
            )
        index.drop(before.exact, np.flatnonzero(np.isin(numbers, gone)))
        self._commit(before.database, before.exact, 0, gone)
        return len(gone)

    def calibrate(self, found: dict[str, calibration.Threshold]) -> None:
        """Replaces the thresholds.

        Raises:
            errors.InputError: something could not be written.
        """
        before = self.existing()
        before.database.thresholds = found
        self._replace(before.database, {})

    def existing(self) -> snapshot.Snapshot:
        """The gallery, where there must be one.

        Raises:
            errors.InputError: there is none.
        """
        if self.before is None:
            raise errors.InputError(files.missing(self._folder))
        return self.before

    def _new(self, who: database.Database, embedded: entries.Embedded) -> np.ndarray:
        """[R] bool, which recordings are not in the gallery yet."""
        seen: dict[str, tuple[str, str | None]] = {}
        new = np.ones(len(embedded), bool)
        rows = zip(embedded.digests, embedded.names, embedded.persons, strict=True)
        for i, (digest, name, person) in enumerate(rows):
            owner = who.owner(digest) or seen.get(digest)
            new[i] = owner is None
            if owner is not None and owner[1] != person:
                raise errors.InputError(
                    f"recording {name} of {person} has just the frames of {owner[0]} "
                    f"of {owner[1]}: one of the persons is wrong; nothing was enrolled."
                )
            seen[digest] = name, person
        return new

    def _commit(
        self,
        who: database.Database,
        exact: Any,
        num_new: int,
        gone: np.ndarray,
    ) -> None:
        before = None if self.before is None else self.before.lists
        vectors, numbers = index.vectors(exact), who.layout().sequence
        lists = index.updated_lists(before, vectors, numbers, num_new, gone, self._say)
        self._replace(
            who,
            {
                files.EXACT: index.save(exact),
                files.LISTS: None if lists is None else index.save(lists),
            },
        )

    def _replace(
        self, who: database.Database, changes: dict[str, files.Save | None]
    ) -> None:
        content = who.content()
        files.commit(
            self._folder,
            None if self.before is None else self.before.generation,
            {files.DATABASE: lambda write: write(content), **changes},
        )


def _chosen(embedded: entries.Embedded, chosen: np.ndarray) -> entries.Embedded:
    """Some of the recordings, [R] bool."""

    def some(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
        return tuple(itertools.compress(values, chosen))

    return entries.Embedded(
        some(embedded.names),
        some(embedded.persons),
        some(embedded.digests),
        some(embedded.frames),
        embedded.counts[chosen],
        embedded.features[np.repeat(chosen, embedded.counts)],
    )
