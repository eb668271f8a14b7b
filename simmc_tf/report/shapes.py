"""What the shapes of the signs on a map tell: conditions, or gallery from probes."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from simmc_tf.report import groups

# Shapes that are told apart at the size of a sign.
MOST = 8
_UNKNOWN = "not told"


@dataclasses.dataclass(frozen=True)
class Shapes:
    """A shape for every sign.

    Attributes:
        names: of the shapes.
        number: [n] index into `names`.
        of_conditions: whether they are conditions; else they are the parts.
        said: what a reader must know of them, a sentence; may be empty.
    """

    names: Sequence[str]
    number: np.ndarray
    of_conditions: bool
    said: str


_CONDITIONS = (
    "Shapes are the conditions of the recordings{hollow}. Good: an island holds all "
    "shapes of its colour; where a shape lies apart, the model takes people under that "
    "condition for others."
)
_HOLLOW = ", filled in the gallery and hollow for the probes"
_PARTS = "Shapes tell gallery from probes"


def of(points: groups.Points) -> Shapes:
    """Chooses what they tell: conditions where there are 2 to `MOST` of them."""
    several = len(points.parts) > 1
    if points.condition is None:
        why = "nothing tells the conditions (view, clothing) of these recordings"
        return _of_parts(points, f"{_PARTS}: {why}." if several else "")
    told = np.where(points.condition == "", _UNKNOWN, points.condition)
    names = np.unique(told)
    if len(names) == 1:
        why = f"all were recorded under one condition, {names[0]}"
        return _of_parts(points, f"{_PARTS}: {why}." if several else "")
    said = _CONDITIONS.format(hollow=_HOLLOW if several else "")
    if len(names) > MOST:
        place = _place(names)
        if place is None:
            why = f"{len(names)} conditions are too many to have a shape each"
            return _of_parts(points, f"{_PARTS}: {why}." if several else "")
        said += (
            f" There are {len(names)}, such as {names[0]}: shapes are what stands at "
            f"place {place + 1} of their names."
        )
        told = _fields(told)[:, place]
    distinct, number = np.unique(told, return_inverse=True)
    return Shapes(distinct.tolist(), number.reshape(-1), True, said)


def _of_parts(points: groups.Points, said: str) -> Shapes:
    return Shapes(points.parts, points.part, False, said)


def _fields(names: np.ndarray) -> np.ndarray:
    """[n, F] what stands between the hyphens of names that have F such fields."""
    return np.array([name.split("-") for name in names.tolist()])


def _place(names: np.ndarray) -> int | None:
    """Of names such as `gc1-frontal` the field that tells most, in so many shapes."""
    if len({name.count("-") for name in names.tolist()}) > 1:
        return None
    counts = [len(np.unique(field)) for field in _fields(names).T]
    fits = [place for place, count in enumerate(counts) if 1 < count <= MOST]
    return max(fits, key=lambda place: counts[place], default=None)
