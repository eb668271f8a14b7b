"""People who lean, hang upside down, or whose left is on the right."""

from collections.abc import Iterator

import numpy as np

from datasets.looks import look as look_module
from datasets.looks import measures as measures_module

# Degrees between the axis of standing people and the nearest one of the coordinates.
_TILT = 30.0
# Mean agreement of what tells the front with left and right, beyond which it is sure;
# of motion capture with 30 mm of noise 0.3 at the least, of good walks 0.9.
_SURE = 0.5


def leaning(look: look_module.Look) -> Iterator[look_module.Remark]:
    """People none of whose axes is vertical."""
    size = np.linalg.norm(look.upright)
    if not size > 0:  # NaN neither.
        return
    tilt = np.degrees(np.arccos(np.abs(look.upright).max() / size))
    if tilt > _TILT:
        yield look_module.Remark(
            f"people lean {tilt:.0f} degrees away from "
            f"{look_module.AXES[_along(look)]}, the nearest axis: the sensor was "
            "tilted; turn the coordinates until one axis is vertical where you can, "
            "since --preset auto turns people about an axis"
        )


def directions(look: look_module.Look) -> Iterator[look_module.Remark]:
    """People who are upside down, or whose left is on the right."""
    swapped = np.array([_is_swapped(one) for one in look.measures])
    axis = _along(look)
    below = np.array([one.up == (axis, -1) for one in look.measures])
    if below.any():
        lengths = [one.upright[axis] for one in look.measures if one.up == (axis, -1)]
        text = (
            f"the head is {look_module.metres(-np.median(lengths))} below the feet "
            f"along {look_module.AXES[axis]}{look.where(below)}: "
            + _upside_down(axis, below, swapped)
        )
        yield look.remark(text, below)
    if swapped.any() and not (below & swapped).all():
        yield look.remark(_swapped(look, axis, swapped), swapped)
    opposite = np.array([one.twist < -_SURE for one in look.measures])
    if opposite.any():
        text = (
            f"hips and shoulders have left on opposite sides{look.where(opposite)}: "
            "names of left and right are swapped in legs or in arms; mend the names of "
            "the joints in the files"
        )
        yield look.remark(text, opposite)


def _upside_down(axis: int, below: np.ndarray, swapped: np.ndarray) -> str:
    letter = look_module.AXES[axis]
    turn = f"--flip {letter},{_horizontal(axis)} to Pre-process.py"
    if not below.all():
        return (
            "upside down there, and not in the others; give those alone to "
            f"Pre-process.py, with --flip {letter},{_horizontal(axis)} --save FILE.npz"
        )
    if swapped.all():
        return (
            f"and left joints are on the right, so {letter} alone was negated; say "
            f"--flip {letter} to Pre-process.py"
        )
    return (
        f"{letter} points down, as in images, or people are upside down; it harms "
        f"nothing where all recordings are so, else say {turn}"
    )


def _horizontal(axis: int) -> str:
    """Letter of the last axis that is not the vertical."""
    return "z" if axis < 2 else "y"


def _swapped(look: look_module.Look, axis: int, swapped: np.ndarray) -> str:
    chosen = [one for one, is_so in zip(look.measures, swapped, strict=True) if is_so]
    told = dict.fromkeys(name for one in chosen for name in one.forward)
    agreement = np.mean([np.mean([*one.forward.values()]) for one in chosen])
    doubt = ", or they walk backwards" if [*told] == [measures_module.WALKING] else ""
    return (
        f"left joints are on the right{look.where(swapped)}, going by "
        f"{' and '.join(told)} (agreement {agreement:.2f} of 1): left and right are "
        f"swapped in the joints' names, or one axis is mirrored{doubt}; say "
        f"--swap_sides to Pre-process.py, or --flip {_horizontal(axis)} where it is "
        "the axis"
    )


def _is_swapped(one: measures_module.Measures) -> bool:
    told = [*one.forward.values()]
    return bool(told) and max(told) < 0 and float(np.mean(told)) < -_SURE


def _along(look: look_module.Look) -> int:
    found = measures_module.up_of(look.upright)
    return 1 if found is None else found[0]
