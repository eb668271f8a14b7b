"""The arrays that training and evaluation work on."""

import abc
import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np

from simmc_tf import errors

_SEQUENCES_AT_ONCE = 1024
# What a number must be below, so that float32 holds a sum of many squares.
LARGEST = 1e15


class InFiles(abc.ABC):
    """Sequences that stay in their files: a piece is read when somebody asks for it.

    Attributes:
        shape: N, f, d.
    """

    shape: tuple[int, int, int]

    def __len__(self) -> int:
        return self.shape[0]

    @abc.abstractmethod
    def __getitem__(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Reads some sequences: [n, f, d] float32.

        Raises:
            errors.InputError: a file has changed.
        """

    @abc.abstractmethod
    def first(self, count: int) -> "InFiles":
        """The first sequences only; reads nothing."""


Sequences = np.ndarray | InFiles
SequencesT = TypeVar("SequencesT", bound=Sequences)


@dataclasses.dataclass(frozen=True)
class Split(Generic[SequencesT]):
    """Sequences and who walks in them.

    Attributes:
        sequences: [N, f, d] float32, d numbers a skeleton, held or in files; of
            representations also float64, and mapped from their file.
        persons: [N] int64, -1 where unknown.
    """

    sequences: SequencesT
    persons: np.ndarray

    def __len__(self) -> int:
        return len(self.persons)

    def first(self, count: int) -> "Split":
        """The first sequences and their persons."""
        if isinstance(self.sequences, InFiles):
            return Split(self.sequences.first(count), self.persons[:count])
        return Split(self.sequences[:count], self.persons[:count])


@dataclasses.dataclass(frozen=True)
class Matching:
    """Probe sequences and the gallery in which to find their persons.

    Attributes:
        gallery: sequences to search.
        probe: sequences to search for.
        leave_self_out: gallery and probe are one set; a probe must not find itself.
    """

    gallery: Split
    probe: Split
    leave_self_out: bool = False

    def __post_init__(self) -> None:
        """Checks that probes can find anybody.

        Raises:
            errors.InputError: a probe's person is unknown, or none of the probes'
                persons is in the gallery.
        """
        check_persons(self.gallery.persons, self.probe.persons)


@dataclasses.dataclass(frozen=True)
class ReidData:
    """What one experiment trains on and is evaluated with.

    Attributes:
        train: training sequences.
        matching: probe and gallery, None where nothing can be evaluated.
        balanced: whether the published protocol balances persons in training.
        coordinates: the d numbers are 3J root-centred coordinates, not features.
        names: person number -> name, where there is one; for people to read.
    """

    train: Split
    matching: Matching | None
    balanced: bool = True
    coordinates: bool = True
    names: Mapping[int, str] = dataclasses.field(default_factory=dict)

    @property
    def splits(self) -> dict[str, Split]:
        """All splits by name."""
        if self.matching is None:
            return {"training": self.train}
        return {
            "training": self.train,
            "gallery": self.matching.gallery,
            "probe": self.matching.probe,
        }


def is_mapped(sequences: Sequences) -> bool:
    """Whether sequences are read from files, which may be larger than memory."""
    return isinstance(sequences, np.memmap | InFiles)


def centred(skeletons: np.ndarray) -> np.ndarray:
    """Subtracts joint 0 of every frame and flattens [n, f, J, 3] to [n, f, 3J]."""
    offsets = skeletons - skeletons[:, :, :1]
    num_sequences, length, num_joints, _ = offsets.shape
    return np.ascontiguousarray(offsets.reshape(num_sequences, length, 3 * num_joints))


def pieces(num_sequences: int) -> list[slice]:
    """Slices of an array of sequences, each small beside the whole."""
    return [
        slice(start, start + _SEQUENCES_AT_ONCE)
        for start in range(0, num_sequences, _SEQUENCES_AT_ONCE)
    ]


def digest(sequences: Sequences) -> str:
    """SHA-256 of sequences [N, f, d] and their shape."""
    found = hashlib.sha256(json.dumps(sequences.shape).encode())
    for some in pieces(len(sequences)):  # They may be mapped, and large.
        found.update(np.ascontiguousarray(sequences[some]).tobytes())
    return found.hexdigest()


def joined(parts: Iterable[np.ndarray], num_rows: int) -> np.ndarray:
    """Arrays one after the other, as they come: never all of them twice in memory.

    Args:
        parts: of the same type and shape but for their first dimension.
        num_rows: how long they are together, at least 1.
    """
    whole = np.empty(0)
    start = 0
    for part in parts:
        if not start:
            whole = np.empty((num_rows, *part.shape[1:]), part.dtype)
        whole[start : start + len(part)] = part
        start += len(part)
    return whole


def check_persons(gallery: np.ndarray, probe: np.ndarray) -> None:
    """Checks that probes can find anybody.

    Args:
        gallery: [G] persons of the gallery's sequences.
        probe: [P] persons of the probes.

    Raises:
        errors.InputError: a probe's person is unknown, or none of the probes' persons
            is in the gallery.
    """
    unknown = int(np.count_nonzero(probe < 0))
    if unknown:
        raise errors.InputError(
            f"{unknown} of {len(probe)} probe sequences have no person, so nobody can "
            "say what they should find; leave them out or train on them."
        )
    if not np.isin(probe, gallery).any():
        raise errors.InputError(
            f"No probe's person is in the gallery: probes show persons {_some(probe)}, "
            f"the gallery shows {_some(gallery)}; expected at least one in both."
        )


def _some(persons: np.ndarray) -> str:
    distinct = np.unique(persons).tolist()
    shown = ", ".join(map(str, distinct[:5]))
    return shown + (f", ... ({len(distinct)} in all)" if len(distinct) > 5 else "")
