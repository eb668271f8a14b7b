"""Frames a second from the times that a file gives its frames."""

import dataclasses
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from datasets import recordings
from datasets.raw.formats import csv_table, joint_spellings

# Seconds; ticks are .NET's, in which Kinect SDK 2.0 counts.
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "usec", "usecs", "micros", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanoseconds"), 1e-9),
    "ticks": 1e-7,
}
# A day's time, with a date before it or not: ISO 8601, a clock's, .NET's TimeSpan. Of
# minutes and seconds alone (10:05.066) only with a fraction: 10:05 may be hours.
_CLOCK = re.compile(
    r"(?:[^:]*[\sT])?-?(?:\d+\.)?"
    r"(?:(\d+):(\d+):(\d+(?:[.,]\d+)?|\d+:\d{3})|(\d+):(\d+[.,]\d+))"
    r"(?:\s*[ap]\.?m\.?)?\s*(?:z|utc|[+-]\d\d:?(?:\d\d)?)?",
    re.IGNORECASE,
)
_LONGEST = 100
_NAME = re.compile(rf".*time(?:stamp)?s??(?:in)?({'|'.join(_UNITS)})?")
# What a sensor's rate is taken to be near to where nothing says the unit of its times.
_USUAL = 30.0


@dataclasses.dataclass(frozen=True)
class Times:
    """Times of frames.

    Attributes:
        numbers: [T], empty where they cannot be read.
        seconds: in one unit of them; None where nothing says it.
        first: as it is in the file.
    """

    numbers: np.ndarray
    seconds: float | None
    first: str

    def rate(self) -> float:
        """Frames a second; NaN where these times do not make one."""
        return frames_per_second(self.numbers, self.seconds, math.nan)


def of_texts(labels: Sequence[str], seconds: float | None) -> Times:
    """Times that T texts tell: numbers, or what `clock` reads.

    Args:
        labels: as they are in the file.
        seconds: in one unit of numbers; None where nothing says it.
    """
    if all(map(csv_table.is_number, labels)):
        numbers = np.array([csv_table.number(label) for label in labels])
        return Times(numbers, seconds, labels[0])
    told = [clock(label) for label in labels]
    found = np.array([math.nan if each is None else each for each in told])
    # One that cannot be read leaves out two steps, many make others of them.
    enough = 2 * np.isnan(found).sum() < len(found)
    return Times(found if enough else found[:0], 1.0, labels[0])


def of_frames(frames: Sequence[Any], keys: Iterable[str]) -> tuple[str, Times] | None:
    """The times of T frames of JSON, and the key that they are under.

    Args:
        frames: of objects, or of anything else.
        keys: to look for, in order.

    Returns:
        None where no key has a number, or a text, in every frame.
    """
    for key in keys:
        values: list[Any] = [
            frame.get(key) if isinstance(frame, dict) else None for frame in frames
        ]
        if all(isinstance(value, float) for value in values):
            return key, Times(np.array(values), unit(key), str(values[0]))
        if all(isinstance(value, str) for value in values):
            return key, of_texts(values, unit(key))
    return None


def is_time(name: str) -> bool:
    """Whether a column or key of this name holds times."""
    plain = joint_spellings.letters(name)
    return plain == "t" or plain in _UNITS or _NAME.fullmatch(plain) is not None


def unit(name: str) -> float | None:
    """Seconds in one unit of the times that a column or key of this name holds.

    Args:
        name: such as `timestamp_usec` or `Time (s)`.

    Returns:
        None where the name does not say it; `times` is a plural.
    """
    plain = joint_spellings.letters(name)
    if plain in _UNITS:
        return _UNITS[plain]
    found = _NAME.fullmatch(plain)
    if not found or not found[1] or re.search("time(stamp)?s$", name.strip().lower()):
        return None
    return _UNITS[found[1]]


def clock(text: str) -> float | None:
    """Seconds of the day that a text tells; days and halves of days are left out.

    Args:
        text: such as `2024-03-01T10:00:00.066Z`, `10:00:00.066` or `00:00:00.0667000`.

    Returns:
        None where it is no time.
    """
    text = text.strip()
    # On a long text of blanks the expression would take minutes.
    found = _CLOCK.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    hours, minutes, seconds = found[1] or 0, found[2] or found[4], found[3] or found[5]
    fraction = re.sub("[,:]", ".", seconds)
    return 3600 * int(hours) + 60 * int(minutes) + float(fraction)


def frames_per_second(times: np.ndarray, seconds: float | None, fps: float) -> float:
    """Rate of frames by the median step from one to the next.

    Args:
        times: [T], in the order of the frames.
        seconds: in one unit of them; None: the unit that makes it nearest to 30.
        fps: where the times make no rate from 1 to `recordings.FASTEST`.
    """
    with np.errstate(over="ignore"):
        steps = np.diff(times[np.isfinite(times)])
    ticks = np.flatnonzero(steps > 0)
    still = np.count_nonzero(steps == 0)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    if not len(steps):
        return fps
    step = float(np.median(steps))
    if still > len(steps) > 1:  # A clock that counts more slowly than frames come.
        step *= (len(ticks) - 1) / float(ticks[-1] - ticks[0])
    units = sorted(set(_UNITS.values())) if seconds is None else [seconds]
    rates = [
        1 / (step * unit)
        for unit in units
        if 1 / recordings.FASTEST <= step * unit <= 1
    ]
    return min(rates, key=lambda rate: abs(math.log(rate / _USUAL)), default=fps)
