"""Keras's .weights.h5: written whole, and looked at before Keras reads it."""

import io
import itertools
import math
import os
import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simmc_tf import errors, whole_file

if TYPE_CHECKING:
    import h5py
    import keras

# Others than Keras's own weights are in no file of its: text, objects, references.
_NUMBERS = "fiub"
# Weights that an optimizer keeps beside a model's own, and what HDF5 needs to tell.
_MOST_TIMES, _SLACK = 4, 2**20
# Groups and arrays, and groups within each other; a model of 64 layers has some 300, 6.
_MOST_THINGS, _DEEPEST = 10_000, 16


class _Memory(io.BytesIO):
    """What Keras takes for a file of weights, going by its ending."""

    def __str__(self) -> str:
        return ".weights.h5"


def content(model: "keras.Model") -> memoryview:
    """What a file of a model's weights holds.

    HDF5 itself must not write it: where the disk is full it leaves an open file behind,
    which kills the process when it ends.
    """
    memory = _Memory()
    model.save_weights(memory)
    found = memory.getbuffer()
    if not found.nbytes:  # Keras before 3.10 writes to a file of that name instead.
        raise errors.InputError("Keras has written no weights; install keras>=3.10.")
    return found


def check_size(path: pathlib.Path, num_weights: int) -> None:
    """Refuses a model that is larger than its file, before it is built.

    Args:
        path: of the weights.
        num_weights: that the model has at least, each of 4 bytes.

    Raises:
        ValueError: the file has not so many.
        OSError: it cannot be opened.
    """
    with whole_file.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
    if 4 * num_weights > size:
        raise ValueError(
            f"{path.name} has {size} bytes, and its model would have {num_weights} "
            "weights or more"
        )


def load(model: "keras.Model", path: pathlib.Path) -> None:
    """Gives a model the weights of a file.

    Args:
        model: built.
        path: of the file; of its plain arrays nothing is executed.

    Raises:
        ValueError: it is damaged or of another model (errors.InputError where it holds
            what no such file does).
        OSError: it cannot be read.
    """
    most = _SLACK + _MOST_TIMES * 4 * sum(
        math.prod(weight.shape) for weight in model.weights
    )
    check(path, most)
    try:
        model.load_weights(path)
    # What Keras and HDF5 make of damaged files.
    except (LookupError, RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def check(path: pathlib.Path, most_bytes: int) -> None:
    """Refuses what Keras does not write, and more than a model's weights.

    Args:
        path: of the weights.
        most_bytes: that the file may have, and its arrays may declare.

    Raises:
        errors.InputError: there is such.
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    import h5py

    try:
        # Opened by us first: HDF5 would wait for a pipe.
        with whole_file.opened(path) as opened, h5py.File(path, "r") as file:
            size = os.fstat(opened.fileno()).st_size
            if size <= most_bytes:  # Nor does it take longer than a model's to look at.
                sizes = list(itertools.islice(_sizes(path, file), _MOST_THINGS))
                size = sum(sizes)
                if len(sizes) == _MOST_THINGS:
                    raise errors.InputError(
                        f"{path} holds {_MOST_THINGS} groups and arrays, or more; copy "
                        "the model again."
                    )
    except (LookupError, RuntimeError, TypeError, AttributeError, SystemError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if size > most_bytes:
        raise errors.InputError(
            f"{path} declares {size} bytes of weights; its model has at most "
            f"{most_bytes}: they do not belong together; copy both again."
        )


def _sizes(path: pathlib.Path, group: "h5py.Group", depth: int = 0) -> Iterator[int]:
    """Bytes of each array, 0 for each group, in one and those below.

    Not `visititems`: HDF5 goes down to any depth, and ends the process there.

    Raises:
        errors.InputError: there are links to elsewhere, or others than plain arrays.
    """
    import h5py

    for name in group:
        hard = isinstance(group.get(name, getlink=True), h5py.HardLink)
        thing = group[name] if hard else None
        if isinstance(thing, h5py.Group) and depth < _DEEPEST:
            yield 0
            yield from _sizes(path, thing, depth + 1)
        elif isinstance(thing, h5py.Dataset) and _is_plain(thing):
            yield thing.size * thing.dtype.itemsize
        else:
            raise errors.InputError(
                f"{path}: {group.name}/{name} is not stored as Keras stores weights; "
                "copy the model again."
            )


def _is_plain(array: "h5py.Dataset") -> bool:
    elsewhere = array.is_virtual or array.external or array.chunks
    return not elsewhere and array.dtype.kind in _NUMBERS
