"""All that is odd about recordings, going by the anatomy of people."""

import dataclasses

import numpy as np

from datasets import recordings as recordings_module
from datasets.looks import build, look, measures, posture, tracking


@dataclasses.dataclass(frozen=True)
class Findings:
    """What recordings look like.

    Attributes:
        up: the axis along which people stand, and its sign; None where unknown.
        height: from feet to head in the recordings' unit; NaN where unknown.
        remarks: on what is odd.
    """

    up: tuple[int, int] | None
    height: float
    remarks: tuple[look.Remark, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """A line each: what was seen, what it means, what to do about it."""
        return tuple(f"warning: {remark.text}" for remark in self.remarks)

    def sorted_for(self, index: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Warnings of one of the recordings (None: of all), and of others alone."""
        pairs = [*zip(self.warnings, self.remarks, strict=True)]
        own = tuple(line for line, remark in pairs if remark.concerns(index))
        return own, tuple(line for line, remark in pairs if line not in own)


def find(
    recordings: recordings_module.Recordings,
    metres: float | None = None,
    unit_is_known: bool = True,
    called: str = "recordings",
) -> Findings:
    """Looks recordings through.

    Args:
        recordings: R of them, perhaps with NaN; frames a second may be NaN where frames
            do not follow each other.
        metres: in one unit of the numbers that they were read from; None: unknown.
        unit_is_known: whether coordinates are said to be metres.
        called: what they are, in the plural.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # Of coordinates like 3e38.
        return _find(recordings, metres, unit_is_known, called)


def _find(
    recordings: recordings_module.Recordings,
    metres: float | None,
    unit_is_known: bool,
    called: str,
) -> Findings:
    seen = look.at(recordings, called, metres)
    lines = [*tracking.unknown(seen), *tracking.missing(seen)]
    lines += [*tracking.still(seen), *tracking.flat(seen)]
    order = list(build.order(seen))
    # Where joints are not what they are called, nor are feet, heads, left and right.
    lines += order or [
        *(build.size(seen) if unit_is_known else ()),
        *posture.leaning(seen),
        *posture.directions(seen),
        *build.asymmetry(seen),
        *build.wild(seen),
    ]
    return Findings(measures.up_of(seen.upright), seen.height, tuple(lines))
