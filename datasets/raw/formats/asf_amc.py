"""Acclaim motion capture: an .asf of a body, and .amc files of its motions."""

import pathlib
import re

import numpy as np

from datasets.raw import folder, take, text
from datasets.raw.formats import asf, kinematics, mocap_text
from simmc_tf import errors

_INCH = 0.0254
_FRAME = re.compile(r"\d+")


def read(recording: take.Take, metres: float | None, fps: float) -> take.Frames:
    """Reads one recording; a joint is the far end of a bone, joint 0 the root.

    Args:
        recording: of one .amc; its .asf is looked for beside it.
        metres: in one unit of the files. None: Vicon's unit, 1 / `length` inches (CMU,
            HDM05: 0.45), where the .asf's `:units` give a length other than 1, else
            metres.
        fps: frames a second; the files do not say it.

    Raises:
        errors.InputError: a file is damaged, or the .asf is not there.
    """
    (path,) = recording.files
    body = asf.read(skeleton_of(path))
    motion = _motion(path, body)
    if metres is None:
        metres = 1.0 if body.length == 1 else _INCH / body.length
    seen = np.isfinite(motion).all(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):  # No numbers: dropped.
        positions = _placed(body, motion[seen]) * metres
    joint_names = tuple(bone.name for bone in body.bones)
    return take.keep(positions, joint_names, fps, num_frames=len(motion))


SENSOR = folder.Sensor(
    suffixes=(".amc",),
    read=read,
    unit=None,
    # CMU's and HDM05's rate.
    fps=120.0,
    missing="a frame is dropped where a number is not finite",
)


def skeleton_of(path: pathlib.Path) -> pathlib.Path:
    """The .asf of an .amc in the same folder.

    It is the one with the .amc's name, else the one with the longest name that the
    .amc's goes on from (01.asf for 01_02.amc, HDM_bd.asf for HDM_bd_walk_001.amc), else
    the only one.

    Raises:
        errors.InputError: there is none, or several and none fits.
    """
    found = sorted(
        other for other in path.parent.iterdir() if other.suffix.lower() == ".asf"
    )
    fitting = [other for other in found if _goes_on(path.stem, other.stem)]
    longest = max((len(other.stem) for other in fitting), default=0)
    fitting = [other for other in fitting if len(other.stem) == longest] or found
    if len(fitting) == 1:
        return fitting[0]
    if not found:
        raise errors.InputError(
            f"{path} has no .asf beside it; put the body's .asf into {path.parent}."
        )
    raise errors.InputError(
        f"{path}: which of {', '.join(other.name for other in fitting)} is its body's "
        f".asf? Expected one whose name {path.stem} begins with, such as "
        f"{path.stem.rpartition('_')[0] or path.stem}.asf."
    )


def _goes_on(name: str, start: str) -> bool:
    """Whether a name begins with another and does not end it within a word."""
    name, start = name.lower(), start.lower()
    return name.startswith(start) and not name[len(start) : len(start) + 1].isalnum()


def _placed(body: asf.Body, motion: np.ndarray) -> np.ndarray:
    """[T, J, 3] bones' ends in the files' unit, of [T, channels]."""
    rotations, translations = [], []
    column = 0
    for bone in body.bones:
        values = motion[:, column : column + len(bone.channels)]
        column += len(bone.channels)
        turned = [i for i, channel in enumerate(bone.channels) if channel[0] == "R"]
        # The first channel turns first, about axes that stand still.
        axes = "".join(bone.channels[i][1] for i in reversed(turned))
        turn = bone.frame @ kinematics.rotation(values[:, turned[::-1]], axes)
        turn = turn @ bone.frame.T
        # A bone turns with its end, so the end's place is turned already.
        place = np.tile(bone.offset, (len(motion), 1))
        if bone.parent >= 0:
            place = turn @ bone.offset
        for i, channel in enumerate(bone.channels):
            if channel[0] == "T":
                place[:, "XYZ".index(channel[1])] += values[:, i]
        rotations.append(turn)
        translations.append(place)
    return kinematics.forward([b.parent for b in body.bones], rotations, translations)


def _motion(path: pathlib.Path, body: asf.Body) -> np.ndarray:
    """[T, channels] of an .amc, angles in radians."""
    lines = text.lines(path, latin=True)
    in_degrees = body.in_degrees
    start = 0
    for start, line in enumerate(lines):
        word = line.strip().upper()
        if _FRAME.fullmatch(word):
            break
        if word.startswith(":DEG"):
            in_degrees = True
        elif word.startswith(":RAD"):
            in_degrees = False
        elif word and word[0] not in "#:":
            mocap_text.fail(
                path,
                start + 1,
                f"{line.strip()[:40]!r} where a frame's number should be",
            )
    else:
        mocap_text.fail(path, len(lines), "the file ends before the first frame")
    frames = _frames(path, lines, start, body)
    if in_degrees:
        turns = [c[0] == "R" for bone in body.bones for c in bone.channels]
        frames[:, turns] = np.radians(frames[:, turns])
    return frames


def _frames(
    path: pathlib.Path, lines: list[str], start: int, body: asf.Body
) -> np.ndarray:
    columns: dict[str, slice] = {}
    width = 0
    for bone in body.bones:
        if bone.channels:
            columns[bone.name.lower()] = slice(width, width + len(bone.channels))
            width += len(bone.channels)
    frames: list[np.ndarray] = []
    missing: set[str] = set()
    for number, line in enumerate(lines[start:], start + 1):
        words = line.split()
        if not words or words[0][0] == "#":
            continue
        if len(words) == 1 and _FRAME.fullmatch(words[0]):
            _check_whole(path, number, missing)
            mocap_text.check_count(path, len(frames), max(width, len(body.bones)))
            frames.append(np.empty(width))
            missing = set(columns)
            continue
        name = words[0].lower()
        if name not in missing:
            mocap_text.fail(path, number, _unexpected(words[0], body, columns))
        missing.remove(name)
        span = columns[name]
        if len(words) - 1 != span.stop - span.start:
            mocap_text.fail(
                path,
                number,
                f"{len(words) - 1} numbers for {words[0]}, which has "
                f"{span.stop - span.start} channels",
            )
        frames[-1][span] = text.line_numbers(path, number, words[1:])
    _check_whole(path, len(lines), missing)
    return np.stack(frames)


def _check_whole(path: pathlib.Path, line: int, missing: set[str]) -> None:
    if missing:
        mocap_text.fail(
            path, line, f"the frame ends without {', '.join(sorted(missing))}"
        )


def _unexpected(name: str, body: asf.Body, columns: dict[str, slice]) -> str:
    if name.lower() in columns:
        return f"{name} is there twice in a frame"
    if name.lower() in (bone.name.lower() for bone in body.bones):
        return f"{name} moves, but has no dof in the .asf"
    return f"{name!r} is no bone of the .asf"
