"""Recordings to sequences of f frames; a sequence never crosses recordings."""

import numpy as np

from datasets import recordings as recordings_module
from simmc_tf import data as data_module


def cut(frames: np.ndarray, length: int, stride: int) -> np.ndarray:
    """Cuts one recording.

    Args:
        frames: [T, J, 3].
        length: f.
        stride: frames from one sequence's start to the next.

    Returns:
        [n, f, J, 3]; a rest shorter than f is left out.
    """
    starts = np.arange(0, len(frames) - length + 1, stride)
    return frames[starts[:, np.newaxis] + np.arange(length)]


def sequences(
    recordings: recordings_module.Recordings,
    chosen: np.ndarray,
    length: int,
    stride: int,
) -> data_module.Split:
    """Cuts some recordings, in their order.

    Args:
        recordings: all of them.
        chosen: [r] indices of those to cut.
        length: f.
        stride: as in `cut`.

    Returns:
        Sequences [n, f, J, 3] float32 and their persons.
    """
    parts = [cut(recordings.frames(i), length, stride) for i in chosen]
    shape = (0, length, *recordings.positions.shape[1:])
    return data_module.Split(
        np.concatenate([np.empty(shape, np.float32), *parts]),
        np.repeat(recordings.person[chosen], [len(part) for part in parts]).astype(
            np.int64
        ),
    )


def by_split(
    recordings: recordings_module.Recordings, split: np.ndarray, length: int
) -> dict[str, data_module.Split]:
    """Cuts all recordings: training ones every f // 2 frames, the others every f.

    Args:
        recordings: to cut.
        split: [R] str, the part that each belongs to.
        length: f.

    Returns:
        Part -> sequences [n, f, J, 3]; `train` is always there.
    """
    return {
        part: sequences(
            recordings,
            np.flatnonzero(split == part),
            length,
            max(1, length // 2) if part == recordings_module.TRAIN else length,
        )
        for part in sorted({*split.tolist(), recordings_module.TRAIN})
    }
