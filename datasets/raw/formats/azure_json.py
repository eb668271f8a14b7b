"""Azure Kinect: JSON of the Body Tracking SDK's sample `offline_processor`.

An object with `joint_names` and `frames`, each of which has `timestamp_usec` and
`bodies`: `body_id` and `joint_positions` [32, 3] in millimetres, x to the right, y
down, z away from the camera. The sample leaves the confidences of joints out; where a
program adds them as `joint_confidences`, they count.
"""

import pathlib
from typing import Any

import numpy as np

from datasets import skeletons
from datasets.raw import take
from datasets.raw.formats import joint_spellings, json_file, one_person, timing
from simmc_tf import errors

_SKELETON = skeletons.AZURE_KINECT
_TIMES = ("timestamp_usec", "timestamp_ms", "timestamp")
_CONFIDENCES = ("joint_confidences", "joint_confidence_levels", "confidence_levels")


def read(recording: take.Take, metres: float, fps: float) -> take.Frames:
    """Reads one recording.

    Args:
        recording: of one file.
        metres: in one unit of its coordinates.
        fps: frames a second where it has no times.

    Raises:
        errors.InputError: the file is damaged.
    """
    (path,) = recording.files
    content = json_file.load(path)
    frames = content.get("frames") if isinstance(content, dict) else None
    if not isinstance(frames, list) or not frames:
        raise errors.InputError(
            f"{path} has no frames; expected an object with the list 'frames', as the "
            "Azure Kinect sample offline_processor writes it."
        )
    order = _order(path, content.get("joint_names"))
    bodies = [_bodies(path, number, frame) for number, frame in enumerate(frames)]
    chosen = one_person.body(label for found in bodies for label in found)
    num_joints = len(_SKELETON.joints)
    positions = np.full((len(frames), num_joints, 3), np.nan)
    tracked = np.ones((len(frames), num_joints), bool)
    for number, found in enumerate(bodies):
        if chosen not in found:
            continue
        where = f"{path}, frame {number}"
        body = found[chosen]
        positions[number] = _numbers(where, body, "joint_positions", (num_joints, 3))
        key = next((key for key in _CONFIDENCES if key in body), None)
        if key is not None:
            tracked[number] = _numbers(where, body, key, (num_joints,)) > 0
    read = one_person.frames(
        positions[:, order] * metres, tracked[:, order], _SKELETON, fps, len(frames)
    )
    return one_person.timed(read, timing.of_frames(frames, _TIMES), fps)


def _order(path: pathlib.Path, names: Any) -> list[int]:
    """The file's joints in the order of the skeleton."""
    if names is None:
        return list(range(len(_SKELETON.joints)))
    known = joint_spellings.joints(_SKELETON)
    found = {}
    if isinstance(names, list) and len(names) == len(_SKELETON.joints):
        found = {
            known.get(joint_spellings.plain(str(name))): position
            for position, name in enumerate(names)
        }
    if None in found or len(found) < len(_SKELETON.joints):
        raise errors.InputError(
            f"{path}: its joint_names are not Azure Kinect's; expected "
            f"{', '.join(_SKELETON.joints)}."
        )
    return [found[index] for index in range(len(_SKELETON.joints))]


def _bodies(path: pathlib.Path, number: int, frame: Any) -> dict[str, dict]:
    """Bodies of a frame by their ids."""
    found = frame.get("bodies") if isinstance(frame, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise errors.InputError(
            f"{path}, frame {number}: no list 'bodies' of objects; get the file again "
            "or remove it."
        )
    labelled: dict[str, dict] = {}
    for position, body in enumerate(found):
        labelled.setdefault(str(body.get("body_id", position)), body)
    return labelled


def _numbers(where: str, body: dict, key: str, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of a body, NaN for null."""
    values = body.get(key)
    if isinstance(values, list) and len(values) == shape[0]:
        rows = values if len(shape) == 2 else [values]
        if all(_is_row(row, shape[-1]) for row in rows):
            return np.array(values, np.float64).reshape(shape)
    raise errors.InputError(
        f"{where}: {key} is no list of {' x '.join(map(str, shape))} numbers; get the "
        "file again or remove it."
    )


def _is_row(row: Any, length: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == length
        and set(map(type, row)) <= {float, type(None)}
    )
