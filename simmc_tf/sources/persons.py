"""Persons of training sequences, as classes of a model that uses identity labels."""

import dataclasses
import hashlib

import numpy as np

from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Labels:
    """Who is to be recognised in which sequence.

    Attributes:
        persons: C numbers as the data set has them, rising; class c is persons[c].
        rows: [M] int64 sequences whose persons are known.
        classes: [M] int32, that of each of them.
    """

    persons: tuple[int, ...]
    rows: np.ndarray
    classes: np.ndarray

    @classmethod
    def of(cls, persons: np.ndarray) -> "Labels":
        """Labels of sequences.

        Args:
            persons: [N], -1 where unknown.

        Raises:
            errors.InputError: there are not two to tell apart.
        """
        rows = np.flatnonzero(persons >= 0)
        known, classes = np.unique(persons[rows], return_inverse=True)
        if len(known) < 2:
            found = f"person {known[0]} alone" if len(known) else "unknown persons only"
            raise errors.InputError(
                "--supervised learns to tell persons apart; expected training "
                f"sequences of 2 or more known persons, found {found}."
            )
        return cls(tuple(map(int, known)), rows, classes.astype(np.int32))

    @property
    def digest(self) -> str:
        """SHA-256 of who is in which sequence."""
        found = hashlib.sha256(np.asarray(self.persons, np.int64).tobytes())
        for array in (self.rows.astype(np.int64), self.classes):
            found.update(array.tobytes())
        return found.hexdigest()
