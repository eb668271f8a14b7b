"""Which gallery sequences probes find, and how far apart persons are."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import first_matches, ranking
from simmc_tf.report import drawn

# Ranks of the curve; beyond them nobody looks.
_RANKS = 50
# Probes and gallery sequences whose distances are counted.
_PROBES, _GALLERY = 400, 4_000
_BINS = 60
# Persons in the table of confusions, others whom they were taken for, and probes of
# each that are looked at.
_HARDEST, _OTHERS, _PROBES_EACH = 8, 4, 60


@dataclasses.dataclass(frozen=True)
class Encoded:
    """Features of a gallery and its probes, and where each probe finds its person.

    Attributes:
        gallery: [G, H].
        probe: [P, H].
        matching: whose they are.
        before: [P] gallery sequences nearer than the first of the probe's person,
            `ranking.NEVER` where there is none.
    """

    gallery: np.ndarray
    probe: np.ndarray
    matching: data_module.Matching
    before: np.ndarray

    @property
    def curve(self) -> list[float]:
        """Share of probes that find their person among the first 1, 2, ..."""
        most = min(_RANKS, len(self.gallery) - int(self.matching.leave_self_out))
        return [
            np.count_nonzero(self.before < k) / len(self.before)
            for k in range(1, most + 1)
        ]

    def nearest(self, probes: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The nearest gallery sequences of some probes.

        Args:
            probes: [n] indices of the probes.
            number: k, or fewer where the gallery has fewer.

        Returns:
            [n, k] their indices and [n, k] Euclidean distances, nearest first.
        """
        return first_matches.nearest(
            *(self.gallery, self.matching.gallery.persons, self.probe[probes], number),
            probes if self.matching.leave_self_out else None,
        )


def encoded(
    matching: data_module.Matching, gallery: np.ndarray, probe: np.ndarray
) -> Encoded:
    """Ranks the gallery [G, H] for every probe [P, H], as scores are computed."""
    ranks = ranking.rank(
        *(gallery, matching.gallery.persons, probe, matching.probe.persons),
        matching.leave_self_out,
    )
    return Encoded(gallery, probe, matching, ranks.before)


@dataclasses.dataclass(frozen=True)
class Distances:
    """Distances between sequences of the same person and of different ones.

    Attributes:
        edges: [n + 1] of the bins.
        same: [n] share of the pairs of one person in each bin.
        different: [n] the same of pairs of different persons.
        same_mean: of all pairs of one person.
        different_mean: of all pairs of different persons.
        num_same: pairs of one person.
        num_different: pairs of different persons.
        nearer: share of cases in which a pair of one person is nearer than one of
            different persons; half of the cases in which both are as far count.
        num_probes: that the pairs are of.
        num_gallery: the same of the gallery.
    """

    edges: np.ndarray
    same: np.ndarray
    different: np.ndarray
    same_mean: float
    different_mean: float
    num_same: int
    num_different: int
    nearer: float
    num_probes: int
    num_gallery: int


def distances(found: Encoded) -> Distances | None:
    """Of pairs of a probe and a gallery sequence; None without pairs of both kinds."""
    matching = found.matching
    probes = drawn.evenly(len(found.probe), _PROBES)
    gallery = drawn.evenly(len(found.gallery), _GALLERY)
    rows, block = (
        a.astype(np.float64) for a in (found.probe[probes], found.gallery[gallery])
    )
    squares = np.square(rows).sum(axis=1)[:, np.newaxis] - 2.0 * rows @ block.T
    apart = np.sqrt(np.maximum(squares + np.square(block).sum(axis=1), 0.0))
    own = matching.probe.persons[probes][:, np.newaxis]
    persons = matching.gallery.persons[gallery]
    counted = np.isfinite(apart) & (persons >= 0)
    if matching.leave_self_out:
        counted &= probes[:, np.newaxis] != gallery
    same = np.sort(apart[(own == persons) & counted])
    different = np.sort(apart[(own != persons) & counted])
    if not len(same) or not len(different):
        return None
    # A few that are far away would press all others into a corner.
    edges = np.linspace(0.0, np.quantile(different, 0.999) or 1.0, _BINS + 1)
    sides = [np.searchsorted(same, different, "left")]
    sides.append(np.searchsorted(same, different, "right"))
    return Distances(
        edges,
        _shares(same, edges),
        _shares(different, edges),
        same_mean=float(same.mean()),
        different_mean=float(different.mean()),
        num_same=len(same),
        num_different=len(different),
        nearer=float(np.mean(sides) / len(same)),
        num_probes=len(probes),
        num_gallery=len(gallery),
    )


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Shares of values in bins; the last one has all that are larger."""
    return np.histogram(np.minimum(values, edges[-1]), edges)[0] / len(values)


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Who is taken for whom.

    Attributes:
        persons: R persons whose probes find them least often at rank 1, hardest first.
        answers: C persons that they, or others, were taken for.
        shares: [R, C] of the probes that were looked at; the rest went to others.
        rates: [R] share of all probes of each that find the person at rank 1.
        num_probes: [R] that each has.
    """

    persons: Sequence[int]
    answers: Sequence[int]
    shares: np.ndarray
    rates: Sequence[float]
    num_probes: Sequence[int]


def confusion(found: Encoded) -> Confusion | None:
    """The hardest persons; None where every probe finds its person."""
    own = found.matching.probe.persons
    persons, number, counts = np.unique(own, return_inverse=True, return_counts=True)
    rates = np.bincount(number, found.before == 0) / counts
    order = np.lexsort((persons, -counts, rates))
    hardest = [i for i in order if rates[i] < 1.0][:_HARDEST]
    if not hardest:
        return None
    probes = [_some(np.flatnonzero(number == i)) for i in hardest]
    nearest, _ = found.nearest(np.concatenate(probes), 1)
    answered = found.matching.gallery.persons[nearest[:, 0]]
    given = np.split(answered, np.cumsum([len(own) for own in probes])[:-1])
    known, totals = np.unique(np.concatenate(given), return_counts=True)
    wrong = [a for a in known[np.argsort(-totals)] if a not in persons[hardest]]
    answers = [*persons[hardest], *wrong[:_OTHERS]]
    shares = [[np.mean(one == a) for a in answers] for one in given]
    return Confusion(
        [int(persons[i]) for i in hardest],
        [int(a) for a in answers],
        np.array(shares),
        [float(rates[i]) for i in hardest],
        [int(counts[i]) for i in hardest],
    )


def _some(probes: np.ndarray) -> np.ndarray:
    return probes[drawn.evenly(len(probes), _PROBES_EACH)]
