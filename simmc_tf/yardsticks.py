"""What anyone could compute from skeletons without learning."""

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import evaluation, representation


def joint_distances(sequences: np.ndarray) -> np.ndarray:
    """All distances between two joints of each skeleton.

    Args:
        sequences: [N, f, 3J] coordinates.

    Returns:
        [N, f, J (J - 1) / 2] float32.
    """
    num_joints = sequences.shape[2] // 3
    first, second = np.triu_indices(num_joints, 1)
    joints = sequences.reshape(*sequences.shape[:2], num_joints, 3)
    distances = np.empty((*sequences.shape[:2], len(first)), np.float32)
    for frame in range(joints.shape[1]):
        offsets = joints[:, frame, first] - joints[:, frame, second]
        distances[:, frame] = np.sqrt(np.square(offsets).sum(axis=-1))
    return distances


MEAN = representation.Representation(representation.mean_over_skeletons())
# Distances differ in size and in what they tell, so that each is standardised.
RAW_JOINT_DISTANCES = representation.Representation(
    representation.mean_over_skeletons(joint_distances)
)
JOINT_DISTANCES = representation.Representation(
    representation.mean_over_skeletons(joint_distances), standardised=True
)
_OF_COORDINATES = {
    "mean coordinates": MEAN,
    "mean joint distances, raw": RAW_JOINT_DISTANCES,
    "mean joint distances, standardised": JOINT_DISTANCES,
}
_OF_REPRESENTATIONS = {"mean representations": MEAN}
# What an encoder adds nothing to if it is not ahead of it.
PREPARED = "mean prepared input"


def scores(
    data: data_module.ReidData, prepared: data_module.ReidData | None = None
) -> dict[str, evaluation.Scores]:
    """Scores of the yardsticks on all probes and the whole gallery; none without.

    Args:
        data: of the experiment.
        prepared: the same, as an encoder sees them that a preparation precedes; None
            without one.
    """
    if data.matching is None:
        return {}
    yardsticks = _OF_COORDINATES if data.coordinates else _OF_REPRESENTATIONS
    found = {
        name: evaluation.match(data.matching, yardstick.fit(data.train.sequences))
        for name, yardstick in yardsticks.items()
    }
    if prepared is not None and prepared.matching is not None:
        found[PREPARED] = evaluation.match(
            prepared.matching, MEAN.encode, distance=evaluation.COSINE
        )
    return found
