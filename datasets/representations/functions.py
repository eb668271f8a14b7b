"""Representations that are known functions of the skeletons, by name."""

import dataclasses
import pathlib

from datasets.representations import handcrafted, pose_features
from simmc_tf import errors, representation, yardsticks

RAW = "raw"
DISTANCES = "distances"
POSEGAIT = pose_features.NAME
# Spelling on the command line, in small letters -> name.
_SPELLINGS = {
    **{RAW: RAW, "coordinates": RAW, DISTANCES: DISTANCES},
    **{"d-13": handcrafted.D13, "d13": handcrafted.D13},
    **{"d-16": handcrafted.D16, "d16": handcrafted.D16, POSEGAIT: POSEGAIT},
}
# What scripts.evaluate calls the models of SimMC.py and of SimMC-UF.py.
SIMMC, UF = OF_MODELS = ("simmc", "uf")
NAMES = (RAW, handcrafted.D13, handcrafted.D16, DISTANCES, POSEGAIT)


@dataclasses.dataclass(frozen=True)
class SkeletonFunction:
    """Gives every skeleton a vector.

    Attributes:
        name: one of `NAMES`.
        of_skeletons: [N, f, 3J] root-centred coordinates -> [N, f, d].
        representation: of whole sequences, the mean over their skeletons.
        notes: what differs from its definition on these joints.
    """

    name: str
    of_skeletons: representation.OfSkeletons
    representation: representation.Representation
    notes: tuple[str, ...] = ()


def known(name: str) -> str | None:
    """The name that a spelling means, None where it means none of them."""
    return _SPELLINGS.get(name.lower())


def check_free(source: str, function: str | None = None) -> None:
    """Refuses to call a source model what --representation takes for something else.

    Args:
        source: name or path.
        function: that the representations are of, whose own name it may have.

    Raises:
        errors.InputError: the name is taken.
    """
    name = pathlib.Path(source).name
    if known(name) != function and known(name) or name.lower() in OF_MODELS:
        raise errors.InputError(
            f"--source {source}: scripts.evaluate takes {name} for something else; "
            "choose another name."
        )


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
        return SkeletonFunction(name, lambda sequences: sequences, yardsticks.MEAN)
    if name == DISTANCES:
        if len(joints) < 2:
            raise errors.InputError(f"{name}: a skeleton of 1 joint has no distances.")
        return SkeletonFunction(
            name, yardsticks.joint_distances, yardsticks.JOINT_DISTANCES
        )
    descriptor: pose_features.PoseFeatures | handcrafted.Descriptor
    if name == POSEGAIT:
        descriptor = pose_features.PoseFeatures(joints)
    else:
        descriptor = handcrafted.Descriptor(name, joints, published_indices)
    mean = representation.mean_over_skeletons(descriptor)
    # PoseGait's families have different units.
    found = representation.Representation(mean, standardised=name == POSEGAIT)
    return SkeletonFunction(name, descriptor, found, tuple(descriptor.notes))
