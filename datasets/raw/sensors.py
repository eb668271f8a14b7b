"""Formats of sensors, pose estimators and motion capture, as --from names them."""

import functools
from collections.abc import Callable

import numpy as np

from datasets import recordings, skeletons
from datasets.raw import folder, take
from datasets.raw.formats import (
    asf_amc,
    azure_json,
    bvh,
    csv_skeletons,
    mediapipe_json,
    one_person,
    pose_arrays,
)
from simmc_tf import errors

_FPS = 30.0  # Of Kinects, and of most cameras.
_TRACKED = (
    "a frame is dropped where a joint has tracking state or confidence 0, or where "
    f"{one_person.MISSING}"
)
_ESTIMATED = f"a frame is dropped where nobody was seen, or where {one_person.MISSING}"

_OPENPOSE = (skeletons.OPENPOSE_14, skeletons.OPENPOSE_18, skeletons.OPENPOSE_25)


def read_array(
    recording: take.Take,
    metres: float,
    fps: float,
    expected: tuple[skeletons.Skeleton, ...],
    check: Callable[[str, np.ndarray], None] | None = None,
) -> take.Frames:
    """Reads a recording that is one array [T, J, 3].

    Args:
        recording: of one .npy, .npz or .json.
        metres: in one unit of its coordinates.
        fps: frames a second.
        expected: skeletons of different numbers of joints that it may hold.
        check: as for `csv_skeletons.read`.

    Raises:
        errors.InputError: the file is damaged or holds something else.
    """
    (path,) = recording.files
    found = pose_arrays.load(path, expected[0] if len(expected) == 1 else None)
    if found.flat or found.skeleton not in expected:
        joints = " or ".join(str(len(skeleton.joints)) for skeleton in expected)
        raise errors.InputError(
            f"{path} holds {list(found.positions.shape)}; expected [frames, joints, 3] "
            f"with {joints} joints."
        )
    if check is not None:
        check(str(path), found.positions)
    return one_person.frames(
        found.positions * metres, None, found.skeleton, fps, len(found.positions)
    )


def _csv(
    skeleton: skeletons.Skeleton,
    unit: str,
    with_states: bool = True,
    check: Callable[[str, np.ndarray], None] | None = None,
) -> folder.Sensor:
    return folder.Sensor(
        (".csv", ".tsv"),
        functools.partial(
            csv_skeletons.read,
            skeleton=skeleton,
            usual_metres=recordings.UNITS[unit],
            with_states=with_states,
            check=check,
        ),
        None,
        _FPS,
        _TRACKED if with_states else _ESTIMATED,
    )


def _array(
    *expected: skeletons.Skeleton,
    unit: str = "m",
    check: Callable[[str, np.ndarray], None] | None = None,
) -> folder.Sensor:
    return folder.Sensor(
        pose_arrays.SUFFIXES,
        functools.partial(read_array, expected=expected, check=check),
        unit,
        _FPS,
        _ESTIMATED,
    )


SENSORS = {
    "kinect1_csv": _csv(skeletons.KINECT_V1, "m"),
    "kinect2_csv": _csv(skeletons.KINECT_V2, "m"),
    "azure_csv": _csv(skeletons.AZURE_KINECT, "mm"),
    "azure_json": folder.Sensor((".json",), azure_json.read, "mm", _FPS, _TRACKED),
    "mediapipe_csv": _csv(
        skeletons.MEDIAPIPE_33,
        "m",
        with_states=False,
        check=mediapipe_json.check_world,
    ),
    "mediapipe_json": folder.Sensor(
        (".json", ".jsonl", ".ndjson"), mediapipe_json.read, "m", _FPS, _ESTIMATED
    ),
    # Arrays [T, J, 3], joints in the order of the skeleton.
    "kinect1": _array(skeletons.KINECT_V1),
    "kinect2": _array(skeletons.KINECT_V2),
    "azure": _array(skeletons.AZURE_KINECT, unit="mm"),
    "mediapipe": _array(skeletons.MEDIAPIPE_33, check=mediapipe_json.check_world),
    "h36m": _array(skeletons.H36M_17),
    "coco": _array(skeletons.COCO_17),
    "openpose": _array(*_OPENPOSE),
    "bvh": bvh.SENSOR,
    "amc": asf_amc.SENSOR,
}
