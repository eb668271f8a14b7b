"""What anyone could compute from skeletons without learning."""

import numpy as np

from simmc_tf import data as data_module
from simmc_tf import evaluation

_SEQUENCES_AT_ONCE = 4096


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
    for start in range(0, len(sequences), _SEQUENCES_AT_ONCE):
        part = sequences[start : start + _SEQUENCES_AT_ONCE]
        joints = part.reshape(*part.shape[:2], num_joints, 3)
        total = np.zeros((len(part), len(first)), np.float32)
        for frame in range(joints.shape[1]):
            offsets = joints[:, frame, first] - joints[:, frame, second]
            total += np.sqrt(np.square(offsets).sum(axis=-1))
        parts.append(total / joints.shape[1])
    return np.concatenate(parts)


def scores(
    train: data_module.Split, matching: data_module.Matching
) -> dict[str, evaluation.Scores]:
    """Scores of the yardsticks on all probes and the whole gallery.

    Mean coordinates as they are; mean pairwise joint distances, each standardised by
    its mean and deviation over the training set.
    """
    gallery = mean_distances(matching.gallery.sequences)
    probe = mean_distances(matching.probe.sequences)
    spread = mean_distances(train.sequences).std(axis=0)
    spread[spread < 1e-6] = 1.0  # A distance that never changes tells nobody apart.
    features = {
        "mean coordinates": (
            mean_coordinates(matching.gallery.sequences),
            mean_coordinates(matching.probe.sequences),
        ),
        "mean joint distances": (gallery / spread, probe / spread),
    }
    return {
        name: evaluation.evaluate(
            gallery_features,
            matching.gallery.persons,
            probe_features,
            matching.probe.persons,
            matching.leave_self_out,
        )
        for name, (gallery_features, probe_features) in features.items()
    }
