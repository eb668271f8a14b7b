"""Which part of the body each joint is of, by the joints' names."""

import dataclasses
from collections.abc import Iterator, Sequence

from datasets import skeletons
from datasets.raw.formats import joint_spellings
from simmc_tf import errors
from simmc_tf.sources import graphs

# Joints without a side, from the hips to the face: the lowest first.
_TORSO = (
    *("hips", "hip", "hipcenter", "midhip", "pelvis", "root", "spinebase", "waist"),
    *("lowerback", "abdomen", "spine", "spinemid", "spinenavel", "spine1", "spine2"),
    *("spine3", "torso", "upperback", "spinechest", "chest"),
)
_SHOULDER_MIDDLE = ("shouldercenter", "spineshoulder", "thorax")
_NECK = ("lowerneck", "neck", "neck1", "midneck", "upperneck")
_SKULL = ("head", "nose")
# `place` of a joint of the trunk is its index here.
TRUNK = (*_TORSO, *_SHOULDER_MIDDLE, *_NECK, *_SKULL)

# Joints with a side. Clavicles move with the arm that they carry, and two of them would
# outweigh the neck in the head's mean.
_LIMBS = {
    "leg": ("hip", "knee", "ankle", "foot"),
    "arm": ("shoulder", "elbow", "wrist", "hand"),
}
_CLAVICLES = ("clavicle", "collar")
# What lies farther out than the limb's own joints.
_ENDS = {
    "leg": ("toe", "toes", "toebase", "bigtoe", "smalltoe", "heel", "footindex"),
    "arm": ("handtip", "thumb", "pinky", "index", "fingers"),
}
# Acclaim's bones, by the joint that is their far end, as in joint_maps; then BVH's.
_OTHERWISE = {
    **{"hipjoint": "hip", "femur": "knee", "tibia": "ankle"},
    **{"humerus": "elbow", "radius": "wrist"},
    **{"upleg": "hip", "thigh": "hip", "leg": "knee", "calf": "knee"},
    **{"arm": "shoulder", "upperarm": "shoulder", "forearm": "elbow"},
}
_FACE = ("eye", "eyeinner", "eyeouter", "ear", "mouth", "jaw")
_SIDES = ("left", "right")


@dataclasses.dataclass(frozen=True)
class Joint:
    """What a name tells.

    Attributes:
        limb: `leg`, `arm`, `face` or `trunk`.
        place: along it, from the trunk outwards; of the trunk, from the hips upwards.
        side: `left` or `right`, None where it has none.
    """

    limb: str
    place: int
    side: str | None = None


def of(joints: tuple[str, ...]) -> graphs.Body:
    """The parts and bones of a skeleton.

    Halves each limb's own joints as the published tables do, the lower half being the
    longer one; what lies farther out goes with that. Joints up to the spine are the
    torso, those above the head; where neither spine nor hip centre is known, the neck
    is the torso. Bones are the catalogue's, if it has the skeleton, and along the limbs
    and the trunk else.

    Args:
        joints: J names, as sensors, pose estimators and motion capture spell them.

    Raises:
        errors.InputError: a name tells no part, or a part has no joint.
    """
    told = [named(name) for name in joints]
    unknown = [name for name, joint in zip(joints, told, strict=True) if joint is None]
    if unknown:
        raise errors.InputError(
            f"Of the joints {', '.join(unknown)} nobody can tell which part of the "
            "body they are of; expected names like HipCenter, Spine, Neck, Head, "
            "ShoulderLeft, l_elbow, RightKnee, toes_r. Give the recordings such "
            "joint_names, or take AGE or SGELA, which need no names."
        )
    known = [joint for joint in told if joint is not None]
    parts = _parts(known)
    graphs.Body(joints, (), parts)  # Refuses to go on where a part has no joint.
    return graphs.Body(joints, _bones(joints, known, parts), parts)


def named(name: str) -> Joint | None:
    """What a joint's name tells; None where nobody can tell."""
    return _SPELLINGS.get(_stem(name))


def _stem(name: str) -> str:
    """A name without case, separators, a rig's prefix and the mark of a limb's end."""
    plain = joint_spellings.plain(name).removeprefix("mixamorig")
    plain = plain.replace("centre", "center").replace("naval", "navel")
    return plain.removesuffix("site").removesuffix("end")


def _parts(joints: Sequence[Joint]) -> tuple[int, ...]:
    """Index of `graphs.PARTS` of each joint."""
    part = graphs.PARTS.index
    on_trunk = [joint.place for joint in joints if joint.limb == "trunk"]
    top = len(_TORSO)
    if on_trunk and min(on_trunk) >= top:
        top += len(_SHOULDER_MIDDLE + _NECK)  # CASIA-B's 14 joints: the neck.
    found = []
    for joint in joints:
        if joint.limb == "trunk":
            found.append(part("torso" if joint.place < top else "head"))
        elif joint.limb == "face":
            found.append(part("head"))
        else:
            upper, lower = {"leg": ("thigh", "shin"), "arm": ("upper arm", "forearm")}[
                joint.limb
            ]
            half = upper if joint.place <= _last_upper(joints, joint) else lower
            found.append(part(f"{joint.side} {half}"))
    return tuple(found)


def _last_upper(joints: Sequence[Joint], of: Joint) -> int:
    """Place of the last joint in the upper half of a joint's limb."""
    own = len(_LIMBS[of.limb])
    places = {
        joint.place
        for joint in joints
        if (joint.limb, joint.side) == (of.limb, of.side) and 0 <= joint.place < own
    }
    half = sorted(places)[: len(places) // 2]
    return max(half, default=-1)


def _bones(
    joints: tuple[str, ...], known: Sequence[Joint], parts: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """The catalogue's bones, and such by name as join what they leave apart."""
    bones: list[tuple[int, int]] = []
    for first in (0, 1):  # Recordings of some begin with a hip centre: joint_maps.
        skeleton = skeletons.matching(joints[first:])
        if skeleton is not None:
            bones = [(a + first, b + first) for a, b in skeleton.bone_indices]
            break
    piece = list(range(len(joints)))
    for one, other in bones:
        piece = [piece[other] if each == piece[one] else each for each in piece]
    joining = (bone for bone in _by_name(known, parts) if _differ(piece, *bone))
    return (*bones, *joining)


def _differ(piece: Sequence[int], one: int, other: int) -> bool:
    return piece[one] != piece[other]


def _by_name(
    joints: Sequence[Joint], parts: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Bones along the trunk and the limbs: a tree."""

    def of(limb: str, side: str | None = None) -> list[int]:
        found = [
            i
            for i, joint in enumerate(joints)
            if joint.limb == limb and (side is None or joint.side == side)
        ]
        return sorted(found, key=lambda i: joints[i].place)

    trunk = of("trunk")
    yield from zip(trunk, trunk[1:], strict=False)
    yield from ((trunk[-1], i) for i in of("face"))
    skull = TRUNK.index(_SKULL[0])
    torso = [i for i in trunk if graphs.PARTS[parts[i]] == "torso"]
    above = [i for i in trunk if i not in torso and joints[i].place < skull]
    roots = {"leg": torso[0], "arm": (above or torso[-1:])[0]}
    for limb, root in roots.items():
        for side in _SIDES:
            last = root
            for i in of(limb, side):
                yield last, i
                if joints[i].place < len(_LIMBS[limb]):  # All ends begin at one joint.
                    last = i


def _spellings() -> dict[str, Joint]:
    """What every spelling tells: kneeleft, leftknee, lknee, kneel."""
    found = {name: Joint("trunk", place) for place, name in enumerate(TRUNK)}
    found |= {name: Joint("face", 0) for name in _FACE}
    sided = {name: ("face", 0) for name in _FACE}
    for limb, names in _LIMBS.items():
        sided |= {name: (limb, place) for place, name in enumerate(names)}
        sided |= dict.fromkeys(_ENDS[limb], (limb, len(names)))
    sided |= dict.fromkeys(_CLAVICLES, ("arm", -1))
    sided |= {name: sided[meant] for name, meant in _OTHERWISE.items()}
    for name, (limb, place) in sided.items():
        for side in _SIDES:
            joint = Joint(limb, place, side)
            for mark in (side, side[0]):
                found |= {mark + name: joint, name + mark: joint}
    return found


_SPELLINGS = _spellings()
