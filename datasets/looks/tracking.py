"""Joints that nobody knows, and joints that were not tracked."""

from collections.abc import Iterator

import numpy as np

from datasets import anatomy as anatomy_module
from datasets import recordings as recordings_module
from datasets.looks import look as look_module

# A joint that keeps its place for fewer frames than this may just be still.
_FEWEST_FRAMES = 10
# Of the largest coordinate: how far from the origin what is centred there may be.
_ROUNDED = 1e-3
# Of all frames: a joint that is lost in more of them is left out rather than those.
_OFTEN = 0.25


def unknown(look: look_module.Look) -> Iterator[look_module.Remark]:
    """Joints whose names tell nothing."""
    unknown = look.anatomy.unknown
    if unknown:
        yield look_module.Remark(
            f"of {len(unknown)} of {len(look.anatomy.joints)} joints the names tell no "
            f"part of the body ({look_module.listed(unknown)}); they are drawn without "
            "bones and left out of these checks: give joint_names like HipCenter, "
            "KneeLeft, r_elbow"
        )


def missing(look: look_module.Look) -> Iterator[look_module.Remark]:
    """Coordinates that are no numbers, and joints that are not tracked."""
    positions = look.recordings.positions
    lost = ~np.isfinite(positions).all(axis=2)
    if lost.any():
        yield _untracked(look, lost, "no finite numbers; Pre-process.py refuses them")
    absent = at_origin(look.recordings, look.anatomy)
    if absent.any():
        yield _untracked(
            look,
            absent,
            "exactly 0, 0, 0, as many programs write what they do not see; a bone to "
            "there is learned as if it were one",
        )


def still(look: look_module.Look) -> Iterator[look_module.Remark]:
    """Joints, or whole skeletons, that keep one place."""
    recordings = look.recordings
    firsts = recordings.starts[:-1]
    spans = np.maximum.reduceat(recordings.positions, firsts)
    spans -= np.minimum.reduceat(recordings.positions, firsts)
    still = (spans == 0).all(axis=2)
    still[np.diff(recordings.starts) < _FEWEST_FRAMES] = False
    frozen = still.all(axis=1)
    if frozen.any():
        yield look_module.Remark(
            f"nothing moves in {frozen.sum():,} of {len(recordings):,} {look.called} "
            f"({look_module.listed(recordings.recording[frozen])}): one frame again "
            "and again; leave them out",
            frozen,
        )
    still[frozen] = False
    still &= ~np.maximum.reduceat(recordings.positions == 0, firsts).all(axis=2)
    for i in np.flatnonzero(still.any(axis=0)):
        names = look_module.listed(recordings.recording[still[:, i]])
        yield look_module.Remark(
            f"{look.anatomy.joints[i]} never moves in {still[:, i].sum():,} of "
            f"{len(recordings):,} {look.called} ({names}), though others do: it is not "
            f"tracked; say --drop_joints {look.anatomy.joints[i]} to Pre-process.py",
            still[:, i],
        )


def flat(look: look_module.Look) -> Iterator[look_module.Remark]:
    """A coordinate that is the same everywhere."""
    for axis, letter in enumerate(look_module.AXES):
        least, most = _range(look.recordings.positions[..., axis])
        if least == most:
            yield look_module.Remark(
                f"{letter} is {least + 0.0:g} everywhere: these are 2D poses; SimMC "
                "needs depth as well, which a lifting network makes"
            )


def _range(numbers: np.ndarray) -> tuple[float, float]:
    finite = numbers[np.isfinite(numbers)]
    return float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))


def at_origin(
    recordings: recordings_module.Recordings, anatomy: anatomy_module.Anatomy
) -> np.ndarray:
    """Joints at exactly 0, 0, 0: not tracked, but where skeletons are centred there.

    Returns:
        [frames, J] bool.
    """
    absent = (recordings.positions == 0).all(axis=2)
    if not absent.any():
        return absent
    sizes = np.nan_to_num(np.abs(recordings.positions), nan=0, posinf=0)
    for i, joint in enumerate(anatomy.told):
        is_root = i == 0 or (joint is not None and joint.limb == "trunk")
        if is_root and absent[:, i].any():
            # Centred once, and then rounded by turning or resampling.
            if sizes[:, i].max() <= _ROUNDED * sizes.max():
                absent[:, i] = False
    return absent


def _untracked(
    look: look_module.Look, chosen: np.ndarray, what: str
) -> look_module.Remark:
    """Says of chosen [frames, J] joints what they are, and what to do about it."""
    concerned = np.logical_or.reduceat(
        chosen.any(axis=1), look.recordings.starts[:-1].astype(np.intp)
    )
    where = ""
    if len(concerned) > 1 and not concerned.all():
        where = (
            f", in {concerned.sum():,} of {len(concerned):,} {look.called} "
            f"({look_module.listed(look.recordings.recording[concerned])})"
        )
    often = chosen.mean(axis=0) > _OFTEN
    names = ",".join(np.array(look.anatomy.joints)[often])
    remedy = "leave such frames out of the files"
    if often.any():
        remedy = f"say --drop_joints {names} to Pre-process.py"
        if chosen[:, ~often].any():
            remedy += ", and leave frames without the others out of the files"
    return look_module.Remark(
        f"{_joints(look, chosen)}{where}: {what}: {remedy}", concerned
    )


def _joints(look: look_module.Look, chosen: np.ndarray) -> str:
    """Which joints, and in how many frames; chosen [frames, J] bool."""
    counts = chosen.sum(axis=0)
    order = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
    first, others = order[: look_module.SHOWN], order[look_module.SHOWN :]
    shown = [f"{look.anatomy.joints[i]} in {counts[i]:,}" for i in first]
    more = f" (and {len(others)} more joints)" if others else ""
    return f"{', '.join(shown)} of {len(chosen):,} frames{more}"
