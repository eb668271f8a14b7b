"""Changes of a gallery, by one process at a time."""

import contextlib
import dataclasses
import itertools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from simmc_tf import atomic, errors
from simmc_tf.gallery import (
    calibration,
    database,
    entries,
    files,
    index,
    lookup,
    outcomes,
    snapshot,
)

_Value = TypeVar("_Value")


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
    with _without_traces(folder), atomic.locked(folder, "--gallery"):
        files.refuse_lost(folder)
        found = None
        if files.current(folder) is not None:
            found = snapshot.read(folder)
            # Not before all of it was read: what looks left over may be all there is.
            files.clean(folder)
        yield Writer(folder, found, say)


@contextlib.contextmanager
def _without_traces(folder: pathlib.Path) -> Iterator[None]:
    """Removes what was made on the way to a folder that is not there in the end."""
    made = [place for place in folder.absolute().parents if not place.exists()]
    try:
        yield
    finally:
        for place in made:
            with contextlib.suppress(OSError):  # It is not empty.
                place.rmdir()


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

    def enrol(
        self, model: entries.Model, embedded: entries.Embedded
    ) -> outcomes.Enrolled:
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
        moved = self._moves(who, model)
        chosen = self._new(who, embedded)
        taken = _chosen(embedded, chosen)
        known = {person.name for person in who.persons()}
        persons = sorted(filter(None, set(taken.persons)), key=entries.rank)
        if len(taken):
            who.add(taken)
            exact.add(taken.features)
            gone = np.empty(0, np.int64)
            self._commit(who, exact, len(taken.features), gone)
        elif moved:
            self._replace(who, {})
        self._tell(moved, model)
        return outcomes.Enrolled(
            tuple(person for person in persons if person not in known),
            tuple(person for person in persons if person in known),
            tuple(itertools.compress(embedded.names, ~chosen)),
            len(taken),
            len(taken.features),
        )

    def remove(self, person: str) -> outcomes.Removed:
        """Removes a person and all embeddings.

        Raises:
            errors.InputError: nobody is called so, or something could not be written.
        """
        return self._remove(lookup.person(self.existing(), person))

    def remove_recording(self, name: str) -> outcomes.Removed:
        """Removes a recording, or all of one person that are called so.

        Args:
            name: its name, or PERSON/NAME.

        Raises:
            errors.InputError: none is called so, or those of several persons are, or
                something could not be written.
        """
        return self._remove(lookup.recording(self.existing(), name))

    def _remove(self, some: Sequence[database.Recording]) -> outcomes.Removed:
        before = self.existing()
        numbers = before.database.layout().sequence
        gone = before.database.remove(some)
        index.drop(before.exact, np.flatnonzero(np.isin(numbers, gone)))
        self._commit(before.database, before.exact, 0, gone)
        person = some[0].person
        left = before.database.recordings(person)
        names = tuple(one.name for one in some)
        return outcomes.Removed(person, names, len(gone), gone=not left)

    def rename(self, person: str, to: str, merge: bool = False) -> outcomes.Renamed:
        """Calls a person otherwise; embeddings stay where they are.

        Args:
            person: who it is.
            to: who it is to be.
            merge: whether there may be such a person already, who then has both ones'
                recordings.

        Raises:
            errors.InputError: nobody is called so, or somebody is and must not be, or
                something could not be written.
        """
        before, to = self.existing(), entries.spelt(to)
        some = lookup.person(self.existing(), person)
        merged = person != to and bool(before.database.recordings(to))
        if person == to or merged and not merge:
            what = "just so" if person == to else f"{to}, too"
            raise errors.InputError(
                f"Somebody in {self._folder} is called {what}; give another name"
                + (", or --merge to make them one person." if merged else ".")
            )
        before.database.rename(person, to)
        self._replace(before.database, {})
        count = sum(one.sequences for one in some)
        telling = lookup.telling(some, person)
        return outcomes.Renamed(person, to, merged, len(some), count, telling)

    def calibrate(
        self,
        found: dict[str, calibration.Threshold],
        model: entries.Model | None = None,
    ) -> None:
        """Replaces the thresholds.

        Args:
            found: by what they judge.
            model: that was checked to be the gallery's; None where none was needed.

        Raises:
            errors.InputError: something could not be written.
        """
        before = self.existing()
        moved = model is not None and self._moves(before.database, model)
        before.database.thresholds = found
        self._replace(before.database, {})
        if model is not None:
            self._tell(moved, model)

    def _moves(self, who: database.Database, model: entries.Model) -> bool:
        """Keeps where the model is; whether it was kept to be elsewhere."""
        if self.before is None:
            who.model = model
            return False
        own = who.model
        who.model = dataclasses.replace(own, path=model.path)
        return own.path != model.path

    def _tell(self, moved: bool, model: entries.Model) -> None:
        if moved:
            self._say(
                f"note: from now on the gallery looks for its model in {model.path}"
            )

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

    sequences = np.repeat(chosen, embedded.counts)
    return entries.Embedded(
        some(embedded.names),
        some(embedded.persons),
        some(embedded.digests),
        some(embedded.frames),
        embedded.counts[chosen],
        embedded.first[sequences],
        embedded.features[sequences],
    )
