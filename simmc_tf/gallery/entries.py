"""What is enrolled, searched for or calibrated with, and what it was embedded by."""

import dataclasses
import datetime
import unicodedata

import numpy as np

from simmc_tf.gallery import calibration


@dataclasses.dataclass(frozen=True)
class Model:
    """What a gallery must know of the model that makes its embeddings.

    Attributes:
        path: where it was last found.
        digest: SHA-256 of its weights: embeddings of another model mean nothing here.
        num_joints: J.
        joint_names: J names; joint 0 is the root. Empty where the model knows none.
        unit: of the joints' coordinates.
        length: f skeletons that it was trained on.
        size: H numbers an embedding.
    """

    path: str
    digest: str
    num_joints: int
    joint_names: tuple[str, ...]
    unit: str
    length: int
    size: int


@dataclasses.dataclass(frozen=True)
class Embedded:
    """Recordings, and the embeddings of their sequences one after another.

    Attributes:
        names: R recordings.
        persons: R ids of the persons; None where nobody says who it is.
        digests: R SHA-256 of the frames.
        frames: R numbers of frames.
        counts: [R] int64 sequences of each, 1 or more.
        first: [N] int64 first frame of each sequence in its recording.
        features: [N, H] float32, finite.
    """

    names: tuple[str, ...]
    persons: tuple[str | None, ...]
    digests: tuple[str, ...]
    frames: tuple[int, ...]
    counts: np.ndarray
    first: np.ndarray
    features: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    @property
    def starts(self) -> np.ndarray:
        """[R + 1] int64 first sequence of each recording; the last is N."""
        return np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)

    def bounds(self, unit: str) -> np.ndarray:
        """First sequence of everything that is searched for; the last is N.

        Args:
            unit: `calibration.RECORDING` or `SEQUENCE`.
        """
        if unit == calibration.RECORDING:
            return self.starts
        return np.arange(len(self.features) + 1)


def spelt(person: str) -> str:
    """An id as galleries spell it: two that look alike are one."""
    return unicodedata.normalize("NFC", person)


def rank(person: str) -> tuple[bool, int, str, str]:
    """What ids are sorted by: numbers by their value, then names."""
    if not (person.isascii() and person.isdecimal()):
        return True, 0, person, ""
    # Not int(): it refuses thousands of digits.
    digits = person.lstrip("0")
    return False, len(digits), digits, person


def now() -> str:
    """The time to the second, in UTC, as ISO 8601 writes it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
