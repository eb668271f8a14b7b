"""What joints' names tell of recordings: bones, sides, height, which way is up."""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

from datasets import body_parts, skeletons
from simmc_tf import errors

SIDES = ("left", "right")
HIP, KNEE, ANKLE, FOOT, TOES = range(5)
SHOULDER, ELBOW, WRIST = range(3)
# Bones that are measured: limb and the places of both ends along it.
MEASURED = {
    "thigh": ("leg", HIP, KNEE),
    "shin": ("leg", KNEE, ANKLE),
    "upper arm": ("arm", SHOULDER, ELBOW),
    "forearm": ("arm", ELBOW, WRIST),
}


@dataclasses.dataclass(frozen=True)
class Anatomy:
    """A skeleton of which some joints are known by name.

    Attributes:
        joints: J names.
        told: what each tells, None where nobody can tell.
        bones: pairs of joint indices, for drawing.
    """

    joints: tuple[str, ...]
    told: tuple[body_parts.Joint | None, ...]
    bones: tuple[tuple[int, int], ...]

    @property
    def sides(self) -> tuple[str | None, ...]:
        """[J] left, right or None."""
        return tuple(None if joint is None else joint.side for joint in self.told)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names that tell nothing."""
        pairs = zip(self.joints, self.told, strict=True)
        return tuple(name for name, joint in pairs if joint is None)

    def find(
        self, limb: str, places: Iterable[int], side: str | None = None
    ) -> list[int]:
        """Indices of the joints at some places of a limb, of a side or of any."""
        places = tuple(places)
        return [
            i
            for i, joint in enumerate(self.told)
            if joint is not None
            and (joint.limb, side or joint.side) == (limb, joint.side)
            and joint.place in places
        ]

    def ends(self, name: str) -> dict[str, tuple[int, int]]:
        """Joint indices of one of the `MEASURED` bones, by side."""
        limb, start, end = MEASURED[name]
        found = {}
        for side in SIDES:
            one, other = (self.find(limb, [place], side) for place in (start, end))
            if one and other:
                found[side] = one[0], other[0]
        return found

    @property
    def head(self) -> list[int]:
        """Joints of the head: noses and ears are as high as the middle of a skull."""
        skull = range(body_parts.TRUNK.index("head"), len(body_parts.TRUNK))
        return self.find("trunk", skull) + self.find("face", [0])

    @property
    def nose(self) -> tuple[list[int], list[int]]:
        """The nose and what lies behind it: ears, or the neck if no head is known."""
        index = body_parts.TRUNK.index
        nose, head = (self.find("trunk", [index(each)]) for each in ("nose", "head"))
        ears = [i for i in self.find("face", [0]) if "ear" in self.joints[i].lower()]
        neck = self.find("trunk", range(index("lowerneck"), index("head")))
        return nose, ears or ([] if head else neck)

    @property
    def feet(self) -> list[int]:
        """Ankles and feet."""
        return self.find("leg", (ANKLE, FOOT))

    @property
    def is_whole(self) -> bool:
        """Whether both a joint of the head and one of the feet is known."""
        return bool(self.head and self.feet)

    @property
    def top(self) -> list[int]:
        """The highest joints of a standing person that are known."""
        above = range(
            body_parts.TRUNK.index("shouldercenter"), body_parts.TRUNK.index("head")
        )
        return self.head or self.find("trunk", above) or self.find("arm", [SHOULDER])

    @property
    def bottom(self) -> list[int]:
        """The lowest joints that are known."""
        hips = self.find("leg", [HIP]) or self.find("trunk", [0])
        return self.feet or self.find("leg", [KNEE]) or hips


def of(joint_names: Sequence[str]) -> Anatomy:
    """What the names of a skeleton's joints tell; never refuses any."""
    joints = tuple(joint_names)
    told = tuple(body_parts.named(name) for name in joints)
    return Anatomy(joints, told, _bones(joints, told))


def _bones(
    joints: tuple[str, ...], told: Sequence[body_parts.Joint | None]
) -> tuple[tuple[int, int], ...]:
    """The catalogue's, else by name; where names do not reach, along each limb."""
    skeleton = skeletons.matching(joints)
    if skeleton is not None:
        return skeleton.bone_indices
    known = [i for i, joint in enumerate(told) if joint is not None]
    try:
        found = body_parts.of(tuple(joints[i] for i in known)).bones
    except errors.InputError:
        chains: dict[tuple[str, str | None], list[int]] = {}
        for number, i in enumerate(known):
            joint = body_parts.named(joints[i])
            if joint is not None:
                chains.setdefault((joint.limb, joint.side), []).append(number)
        found = tuple(
            pair for chain in chains.values() for pair in itertools.pairwise(chain)
        )
    return tuple((known[a], known[b]) for a, b in found)
