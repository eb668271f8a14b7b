"""Takes to recordings: read in parallel, counted, put one after another."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Generator, Sequence

import numpy as np

from datasets import recordings as recordings_module
from datasets.raw import take, workers
from simmc_tf import cores, errors, progress

# Starting processes takes longer than reading so little.
_FEW_FILES = 200
_FEW_BYTES = 20_000_000


@dataclasses.dataclass(frozen=True)
class Reading:
    """Everything of a folder.

    Attributes:
        recordings: those that have frames left.
        takes: all that were found.
        frames: of each take, how many were read, dropped, clipped and kept, [R, 4].
        own_fps: frames a second that its file gives, of those takes whose file does.
        unread_times: the column of times that make no rate, of those that have one.
        says_rate: of each of the recordings, whether its file gives its frames a
            second.
    """

    recordings: recordings_module.Recordings
    takes: tuple[take.Take, ...]
    frames: np.ndarray
    own_fps: tuple[float, ...] = ()
    unread_times: tuple[str, ...] = ()
    says_rate: tuple[bool, ...] = ()

    @property
    def text(self) -> str:
        """The sums, for people."""
        read, dropped, clipped, kept = self.frames.sum(axis=0).tolist()
        return (
            f"{read:,} frames read, {dropped:,} dropped, {clipped:,} clipped, "
            f"{kept:,} kept"
        )


def read(
    takes: Sequence[take.Take],
    read_one: Callable[[take.Take], take.Frames],
    say: Callable[[int, int, str], object],
    processes: int | None = None,
) -> Reading:
    """Reads takes, several at once where there are many.

    Args:
        takes: to read, in the order of the recordings.
        read_one: reads one.
        say: is told, after each take, how many of how many are read and what time is
            left.
        processes: that read; None: one a processor, none for a few files.

    Raises:
        errors.InputError: a take is damaged or cannot be named, none has a frame left,
            or joints differ, or are fewer than 2.
    """
    if not takes:
        raise errors.InputError("There is no recording to read.")
    for one in takes:
        _check(one)
    if processes is None:
        processes = 1 if _little(takes) else cores.count()
    started = time.monotonic()
    found = []
    with contextlib.closing(_frames(takes, read_one, processes)) as all_frames:
        for frames in all_frames:
            found.append(frames)
            left = (time.monotonic() - started) * (len(takes) / len(found) - 1)
            say(len(found), len(takes), progress.duration(left))
    counts = np.array(
        [(f.read, f.dropped, f.clipped, len(f.positions)) for f in found], np.int64
    )
    own_fps = tuple(f.own_fps for f in found if f.own_fps is not None)
    unread = tuple(f.unread_times for f in found if f.unread_times is not None)
    says_rate = tuple(f.own_fps is not None for f in found if len(f.positions))
    recordings = _joined(takes, found)
    return Reading(recordings, tuple(takes), counts, own_fps, unread, says_rate)


def _check(one: take.Take) -> None:
    if not one.person < 2**53:
        raise errors.InputError(
            f"{one.name!r} is of person {one.person}; expected a number below 2^53. "
            "Rename its folder."
        )
    for name in (one.name, one.label, one.condition):
        if not name.isprintable():
            raise errors.InputError(
                f"{name!r} has characters that cannot be printed; rename the file or "
                "folder."
            )


def _little(takes: Sequence[take.Take]) -> bool:
    files = [path for one in takes for path in one.files]
    if len(files) > _FEW_FILES:
        return False
    # One that has gone meanwhile is missed when it is read.
    sizes = (path.stat().st_size for path in files if path.is_file())
    return sum(sizes) <= _FEW_BYTES


def _frames(
    takes: Sequence[take.Take],
    read_one: Callable[[take.Take], take.Frames],
    processes: int,
) -> Generator[take.Frames, None, None]:
    if processes == 1:
        yield from map(read_one, takes)
    else:
        yield from workers.mapped(read_one, takes, processes)


def _joined(
    takes: Sequence[take.Take], found: list[take.Frames]
) -> recordings_module.Recordings:
    kept = [
        (one, frames)
        for one, frames in zip(takes, found, strict=True)
        if len(frames.positions)
    ]
    if not kept:
        files = [path for one in takes for path in one.files]
        if not files:
            raise errors.InputError(
                f"None of {len(takes)} recordings has a file: {takes[0].name} and "
                "others are empty."
            )
        raise errors.InputError(
            f"No frame is left of {len(takes)} recordings, {files[0]} and "
            f"others: {sum(f.dropped for f in found)} were dropped and "
            f"{sum(f.clipped for f in found)} clipped."
        )
    first, first_frames = kept[0]
    if len(first_frames.joint_names) < recordings_module.FEWEST_JOINTS:
        raise errors.InputError(
            f"{first.files[0]}: expected {recordings_module.FEWEST_JOINTS} or more "
            f"joints, found {len(first_frames.joint_names)}; joint 0 is subtracted "
            "from the others."
        )
    for one, frames in kept:
        if frames.joint_names != first_frames.joint_names:
            raise errors.InputError(
                f"{one.files[0]} has other joints than {first.files[0]}: "
                f"{', '.join(frames.joint_names)}, not "
                f"{', '.join(first_frames.joint_names)}."
            )
    parts = [one.part for one, _ in kept]
    labels = [one.label for one, _ in kept]
    lengths = [len(frames.positions) for _, frames in kept]
    return recordings_module.Recordings(
        positions=np.concatenate([frames.positions for _, frames in kept]),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        person=np.array([one.person for one, _ in kept], np.int64),
        recording=np.array([one.name for one, _ in kept]),
        fps=np.array([frames.fps for _, frames in kept]),
        joint_names=first_frames.joint_names,
        condition=np.array([one.condition for one, _ in kept]),
        split=None if None in parts else np.array(parts),
        person_name=np.array(labels) if any(labels) else None,
    )
