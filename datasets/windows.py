"""Recordings to sequences of f frames; a sequence never crosses recordings."""

import dataclasses
import enum

import numpy as np

from datasets import recordings as recordings_module
from simmc_tf import data as data_module


class Training(enum.Enum):
    """Where the sequences of a training recording begin; all others: every f frames."""

    HALF = "half"
    """Every f // 2 frames."""
    SHIFTED = "shifted"
    """For each shift 0 to f - 1 every f // 2 frames from there, so that most occur
    twice (published: IAS, BIWI, KS20)."""
    APART = "apart"
    """Every f frames (published: KGBD)."""

    def stride(self, length: int) -> int:
        """Frames from one sequence's start to the next."""
        return length if self is Training.APART else max(1, length // 2)

    def shifts(self, length: int) -> int:
        """How many frames the first sequence's start is shifted over."""
        return length if self is Training.SHIFTED else 1


@dataclasses.dataclass(frozen=True)
class Spans:
    """Where n sequences lie.

    Attributes:
        recording: [n] int64 index of the recording.
        first: [n] int64 first frame, counted from the recording's.
    """

    recording: np.ndarray
    first: np.ndarray

    def __len__(self) -> int:
        return len(self.recording)


def spans(
    recordings: recordings_module.Recordings,
    chosen: np.ndarray,
    length: int,
    stride: int,
    shifts: int = 1,
) -> Spans:
    """Cuts some recordings, in their order, once for every shift.

    Args:
        recordings: all of them.
        chosen: [r] indices of those to cut.
        length: f.
        stride: frames from one sequence's start to the next.
        shifts: how many frames the first start is shifted over, 1 for none.

    Returns:
        Whole sequences only: a rest shorter than f is left out.
    """
    frames = np.diff(recordings.starts)[chosen]
    firsts = [
        np.arange(shift, num_frames - length + 1, stride)
        for shift in range(shifts)
        for num_frames in frames
    ]
    return Spans(
        np.repeat(np.tile(chosen, shifts), [len(one) for one in firsts]).astype(
            np.int64
        ),
        np.concatenate([np.empty(0, np.int64), *firsts]),
    )


def begins(recordings: recordings_module.Recordings, found: Spans) -> np.ndarray:
    """[n] int64 first frame of each sequence, counted in `recordings.positions`."""
    return recordings.starts[found.recording] + found.first


def persons(recordings: recordings_module.Recordings, found: Spans) -> np.ndarray:
    """[n] int64 person of each sequence."""
    return recordings.person[found.recording].astype(np.int64)


def gather(
    recordings: recordings_module.Recordings, found: Spans, length: int
) -> data_module.Split:
    """Sequences [n, f, J, 3] float32 and their persons."""
    frames = begins(recordings, found)[:, np.newaxis] + np.arange(length)
    return data_module.Split(recordings.positions[frames], persons(recordings, found))


def spans_by_split(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    length: int,
    training: Training = Training.HALF,
) -> dict[str, Spans]:
    """Cuts all recordings: training ones by their rule, the others every f frames.

    Args:
        recordings: to cut.
        split: [R] str, the part that each belongs to.
        length: f.
        training: rule for the part `train`.

    Returns:
        Part -> where its sequences lie; `train` is always there.
    """
    found = {}
    for part in sorted({*split.tolist(), recordings_module.TRAIN}):
        rule = training if part == recordings_module.TRAIN else Training.APART
        chosen = np.flatnonzero(split == part)
        stride, shifts = rule.stride(length), rule.shifts(length)
        found[part] = spans(recordings, chosen, length, stride, shifts)
    return found


def by_split(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    length: int,
    training: Training = Training.HALF,
) -> dict[str, data_module.Split]:
    """The sequences themselves of `spans_by_split`."""
    return {
        part: gather(recordings, found, length)
        for part, found in spans_by_split(recordings, split, length, training).items()
    }
