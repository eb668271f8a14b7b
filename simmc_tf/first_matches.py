"""Which gallery sequences come first for a few probes, in the order of `ranking`."""

import numpy as np

from simmc_tf import ranking

_PROBES_AT_ONCE = 256


def nearest(
    gallery: np.ndarray,
    gallery_person: np.ndarray,
    probe: np.ndarray,
    number: int,
    itself: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The first of the order in which `ranking.rank` sees the gallery, ties included.

    Args:
        gallery: [G, H] features, in memory or mapped.
        gallery_person: [G] int.
        probe: [P, H] features.
        number: k, or fewer where the gallery has fewer.
        itself: [P] gallery sequence that each probe is, and is not matched against;
            None: none of them is in the gallery.

    Returns:
        [P, k] indices in the gallery and [P, k] Euclidean distances, nearest first.
    """
    searched = ranking.Gallery(gallery, gallery_person, unit=False)
    number = min(number, len(gallery) - (itself is not None))
    index = np.empty((len(probe), number), np.int64)
    squared = np.empty(index.shape)
    buffer = np.empty((_PROBES_AT_ONCE, searched.columns))
    for start in range(0, len(probe), _PROBES_AT_ONCE):
        some = slice(start, min(start + _PROBES_AT_ONCE, len(probe)))
        rows = ranking.float64(probe[some], unit=False)
        own = None if itself is None else searched.place[itself[some]]
        index[some], squared[some] = _first(searched, rows, number, own, buffer)
        squared[some] += np.square(rows).sum(axis=1)[:, np.newaxis]
    return index, np.sqrt(np.maximum(squared, 0.0))


def _first(
    gallery: ranking.Gallery,
    probe: np.ndarray,
    number: int,
    itself: np.ndarray | None,
    buffer: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """[B, k] indices of the nearest of some probes [B, H], and what orders them."""
    doubled = 2.0 * probe
    best = [(np.empty(0, np.int64), np.empty(0)) for _ in probe]
    for block in gallery.blocks:
        rows = gallery.distances(doubled, block, buffer)
        for i, row in enumerate(rows):
            values, order = row[: block.stop - block.start], gallery.order[block]
            if itself is not None and block.start <= itself[i] < block.stop:
                own = itself[i] - block.start
                values, order = np.delete(values, own), np.delete(order, own)
            index, known = best[i]
            best[i] = _smallest(
                np.concatenate([index, order]), np.concatenate([known, values]), number
            )
    indices, values = zip(*best, strict=True)
    return np.stack(indices), np.stack(values)


def _smallest(
    index: np.ndarray, values: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k smallest of [n] values in order, equal ones by their index [n]."""
    if number < len(values):
        chosen = values <= np.partition(values, number - 1)[number - 1]
        index, values = index[chosen], values[chosen]
    order = np.lexsort((index, values))[:number]
    return index[order], values[order]
