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


def leaning(look: look_module.Look) -> Iterator[str]:
    """People none of whose axes is vertical."""
    size = np.linalg.norm(look.upright)
    if not size > 0:  # NaN neither.
        return
    tilt = np.degrees(np.arccos(np.abs(look.upright).max() / size))
    if tilt > _TILT:
        yield (
            f"people lean {tilt:.0f} degrees away from "
            f"{look_module.AXES[_along(look)]}, the nearest axis: the sensor was "
            "tilted; turn positions until one axis is vertical, since --preset auto "
            "turns people about an axis"
        )


def directions(look: look_module.Look) -> Iterator[str]:
    """People who are upside down, or whose left is on the right."""
    swapped = np.array([_is_swapped(one) for one in look.measures])
    axis = _along(look)
    below = np.array([one.up == (axis, -1) for one in look.measures])
    if below.any():
        lengths = [one.upright[axis] for one in look.measures if one.up == (axis, -1)]
        yield (
            f"the head is {look_module.metres(-np.median(lengths))} below the feet "
            f"along {look_module.AXES[axis]}{look.where(below)}: "
            + _upside_down(look_module.AXES[axis], below, swapped)
        )
    if swapped.any() and not (below & swapped).all():
        yield _swapped(look, swapped)
    opposite = np.array([one.twist < -_SURE for one in look.measures])
    if opposite.any():
        yield (
            f"hips and shoulders have left on opposite sides{look.where(opposite)}: "
            "names of left and right are swapped in legs or in arms; mend joint_names"
        )


def _upside_down(letter: str, below: np.ndarray, swapped: np.ndarray) -> str:
    turn = f"multiply two axes of positions by -1, {letter} and one that is horizontal"
    if not below.all():
        return f"upside down there, and not in the others; {turn}"
    if swapped.all():
        return (
            f"and left joints are on the right, so {letter} alone was negated; "
            f"multiply {letter} of positions by -1"
        )
    return (
        f"{letter} points down, as in images, or people are upside down; it harms "
        f"nothing where all recordings are so, else {turn}"
    )


def _swapped(look: look_module.Look, swapped: np.ndarray) -> str:
    chosen = [one for one, is_so in zip(look.measures, swapped, strict=True) if is_so]
    told = dict.fromkeys(name for one in chosen for name in one.forward)
    agreement = np.mean([np.mean([*one.forward.values()]) for one in chosen])
    doubt = ", or they walk backwards" if [*told] == [measures_module.WALKING] else ""
    return (
        f"left joints are on the right{look.where(swapped)}, going by "
        f"{' and '.join(told)} (agreement {agreement:.2f} of 1): left and right are "
        f"swapped in joint_names, or one axis is mirrored{doubt}; swap the names, or "
        "multiply one horizontal axis of positions by -1"
    )


def _is_swapped(one: measures_module.Measures) -> bool:
    told = [*one.forward.values()]
    return bool(told) and max(told) < 0 and float(np.mean(told)) < -_SURE


def _along(look: look_module.Look) -> int:
    found = measures_module.up_of(look.upright)
    return 1 if found is None else found[0]
