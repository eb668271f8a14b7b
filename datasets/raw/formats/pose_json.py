"""Poses in JSON: nested lists of numbers."""

import pathlib
from typing import Any

import numpy as np

from simmc_tf import errors


def candidates(content: Any) -> dict[str, list]:
    """What may be a recording in a JSON file's content.

    Args:
        content: a list of frames, or an object with such lists among its values.

    Returns:
        Key -> frames, each of which is a list [J][d]. A list that is not in an object
        has an empty key.
    """
    found = content.items() if isinstance(content, dict) else [("", content)]
    return {key: value for key, value in found if shape(value)}


def shape(frames: Any) -> tuple[int, ...]:
    """[T, J, d] by the first frame; empty where these are no frames."""
    value, sizes = frames, []
    for _ in range(3):
        if not isinstance(value, list) or not value:
            return ()
        sizes.append(len(value))
        last, value = value, value[0]
    return tuple(sizes) if _numbers(last) else ()


def read(path: pathlib.Path, frames: list) -> np.ndarray:
    """Turns frames into an array and checks every number.

    Args:
        path: for messages.
        frames: of `candidates`.

    Returns:
        [T, J, d] float64, NaN for null.

    Raises:
        errors.InputError: a frame is not like the first one, or holds something else
            than numbers.
    """
    _, num_joints, dimensions = shape(frames)
    for number, frame in enumerate(frames):
        _check(f"{path}, frame {number}", frame, num_joints, dimensions)
    return np.array(frames, np.float64)


def _check(where: str, frame: Any, num_joints: int, dimensions: int) -> None:
    if not isinstance(frame, list) or len(frame) != num_joints:
        found = f"{len(frame)} joints" if isinstance(frame, list) else "no list"
        raise errors.InputError(
            f"{where}: {found}; expected {num_joints} joints, as in the first frame."
        )
    for number, joint in enumerate(frame):
        if not isinstance(joint, list) or len(joint) != dimensions:
            raise errors.InputError(
                f"{where}, joint {number}: {_shown(joint)}; expected {dimensions} "
                "numbers."
            )
        if not _numbers(joint):
            raise errors.InputError(
                f"{where}, joint {number}: {_shown(joint)} where numbers should be."
            )


def _numbers(values: list) -> bool:
    """Whether all are numbers (every JSON number is read as float) or null."""
    return set(map(type, values)) <= {float, type(None)}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
