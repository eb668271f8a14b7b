"""Raw files of recordings, written a number at a time."""

import numpy as np


def walk(num_frames, num_joints, seed=0):
    """[T, J, 3] float32 that no two joints or frames share."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(num_frames, num_joints, 3)).astype(np.float32)


def kinect_line(point, label=1, state=2):
    x, y, z = point
    return f"{label},{x!r},{y!r},{z!r},320,240,{state},0,0,0,0,0,0,1"


def kinect_frame(frame, labels=None, states=None):
    """Text of a frame of IAS-Lab or BIWI; all lines have the person's id, 1."""
    labels = labels or [1] * len(frame)
    states = states or [2] * len(frame)
    return "".join(
        kinect_line([float(v) for v in point], label, state) + "\n"
        for point, label, state in zip(frame, labels, states, strict=True)
    )


def write_kinect(folder, frames):
    """A file a frame, in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames):
        (folder / f"000_{number:04d}-a_skel.txt").write_text(kinect_frame(frame))
    return folder


def named_frame(frame, names, delimiter=","):
    """Text of a frame of KGBD or KS20."""
    return "".join(
        delimiter.join([name, *(repr(float(value)) for value in point)]) + "\n"
        for name, point in zip(names, frame, strict=True)
    )
