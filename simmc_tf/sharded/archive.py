"""The sequences or features that are to be clustered: one .npy file or many."""

import dataclasses
import pathlib

import numpy as np

from simmc_tf import array_file, errors
from simmc_tf import data as data_module
from simmc_tf.sharded import parts

_MOST_ROWS = 2**31 - 1  # Rows are numbered in int32.


@dataclasses.dataclass(frozen=True)
class Archive:
    """Files that hold one array, one after another.

    Attributes:
        files: absolute paths, in order.
        lengths: rows of each.
        shape: of a row, (f, d) of sequences and (H,) of features.
        ready: a single file of features that can be read as it is.
        stamps: of each file.
    """

    files: tuple[str, ...]
    lengths: tuple[int, ...]
    shape: tuple[int, ...]
    ready: bool
    stamps: tuple[tuple[int, int], ...]

    @property
    def num_rows(self) -> int:
        """N."""
        return sum(self.lengths)

    def read(self, first: int, last: int) -> np.ndarray:
        """Rows first to last - 1 as float32."""
        start = 0
        found = []
        for file, length in zip(self.files, self.lengths, strict=True):
            low, high = max(first - start, 0), min(last - start, length)
            if low < high:
                rows = parts.mapped(pathlib.Path(file))[low:high]
                found.append(np.asarray(rows, np.float32))
            start += length
        return np.concatenate(found)

    def check(self, first: int, rows: np.ndarray) -> None:
        """Refuses numbers that are not finite; of sequences, also too large ones.

        Args:
            first: of the rows.
            rows: [n, ...] that `read` gave, or the same as float64.

        Raises:
            errors.InputError: names the file, the row in it, and the place.
        """
        # NaN compares as not below.
        # The encoder squares what it is given; features of any size have neighbours.
        most = data_module.LARGEST if len(self.shape) > 1 else np.inf
        bad = ~(np.abs(rows) < most)
        if not bad.any():
            return
        place = np.argwhere(bad)[0]
        starts = np.cumsum([0, *self.lengths])
        file = int(np.searchsorted(starts, first + place[0], side="right")) - 1
        names: tuple[str, ...] = "sequence", "frame", "number"
        if len(place) == 2:
            names = "row", "number"
        within = (first + place[0] - starts[file], *place[1:])
        said = ", ".join(f"{n} {i:,}" for n, i in zip(names, within, strict=True))
        below = f" below {most:g}" if most < np.inf else ""
        raise errors.InputError(
            f"{self.files[file]}: {said} is {rows[tuple(place)]}; expected finite "
            f"numbers{below}. Leave it out."
        )


def find(path: pathlib.Path) -> Archive:
    """Looks at a .npy file, or at all of a folder in the order of their names.

    Raises:
        errors.InputError: there is none, or they are no such arrays or do not fit
            together.
    """
    files = sorted(path.glob("*.npy")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise errors.InputError(
            f"--input {path}: expected a .npy file or a folder of such files."
        )
    arrays = [_open(file) for file in files]
    for file, array in zip(files, arrays, strict=True):
        if array.ndim not in (2, 3) or array.dtype.kind != "f" or 0 in array.shape[1:]:
            raise errors.InputError(
                f"{file}: expected sequences [N, f, d] or features [N, H] of floats, "
                f"not {list(array.shape)} {array.dtype}."
            )
        if array.shape[1:] != arrays[0].shape[1:]:
            raise errors.InputError(
                f"{file}: its rows are {list(array.shape[1:])}, those of {files[0]} "
                f"{list(arrays[0].shape[1:])}; expected all alike."
            )
    lengths = tuple(map(len, arrays))
    if not 0 < sum(lengths) <= _MOST_ROWS:
        raise errors.InputError(
            f"--input {path}: expected 1 to {_MOST_ROWS:,} rows, not {sum(lengths):,}."
        )
    plain = arrays[0].dtype == np.float32 and arrays[0].flags.c_contiguous
    return Archive(
        files=tuple(str(file.resolve()) for file in files),
        lengths=lengths,
        shape=arrays[0].shape[1:],
        ready=bool(plain and len(files) == 1 and arrays[0].ndim == 2),
        stamps=tuple(map(stamp, files)),
    )


def stamp(file: pathlib.Path) -> tuple[int, int]:
    """Size and time in nanoseconds of a file, by which a change shows."""
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


def _open(file: pathlib.Path) -> np.ndarray:
    try:
        with array_file.checked(file):
            return parts.mapped(file)
    except (ValueError, EOFError) as error:
        raise errors.InputError(f"{file} is no .npy file of numbers.") from error
