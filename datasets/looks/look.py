"""Recordings that are looked through, and how they are told of."""

import dataclasses
import functools
import math
from collections.abc import Sequence

import numpy as np

from datasets import anatomy as anatomy_module
from datasets import recordings as recordings_module
from datasets.looks import measures as measures_module

# Recordings that are measured, and names that are listed, at most.
_MOST_MEASURED, SHOWN = 1000, 3
AXES = "xyz"


@dataclasses.dataclass(frozen=True)
class Remark:
    """What is odd.

    Attributes:
        text: what was seen, what it means, what to do about it.
        concerned: [R] bool, the recordings that are so; None: all.
    """

    text: str
    concerned: np.ndarray | None = None

    def concerns(self, index: int | None) -> bool:
        """Whether it is about one of the recordings; None: one that is not there."""
        if self.concerned is None:
            return True
        return index is not None and bool(self.concerned[index])


@dataclasses.dataclass(frozen=True)
class Look:
    """Recordings, and what was measured of them.

    Attributes:
        recordings: all.
        anatomy: of their joints.
        measured: numbers of the recordings that were measured.
        measures: of each of those.
        called: what they are, in the plural.
        metres: in one unit of the numbers that they were read from; None: unknown.
    """

    recordings: recordings_module.Recordings
    anatomy: anatomy_module.Anatomy
    measured: tuple[int, ...]
    measures: tuple[measures_module.Measures, ...]
    called: str = "recordings"
    metres: float | None = None

    @functools.cached_property
    def upright(self) -> np.ndarray:
        """[3] from feet to head, in the median recording; NaN where unknown."""
        found = [one.upright for one in self.measures if np.isfinite(one.upright).all()]
        return np.median(found, axis=0) if found else np.full(3, np.nan)

    @property
    def height(self) -> float:
        """Metres from feet to head, in the median recording."""
        heights = [one.height for one in self.measures if not math.isnan(one.height)]
        return float(np.median(heights)) if heights else math.nan

    def remark(self, text: str, chosen: Sequence[bool] | np.ndarray) -> Remark:
        """A remark on some of the measured recordings."""
        concerned = np.zeros(len(self.recordings), bool)
        concerned[np.array(self.measured)[np.asarray(chosen, bool)]] = True
        return Remark(text, concerned)

    def where(self, chosen: Sequence[bool] | np.ndarray) -> str:
        """In which of the measured recordings, for people; empty for the only one."""
        numbers = np.flatnonzero(chosen)
        total = len(self.measured)
        if len(numbers) == total:
            return "" if total == 1 else f" in all {total:,} {self.called}"
        names = self.recordings.recording[np.array(self.measured)[numbers]]
        share = f"{len(numbers):,} of {total:,} {self.called}"
        return f" in {share} ({listed(names)})"


def at(
    recordings: recordings_module.Recordings, called: str, metres: float | None
) -> Look:
    """Measures some recordings, all of them if there are not too many."""
    anatomy = anatomy_module.of(recordings.joint_names)
    step = -(-len(recordings) // _MOST_MEASURED)
    measured = tuple(range(0, len(recordings), step))
    measures = tuple(
        measures_module.measure(recordings.frames(i), recordings.fps[i], anatomy)
        for i in measured
    )
    return Look(recordings, anatomy, measured, measures, called, metres)


def listed(names: Sequence[str] | np.ndarray) -> str:
    """The first few names."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def metres(size: float, unit: str = "m") -> str:
    """A length, for people."""
    return f"{size:,.0f} {unit}" if size >= 100 else f"{size:.3g} {unit}"
