"""A data set put into the place of a former one, of which nothing else is lost."""

import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from datasets import descriptor, npy_store, report, splits_file
from simmc_tf import errors

# Where a folder is made, beside its place, and what was in that place before.
_MAKING, _OLD = ".making-", "old"


@contextlib.contextmanager
def replaced(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a folder to write to, which takes the place of another one in the end.

    Args:
        folder: `Datasets/NAME/f`; where the block or the exchange fails it stays.
    """
    made = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=_MAKING))
    try:
        new = made / "new"
        yield new
        if folder.exists():
            folder.rename(made / f"{_OLD}-{folder.name}")
        new.rename(folder)
    finally:
        # As after a killed run: wherever this one was stopped, the old data are safe.
        clear(folder.parent)


def clear(folder: pathlib.Path) -> None:
    """Removes what is half made; what it was about to replace comes back.

    Args:
        folder: `Datasets/NAME`.
    """
    for made in folder.glob(f"{_MAKING}*"):
        for old in made.glob(f"{_OLD}-*"):
            place = folder / old.name.removeprefix(f"{_OLD}-")
            if not place.exists():
                old.rename(place)
        shutil.rmtree(made)


def refuse_foreign(folder: pathlib.Path) -> None:
    """Refuses to replace files that were not made here: they could not be made again.

    Raises:
        errors.InputError: `Datasets/NAME/f` holds such files.
    """
    if not folder.exists():
        return
    if not (folder / descriptor.FILE).is_file():
        raise errors.InputError(
            f"{folder} holds data that were not made here; choose another name or "
            "--data_root, or move the folder away."
        )
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and not _made_here(path, folder):
            raise errors.InputError(
                f"{path} was not made here and would be lost with what is replaced; "
                "move it away."
            )


def _made_here(path: pathlib.Path, folder: pathlib.Path) -> bool:
    """Whether a file below `Datasets/NAME/f` is called like one that belongs there."""
    part = path.parent
    if part == folder:
        return path.name in (descriptor.FILE, splits_file.FILE, report.FILE)
    train, test = folder / npy_store.TRAIN_FOLDER, folder / npy_store.TEST_FOLDER
    if train != part and test != part.parent:
        return False
    files = npy_store.paths(part, folder.parent.name, int(folder.name))
    return path in files.values()
