"""Bodies: the segment lengths of a drawn person."""

import dataclasses
from typing import Any

import numpy as np

# Mean and sd of stature in metres for women and men, near those of surveys of adults
# such as NHANES; together about 1.70 +- 0.09 m.
_STATURE = ((1.63, 0.066), (1.76, 0.070))

# Segment lengths as fractions of stature: Drillis & Contini 1966, as drawn in Winter,
# Biomechanics and Motor Control of Human Movement, figure 4.1. Widths are between joint
# centres, which lie inside the contours that Winter's figure measures: the acromia
# (0.259) about 2 cm on each side, the hips (0.191) half-way to the midline (Bell et al.
# 1990). Trunk is from the hips' to the shoulders' height, neck from there to the chin,
# head from there to the centre of the skull.
_PROPORTIONS = {
    "thigh": 0.245,
    "shank": 0.246,
    "foot": 0.152,
    "ankle_height": 0.039,
    "upper_arm": 0.186,
    "forearm": 0.146,
    "hand": 0.108,
    "trunk": 0.288,
    "neck": 0.052,
    "head": 0.062,
    "shoulder_width": 0.232,
    "hip_width": 0.100,
}
_PAIRED = ("thigh", "shank", "foot", "upper_arm", "forearm", "hand")

# Sd of the logarithm of each proportion once stature is accounted for: the upper end of
# the 3 to 5 % of anthropometric surveys, which makes up for the many ways in which real
# bodies differ and these do not (soft tissue, the shape of the back).
_SPREAD = 0.05
# Left and right limb bones differ by about 1 % (Auerbach & Ruff 2006).
_ASYMMETRY = 0.01
# Men's shoulders are wider and women's hips, by about 3 % of the mean each way.
_SEX_WIDTH = 0.03


@dataclasses.dataclass(frozen=True)
class Body:
    """Segment lengths of one person in metres.

    Attributes:
        stature: height of the crown above the floor.
        thigh, shank, foot, upper_arm, forearm, hand: [2] left and right.
        ankle_height: of the ankle's centre above the sole.
        trunk: from the hips' to the shoulders' height.
        neck: from the shoulders' to the chin's height.
        head: from the chin's height to the centre of the skull.
        shoulder_width, hip_width: between the left and the right joint centre.
    """

    stature: float
    thigh: np.ndarray
    shank: np.ndarray
    foot: np.ndarray
    upper_arm: np.ndarray
    forearm: np.ndarray
    hand: np.ndarray
    ankle_height: float
    trunk: float
    neck: float
    head: float
    shoulder_width: float
    hip_width: float

    @property
    def leg(self) -> float:
        """Height of the hips over the soles in metres, of a person who stands."""
        return float(np.mean(self.thigh + self.shank)) + self.ankle_height


def draw(rng: np.random.Generator) -> Body:
    """Draws one person, man or woman with equal chance."""
    man = int(rng.integers(2))
    mean, spread = _STATURE[man]
    stature = mean + spread * np.clip(rng.standard_normal(), -2.5, 2.5)
    lengths: dict[str, Any] = {}
    for name, fraction in _PROPORTIONS.items():
        own = np.exp(_SPREAD * np.clip(rng.standard_normal(), -2.5, 2.5))
        lengths[name] = float(fraction * stature * own)
        if name in _PAIRED:
            half = _ASYMMETRY * rng.standard_normal() / 2
            lengths[name] = lengths[name] * np.array([1 - half, 1 + half])
    lengths["shoulder_width"] *= 1 + (_SEX_WIDTH if man else -_SEX_WIDTH)
    lengths["hip_width"] *= 1 - (_SEX_WIDTH if man else -_SEX_WIDTH)
    return Body(stature=float(stature), **lengths)
