"""Persons and their recordings, listed for people."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from datasets import recordings as recordings_module


def recordings_list(
    found: recordings_module.Recordings, says_rate: Sequence[bool] = ()
) -> Iterator[str]:
    """Lines that list persons and their recordings.

    Args:
        found: all.
        says_rate: as for `shown.of_recordings`.
    """
    for person in np.unique(found.person):
        numbers = np.flatnonzero(found.person == person)
        yield f"{called(found, int(numbers[0]))}: {count(len(numbers), 'recording')}"
        for i in map(int, numbers):
            more = [
                str(each[i])
                for each in (found.condition, found.split)
                if each is not None and each[i]
            ]
            yield ", ".join(
                [
                    f"  {found.recording[i]}: {count(len(found.frames(i)), 'frame')}",
                    rate(found.fps[i], not says_rate or says_rate[i]),
                    *more,
                ]
            )


def sequences_list(
    part: str, persons: np.ndarray, length: int, names: Mapping[int, str]
) -> Iterator[str]:
    """Lines that list the persons of a part of a data set."""
    yield f"{part}: {count(len(persons), 'sequence')} of {length} skeletons"
    for person, size in zip(*np.unique(persons, return_counts=True), strict=True):
        first = int(np.argmax(persons == person))
        many = count(int(size), "sequence")
        yield f"  person {named(person, names)}: {many}, the first is {first}"


def rate(fps: float, is_known: bool) -> str:
    """Frames a second, for people."""
    return f"{fps:.4g} a second{'' if is_known else ' (assumed)'}"


def called(found: recordings_module.Recordings, chosen: int) -> str:
    """The person of one of the recordings, by number and name."""
    number = found.person[chosen]
    names = {} if found.person_name is None else {number: found.person_name[chosen]}
    return f"person {named(number, names)}"


def named(number: int, names: Mapping[int, str]) -> str:
    """A person's number, and the name in brackets where it tells more."""
    name = names.get(number, "")
    return str(number) if name in ("", str(number)) else f"{number} ({name})"


def count(number: int, what: str) -> str:
    """How many things there are: one or several."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
