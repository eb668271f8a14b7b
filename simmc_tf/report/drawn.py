"""Which of many sequences are shown: evenly drawn, always the same ones."""

import numpy as np


def evenly(count: int, most: int) -> np.ndarray:
    """Indices [n] of `most` of `count` things, or of all, in order."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)
