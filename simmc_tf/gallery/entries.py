"""What is enrolled, searched for or calibrated with, and what it was embedded by."""

import dataclasses
import datetime
import pathlib
from collections.abc import Callable

import numpy as np

from simmc_tf import errors
from simmc_tf.export import about as abouts
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
        counts: [R] int64 sequences of each, 1 or more; one begins every f frames.
        features: [N, H] float32, finite.
    """

    names: tuple[str, ...]
    persons: tuple[str | None, ...]
    digests: tuple[str, ...]
    frames: tuple[int, ...]
    counts: np.ndarray
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


def model(about: abouts.About, path: pathlib.Path, say: Callable[[str], None]) -> Model:
    """What a gallery must know of an exported model.

    Args:
        about: what the export says of itself.
        path: where it is.
        say: told what is taken for granted.

    Raises:
        errors.InputError: it takes something else than joints, or does not say f.
    """
    if about.kind != abouts.JOINTS or about.length is None:
        raise errors.InputError(
            f"--model {path} takes {about.takes} of {about.length or 'unknown'} "
            "skeletons; a gallery needs a model of SimMC.py that takes joints and says "
            "their number."
        )
    if about.unit is None:
        say(f"note: {path} does not say its unit; metres are assumed")
    return Model(
        path=str(path.resolve()),
        digest=about.digest,
        num_joints=about.skeleton[0],
        joint_names=tuple(about.joint_names),
        unit=about.unit or "m",
        length=about.length,
        size=about.size,
    )


def now() -> str:
    """The time to the second, in UTC, as ISO 8601 writes it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
