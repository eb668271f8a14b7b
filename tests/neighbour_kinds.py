"""Features of many kinds, and their neighbours by loops."""

import numpy as np


def brute_force(features, count):
    """[N, count] by loops: the row itself, then by distance, then by index."""
    wide = features.astype(np.float64)
    lists = []
    for i, row in enumerate(wide):
        distances = np.square(wide - row).sum(axis=1)
        distances[i] = -1
        lists.append(np.lexsort((np.arange(len(wide)), distances))[:count])
    return np.array(lists)


def normal(num_rows, width, seed=0):
    return np.random.default_rng(seed).normal(size=(num_rows, width)).astype(np.float32)


def copies(num_rows, width):
    few = normal(max(1, num_rows // 40), width)
    return few[np.random.default_rng(1).integers(len(few), size=num_rows)]


def few_directions(num_rows, width):
    """Along 3 directions, with a little of all others."""
    far = normal(num_rows, 3) @ normal(3, width, seed=3)
    return far + np.float32(0.01) * normal(num_rows, width, seed=4)


def tiny_but_two(num_rows, width):
    """Float32 takes squares of nearly all for 0, beside two rows."""
    rows = normal(num_rows, width) * np.float32(1e-23)
    rows[:1], rows[1:2] = 1, -1
    return rows


KINDS = {
    "few directions": few_directions,
    "normal": normal,
    # Small whole numbers, whose distances often tie.
    "whole": lambda *shape: np.round(normal(*shape)),
    "copies": copies,
    "one point": lambda *shape: np.ones(shape, np.float32),
    # Float32 cannot tell squared lengths apart here that differ by a distance.
    "far out": lambda *shape: normal(*shape) + 4096,
    "tiny": lambda *shape: normal(*shape) * np.float32(1e-30),
    "huge": lambda *shape: normal(*shape) * np.float32(1e30),
    "tiny but two": tiny_but_two,
    "one outlier": lambda *shape: np.concatenate(
        [normal(*shape)[1:], np.full((1, shape[1]), 1e6, np.float32)]
    ),
}
