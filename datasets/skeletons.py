"""Joint names and bones of the skeletons that sensors and pose estimators give."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """Names the joints of a skeleton, in the order of the files.

    Attributes:
        name: how the catalogue calls it.
        joints: J joint names; joint 0 is the one that is subtracted from all others.
        bones: pairs of joint names that a bone connects, for drawing and bone lengths.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...]

    @property
    def bone_indices(self) -> tuple[tuple[int, int], ...]:
        """Bones as pairs of joint indices."""
        index = {joint: i for i, joint in enumerate(self.joints)}
        return tuple((index[a], index[b]) for a, b in self.bones)


def _chain(*joints: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(joints, joints[1:], strict=False))


def _both_sides(*joints: str) -> tuple[tuple[str, str], ...]:
    """Bones of a chain from a joint on the trunk along the left and the right limb."""
    root, *limb = joints
    return _chain(root, *(j + "Left" for j in limb)) + _chain(
        root, *(j + "Right" for j in limb)
    )


# Kinect for Windows SDK 1.8, NUI_SKELETON_POSITION_INDEX (IAS-Lab and BIWI).
_KINECT_V1_JOINTS = (
    "HipCenter Spine ShoulderCenter Head "
    "ShoulderLeft ElbowLeft WristLeft HandLeft "
    "ShoulderRight ElbowRight WristRight HandRight "
    "HipLeft KneeLeft AnkleLeft FootLeft "
    "HipRight KneeRight AnkleRight FootRight"
).split()
_KINECT_V1_BONES = (
    _chain("HipCenter", "Spine", "ShoulderCenter", "Head")
    + _both_sides("ShoulderCenter", "Shoulder", "Elbow", "Wrist", "Hand")
    + _both_sides("HipCenter", "Hip", "Knee", "Ankle", "Foot")
)
KINECT_V1 = Skeleton("kinect_v1", tuple(_KINECT_V1_JOINTS), _KINECT_V1_BONES)

# KGBD's files keep their own order, in which joint 0 is the head; an encoder does not
# mind, anything that goes by body part must go by name.
KGBD = Skeleton(
    "kgbd",
    tuple(
        (
            "Head ShoulderCenter ShoulderLeft ShoulderRight ElbowLeft ElbowRight "
            "WristLeft WristRight HandLeft HandRight Spine HipCenter HipLeft HipRight "
            "KneeLeft KneeRight AnkleLeft AnkleRight FootLeft FootRight"
        ).split()
    ),
    _KINECT_V1_BONES,
)

# Kinect for Windows SDK 2.0, JointType (KS20).
KINECT_V2 = Skeleton(
    "kinect_v2",
    tuple(
        (
            "SpineBase SpineMid Neck Head "
            "ShoulderLeft ElbowLeft WristLeft HandLeft "
            "ShoulderRight ElbowRight WristRight HandRight "
            "HipLeft KneeLeft AnkleLeft FootLeft "
            "HipRight KneeRight AnkleRight FootRight "
            "SpineShoulder HandTipLeft ThumbLeft HandTipRight ThumbRight"
        ).split()
    ),
    _chain("SpineBase", "SpineMid", "SpineShoulder", "Neck", "Head")
    + _both_sides("SpineShoulder", "Shoulder", "Elbow", "Wrist", "Hand", "HandTip")
    + (("WristLeft", "ThumbLeft"), ("WristRight", "ThumbRight"))
    + _both_sides("SpineBase", "Hip", "Knee", "Ankle", "Foot"),
)

# The first 14 of OpenPose's 18 COCO keypoints (CASIA-B); joint 0 is the nose.
OPENPOSE_14 = Skeleton(
    "openpose_14",
    tuple(
        (
            "Nose Neck ShoulderRight ElbowRight WristRight "
            "ShoulderLeft ElbowLeft WristLeft "
            "HipRight KneeRight AnkleRight HipLeft KneeLeft AnkleLeft"
        ).split()
    ),
    _chain("Nose", "Neck")
    + _both_sides("Neck", "Shoulder", "Elbow", "Wrist")
    + _both_sides("Neck", "Hip", "Knee", "Ankle"),
)

SKELETONS = {s.name: s for s in (KINECT_V1, KGBD, KINECT_V2, OPENPOSE_14)}


def matching(joints: tuple[str, ...]) -> Skeleton | None:
    """The known skeleton with exactly these joints in this order, if there is one."""
    for skeleton in SKELETONS.values():
        if skeleton.joints == tuple(joints):
            return skeleton
    return None
