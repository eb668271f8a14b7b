"""Whether a run in a folder is the one that somebody means, to go on with it."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from simmc_tf import errors, json_file, run_files

REMEDY = "--overwrite replaces it, another --model_root leaves it as it is"
# Keys of config.json, besides hyperparameters, that a run is made of -> their flag.
_FLAGS = {"dataset": "--dataset", "probe": "--probe", "length": "--length"}
_FLAGS |= {"source": "--source", "skeleton_size": "numbers a skeleton"}
_HYPERPARAMETERS = {"mic_weight": "lambda"}
# What is told of the data, which the run that goes on would tell as it began.
_TOLD = {"unit": "unit", "joint_names": "joint names"}
# What may round otherwise.
_CIRCUMSTANCES = ("device", "machine", "code")
# Keys of config.json that tell how many epochs a run takes at most.
_OF_EPOCHS = ("hyperparameters", "command")


def description(folder: pathlib.Path) -> dict[str, Any]:
    """Content of a run's config.json.

    Raises:
        errors.InputError: it cannot be read.
    """
    try:
        return checked(json_file.read(folder / run_files.CONFIG))
    except (OSError, ValueError, TypeError) as error:
        raise errors.InputError(
            f"{folder / run_files.CONFIG} cannot be read; {REMEDY}."
        ) from error


def checked(told: Mapping[str, Any]) -> dict[str, Any]:
    """Content of a config.json, if what is compared of it is of its kind.

    Raises:
        Exception: TypeError or ValueError: it is not.
    """
    found = dict(told)
    for name in ("hyperparameters", "versions", "data_sha256", "persons_sha256"):
        dict(found.get(name) or {})
    return found


def check(
    folder: pathlib.Path, had: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Refuses to go on with a run of something else, but for its number of epochs.

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
        for name, (old, new) in changes(first, second, "hyperparameters")
        if name != "epochs"
    ]
    for name, flag in _FLAGS.items():
        if first.get(name) != second.get(name):
            found.append(f"{flag} {second.get(name)} (there {first.get(name)})")
    found += [
        what
        for name, what in _TOLD.items()
        if name in first and first[name] != second.get(name)
    ]
    splits = [name for name, _ in changes(first, second, "data_sha256")]
    if splits:
        found.append(f"{', '.join(splits)} data")
    splits = [name for name, _ in changes(first, second, "persons_sha256")]
    if splits and "persons_sha256" in first:
        found.append(f"persons of {', '.join(splits)}")
    if "tensorboard" not in had:  # A finished run stays one of whatever version.
        return found
    if had["tensorboard"] != asked["tensorboard"]:
        found.append(f"--{'' if asked['tensorboard'] else 'no'}tensorboard")
    return found + [
        f"{name} {new} (there {old})"
        for name, (old, new) in changes(first, second, "versions")
        if name != "python" or _minor(old) != _minor(new)
    ]


def _minor(version: object) -> list[str]:
    """Of Python, without its patch release, which has the same packages."""
    return str(version).split(".")[:2]


def changes(
    first: Mapping[str, Any], second: Mapping[str, Any], key: str
) -> Sequence[tuple[str, tuple[object, object]]]:
    """Entries of two mappings' mappings that differ."""
    one, other = (dict(each.get(key) or {}) for each in (first, second))
    return [
        (name, (one.get(name), other.get(name)))
        for name in dict.fromkeys((*other, *one))
        if one.get(name) != other.get(name)
    ]


def epochs(description: Mapping[str, Any]) -> int | None:
    """Most epochs of a run, as its config.json tells."""
    found = dict(description.get("hyperparameters") or {}).get("epochs")
    return found if isinstance(found, int) else None


def to_epochs(had: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """A run's config.json, with as many epochs as are asked for.

    Any number will do that the run has not passed: rates, masks, patience and the
    choice of the best epoch are the same whatever is to come.
    """
    return {**had, **{name: asked[name] for name in _OF_EPOCHS if name in asked}}


def check_model(
    folder: pathlib.Path, best: int, done: int, asked: Mapping[str, Any]
) -> None:
    """Refuses to go on to another model than an unfinished run's, or past its end.

    It may be ahead: the state is written later, and not after every epoch.

    Args:
        folder: of the run.
        best: epoch of its best model, as its state tells.
        done: epochs that it has behind it, as its state tells.
        asked: config.json of what is to be run.

    Raises:
        errors.InputError: it is another one, or gone; or there are more epochs behind
            it than there are to be.
    """
    told = description(folder).get("best_epoch")
    found = told if isinstance(told, int) else 0
    there = (folder / run_files.WEIGHTS).is_file()
    if not there or not (found == best or found > done):
        raise errors.InputError(
            f"{folder} holds an unfinished run, but not its best model (after epoch "
            f"{best}), without which it cannot go on; {REMEDY}."
        )
    most, done = epochs(asked), max(done, found)
    if most is not None and most < done:
        raise errors.InputError(
            f"--epochs {most}: the run in {folder} has {done} behind it; give as many "
            f"or more, or train another one: {REMEDY}."
        )


def check_ended(
    folder: pathlib.Path, had: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Refuses to go on with a run that has ended.

    Args:
        folder: of the run.
        had: config.json of it.
        asked: config.json of what is to be run.

    Raises:
        errors.InputError: it is to have another number of epochs.
    """
    most, now = epochs(had), epochs(asked)
    if most != now:
        raise errors.InputError(
            f"--epochs {now}: the run in {folder} has ended (at most {most} epochs), "
            f"and does not go on; to train one from the beginning: {REMEDY}."
        )


def notes(had: Mapping[str, Any], asked: Mapping[str, Any]) -> Sequence[str]:
    """What to say where a run goes on otherwise than it began.

    Args:
        had: config.json of it.
        asked: config.json of what goes on with it.
    """
    found = []
    if epochs(had) != epochs(asked):
        found.append(
            f"note: at most {epochs(asked)} epochs, where it began with {epochs(had)}"
        )
    changed = [name for name in _CIRCUMSTANCES if had.get(name) != asked.get(name)]
    if "python" in dict(changes(had, asked, "versions")):
        changed.append("Python's patch release")
    if changed:
        found.append(
            f"note: {', '.join(changed)} not as when it began, so that it need not end "
            "as it would have, bit for bit"
        )
    return found
