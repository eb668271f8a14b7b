"""What must be known of a run's data to draw them; plain data."""

import dataclasses
from collections.abc import Mapping

import numpy as np


@dataclasses.dataclass(frozen=True)
class Subject:
    """Whom a run is about.

    Attributes:
        title: the data set and its probe, for people.
        bones: pairs of joint indices; none where vectors are no coordinates.
        top: joints of the head, as far as they are known.
        bottom: joints of the feet, as far as they are known.
        names: person number -> name, where the recordings have one.
        conditions: name of a split -> [N] str, under which each sequence was recorded
            (view, clothing, ...); no split of which that is not known.
    """

    title: str
    bones: tuple[tuple[int, int], ...] = ()
    top: tuple[int, ...] = ()
    bottom: tuple[int, ...] = ()
    names: Mapping[int, str] = dataclasses.field(default_factory=dict)
    conditions: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
