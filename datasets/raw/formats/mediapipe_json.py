"""MediaPipe Pose: world landmarks in JSON, as programs dump them.

A list of frames, an object with such a list, an object of numbered frames, or a frame a
line. A frame is null or empty (nobody was seen), 33 landmarks, or an object that has
them as `pose_world_landmarks` or under a like name; a landmark is {x, y, z, ...} or
[x, y, z, ...]. World landmarks are in metres from between the hips, x to the right of
the image, y down, z away from the camera. Visibility is not used: MediaPipe estimates
hidden joints from the others.
"""

import pathlib
from typing import Any

import numpy as np

from datasets import recordings, skeletons
from datasets.raw import take
from datasets.raw.formats import joint_spellings, json_file, one_person, timing
from simmc_tf import errors

_SKELETON = skeletons.MEDIAPIPE_33
# Keys without case and separators.
_WORLD = ("poseworldlandmarks", "worldlandmarks", "world", "landmarksworld")
_EITHER = ("landmarks", "landmark", "keypoints", "keypoints3d", "pose")
_IMAGE = ("poselandmarks", "normalizedlandmarks", "imagelandmarks")
_FRAMES = ("frames", "results", "data", "poses", "landmarks", *_WORLD)
# x, y, z of all, with or without visibility, in one list.
_FLAT = (3 * len(_SKELETON.joints), 4 * len(_SKELETON.joints))
_LINES = (".jsonl", ".ndjson")
# So many coordinates of an image are from 0 to 1; of a body, half are below 0.
_MOST = 0.95


def read(recording: take.Take, metres: float, fps: float) -> take.Frames:
    """Reads one recording.

    Args:
        recording: of one file.
        metres: in one unit of its coordinates.
        fps: frames a second where it has no times.

    Raises:
        errors.InputError: the file is damaged, holds several people in a frame, or
            landmarks of the image only.
    """
    (path,) = recording.files
    frames, rate = _frames(path)
    positions = np.full((len(frames), len(_SKELETON.joints), 3), np.nan)
    for number, frame in enumerate(frames):
        where = f"{path}, frame {number}"
        try:
            landmarks = _landmarks(where, frame)
        except RecursionError as error:
            raise errors.InputError(
                f"{where}: lists nested too deeply for landmarks; get the file again "
                "or remove it."
            ) from error
        if landmarks:
            positions[number] = [_landmark(where, one) for one in landmarks]
    check_world(str(path), positions)
    keys = list(frames[0]) if isinstance(frames[0], dict) else []
    times = timing.of_frames(frames, filter(timing.is_time, keys))
    found = one_person.frames(positions * metres, None, _SKELETON, fps, len(frames))
    return one_person.timed(found, times, rate or fps)


def check_world(path: str, positions: np.ndarray) -> None:
    """Refuses landmarks of the image, which have no unit.

    Args:
        path: of the file, for the message.
        positions: [T, 33, 3] as they are in the file.

    Raises:
        errors.InputError: nearly all x and y are from 0 to 1.
    """
    seen = take.visible(positions) & positions.any(axis=(1, 2))
    flat = positions[seen][..., :2]
    if flat.size and ((flat >= 0) & (flat <= 1)).mean() > _MOST:
        _refuse_image(path)


def _refuse_image(where: str) -> None:
    raise errors.InputError(
        f"{where}: landmarks of the image, from 0 to 1 and without a unit; save "
        "MediaPipe's world landmarks (pose_world_landmarks, in metres) instead."
    )


def _frames(path: pathlib.Path) -> tuple[list, float | None]:
    """Frames of a file, and how many there are a second if it says so."""
    lines = path.suffix.lower() in _LINES
    content = json_file.load_lines(path) if lines else json_file.load(path)
    rate = None
    if isinstance(content, dict):
        found = _plain(content)
        rate = found.get("fps")
        if content and all(key.isdecimal() for key in content):
            content = [content[key] for key in sorted(content, key=_numeric)]
        else:
            lists = (found[key] for key in _FRAMES if isinstance(found.get(key), list))
            content = next(lists, [content])
    if not isinstance(content, list) or not content:
        raise errors.InputError(
            f"{path} has no frames; expected a list of frames of 33 landmarks."
        )
    if _is_landmark(content[0]):
        content = [content]  # One frame alone.
    known = isinstance(rate, float) and 0 < rate <= recordings.FASTEST
    return content, rate if known else None


def _numeric(digits: str) -> tuple[int, str]:
    """Sorts digits as the number that they are, however many there are."""
    digits = digits.lstrip("0")
    return len(digits), digits


def _landmarks(where: str, frame: Any) -> list:
    """The 33 landmarks of a frame; none where nobody was seen."""
    if isinstance(frame, dict) and frame:
        found = _plain(frame)
        key = next((key for key in (*_WORLD, *_EITHER) if key in found), None)
        if key is None and any(key in found for key in _IMAGE):
            _refuse_image(where)
        if key is None:
            raise errors.InputError(
                f"{where}: no landmarks among {', '.join(map(repr, frame))[:60]}; "
                "expected pose_world_landmarks."
            )
        return _landmarks(where, found[key])
    if not frame and not isinstance(frame, str | float | bool):
        return []
    if isinstance(frame, list):
        if len(frame) in _FLAT and all(isinstance(one, float) for one in frame):
            step = len(frame) // len(_SKELETON.joints)
            return [frame[i : i + step] for i in range(0, len(frame), step)]
        if len(frame) == len(_SKELETON.joints):
            return frame
        # MediaPipe's tasks give a list of people, in no lasting order.
        people = isinstance(frame[0], list | dict) and not _is_landmark(frame[0])
        if people and len(frame) == 1:
            return _landmarks(where, frame[0])
        if people:
            raise errors.InputError(
                f"{where}: {len(frame)} people, and nothing says who is who; detect "
                "one (num_poses=1)."
            )
    what = f"{len(frame)} landmarks" if isinstance(frame, list) else repr(frame)[:40]
    raise errors.InputError(
        f"{where}: {what}; expected {len(_SKELETON.joints)} landmarks, or null where "
        "nobody was seen."
    )


def _landmark(where: str, landmark: Any) -> list[float | None]:
    """x, y and z of a landmark."""
    values = []
    if isinstance(landmark, dict):
        values = [landmark.get(axis, "") for axis in "xyz"]
    elif isinstance(landmark, list):
        values = landmark[:3]
    if len(values) < 3 or not set(map(type, values)) <= {float, type(None)}:
        raise errors.InputError(
            f"{where}: landmark {repr(landmark)[:60]}; expected x, y and z in metres."
        )
    return values


def _is_landmark(value: Any) -> bool:
    if isinstance(value, dict):
        return "x" in value
    return (
        isinstance(value, list) and 3 <= len(value) <= 5 and isinstance(value[0], float)
    )


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {joint_spellings.plain(key): value for key, value in found.items()}
