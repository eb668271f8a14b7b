"""Which line of a frame is which joint, by what the lines begin with."""

import pathlib
import re
from collections.abc import Sequence

from datasets.raw import text
from simmc_tf import errors


def plain(joint: str) -> str:
    """A joint's name without case and separators: Hip-Center is HipCenter."""
    return re.sub(r"[^a-z]", "", joint.lower()).replace("centre", "center")


def by_name(
    path: pathlib.Path, names: Sequence[str], joints: Sequence[str]
) -> list[int]:
    """Lines in the order of J joints.

    Args:
        path: of the file, for messages.
        names: that the lines of its first frame begin with.
        joints: J names, which may be spelled in other ways.

    Raises:
        errors.InputError: a name is unknown or there twice, or there are fewer than J.
    """
    found = [plain(name) for name in names]
    wanted = [plain(joint) for joint in joints]
    for line, name in enumerate(found, 1):
        if name not in wanted or name in found[: line - 1]:
            raise errors.InputError(
                f"{path}, line {line}: joint {names[line - 1]!r} is unknown or there "
                f"twice; expected each of {', '.join(joints)} once."
            )
    if len(found) < len(wanted):
        raise errors.InputError(
            f"{path} ends after {len(found)} lines; a frame has {len(wanted)}."
        )
    return [found.index(joint) for joint in wanted]


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
