"""Sequences of skeletons that stay in their .npy files, centred as they are read."""

import os
import pathlib
import weakref
from collections.abc import Sequence

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import errors


class OpenFile:
    """Tells whether a file that is mapped has changed.

    The file is kept open: deleted or replaced by another one, what is mapped stays.

    Args:
        path: of the file.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self._state = self._look()

    def check(self) -> None:
        """Refuses a file that was written to.

        Reading what was cut off would end the program without a word.

        Raises:
            errors.InputError: size or time differ from when it was opened.
        """
        if self._look() != self._state:
            raise errors.InputError(
                f"{self._path} changed while it was in use; leave the data alone "
                "until the program is done, and start it again."
            )

    def _look(self) -> tuple[int, int]:
        try:
            status = os.fstat(self._file)
        except OSError as error:
            raise errors.InputError(f"{self._path}: {error.strerror}.") from error
        return status.st_size, status.st_mtime_ns


class Coordinates(data_module.InFiles):
    """Root-centred sequences [N, f, 3J], the same bit for bit as if they were held.

    Args:
        axes: x, y and z of all joints, each [N, f, J] and mapped.
        files: that they are mapped from.
    """

    def __init__(self, axes: Sequence[np.ndarray], files: Sequence[OpenFile]) -> None:
        self._axes = axes
        self._files = files
        num_sequences, length, num_joints = axes[0].shape
        self.shape = num_sequences, length, 3 * num_joints

    def __getitem__(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Reads some sequences: [n, f, 3J] float32.

        Raises:
            errors.InputError: a file has changed.
        """
        return data_module.centred(self.skeletons(chosen))

    def skeletons(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Reads some sequences as they are: [n, f, J, 3] float32.

        Raises:
            errors.InputError: a file has changed.
        """
        for file in self._files:
            file.check()
        chosen = _as_slice(chosen)
        axes = [axis[chosen] for axis in self._axes]
        found = np.empty((*axes[0].shape, len(axes)), np.float32)
        for number, axis in enumerate(axes):
            found[..., number] = axis
        return found

    def first(self, count: int) -> "Coordinates":
        """The first sequences only; reads nothing."""
        return Coordinates([axis[:count] for axis in self._axes], self._files)

    def held(self) -> np.ndarray:
        """All of them in memory."""
        pieces = data_module.pieces(len(self))
        return data_module.joined((self[some] for some in pieces), len(self))


def _as_slice(chosen: slice | np.ndarray) -> slice | np.ndarray:
    """Successive rows as a slice, which reads twice as fast."""
    if isinstance(chosen, slice) or not len(chosen) or chosen[0] < 0:
        return chosen
    first, last = int(chosen[0]), int(chosen[-1])
    successive = last - first == len(chosen) - 1 and (np.diff(chosen) == 1).all()
    return slice(first, last + 1) if successive else chosen
