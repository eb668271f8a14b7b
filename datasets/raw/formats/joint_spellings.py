"""How programs spell the joints of a skeleton, and the columns that hold them."""

import functools
import re

from datasets import skeletons

_SIDES = ("Left", "Right")
# Two letters that look alike.
_MICRO = re.compile("[\u00b5\u03bc]")
_PREFIXES = re.compile("^(k4abtjoint|jointtype|nuiskeletonposition)")
# What stands between a joint's name, or its number, and the axis.
_BETWEEN = ("", "pos", "position", "camera", "world")
# Metres in one unit.
_UNITS = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1.0),
    **dict.fromkeys(("cm", "centimeters", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeters", "millimetres"), 0.001),
}
AXIS_ENDINGS = ("", *_UNITS)
_UNIT = re.compile(f"[xyz]({'|'.join(_UNITS)})$")
_NUMBERED = ("", "j", "joint", "landmark", "lm", "kp", "keypoint", "point", "marker")
_STATES = (
    *("state", "tracked", "trackingstate", "trackstate", "tracking"),
    *("conf", "confidence", "confidencelevel"),
)


def plain(name: str) -> str:
    """A name without case and separators: `Head_X (mm)` is `headxmm`, µs is us."""
    name = _MICRO.sub("u", name.lower())
    return _PREFIXES.sub("", re.sub(r"[^a-z0-9]", "", name))


def letters(name: str) -> str:
    """A plain name without digits: `2: Head` is `head`."""
    return re.sub("[0-9]", "", plain(name))


def is_state(name: str) -> bool:
    """Whether a column of this plain name says how well a joint was tracked."""
    return name in _STATES


def unit(name: str) -> float | None:
    """Metres in the unit that a coordinate's column says: `Head_X (mm)`, `y [m]`."""
    found = _UNIT.search(plain(name))
    return _UNITS[found[1]] if found else None


@functools.cache
def joints(skeleton: skeletons.Skeleton) -> dict[str, int]:
    """Joint indices by every spelling: elbowleft, leftelbow, lelbow, elbowl."""
    found = {}
    for index, joint in enumerate(skeleton.joints):
        names = [joint]
        for side in _SIDES:
            if joint.endswith(side):
                stem = joint.removesuffix(side)
                names += [side + stem, side[0] + stem, stem + side[0]]
        names += [name.replace("Center", "Centre") for name in names]
        # So spelled by Python and C# programs around the Body Tracking SDK.
        names += [name.replace("Navel", "Naval") for name in names]
        found.update({plain(name): index for name in names})
    return found


@functools.cache
def coordinates(
    skeleton: skeletons.Skeleton, first: int | None = None
) -> dict[str, tuple[int, int]]:
    """(joint, axis) by every spelling of a column, as `plain` makes it.

    Args:
        skeleton: whose joints the columns are named after.
        first: number of the first joint where they are numbered instead.
    """
    return {
        name: (index, axis)
        for spelling, index in _named(skeleton, first).items()
        for axis, letter in enumerate("xyz")
        for name in (
            letter + spelling,
            *(
                spelling + between + letter + unit
                for between in _BETWEEN
                for unit in AXIS_ENDINGS
            ),
        )
    }


@functools.cache
def states(skeleton: skeletons.Skeleton, first: int | None = None) -> dict[str, int]:
    """Joint by every spelling of the column that says how well it was tracked."""
    return {
        spelling + state: index
        for spelling, index in _named(skeleton, first).items()
        for state in _STATES
    }


def _named(skeleton: skeletons.Skeleton, first: int | None) -> dict[str, int]:
    if first is None:
        return joints(skeleton)
    return {
        f"{word}{index + first}": index
        for index in range(len(skeleton.joints))
        for word in _NUMBERED
    }
