"""Forward kinematics: from the rotations of a skeleton's joints to their places."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import transform


def rotation(angles: np.ndarray, axes: str) -> np.ndarray:
    """Turns about axes that turn along, one after another.

    Args:
        angles: [T, a] radians.
        axes: a letters of X, Y, Z, at most three and none twice in a row.

    Returns:
        [T, 3, 3] matrices for column vectors: for ZXY they are Z @ X @ Y. The same
        turns about axes that stand still have the letters and angles in reverse.
    """
    if not axes:
        return np.broadcast_to(np.eye(3), (len(angles), 3, 3))
    return transform.Rotation.from_euler(axes, angles).as_matrix()


def forward(
    parents: Sequence[int],
    rotations: Sequence[np.ndarray],
    translations: Sequence[np.ndarray],
) -> np.ndarray:
    """Places the joints of a tree.

    Args:
        parents: of J joints, each before its children; -1 for the root.
        rotations: J of [T, 3, 3] or [3, 3], a joint's turn as its parent sees it.
        translations: J of [T, 3] or [3], a joint's place as its parent sees it.

    Returns:
        [T, J, 3] in the unit of the translations.
    """
    turns: list[np.ndarray] = []
    places: list[np.ndarray] = []
    for parent, turn, translation in zip(parents, rotations, translations, strict=True):
        if parent >= 0:
            moved = turns[parent] @ translation[..., np.newaxis]
            translation = places[parent] + moved[..., 0]
            turn = turns[parent] @ turn
        turns.append(turn)
        places.append(translation)
    return np.stack(np.broadcast_arrays(*places), axis=1)
