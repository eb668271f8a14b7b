"""Recordings as a trained model takes them: its joints, its unit."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence

import numpy as np

from datasets import duplicates, fitted_joints, recordings
from datasets.raw import take
from simmc_tf import errors
from simmc_tf.export import about as abouts
from simmc_tf.gallery import entries

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Fitted:
    """Recordings whose joints are the model's.

    Attributes:
        recordings: in the model's unit.
        digests: R SHA-256 of the frames as they were recorded.
        persons: R ids; None where the person is not known.
        visible: [frames] bool; the positions of a frame that is missing are zeros.
    """

    recordings: recordings.Recordings
    digests: tuple[str, ...]
    persons: tuple[str | None, ...]
    visible: np.ndarray

    def names(self, some: np.ndarray) -> list[str]:
        """Of those recordings whose indices are given."""
        return self.recordings.recording[some].tolist()

    def chosen(self, some: np.ndarray) -> "Fitted":
        """Those recordings whose indices are given, in that order."""
        whole = self.recordings
        frames = [whole.frames(index) for index in some.tolist()]
        parts = np.split(self.visible, whole.starts[1:-1])
        counts = np.diff(whole.starts)[some]
        optional = {
            name: value[some]
            for name in ("condition", "split", "person_name")
            if (value := getattr(whole, name)) is not None
        }
        return Fitted(
            dataclasses.replace(
                whole,
                positions=np.concatenate([whole.positions[:0], *frames]),
                starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
                person=whole.person[some],
                recording=whole.recording[some],
                fps=whole.fps[some],
                **optional,
            ),
            tuple(self.digests[index] for index in some),
            tuple(self.persons[index] for index in some),
            np.concatenate([self.visible[:0], *(parts[index] for index in some)]),
        )


def model(
    about: abouts.About,
    path: pathlib.Path,
    unit: str | None = None,
    kept: str | None = None,
) -> entries.Model:
    """What a gallery must know of an exported model.

    Args:
        about: what the export says of itself.
        path: where it is.
        unit: that it is said to take joints in, where it does not say so.
        kept: the unit that the gallery keeps.

    Raises:
        errors.InputError: it takes something else than joints, does not say f, or
            nobody says the unit, or it, `unit` and `kept` are not the same.
    """
    if about.kind != abouts.JOINTS or about.length is None:
        raise errors.InputError(
            f"--model {path} takes {about.takes} of {about.length or 'unknown'} "
            "skeletons; a gallery needs a model of SimMC.py that takes joints and says "
            "their number."
        )
    if about.unit and kept and about.unit != kept:
        raise errors.InputError(
            f"--model {path} takes joints in {about.unit}, and the gallery was built "
            f"with {kept}: give the model it was built with, or enrol everybody again "
            "into another gallery."
        )
    known, units = about.unit or kept, ", ".join(recordings.UNITS)
    if known is None and unit is None:
        raise errors.InputError(
            f"--model {path} does not say in which unit it takes joints; give --unit, "
            f"that of the coordinates it was trained on: {units}."
        )
    if unit is not None and known not in (None, unit):
        who = f"the model {path} takes joints in" if about.unit else "the gallery keeps"
        raise errors.InputError(f"--unit {unit}: {who} {known}; leave it out.")
    found = known or unit or ""
    if found not in recordings.UNITS:
        raise errors.InputError(
            f"--model {path} takes joints in {found}; expected a model that takes "
            f"{units}."
        )
    return entries.Model(
        path=str(path.resolve()),
        digest=about.digest,
        num_joints=about.skeleton[0],
        joint_names=tuple(about.joint_names),
        unit=found,
        length=about.length,
        size=about.size,
    )


def read(
    path: pathlib.Path, model: entries.Model, split: str | None, say: Say
) -> Fitted:
    """Reads recordings, and gives them the joints that a model takes.

    A frame is missing where a coordinate of these is not finite, as in a sensor's
    files, and where all are 0, as many a sensor writes where it sees nobody.

    Args:
        path: of a recordings file.
        model: that is to embed them.
        split: only those of that part; None for all.
        say: told what was turned into what.

    Raises:
        errors.InputError: the file is missing or broken, has none of the split, or its
            joints cannot be made the model's, or skeletons are not as large as people.
    """
    found = recordings.read(path, may_miss=True)
    every = np.ones(len(found.positions), bool)
    fitted = Fitted(found, _digests(found), _persons(path, found), every)
    if split is not None:
        parts = np.array([""]) if found.split is None else found.split
        some = np.flatnonzero(parts == split)
        if not len(some):
            raise errors.InputError(
                f"--split {split}: no recording of {path} is of that split."
            )
        fitted = fitted.chosen(some)
    whole = fitted.recordings
    positions, joints = fitted_joints.fit(
        path, whole.positions, whole.joint_names, model, say
    )
    # Of the model's joints: others may be missing.
    visible = take.visible(positions) & positions.any(axis=(1, 2))
    positions[~visible] = 0
    fit = dataclasses.replace(whole, positions=positions, joint_names=joints)
    _check_size(path, fit, visible)
    metres = np.float32(recordings.UNITS[model.unit])
    if metres != 1:
        fit = dataclasses.replace(fit, positions=positions / metres)
    return dataclasses.replace(fitted, recordings=fit, visible=visible)


def _digests(found: recordings.Recordings) -> tuple[str, ...]:
    """The same whether what is missing is NaN or 0."""
    finite = np.isfinite(found.positions)
    if not finite.all():
        found = dataclasses.replace(
            found, positions=np.where(finite, found.positions, np.float32(0))
        )
    return duplicates.digests(found)


def note_short(fitted: Fitted, length: int, say: Say) -> None:
    """Says which recordings are shorter than what the model was trained on."""
    short = np.flatnonzero(np.diff(fitted.recordings.starts) < length)
    if len(short):
        say(
            f"note: shorter than the model's {length} frames, so they tell less, and "
            f"no false-accept rate holds: {few(fitted.names(short))}"
        )


def whole(fitted: Fitted, length: int, path: pathlib.Path, say: Say) -> Fitted:
    """Leaves out recordings that have not even one whole sequence, and says so.

    Raises:
        errors.InputError: all of them are so short.
    """
    frames = np.diff(fitted.recordings.starts)
    short = np.flatnonzero(frames < length)
    if len(short) == len(frames):
        raise errors.InputError(
            f"{path}: the longest recording has {frames.max()} frames, and a sequence "
            f"of this model {length}; record for longer."
        )
    if not len(short):
        return fitted
    names = few(fitted.names(short))
    say(f"note: left out, since they are shorter than {length} frames: {names}")
    return fitted.chosen(np.flatnonzero(frames >= length))


def few(names: Sequence[str], most: int = 5) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def labelled(fitted: Fitted, path: pathlib.Path) -> None:
    """Refuses recordings of unknown persons.

    Raises:
        errors.InputError: of one or more nobody says who it is.
    """
    unknown = [i for i, person in enumerate(fitted.persons) if person is None]
    if unknown:
        name = fitted.recordings.recording[unknown[0]]
        raise errors.InputError(
            f"{path}: nobody says who {name} is ({len(unknown)} of "
            f"{len(fitted.persons)} recordings); give each its person, 0 or more, or a "
            "person_name."
        )


def _persons(
    path: pathlib.Path, found: recordings.Recordings
) -> tuple[str | None, ...]:
    """Ids: the names where there are names, else the numbers.

    Raises:
        errors.InputError: a number has two names, or two numbers have one.
    """
    numbers = found.person.tolist()
    names = [""] * len(found)
    if found.person_name is not None:
        names = [entries.spelt(name.strip()) for name in found.person_name.tolist()]
    named: dict[int, str] = {}
    for number, name in zip(numbers, names, strict=True):
        if number >= 0 and named.setdefault(number, name) != name:
            raise errors.InputError(
                f"{path}: person {number} is called {named[number]!r} and {name!r}; "
                "give each person one name."
            )
    ids = tuple(
        name or (str(number) if number >= 0 else None)
        for number, name in zip(numbers, names, strict=True)
    )
    numbered: dict[str | None, int] = {}
    for number, each in zip(numbers, ids, strict=True):
        if number >= 0 and numbered.setdefault(each, number) != number:
            raise errors.InputError(
                f"{path}: persons {numbered[each]} and {number} are both called "
                f"{each!r}; give each a name of its own, or one person one number."
            )
    return ids


def _check_size(
    path: pathlib.Path, found: recordings.Recordings, visible: np.ndarray
) -> None:
    """Refuses what is no person: a wrong unit, or joints that were not seen.

    Raises:
        errors.InputError: the skeletons of a recording are too small or too large.
    """
    sizes = recordings.extents(found, visible)
    low, high = recordings.SMALLEST, recordings.LARGEST
    wrong = np.flatnonzero((sizes <= low) | (sizes >= high))
    if not len(wrong):
        return
    size = sizes[wrong[0]]
    remedy = (
        "say in the file in which unit its positions are: unit "
        f"{', '.join(recordings.UNITS)} (m where there is none)."
        if size
        else "all joints are in one place; leave it out."
    )
    raise errors.InputError(
        f"{path}: skeletons of {found.recording[wrong[0]]} are typically {size:.4g} m "
        f"large, and people {low:g} to {high:g} m ({len(wrong)} of {len(found)} "
        f"recordings are not): {remedy}"
    )
