"""A few probes and what they find, to be looked at."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import ranking, turning
from simmc_tf.report import drawn, finding, subject

# Probes that are shown: half of them find their person at once.
_SHOWN = 6
# Gallery sequences that are shown of each.
NEAREST = 5


@dataclasses.dataclass(frozen=True)
class Hit:
    """A gallery sequence that a probe found.

    Attributes:
        person: who it shows, -1 where that is not known.
        distance: from the probe.
        right: whether it shows the probe's person.
        frames: [f, J, 3].
    """

    person: int
    distance: float
    right: bool
    frames: np.ndarray


@dataclasses.dataclass(frozen=True)
class Case:
    """A probe.

    Attributes:
        number: its place among all probes.
        person: who it shows.
        rank: of the first gallery sequence of the person; None: there is none.
        frames: [f, J, 3].
        hits: the nearest gallery sequences, nearest first.
    """

    number: int
    person: int
    rank: int | None
    frames: np.ndarray
    hits: Sequence[Hit]


@dataclasses.dataclass(frozen=True)
class Cases:
    """Probes that are shown.

    Attributes:
        cases: those that find their person first come first.
        up: axis of the coordinates that points up, and 1 or -1: which way along it.
    """

    cases: Sequence[Case]
    up: tuple[int, int]


def cases(found: finding.Encoded, about: subject.Subject) -> Cases:
    """Shows as many probes that found their person at once as others, if there are."""
    right, wrong = (np.flatnonzero(a) for a in (found.before == 0, found.before > 0))
    num_wrong = min(len(wrong), max(_SHOWN // 2, _SHOWN - len(right)))
    chosen = np.concatenate(
        [_some(right, _SHOWN - num_wrong, found), _some(wrong, num_wrong, found)]
    )
    index, distances = found.nearest(chosen, NEAREST)
    matching = found.matching
    probes = _frames(matching.probe.sequences, chosen)
    shown = []
    for i, probe in enumerate(chosen):
        person = int(matching.probe.persons[probe])
        before = found.before[probe]
        frames = _frames(matching.gallery.sequences, index[i])
        persons = matching.gallery.persons[index[i]]
        hits = [
            Hit(int(p), float(d), bool(p == person), f)
            for p, d, f in zip(persons, distances[i], frames, strict=True)
        ]
        rank = None if before == ranking.NEVER else int(before) + 1
        shown.append(Case(int(probe), person, rank, probes[i], hits))
    return Cases(shown, _up(matching.gallery.sequences, about))


def _some(probes: np.ndarray, number: int, found: finding.Encoded) -> np.ndarray:
    """So many of the probes, or all: of as many different persons as may be."""
    persons = found.matching.probe.persons[probes]
    _, first = np.unique(persons, return_index=True)
    first = first[drawn.evenly(len(first), number)]
    others = np.setdiff1d(np.arange(len(probes)), first)
    others = others[drawn.evenly(len(others), number - len(first))]
    return probes[np.concatenate([first, others])]


def _frames(sequences: data_module.Sequences, chosen: np.ndarray) -> np.ndarray:
    """[n, f, J, 3] of some sequences."""
    order = np.argsort(chosen)
    found = np.empty((len(chosen), *sequences.shape[1:]), np.float32)
    found[order] = sequences[chosen[order]]
    return found.reshape(*found.shape[:2], -1, 3)


def _up(sequences: data_module.Sequences, about: subject.Subject) -> tuple[int, int]:
    some = sequences[drawn.evenly(len(sequences), 500)]
    axis = turning.vertical_axis(some)
    if not about.top or not about.bottom:
        return axis, 1
    joints = some.reshape(*some.shape[:2], -1, 3)[..., axis]
    top, bottom = (np.mean(joints[..., list(j)]) for j in (about.top, about.bottom))
    return axis, 1 if top >= bottom else -1
