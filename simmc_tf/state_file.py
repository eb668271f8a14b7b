"""The file of a training that goes on where it is stopped: words and arrays."""

import json
import pathlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simmc_tf import array_file, atomic, errors, json_file

NAME = "state.npz"
# What a file raises that was damaged, or that another version has written.
UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, RuntimeError, AttributeError, SystemError),
)
_WORDS = "told"
_SHOWN = 60  # Letters of a path, in messages.


def write(
    folder: pathlib.Path,
    told: Mapping[str, object],
    arrays: Mapping[str, Sequence[np.ndarray]],
) -> None:
    """Replaces the file of a folder; every float comes back as it was.

    Args:
        folder: of the training.
        told: what JSON holds.
        arrays: by kind; a kind may have any number of them.

    Raises:
        errors.InputError: a text is no UTF-8.
    """
    words = json.dumps(told, default=lambda number: number.item(), ensure_ascii=False)
    try:
        encoded = words.encode()
    except UnicodeEncodeError as error:
        place = words[max(0, error.start - _SHOWN) : error.end]
        raise errors.InputError(
            f"...{place}... is no UTF-8, and what is kept of a training must be; "
            "rename that folder or file."
        ) from error
    # As bytes: a text array takes four for each of its characters.
    found: dict[str, Any] = {_WORDS: np.frombuffer(encoded, np.uint8)}
    for kind, some in arrays.items():
        found |= {f"{kind}_{number}": array for number, array in enumerate(some)}
    atomic.write(folder / NAME, lambda path: np.savez(path, **found))


def read(folder: pathlib.Path) -> tuple[dict[str, Any], dict[str, list[np.ndarray]]]:
    """What `write` was given.

    Raises:
        Exception: one of `UNREADABLE`.
    """
    arrays: dict[str, list[np.ndarray]] = {}
    # Opened here: NumPy leaves a file open that it cannot read.
    with (
        array_file.checked(folder / NAME) as (file, _),
        np.load(file, allow_pickle=False) as found,
    ):
        told = dict(json_file.parse(found[_WORDS].tobytes().decode()))
        for name in found.files:  # As they were written: each kind from 0 on.
            if name != _WORDS:
                arrays.setdefault(name.rpartition("_")[0], []).append(found[name])
    return told, arrays


def copies(variables: Sequence[Any]) -> list[np.ndarray]:
    """What variables are now; arrays that training does not change."""
    return [np.array(variable.numpy()) for variable in variables]


def restore(
    model: Any, weights: Sequence[np.ndarray], optimizer: Sequence[np.ndarray]
) -> None:
    """Makes a Keras model and its optimizer, which is built, what they were.

    Raises:
        ValueError: they are of other sizes.
    """
    model.set_weights(weights)
    for variable, value in zip(model.optimizer.variables, optimizer, strict=True):
        variable.assign(value)
