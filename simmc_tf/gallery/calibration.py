"""From which distance on somebody is taken for nobody in the gallery."""

import dataclasses
from typing import Any

import numpy as np

UNITS = (RECORDING, SEQUENCE) = ("recording", "sequence")
# Of all intervals and bounds.
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class State:
    """Of a gallery: no two that differ in who is enrolled are alike.

    Attributes:
        persons: enrolled.
        sequences: enrolled.
        next_sequence: number of the next one to be enrolled, never given before.
    """

    persons: int
    sequences: int
    next_sequence: int


@dataclasses.dataclass(frozen=True)
class Threshold:
    """A limit of the distance to the nearest person, and what is known of it.

    Attributes:
        unit: what it judges: `RECORDING` or `SEQUENCE`.
        distance: only what is nearer is taken for the nearest person.
        false_accept_rate: that was asked for; expected of new persons at most.
        impostor_trials: searches for persons who are not in the gallery.
        impostor_persons: who they are of.
        false_accepts: of these trials, how many are nearer than the limit.
        false_accept_bound: the rate among new impostors is below this with
            `CONFIDENCE`; None where a person has several trials, and for those of
            `leave_one_out`, which have the enrolled in common: neither are independent.
        genuine_trials: searches for persons who are in the gallery.
        found: of these, nearer than the limit and nearest to the right person.
        mistaken: of these, nearer than the limit and nearest to another person.
        gallery: in which this was found.
        calibrated: when, in UTC.
        leave_one_out: whether impostors are the enrolled, each left out in turn.
    """

    unit: str
    distance: float
    false_accept_rate: float
    impostor_trials: int
    impostor_persons: int
    false_accepts: int
    false_accept_bound: float | None
    genuine_trials: int
    found: int
    mistaken: int
    gallery: State
    calibrated: str
    leave_one_out: bool = False

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Threshold":
        """One of what `dataclasses.asdict` gave."""
        return cls(**{**content, "gallery": State(**content["gallery"])})

    def accepts(self, distance: float) -> bool:
        """Whether somebody so far is taken for the nearest person."""
        return distance < self.distance


@dataclasses.dataclass(frozen=True)
class Trials:
    """Searches for people, of each the nearest person and the distance.

    Attributes:
        person: [T] int64 numbers of who it is.
        nearest: [T] int64 numbers of the nearest persons in the gallery.
        distance: [T] float64 to them.
        genuine: [T] bool, whether who it is is in the gallery.
    """

    person: np.ndarray
    nearest: np.ndarray
    distance: np.ndarray
    genuine: np.ndarray


def needed(rate: float, leave_one_out: bool = False) -> int:
    """Impostor persons from which on a limit is known to accept so few on average."""
    spare = _spare(leave_one_out)
    return max(spare, int(np.ceil(spare / rate - 1e-9)) - 1)


def threshold(
    unit: str,
    trials: Trials,
    rate: float,
    gallery: State,
    time: str,
    leave_one_out: bool = False,
) -> Threshold:
    """The largest limit that on average accepts at most that share of new impostors.

    Trials of one person are alike, so each of m counts for 1 / m of a person. The limit
    is the largest distance of a trial that k persons of P are strictly below, with
    k + 1 <= rate (P + 1); only what is strictly nearer is accepted.

    A stranger and P held-out impostors are exchangeable. The largest distance that at
    most rate (P + 1) of these P + 1 are below accepts at most the rate of each on
    average, and the limit is no larger, since the stranger is one person at most. With
    one trial of each, the rate among others has the distribution Beta(k + 1, P - k) of
    order statistics (Wilks 1941), which gives the bound.

    Leave-one-out trials have the enrolled in common. Were a stranger enrolled as well,
    the P + 1 persons would be exchangeable. With one sequence of each, the stranger
    brings nobody nearer to the others than the stranger is, but two may be the nearest
    of one another: k within the limit give new strangers a rate of (k + 2) / (P + 1) at
    most.

    Args:
        unit: what is judged.
        trials: of people in the gallery and of `needed` people or more who are not.
        rate: false accepts among impostors, between 0 and 1.
        gallery: that was searched.
        time: of the calibration.
        leave_one_out: whether the trials are those of `leave_one_out.trials`.
    """
    order = np.argsort(trials.distance[~trials.genuine], kind="stable")
    impostors = trials.distance[~trials.genuine][order]
    persons, index, counts = np.unique(
        trials.person[~trials.genuine][order], return_inverse=True, return_counts=True
    )
    parts = 1 / counts[index]
    nearer = np.cumsum(parts) - parts
    allowed = rate * (len(persons) + 1) - _spare(leave_one_out) + 1e-9
    accepted = int(np.flatnonzero(nearer <= allowed)[-1])
    limit = float(impostors[accepted])
    near = trials.genuine & (trials.distance < limit)
    right = trials.person == trials.nearest
    independent = not leave_one_out and len(persons) == len(impostors)
    return Threshold(
        unit=unit,
        distance=limit,
        false_accept_rate=rate,
        impostor_trials=len(impostors),
        impostor_persons=len(persons),
        false_accepts=int((impostors < limit).sum()),
        false_accept_bound=_quantile(accepted, len(impostors), CONFIDENCE)
        if independent
        else None,
        genuine_trials=int(trials.genuine.sum()),
        found=int((near & right).sum()),
        mistaken=int((near & ~right).sum()),
        gallery=gallery,
        calibrated=time,
        leave_one_out=leave_one_out,
    )


def _spare(leave_one_out: bool) -> int:
    """Persons that may be within the limit besides those who were seen to be."""
    return 2 if leave_one_out else 1


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Two-sided interval of a share (Clopper and Pearson 1934)."""
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if not successes else _quantile(successes - 1, trials, tail)
    high = 1.0 if successes == trials else _quantile(successes, trials, 1 - tail)
    return low, high


def _quantile(successes: int, trials: int, probability: float) -> float:
    """Of Beta(successes + 1, trials - successes)."""
    import scipy.special

    return float(
        scipy.special.betaincinv(successes + 1, trials - successes, probability)
    )
