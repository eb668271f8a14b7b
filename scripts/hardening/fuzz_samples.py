"""Small valid files of sensors and of motion capture, as programs write them."""

import csv
import functools
import json
import pathlib
from collections.abc import Callable, Mapping

import numpy as np

from datasets import skeletons

_BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 1 2 3
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Leg
  {
    OFFSET 0 -10 0
    CHANNELS 3 Xrotation Zrotation Yrotation
    End Site
    {
      OFFSET 0 -20 5
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
100 0 0 0 0 0 0 0 0
0 100 0 90 0 0 -90 0 0
"""
_ASF = """:version 1.10
:name SMALL
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name hip
    direction 1 0 0
    length 2
    axis 0 0 0 XYZ
  end
  begin
    id 2
    name thigh
    direction 0 -1 0
    length 4
    axis 0 0 90 XYZ
    dof rx ry
    limits (-160.0 20.0)
           (-inf inf)
  end
:hierarchy
  begin
    root hip
    hip thigh
  end
"""
_AMC = """#!OML:ASF small.ASF
:FULLY-SPECIFIED
:DEGREES
1
root 10 20 30 0 0 0
thigh 0 0
2
root 10 20 30 0 0 90
thigh 90 0
"""


def _walk(joints: int) -> np.ndarray:
    """[2, J, 3]."""
    return np.random.default_rng(0).uniform(-0.9, 0.9, (2, joints, 3)).round(3)


def _wide(folder: pathlib.Path, skeleton: skeletons.Skeleton, times: bool) -> None:
    """A frame a row."""
    header = [f"{joint}_{axis}" for joint in skeleton.joints for axis in "XYZ"]
    rows = _walk(len(skeleton.joints)).reshape(2, -1).tolist()
    if times:
        header = ["timestamp", *header]
        rows = [[f"10:00:00.{33 * i:03d}", *row] for i, row in enumerate(rows)]
    _table(folder / "anna" / "a.csv", header, rows)


def _long(folder: pathlib.Path, skeleton: skeletons.Skeleton) -> None:
    """A joint a row."""
    rows = [
        [number, joint, *point, "Tracked"]
        for number, frame in enumerate(_walk(len(skeleton.joints)).tolist())
        for joint, point in zip(skeleton.joints, frame, strict=True)
    ]
    _table(folder / "anna" / "a.csv", ["frame", "joint", "x", "y", "z", "state"], rows)


def _bare(folder: pathlib.Path, skeleton: skeletons.Skeleton) -> None:
    """Numbers alone."""
    rows = _walk(len(skeleton.joints)).reshape(2, -1).tolist()
    _table(folder / "anna" / "a.csv", [], rows)


def _table(path: pathlib.Path, header: list, rows: list) -> None:
    path.parent.mkdir()
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [header, *rows] if header else rows
        )


def _azure(folder: pathlib.Path) -> None:
    names = [
        "".join("_" + letter if letter.isupper() else letter for letter in joint)[1:]
        .upper()
        .replace("HAND_TIP", "HANDTIP")
        for joint in skeletons.AZURE_KINECT.joints
    ]
    frames = [
        {
            "frame_id": number,
            "timestamp_usec": 1000 + 33333 * number,
            "num_bodies": 1,
            "bodies": [{"body_id": 1, "joint_positions": (1000 * frame).tolist()}],
        }
        for number, frame in enumerate(_walk(32))
    ]
    _texts(folder, {"a.json": json.dumps({"joint_names": names, "frames": frames})})


def _mediapipe(folder: pathlib.Path, way: str) -> None:
    frames = _walk(33)
    marks = [
        [dict(zip("xyz", point, strict=True)) for point in frame]
        for frame in frames.tolist()
    ]
    if way == "lines":
        lines = "\n".join(json.dumps({"landmarks": frame}) for frame in marks)
        _texts(folder, {"a.jsonl": lines})
    elif way == "frames":
        timed = [{"timestamp_ms": 33 * i, "world": m} for i, m in enumerate(marks)]
        _texts(folder, {"a.json": json.dumps({"frames": timed})})
    else:
        _texts(folder, {"a.json": json.dumps(frames.tolist())})


def _texts(folder: pathlib.Path, files: Mapping[str, str]) -> None:
    (folder / "anna").mkdir()
    for name, content in files.items():
        (folder / "anna" / name).write_text(content, encoding="utf-8")


def _kinds(skeleton: skeletons.Skeleton) -> tuple[Callable[[pathlib.Path], None], ...]:
    return (
        functools.partial(_wide, skeleton=skeleton, times=True),
        functools.partial(_wide, skeleton=skeleton, times=False),
        functools.partial(_long, skeleton=skeleton),
        functools.partial(_bare, skeleton=skeleton),
    )


# Sensor -> what writes samples of its files. Arrays are a reader of their own.
SENSORS: dict[str, tuple[Callable[[pathlib.Path], None], ...]] = {
    "kinect2_csv": _kinds(skeletons.KINECT_V2),
    "mediapipe_csv": _kinds(skeletons.MEDIAPIPE_33),
    "azure_json": (_azure,),
    "mediapipe_json": tuple(
        functools.partial(_mediapipe, way=way) for way in ("lines", "frames", "bare")
    ),
    "bvh": (functools.partial(_texts, files={"a.bvh": _BVH}),),
    "amc": (functools.partial(_texts, files={"a.asf": _ASF, "a.amc": _AMC}),),
}
