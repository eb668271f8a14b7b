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

_OPENPOSE_FACE = (
    *_chain("Nose", "EyeRight", "EarRight"),
    *_chain("Nose", "EyeLeft", "EarLeft"),
)
# OpenPose's COCO model: 18 keypoints.
OPENPOSE_18 = Skeleton(
    "openpose_18",
    (*OPENPOSE_14.joints, "EyeRight", "EyeLeft", "EarRight", "EarLeft"),
    OPENPOSE_14.bones + _OPENPOSE_FACE,
)

# OpenPose's BODY_25.
OPENPOSE_25 = Skeleton(
    "openpose_25",
    tuple(
        (
            "Nose Neck ShoulderRight ElbowRight WristRight "
            "ShoulderLeft ElbowLeft WristLeft HipCenter "
            "HipRight KneeRight AnkleRight HipLeft KneeLeft AnkleLeft "
            "EyeRight EyeLeft EarRight EarLeft "
            "BigToeLeft SmallToeLeft HeelLeft BigToeRight SmallToeRight HeelRight"
        ).split()
    ),
    _chain("Nose", "Neck", "HipCenter")
    + _both_sides("Neck", "Shoulder", "Elbow", "Wrist")
    + _both_sides("HipCenter", "Hip", "Knee", "Ankle", "BigToe", "SmallToe")
    + (("AnkleLeft", "HeelLeft"), ("AnkleRight", "HeelRight"))
    + _OPENPOSE_FACE,
)

# Human3.6M as pose lifters give it; its joint 9 is between neck and nose.
H36M_17 = Skeleton(
    "h36m_17",
    tuple(
        (
            "HipCenter HipRight KneeRight AnkleRight HipLeft KneeLeft AnkleLeft "
            "Spine Thorax Nose Head "
            "ShoulderLeft ElbowLeft WristLeft ShoulderRight ElbowRight WristRight"
        ).split()
    ),
    _chain("HipCenter", "Spine", "Thorax", "Nose", "Head")
    + _both_sides("Thorax", "Shoulder", "Elbow", "Wrist")
    + _both_sides("HipCenter", "Hip", "Knee", "Ankle"),
)

_PAIRED_LIMBS = (
    _both_sides("Nose", "Eye", "Ear")
    + _chain("ShoulderLeft", "ElbowLeft", "WristLeft")
    + _chain("ShoulderRight", "ElbowRight", "WristRight")
    + _chain("HipLeft", "KneeLeft", "AnkleLeft")
    + _chain("HipRight", "KneeRight", "AnkleRight")
    + (("ShoulderLeft", "ShoulderRight"), ("HipLeft", "HipRight"))
    + (("ShoulderLeft", "HipLeft"), ("ShoulderRight", "HipRight"))
)
COCO_17 = Skeleton(
    "coco_17",
    (
        "Nose",
        *(
            joint + side
            for joint in "Eye Ear Shoulder Elbow Wrist Hip Knee Ankle".split()
            for side in ("Left", "Right")
        ),
    ),
    _PAIRED_LIMBS,
)

# MediaPipe's pose landmarker; the world landmarks' origin is between the hips.
MEDIAPIPE_33 = Skeleton(
    "mediapipe_33",
    (
        *("Nose", "EyeInnerLeft", "EyeLeft", "EyeOuterLeft"),
        *("EyeInnerRight", "EyeRight", "EyeOuterRight"),
        *(
            joint + side
            for joint in (
                "Ear Mouth Shoulder Elbow Wrist Pinky Index Thumb "
                "Hip Knee Ankle Heel FootIndex"
            ).split()
            for side in ("Left", "Right")
        ),
    ),
    _PAIRED_LIMBS
    + (("MouthLeft", "MouthRight"),)
    + tuple(
        (end + side, other + side)
        for side in ("Left", "Right")
        for end, other in (
            *(("Eye", "EyeInner"), ("Eye", "EyeOuter")),
            *(("Wrist", "Pinky"), ("Wrist", "Index"), ("Wrist", "Thumb")),
            *(("Ankle", "Heel"), ("Heel", "FootIndex")),
        )
    ),
)

# Azure Kinect Body Tracking SDK, k4abt_joint_id_t.
AZURE_KINECT = Skeleton(
    "azure_kinect",
    tuple(
        (
            "Pelvis SpineNavel SpineChest Neck "
            "ClavicleLeft ShoulderLeft ElbowLeft WristLeft "
            "HandLeft HandTipLeft ThumbLeft "
            "ClavicleRight ShoulderRight ElbowRight WristRight "
            "HandRight HandTipRight ThumbRight "
            "HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight "
            "FootRight Head Nose EyeLeft EarLeft EyeRight EarRight"
        ).split()
    ),
    _chain("Pelvis", "SpineNavel", "SpineChest", "Neck", "Head", "Nose")
    + _both_sides("SpineChest", "Clavicle", "Shoulder", "Elbow", "Wrist", "Hand")
    + (("HandLeft", "HandTipLeft"), ("HandRight", "HandTipRight"))
    + (("WristLeft", "ThumbLeft"), ("WristRight", "ThumbRight"))
    + _both_sides("Pelvis", "Hip", "Knee", "Ankle", "Foot")
    + _both_sides("Head", "Eye")
    + _both_sides("Head", "Ear"),
)

# Acclaim's .asf of CMU's and HDM05's motion capture: a joint is the far end of a bone.
_CMU_LIMBS = tuple(
    (side + start, side + end)
    for side in "lr"
    for start, end in (
        *_chain("hipjoint", "femur", "tibia", "foot", "toes"),
        *_chain("clavicle", "humerus", "radius", "wrist", "hand", "fingers"),
        ("wrist", "thumb"),
    )
)
CMU = Skeleton(
    "cmu",
    tuple(
        (
            "root lhipjoint rhipjoint lowerback lfemur ltibia lfoot ltoes "
            "rfemur rtibia rfoot rtoes upperback thorax lowerneck lclavicle rclavicle "
            "upperneck head lhumerus lradius lwrist lhand lthumb lfingers "
            "rhumerus rradius rwrist rhand rthumb rfingers"
        ).split()
    ),
    _chain("root", "lowerback", "upperback", "thorax", "lowerneck", "upperneck", "head")
    + tuple(("root", side + "hipjoint") for side in "lr")
    + tuple(("thorax", side + "clavicle") for side in "lr")
    + _CMU_LIMBS,
)

SKELETONS = {
    skeleton.name: skeleton
    for skeleton in (
        *(KINECT_V1, KGBD, KINECT_V2, OPENPOSE_14, OPENPOSE_18, OPENPOSE_25),
        *(H36M_17, COCO_17, MEDIAPIPE_33, AZURE_KINECT, CMU),
    )
}


def matching(joints: tuple[str, ...]) -> Skeleton | None:
    """The known skeleton with exactly these joints in this order, if there is one."""
    for skeleton in SKELETONS.values():
        if skeleton.joints == tuple(joints):
            return skeleton
    return None
