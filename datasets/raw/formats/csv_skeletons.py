"""Kinect and MediaPipe skeletons in CSV files, as recording programs write them.

There is no standard. Taken are tables of

- a frame a row: columns `<joint><separator><axis>` (`SpineBase_X`, `PELVIS.x`, `HeadX`,
  `left_hip_y (mm)`, `x0`), or a header of two rows, the joint above X, Y, Z
  (Kinect2CSV);
- a joint a row: columns joint (name or number), x, y, z and, where there are several
  frames, frame or time (kinect_skeleton_dump);
- numbers alone, in the order of the SDK: 3J or 4J (tracking state last) a row, or
  J rows of 3 or 4 a frame.

Columns for tracking state, time and body are used, all others left out; a unit in the
names of coordinates (`Head_X (mm)`) is theirs. Axes stay as the file has them: Kinect's
y points up, Azure Kinect's and MediaPipe's down.
"""

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np

from datasets import skeletons
from datasets.raw import take
from datasets.raw.formats import (
    csv_columns,
    csv_table,
    joint_spellings,
    one_person,
    timing,
)
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class _Found:
    """What a file holds, a row a frame.

    Attributes:
        positions: [T, J, 3] float64, NaN where it says nothing.
        columns: of the coordinates.
        states: [T, J], above 0 where a joint was seen; None where it does not say.
        frames: that the file has, those without the body included.
        times: of the T frames; None where it has none.
        timed_by: name of the column that they are in.
    """

    positions: np.ndarray
    columns: Sequence[int]
    states: np.ndarray | None
    frames: int
    times: timing.Times | None = None
    timed_by: str = ""


def read(
    recording: take.Take,
    metres: float | None,
    fps: float,
    skeleton: skeletons.Skeleton,
    usual_metres: float = 1.0,
    with_states: bool = True,
    check: Callable[[str, np.ndarray], None] | None = None,
) -> take.Frames:
    """Reads one recording.

    Args:
        recording: of one file.
        metres: in one unit of its coordinates; None: as its header says.
        fps: frames a second where it has no times.
        skeleton: of J joints, that it holds.
        usual_metres: where neither `metres` nor the header says it.
        with_states: whether a joint of tracking state (confidence) 0 was not seen.
        check: (path, [T, J, 3] as they are in the file) raises errors.InputError where
            the coordinates are of another kind.

    Raises:
        errors.InputError: the file is damaged, holds other joints, or its header says
            another unit.
    """
    (path,) = recording.files
    table = csv_table.open_table(path, csv_columns.two_row_header)
    table = _with_joints_named(table, skeleton)
    names = [joint_spellings.plain(name) for name in table.header]
    if not names:
        found = _bare(table, skeleton)
    elif any(name in csv_columns.JOINT for name in names):
        found = _long(table, names, skeleton)
    else:
        found = _wide(table, names, skeleton)
    metres = csv_columns.metres(table, found.columns, metres, usual_metres)
    if check is not None:
        check(str(path), found.positions)
    tracked = None
    if with_states and found.states is not None:
        tracked = found.states > 0
    frames = one_person.frames(
        found.positions * metres, tracked, skeleton, fps, found.frames
    )
    times = None if found.times is None else (found.timed_by, found.times)
    return one_person.timed(frames, times, fps)


def _wide(
    table: csv_table.Table, names: list[str], skeleton: skeletons.Skeleton
) -> _Found:
    """A frame a row."""
    # Numbers of joints begin at 0 in most programs, at 1 in some.
    tries = [_matched(names, skeleton, first) for first in (None, 0, 1)]
    coordinates, states, twice = max(tries, key=lambda found: len(found[0]))
    for one, other in twice:
        raise errors.InputError(
            f"{table.path}, line {table.line}: columns {table.header[one]!r} and "
            f"{table.header[other]!r} are the same; remove one."
        )
    missing = [
        joint
        for index, joint in enumerate(skeleton.joints)
        if any((index, axis) not in coordinates for axis in range(3))
    ]
    if missing:
        joint = skeleton.joints[0]
        raise errors.InputError(
            f"{table.path}, line {table.line}: no columns for {', '.join(missing)}; "
            f"expected x, y and z of every joint, called {joint}_X, {joint}_Y, "
            f"{joint}_Z and so on."
        )
    columns = csv_columns.find(table.header)
    wanted = [coordinates[key] for key in sorted(coordinates)]
    # HandLeftState may be an open or closed hand: states count where all have one.
    wanted_states = sorted(states) if len(states) == len(skeleton.joints) else []
    numbers, texts, lines = table.read(
        wanted, (*columns.keys, *(states[joint] for joint in wanted_states))
    )
    bodies = columns.labels(texts, columns.body)
    body = one_person.body(bodies)
    rows = [row for row, label in enumerate(bodies) if label == body]
    key = columns.time if columns.frame is None else columns.frame
    num_frames = sum(label in ("", body) for label in bodies)
    if key is not None and len(rows) < len(bodies):
        num_frames = max(num_frames, len(set(columns.labels(texts, key))))
    texts, lines = [texts[row] for row in rows], [lines[row] for row in rows]
    return _Found(
        numbers[rows].reshape(len(rows), -1, 3),
        wanted,
        csv_columns.states(table, [row[len(columns.keys) :] for row in texts], lines),
        num_frames,
        columns.times(texts),
        columns.named(table.header),
    )


def _matched(
    names: list[str], skeleton: skeletons.Skeleton, first: int | None
) -> tuple[dict[tuple[int, int], int], dict[int, int], list[tuple[int, int]]]:
    """Columns of (joint, axis), of the states of joints, and which are the same."""
    coordinates: dict[tuple[int, int], int] = {}
    states: dict[int, int] = {}
    twice = []
    spelled = joint_spellings.coordinates(skeleton, first)
    spelled_states = joint_spellings.states(skeleton, first)
    for column, name in enumerate(names):
        if name in spelled:
            other = coordinates.setdefault(spelled[name], column)
            if other != column:
                twice.append((other, column))
        elif name in spelled_states:
            states.setdefault(spelled_states[name], column)
    return coordinates, states, twice


def _long(
    table: csv_table.Table, names: list[str], skeleton: skeletons.Skeleton
) -> _Found:
    """A joint a row."""
    axes = {
        csv_columns.AXES[name]: column
        for column, name in reversed([*enumerate(names)])
        if name in csv_columns.AXES
    }
    if len(axes) < 3:
        raise errors.InputError(
            f"{table.path}, line {table.line}: a joint a row, but no columns x, y and "
            f"z; found {', '.join(table.header)}."
        )
    columns = csv_columns.find(table.header)
    of_joint = next(i for i, name in enumerate(names) if name in csv_columns.JOINT)
    of_state = [i for i, name in enumerate(names) if joint_spellings.is_state(name)][:1]
    numbers, texts, lines = table.read(
        [axes[axis] for axis in range(3)], (*columns.keys, of_joint, *of_state)
    )
    labels = [row[len(columns.keys)] for row in texts]
    joint = csv_columns.joints(table, labels, lines, skeleton)
    bodies = columns.labels(texts, columns.body)
    body = one_person.body(bodies)
    rows = np.array([label == body for label in bodies])
    key = columns.time if columns.frame is None else columns.frame
    if key is None:
        # A frame begins where the first joint comes again.
        frame = np.cumsum(joint[rows] == joint[rows][0]) - 1
        num_frames = int(frame[-1]) + 1
    else:
        labels = columns.labels(texts, key)
        num_frames = len(set(labels))
        numbered: dict[str, int] = {}
        frame = np.array(
            [
                numbered.setdefault(label, len(numbered))
                for label in itertools.compress(labels, rows)
            ]
        )
    _, starts = np.unique(frame, return_index=True)
    joint = joint[rows]
    lines = list(itertools.compress(lines, rows))
    texts = list(itertools.compress(texts, rows))
    codes = frame * len(skeleton.joints) + joint
    remedy = "several bodies need a column body_id"
    if key is None:
        begins = skeleton.joints[joint[0]]
        remedy = (
            f"without a column frame, frames begin with {begins} as the first does, "
            "which may be missing here; add the column (and body_id, where there are "
            "several bodies)"
        )
    _check_once(table, codes, texts, lines, remedy)
    positions = np.full((len(starts), len(skeleton.joints), 3), np.nan)
    positions[frame, joint] = numbers[rows]
    states = csv_columns.states(
        table, [row[len(columns.keys) + 1 :] for row in texts], lines
    )
    if states is not None:
        by_joint = np.zeros(positions.shape[:2])
        by_joint[frame, joint] = states[:, 0]
        states = by_joint
    firsts = [texts[row] for row in starts]
    return _Found(
        positions,
        [*axes.values()],
        states,
        num_frames,
        columns.times(firsts),
        columns.named(table.header),
    )


def _bare(table: csv_table.Table, skeleton: skeletons.Skeleton) -> _Found:
    """Numbers alone, joints in the order of the skeleton."""
    num_joints = len(skeleton.joints)
    widths = (3, 4, 3 * num_joints, 4 * num_joints)
    first = next(table.rows)
    width = table.width
    if width not in widths and not first[1][-1].strip():  # A delimiter ends each row.
        width -= 1
    rows = itertools.chain([first], table.rows)
    table = dataclasses.replace(table, width=width, rows=rows)
    if width not in widths:
        raise errors.InputError(
            f"{table.path}, line {table.line}: {width} numbers; expected {widths[2]} "
            f"or, with tracking states, {widths[3]} in a row without a header, or 3 or "
            f"4 in {num_joints} rows a frame."
        )
    per_joint = 4 if width in widths[1::2] else 3
    numbers, _, _ = table.read(range(width), ())
    if numbers.size % (per_joint * num_joints):
        raise errors.InputError(
            f"{table.path} ends after {len(numbers)} rows, within a frame; a frame has "
            f"{num_joints}."
        )
    numbers = numbers.reshape(-1, num_joints, per_joint)
    states = numbers[..., 3] if per_joint == 4 else None
    return _Found(numbers[..., :3], (), states, len(numbers))


def _with_joints_named(
    table: csv_table.Table, skeleton: skeletons.Skeleton
) -> csv_table.Table:
    """Gives `Head;0.1;0.2;0.3` rows, a joint each, the header that they lack."""
    first = list(table.header)
    if (
        len(first) not in (4, 5)
        or joint_spellings.plain(first[0]) not in joint_spellings.joints(skeleton)
        or not all(map(csv_table.is_number, first[1:]))
    ):
        return table
    return dataclasses.replace(
        table,
        header=("joint", "x", "y", "z", "state")[: len(first)],
        rows=itertools.chain([(table.line, first)], table.rows),
    )


def _check_once(
    table: csv_table.Table,
    codes: np.ndarray,
    texts: list[tuple[str, ...]],
    lines: list[int],
    remedy: str,
) -> None:
    """Refuses a joint that is in a frame twice."""
    _, first = np.unique(codes, return_index=True)
    if len(first) < len(codes):
        row = int(np.setdiff1d(np.arange(len(codes)), first)[0])
        raise errors.InputError(
            f"{table.path}, line {lines[row]}: a joint that its frame already has "
            f"({', '.join(texts[row])}); {remedy}."
        )
