"""Poses in JSON: nested lists, or frames with instances as MMPose writes them."""

import pathlib
from typing import Any

import numpy as np

from simmc_tf import errors

# MMPose's instances have `keypoints`, whatever their dimensions.
_KEYPOINTS = ("keypoints_3d", "keypoints")
_SCORES = "keypoint_scores"


def candidates(content: Any) -> dict[str, list]:
    """What may be a recording in a JSON file's content.

    Args:
        content: a list of frames, or an object with such lists among its values (of
            MMPose's demos: `instance_info`).

    Returns:
        Key -> frames, each of which is a list [J][d], an object with `keypoints_3d` or
        `keypoints`, or an object with `instances` of that kind. A list that is not in
        an object has an empty key.
    """
    found = content.items() if isinstance(content, dict) else [("", content)]
    return {key: value for key, value in found if shape(value)}


def shape(frames: Any) -> tuple[int, ...]:
    """[T, J, d] by the first frame that has a walker; empty where these are no frames.

    Where no frame has a walker, [T, 0, 0].
    """
    if not isinstance(frames, list) or not frames:
        return ()
    for frame in frames:
        if isinstance(frame, dict):
            # Of several instances any tells how many joints they have.
            instances = _instances(frame)
            if not instances and isinstance(frame.get("instances"), list):
                continue
            frame = _keypoints(instances[0]) if instances else None
        if not isinstance(frame, list) or not frame or not isinstance(frame[0], list):
            return ()
        joint = frame[0]
        return (len(frames), len(frame), len(joint)) if _numbers(joint) else ()
    return (len(frames), 0, 0)


def read(path: pathlib.Path, frames: list) -> tuple[np.ndarray, np.ndarray]:
    """Turns frames into arrays and checks every number.

    Of several walkers in a frame the one with the highest sum of scores is taken; a
    frame with none is NaN.

    Args:
        path: for messages.
        frames: of `candidates`.

    Returns:
        [T, J, d] float64 and their scores [T, J], 1 where the file has none.

    Raises:
        errors.InputError: a frame is not like the others, holds text, or several
            walkers without scores.
    """
    _, num_joints, dimensions = shape(frames)
    positions = np.full((len(frames), num_joints, dimensions), np.nan)
    scores = np.ones((len(frames), num_joints))
    for number, frame in enumerate(frames):
        where = f"{path}, frame {number}"
        if isinstance(frame, dict):
            instances = _instances(frame)
            if not instances:
                continue
            instance = _best(where, instances)
            frame = _keypoints(instance)
            if instance.get(_SCORES) is not None:
                scores[number] = _checked_scores(where, instance[_SCORES], num_joints)
        positions[number] = _checked(where, frame, num_joints, dimensions)
    return positions, scores


def _instances(frame: dict) -> list[dict]:
    """Walkers of a frame that have keypoints."""
    instances = frame.get("instances", [frame])
    if not isinstance(instances, list):
        return []
    return [one for one in instances if isinstance(one, dict) and _keypoints(one)]


def _keypoints(instance: dict) -> Any:
    return next((instance[key] for key in _KEYPOINTS if instance.get(key)), None)


def _best(where: str, instances: list[dict]) -> dict:
    if len(instances) == 1:
        return instances[0]
    sums = []
    for instance in instances:
        scores = instance.get(_SCORES)
        if not isinstance(scores, list) or not _numbers(scores):
            raise errors.InputError(
                f"{where}: {len(instances)} walkers, and no {_SCORES} to choose by; "
                "leave one."
            )
        sums.append(float(np.nansum(np.array(scores, np.float64))))
    return instances[int(np.argmax(sums))]


def _checked_scores(where: str, scores: Any, num_joints: int) -> list:
    if not isinstance(scores, list) or len(scores) != num_joints:
        raise errors.InputError(
            f"{where}: {_SCORES} is no list of {num_joints} numbers, one a joint."
        )
    if not _numbers(scores):
        raise errors.InputError(
            f"{where}: {_SCORES} holds something else than numbers."
        )
    return scores


def _checked(where: str, frame: Any, num_joints: int, dimensions: int) -> list:
    """The frame itself, if it is [J][d] numbers; null is NaN."""
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
    return frame


def _numbers(values: list) -> bool:
    """Whether all are numbers (every JSON number is read as float) or null."""
    return set(map(type, values)) <= {float, type(None)}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
