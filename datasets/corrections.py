"""What owners of recordings can mend while these are read: axes, sides, joints."""

import dataclasses
import itertools
import pathlib
import re

import numpy as np

from datasets import anatomy as anatomy_module
from datasets import recordings as recordings_module
from simmc_tf import errors

AXES = "xyz"


@dataclasses.dataclass(frozen=True)
class Corrections:
    """What is to be mended in all recordings.

    Attributes:
        flip: letters of the axes that are multiplied by -1.
        swap_sides: whether left joints are called right, and right ones left.
        drop_joints: names of joints that are left out.
    """

    flip: tuple[str, ...] = ()
    swap_sides: bool = False
    drop_joints: tuple[str, ...] = ()

    def apply(
        self, path: pathlib.Path, found: recordings_module.Recordings
    ) -> recordings_module.Recordings:
        """Mends recordings.

        Args:
            path: that they were read from, for messages.
            found: R recordings of J joints.

        Raises:
            errors.InputError: a joint is not there, too few would be left, or no joint
                has a counterpart on the other side.
        """
        positions, names = found.positions, found.joint_names
        if self.flip:
            signs = [-1 if axis in self.flip else 1 for axis in AXES]
            positions = positions * np.array(signs, positions.dtype)
        if self.swap_sides:
            # Not the names: those of a known skeleton have an order.
            positions = positions[:, _counterparts(path, names)]
        if self.drop_joints:
            kept = _kept(path, names, self.drop_joints)
            positions, names = positions[:, kept], tuple(names[i] for i in kept)
        return dataclasses.replace(found, positions=positions, joint_names=names)


def read(
    path: pathlib.Path,
    unit: str | None,
    corrections: Corrections,
    may_miss: bool = False,
) -> recordings_module.Recordings:
    """Reads and mends a recordings file; joints that are dropped may be missing.

    Args:
        path: as for `recordings.read`.
        unit: as for `recordings.read`.
        corrections: to make.
        may_miss: as for `recordings.read`.

    Raises:
        errors.InputError: as for `recordings.read` and `Corrections.apply`.
    """
    lenient = may_miss or bool(corrections.drop_joints)
    found = recordings_module.read(path, unit, lenient)
    found = corrections.apply(path, found)
    if lenient > may_miss and not np.isfinite(found.positions).all():
        recordings_module.read(path, unit)  # Says where.
    return found


def _kept(
    path: pathlib.Path, names: tuple[str, ...], dropped: tuple[str, ...]
) -> list[int]:
    unknown = [name for name in dropped if name not in names]
    if unknown:
        raise errors.InputError(
            f"--drop_joints {unknown[0]}: {path} has {', '.join(names)}."
        )
    kept = [i for i, name in enumerate(names) if name not in dropped]
    if len(kept) < recordings_module.FEWEST_JOINTS:
        raise errors.InputError(
            f"--drop_joints {','.join(dropped)} leaves {len(kept)} of {len(names)} "
            f"joints; {recordings_module.FEWEST_JOINTS} or more are needed."
        )
    return kept


def _counterparts(path: pathlib.Path, names: tuple[str, ...]) -> list[int]:
    """Index of each joint's counterpart on the other side, or of itself."""
    told = anatomy_module.of(names).told
    order = list(range(len(names)))
    at: dict[tuple[str, int], list[int]] = {}
    for i, joint in enumerate(told):
        if joint is not None and joint.side is not None:
            at.setdefault((joint.limb, joint.place), []).append(i)
    for place in at.values():
        for left, right in itertools.permutations(place, 2):
            sides = [joint.side for i in (left, right) if (joint := told[i])]
            plain = [
                _without_side(names[i], side or "")
                for i, side in zip((left, right), sides, strict=True)
            ]
            # A mouth's corners and eyes may be at one place.
            alike = len(place) == 2 or plain[0] == plain[1]
            if sides == [*anatomy_module.SIDES] and alike:
                order[left], order[right] = right, left
    if order == list(range(len(names))):
        raise errors.InputError(
            f"--swap_sides: no joint of {path} has one on the other side, by its name: "
            f"{', '.join(names)}."
        )
    return order


def _without_side(name: str, side: str) -> str:
    """What is left of a name without its side: a word, or the letter l or r."""
    whole = re.sub("[^a-z0-9]", "", name.lower())
    marks = f"{side}|(?<![a-z]){side[:1]}(?![a-z])"
    plain = re.sub("[^a-z0-9]", "", re.sub(marks, "", name.lower()))
    return plain.removeprefix(side[:1]) if plain == whole else plain
