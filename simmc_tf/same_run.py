"""Whether a run in a folder is the one that somebody means, to go on with it."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from simmc_tf import errors

REMEDY = "--overwrite replaces it, another --model_root leaves it as it is"
# Keys of config.json, besides hyperparameters, that a run is made of -> their flag.
_FLAGS = {"dataset": "--dataset", "probe": "--probe", "length": "--length"}
_FLAGS |= {"source": "--source", "skeleton_size": "numbers a skeleton"}
_HYPERPARAMETERS = {"mic_weight": "lambda"}
# What is told of the data, which the run that goes on would tell as it began.
_TOLD = {"unit": "unit", "joint_names": "joint names"}


def check(
    folder: pathlib.Path, had: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Refuses to go on with a run of something else.

    Args:
        folder: of the run, for the message.
        had: what it is a run of, as `resuming.made_of` gives it; of one that has ended
            `description` alone.
        asked: what is to be run.

    Raises:
        errors.InputError: names what differs.
    """
    differing = list(_differences(had, asked))
    if differing:
        raise errors.InputError(
            f"{folder} holds a run of something else: it differs in "
            f"{', '.join(differing)}; it goes on with what it began with, {REMEDY}."
        )


def _differences(had: Mapping[str, Any], asked: Mapping[str, Any]) -> Sequence[str]:
    """What differs, by its flag."""
    first, second = had["description"], asked["description"]
    found = [
        f"--{_HYPERPARAMETERS.get(name, name)} {new} (there {old})"
        for name, (old, new) in _pairs(first, second, "hyperparameters")
    ]
    for name, flag in _FLAGS.items():
        if first.get(name) != second.get(name):
            found.append(f"{flag} {second.get(name)} (there {first.get(name)})")
    found += [
        what
        for name, what in _TOLD.items()
        if name in first and first[name] != second.get(name)
    ]
    splits = [name for name, _ in _pairs(first, second, "data_sha256")]
    if splits:
        found.append(f"{', '.join(splits)} data")
    splits = [name for name, _ in _pairs(first, second, "persons_sha256")]
    if splits and "persons_sha256" in first:
        found.append(f"persons of {', '.join(splits)}")
    if "tensorboard" not in had:  # A finished run stays one of whatever version.
        return found
    if had["tensorboard"] != asked["tensorboard"]:
        found.append(f"--{'' if asked['tensorboard'] else 'no'}tensorboard")
    return found + [
        f"{name} {new} (there {old})"
        for name, (old, new) in _pairs(first, second, "versions")
    ]


def _pairs(
    first: Mapping[str, Any], second: Mapping[str, Any], key: str
) -> Sequence[tuple[str, tuple[object, object]]]:
    """Entries of two mappings' mappings that differ."""
    one, other = (dict(each.get(key) or {}) for each in (first, second))
    return [
        (name, (one.get(name), other.get(name)))
        for name in dict.fromkeys((*other, *one))
        if one.get(name) != other.get(name)
    ]
