"""Anyone's recordings in a folder: a file each, the person by folder or by name."""

import dataclasses
import pathlib
import re
from collections.abc import Callable

from datasets import recordings as recordings_module
from datasets.raw import natural, take, walking
from simmc_tf import errors

_GROUPS = ("person", "condition", "split")


@dataclasses.dataclass(frozen=True)
class Sensor:
    """A format that any sensor or program writes, one recording a file.

    Attributes:
        suffixes: of its files, in lower case.
        read: (take, metres a unit, frames a second where the file does not say it) ->
            frames; raises errors.InputError with file and line where the file is
            damaged. Must pickle.
        unit: of `recordings.UNITS` that its coordinates usually have; None: the files
            say it, and `read` is given None.
        fps: frames a second where the file does not say it.
        missing: the rule for frames and joints that were not seen.
    """

    suffixes: tuple[str, ...]
    read: Callable[..., take.Frames]
    unit: str | None
    fps: float
    missing: str


def pattern(text: str) -> re.Pattern[str]:
    """A pattern that finds person, condition and split in a file's path.

    Args:
        text: regular expression with the group `(?P<person>...)` and, where wanted,
            `condition` and `split`.

    Raises:
        errors.InputError: it is none.
    """
    try:
        found = re.compile(text)
    except re.error as error:
        raise errors.InputError(
            f"--pattern {text!r} is no regular expression: {error}."
        ) from error
    groups = set(found.groupindex)
    if "person" not in groups or groups - set(_GROUPS):
        raise errors.InputError(
            f"--pattern {text!r}: expected the group (?P<person>...), and no others "
            f"but condition and split; found {', '.join(sorted(groups)) or 'none'}."
        )
    return found


def find(
    folder: pathlib.Path,
    suffixes: tuple[str, ...],
    naming: re.Pattern[str] | None = None,
) -> list[take.Take]:
    """Lists a folder's recordings, in natural order of their paths.

    Args:
        folder: looked through to the bottom as `walking.walk` does.
        suffixes: of the files, in lower case.
        naming: found in each path below the folder, as `pattern` makes it. None: the
            person is the first folder below; files straight in the folder are of
            unknown persons.

    Returns:
        Takes; persons are numbered by their names where these are numbers, else from 0
        in natural order of the names.

    Raises:
        errors.InputError: the folder or files are not there, or a path does not fit.
    """
    paths = {
        (place / name).relative_to(folder): place / name
        for place, _, names in walking.walk(folder)
        for name in names
        if pathlib.PurePath(name).suffix.lower() in suffixes
    }
    if not paths:
        raise errors.InputError(
            f"{folder} holds no file that ends in {' or '.join(suffixes)}."
        )
    found = [
        (name, paths[name], _named(name, naming))
        for name in sorted(paths, key=lambda name: natural.key(name.as_posix()))
    ]
    numbers = _numbers({tags["person"] for _, _, tags in found})
    distinct = len({name.with_suffix("") for name, _, _ in found}) == len(found)
    return [
        take.Take(
            name=(name.with_suffix("") if distinct else name).as_posix(),
            person=numbers[tags["person"]],
            files=(path,),
            label=tags["person"],
            condition=tags["condition"],
            part=tags["split"] or None,
        )
        for name, path, tags in found
    ]


def _named(name: pathlib.PurePath, naming: re.Pattern[str] | None) -> dict[str, str]:
    tags = dict.fromkeys(_GROUPS, "")
    if naming is None:
        return tags | {"person": name.parts[0] if len(name.parts) > 1 else ""}
    match = naming.search(name.as_posix())
    if match is None:
        raise errors.InputError(
            f"--pattern {naming.pattern!r} does not fit {name.as_posix()}."
        )
    tags |= {key: value or "" for key, value in match.groupdict().items()}
    if tags["split"] not in ("", *recordings_module.SPLITS):
        raise errors.InputError(
            f"--pattern {naming.pattern!r} finds the split {tags['split']} in "
            f"{name.as_posix()}; expected {', '.join(recordings_module.SPLITS)}."
        )
    return tags


def _numbers(labels: set[str]) -> dict[str, int]:
    """Numbers of persons; -1 for the one without a name."""
    named = labels - {""}
    if all(label.isdecimal() for label in named):
        by_number: dict[int, str] = {}
        for label in sorted(named):
            if int(label) in by_number:
                raise errors.InputError(
                    f"Persons {by_number[int(label)]} and {label} have one number; "
                    "rename one."
                )
            by_number[int(label)] = label
        numbers = {label: number for number, label in by_number.items()}
    else:
        ordered = sorted(named, key=natural.key)
        numbers = {label: number for number, label in enumerate(ordered)}
    return numbers | {"": -1}
