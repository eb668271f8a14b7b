"""Whether identity labels made representations: what is known of it, and by what.

True, False, or None where nobody knows.
"""

import pathlib
from collections.abc import Iterable, Mapping

from simmc_tf import errors, json_file
from simmc_tf.sources import names

# Beside the splits; tells what made them.
ABOUT = "about.json"
_NOT_KNOWN = "not known whether identity labels made these representations"
# Folders above a file that may tell of it: of its split, the length, the data set.
_ABOVE = 3


def about(source: str, labelled: bool | None) -> dict[str, object]:
    """Content of about.json."""
    return {"source": source, names.IDENTITY_LABELS: labelled}


def note(what: str, labelled: bool | None) -> str | None:
    """A line for people, None where there is nothing to say.

    Args:
        what: name of the representations.
        labelled: whether identity labels made them.
    """
    if labelled:
        return f"note: {what} was {names.MADE_WITH_LABELS}"
    return f"note: {what}: {_NOT_KNOWN}" if labelled is None else None


def of_origin(origin: Mapping[str, object]) -> bool | None:
    """What the origin of data tells, or a model's config.json."""
    labelled = origin.get(names.IDENTITY_LABELS, False)
    return None if labelled is None else bool(labelled)


def of_folder(base: pathlib.Path) -> bool | None:
    """What is known of `Representations/SOURCE/NAME/f`.

    Raises:
        errors.InputError: what tells of them is broken.
    """
    if (base / ABOUT).is_file():
        return _read(base / ABOUT, "make them again")
    return True if base.parts[-3:-2] and _says_labels(base.parts[-3]) else None


def of_files(paths: Iterable[pathlib.Path]) -> bool | None:
    """What is known of somebody's arrays, by what lies beside them and their folders.

    Raises:
        errors.InputError: what tells of them is broken.
    """
    found = [_of_file(path.resolve()) for path in paths]
    if any(found):
        return True
    return None if None in found else False


def of_arrays(
    source: str, said: bool | None, paths: Iterable[pathlib.Path]
) -> bool | None:
    """What to tell of arrays that are brought in.

    Args:
        source: what they are to be called.
        said: what somebody says; None: nothing.
        paths: of their files.

    Raises:
        errors.InputError: somebody denies labels that are known of, or says nothing
            where what tells of them is broken.
    """
    if said:
        return True
    found: bool | None
    if _says_labels(pathlib.Path(source).name):
        by, found = f"--source {source}", True
    else:
        by = "what lies beside these arrays"
        try:
            found = of_files(paths)
        except errors.InputError:
            if said is None:
                raise
            found = None
    if found and said is False:
        raise errors.InputError(
            f"--noidentity_labels: {by} says that identity labels made them; leave the "
            "flag out."
        )
    return found if said is None else said


def _says_labels(name: str) -> bool:
    return name in names.WITH_LABELS.values()


def _of_file(path: pathlib.Path) -> bool | None:
    for folder in list(path.parents)[:_ABOVE]:
        if (folder / ABOUT).is_file():
            return _read(folder / ABOUT, "--[no]identity_labels says it")
    above = (path.stem, *(folder.name for folder in path.parents[: _ABOVE + 1]))
    return True if any(map(_says_labels, above)) else None


def _read(path: pathlib.Path, remedy: str) -> bool | None:
    try:
        labelled = json_file.read(path)[names.IDENTITY_LABELS]
        if labelled not in (True, False, None):
            raise ValueError
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise errors.InputError(
            f"{path}, which tells whether identity labels made these representations, "
            f"cannot be read; {remedy}."
        ) from error
    return None if labelled is None else bool(labelled)
