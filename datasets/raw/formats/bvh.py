"""BVH motion capture: a tree of joints, then a line of channels a frame."""

import dataclasses
import math
import pathlib

import numpy as np

from datasets import recordings
from datasets.raw import folder, take, text
from datasets.raw.formats import kinematics, mocap_text, resampling


@dataclasses.dataclass
class _Joint:
    """A joint, or the end of a limb.

    Attributes:
        name: as in the file; an End Site's is its parent's with `End`.
        parent: its index, -1 for the root.
        offset: [3] place at rest, as the parent sees it.
        channels: (axis X, Y or Z, position or rotation) of its columns.
    """

    name: str
    parent: int
    offset: np.ndarray
    channels: list[tuple[str, str]] = dataclasses.field(default_factory=list)


def read(recording: take.Take, metres: float, fps: float) -> take.Frames:
    """Reads one recording; End Sites are joints too.

    A position channel takes the place of its joint's OFFSET, as in Blender. Programs
    that add the two to place the root move whole recordings, which changes no pose.

    Args:
        recording: of one file.
        metres: in one unit of it.
        fps: not needed, the file says it.

    Raises:
        errors.InputError: the file is damaged.
    """
    (path,) = recording.files
    lines = text.lines(path, latin=True)
    end = _hierarchy_end(path, lines)
    mocap_text.check_size(path, lines[:end])
    joints = _joints(path, lines[:end])
    motion, rate = _motion(path, lines, end, joints)
    seen = np.isfinite(motion).all(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):  # No numbers: dropped.
        positions = _placed(joints, motion[seen]) * metres
    joint_names = tuple(joint.name for joint in joints)
    return take.keep(positions, joint_names, rate, num_frames=len(motion))


SENSOR = folder.Sensor(
    suffixes=(".bvh",),
    read=read,
    # The format names no unit; most programs write centimetres.
    unit="cm",
    fps=30.0,
    missing="a frame is dropped where a channel is not a finite number",
)


def _placed(joints: list[_Joint], motion: np.ndarray) -> np.ndarray:
    """[T, J, 3] joints in the file's unit, of [T, channels]."""
    rotations, translations = [], []
    column = 0
    for joint in joints:
        translation = np.tile(joint.offset, (len(motion), 1))
        axes, turns = "", []
        for axis, kind in joint.channels:
            if kind == "rotation":
                axes += axis
                turns.append(column)
            else:
                translation[:, "XYZ".index(axis)] = motion[:, column]
            column += 1
        rotations.append(kinematics.rotation(np.radians(motion[:, turns]), axes))
        translations.append(translation)
    return kinematics.forward([j.parent for j in joints], rotations, translations)


def _hierarchy_end(path: pathlib.Path, lines: list[str]) -> int:
    """Index of the line MOTION."""
    for index, line in enumerate(lines):
        if line.strip().upper() == "MOTION":
            return index
    return mocap_text.fail(path, len(lines), "the file ends before the line MOTION")


def _joints(path: pathlib.Path, lines: list[str]) -> list[_Joint]:
    """Reads the tree, parents before their children."""
    tokens = mocap_text.Tokens(
        path,
        [
            (word, number)
            for number, line in enumerate(lines, 1)
            for word in line.replace("{", " { ").replace("}", " } ").split()
        ],
    )
    tokens.take_word("HIERARCHY")
    joints: list[_Joint] = []
    names: set[str] = set()
    # The joints whose braces are open; no recursion, for trees of any depth.
    opened: list[int] = []
    while not joints or opened:
        expected = "JOINT, End Site or }" if joints else "ROOT"
        word = tokens.take(expected).upper()
        parent = opened[-1] if opened else -1
        if word == "}" and joints:
            opened.pop()
        elif word == "END" and joints:
            tokens.rest_of_line("{")
            joints.append(_end_site(tokens, joints[parent].name, parent, names))
        elif word == ("JOINT" if joints else "ROOT"):
            opened.append(len(joints))
            joints.append(_joint(tokens, parent, names))
        else:
            tokens.fail(f"{tokens.last!r} where {expected} should be")
    if tokens.peek():
        tokens.fail(
            f"{tokens.take('MOTION')!r} where MOTION should be: one skeleton a file is "
            "what can be read"
        )
    return joints


def _joint(tokens: mocap_text.Tokens, parent: int, names: set[str]) -> _Joint:
    """Reads a joint up to its first child."""
    name = " ".join(tokens.rest_of_line("{"))
    if not name or name in names or not name.isprintable():
        tokens.fail(f"{name!r} where a joint's name that no other has should be")
    names.add(name)
    tokens.take_word("{")
    tokens.take_word("OFFSET")
    joint = _Joint(name, parent, tokens.vector())
    tokens.take_word("CHANNELS")
    count = tokens.take("the number of channels")
    if count not in tuple("0123456"):
        tokens.fail(f"{count!r} channels; expected 0 to 6")
    for _ in range(int(count)):
        joint.channels.append(_channel(tokens, joint.channels))
    return joint


def _end_site(
    tokens: mocap_text.Tokens, of: str, parent: int, names: set[str]
) -> _Joint:
    """Reads an End Site to its closing brace."""
    name, number = f"{of}End", 1
    while name in names:
        number += 1
        name = f"{of}End{number}"
    names.add(name)
    tokens.take_word("{")
    tokens.take_word("OFFSET")
    joint = _Joint(name, parent, tokens.vector())
    tokens.take_word("}")
    return joint


def _channel(
    tokens: mocap_text.Tokens, before: list[tuple[str, str]]
) -> tuple[str, str]:
    word = tokens.take("a channel")
    channel = (word[:1].upper(), word[1:].lower())
    if channel[0] not in tuple("XYZ") or channel[1] not in ("position", "rotation"):
        tokens.fail(
            f"channel {word!r}; expected X, Y or Z with position or rotation, such as "
            "Zrotation"
        )
    if channel in before:
        tokens.fail(f"channel {word} is there twice in a joint")
    return channel


def _motion(
    path: pathlib.Path, lines: list[str], start: int, joints: list[_Joint]
) -> tuple[np.ndarray, float]:
    """Reads the frames.

    Args:
        path: of the file, for messages.
        lines: of the file.
        start: index of the line MOTION.
        joints: whose channels they are.

    Returns:
        [T, channels] numbers and frames a second.

    Raises:
        errors.InputError: a line is damaged or missing.
    """
    width, num_joints = sum(len(joint.channels) for joint in joints), len(joints)
    rows = [
        (number, line)
        for number, line in enumerate(lines[start + 1 :], start + 2)
        if line.strip()
    ]
    count = _header(path, lines, rows[:1], "Frames:")
    frame_time = _header(path, lines, rows[1:2], "Frame Time:")
    rate = 1 / frame_time if frame_time > 0 else math.inf
    if not 0 < rate <= recordings.FASTEST:
        least = f"{1 / recordings.FASTEST:g} seconds or more"
        mocap_text.fail(
            path, rows[1][0], f"Frame Time {frame_time:g}; expected {least}"
        )
    if len(rows) - 2 != count:
        mocap_text.fail(
            path,
            rows[0][0],
            f"Frames: {count:g}, but {len(rows) - 2} lines of motion follow",
        )
    mocap_text.check_count(path, len(rows) - 2, max(width, num_joints))
    motion = np.empty((len(rows) - 2, width))
    for index, (number, row) in enumerate(rows[2:]):
        words = row.split()
        if len(words) != width:
            mocap_text.fail(
                path, number, f"{len(words)} numbers; the joints have {width} channels"
            )
        motion[index] = text.line_numbers(path, number, words)
    whole = max(1.0, float(round(rate)))
    return motion, whole if resampling.same_rate(rate, whole) else rate


def _header(
    path: pathlib.Path, lines: list[str], row: list[tuple[int, str]], name: str
) -> float:
    """The number of a line such as `Frames: 100`."""
    number, line = row[0] if row else (len(lines), "")
    start, _, value = line.partition(":")
    if " ".join(start.split()).upper() + ":" != name.upper():
        mocap_text.fail(path, number, f"{line.strip()!r} where {name} should be")
    words = value.split()
    if len(words) != 1:
        mocap_text.fail(path, number, f"{name} {value.strip()!r}; expected a number")
    return text.line_numbers(path, number, words)[0]
