"""Probe-to-gallery matching: CMC top-k and mAP."""

import concurrent.futures
import dataclasses

import numpy as np

from simmc_tf import cores

_PROBES_PER_TASK = 128


@dataclasses.dataclass(frozen=True)
class Scores:
    """Re-identification scores, each in [0, 1].

    Attributes:
        top1: share of probes whose nearest gallery sequence is of their person.
        top5: the same among the 5 nearest.
        top10: the same among the 10 nearest.
        mean_ap: mean average precision over the probes whose person is in the gallery.
        num_probes: probes counted in top-k.
        num_gallery: gallery sequences searched.
    """

    top1: float
    top5: float
    top10: float
    mean_ap: float
    num_probes: int
    num_gallery: int


def evaluate(
    gallery: np.ndarray,
    gallery_person: np.ndarray,
    probe: np.ndarray,
    probe_person: np.ndarray,
    leave_self_out: bool = False,
) -> Scores:
    """Matches every probe against the whole gallery by Euclidean distance.

    A probe whose person is not in the gallery counts as a miss in top-k and is left out
    of mAP. Distances that are equal in float64: top-k takes the gallery's order;
    average precision treats them as one threshold, as scikit-learn's
    `average_precision_score` does. Features that are not finite find nobody.

    Args:
        gallery: [G, H] features.
        gallery_person: [G] int.
        probe: [P, H] features.
        probe_person: [P] int.
        leave_self_out: gallery and probe are the same set (CASIA-B's nm.nm, bg.bg and
            cl.cl): probe i is not matched against gallery sequence i.

    Returns:
        The scores; mean_ap is 0 where no probe's person is in the gallery.
    """
    # The expansion |a|^2 - 2ab + |b|^2 cancels digits; float64 has enough of them.
    gallery = gallery.astype(np.float64)
    probe = probe.astype(np.float64)
    finite = bool(np.isfinite(gallery).all() and np.isfinite(probe).all())
    gallery_square = np.square(gallery).sum(axis=1)
    members = {p: np.flatnonzero(gallery_person == p) for p in np.unique(probe_person)}

    def ranks(start: int) -> tuple[list[int], list[float]]:
        stop = min(start + _PROBES_PER_TASK, len(probe))
        # |probe|^2 is the same for a whole row and does not change its order.
        rows = gallery_square - 2.0 * probe[start:stop] @ gallery.T
        if not finite:
            rows[~np.isfinite(rows)] = np.inf
        first, precision = [], []
        for i, row in zip(range(start, stop), rows, strict=True):
            own = members[probe_person[i]]
            if leave_self_out:
                row[i] = np.inf
                own = own[own != i]
            if len(own):
                first.append(_rank_of_first(row, own))
                precision.append(_average_precision(row, own))
        return first, precision

    with concurrent.futures.ThreadPoolExecutor(cores.count()) as pool:
        results = list(pool.map(ranks, range(0, len(probe), _PROBES_PER_TASK)))
    first = np.array([rank for ranks, _ in results for rank in ranks])
    precisions = [value for _, values in results for value in values]
    top1, top5, top10 = (
        float(np.count_nonzero(first < k)) / len(probe) for k in (1, 5, 10)
    )
    return Scores(
        top1,
        top5,
        top10,
        mean_ap=float(np.mean(precisions)) if precisions else 0.0,
        num_probes=len(probe),
        num_gallery=len(gallery) - int(leave_self_out),
    )


def _rank_of_first(row: np.ndarray, own: np.ndarray) -> int:
    """How many gallery sequences come before the nearest of the probe's person."""
    nearest = own[np.argmin(row[own])]
    if row[nearest] == np.inf:  # Features that are no numbers find nobody.
        return len(row)
    return int(
        np.count_nonzero(row < row[nearest])
        + np.count_nonzero(row[:nearest] == row[nearest])
    )


def _average_precision(row: np.ndarray, own: np.ndarray) -> float:
    """Mean over the person's gallery sequences of the precision at their distance."""
    positives = np.sort(row[own])
    retrieved = np.searchsorted(np.sort(row), positives, side="right")
    correct = np.searchsorted(positives, positives, side="right")
    return float(np.mean(correct / retrieved))
