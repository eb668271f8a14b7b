"""splits.json: which recording is in which part, so that a split can be used again."""

import json
import pathlib

import numpy as np

from datasets import recordings as recordings_module
from simmc_tf import atomic, errors

FILE = "splits.json"


def write(
    folder: pathlib.Path,
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    seed: int | None,
) -> None:
    """Writes it into a data set's folder.

    Args:
        folder: `Datasets/NAME/f`.
        recordings: all of them.
        split: [R] str, the part that each belongs to.
        seed: that it was drawn with, None where it was not drawn.
    """
    atomic.write_json(
        folder / FILE,
        {
            "drawn_with_seed": seed,
            "recordings": [
                {"recording": name, "person": person, "frames": frames, "split": part}
                for name, person, frames, part in zip(
                    recordings.recording.tolist(),
                    recordings.person.tolist(),
                    np.diff(recordings.starts).tolist(),
                    split.tolist(),
                    strict=True,
                )
            ],
        },
    )


def read(
    path: pathlib.Path,
    recordings: recordings_module.Recordings,
    parts: tuple[str, ...],
) -> np.ndarray:
    """Reads a split and gives it to recordings by their names.

    Args:
        path: of a splits.json.
        recordings: to split.
        parts: that the data set may have.

    Returns:
        [R] str.

    Raises:
        errors.InputError: the file is missing or broken, lacks a recording, or names a
            part that the data set does not have.
    """
    try:
        listed = {
            str(one["recording"]): str(one["split"])
            for one in json.loads(path.read_text(encoding="utf-8"))["recordings"]
        }
    except OSError as error:
        raise errors.InputError(f"{path}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise errors.InputError(
            f"{path} is no splits.json ({type(error).__name__}: {error}); expected the "
            "file that Pre-process.py writes beside a data set."
        ) from error
    missing = [name for name in recordings.recording.tolist() if name not in listed]
    if missing:
        raise errors.InputError(
            f"{path} lacks {len(missing)} of {len(recordings)} recordings, "
            f"{missing[0]} among them; it belongs to other recordings."
        )
    unknown = sorted(set(listed.values()) - set(parts))
    if unknown:
        raise errors.InputError(
            f"{path}: split {unknown[0]}; expected {', '.join(parts)}."
        )
    return np.array([listed[name] for name in recordings.recording.tolist()])
