"""One recording, or one sequence of a data set, that somebody wants to see."""

import dataclasses
import math
import pathlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from datasets import anatomy as anatomy_module
from datasets import catalog, listing
from datasets import recordings as recordings_module
from datasets.looks import findings as findings_module
from datasets.looks import measures, tracking
from simmc_tf import errors
from simmc_tf.pictures import views

# Sequences that are looked through for warnings, at most.
_MOST_CHECKED = 20_000
# Persons, recordings or parts that a message lists, at most.
_LISTED = 12


@dataclasses.dataclass(frozen=True)
class Shown:
    """What is drawn, and what is said of it.

    Attributes:
        title: of the picture.
        stem: of the picture's file name.
        frames: [n, J, 3].
        missing: [n, J] bool, joints that were not tracked.
        fps: frames a second; None where nobody knows.
        anatomy: of the J joints.
        unit: of the coordinates; None where nobody knows.
        findings: what all of the data look like.
        index: of what is shown in what was looked through; None: it was not.
        rate_is_known: whether somebody said how many frames a second there are.
    """

    title: str
    stem: str
    frames: np.ndarray
    missing: np.ndarray
    fps: float | None
    anatomy: anatomy_module.Anatomy
    unit: str | None
    findings: findings_module.Findings
    index: int | None
    rate_is_known: bool = True

    @property
    def height(self) -> float:
        """From feet to head; NaN where unknown."""
        return measures.measure(self.frames, math.nan, self.anatomy).height

    @property
    def up(self) -> views.Up:
        """The axis along which people stand: as joints tell, else the longest one."""
        if self.findings.up is not None:
            return self.findings.up
        there = self.frames[np.isfinite(self.frames).all(axis=(1, 2))]
        if not len(there):
            return views.Y_UP
        return int(np.median(np.ptp(there, axis=1), axis=0).argmax()), 1

    def front(self) -> float | None:
        """Degrees to turn it so that it is seen from the front; None if unknown."""
        ahead = measures.facing(self.frames, self.up, self.anatomy)
        if ahead is None:
            return None
        right, _, towards = views.projected(ahead, up=self.up)
        return -math.degrees(math.atan2(right, towards))


def of_recordings(
    path: pathlib.Path,
    found: recordings_module.Recordings,
    person: str | None,
    recording: str | None,
    metres: float | None = None,
    says_rate: Sequence[bool] = (),
) -> Shown:
    """Chooses one of some recordings.

    Args:
        path: that they were read from.
        found: all of them, perhaps with NaN.
        person: number or name; None for the first.
        recording: name, or which of the person's, from 0; None for the first.
        metres: in one unit of the numbers that they were read from; None: unknown.
        says_rate: of each, whether its frames a second are more than a guess; empty:
            all are.

    Raises:
        errors.InputError: there is no such person or recording, or nothing in it can
            be drawn.
    """
    if person is None and recording in found.recording:
        of_person = np.arange(len(found))  # Its name is enough.
    else:
        of_person = _of_person(path, found, person)
    chosen = _recording(path, found, of_person, recording)
    name, whose = found.recording[chosen], listing.called(found, chosen)
    if not np.isfinite(found.frames(chosen)).all(axis=2).any():
        raise errors.InputError(
            f"{path}: recording {name} of {whose} has no joint with finite "
            "coordinates, so there is nothing to draw; choose another --recording."
        )
    return Shown(
        f"{path.name}, {whose}, recording {name}",
        _stem(path.stem, whose, name),
        found.frames(chosen),
        _missing(found, chosen),
        float(found.fps[chosen]),
        anatomy_module.of(found.joint_names),
        "m",
        findings_module.find(found, metres),
        chosen,
        not says_rate or says_rate[chosen],
    )


def of_sequences(
    data_set: catalog.DataSet,
    part: str,
    persons: np.ndarray,
    read: Callable[[np.ndarray], np.ndarray],
    person: str | None,
    sequence: int,
) -> Shown:
    """Chooses one sequence of a part of a data set.

    Args:
        data_set: its entry.
        part: name of the part.
        persons: [N] of its sequences.
        read: [n, f, J, 3] of some of the N.
        person: number; None: any.
        sequence: which of the N, or of the person's, from 0.

    Raises:
        errors.InputError: there is no such person or sequence.
    """
    numbers = np.arange(len(persons))
    whose = f"{data_set.name} {part}"
    names = data_set.person_names
    if person is not None:
        numbers = np.flatnonzero(persons.astype(str) == person)
        if not len(numbers):
            called = [number for number, name in names.items() if name == person]
            numbers = np.flatnonzero(np.isin(persons, called))
        if not len(numbers):
            known = [listing.named(number, names) for number in np.unique(persons)]
            raise errors.InputError(
                f"--person {person}: {whose} has {_listed(known)}; --list lists them."
            )
        whose += f", person {person}"
    if not 0 <= sequence < len(numbers):
        raise errors.InputError(
            f"--sequence {sequence}: {whose} has sequences 0 to {len(numbers) - 1}."
        )
    chosen = int(numbers[sequence])
    one = as_recordings(data_set.joints, persons, read, np.array([chosen]))
    looked_through = np.unique(persons[numbers_to_check(persons)])
    return Shown(
        f"{data_set.name}, {part}, sequence {chosen} of person "
        f"{listing.named(persons[chosen], names)}",
        _stem(data_set.name, part, str(chosen)),
        one.positions,
        _missing(one, 0),
        None,
        anatomy_module.of(data_set.joints),
        data_set.unit,
        look(data_set, persons, read),
        next(iter(np.flatnonzero(looked_through == persons[chosen]).tolist()), None),
    )


def look(
    data_set: catalog.DataSet,
    persons: np.ndarray,
    read: Callable[[np.ndarray], np.ndarray],
) -> findings_module.Findings:
    """What some sequences of a part look like, a recording a person.

    Args:
        data_set: its entry.
        persons: [N] of its sequences.
        read: [n, f, J, 3] of some of the N.
    """
    return findings_module.find(
        as_recordings(data_set.joints, persons, read, numbers_to_check(persons)),
        unit_is_known=data_set.unit is not None,
        called="persons",
    )


def numbers_to_check(persons: np.ndarray) -> np.ndarray:
    """Sequences evenly chosen from a part, in the order of their persons."""
    some = np.arange(0, len(persons), -(-len(persons) // _MOST_CHECKED))
    return some[np.argsort(persons[some], kind="stable")]


def as_recordings(
    joint_names: tuple[str, ...],
    persons: np.ndarray,
    read: Callable[[np.ndarray], np.ndarray],
    chosen: np.ndarray,
) -> recordings_module.Recordings:
    """Sequences as recordings, one a person: frames a second are NaN.

    Args:
        joint_names: J names.
        persons: [N] of all sequences.
        read: [n, f, J, 3] of some of the N.
        chosen: [n] sequences, ordered by person.
    """
    # Files are read in their order, and then sorted in memory.
    order = np.argsort(chosen)
    skeletons = read(chosen[order])[np.argsort(order)]
    names, counts = np.unique(persons[chosen], return_counts=True)
    ends = np.cumsum(counts) * skeletons.shape[1]
    return recordings_module.Recordings(
        skeletons.reshape(-1, *skeletons.shape[2:]),
        np.concatenate([[0], ends]),
        names,
        np.array([f"person {name}" for name in names]),
        np.full(len(names), np.nan),
        joint_names,
    )


def _of_person(
    path: pathlib.Path, found: recordings_module.Recordings, person: str | None
) -> np.ndarray:
    """Numbers of a person's recordings."""
    if person is None:
        return np.flatnonzero(found.person == found.person[0])
    fits = found.person.astype(str) == person
    if not fits.any() and found.person_name is not None:
        fits = found.person_name == person
    if not fits.any():
        _, firsts = np.unique(found.person, return_index=True)
        names = [listing.called(found, int(i)).removeprefix("person ") for i in firsts]
        raise errors.InputError(
            f"--person {person}: {path} has {_listed(names)}; --list lists them."
        )
    return np.flatnonzero(fits)


def _recording(
    path: pathlib.Path,
    found: recordings_module.Recordings,
    numbers: np.ndarray,
    recording: str | None,
) -> int:
    """Number of one of a person's recordings, by its name or place among them."""
    named = [int(i) for i in numbers if found.recording[i] == recording]
    if named:
        return named[0]
    place = recording or "0"
    if not (re.fullmatch("[0-9]{1,9}", place) and int(place) < len(numbers)):
        names = found.recording[numbers]
        whose = listing.called(found, int(numbers[0]))
        raise errors.InputError(
            f"--recording {recording}: {whose} in {path} has "
            f"{', '.join(names[:_LISTED])}{', ...' if len(names) > _LISTED else ''}; "
            f"expected one of these names, or a number from 0 to {len(names) - 1}."
        )
    return int(numbers[int(place)])


def _missing(found: recordings_module.Recordings, chosen: int) -> np.ndarray:
    absent = tracking.at_origin(found, anatomy_module.of(found.joint_names))
    return absent[found.starts[chosen] : found.starts[chosen + 1]]


def _listed(persons: Sequence[str]) -> str:
    shown = ", ".join(map(str, persons[:_LISTED]))
    return f"persons {shown}{', ...' if len(persons) > _LISTED else ''}"


def _stem(*words: str) -> str:
    """A file name of letters, digits, _ and -, whatever recordings are called."""
    plain = (re.sub(r"\W+", "_", word).strip("_") for word in words)
    return "-".join(word for word in plain if word)[:100]
