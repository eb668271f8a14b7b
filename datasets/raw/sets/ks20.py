"""KS20: Kinect v2 walks in five views, a text or MATLAB file a frame."""

import pathlib
import re
from collections.abc import Iterator, Sequence

import numpy as np

from datasets import skeletons
from datasets.raw import take, text, walking
from datasets.raw.formats import joint_spellings
from datasets.raw.sets import frame_files, joint_order, ks20_mat
from simmc_tf import errors

_VIEWS = ("frontal", "left_diagonal", "left_lateral", "right_diagonal", "right_lateral")
# Body numbers of persons 0 to 19 (published).
BODIES = (*range(1, 5), *range(7, 10), *range(11, 18), *range(19, 25))
# The time is a whole number: neither 1e5 nor 1.5.
_NAME = re.compile(
    r"(gc[1-3])_body(\d+)(?:_(\d+)(?![^\W_]|[.,]\d))?(?!\d)",
    re.IGNORECASE | re.ASCII,
)
_FPS = 30.0  # Kinect v2's.
_SKELETON = skeletons.KINECT_V2
_JOINTS = _SKELETON.joints
_MAT = ".mat"


def find(folder: pathlib.Path, skip: take.Skip = take.unsaid) -> list[take.Take]:
    """Recordings of the files `gcS_bodyM_TIME...` in the folders of the views.

    A recording is one set of one body in one view; its condition is `gcS-VIEW`. Files
    that do not begin with gc are left out. MATLAB files may hold whole recordings and
    then need no time.

    Args:
        folder: `KS20`.
        skip: is told what is no view, and no such file in the views.

    Raises:
        errors.InputError: a view is missing, which would make another data set of it;
            a name does not fit; two files have one time; or text and MATLAB files of
            one recording are there.
    """
    frame_files.skip_others(folder, _VIEWS, skip)
    names = _view_names(folder)
    missing = [view for view in _VIEWS if view not in names]
    if missing:
        raise errors.InputError(
            f"{folder} lacks {', '.join(missing)} of the five views; get them again, "
            "or make empty folders of these names to go on without them."
        )
    takes = []
    for view in _VIEWS:
        groups: dict[tuple[str, int], list[tuple[int, pathlib.Path]]] = {}
        for path, part, body, time in _files(names[view], skip):
            groups.setdefault((part, body), []).append((time, path))
        takes += [
            take.Take(
                f"{view}/{part}_body{body}",
                BODIES.index(body),
                _in_time(groups[part, body]),
                f"body{body}",
                f"{part}-{view}",
            )
            for part, body in sorted(groups)
        ]
    if not takes:
        raise errors.InputError(
            f"{folder}: no file in the folders of the views is called as "
            "gc1_body1_1234567."
        )
    return takes


def read(recording: take.Take) -> take.Frames:
    """Reads one recording.

    A text line is `joint,x,y,z`: lines go by the joints' names or numbers, or are in
    the order of the Kinect v2's joints where they begin with something else.

    Raises:
        errors.InputError: a file is damaged.
    """
    if recording.files[0].suffix.lower() == _MAT:
        positions = np.concatenate([ks20_mat.read(path) for path in recording.files])
    else:
        positions = _read_text(recording.files)
    return take.keep(positions, _JOINTS, _FPS)


FORMAT = take.Format(
    find, read, "a frame is dropped where a coordinate is not a finite number"
)


def _view_names(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    present = {name.lower() for name in walking.listing(folder)[0]}
    return {
        view: frame_files.subfolder(folder, view) for view in _VIEWS if view in present
    }


def _files(
    folder: pathlib.Path, skip: take.Skip
) -> Iterator[tuple[pathlib.Path, str, int, int]]:
    """Files of a view with set, body and time (-1 where they have none)."""
    folders, names = walking.listing(folder)
    for name in folders:
        skip(folder / name)
    for name in sorted(names):
        if not name.lower().startswith("gc"):
            skip(folder / name)
            continue
        match = _NAME.match(name)
        path = folder / name
        if match is None or (match[3] is None and path.suffix.lower() != _MAT):
            raise errors.InputError(
                f"{path}: expected a name such as gc1_body1_1234567, of set gc1, gc2 "
                "or gc3, body and time; rename the file or remove it."
            )
        body = int(match[2])
        if body not in BODIES:
            raise errors.InputError(
                f"{path}: body {body} is none of KS20's, 1-4, 7-9, 11-17 and 19-24; "
                "rename the file or remove it."
            )
        yield path, match[1].lower(), body, int(match[3] or -1)


def _in_time(files: list[tuple[int, pathlib.Path]]) -> tuple[pathlib.Path, ...]:
    """Files of one recording in the order of time."""
    files = sorted(files)
    mat = [path for _, path in files if path.suffix.lower() == _MAT]
    other = [path for _, path in files if path.suffix.lower() != _MAT]
    if mat and other:
        raise errors.InputError(
            f"{mat[0]} and {other[0].name} are of one recording; remove its .mat or "
            "its text files."
        )
    for (time, path), (later, other_path) in zip(files, files[1:], strict=False):
        if time == later or time < 0:
            raise errors.InputError(
                f"{path} and {other_path.name} are of one recording and do not differ "
                "in time; remove one."
            )
    return tuple(path for _, path in files)


def _read_text(files: Sequence[pathlib.Path]) -> np.ndarray:
    """[T, 25, 3] float64."""
    frames = np.empty((len(files), len(_JOINTS), 3))
    orders: dict[tuple[str, ...], list[int]] = {}
    for frame, path in zip(frames, files, strict=True):
        rows = frame_files.rows(path, len(_JOINTS), 4)
        labels = tuple([row[0] for row in rows])
        if labels not in orders:
            orders[labels] = _order(path, labels)
        frame[:] = np.array(text.numbers(path, rows, 1, 4))[orders[labels]]
    return frames


def _order(path: pathlib.Path, labels: Sequence[str]) -> list[int]:
    known = joint_spellings.joints(_SKELETON)
    if any(joint_spellings.letters(label) in known for label in labels):
        return joint_order.by_name(path, labels, _SKELETON)
    if any(re.fullmatch(r"\s*[-+.\d]+\s*", label) for label in labels):
        return joint_order.by_number(path, labels)
    return list(range(len(labels)))
