"""What is recorded of every person (views, days, clothes) and how it shifts a walk."""

import dataclasses
from typing import Literal, get_args

import numpy as np

from datasets.synthetic import curves, gait
from simmc_tf import errors

# Heading of a walk in degrees: 0 towards the sensor, 90 to the sensor's right (so that
# it sees the right side), 180 away. KS20's five views go by the side that is seen here.
VIEWS = {
    "frontal": 0.0,
    "left_diagonal": -45.0,
    "left_lateral": -90.0,
    "right_diagonal": 45.0,
    "right_lateral": 90.0,
    **{f"{degrees:03d}": float(degrees) for degrees in range(0, 181, 18)},
}

Motion = Literal["walk", "still", "followed"]
Clothing = Literal["normal", "bag", "coat"]


@dataclasses.dataclass(frozen=True)
class Take:
    """Recordings that each of some persons makes.

    Attributes:
        split: of the data set; all recordings of one split are made on one day.
        view: of `VIEWS`.
        count: recordings a person.
        motion: "walk" through the field of view, "still" on the spot, "followed" by a
            turning sensor.
        clothing: "normal", "bag" or "coat".
        condition: as the recordings give it; empty: the view.
        persons: the first person and the one after the last; None: everybody.
    """

    split: str
    view: str = "frontal"
    count: int = 1
    motion: Motion = "walk"
    clothing: Clothing = "normal"
    condition: str = ""
    persons: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuses values that no walk can be made of."""
        if self.view not in VIEWS:
            raise errors.InputError(
                f"unknown view {self.view!r}; expected one of {', '.join(VIEWS)}"
            )
        for name, kind in (("motion", Motion), ("clothing", Clothing)):
            value = getattr(self, name)
            if value not in get_args(kind):
                raise errors.InputError(
                    f"unknown {name} {value!r}; expected {', '.join(get_args(kind))}"
                )
        if self.count < 1:
            raise errors.InputError(
                f"count of the {self.split} recordings is {self.count}; expected 1 or "
                "more"
            )

    def covers(self, person: int) -> bool:
        """Whether the person makes these recordings."""
        return self.persons is None or self.persons[0] <= person < self.persons[1]


# Sd between recordings of the logarithm of the speed. Stride length and stride rate
# each go with its square root (Grieve & Gear 1966).
_SPEED = 0.10
# Sd between recordings of one day of the mean angles, as a share of that between days.
_SAME_DAY = 0.6
# Sd between days of the logarithm of the arms' swing.
_ARM_SWING = 0.20


def _mean_angles(
    rng: np.random.Generator,
    kinds: dict[str, curves.Curve],
    day_of: np.ndarray,
    limbs: int,
) -> np.ndarray:
    """[R, C, limbs] radians that days and recordings add to the mean angles."""
    scale = np.deg2rad(curves.column(kinds, "day"))[:, None]
    days = rng.standard_normal((day_of.max() + 1, len(kinds), limbs))
    own = rng.standard_normal((len(day_of), len(kinds), limbs))
    return scale * (days[day_of] + _SAME_DAY * own)


def changes(rng: np.random.Generator, recordings: list[Take]) -> gait.Changes:
    """Draws what days, speeds and clothes change about R recordings of a person."""
    splits = list(dict.fromkeys(take.split for take in recordings))
    day_of = np.array([splits.index(take.split) for take in recordings])
    speed = np.exp(_SPEED * np.clip(rng.standard_normal(len(recordings)), -2.5, 2.5))
    limbs = _mean_angles(rng, curves.PAIRED, day_of, 2)
    trunk = _mean_angles(rng, curves.MIDLINE, day_of, 1)[:, :, 0]
    swing = np.exp(_ARM_SWING * rng.standard_normal((len(splits), 2)))[day_of]
    bag = np.array([take.clothing == "bag" for take in recordings])
    coat = np.array([take.clothing == "coat" for take in recordings])
    still = np.array([take.motion == "still" for take in recordings])
    # One hand holds the bag, and the trunk leans to the other side; a coat is stiff.
    hand = int(rng.integers(2))
    swing[bag, hand] *= 0.25
    swing[coat] *= 0.7
    paired, midline = list(curves.PAIRED), list(curves.MIDLINE)
    limbs[bag, paired.index("elbow"), hand] += np.deg2rad(20 * rng.uniform(-1, 2))
    limbs[coat, paired.index("arm_out")] += np.deg2rad(4)
    lean = np.deg2rad(2.5) * (1 if hand == 0 else -1)
    trunk[bag, midline.index("trunk_roll")] += lean
    trunk[bag, midline.index("trunk_pitch")] += np.deg2rad(2)
    return gait.Changes(
        vigour=np.where(still, 0.0, np.sqrt(speed)),
        cadence=np.sqrt(speed),
        limbs=limbs,
        trunk=trunk,
        arm_swing=swing,
    )
