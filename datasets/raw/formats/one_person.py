"""The one person of a recording: which body of the file, and in which frames."""

import collections
import dataclasses
import math
from collections.abc import Iterable

import numpy as np

from datasets import joint_maps, skeletons
from datasets.raw import take
from datasets.raw.formats import timing

# One rule for all formats, said to users after what is special to each.
MISSING = (
    "a coordinate is empty or not finite, or all are 0; of several bodies the one in "
    "most frames is taken"
)


def body(labels: Iterable[str]) -> str:
    """The body that is in most frames, of equals the first.

    A sensor that loses somebody gives a new number, and may give it to somebody else:
    the others are left out, not joined.

    Args:
        labels: of the body, a frame each; empty where there is none.
    """
    counts = collections.Counter(labels)
    del counts[""]
    return counts.most_common(1)[0][0] if counts else ""


def frames(
    positions: np.ndarray,
    tracked: np.ndarray | None,
    skeleton: skeletons.Skeleton,
    fps: float,
    num_frames: int,
) -> take.Frames:
    """Keeps the frames in which the whole skeleton was seen.

    Args:
        positions: [T, J, 3] metres, NaN where there is none.
        tracked: [T, J] bool; None: all are.
        skeleton: of J joints; where it begins at the nose the middle of the hips comes
            before it.
        fps: frames a second.
        num_frames: of the file, those without the person included.
    """
    # Programs write zeros where they saw nobody; a sensor is never inside of anyone.
    nobody = ~positions.any(axis=(1, 2), keepdims=True)
    kept = take.keep(
        np.where(nobody, np.nan, positions),
        skeleton.joints,
        fps,
        tracked,
        num_frames=num_frames,
    )
    rooted, joint_names = joint_maps.rooted(kept.positions, skeleton)
    return dataclasses.replace(kept, positions=rooted, joint_names=joint_names)


def timed(
    found: take.Frames, times: tuple[str, timing.Times] | None, fps: float
) -> take.Frames:
    """Gives frames the rate of their times.

    Args:
        found: frames.
        times: of the file's frames, and what they are called there; None: it has none.
        fps: frames a second where the times make no rate.
    """
    if times is None:
        return dataclasses.replace(found, fps=fps)
    name, own = times
    rate = own.rate()
    if not math.isnan(rate):
        return dataclasses.replace(found, fps=rate)
    unread = f"{name!r} ({own.first[:40]!r}, ...)"
    return dataclasses.replace(found, fps=fps, unread_times=unread)
