"""Joints of recordings as a trained model takes them: by name, or by a table."""

import pathlib
from collections.abc import Callable

import numpy as np

from datasets import joint_maps, skeletons
from simmc_tf import errors
from simmc_tf.gallery import entries


def fit(
    path: pathlib.Path,
    positions: np.ndarray,
    own: tuple[str, ...],
    model: entries.Model,
    say: Callable[[str], None],
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Gives recordings the joints that a model takes.

    Args:
        path: of the recordings, for messages.
        positions: [T, J, 3].
        own: their J names.
        model: that is to embed them.
        say: told what was turned into what.

    Returns:
        [T, J', 3] positions of the model's joints, and their names.

    Raises:
        errors.InputError: some of them are not there, and no table makes them.
    """
    joints = model.joint_names
    if own == joints:
        return positions, own
    if not joints and len(own) == model.num_joints:
        say(f"note: the model does not name its joints; those of {path} are assumed")
        return positions, own
    source, target = joint_maps.known(positions, own), _skeleton(joints)
    # A table first: joints of one name are not everywhere the same place.
    has_table = (
        source is not None
        and target is not None
        and target.name in joint_maps.targets(source[1])
    )
    if (
        joints
        and set(joints) <= set(own)
        and (len(own) == len(joints) or not has_table)
    ):
        return _by_name(path, positions, own, joints, say), joints
    if source is None or target is None:
        raise errors.InputError(_refusal(path, own, model))
    turned, skeleton = source
    try:
        turned = joint_maps.convert(turned, skeleton, target)
    except errors.InputError as error:
        raise errors.InputError(f"{path}: {error}") from error
    say(f"note: joints of {path} turned from {skeleton.name} into {target.name}")
    if joints != target.joints:
        turned = joint_maps.rooted(turned, target)[0]
    return turned, joints


def _by_name(
    path: pathlib.Path,
    positions: np.ndarray,
    own: tuple[str, ...],
    joints: tuple[str, ...],
    say: Callable[[str], None],
) -> np.ndarray:
    left = [name for name in own if name not in joints]
    more = f"; left out, as it does not take them: {', '.join(left)}" if left else ""
    say(f"note: joints of {path} put into the model's order, by name{more}")
    return positions[:, [own.index(joint) for joint in joints]]


def _refusal(path: pathlib.Path, own: tuple[str, ...], model: entries.Model) -> str:
    lacking = ", ".join(name for name in model.joint_names if name not in own)
    which = f", of which {lacking} are missing" if lacking else ""
    return (
        f"{path} has {_told(len(own), own)}; the model takes "
        f"{_told(model.num_joints, model.joint_names)}{which}, and there is no table "
        "that turns the ones into the others: record with those joints, or take a "
        "model that was trained on these."
    )


def _skeleton(joints: tuple[str, ...]) -> skeletons.Skeleton | None:
    """The known skeleton that a model's joints are, with or without a root before."""
    found = joint_maps.known(np.empty((0, len(joints), 3)), joints)
    return None if found is None else found[1]


def _told(count: int, joints: tuple[str, ...]) -> str:
    more = ", ..." if len(joints) > 3 else ""
    return f"{count} joints ({', '.join(joints[:3]) or 'without names'}{more})"
