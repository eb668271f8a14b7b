"""Probe-to-gallery matching: CMC top-k and mAP."""

import dataclasses
from collections.abc import Callable

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import ranking

EUCLIDEAN = "euclidean"
COSINE = "cosine"


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
    distance: str = EUCLIDEAN,
) -> Scores:
    """Matches every probe against the whole gallery.

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
        distance: `EUCLIDEAN`, as published, or `COSINE`.

    Returns:
        The scores; mean_ap is 0 where no probe's person is in the gallery.
    """
    ranks = ranking.rank(
        gallery, gallery_person, probe, probe_person, leave_self_out, distance == COSINE
    )
    precisions = ranks.average_precision[~np.isnan(ranks.average_precision)]
    top1, top5, top10 = (
        float(np.count_nonzero(ranks.before < k)) / len(probe) for k in (1, 5, 10)
    )
    return Scores(
        top1,
        top5,
        top10,
        mean_ap=float(precisions.mean()) if len(precisions) else 0.0,
        num_probes=len(probe),
        num_gallery=len(gallery) - int(leave_self_out),
    )


def match(
    matching: data_module.Matching,
    encode: Callable[[data_module.Sequences], np.ndarray],
    batch_size: int = 1,
    distance: str = EUCLIDEAN,
) -> Scores:
    """Encodes gallery and probes and evaluates them.

    Args:
        matching: gallery and probes.
        encode: sequences [N, f, d] -> features [N, H].
        batch_size: the last partial batch of either is left out, as the published
            protocol does; 1 counts all.
        distance: `EUCLIDEAN` or `COSINE`.
    """

    def whole_batches(split: data_module.Split) -> data_module.Split:
        # Where there is no full batch the published code crashes; all count here.
        count = len(split) // batch_size * batch_size or len(split)
        return split.first(count)

    gallery, probe = whole_batches(matching.gallery), whole_batches(matching.probe)
    gallery_features = encode(gallery.sequences)
    return evaluate(
        gallery_features,
        gallery.persons,
        gallery_features if matching.leave_self_out else encode(probe.sequences),
        probe.persons,
        matching.leave_self_out,
        distance,
    )
