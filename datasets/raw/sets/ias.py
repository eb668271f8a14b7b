"""IAS-Lab RGBD-ID: a folder a person, for training and for two tests."""

import pathlib
from collections.abc import Collection

from datasets.raw import natural, take
from datasets.raw.sets import frame_files
from simmc_tf import errors

_TRAINING = "Training"
# A: other clothes; B: another room.
_PARTS = {_TRAINING: "train", "TestingA": "A", "TestingB": "B"}
# An assumption: OpenNI's tracker, which they were recorded with, keeps to the Kinect's
# 30 frames a second; nothing that can be read today says what was stored of them.
_FPS = 30.0
# Published: the first 10 frames of training, the first and the last 10 of the tests.
_CLIP = 10


def find(folder: pathlib.Path, skip: take.Skip = take.unsaid) -> list[take.Take]:
    """Recordings of the folders without folders in them, a person each.

    A person's number is the position of the folder's name in training, in natural
    order. Where training and a test have as many folders, but not one name in common,
    it is the position in each. A folder without frames is a person's only where one of
    its name in another part has frames.

    Args:
        folder: `IAS`.
        skip: is told what in it is no part and no person.

    Raises:
        errors.InputError: a part is missing, its persons are not those of training, or
            there are no frames.
    """
    frame_files.skip_others(folder, _PARTS, skip)
    found = {
        name: frame_files.leaves(frame_files.subfolder(folder, name), skip)
        for name in _PARTS
    }
    people = {
        leaf for leaves in found.values() for leaf, files in leaves.items() if files
    }
    if not people:
        raise errors.InputError(
            f"{folder}: no folder has frames (...{frame_files.ENDING}); expected them "
            f"in a folder a person in {', '.join(_PARTS)}."
        )
    for name, leaves in found.items():
        for leaf in leaves.keys() - people:
            skip(frame_files.subfolder(folder, name) / leaf)
            del leaves[leaf]
    takes = []
    for name, leaves in found.items():
        persons = _persons(folder / name, leaves, found[_TRAINING])
        takes += [
            take.Take(f"{name}/{leaf}", persons[leaf], files, leaf, part=_PARTS[name])
            for leaf, files in leaves.items()
        ]
    return takes


def read(recording: take.Take) -> take.Frames:
    """Reads one recording.

    Raises:
        errors.InputError: a file is damaged.
    """
    last = 0 if recording.part == _PARTS[_TRAINING] else _CLIP
    return frame_files.read(recording, _CLIP, last, _FPS)


FORMAT = take.Format(find, read, frame_files.MISSING)


def _persons(
    place: pathlib.Path, names: Collection[str], training: Collection[str]
) -> dict[str, int]:
    """Numbers of the persons of one part."""
    strange = [name for name in names if name not in training]
    if not strange:
        number = {name: position for position, name in enumerate(training)}
        return {name: number[name] for name in names}
    if len(strange) == len(names) == len(training):
        return {name: position for position, name in enumerate(names)}
    lacking = natural.listed([name for name in training if name not in names])
    raise errors.InputError(
        f"{place}: {natural.listed(strange)} is not in {_TRAINING}, and of {_TRAINING} "
        f"{lacking or 'nothing'} is missing; expected folders of "
        "the same names in all parts, or as many of quite other names."
    )
