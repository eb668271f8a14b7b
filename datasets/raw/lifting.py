"""2D joints to 3D by somebody's trained lifting network."""

import dataclasses
import pathlib

import numpy as np

from datasets import joint_maps, skeletons
from datasets.raw import lifting_network
from simmc_tf import errors

_JOINTS = skeletons.COCO_17.joints
# A pose estimator does not see these from every side, a network needs them all.
_FACE = ("EyeLeft", "EyeRight", "EarLeft", "EarRight")

# Pavllo et al. 2019: five layers that see 3 frames each, 243 together, 121 a side.
_CONTEXT = 121
# Zhu et al. 2023, configs/pose3d: MotionBERT's `maxlen`.
_LONGEST = 243
# How far beyond the image, in image sizes, a keypoint may be guessed.
_MARGIN = 0.25


@dataclasses.dataclass(frozen=True)
class Lifter:
    """Turns 2D joints into 3D ones.

    The input of the network says which of two published kinds it is. [1, T, 17, 2]
    takes joints of COCO, scaled by the image, and has been trained on metres
    (VideoPose3D, Pavllo et al. 2019, with pretrained_h36m_detectron_coco.bin).
    [1, T, 17, 3] takes joints of Human3.6M, scaled by the recording's own extent, with
    confidence, and gives 3D in no unit (MotionBERT, Zhu et al. 2023).

    The network is read when it is first needed, once a process.

    Attributes:
        path: of the network (.onnx).
        width: of the videos' image, in pixels.
        height: of the videos' image, in pixels.
    """

    path: pathlib.Path
    width: int
    height: int

    def check(self) -> None:
        """Reads the network.

        Raises:
            errors.InputError: onnxruntime is not installed, or the file is missing,
                damaged or no network of the two kinds.
        """
        lifting_network.load(self.path)

    def __call__(self, keypoints: np.ndarray, confidence: np.ndarray) -> np.ndarray:
        """Lifts a recording.

        Args:
            keypoints: [T, 17, 2] pixels of COCO's joints, y down; NaN where a joint was
                not seen, which is filled in as `complete` does.
            confidence: [T, 17], 0 where a joint was not seen.

        Returns:
            [T, 17, 3] float32 Human3.6M's joints relative to joint 0; x right, y down,
            z away from the camera.

        Raises:
            errors.InputError: as for `check`, the network gives something else, or the
                keypoints cannot be lifted; the caller knows of which recording.
        """
        network = lifting_network.load(self.path)
        seen = np.isfinite(keypoints).all(axis=2) & (confidence > 0)
        self._check_pixels(keypoints[seen])
        keypoints = complete(keypoints, seen)
        if network.takes_confidence:
            lifted = _by_chunks(network, keypoints, np.where(seen, confidence, 0.0))
        else:
            scaled = 2 * keypoints / self.width - [1, self.height / self.width]
            around = np.pad(scaled, ((_CONTEXT, _CONTEXT), (0, 0), (0, 0)), "edge")
            lifted = network.run(around, len(keypoints))
        return lifted - lifted[:, :1]

    def _check_pixels(self, points: np.ndarray) -> None:
        """Refuses what another image, or other numbers than pixels, must have given."""
        size = np.array([self.width, self.height])
        outside = ((points < -_MARGIN * size) | (points > (1 + _MARGIN) * size)).any(1)
        if outside.any():
            x, y = points[outside][0]
            raise errors.InputError(
                f"a keypoint is at ({x:.6g}, {y:.6g}), outside an image of "
                f"{self.width}x{self.height} pixels; say how large the videos are "
                "(--image_size WIDTHxHEIGHT)."
            )
        if points.size and np.abs(points).max() <= 1:
            raise errors.InputError(
                "all keypoints are between -1 and 1; expected pixels (OpenPose's "
                "--keypoint_scale 0)."
            )


def complete(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Fills in joints that were not seen.

    A joint goes in a straight line from where it was seen last to where it is seen
    next; before the first and after the last it stays. Eyes and ears do so relative to
    the nose, as one that is rarely seen would be left behind by the walker otherwise.
    Of an eye or ear that is never seen, as in a side view, the other one is taken, and
    the nose where that is never seen either.

    Args:
        keypoints: [T, 17, 2] of COCO's joints.
        seen: [T, 17] bool.

    Returns:
        [T, 17, 2] without gaps.

    Raises:
        errors.InputError: another joint than eyes and ears is never seen.
    """
    found = np.empty(keypoints.shape)
    for index, joint in enumerate(_JOINTS):
        if joint in _FACE:
            continue
        if not seen[:, index].any():
            raise errors.InputError(
                f"{joint} is never seen in its {len(keypoints)} frames, so they cannot "
                "be lifted; remove the recording."
            )
        found[:, index] = _interpolated(keypoints[:, index], seen[:, index])
    nose = found[:, _JOINTS.index("Nose")]
    for joint in _FACE:
        index, other = _JOINTS.index(joint), _JOINTS.index(_opposite(joint))
        from_nose = np.zeros_like(nose)
        for source in (index, other):
            if seen[:, source].any():
                from_nose = _interpolated(keypoints[:, source] - nose, seen[:, source])
                break
        found[:, index] = nose + from_nose
    return found


def _opposite(joint: str) -> str:
    if joint.endswith("Left"):
        return joint.removesuffix("Left") + "Right"
    return joint.removesuffix("Right") + "Left"


def _interpolated(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[T, 2] values, with those between seen ones on straight lines."""
    frames = np.arange(len(values))
    return np.stack(
        [np.interp(frames, frames[seen], column[seen]) for column in values.T], axis=1
    )


def _by_chunks(
    network: lifting_network.Network, keypoints: np.ndarray, confidence: np.ndarray
) -> np.ndarray:
    """[T, 17, 3] by a network of MotionBERT's kind; the last chunk repeats its end."""
    joints = joint_maps.convert(
        np.concatenate([keypoints, confidence[..., np.newaxis]], axis=2),
        skeletons.COCO_17,
        skeletons.H36M_17,
    )
    values = _in_unit_square(joints)
    longest = network.chunk or _LONGEST
    lifted = []
    for start in range(0, len(values), longest):
        chunk = values[start : start + longest]
        padding = network.chunk - len(chunk) if network.chunk else 0
        padded = np.pad(chunk, ((0, padding), (0, 0), (0, 0)), "edge")
        lifted.append(network.run(padded, len(padded))[: len(chunk)])
    return np.concatenate(lifted)


def _in_unit_square(joints: np.ndarray) -> np.ndarray:
    """Scales the square around a recording to [-1, 1], as MotionBERT's `crop_scale`.

    Args:
        joints: [T, 17, 3], x, y and confidence; those without confidence do not count.

    Raises:
        errors.InputError: they are all in one place.
    """
    points = joints[joints[..., 2] > 0][:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = (high - low).max()
    if side == 0:
        raise errors.InputError(
            "all keypoints are in one place, so they cannot be lifted; remove the "
            "recording."
        )
    square = 2 * (joints[..., :2] - (low + high) / 2) / side
    return np.clip(np.concatenate([square, joints[..., 2:]], axis=2), -1, 1)
