"""Folders that take the place of former ones whole, or not at all."""

import contextlib
import functools
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from simmc_tf import atomic, stopping

# Where a folder is made, beside its place, and what was in that place before.
_MAKING, _OLD = ".making-", "old"


@contextlib.contextmanager
def replaced(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a folder to write to, which takes the place of another one in the end.

    Args:
        folder: where the block or the exchange fails it stays.

    Raises:
        OSError: it cannot be written; names it.
    """
    # As after a killed run: wherever this one is stopped, the old folder is safe.
    with (
        atomic.naming(folder),
        stopping.undone(functools.partial(clear, folder.parent)),
    ):
        made = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=_MAKING))
        new = made / "new"
        yield new
        sync(new)
        if folder.exists():
            folder.rename(made / f"{_OLD}-{folder.name}")
        new.rename(folder)
        atomic.sync(folder.parent)


def sync(folder: pathlib.Path) -> None:
    """Lets all that is in a folder reach the disk."""
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                os.fsync(file.fileno())
        atomic.sync(pathlib.Path(path))


def clear(parent: pathlib.Path) -> None:
    """Removes what is half made; what it was about to replace comes back.

    Args:
        parent: of the folders that are replaced.
    """
    for made in parent.glob(f"{_MAKING}*"):
        for old in made.glob(f"{_OLD}-*"):
            place = parent / old.name.removeprefix(f"{_OLD}-")
            if not place.exists():
                old.rename(place)
        shutil.rmtree(made)
