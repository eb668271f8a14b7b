"""dataset.json: what a data set made here is, kept beside its arrays."""

import dataclasses
import itertools
import json
import pathlib
import re
from collections.abc import Mapping

from datasets import catalog, recordings, windows
from simmc_tf import atomic, errors, json_file

FILE = "dataset.json"
_MOST_DIGITS = len(str(-(2**53)))


@dataclasses.dataclass(frozen=True)
class Descriptor:
    """Describes one folder `Datasets/NAME/f`.

    Attributes:
        name: of the data set.
        length: f.
        joint_names: J names, 2 or more; joint 0 is subtracted from the others.
        probes: probe name -> (folder of the probes, folder of their gallery).
        made_by: the command or program that wrote it.
        generated: the walkers are generated, not recorded.
        training: where training sequences begin, a value of `windows.Training`.
        person_names: number -> what the recordings call the person, where they do.
    """

    name: str
    length: int
    joint_names: tuple[str, ...]
    probes: dict[str, tuple[str, str]]
    made_by: str
    generated: bool = False
    training: str = windows.Training.HALF.value
    person_names: Mapping[int, str] = dataclasses.field(default_factory=dict)

    def data_set(self) -> catalog.DataSet:
        """The entry that loads it."""
        return catalog.DataSet(
            self.name,
            self.joint_names,
            (self.length,),
            dict(self.probes),
            person_names=self.person_names,
        )

    def remade(self, length: int) -> str:
        """How to make it in another length, for people."""
        program, *words = self.made_by.split(" ")
        # Lengths come first but where somebody wrote them elsewhere.
        given = list(itertools.takewhile(str.isdecimal, words))
        if program != "Pre-process.py" or not given:
            return f"those were made with: {self.made_by}; make others alike"
        rest = " ".join([str(length), *words[len(given) :]])
        return f"make others with: python {program} {rest}"


def check_name(name: str) -> None:
    """Refuses names that could lead out of the data folder.

    Raises:
        errors.InputError: the name is no plain word.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise errors.InputError(
            f"--dataset {name!r}: expected a name of letters, digits, _, . and -."
        )


def person_names(content: Mapping) -> dict[int, str]:
    """Number -> name of the persons that a JSON object tells of as `person_names`.

    Raises:
        ValueError: a number is none, or is larger than any person's.
        AttributeError: there is something else.
    """
    told = content.get("person_names", {})
    # Of longer ones any number are alike to a dictionary, which then takes for ever.
    if any(len(number) > _MOST_DIGITS for number in told):
        raise ValueError("a person's number is too large")
    return {int(number): str(name) for number, name in told.items()}


def write(folder: pathlib.Path, content: Descriptor) -> None:
    """Writes dataset.json into `Datasets/NAME/f`."""
    found = dataclasses.asdict(content)
    if not content.person_names:
        del found["person_names"]
    atomic.write_json(folder / FILE, found)


def read(folder: pathlib.Path) -> Descriptor | None:
    """Reads dataset.json of `Datasets/NAME/f`; None where there is none.

    Raises:
        errors.InputError: the file is broken.
    """
    return require(folder) if (folder / FILE).is_file() else None


def require(folder: pathlib.Path) -> Descriptor:
    """Reads dataset.json of `Datasets/NAME/f`.

    Raises:
        errors.InputError: the file is missing or broken.
    """
    path = folder / FILE
    try:
        content = json_file.read(path)
        found = Descriptor(
            name=str(content["name"]),
            length=int(content["length"]),
            joint_names=tuple(map(str, content["joint_names"])),
            probes={
                str(probe): (str(first), str(second))
                for probe, (first, second) in content["probes"].items()
            },
            made_by=str(content["made_by"]),
            generated=bool(content.get("generated", False)),
            training=str(content.get("training", windows.Training.HALF.value)),
            person_names=person_names(content),
        )
        if len(found.joint_names) < recordings.FEWEST_JOINTS:
            raise errors.InputError(
                f"expected {recordings.FEWEST_JOINTS} or more joint_names, found "
                f"{len(found.joint_names)}: joint 0 is subtracted from the others"
            )
        for text in (found.made_by, *found.joint_names, *found.person_names.values()):
            if not text.isprintable():
                raise errors.InputError(f"{text!r:.60} cannot be printed")
        for part in {part for parts in found.probes.values() for part in parts}:
            if not re.fullmatch(r"\w+", part):
                raise errors.InputError(f"no split can be called {part!r}")
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        raise errors.InputError(
            f"{path} cannot be read ({_reason(error)}); make the data again with "
            "Pre-process.py."
        ) from error
    if (found.name, str(found.length)) != (folder.parent.name, folder.name):
        raise errors.InputError(
            f"{path} describes {found.name} with length {found.length}, not "
            f"{folder.parent.name} with length {folder.name}; file names go by it, so "
            "give the folder its name back or make the data again."
        )
    return found


def _reason(error: Exception) -> str:
    """What is wrong with a dataset.json, in its own terms."""
    match error:
        case OSError():
            return str(error.strerror)
        case errors.InputError():
            return str(error)
        case json.JSONDecodeError() | UnicodeError():
            return "it is no JSON"
        case KeyError():
            return f'"{error.args[0]}" is missing'
    return "a value is of another kind than expected"
