"""Folders that take the place of former ones whole, or not at all."""

import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

# Where a folder is made, beside its place, and what was in that place before.
_MAKING, _OLD = ".making-", "old"


@contextlib.contextmanager
def replaced(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a folder to write to, which takes the place of another one in the end.

    Args:
        folder: where the block or the exchange fails it stays.
    """
    made = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=_MAKING))
    try:
        new = made / "new"
        yield new
        if folder.exists():
            folder.rename(made / f"{_OLD}-{folder.name}")
        new.rename(folder)
    finally:
        # As after a killed run: wherever this one was stopped, the old folder is safe.
        clear(folder.parent)


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
