"""Joints by their names, whatever the sensor calls them, for hand-made features."""

from collections.abc import Iterable

import numpy as np

from datasets import joint_maps, skeletons

# Joint of Kinect v1 -> what other sensors call it.
_OTHER_NAMES = {
    "ShoulderCenter": ("SpineShoulder",),
    "Spine": ("SpineMid", "SpineNavel"),
    "HipCenter": ("SpineBase", "Pelvis"),
}
# Joint -> what can stand in for it where a skeleton has not got it, best first.
_STAND_INS = {
    "Head": (("Nose",),),
    "ShoulderCenter": (
        *(("ClavicleLeft", "ClavicleRight"), ("Neck",), ("Thorax",)),
        ("ShoulderLeft", "ShoulderRight"),
    ),
    "HipCenter": (("HipLeft", "HipRight"),),
    "FootLeft": (("AnkleLeft",),),
    "FootRight": (("AnkleRight",),),
}


class Finder:
    """Finds joints in sequences of one skeleton.

    Args:
        wanted: joints by Kinect v1's names.
        joints: J joint names of the sequences.

    Attributes:
        joints: names in the order of `positions`.
        places: wanted joint -> indices of the joints whose mean it is; none where it
            cannot be had.
        stand_ins: wanted joint -> the joints between which it is taken to be, where the
            skeleton has not got it.
    """

    def __init__(self, wanted: Iterable[str], joints: tuple[str, ...]) -> None:
        # Acclaim's names are those of bones, of which joint_maps has a table.
        self._acclaim = joints == skeletons.CMU.joints
        if self._acclaim:
            joints = skeletons.KINECT_V1.joints
        self.joints = joints
        self.places = {joint: _find(joint, joints) for joint in wanted}
        self.stand_ins = {
            joint: tuple(joints[i] for i in places)
            for joint, places in self.places.items()
            if places and not {joint, *_OTHER_NAMES.get(joint, ())} & {*joints}
        }

    def positions(self, sequences: np.ndarray) -> np.ndarray:
        """Positions [n f, J, 3] of `joints` in sequences [n, f, 3J]."""
        positions = sequences.reshape(-1, sequences.shape[2] // 3, 3)
        if self._acclaim:
            return joint_maps.convert(positions, skeletons.CMU, skeletons.KINECT_V1)
        return positions

    def notes(self, left_out: Iterable[str] = ()) -> list[str]:
        """What differs on this skeleton, a sentence each.

        Args:
            left_out: what cannot be computed.
        """
        notes = []
        if self._acclaim:
            notes.append("bones' far ends for joints, as in --joints kinect_v1")
        if missing := ", ".join(left_out):
            notes.append(f"left out, for want of the joints: {missing}")
        if self.stand_ins:
            listed = ", ".join(
                f"{' and '.join(joints)} for {joint}"
                for joint, joints in self.stand_ins.items()
            )
            notes.append(f"stand-ins: {listed}")
        return notes


def _find(joint: str, joints: tuple[str, ...]) -> tuple[int, ...]:
    names = ((name,) for name in (joint, *_OTHER_NAMES.get(joint, ())))
    for candidates in (*names, *_STAND_INS.get(joint, ())):
        if all(candidate in joints for candidate in candidates):
            return tuple(joints.index(candidate) for candidate in candidates)
    return ()
