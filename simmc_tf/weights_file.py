"""Keras's .weights.h5: written whole, and looked at before Keras reads it."""

import io
import math
import pathlib
from typing import TYPE_CHECKING

from simmc_tf import errors, whole_file

if TYPE_CHECKING:
    import keras

# Others than Keras's own weights are in no file of its: text, objects, references.
_NUMBERS = "fiub"
# Weights that an optimizer keeps beside a model's own, and what HDF5 needs to tell.
_MOST_TIMES, _SLACK = 4, 2**20


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
    return memory.getbuffer()


def check_size(path: pathlib.Path, num_weights: int) -> None:
    """Refuses a model that is larger than its file, before it is built.

    Args:
        path: of the weights.
        num_weights: that the model has at least, each of 4 bytes.

    Raises:
        ValueError: the file has not so many.
    """
    size = path.stat().st_size
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
    _check(path, most)
    try:
        model.load_weights(path)
    # What Keras and HDF5 make of damaged files.
    except (LookupError, RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _check(path: pathlib.Path, most_bytes: int) -> None:
    """Refuses links out of the file, and arrays that are larger than it seems.

    Raises:
        errors.InputError: it has such.
        ValueError: it is damaged.
    """
    import h5py

    found: list[int] = []

    # Both stop where they give something; what is raised in them is lost.
    def follow(name: bytes, link: h5py.h5l.LinkInfo) -> str | None:
        if link.type == h5py.h5l.TYPE_HARD:
            return None
        return f"{name.decode(errors='replace')} leads to another place or file"

    def look(name: str, thing: object) -> str | None:
        if isinstance(thing, h5py.Dataset):
            plain = not (thing.is_virtual or thing.external or thing.chunks)
            if not plain or thing.dtype.kind not in _NUMBERS:
                return f"{name} is not stored as Keras stores weights"
            found.append(thing.size * thing.dtype.itemsize)
        return None

    try:
        # Opened by us first: HDF5 would wait for a pipe.
        with whole_file.opened(path), h5py.File(path, "r") as file:
            wrong = file.id.links.visit(follow, info=True) or file.visititems(look)
    except (LookupError, RuntimeError, TypeError, AttributeError, SystemError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if wrong is not None:
        raise errors.InputError(f"{path}: {wrong}; copy the model again.")
    if sum(found) > most_bytes:
        raise errors.InputError(
            f"{path} declares {sum(found)} bytes of weights; its model has at most "
            f"{most_bytes}: they do not belong together; copy both again."
        )
