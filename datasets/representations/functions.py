"""Representations that are known functions of the skeletons, by name."""

import dataclasses
from collections.abc import Callable

import numpy as np

from datasets.representations import handcrafted
from simmc_tf import data as data_module
from simmc_tf import errors, yardsticks
from simmc_tf import representation as representation_module

RAW = "raw"
DISTANCES = "distances"
# Spelling on the command line, in small letters -> name.
_SPELLINGS = {
    **{RAW: RAW, "coordinates": RAW, DISTANCES: DISTANCES},
    **{"d-13": handcrafted.D13, "d13": handcrafted.D13},
    **{"d-16": handcrafted.D16, "d16": handcrafted.D16},
}
NAMES = (RAW, handcrafted.D13, handcrafted.D16, DISTANCES)


@dataclasses.dataclass(frozen=True)
class SkeletonFunction:
    """Gives every skeleton a vector.

    Attributes:
        name: one of `NAMES`.
        of_skeletons: [N, f, 3J] root-centred coordinates -> [N, f, d].
        standardised: whether its numbers are by default compared after division by
            their deviation over the training set.
        notes: what differs from its definition on these joints.
    """

    name: str
    of_skeletons: Callable[[np.ndarray], np.ndarray]
    standardised: bool = False
    notes: tuple[str, ...] = ()

    def representation(
        self, standardised: bool | None = None
    ) -> representation_module.Representation:
        """Of whole sequences: the mean over their skeletons.

        Args:
            standardised: None for the function's default.
        """
        return representation_module.Representation(
            self.of_sequences,
            self.standardised if standardised is None else standardised,
        )

    def of_sequences(self, sequences: np.ndarray) -> np.ndarray:
        """[N, d], the mean over the skeletons of each sequence."""
        return np.concatenate(
            [
                self.of_skeletons(sequences[some]).mean(axis=1)
                for some in data_module.pieces(len(sequences))
            ]
        )


def known(name: str) -> str | None:
    """The name that a spelling means, None where it means none of them."""
    return _SPELLINGS.get(name.lower())


def find(
    name: str, joints: tuple[str, ...], published_indices: bool = False
) -> SkeletonFunction:
    """The function of that name, for a skeleton.

    Args:
        name: one of `NAMES`.
        joints: J joint names.
        published_indices: D-13 and D-16 as the published code computes them.

    Raises:
        errors.InputError: the skeleton has not enough joints.
    """
    if name == RAW:
        return SkeletonFunction(name, lambda sequences: sequences)
    if name == DISTANCES:
        if len(joints) < 2:
            raise errors.InputError(f"{name}: a skeleton of 1 joint has no distances.")
        return SkeletonFunction(name, yardsticks.joint_distances, standardised=True)
    descriptor = handcrafted.Descriptor(name, joints, published_indices)
    return SkeletonFunction(name, descriptor, notes=tuple(descriptor.notes))
