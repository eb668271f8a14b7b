"""A skeleton as graphs of several scales: hyper-joints, joints, parts and limbs."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from simmc_tf import errors

# In the published order (MG-SCR, SM-SGE).
PARTS = (
    *("left thigh", "left shin", "right thigh", "right shin"),
    *("torso", "head"),
    *("left upper arm", "left forearm", "right upper arm", "right forearm"),
)
LIMBS = ("left leg", "right leg", "trunk", "left arm", "right arm")
# Limb of each part.
_LIMB_OF_PART = (0, 0, 1, 1, 2, 2, 3, 3, 4, 4)
# Published: arms hang on the head's part, which has the shoulders' middle.
_PART_EDGES = ((0, 1), (2, 3), (0, 4), (2, 4), (4, 5), (5, 6), (5, 8), (6, 7), (8, 9))
_LIMB_EDGES = ((0, 2), (1, 2), (3, 2), (4, 2))


@dataclasses.dataclass(frozen=True)
class Scale:
    """A skeleton at one granularity: nodes, each the mean of some joints.

    Attributes:
        name: what a node is.
        pool: [n, J] float32, of which joints a node is the mean; rows add up to 1.
        neighbours: [n, n] bool, symmetric, each node its own neighbour.
    """

    name: str
    pool: np.ndarray
    neighbours: np.ndarray

    @property
    def num_nodes(self) -> int:
        """How many nodes, n."""
        return len(self.pool)


@dataclasses.dataclass(frozen=True)
class Body:
    """What the graphs of a skeleton are made of.

    Attributes:
        joints: J joint names.
        bones: pairs of joint indices.
        parts: of each joint, an index of `PARTS`.
    """

    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    parts: tuple[int, ...]

    def __post_init__(self) -> None:
        """Checks that all parts are there.

        Raises:
            errors.InputError: a part has no joint, or the bones leave joints alone.
        """
        missing = [name for i, name in enumerate(PARTS) if i not in self.parts]
        if missing:
            raise errors.InputError(
                f"No joint is of the {missing[0]}; expected joints of each of "
                f"{', '.join(PARTS)} among {', '.join(self.joints)}."
            )

    @property
    def hyper_joint_scale(self) -> Scale:
        """Joints, and the middles of bones between them (SM-SGE section 3.1)."""
        joints, bones = len(self.joints), len(self.bones)
        pool = np.zeros((joints + bones, joints), np.float32)
        pool[:joints] = np.eye(joints)
        edges = []
        for number, (one, other) in enumerate(self.bones, start=joints):
            pool[number, [one, other]] = 0.5
            edges += [(one, number), (number, other)]
        return Scale("hyper-joint", pool, _neighbours(len(pool), edges))

    @property
    def joint_scale(self) -> Scale:
        """Joints, with bones for edges."""
        pool = np.eye(len(self.joints), dtype=np.float32)
        return Scale("joint", pool, _neighbours(len(pool), self.bones))

    @property
    def part_scale(self) -> Scale:
        """Ten parts."""
        return Scale(
            "part", _means(self.parts, len(PARTS)), _neighbours(len(PARTS), _PART_EDGES)
        )

    @property
    def limb_scale(self) -> Scale:
        """Four limbs around the trunk; the published code calls them bodies."""
        limbs = [_LIMB_OF_PART[part] for part in self.parts]
        return Scale(
            "limb", _means(limbs, len(LIMBS)), _neighbours(len(LIMBS), _LIMB_EDGES)
        )


def _means(group: Sequence[int], num_groups: int) -> np.ndarray:
    """[groups, J]: each the mean of its joints."""
    members = np.asarray(group)[None] == np.arange(num_groups)[:, None]
    return (members / members.sum(axis=1, keepdims=True)).astype(np.float32)


def _neighbours(num_nodes: int, edges: Sequence[tuple[int, int]]) -> np.ndarray:
    found = np.eye(num_nodes, dtype=bool)
    for one, other in edges:
        found[one, other] = found[other, one] = True
    return found
