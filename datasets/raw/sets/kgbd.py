"""KGBD: one text file a recording, `Joint;x;y;z`, 20 lines a frame."""

import pathlib
import re

import numpy as np

from datasets import skeletons
from datasets.raw import natural, take, text, walking
from datasets.raw.sets import frame_files, joint_order
from simmc_tf import errors

_INNER = "kinect gait raw dataset"
_FPS = 30.0
_CLIP = 10  # Published: the first and the last 10 frames.
_SKELETON = skeletons.KGBD
_JOINTS = _SKELETON.joints


def find(folder: pathlib.Path, skip: take.Skip = take.unsaid) -> list[take.Take]:
    """Recordings in `PersonNNN` folders; person NNN.

    A recording is a .txt with a digit in its name, as all have: 1.txt, but not
    readme.txt.

    Args:
        folder: `KGBD`.
        skip: is told of everything else that lies in the folders.

    Raises:
        errors.InputError: there is no such folder in it.
    """
    frame_files.skip_others(folder, [_INNER], skip)
    inner = folder / _INNER
    persons: dict[int, pathlib.Path] = {}
    folders, others = walking.listing(inner)
    for folder_name in others:
        skip(inner / folder_name)
    for folder_name in sorted(folders, key=natural.key):
        name = re.fullmatch(r"person\s*(\d+)", folder_name, re.IGNORECASE)
        if name is None:
            skip(inner / folder_name)
            continue
        path, number = inner / folder_name, int(name[1])
        if number in persons:
            raise errors.InputError(
                f"{path} and {persons[number].name} are both person {number}; remove "
                "one."
            )
        persons[number] = path
    if not persons:
        raise errors.InputError(f"{inner} has no folders called PersonNNN.")
    return [
        one
        for number, path in sorted(persons.items())
        for one in _takes(path, number, skip)
    ]


def _takes(folder: pathlib.Path, person: int, skip: take.Skip) -> list[take.Take]:
    """A person's recordings; one without a file where there are none."""
    files: dict[str, pathlib.Path] = {}
    folders, names = walking.listing(folder)
    for name in folders:
        skip(folder / name)
    for path in (folder / name for name in sorted(names, key=natural.key)):
        if path.suffix.lower() != ".txt" or not re.search(r"\d", path.stem):
            skip(path)
            continue
        if path.stem in files:
            raise errors.InputError(
                f"{path} and {files[path.stem].name} differ in capitals alone; remove "
                "one."
            )
        files[path.stem] = path
    if not files:
        return [take.Take(folder.name, person, (), folder.name)]
    return [
        take.Take(f"{folder.name}/{stem}", person, (path,), folder.name)
        for stem, path in files.items()
    ]


def read(recording: take.Take) -> take.Frames:
    """Reads one recording; joints go by their names, into the catalogue's order.

    Raises:
        errors.InputError: the file is damaged.
    """
    if not recording.files:
        return take.Frames(np.empty((0, len(_JOINTS), 3), np.float32), _JOINTS, _FPS)
    (path,) = recording.files
    rows = text.split(path, text.lines(path), ";", 4)
    order = _order(path, [row[0] for row in rows])
    coordinates = np.array(text.numbers(path, rows, 1, 4))
    frames = coordinates.reshape(-1, len(_JOINTS), 3)[:, order]
    return take.keep(frames, _JOINTS, _FPS, first=_CLIP, last=_CLIP)


FORMAT = take.Format(
    find, read, "a frame is dropped where a coordinate is not a finite number"
)


def _order(path: pathlib.Path, names: list[str]) -> list[int]:
    """Lines of a frame in the catalogue's order of joints."""
    num_joints = len(_JOINTS)
    frame = names[:num_joints]
    order = joint_order.by_name(path, frame, _SKELETON)
    for start in range(0, len(names), num_joints):
        if names[start : start + num_joints] == frame:
            continue
        for number, name in enumerate(names[start : start + num_joints]):
            if name != frame[number]:
                raise errors.InputError(
                    f"{path}, line {start + number + 1}: joint {name!r} where "
                    f"{frame[number]!r} should be; a line is missing or too many."
                )
        raise errors.InputError(
            f"{path} ends after {len(names)} lines, within a frame; a frame has "
            f"{num_joints}. Remove it or get it again."
        )
    return order
