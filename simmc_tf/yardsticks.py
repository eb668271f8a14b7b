"""What anyone could compute from skeletons without learning."""

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import evaluation, representation


def mean_coordinates(sequences: np.ndarray) -> np.ndarray:
    """Averages root-centred coordinates [N, f, 3J] over the frames, to [N, 3J]."""
    return sequences.mean(axis=1)


def mean_distances(sequences: np.ndarray) -> np.ndarray:
    """Averages all distances between two joints over the frames.

    Args:
        sequences: [N, f, 3J] coordinates.

    Returns:
        [N, J (J - 1) / 2] float32.
    """
    num_joints = sequences.shape[2] // 3
    first, second = np.triu_indices(num_joints, 1)
    parts = []
    for some in data_module.pieces(len(sequences)):
        part = sequences[some]
        joints = part.reshape(*part.shape[:2], num_joints, 3)
        total = np.zeros((len(part), len(first)), np.float32)
        for frame in range(joints.shape[1]):
            offsets = joints[:, frame, first] - joints[:, frame, second]
            total += np.sqrt(np.square(offsets).sum(axis=-1))
        parts.append(total / joints.shape[1])
    return np.concatenate(parts)


# Name -> what it is. Distances differ in size and in what they tell, so that each is
# standardised.
YARDSTICKS = {
    "mean coordinates": representation.Representation(mean_coordinates),
    "mean joint distances": representation.Representation(
        mean_distances, standardised=True
    ),
}


def scores(
    train: data_module.Split, matching: data_module.Matching
) -> dict[str, evaluation.Scores]:
    """Scores of the yardsticks on all probes and the whole gallery."""
    return {
        name: evaluation.match(matching, yardstick.fit(train.sequences))
        for name, yardstick in YARDSTICKS.items()
    }
