"""Representations that somebody has, checked before they are written."""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from datasets import catalog, loading
from datasets.representations import store
from datasets.representations.importing import arrays, names, shapes
from datasets.representations.importing import choice as choices
from simmc_tf import data as data_module
from simmc_tf import errors

_FLOATS = "f", "floating-point representations"


@dataclasses.dataclass(frozen=True)
class Part:
    """One split, ready to be written.

    Attributes:
        features: the array that it is read from.
        shape: [N, f, d] that it is written in.
        persons: [N] int64.
        origin: where the persons were read, and how.
    """

    features: arrays.Stored
    shape: tuple[int, int, int]
    persons: np.ndarray
    origin: str

    def sequences(self) -> np.ndarray:
        """The representations [N, f, d], mapped where they are in a .npy."""
        return self.features.open(*_FLOATS).reshape(self.shape)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be written.

    Attributes:
        data_set: its entry.
        length: f.
        parts: splits by name.
        compared: with which of them the data set's own persons agree.
    """

    data_set: catalog.DataSet
    length: int
    parts: Mapping[str, Part]
    compared: tuple[str, ...]

    @property
    def probes(self) -> list[str]:
        """Probes of which all splits are there."""
        return [
            probe
            for probe, needed in self.data_set.probes.items()
            if {*needed} <= {*self.parts}
        ]

    @property
    def missing(self) -> list[str]:
        """Splits of the data set that are not there."""
        return [part for part in names.parts(self.data_set) if part not in self.parts]

    def splits(self) -> Iterator[tuple[str, data_module.Split]]:
        """What is to be written, split after split."""
        for name, part in self.parts.items():
            yield name, data_module.Split(part.sequences(), part.persons)

    @property
    def text(self) -> str:
        """A table for people: what was taken for what."""
        rows = [("split", "role", "array", "shape and type", "written as")]
        for name, part in self.parts.items():
            taken = part.features
            written = f"{list(part.shape)} float32"
            rows.append((name, names.FEATURES, taken.name, taken.described, written))
            rows.append(
                (name, names.PERSONS, part.origin, "", f"[{len(part.persons)}] int64")
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            errors.one_line("  ".join(map(str.ljust, row, widths)).rstrip())
            for row in rows
        )


def plan(
    choice: choices.Choice,
    data_set: catalog.DataSet,
    length: int,
    own: Mapping[str, store.Persons],
) -> Plan:
    """Reads and checks everything that is to be written.

    Args:
        choice: which array is what.
        data_set: whose representations they are.
        length: f.
        own: persons of the data set's own sequences, by split, as far as known.

    Raises:
        errors.InputError: training or its persons are missing, sizes, persons or
            widths contradict each other, or a number is not finite.
    """
    there = [
        part for part in names.parts(data_set) if (part, names.FEATURES) in choice.taken
    ]
    for part, role in choice.taken:
        if part in choice.given and part not in there:
            raise errors.InputError(
                f"--{role} {part}: there are no features of {part}; give them too: "
                f"--features {part}=FILE[:KEY]"
            )
    if loading.TRAIN not in there:
        listed = ", ".join(there)
        raise errors.InputError(
            f"Found features of {listed or 'no split'}, none to train on; say where "
            f"they are: --features {loading.TRAIN}=FILE[:KEY]"
            + "".join(f"; {line}" for line in choice.ignored_text.splitlines()[:8])
        )
    parts = {part: _part(part, choice, length, own.get(part)) for part in there}
    widths = {name: part.shape[2] for name, part in parts.items()}
    if len({*widths.values()}) > 1:
        listed = ", ".join(f"{name} {width}" for name, width in widths.items())
        raise errors.InputError(
            f"The splits' representations have different widths ({listed}); they must "
            "be of one model."
        )
    found = Plan(data_set, length, parts, tuple(part for part in parts if part in own))
    for probe in found.probes:
        first, second = (parts[part].persons for part in data_set.probes[probe])
        data_module.check_persons(second, first)
    for content in parts.values():
        store.check_finite(content.features.name, content.sequences())
    return found


def _part(
    part: str, choice: choices.Choice, length: int, own: store.Persons | None
) -> Part:
    features = choice.taken[part, names.FEATURES]
    features.check_type(*_FLOATS)
    labelled = choice.taken.get((part, names.PERSONS))
    if labelled is not None:
        origin = labelled.name
        shown, how = arrays.labels(labelled, length)
    elif own is not None:
        origin = own.origin
        shown, how = own.persons, "the data set's own"
    else:
        raise errors.InputError(
            f"Nobody knows whom {features.name} shows: there are no persons of {part}. "
            f"Give them, --persons {part}=FILE[:KEY], or put the data set into "
            "--data_root."
        )
    known = shapes.Known(len(shown), origin, sequences=False)
    if own is not None:
        # Tells sequences from skeletons, which labels leave open.
        known = shapes.Known(len(own.persons), own.origin, sequences=True)
    said = part in choice.given
    count = shapes.count_sequences(features, part, length, known, said)
    if len(shown) == count * length and length > 1:
        shown = _of_sequences(shown, length, origin)
        how = f"{how}, of each skeleton".removeprefix(", ")
    if len(shown) != count:
        raise errors.InputError(
            f"{origin} has {len(shown)} persons, but {features.name} "
            f"{list(features.shape)} has {count} sequences of {length} skeletons."
        )
    if own is not None:
        store.check_same(origin, shown, own)
    width = features.shape[-1]
    where = f"{origin} ({how})" if how else origin
    return Part(features, (count, length, width), shown, where)


def _of_sequences(shown: np.ndarray, length: int, origin: str) -> np.ndarray:
    """Persons [N] from those of every skeleton [N * f]."""
    rows = shown.reshape(-1, length)
    differing = np.flatnonzero((rows != rows[:, :1]).any(axis=1))
    if len(differing):
        first = differing[0]
        several = ", ".join(map(str, np.unique(rows[first]).tolist()))
        raise errors.InputError(
            f"{origin}: the {length} skeletons of sequence {first} are of persons "
            f"{several}; expected one. Do sequences have {length} skeletons "
            "(--length), and lie one after another?"
        )
    return rows[:, 0]
