"""All that is odd about recordings, going by the anatomy of people."""

import dataclasses

from datasets import recordings as recordings_module
from datasets.looks import build, look, measures, posture, tracking


@dataclasses.dataclass(frozen=True)
class Findings:
    """What recordings look like.

    Attributes:
        up: the axis along which people stand, and its sign; None where unknown.
        height: from feet to head in the recordings' unit; NaN where unknown.
        warnings: a line each: what was seen, what it means, what to do about it.
    """

    up: tuple[int, int] | None
    height: float
    warnings: tuple[str, ...]


def find(
    recordings: recordings_module.Recordings,
    unit_is_known: bool = True,
    called: str = "recordings",
) -> Findings:
    """Looks recordings through.

    Args:
        recordings: R of them, perhaps with NaN; frames a second may be NaN where frames
            do not follow each other.
        unit_is_known: whether coordinates are said to be metres.
        called: what they are, in the plural.
    """
    seen = look.at(recordings, called)
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
    return Findings(
        measures.up_of(seen.upright),
        seen.height,
        tuple(f"warning: {line}" for line in lines),
    )
