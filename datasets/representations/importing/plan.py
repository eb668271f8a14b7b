"""Representations that somebody has, checked before they are written.

[N, f, d] and [N * f, d], the f skeletons of a sequence one after another, are taken. No
shape tells the latter from [f * N, d]. A row for each sequence, [N, f * d], is not
taken: some models put the frames together, others the axes, and no array says which.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from datasets import catalog
from datasets.representations import agreement, store
from datasets.representations.importing import arrays, choice, names
from simmc_tf import data as data_module
from simmc_tf import errors

_ORDERS = ("[f, N, d]", "[N, f, d]", "[N, d, f]")


@dataclasses.dataclass(frozen=True)
class Part:
    """One split, ready to be written.

    Attributes:
        features: the array that it is read from.
        shape: [N, f, d] that it is written in.
        persons: [N] int64.
        origin: where the persons were read.
    """

    features: arrays.Stored
    shape: tuple[int, int, int]
    persons: np.ndarray
    origin: str

    def read(self) -> data_module.Split:
        """Representations [N, f, d], mapped where they are in a .npy, and persons."""
        sequences = self.features.open().reshape(self.shape)
        return data_module.Split(sequences, self.persons)


def plan(
    taken: choice.Taken,
    said: choice.Taken,
    data_set: catalog.DataSet,
    length: int,
    own: Mapping[str, agreement.Known],
) -> dict[str, Part]:
    """Reads and checks everything that is to be written, by split.

    Args:
        taken: which array is what.
        said: what of it the user named.
        data_set: whose representations they are.
        length: f.
        own: what is known of the data set's own sequences, by split.

    Raises:
        errors.InputError: persons are missing, sizes, persons or widths contradict each
            other, or a number is not finite.
    """
    parts = {
        part: _part(part, taken, said, length, own.get(part))
        for part in names.parts(data_set)
        if (part, names.FEATURES) in taken
    }
    widths = {name: part.shape[2] for name, part in parts.items()}
    if len({*widths.values()}) > 1:
        listed = ", ".join(f"{name} {width}" for name, width in widths.items())
        raise errors.InputError(
            f"The splits' representations have different widths ({listed}); they must "
            "be of one model."
        )
    for probe in probes(parts, data_set):
        first, second = (parts[part].persons for part in data_set.probes[probe])
        data_module.check_persons(second, first)
    for content in parts.values():
        store.check_finite(content.features.name, content.read().sequences)
    return parts


def probes(parts: Mapping[str, Part], data_set: catalog.DataSet) -> list[str]:
    """Probes of a data set of which all splits are there."""
    return [probe for probe, both in data_set.probes.items() if {*both} <= {*parts}]


def _part(
    part: str,
    taken: choice.Taken,
    said: choice.Taken,
    length: int,
    own: agreement.Known | None,
) -> Part:
    features = taken[part, names.FEATURES]
    labelled = taken.get((part, names.PERSONS))
    if labelled is not None:
        origin, shown = str(labelled), arrays.persons(labelled, length)
    elif own is not None:
        origin, shown = own.origin, own.persons
    else:
        raise errors.InputError(
            f"Nobody knows whom {features.name} shows: there are no persons of {part}. "
            f"Give them, --persons {part}=FILE[:KEY], or put the data set into "
            "--data_root."
        )
    flag = f"--features {part}={features.name}"
    given = (part, names.FEATURES) in said
    count = _count_sequences(features, length, flag, given)
    rows = len(features.shape) == 2 and length > 1
    if rows and features.shape[0] == len(shown) and own is None and not given:
        raise errors.InputError(
            f"{features} has a row for each of {len(shown)} persons: of skeletons, or "
            "of whole sequences, which are not taken. If the rows are skeletons, say "
            f"so: {flag}"
        )
    if labelled is not None and len(shown) == count * length:
        shown = _of_sequences(shown, length, origin)
    if len(shown) != count:
        raise errors.InputError(
            f"{features} has {count} sequences of {length} skeletons (--length), but "
            f"{origin} has {len(shown)} persons."
        )
    if own is not None:
        if agreement.renumbered(shown, own):
            origin, shown = f"{origin}, in the data set's numbers", own.persons
        agreement.check_same(origin, shown, own)
    return Part(features, (count, length, features.shape[-1]), shown, origin)


def _count_sequences(array: arrays.Stored, length: int, flag: str, given: bool) -> int:
    """N; a shape that could be two things is one of ours where it was given."""
    shape = array.shape
    expected = f"[N, {length}, d] or [N * {length}, d]"
    if array.dtype.kind != "f" or len(shape) not in (2, 3) or 0 in shape:
        raise errors.InputError(
            f"{array}: expected floating-point representations, {expected}."
        )
    if len(shape) == 2:
        if shape[0] % length:
            raise errors.InputError(
                f"{array}: expected {expected}, a row for each of the {length} "
                "skeletons of a sequence (--length), not one for a whole sequence."
            )
        return shape[0] // length
    sizes = zip(shape, _ORDERS, strict=True)
    fitting = [order for size, order in sizes if size == length]
    right = shape[1] == length
    if not right or (len(fitting) > 1 and not given):
        remedy = f"if it is, say so, {flag}; else" if right else "if it is another,"
        raise errors.InputError(
            f"{array} fits {' and '.join(fitting) or 'no order of axes'}, as f is "
            f"{length} (--length); expected [N, f, d]: {remedy} np.transpose it."
        )
    return shape[0]


def _of_sequences(shown: np.ndarray, length: int, origin: str) -> np.ndarray:
    """Persons [N] from those of every skeleton [N * f]."""
    rows = shown.reshape(-1, length)
    differing = np.flatnonzero((rows != rows[:, :1]).any(axis=1))
    if len(differing):
        first = differing[0]
        raise errors.InputError(
            f"{origin}: the {length} skeletons of sequence {first} are of persons "
            f"{', '.join(map(str, np.unique(rows[first])))}; expected one. Has a "
            f"sequence {length} skeletons (--length), and lie they one after another?"
        )
    return rows[:, 0]
