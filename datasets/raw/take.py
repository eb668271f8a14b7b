"""A recording before it is read, and what reading it gives."""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

# Is told of a file or folder that is left out because it is called like no recording.
Skip = Callable[[pathlib.Path], object]


@dataclasses.dataclass(frozen=True)
class Take:
    """A recording as it lies on disk: found, not read yet.

    Attributes:
        name: unique within the data set, made of the path below its folder.
        person: number, -1 where unknown.
        files: that it is made of, in the order of time.
        label: what the files call the person.
        condition: view, clothing, set, ...; empty where nothing is known.
        part: of the data set that it belongs to, None where that is to be drawn.
    """

    name: str
    person: int
    files: tuple[pathlib.Path, ...]
    label: str = ""
    condition: str = ""
    part: str | None = None


@dataclasses.dataclass(frozen=True)
class Frames:
    """What was read of a recording.

    Attributes:
        positions: [T, J, 3] float32 metres (CASIA-B: the unit of its files), finite; T
            may be 0.
        joint_names: J names.
        fps: frames a second.
        dropped: frames left out for a joint that the sensor did not see.
        clipped: frames left out at the ends.
        recorded: frames that there were, where positions were resampled since.
        own_fps: frames a second that the file gave itself before any resampling; None:
            unknown, or it gave none.
        unread_times: the column whose times make no rate, with its first; None where
            there is none.
    """

    positions: np.ndarray
    joint_names: tuple[str, ...]
    fps: float
    dropped: int = 0
    clipped: int = 0
    recorded: int | None = None
    own_fps: float | None = None
    unread_times: str | None = None

    @property
    def read(self) -> int:
        """Frames that there were."""
        if self.recorded is not None:
            return self.recorded
        return len(self.positions) + self.dropped + self.clipped


@dataclasses.dataclass(frozen=True)
class Format:
    """How recordings lie in a folder.

    Attributes:
        find: lists the takes of a folder, reading no more than it must, and tells a
            `Skip`, which may follow, what it leaves out; raises errors.InputError where
            the folder is not of this format.
        read: reads one; raises errors.InputError with file and line where it is
            damaged. Must pickle.
        missing: the rule for frames and joints that the sensor did not see.
    """

    find: Callable[..., list[Take]]
    read: Callable[[Take], Frames]
    missing: str


def unsaid(path: pathlib.Path) -> None:
    """A `Skip` for those who do not want to know."""


def keep(
    positions: np.ndarray,
    joint_names: tuple[str, ...],
    fps: float,
    tracked: np.ndarray | None = None,
    first: int = 0,
    last: int = 0,
    num_frames: int | None = None,
) -> Frames:
    """Keeps the frames in which every joint was seen, and clips the ends of these.

    Args:
        positions: [T, J, 3] metres; what float32 does not hold was not seen.
        joint_names: J names.
        fps: frames a second.
        tracked: [T, J] bool; None: all are.
        first: frames to clip at the beginning.
        last: frames to clip at the end.
        num_frames: of the file, those included that are not in `positions`; None: T.
    """
    with np.errstate(over="ignore"):  # What is too large becomes infinite: dropped.
        positions = positions.astype(np.float32)
    seen = positions[visible(positions, tracked)]
    kept = clipped(seen, first, last)
    return Frames(
        kept,
        joint_names,
        fps,
        dropped=(len(positions) if num_frames is None else num_frames) - len(seen),
        clipped=len(seen) - len(kept),
    )


def visible(positions: np.ndarray, tracked: np.ndarray | None = None) -> np.ndarray:
    """[T] bool, True for frames of which every joint is tracked and finite.

    Args:
        positions: [T, J, 3].
        tracked: [T, J] bool; None: all are.
    """
    seen = np.isfinite(positions).all(axis=(1, 2))
    return seen if tracked is None else seen & tracked.all(axis=1)


def clipped(positions: np.ndarray, first: int, last: int) -> np.ndarray:
    """Leaves out the first and the last frames; [0, J, 3] where none remain."""
    return positions[first : max(first, len(positions) - last)]
