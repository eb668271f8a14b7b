"""Recordings that are there twice, under two names."""

import hashlib

import numpy as np

from datasets import recordings as recordings_module

_SHOWN = 5


def find(recordings: recordings_module.Recordings) -> list[list[int]]:
    """Groups recordings whose frames are the same to the last bit.

    Args:
        recordings: R of them.

    Returns:
        Indices of each group of two or more, ascending, by their first ones.
    """
    groups: dict[str, list[int]] = {}
    for index, digest in enumerate(digests(recordings)):
        groups.setdefault(digest, []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def digests(recordings: recordings_module.Recordings) -> tuple[str, ...]:
    """SHA-256 of the joints' names and the frames of each recording.

    Args:
        recordings: R of them.
    """
    names = repr(recordings.joint_names).encode()
    return tuple(
        hashlib.sha256(
            names + np.ascontiguousarray(recordings.frames(index)).data
        ).hexdigest()
        for index in range(len(recordings))
    )


def warnings(recordings: recordings_module.Recordings) -> list[str]:
    """A line for each such group, or for the first few of many.

    Args:
        recordings: to look through.
    """
    groups = find(recordings)
    lines = [_line(recordings, group) for group in groups[:_SHOWN]]
    if len(groups) > _SHOWN:
        lines.append(f"warning: {len(groups) - _SHOWN} more are there twice")
    return lines


def _line(recordings: recordings_module.Recordings, group: list[int]) -> str:
    names = recordings.recording[group].tolist()
    persons = recordings.person[group].tolist()
    whose = ""
    if len({person for person in persons if person >= 0}) > 1:
        whose = " though they name different persons"
        names = [f"{n} (person {p})" for n, p in zip(names, persons, strict=True)]
    first, second, *others = names
    both = f"{first}, {second} and {len(others)} more"
    if not others:
        both = f"{first} and {second}"
    return (
        f"warning: {both} hold the same frames{whose}; --preset "
        "auto takes them for one recording: keep one"
    )
