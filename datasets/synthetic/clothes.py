"""Clothes: how bags and coats displace the joints that a pose estimator sees."""

import numpy as np

from datasets.synthetic import takes

# Metres outwards, upwards and backwards by which a coat hides the true joint, and
# by which a bag at one side does. By eye, from CASIA-B's silhouettes: a coat widens
# shoulders and hips and hides the legs down to the knees.
_COAT = {
    "Shoulder": (0.025, 0.010, 0.0),
    "Elbow": (0.020, 0.0, 0.0),
    "Hip": (0.030, -0.030, 0.01),
    "Knee": (0.010, -0.030, 0.0),
}
_BAG = {
    "Shoulder": (0.010, -0.015, 0.02),
    "Hip": (0.025, 0.0, 0.01),
    "Wrist": (0.02, 0.02, 0.0),
}
# A garment's own factor to these is drawn between them; each recording has another.
_AMOUNT = (0.5, 1.5)


def shifts(
    rng: np.random.Generator, joints: tuple[str, ...], recordings: list[takes.Take]
) -> np.ndarray:
    """[J, 3, R, 1] metres in the body's axes by which clothes displace joints."""
    tables = {"normal": {}, "bag": _BAG, "coat": _COAT}
    amount = rng.uniform(*_AMOUNT, len(recordings))
    result = np.zeros((len(joints), 3, len(recordings), 1), np.float32)
    for column, take in enumerate(recordings):
        table = tables[take.clothing]
        for row, joint in enumerate(joints):
            side = joint.endswith("Right") - joint.endswith("Left")
            name = joint.removesuffix("Left").removesuffix("Right")
            if name in table:
                outward, up, back = table[name]
                shift = np.array([side * outward, up, back])
                result[row, :, column, 0] = amount[column] * shift
    return result
