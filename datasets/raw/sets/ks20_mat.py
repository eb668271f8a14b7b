"""KS20's MATLAB files: the one array in them that can be skeletons of 25 joints.

What their makers stored is not described anywhere that can be read today. So anything
that can be read in one way alone is taken, under two assumptions: joints are in the
order of the Kinect v2 SDK unless they have numbers, and a row or column of 75 numbers
is x, y, z of one joint after another.
"""

import pathlib
from collections.abc import Iterator

import numpy as np

from datasets.raw.sets import mat_file
from simmc_tf import errors, whole_file

_JOINTS = 25
_EXPECTED = (
    "expected one array [25, 3], [3, 25], [T, 25, 3], [25, 3, T], [3, 25, T], [T, 75], "
    "[75, T] or [25, 4 or more] with joint numbers first, or 25 structs with x, y, z "
    "or Position"
)
_MAX_LISTED = 8


def read(path: pathlib.Path) -> np.ndarray:
    """Reads a frame or a recording.

    Args:
        path: of a MATLAB file up to version 7.

    Returns:
        [T, 25, 3] float32, maybe with NaN.

    Raises:
        errors.InputError: it is damaged or of another version, or not exactly one array
            in it can be skeletons, in one way alone.
    """
    found: list[tuple[str, np.ndarray]] = []
    others: list[str] = []
    for name, value in _load(path).items():
        inside = list(_arrays(name, value))
        found += inside
        if not inside:
            others.append(f"{name} {_kind(value)}")
    readings = [(name, _readings(array)) for name, array in found]
    fitting = [(name, ways) for name, ways in readings if ways]
    if len(fitting) != 1 or len(fitting[0][1]) != 1:
        listed = [f"{name} {list(array.shape)}" for name, array in found] + others
        more = len(listed) - _MAX_LISTED
        raise errors.InputError(
            f"{path}: {_EXPECTED}; found {', '.join(listed[:_MAX_LISTED]) or 'nothing'}"
            + (f" and {more} more" if more > 0 else "")
            + (f", of which {len(fitting)} fit" if len(fitting) > 1 else "")
            + (", which fits in two ways" if len(fitting) == 1 else "")
            + "."
        )
    # What becomes infinite or is no number is dropped.
    with np.errstate(over="ignore", invalid="ignore"):
        return fitting[0][1][0].astype(np.float32)


def _load(path: pathlib.Path) -> dict[str, object]:
    content = whole_file.read(path, mat_file.MOST_BYTES)
    if mat_file.version(content) == 2:
        raise errors.InputError(
            f"{path} is a MATLAB 7.3 file; save it in MATLAB with the option -v7."
        )
    try:
        return mat_file.read(content)
    except mat_file.TooLargeError as error:
        raise errors.InputError(
            f"{path} holds more than {mat_file.MOST_BYTES} bytes or "
            f"{mat_file.MOST_ELEMENTS} elements; save the skeletons alone, several "
            "recordings in several files."
        ) from error
    except (ValueError, IndexError) as error:
        raise errors.InputError(
            f"{path}: not a readable MATLAB file; it is damaged or of another kind. "
            "Get it again or remove it."
        ) from error


def _kind(value: object) -> str:
    if not isinstance(value, np.ndarray):
        return str(value)
    structs = value.size and isinstance(value.ravel()[0], dict)
    return f"{'struct' if structs else 'cell'} {list(value.shape)}"


def _arrays(name: str, value: object) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays of numbers in a variable; structs and cells of one entry are opened."""
    if not isinstance(value, np.ndarray):
        return
    if value.dtype.kind != "O":
        yield name, value
    elif value.size == _JOINTS:
        points = [_point(entry) for entry in value.ravel()]
        if all(point is not None for point in points):
            yield name, np.array(points)
    elif value.size == 1:
        entry = value.ravel()[0]
        if isinstance(entry, dict):
            for field, inner in entry.items():
                yield from _arrays(f"{name}.{field}", inner)
        else:
            yield from _arrays(name, entry)


def _point(entry: object) -> np.ndarray | None:
    """[3] coordinates of a joint's struct, or None."""
    if isinstance(entry, np.ndarray) and entry.size == 1:
        entry = entry.ravel()[0]
    if not isinstance(entry, dict):
        return None
    fields = {name.lower(): value for name, value in entry.items()}
    if "position" in fields:
        position = fields["position"]
        if _is_numbers(position, 3):
            return np.ravel(position).astype(np.float64)
        return _point(position)
    if all(axis in fields and _is_numbers(fields[axis], 1) for axis in "xyz"):
        return np.array([np.ravel(fields[axis])[0] for axis in "xyz"], np.float64)
    return None


def _is_numbers(value: object, size: int) -> bool:
    return (
        isinstance(value, np.ndarray) and value.dtype.kind != "O" and value.size == size
    )


def _readings(array: np.ndarray) -> list[np.ndarray]:
    """[T, 25, 3] frames for each way to read an array; T is 1 or more.

    [75, 3] is in none: it is as likely three frames of 25 lines as one column a frame.
    """
    shape, ways = array.shape, []
    if array.size == 0:
        return []
    if array.ndim == 3:
        if shape[1:] == (_JOINTS, 3):
            ways.append(array)
        if shape[:2] == (_JOINTS, 3):
            ways.append(array.transpose(2, 0, 1))
        if shape[:2] == (3, _JOINTS):
            ways.append(array.transpose(2, 1, 0))
    elif array.ndim == 2:
        if shape == (_JOINTS, 3):
            ways.append(array[np.newaxis])
        if shape == (3, _JOINTS):
            ways.append(array.T[np.newaxis])
        if shape[1] == 3 * _JOINTS:
            ways.append(array.reshape(-1, _JOINTS, 3))
        if shape[0] == 3 * _JOINTS and shape[1] != 3:
            ways.append(array.T.reshape(-1, _JOINTS, 3))
        if shape[0] == _JOINTS and shape[1] > 3 and _are_joint_numbers(array[:, 0]):
            ways.append(array[np.argsort(array[:, 0]), 1:4][np.newaxis])
    return ways


def _are_joint_numbers(column: np.ndarray) -> bool:
    """Whether they are 25 whole numbers in a row: 0 to 24, 1 to 25, in any order."""
    if not np.isfinite(column).all():
        return False
    numbers = np.sort(column.astype(np.float64))
    return bool((numbers - numbers[0] == np.arange(_JOINTS)).all())
