"""OpenPose's --write_json: a folder of one `..._keypoints.json` a frame."""

import os
import pathlib
from typing import Any

import numpy as np

from datasets import skeletons
from datasets.raw import natural
from datasets.raw.formats import json_file, poses
from simmc_tf import errors

ENDING = "_keypoints.json"

_SKELETONS = {
    len(skeleton.joints): skeleton
    for skeleton in (skeletons.OPENPOSE_18, skeletons.OPENPOSE_25)
}
# Keys of a person, and what each keypoint has there. Version 0.1 wrote
# `pose_keypoints`.
_FLAT, _DEEP = 3, 4
_NUMBERS = {
    "pose_keypoints": _FLAT,
    "pose_keypoints_2d": _FLAT,
    "pose_keypoints_3d": _DEEP,
}

# x, y, confidence of every keypoint under _FLAT, x, y, z, confidence under _DEEP;
# either may be absent.
_Person = dict[int, list[float]]


def read(folder: pathlib.Path) -> poses.Poses:
    """Reads the walker in a folder of frames.

    A joint with confidence 0 is missing. Of several people in a frame the one with the
    highest sum of confidences is taken, in 3D before 2D; a frame without anybody is
    NaN.

    Args:
        folder: of the frames, which are in the natural order of their names.

    Returns:
        Poses of 18 or 25 joints, [T, J, 3] where OpenPose reconstructed any joint in
        3D, else [T, J, 2]; [T, 25, 3] where nobody was seen.

    Raises:
        errors.InputError: there is no frame, one is damaged, or numbers of keypoints
            differ.
    """
    files = _files(folder)
    frames = [_best(_people(path)) for path in files]
    num_joints = _check_joints(files, frames)
    deep = any(any(frame.get(_DEEP, [])[3::4]) for frame in frames)
    width = _DEEP if deep or not any(frames) else _FLAT
    nothing = [0.0] * (num_joints * width)
    numbers = np.array([frame.get(width, nothing) for frame in frames])
    numbers = numbers.reshape(len(frames), num_joints, width)
    return poses.make(numbers[..., :-1], _SKELETONS[num_joints], numbers[..., -1])


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise errors.InputError(
            f"{folder} cannot be read: {error.strerror}."
        ) from error
    frames = [
        name
        for name in names
        if name.lower().endswith(ENDING) and not name.startswith(".")
    ]
    if not frames:
        raise errors.InputError(
            f"{folder} holds no frame; expected files called ...{ENDING}. Get it again "
            "or remove it."
        )
    return [folder / name for name in sorted(frames, key=natural.key)]


def _people(path: pathlib.Path) -> list[_Person]:
    """People in a frame of whom something was seen."""
    content = json_file.load(path)
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list):
        raise errors.InputError(
            f'{path} is no frame of OpenPose\'s: expected {{"people": [...]}}.'
        )
    return [one for one in (_person(path, person) for person in people) if one]


def _person(path: pathlib.Path, person: Any) -> _Person:
    if not isinstance(person, dict):
        raise errors.InputError(f"{path}: a person must be an object with keypoints.")
    found = {}
    for key, width in _NUMBERS.items():
        values = person.get(key) or []
        if not isinstance(values, list) or len(values) not in (
            0,
            *(width * num_joints for num_joints in _SKELETONS),
        ):
            size = f"{len(values)} numbers" if isinstance(values, list) else "no list"
            raise errors.InputError(
                f"{path}: {key} has {size}; expected {width} for each of "
                f"{' or '.join(map(str, _SKELETONS))} keypoints."
            )
        if set(map(type, values)) - {float}:
            index, wrong = next(
                (i, value) for i, value in enumerate(values) if type(value) is not float
            )
            raise errors.InputError(
                f"{path}: keypoint {index // width} of {key} has "
                f"{str(wrong)[:40]!r} where a number should be; get the file again."
            )
        if values:
            found[width] = values
    return found


def _best(people: list[_Person]) -> _Person:
    return max(people, key=_confidence, default={}) if len(people) != 1 else people[0]


def _confidence(person: _Person) -> tuple[float, ...]:
    """Sums of what is above 0, in 3D and in 2D."""
    return tuple(
        sum(value for value in person.get(width, [])[width - 1 :: width] if value > 0)
        for width in (_DEEP, _FLAT)
    )


def _check_joints(files: list[pathlib.Path], frames: list[_Person]) -> int:
    """The one number of keypoints of all frames; 25 where there is nobody."""
    found: dict[int, pathlib.Path] = {}
    for path, frame in zip(files, frames, strict=True):
        for width, values in frame.items():
            found.setdefault(len(values) // width, path)
    if len(found) > 1:
        (one, path), (other, other_path) = [*found.items()][:2]
        raise errors.InputError(
            f"{path} has {one} keypoints and {other_path} {other}; expected one number "
            "in all frames of a recording."
        )
    return next(iter(found), max(_SKELETONS))
