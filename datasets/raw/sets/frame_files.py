"""One text file a frame in a folder a recording, as IAS-Lab and BIWI have it."""

import array
import itertools
import math
import pathlib
from collections.abc import Collection, Sequence

import numpy as np

from datasets import skeletons
from datasets.raw import natural, take, text, walking
from datasets.raw.sets import joint_order
from simmc_tf import errors

MISSING = (
    "a frame is dropped where a joint's tracking state is 0 or a coordinate is not a "
    "finite number"
)
ENDING = "skel.txt"
_JOINTS = skeletons.KINECT_V1.joints
# id, x, y, z, u, v, tracking state, quality; six more for a bone's direction.
_MIN_FIELDS = 8
_TRACKING = 6


def subfolder(folder: pathlib.Path, name: str) -> pathlib.Path:
    """The folder of that name in another one, in capitals or not.

    Raises:
        errors.InputError: there is none, or two that differ in capitals alone.
    """
    folders, _ = walking.listing(folder)
    found = sorted(folder / one for one in folders if one.lower() == name.lower())
    if not found:
        raise errors.InputError(f"There is no folder {folder / name}.")
    if len(found) > 1:
        raise errors.InputError(
            f"{found[0]} and {found[1].name} differ in capitals alone; remove one."
        )
    return found[0]


def skip_others(folder: pathlib.Path, parts: Collection[str], skip: take.Skip) -> None:
    """Tells what lies beside the parts of a data set, in capitals or not.

    Raises:
        errors.InputError: there is no folder, or it cannot be read.
    """
    known = {name.lower() for name in parts}
    for name in itertools.chain(*walking.listing(folder)):
        if name.lower() not in known:
            skip(folder / name)


def leaves(
    folder: pathlib.Path, skip: take.Skip
) -> dict[str, tuple[pathlib.Path, ...]]:
    """Frames of all folders below that have none below them.

    Args:
        folder: looked through to the bottom, as `walking.walk` does.
        skip: is told of files beside folders. Those beside frames are too many: the
            published data have images there.

    Returns:
        Path below the folder -> its files `*skel.txt`, maybe none; both in natural
        order of the names.

    Raises:
        errors.InputError: there is no folder, one cannot be read, or one has frames
            beside folders.
    """
    found: dict[str, tuple[pathlib.Path, ...]] = {}
    for place, names, files in walking.walk(folder):
        frames = [name for name in files if name.lower().endswith(ENDING)]
        frames.sort(key=natural.key)
        if names and frames:
            raise errors.InputError(
                f"{place} holds frames ({frames[0]}) beside folders ({names[0]}); "
                "expected a folder of its own for each recording."
            )
        if names:
            for name in files:
                skip(place / name)
        elif place != folder:
            found[place.relative_to(folder).as_posix()] = tuple(
                place / name for name in frames
            )
    if not found:
        raise errors.InputError(f"{folder} has no folders; expected one a person.")
    return {name: found[name] for name in sorted(found, key=natural.key)}


def rows(path: pathlib.Path, num_joints: int, num_fields: int) -> list[list[str]]:
    """Fields of a frame's lines; lines after the last joint's are another person's.

    Args:
        path: of the file.
        num_joints: lines of a frame.
        num_fields: that a line must have, at least; x, y and z are fields 1 to 3.

    Raises:
        errors.InputError: there are fewer lines or fields, lines differ in fields,
            numbers have decimal commas, or it is no text.
    """
    lines = text.lines(path)[:num_joints]
    if len(lines) < num_joints:
        raise errors.InputError(
            f"{path} ends after line {len(lines)}; a frame has {num_joints} lines. "
            "Remove it or get it again."
        )
    for number, line in enumerate(lines, 1):
        if ";" in line:
            raise errors.InputError(
                f"{path}, line {number}: fields between ';'; expected commas between "
                "fields and points in numbers (0.123)."
            )
    found = text.split(path, lines, ",", num_fields)
    _check_commas(path, found)
    return found


def _check_commas(path: pathlib.Path, fields: Sequence[Sequence[str]]) -> None:
    """Refuses decimal commas, which make two fields of a number: 0,123 is 0 and 123."""
    width = len(fields[0])
    for number, row in enumerate(fields, 1):
        if len(row) != width:
            raise errors.InputError(
                f"{path}, line {number}: {len(row)} fields between commas, but {width} "
                "in line 1; write numbers with points, not with commas (0.123), or get "
                "the file again."
            )
    if any("." in field for row in fields for field in row[1:4]):
        return
    for number, point in enumerate(text.numbers(path, fields, 1, 4), 1):
        # Of a frame without anybody, all are 0 or nan.
        if any(value and math.isfinite(value) for value in point):
            raise errors.InputError(
                f"{path}, line {number}: whole numbers "
                f"{', '.join(fields[number - 1][1:4])} where metres should be, as "
                "everywhere in the file; write numbers with points, not with commas "
                "(0.123)."
            )


def read(recording: take.Take, first: int, last: int, fps: float) -> take.Frames:
    """Reads one recording's frames.

    A line is `id,x,y,z,u,v,tracking state,quality,...` in metres, in the order of the
    Kinect SDK's joints. The published data's id is the person's; should it be another
    one in each line, it is the joint's, and the lines go by it.

    Args:
        recording: of a file a frame.
        first: frames to clip at the beginning, of those that are not dropped.
        last: frames to clip at the end.
        fps: frames a second.

    Raises:
        errors.InputError: a file is damaged.
    """
    values = array.array("d")
    orders: dict[tuple[str, ...], list[int]] = {}
    for path in recording.files:
        fields = rows(path, len(_JOINTS), _MIN_FIELDS)
        ids = tuple([row[0] for row in fields])
        if ids not in orders:
            orders[ids] = joint_order.by_number(path, ids)
        points = text.numbers(path, fields, 1, 4)
        states = text.numbers(path, fields, _TRACKING, _TRACKING + 1)
        for line in orders[ids]:
            values.extend(points[line])
            values.extend(states[line])
    found = np.asarray(values).reshape(-1, len(_JOINTS), 4)
    tracked = np.abs(found[:, :, 3]) > 0
    return take.keep(found[:, :, :3], _JOINTS, fps, tracked, first, last)
