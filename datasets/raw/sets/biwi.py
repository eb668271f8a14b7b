"""BIWI RGBD-ID: a folder a person, called by the person's number."""

import pathlib

from datasets.raw import take
from datasets.raw.sets import frame_files
from simmc_tf import errors

_TESTING = "Testing"
_PARTS = {
    ("Training",): "train",
    (_TESTING, "Still"): "Still",
    (_TESTING, "Walking"): "Walking",
}
# Its README: "acquired at about 10fps".
_FPS = 10.0
_CLIP = 10  # Published: the first and the last 10 frames.


def find(folder: pathlib.Path, skip: take.Skip = take.unsaid) -> list[take.Take]:
    """Recordings of the folders without folders in them; their names are numbers.

    Args:
        folder: `BIWI`.
        skip: is told what in it is no part, and no person: folders without frames
            whose names are no numbers.

    Raises:
        errors.InputError: a part is missing, or the name of a folder of frames is no
            number.
    """
    frame_files.skip_others(folder, {names[0] for names in _PARTS}, skip)
    tests = [names[1] for names in _PARTS if names[0] == _TESTING]
    frame_files.skip_others(frame_files.subfolder(folder, _TESTING), tests, skip)
    takes = []
    for names, part in _PARTS.items():
        place = folder
        for name in names:
            place = frame_files.subfolder(place, name)
        for leaf, files in frame_files.leaves(place, skip).items():
            label = leaf.split("/")[-1]
            if not label.isdecimal():
                if not files:
                    skip(place / leaf)
                    continue
                raise errors.InputError(
                    f"{place / leaf}: a person's folder is called by the person's "
                    f"number, not {label}; rename it."
                )
            name = "/".join((*names, leaf))
            takes.append(take.Take(name, int(label), files, label, part=part))
    return takes


def read(recording: take.Take) -> take.Frames:
    """Reads one recording.

    Raises:
        errors.InputError: a file is damaged.
    """
    return frame_files.read(recording, _CLIP, _CLIP, _FPS)


FORMAT = take.Format(find, read, frame_files.MISSING)
