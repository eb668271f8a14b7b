"""A data set that takes the place of a former one: nothing else is lost with it."""

import pathlib

from datasets import conditions, descriptor, npy_store, report, splits_file
from simmc_tf import errors


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
    told = conditions.path(part, folder.parent.name, int(folder.name))
    return path in (*files.values(), told)
