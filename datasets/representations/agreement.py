"""Whether representations are of a data set's sequences, as far as that shows."""

import dataclasses
import pathlib

import numpy as np

from datasets import catalog, layouts, npy_store
from simmc_tf import errors

_REMEDY = (
    "they must be of the same sequences in the same order; extract them from these "
    "data, or point --data_root at those that they were extracted from"
)


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of a split of the data set.

    Attributes:
        persons: [N] int64, whom its sequences show.
        origin: where that was read, for messages.
    """

    persons: np.ndarray
    origin: str


def known(
    data_set: catalog.DataSet, length: int, data_root: pathlib.Path
) -> dict[str, Known]:
    """What is known of each split of a data set; nothing where it is not here.

    Args:
        data_set: its entry.
        length: f.
        data_root: folder of all data sets.

    Raises:
        errors.InputError: a file is broken.
    """
    found = {}
    for part, folder in layouts.folders(data_set, length, data_root).items():
        path = npy_store.paths(folder, data_set.name, length)["frame_id"]
        if path.is_file():
            found[part] = Known(npy_store.read_persons(path), str(path))
    return found


def check_count(path: str | pathlib.Path, count: int, expected: Known) -> None:
    """Refuses representations of more or fewer sequences than the data set has.

    Args:
        path: of the representations, for messages.
        count: of their sequences.
        expected: of the data set.

    Raises:
        errors.InputError: the numbers differ.
    """
    if count != len(expected.persons):
        raise errors.InputError(
            f"{path} has {count} sequences, {expected.origin} has "
            f"{len(expected.persons)}; {_REMEDY}."
        )


def renumbered(shown: np.ndarray, expected: Known) -> bool:
    """Whether the same sequences show the same persons under other numbers.

    A class of a model is a number in the order of the persons, not the person's own.

    Args:
        shown: [N] numbers.
        expected: of the data set.
    """
    if len(shown) != len(expected.persons) or (shown == expected.persons).all():
        return False
    pairs = np.unique(np.stack([shown, expected.persons]), axis=1)
    return all(len(np.unique(row)) == len(row) for row in pairs)


def check_same(path: str | pathlib.Path, shown: np.ndarray, expected: Known) -> None:
    """Refuses representations of other sequences than the data set's.

    Args:
        path: of the representations, for messages.
        shown: [N] persons that their sequences show.
        expected: of the data set.

    Raises:
        errors.InputError: they differ in number, or in persons.
    """
    check_count(path, len(shown), expected)
    differing = np.flatnonzero(shown != expected.persons)
    if len(differing):
        first = differing[0]
        raise errors.InputError(
            f"{path}: sequence {first} is of person {shown[first]}, in "
            f"{expected.origin} of person {expected.persons[first]} "
            f"({len(differing)} of {len(shown)} differ); {_REMEDY}."
        )
