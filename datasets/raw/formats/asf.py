"""Acclaim's .asf: the bones of a body."""

import dataclasses
import pathlib

import numpy as np

from datasets.raw import text
from datasets.raw.formats import kinematics, mocap_text

_CHANNELS = ("TX", "TY", "TZ", "RX", "RY", "RZ")
_KEYWORDS = (
    *("ID", "NAME", "DIRECTION", "LENGTH", "AXIS", "DOF", "LIMITS", "BODYMASS"),
    *("COFMASS", "END"),
)


@dataclasses.dataclass
class Bone:
    """A bone, by its far end; the root is one of no length.

    Attributes:
        name: as in the file.
        parent: index of the bone that it hangs on, -1 for the root.
        channels: of the .amc, such as RX, in its order; the first turns first.
        offset: [3] from near to far end at rest.
        frame: [3, 3] axes that it turns about at rest, as columns.
    """

    name: str
    parent: int = -1
    channels: tuple[str, ...] = ()
    offset: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(3))
    frame: np.ndarray = dataclasses.field(default_factory=lambda: np.eye(3))


@dataclasses.dataclass(frozen=True)
class Body:
    """What an .asf says.

    Attributes:
        bones: parents before their children.
        length: of `:units`; 1 where there is none.
        in_degrees: whether angles are, both here and in .amc files that do not say.
    """

    bones: list[Bone]
    length: float
    in_degrees: bool


def read(path: pathlib.Path) -> Body:
    """Reads an .asf.

    Args:
        path: of the file.

    Raises:
        errors.InputError: it is damaged, or has bones of a kind that no known file has.
    """
    sections = _sections(path)
    length, in_degrees = _units(sections.get("UNITS"))
    root = _root(sections["ROOT"], in_degrees)
    bones = {"root": root}
    tokens = sections["BONEDATA"]
    while tokens.peek():
        tokens.take_word("BEGIN")
        bone = _bone(tokens, in_degrees)
        if bone.name.lower() in bones:
            tokens.fail(f"bone {bone.name} is there twice")
        bones[bone.name.lower()] = bone
    return Body(_tree(sections["HIERARCHY"], bones), length, in_degrees)


def _sections(path: pathlib.Path) -> dict[str, mocap_text.Tokens]:
    """Words of each section that begins with a colon, by its name."""
    words: dict[str, list[tuple[str, int]]] = {}
    name = ""
    lines = text.lines(path, latin=True)
    mocap_text.check_size(path, lines)
    for number, line in enumerate(lines, 1):
        found = line.replace("(", " ").replace(")", " ").split()
        if not found or found[0].startswith("#"):
            continue
        if found[0].startswith(":"):
            name = found.pop(0)[1:].upper()
            if not name or name in words:
                mocap_text.fail(
                    path, number, f"{line.split()[0]!r} where a new section should be"
                )
            words[name] = []
        if not name:
            mocap_text.fail(path, number, f"{found[0]!r} before the first section")
        words[name].extend((word, number) for word in found)
    for needed in ("ROOT", "BONEDATA", "HIERARCHY"):
        if not words.get(needed):
            mocap_text.fail(
                path, len(lines), f"the file ends without a section :{needed.lower()}"
            )
    return {name: mocap_text.Tokens(path, found) for name, found in words.items()}


def _units(tokens: mocap_text.Tokens | None) -> tuple[float, bool]:
    length, in_degrees = 1.0, True
    while tokens and tokens.peek():
        word = tokens.take("a unit").upper()
        if word == "LENGTH":
            length = tokens.number()
            if length <= 0:
                tokens.fail(f"length {length:g}; expected more than 0")
        elif word == "ANGLE":
            angle = tokens.take("deg or rad")
            if angle[:3].lower() not in ("deg", "rad"):
                tokens.fail(f"angle {angle!r}; expected deg or rad")
            in_degrees = angle[:3].lower() == "deg"
        else:
            tokens.take("a value")
    return length, in_degrees


def _root(tokens: mocap_text.Tokens, in_degrees: bool) -> Bone:
    root = Bone("root")
    axes, orientation = "XYZ", np.zeros(3)
    while tokens.peek():
        word = tokens.take("a property of the root").upper()
        if word == "ORDER":
            root.channels = _channels(tokens, _CHANNELS)
        elif word == "AXIS":
            axes = _axes(tokens)
        elif word == "POSITION":
            root.offset = tokens.vector()
        elif word == "ORIENTATION":
            orientation = tokens.vector()
        else:
            tokens.fail(
                f"{tokens.last!r} where order, axis, position or orientation should be"
            )
    if not root.channels:
        tokens.fail("the root has no order, such as TX TY TZ RX RY RZ")
    root.frame = _frame(orientation, axes, in_degrees)
    return root


def _bone(tokens: mocap_text.Tokens, in_degrees: bool) -> Bone:
    """Reads a bone to its end."""
    bone = Bone("")
    length, direction = None, None
    while (word := tokens.take("end").upper()) != "END":
        if word == "NAME":
            bone.name = tokens.take("a name")
        elif word == "DIRECTION":
            direction = tokens.vector()
        elif word == "LENGTH":
            length = tokens.number()
        elif word == "AXIS":
            angles = tokens.vector()
            bone.frame = _frame(angles, _axes(tokens), in_degrees)
        elif word == "DOF":
            bone.channels = _channels(tokens, _CHANNELS[3:])
        elif word in _KEYWORDS:
            # What has no part in the motion; limits go on over lines.
            while tokens.peek() and tokens.peek() not in _KEYWORDS:
                tokens.take("a number")
        else:
            tokens.fail(f"{tokens.last!r} where a property of a bone or end should be")
    if not bone.name.isprintable() or not bone.name:
        tokens.fail(f"a bone ends with the name {bone.name!r}")
    if length is None or direction is None:
        tokens.fail(f"bone {bone.name} ends without its direction or its length")
    with np.errstate(over="ignore"):
        bone.offset = direction * length
    if not np.isfinite(bone.offset).all():
        tokens.fail(f"bone {bone.name} of length {length:g} is longer than can be")
    return bone


def _channels(tokens: mocap_text.Tokens, known: tuple[str, ...]) -> tuple[str, ...]:
    """Channels in the rest of a line."""
    words = tokens.rest_of_line()
    found = tuple(word.upper() for word in words)
    if not set(found) <= set(known) or len(set(found)) < len(found):
        tokens.fail(
            f"channels {' '.join(words)}; expected each of {' '.join(known)} at most "
            "once"
        )
    return found


def _axes(tokens: mocap_text.Tokens) -> str:
    axes = tokens.take("an order of axes").upper()
    if sorted(axes) != ["X", "Y", "Z"]:
        tokens.fail(f"axis order {tokens.last!r}; expected X, Y and Z in some order")
    return axes


def _frame(angles: np.ndarray, axes: str, in_degrees: bool) -> np.ndarray:
    """[3, 3] of angles about axes that stand still, the first letter first."""
    if in_degrees:
        angles = np.radians(angles)
    # The angles are those of x, y and z, whatever the order.
    ordered = [angles["XYZ".index(axis)] for axis in reversed(axes)]
    return kinematics.rotation(np.array([ordered]), axes[::-1])[0]


def _tree(tokens: mocap_text.Tokens, bones: dict[str, Bone]) -> list[Bone]:
    """Bones in an order in which parents come first, with their parents."""
    tokens.take_word("BEGIN")
    ordered = [bones["root"]]
    places = {"root": 0}
    while (word := tokens.take("end")).upper() != "END":
        if word.lower() not in places:
            tokens.fail(f"{word!r} has children before it is a child itself")
        for child in tokens.rest_of_line():
            name = child.lower()
            if name not in bones:
                tokens.fail(f"{child!r} is no bone of :bonedata")
            if name in places:
                tokens.fail(f"{child!r} has two parents")
            bones[name].parent = places[word.lower()]
            places[name] = len(ordered)
            ordered.append(bones[name])
    if len(ordered) < len(bones):
        loose = sorted(set(bones) - set(places))
        tokens.fail(f"{', '.join(loose)} of :bonedata hang on no bone")
    return ordered
