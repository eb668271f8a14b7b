"""Which line of a frame is which joint, by what the lines begin with."""

import pathlib
from collections.abc import Sequence

from datasets import skeletons
from datasets.raw import text
from datasets.raw.formats import joint_spellings
from simmc_tf import errors


def by_name(
    path: pathlib.Path, names: Sequence[str], skeleton: skeletons.Skeleton
) -> list[int]:
    """Lines in the order of a skeleton's joints.

    Args:
        path: of the file, for messages.
        names: that the lines of its first frame begin with.
        skeleton: of the joints, which may be spelled in other ways.

    Raises:
        errors.InputError: a name is unknown or there twice, or a joint is missing.
    """
    known = joint_spellings.joints(skeleton)
    lines: dict[int, int] = {}
    for line, name in enumerate(names):
        joint = known.get(joint_spellings.letters(name))
        if joint is None or joint in lines:
            raise errors.InputError(
                f"{path}, line {line + 1}: joint {name!r} is unknown or there twice; "
                f"expected each of {', '.join(skeleton.joints)} once."
            )
        lines[joint] = line
    num_joints = len(skeleton.joints)
    if len(lines) < num_joints:
        raise errors.InputError(
            f"{path} ends after {len(lines)} lines; a frame has {num_joints}."
        )
    return [lines[joint] for joint in range(num_joints)]


def by_number(path: pathlib.Path, labels: Sequence[str]) -> list[int]:
    """Lines in the order of their joint numbers, wherever these begin.

    Where all lines begin with one number, it is the person's (so in BIWI's own
    description, "[id]: person ID"), and the lines stay as they are.

    Args:
        path: of the file, for messages.
        labels: that the lines begin with.

    Raises:
        errors.InputError: they are no whole numbers, or neither all the same nor all
            different.
    """
    rows = text.numbers(path, [[label] for label in labels], 0, 1)
    numbers = [number for (number,) in rows]
    for line, number in enumerate(numbers, 1):
        if not number.is_integer():
            raise errors.InputError(
                f"{path}, line {line}: {labels[line - 1].strip()!r} where a whole "
                "number should be; get the file again or remove it."
            )
    if len(set(numbers)) == 1:
        return list(range(len(numbers)))
    one_person = numbers[0] == numbers[1]
    for line, number in enumerate(numbers[1:], 2):
        if number != numbers[0] if one_person else number in numbers[: line - 1]:
            raise errors.InputError(
                f"{path}, line {line}: number {number:.0f}; expected the same in all "
                "lines, a person's, or another one in each, a joint's. Get the file "
                "again or remove it."
            )
    return sorted(range(len(numbers)), key=numbers.__getitem__)
