"""Angle curves of the mean adult over a stride, and how much people differ."""

import dataclasses

import numpy as np

HARMONICS = 4

# Sagittal joint angles in degrees at every 5 % of a stride from heel strike on, by eye
# from the usual mean curves (Winter, The Biomechanics and Motor Control of Human Gait,
# 1991; Perry & Burnfield, Gait Analysis, 2010). Positive: hip and knee flexed, toes up.
_STRIDE = {
    "hip": "30 29 27 23 18 13 7 2 -3 -7 -10 -10 -6 2 11 20 27 31 33 32",
    "knee": "4 10 16 19 18 15 12 9 7 8 13 22 36 51 61 63 57 43 26 10",
    "ankle": "0 -4 -5 -1 3 5 7 8 10 10 7 -3 -14 -18 -13 -6 -1 1 2 1",
}


def _fourier(samples: str) -> tuple[float, ...]:
    """Mean, then the cosine and sine amplitude of each harmonic."""
    values = np.array(samples.split(), float)
    spectrum = np.fft.rfft(values)[1 : HARMONICS + 1] * 2 / len(values)
    pairs = np.stack([spectrum.real, -spectrum.imag], axis=1)
    return (float(values.mean()), *pairs.ravel().tolist())


@dataclasses.dataclass(frozen=True)
class Curve:
    """One angle of the body over the stride; degrees throughout.

    Attributes:
        wave: mean, then cosine and sine amplitude of the first harmonics.
        own: sd between persons of the mean.
        day: sd between days of one person of the mean (shoes, load, mood, attention).
        swing: sd between persons of the logarithm of the amplitude.
        standing: the mean while standing.
    """

    wave: tuple[float, ...]
    own: float
    day: float
    swing: float = 0.15
    standing: float = 0.0


# Angles of the limbs, left and right. A limb's own heel strike is its phase 0. Arms:
# Murray, Sepic & Barnard 1967 (shoulder from 24 degrees back to 8 in front, against the
# leg of the same side; the elbow bends by 20 to 40 degrees, most in front).
PAIRED = {
    "hip": Curve(_fourier(_STRIDE["hip"]), 2.5, 1.0, 0.08, 1.0),
    "knee": Curve(_fourier(_STRIDE["knee"]), 2.5, 1.0, 0.08, 3.0),
    "ankle": Curve(_fourier(_STRIDE["ankle"]), 2.5, 1.0, 0.12, 2.0),
    "thigh_out": Curve((-1.5, -1.0, -2.0), 1.5, 0.7, 0.2, 1.0),
    "toe_out": Curve((7.0,), 5.0, 1.5, standing=10.0),
    "shoulder": Curve((-6.0, -16.0, -4.0), 5.0, 3.0, 0.30, -2.0),
    "elbow": Curve((27.0, -9.0, -4.0), 7.0, 4.0, 0.30, 14.0),
    "arm_out": Curve((8.0, 0.0, 0.0, 1.0), 3.0, 1.5, 0.3, 7.0),
}
# Angles of the trunk; phase 0 is the right heel strike. Yaw is positive where the right
# side goes in front, roll where the body leans to the right, pitch where it leans
# forward. Amplitudes as in Perry & Burnfield (pelvis 4 degrees each way) and Murray
# 1967 (the shoulders turn against the pelvis).
MIDLINE = {
    "pelvis_yaw": Curve((0.0, 4.0, 1.0), 1.0, 0.7, 0.25),
    "pelvis_roll": Curve((0.0, 0.0, -3.5), 0.7, 0.4, 0.25),
    "trunk_yaw": Curve((0.0, -5.0, -1.0), 1.5, 1.0, 0.25),
    "trunk_roll": Curve((0.0, 0.0, 1.8), 1.0, 0.7, 0.3),
    "trunk_pitch": Curve((3.0, 0.0, 0.0, 1.0, 0.6), 3.0, 1.5, 0.3, 1.0),
    "shoulder_roll": Curve((0.0, 0.0, -1.5), 1.5, 0.7, 0.3),
    "head_pitch": Curve((12.0, 0.0, 0.0, 0.8), 5.0, 3.5, 0.3, 10.0),
}


def table(curves: dict[str, Curve]) -> np.ndarray:
    """[C, 1 + 2 * HARMONICS] waves of C curves in radians."""
    waves = np.zeros((len(curves), 1 + 2 * HARMONICS))
    for row, curve in zip(waves, curves.values(), strict=True):
        row[: len(curve.wave)] = curve.wave
    return np.deg2rad(waves)


def column(curves: dict[str, Curve], field: str) -> np.ndarray:
    """[C] one field of C curves, such as ``day``."""
    return np.array([getattr(curve, field) for curve in curves.values()])
