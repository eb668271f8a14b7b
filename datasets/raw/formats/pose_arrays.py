"""Poses in one array: .npy, .npz or JSON, the skeleton told by its number of joints."""

import pathlib
import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np

from datasets import recordings as recordings_module
from datasets import skeletons
from datasets.raw.formats import array_file, json_file, pose_json, poses
from simmc_tf import errors

SUFFIXES = (".npy", ".npz", ".json")

_OPENPOSE = {
    len(skeleton.joints): skeleton
    for skeleton in (
        *(skeletons.OPENPOSE_14, skeletons.OPENPOSE_18, skeletons.OPENPOSE_25),
        skeletons.MEDIAPIPE_33,
    )
}
# 17 joints are Human3.6M's once they are lifted, and COCO's before.
BY_JOINTS = {
    3: {**_OPENPOSE, 17: skeletons.H36M_17},
    2: {**_OPENPOSE, 17: skeletons.COCO_17},
}

# A skeleton this large is in pixels or millimetres; 1 of these is no depth of a body.
_LARGE = 20.0


def load(path: pathlib.Path, skeleton: skeletons.Skeleton | None = None) -> poses.Poses:
    """Reads a recording of one walker.

    Joints with a coordinate that is NaN, infinite or null are missing.

    Args:
        path: .npy with one array [T, J, 3] or [T, J, 2], .npz with exactly one such
            array among others, or JSON as `pose_json.candidates` takes it.
        skeleton: of the joints; None: by their number (`BY_JOINTS`).

    Returns:
        Poses, [T, J, 2] where there is no depth. An array that holds x, y and
        confidence, which is of the same shape as x, y, z, is known by a last number
        from 0 to 1 beside skeletons that are pixels large, and taken for [T, J, 2].

    Raises:
        errors.InputError: the file is damaged, holds no such array or several, or
            holds recordings, whose positions would be taken for those of one.
    """
    if path.suffix.lower() == ".json":
        found = pose_json.candidates(json_file.load(path))
        shapes = {name: pose_json.shape(frames) for name, frames in found.items()}
        positions = pose_json.read(path, found[_only(path, shapes, skeleton)])
    else:
        headers = array_file.headers(path)
        if recordings_module.is_named_so(headers):
            raise errors.InputError(
                f"{path} holds recordings, not one of them; move it away, or read it "
                f"alone with --recordings {shlex.quote(str(path))}."
            )
        shapes = {
            name: header.shape if header.dtype.kind in "fiu" else ()
            for name, header in headers.items()
        }
        described = {
            name: f"{list(header.shape)} {_kind(header.dtype)}"
            for name, header in headers.items()
        }
        name = _only(path, shapes, skeleton, described)
        # NaN that processors may signal, and what float64 cannot hold: dropped later.
        with np.errstate(over="ignore", invalid="ignore"):
            positions = array_file.read(path, name).astype(np.float64)
    scores = None
    if positions.shape[2] == 3 and _is_confidence(positions):
        positions, scores = positions[..., :2], positions[..., 2]
    if skeleton is None:
        skeleton = BY_JOINTS[positions.shape[2]][positions.shape[1]]
    return poses.make(positions, skeleton, scores)


def _only(
    path: pathlib.Path,
    shapes: Mapping[str, tuple[int, ...]],
    skeleton: skeletons.Skeleton | None,
    described: Mapping[str, str] | None = None,
) -> str:
    """Name of the only array that is of poses; one with depth goes before others."""
    for dimensions, known in BY_JOINTS.items():
        joints = [len(skeleton.joints)] if skeleton else sorted(known)
        names = [
            name
            for name, shape in shapes.items()
            if len(shape) == 3 and shape[1] in joints and shape[2] == dimensions
        ]
        if len(names) == 1 and shapes[names[0]][0]:
            return names[0]
        if len(names) == 1:
            raise errors.InputError(
                f"{path} holds no frame; get it again or remove it."
            )
        if names:
            raise errors.InputError(
                f"{path} holds {len(names)} arrays of poses, "
                f"{', '.join(names)}; leave one."
            )
    described = described or {name: str(list(shape)) for name, shape in shapes.items()}
    # Six are enough to see what kind of file it is.
    found = ", ".join(
        f"{name} {text}".strip() for name, text in [*described.items()][:6]
    )
    expected = _listed([len(skeleton.joints)] if skeleton else sorted(BY_JOINTS[3]))
    raise errors.InputError(
        f"{path} holds {found or 'no array'}; expected one array [frames, joints, 3] "
        f"with {expected} joints."
    )


def _is_confidence(positions: np.ndarray) -> bool:
    """Whether the third number of every joint is no depth but a confidence."""
    third = positions[..., 2][np.isfinite(positions[..., 2])]
    if not third.size or third.min() < 0 or third.max() > 1:
        return False
    flat = positions[..., :2]
    finite = np.isfinite(flat)
    largest = np.where(finite, flat, -np.inf).max(axis=1)
    smallest = np.where(finite, flat, np.inf).min(axis=1)
    return bool(np.median((largest - smallest).max(axis=1)) > _LARGE)


def _kind(dtype: np.dtype) -> str:
    return "pickled" if dtype.hasobject else str(dtype)


def _listed(numbers: list[Any]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last
