"""Recordings of a gallery by whose they are, or by their names."""

import re
from collections.abc import Sequence

from simmc_tf import errors
from simmc_tf.gallery import database, entries, snapshot

_SHOWN = 10


def person(gallery: snapshot.Snapshot, name: str) -> list[database.Recording]:
    """Recordings of somebody.

    Raises:
        errors.InputError: nobody is called so.
    """
    found = gallery.database.recordings(name) if name else []
    if not found:
        raise errors.InputError(
            f"Nobody in {gallery.folder} is called {name}; list says who is there."
        )
    return found


def recording(gallery: snapshot.Snapshot, name: str) -> list[database.Recording]:
    """Recordings of one person that are called so, mostly one.

    Args:
        gallery: they are in.
        name: of a recording, or PERSON/NAME.

    Raises:
        errors.InputError: none is called so, or those of several persons are.
    """
    every, name = gallery.database.recordings(), entries.spelt(name)
    found = [
        one for one in every if name in map(entries.spelt, (one.name, _whole(one)))
    ]
    if not found:
        raise errors.InputError(
            f"No recording in {gallery.folder} is called {name}; list --person tells "
            f"somebody's. There are {_few(every)}."
        )
    if _several(found):
        found = [one for one in found if name == entries.spelt(_whole(one))] or found
    if _several(found):
        raise errors.InputError(
            f"Recordings of several persons in {gallery.folder} are called {name}; "
            f"give the person before it: {_few(found)}."
        )
    return found


def telling(some: Sequence[database.Recording], person: str) -> tuple[str, ...]:
    """Names of those recordings in which a person's name is.

    Of a number only the whole one counts.
    """
    part = re.escape(person)
    if person.isdecimal():
        part = rf"(?<!\d){part}(?!\d)"
    pattern = re.compile(part, re.IGNORECASE)
    names = (one.name for one in some)
    return tuple(name for name in names if pattern.search(entries.spelt(name)))


def _several(some: Sequence[database.Recording]) -> bool:
    return len({one.person for one in some}) > 1


def _whole(one: database.Recording) -> str:
    return f"{one.person}/{one.name}"


def _few(some: Sequence[database.Recording]) -> str:
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return (", ".join(map(_whole, some[:_SHOWN])) or "none") + more
