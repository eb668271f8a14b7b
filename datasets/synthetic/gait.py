"""Gaits: how a drawn person's joint angles go through a stride."""

import dataclasses

import numpy as np

from datasets.synthetic import curves

# Every harmonic of every limb is off by this share of the curve's largest one, a third
# of that between left and right: mild, so that all persons still walk as people do.
_SHAPE = 0.06
# Strides a second of a leg of 0.9 m at a comfortable speed (some 112 steps a minute,
# Perry & Burnfield 2010); a longer leg is slower at the same Froude number.
_CADENCE = 0.93
_CADENCE_SPREAD = 0.05


@dataclasses.dataclass(frozen=True)
class Style:
    """How one person walks; P limb angles, M angles of the trunk, K wave columns.

    Attributes:
        cadence: strides a second at a comfortable speed.
        limbs: [P, 2, K] radians, left then right: mean, cosine and sine amplitudes.
        trunk: [M, K] radians.
    """

    cadence: float
    limbs: np.ndarray
    trunk: np.ndarray


@dataclasses.dataclass(frozen=True)
class Changes:
    """What R recordings of a person change about the walk.

    Attributes:
        vigour: [R] factor to the swing of all angles, 0 for a person who stands.
        cadence: [R] factor to the strides a second.
        limbs: [R, P, 2] radians to add to the mean angles.
        trunk: [R, M] radians to add to the mean angles.
        arm_swing: [R, 2] factor to the swing of the left and the right arm.
    """

    vigour: np.ndarray
    cadence: np.ndarray
    limbs: np.ndarray
    trunk: np.ndarray
    arm_swing: np.ndarray


def _personal(rng: np.random.Generator, kinds: dict[str, curves.Curve]) -> np.ndarray:
    """[C, K] waves of one person, who is off the mean adult's in mean and swing."""
    waves = curves.table(kinds)
    swing = curves.column(kinds, "swing")[:, None]
    waves[:, 1:] *= np.exp(swing * np.clip(rng.standard_normal(swing.shape), -2, 2))
    own = np.deg2rad(curves.column(kinds, "own"))
    waves[:, 0] += own * np.clip(rng.standard_normal(own.shape), -2.5, 2.5)
    return waves


def draw(rng: np.random.Generator, leg: float) -> Style:
    """Draws how a person with legs of ``leg`` metres walks."""
    limbs = _personal(rng, curves.PAIRED)[:, None].repeat(2, axis=1)
    largest = np.abs(limbs[:, :, 1:]).max(axis=2, keepdims=True)
    shape = rng.standard_normal((len(limbs), 1, limbs.shape[2] - 1))
    sides = rng.standard_normal((len(limbs), 2, limbs.shape[2] - 1)) / 3
    limbs[:, :, 1:] += _SHAPE * largest * (shape + sides)
    own_pace = np.exp(_CADENCE_SPREAD * rng.standard_normal())
    return Style(
        cadence=_CADENCE * np.sqrt(0.9 / leg) * own_pace,
        limbs=limbs,
        trunk=_personal(rng, curves.MIDLINE),
    )


def _waves(phase: np.ndarray) -> np.ndarray:
    """[K, R, T] float32: one, then cosine and sine of each multiple of the phase."""
    waves = np.ones((1 + 2 * curves.HARMONICS, *phase.shape), np.float32)
    turn = np.exp(1j * phase).astype(np.complex64)
    power = np.ones_like(turn)
    for harmonic in range(curves.HARMONICS):
        power *= turn
        waves[1 + 2 * harmonic] = power.real
        waves[2 + 2 * harmonic] = power.imag
    return waves


def _standing(kinds: dict[str, curves.Curve]) -> np.ndarray:
    """[C] radians by which the mean angles differ while a person stands."""
    still = np.deg2rad(curves.column(kinds, "standing"))
    return still - curves.table(kinds)[:, 0]


def angles(style: Style, changes: Changes, phase: np.ndarray) -> dict[str, np.ndarray]:
    """Angles of every frame.

    Args:
        style: of the person.
        changes: of the R recordings.
        phase: [R, T] radians since a right heel strike.

    Returns:
        Radians by name: [2, R, T] left then right for `curves.PAIRED`, [R, T] for
        `curves.MIDLINE`.
    """
    waves = _waves(phase)
    flat = waves[1:].reshape(len(waves) - 1, -1)
    # Half a stride later the odd multiples of the phase have changed sign.
    opposite = np.repeat([(-1.0) ** (k + 1) for k in range(curves.HARMONICS)], 2)
    swing = style.limbs[:, :, 1:] * np.stack([opposite, np.ones_like(opposite)])
    vigour = changes.vigour[:, None]
    stands = (changes.vigour == 0)[:, None]
    result: dict[str, np.ndarray] = {}
    for row, name in enumerate(curves.PAIRED):
        moving = (swing[row].astype(np.float32) @ flat).reshape(2, *phase.shape)
        moving *= vigour
        if name in ("shoulder", "elbow"):
            moving *= changes.arm_swing.T[:, :, None]
        mean = style.limbs[row, :, 0] + changes.limbs[:, row]
        mean = mean + stands * _standing(curves.PAIRED)[row]
        result[name] = moving + mean.T[:, :, None]
    for row, name in enumerate(curves.MIDLINE):
        moving = (style.trunk[row, 1:].astype(np.float32) @ flat).reshape(phase.shape)
        mean = style.trunk[row, 0] + changes.trunk[:, row]
        mean = mean + stands[:, 0] * _standing(curves.MIDLINE)[row]
        result[name] = moving * vigour + mean[:, None]
    # Neither joint bends the other way.
    for name in ("knee", "elbow"):
        np.maximum(result[name], 0.0, out=result[name])
    return {name: angle.astype(np.float32) for name, angle in result.items()}
