"""Recordings of a gallery by whose they are, or by their names."""

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
    if len({one.person for one in found}) > 1:
        raise errors.InputError(
            f"Recordings of several persons in {gallery.folder} are called {name}; "
            f"give the person before it: {_few(found)}."
        )
    return found


def _whole(one: database.Recording) -> str:
    return f"{one.person}/{one.name}"


def _few(some: Sequence[database.Recording]) -> str:
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return (", ".join(map(_whole, some[:_SHOWN])) or "none") + more
