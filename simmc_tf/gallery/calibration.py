"""From which distance on somebody is taken for nobody in the gallery."""

import dataclasses

import numpy as np

from simmc_tf import errors

UNITS = (RECORDING, SEQUENCE) = ("recording", "sequence")
# Of all intervals and bounds.
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Threshold:
    """A limit of the distance to the nearest person, and what is known of it.

    Attributes:
        unit: what it judges: `RECORDING` or `SEQUENCE`.
        distance: only what is nearer is taken for the nearest person.
        false_accept_rate: that was asked for.
        impostor_trials: searches for persons who are not in the gallery.
        impostor_persons: who they are of.
        false_accepts: of these trials, how many are nearer than the limit.
        false_accept_bound: the rate is below this with `CONFIDENCE`, were the trials
            independent.
        genuine_trials: searches for persons who are in the gallery.
        found: of these, nearer than the limit and nearest to the right person.
        mistaken: of these, nearer than the limit and nearest to another person.
        persons: in the gallery when this was found.
        sequences: in the gallery then.
        calibrated: when, in UTC.
    """

    unit: str
    distance: float
    false_accept_rate: float
    impostor_trials: int
    impostor_persons: int
    false_accepts: int
    false_accept_bound: float
    genuine_trials: int
    found: int
    mistaken: int
    persons: int
    sequences: int
    calibrated: str

    def accepts(self, distance: float) -> bool:
        """Whether somebody so far is taken for the nearest person."""
        return distance < self.distance


@dataclasses.dataclass(frozen=True)
class Trials:
    """Searches for people, of each the nearest person and the distance.

    Attributes:
        person: [T] ids of who it is.
        nearest: [T] ids of the nearest persons in the gallery.
        distance: [T] float64 to them.
        genuine: [T] bool, whether who it is is in the gallery.
    """

    person: np.ndarray
    nearest: np.ndarray
    distance: np.ndarray
    genuine: np.ndarray


def needed(false_accept_rate: float) -> int:
    """Impostor trials of which one may be accepted; fewer can't show such a rate."""
    return int(np.ceil(1 / false_accept_rate - 1e-9))


def threshold(
    unit: str, trials: Trials, rate: float, persons: int, sequences: int, time: str
) -> Threshold | None:
    """The largest limit that accepts at most the given share of the impostors.

    The limit is the (k + 1)-th smallest distance of n impostors, k = floor(rate n), and
    only what is strictly nearer is accepted. Of independent trials the rate itself then
    has the distribution Beta(k + 1, n - k) of order statistics (Wilks 1941), which
    gives the bound.

    Args:
        unit: what is judged.
        trials: of people in the gallery and people who are not.
        rate: false accepts among impostors, between 0 and 1.
        persons: in the gallery.
        sequences: in the gallery.
        time: of the calibration.

    Returns:
        None where the impostors are too few for such a rate.

    Raises:
        errors.InputError: the rate is none.
    """
    if not 0 < rate < 1:
        raise errors.InputError(
            f"--false_accept_rate {rate}: expected a share between 0 and 1, as 0.01."
        )
    impostors = np.sort(trials.distance[~trials.genuine])
    if len(impostors) < needed(rate):
        return None
    accepted = int(rate * len(impostors) + 1e-9)
    limit = float(impostors[accepted])
    near = trials.genuine & (trials.distance < limit)
    right = trials.person == trials.nearest
    return Threshold(
        unit=unit,
        distance=limit,
        false_accept_rate=rate,
        impostor_trials=len(impostors),
        impostor_persons=len(np.unique(trials.person[~trials.genuine])),
        false_accepts=int((impostors < limit).sum()),
        false_accept_bound=_quantile(accepted, len(impostors), CONFIDENCE),
        genuine_trials=int(trials.genuine.sum()),
        found=int((near & right).sum()),
        mistaken=int((near & ~right).sum()),
        persons=persons,
        sequences=sequences,
        calibrated=time,
    )


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
