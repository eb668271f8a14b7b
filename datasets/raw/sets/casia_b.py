"""CASIA-B: poses that were estimated in its videos, in files or OpenPose's folders."""

import os
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import NoReturn

import numpy as np

from datasets import joint_maps, skeletons
from datasets import recordings as recordings_module
from datasets.raw import natural, take, walking
from datasets.raw.formats import openpose, pose_arrays, poses
from simmc_tf import errors

# From 2D to 3D: ([T, 17, 2] joints of COCO, confidence [T, 17]) -> [T, 17, 3] joints of
# Human3.6M. Joints that were not seen are NaN with confidence 0 (in a side view the far
# ear always); frames without the walker are all NaN. Must pickle.
Lift = Callable[[np.ndarray, np.ndarray], np.ndarray]

_FPS = 25.0  # Of the videos.
_SUBJECTS = 124
_TRAINING = 62  # Published: the first half of the subjects train.
_CONDITIONS = ("nm", "bg", "cl")  # Normal, with a bag, in a coat.
_BACKGROUND = ("bkgrd", "background")  # Videos of the empty room.
_LAST_VIEW = 180
_JOINTS = skeletons.OPENPOSE_14

_NAME = re.compile(r"([0-9]+)-([a-z]+)-([0-9]+)-([0-9]+)", re.IGNORECASE)
_PIECES = 4
_EXPECTED = (
    "<subject>-<nm|bg|cl>-<number>-<view>, such as 001-nm-01-090, as a file "
    f"({', '.join(pose_arrays.SUFFIXES)}) or as a folder of OpenPose's frames "
    f"(...{openpose.ENDING})"
)
_VIDEOS = (".avi", ".mp4")


def find(folder: pathlib.Path, skip: take.Skip = take.unsaid) -> list[take.Take]:
    """Recordings by their names, however deep they lie.

    A recording is a file of `pose_arrays`, or a folder that holds one such file or
    OpenPose's frames. The last pieces of its path, joined by -, say who walks:
    001-nm-01-090.npy, 001/nm-01/090.json, 001-nm-01-090/..._keypoints.json.

    Args:
        folder: `CASIA_B`.
        skip: is told of all that is called otherwise, and of recordings without poses;
            of folders of which nothing is taken, not of each file in them.

    Returns:
        Takes; the only file of one that OpenPose wrote is its folder, as all its frames
        would be a million paths.

    Raises:
        errors.InputError: there is no recording, one is there twice, or a name says
            what CASIA-B does not have.
    """
    found: dict[str, take.Take] = {}
    for path, name in _recordings(folder, skip):
        one = _take(path, name)
        if one.name in found:
            raise errors.InputError(
                f"{found[one.name].files[0]} and {path} are both {one.name}; remove "
                "one."
            )
        found[one.name] = one
    if not found:
        _refuse(folder)
    return [found[name] for name in sorted(found, key=natural.key)]


def read(recording: take.Take, lift: Lift | None = None) -> take.Frames:
    """Reads one recording into OpenPose's first 14 joints, in the unit of the file.

    Lifting sees all frames, so that time has no gaps; those with a joint missing are
    left out afterwards.

    Args:
        recording: to read.
        lift: makes 3D of 2D; None: 2D is refused.

    Raises:
        errors.InputError: the recording is damaged, or has only 2D and nothing lifts
            it.
    """
    found = _poses(recording)
    seen = _visible(found)
    if found.flat and lift is None:
        _refuse_flat(recording, found)
    if found.flat and lift is not None and seen.any():
        found = _lifted(recording, found, lift)
        seen &= _visible(found)
    positions = joint_maps.convert(found.positions, found.skeleton, _JOINTS)[seen]
    return take.Frames(
        # What is still flat has no frame left.
        positions.astype(np.float32).reshape(-1, len(_JOINTS.joints), 3),
        _JOINTS.joints,
        _FPS,
        dropped=len(seen) - len(positions),
    )


FORMAT = take.Format(
    find,
    read,
    "a frame is dropped where one of the 14 joints has no confidence or no finite "
    "coordinate, or nobody was seen",
)


def _recordings(
    folder: pathlib.Path, skip: take.Skip
) -> Iterator[tuple[pathlib.Path, re.Match[str]]]:
    """Files and OpenPose's folders that are called like recordings, in one walk."""
    for here, folders, files in walking.walk(folder):
        pieces = here.relative_to(folder).parts
        arrays = [name for name in files if _is_array(name)]
        frames = any(name.lower().endswith(openpose.ENDING) for name in arrays)
        match = _named(pieces)
        if match is None:
            whole = frames or not (folders or arrays or here == folder)
            if whole:
                skip(here)
            for name in files:
                match = _named((*pieces, os.path.splitext(name)[0]))
                if match is not None and _is_array(name):
                    yield here / name, match
                elif not whole:
                    skip(here / name)
        elif frames:
            yield here, match
        elif len(arrays) == 1:
            yield here / arrays[0], match
        elif arrays or not files:
            raise errors.InputError(
                f"{here} holds {len(arrays)} files of poses; expected OpenPose's "
                f"frames (...{openpose.ENDING}) or one file "
                f"({', '.join(pose_arrays.SUFFIXES)}). Get it again or remove it."
            )
        else:
            skip(here)


def _is_array(name: str) -> bool:
    return name.lower().endswith(pose_arrays.SUFFIXES)


def _named(pieces: tuple[str, ...]) -> re.Match[str] | None:
    """The name that the last pieces of a path make, if it is a recording's."""
    for count in range(1, min(_PIECES, len(pieces)) + 1):
        match = _NAME.fullmatch("-".join(pieces[-count:]))
        if match is not None:
            return None if match[2].lower() in _BACKGROUND else match
    return None


def _take(path: pathlib.Path, name: re.Match[str]) -> take.Take:
    label, tag = name[1], name[2].lower()
    subject, number, view = int(label), int(name[3]), int(name[4])
    if not 1 <= subject <= _SUBJECTS:
        _refuse_name(path, name, f"subjects 001 to {_SUBJECTS}")
    if not view <= _LAST_VIEW:
        _refuse_name(path, name, f"views 000 to {_LAST_VIEW}")
    if tag not in _CONDITIONS:
        _refuse_name(path, name, f"the conditions {', '.join(_CONDITIONS)}")
    condition = f"{tag}-{number:02d}-{view:03d}"
    return take.Take(
        f"{subject:03d}-{condition}",
        subject,
        (path,),
        label=label,
        condition=condition,
        part=recordings_module.TRAIN if subject <= _TRAINING else tag,
    )


def _poses(recording: take.Take) -> poses.Poses:
    (path,) = recording.files
    return openpose.read(path) if path.is_dir() else pose_arrays.load(path)


def _visible(found: poses.Poses) -> np.ndarray:
    """[T] bool, True for frames of which all 14 joints were seen."""
    return take.visible(joint_maps.convert(found.positions, found.skeleton, _JOINTS))


def _lifted(recording: take.Take, found: poses.Poses, lift: Lift) -> poses.Poses:
    known = joint_maps.sources(skeletons.COCO_17)
    if found.skeleton.name not in known:
        raise errors.InputError(
            f"{recording.files[0]} holds 2D keypoints of {found.skeleton.name}; "
            f"expected {', '.join(known)} to lift."
        )
    flat, confidence = (
        joint_maps.convert(values, found.skeleton, skeletons.COCO_17)
        for values in (found.positions, found.confidence[..., np.newaxis])
    )
    try:
        lifted = lift(flat, confidence[..., 0])
    except errors.InputError as error:
        raise errors.InputError(f"{recording.files[0]}: {error}") from error
    return poses.make(lifted, skeletons.H36M_17)


def _refuse_name(path: pathlib.Path, name: re.Match[str], known: str) -> NoReturn:
    raise errors.InputError(
        f"{path} is called {name[0]}, but CASIA-B has {known}; rename or remove it."
    )


def _refuse(folder: pathlib.Path) -> NoReturn:
    videos = any(
        name.lower().endswith(_VIDEOS)
        for _, _, names in walking.walk(folder)
        for name in names
    )
    only = "only videos, whose poses must be estimated first" if videos else "no poses"
    raise errors.InputError(f"{folder} holds {only}; expected {_EXPECTED}.")


def _refuse_flat(recording: take.Take, found: poses.Poses) -> NoReturn:
    raise errors.InputError(
        f"{recording.files[0]} holds 2D keypoints {list(found.positions.shape)}; the "
        "third coordinate is missing, as SimMC needs [T, 14, 3]. Lift them: "
        "python Pre-process.py 40 --dataset CASIA_B --lift FILE.onnx "
        "(docs/published_data.md says how to get one), or give lifted arrays."
    )
