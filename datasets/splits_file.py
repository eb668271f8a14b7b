"""splits.json: which recording is in which part, so that a split can be used again."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Collection, Mapping

import numpy as np

from datasets import recordings as recordings_module
from datasets.raw import natural
from simmc_tf import atomic, errors, json_file

FILE = "splits.json"


def write(
    folder: pathlib.Path,
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    seed: int | None,
) -> None:
    """Writes it into a data set's folder.

    Args:
        folder: `Datasets/NAME/f`.
        recordings: all of them.
        split: [R] str, the part that each belongs to.
        seed: that it was drawn with, None where it was not drawn.
    """
    atomic.write_json(
        folder / FILE,
        {
            "drawn_with_seed": seed,
            "recordings": [
                {"recording": name, "person": person, "frames": frames, "split": part}
                for name, person, frames, part in zip(
                    recordings.recording.tolist(),
                    recordings.person.tolist(),
                    np.diff(recordings.starts).tolist(),
                    split.tolist(),
                    strict=True,
                )
            ],
        },
    )


@dataclasses.dataclass(frozen=True)
class Listed:
    """What a splits.json says.

    Attributes:
        path: of the file.
        recordings: name -> (person, part).
    """

    path: pathlib.Path
    recordings: Mapping[str, tuple[int, str]]

    def split(
        self,
        recordings: recordings_module.Recordings,
        parts: Collection[str],
        note: Callable[[str], object] = print,
    ) -> recordings_module.Recordings:
        """Recordings with this split, which is given to them by their names.

        Args:
            recordings: to split.
            parts: that the data set may have, training among them.
            note: is told which entries are of no recording, for people.

        Raises:
            errors.InputError: a recording is not listed, is of another person, or is in
                a part that the data set does not have, or none is in training.
        """
        names = recordings.recording.tolist()
        missing = [name for name in names if name not in self.recordings]
        if missing:
            raise errors.InputError(
                f"{self.path} lacks {len(missing)} of {len(names)} recordings, "
                f"{missing[0]} among them; it belongs to other recordings."
            )
        for name, person in zip(names, recordings.person.tolist(), strict=True):
            listed, part = self.recordings[name]
            if listed != person:
                raise errors.InputError(
                    f"{self.path} has {name} of person {listed}, not {person}; it "
                    "belongs to other recordings."
                )
            if part not in parts:
                raise errors.InputError(
                    f"{self.path}: {name} is in {part}; expected "
                    f"{', '.join(sorted(parts))}."
                )
        split = np.array([self.recordings[name][1] for name in names])
        if recordings_module.TRAIN not in split:
            raise errors.InputError(
                f"{self.path} puts none of {len(names)} recordings into "
                f"{recordings_module.TRAIN}: nothing could be trained on. Put some "
                "there, or leave --splits out."
            )
        unused = sorted(self.recordings.keys() - set(names))
        if unused:
            shown = errors.one_line(natural.listed(unused))
            note(
                f"note: {len(unused)} of {len(self.recordings)} entries of {self.path} "
                f"are of no recording that was read: {shown}"
            )
        return dataclasses.replace(recordings, split=split)


def read(path: pathlib.Path) -> Listed:
    """Reads a splits.json.

    Raises:
        errors.InputError: the file is missing or broken, or lists a recording twice.
    """
    try:
        content = json_file.read(path, "utf-8-sig")
    except OSError as error:
        raise errors.InputError(f"{path}: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _broken(path, f"it is no JSON ({place}: {error.msg})") from error
    except ValueError as error:
        raise _broken(path, "it is no JSON") from error
    listed = content.get("recordings") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise _broken(path, 'there is no array "recordings" in it')
    rows = [_row(path, number, one) for number, one in enumerate(listed, 1)]
    found: dict[str, tuple[int, str]] = {}
    for name, person, part in rows:
        if name in found:
            raise errors.InputError(f"{path} lists {name} twice; expected it once.")
        found[name] = person, part
    return Listed(path, found)


def _row(path: pathlib.Path, number: int, one: object) -> tuple[str, int, str]:
    """Name, person and part of the entry of that number."""
    if not isinstance(one, dict):
        raise _broken(path, f'entry {number} of "recordings" is no object')
    for name, kind, meaning in (
        ("recording", str, "a string"),
        ("person", int, "a whole number"),
        ("split", str, "a string"),
    ):
        if name not in one:
            raise _broken(path, f'entry {number} of "recordings" has no "{name}"')
        # Not isinstance: true is an int.
        if type(one[name]) is not kind:
            shown = json.dumps(one[name], ensure_ascii=False)
            raise _broken(
                path,
                f'"{name}" of entry {number} of "recordings" is {shown:.40}, not '
                f"{meaning}",
            )
    return one["recording"], one["person"], one["split"]


def _broken(path: pathlib.Path, why: str) -> errors.InputError:
    return errors.InputError(
        f"{path} is no splits.json: {why}; expected the file that Pre-process.py "
        "writes beside a data set."
    )
