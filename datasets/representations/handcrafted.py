"""D-13 and D-16, the descriptors of the paper's tables that need no learning.

D-13: Munaro, Fossati, Basso, Menegatti and Van Gool, One-Shot Person Re-Identification
with a Consumer Depth Camera, 2014. D-16: Pala, Seidenari, Berretti and Del Bimbo,
Enhanced Skeleton and Face 3D Data for Person Re-Identification from Depth Cameras,
2019.

Joints are found by their names. The published code takes Kinect v1's indices whatever
the file's joints are; `published` repeats that, and how it measures:

                  here                                published
    height        to the middle between the feet      along the file's y axis
    arm, shin     along elbow, ankle                  straight, past them
    ratio         0 where the thigh's length is 0     thighs at least 0.1
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from datasets import skeletons
from datasets.representations import named_joints
from simmc_tf import errors

D13 = "D-13"
D16 = "D-16"

_FEET = ("FootLeft", "FootRight")
_SMALLEST_PUBLISHED_THIGH = 0.1


@dataclasses.dataclass(frozen=True)
class _Length:
    """Length of a chain of joints; published: straight from its first to its last."""

    name: str
    joints: tuple[str, ...]

    def measure(self, body: "_Body") -> np.ndarray:
        joints = self.joints
        if body.published:
            joints = (joints[0], joints[-1])
        pairs = list(zip(joints, joints[1:], strict=False))
        return np.sum([body.distance(a, b) for a, b in pairs], axis=0)


@dataclasses.dataclass(frozen=True)
class _Height:
    """How high a joint is above the feet."""

    name: str
    joint: str

    @property
    def joints(self) -> tuple[str, ...]:
        return (self.joint, *_FEET)

    def measure(self, body: "_Body") -> np.ndarray:
        offset = body[self.joint] - (body[_FEET[0]] + body[_FEET[1]]) / 2
        return offset[..., 1] if body.published else np.linalg.norm(offset, axis=-1)


@dataclasses.dataclass(frozen=True)
class _Ratio:
    """Quotient of two lengths."""

    name: str
    top: _Length
    bottom: _Length

    @property
    def joints(self) -> tuple[str, ...]:
        return self.top.joints + self.bottom.joints

    def measure(self, body: "_Body") -> np.ndarray:
        top, bottom = self.top.measure(body), self.bottom.measure(body)
        if body.published:
            return top / np.maximum(bottom, _SMALLEST_PUBLISHED_THIGH)
        return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


_HEAD = _Height("head height", "Head")
_TORSO = _Length("torso", ("ShoulderCenter", "Spine"))
_THIGHS = {
    side: _Length(f"{side.lower()} thigh", ("Hip" + side, "Knee" + side))
    for side in ("Right", "Left")
}


def _side(side: str) -> dict[str, _Length]:
    def length(name: str, *joints: str) -> _Length:
        on_side = (
            j if j in ("ShoulderCenter", "HipCenter") else j + side for j in joints
        )
        return _Length(f"{side.lower()} {name}", tuple(on_side))

    return {
        "shoulder": length("shoulder", "ShoulderCenter", "Shoulder"),
        "arm": length("arm", "Shoulder", "Elbow", "Wrist"),
        "upper arm": length("upper arm", "Shoulder", "Elbow"),
        "forearm": length("forearm", "Elbow", "Wrist"),
        "hip": length("hip", "HipCenter", "Hip"),
        "thigh": _THIGHS[side],
        "shin": length("shin and foot", "Knee", "Ankle", "Foot"),
    }


_LEFT, _RIGHT = _side("Left"), _side("Right")
_FEATURES: Mapping[str, tuple[_Height | _Length | _Ratio, ...]] = {
    D13: (
        _HEAD,
        _Height("neck height", "ShoulderCenter"),
        _LEFT["shoulder"],
        _RIGHT["shoulder"],
        _Length("torso to right shoulder", ("Spine", "ShoulderRight")),
        _RIGHT["arm"],
        _LEFT["arm"],
        _RIGHT["thigh"],
        _LEFT["thigh"],
        _TORSO,
        _Length("hip to hip", ("HipRight", "HipLeft")),
        _Ratio("torso by right thigh", _TORSO, _RIGHT["thigh"]),
        _Ratio("torso by left thigh", _TORSO, _LEFT["thigh"]),
    ),
    D16: (
        _Length("neck to head", ("Head", "ShoulderCenter")),
        _TORSO,
        _Length("spine to hips", ("Spine", "HipCenter")),
        *(_RIGHT[part] for part in ("shoulder", "upper arm", "forearm")),
        *(_LEFT[part] for part in ("shoulder", "upper arm", "forearm")),
        *(_RIGHT[part] for part in ("hip", "thigh", "shin")),
        *(_LEFT[part] for part in ("hip", "thigh", "shin")),
        _HEAD,
    ),
}


@dataclasses.dataclass(frozen=True)
class _Body:
    """Joints by name, in all frames [T, J, 3]."""

    positions: np.ndarray
    places: Mapping[str, tuple[int, ...]]
    published: bool

    def __getitem__(self, joint: str) -> np.ndarray:
        return self.positions[:, self.places[joint]].mean(axis=1)

    def distance(self, first: str, second: str) -> np.ndarray:
        return np.linalg.norm(self[first] - self[second], axis=-1)


class Descriptor:
    """D-13 or D-16 of sequences of one skeleton.

    Args:
        name: `D13` or `D16`.
        joints: J joint names of the sequences.
        published: take Kinect v1's indices and measure as the published code does.

    Attributes:
        features: what is measured, in the published order.
        left_out: what is not, since the skeleton has not got the joints.
        stand_ins: joint -> the joints between which it is taken to be, where the
            skeleton has not got it.

    Raises:
        errors.InputError: the skeleton has not enough joints.
    """

    def __init__(
        self, name: str, joints: tuple[str, ...], published: bool = False
    ) -> None:
        self._published = published
        if published:
            joints = _published_names(name, joints)
        measured = dict.fromkeys(j for m in _FEATURES[name] for j in m.joints)
        self._finder = named_joints.Finder(measured, joints)
        self._places = self._finder.places
        self.stand_ins = self._finder.stand_ins
        self._features = [m for m in _FEATURES[name] if self._has(m)]
        self.features = tuple(feature.name for feature in self._features)
        self.left_out = tuple(m.name for m in _FEATURES[name] if not self._has(m))
        if not self.features:
            found = ", ".join(self._finder.joints)
            raise errors.InputError(
                f"{name} needs joints of these names: {', '.join(measured)}; the data "
                f"have {found}. Give them those names, or leave {name} out."
            )

    def _has(self, feature: "_Height | _Length | _Ratio") -> bool:
        return all(self._places[joint] for joint in feature.joints)

    def __call__(self, sequences: np.ndarray) -> np.ndarray:
        """Measures every frame.

        Args:
            sequences: [n, f, 3J] coordinates.

        Returns:
            [n, f, features] in the unit of the coordinates; ratios have none.
        """
        positions = self._finder.positions(sequences)
        body = _Body(positions, self._places, self._published)
        measures = [feature.measure(body) for feature in self._features]
        return np.stack(measures, axis=-1).reshape(*sequences.shape[:2], -1)

    @property
    def notes(self) -> list[str]:
        """What differs from the definition on this skeleton, a sentence each."""
        return self._finder.notes(self.left_out)


def _published_names(name: str, joints: tuple[str, ...]) -> tuple[str, ...]:
    """Kinect v1's names for the first 20 joints, whatever they are."""
    expected = skeletons.KINECT_V1.joints
    if len(joints) < len(expected):
        raise errors.InputError(
            f"{name} by the published indices needs {len(expected)} joints or more, "
            f"and these data have {len(joints)}; leave --published_indices out."
        )
    return expected
