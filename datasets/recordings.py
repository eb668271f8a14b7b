"""The interchange file for anyone's skeletons: one .npz of whole recordings."""

import dataclasses
import hashlib
import io
import itertools
import json
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from datasets import readable
from simmc_tf import array_file, atomic, errors

SPLITS = (TRAIN, GALLERY, PROBE) = ("train", "gallery", "probe")

# Metres in one unit of a file.
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}

# Metres, between which the largest side of a person's skeleton is, arms and all.
SMALLEST, LARGEST = 0.2, 5.0

# Frames a second: no sensor has more, so that a larger number is another one.
FASTEST = 1000.0

# Joint 0 is subtracted from the others, so that one alone would tell nothing. Names of
# millions would take many times the room of their file.
FEWEST_JOINTS, MOST_JOINTS = 2, 10_000

_TEXTS = ("recording", "condition", "split", "person_name")
_DAMAGED = (
    "not a readable .npz; it is damaged, holds pickles or is another kind of file."
)
REQUIRED = ("positions", "starts", "person", "recording", "fps", "joint_names")


@dataclasses.dataclass(frozen=True)
class Recordings:
    """Skeleton recordings, one after another.

    Attributes:
        positions: [frames, J, 3] float32 joint coordinates in metres.
        starts: [R + 1] int64 offsets of the recordings' first frames; the last is the
            number of frames.
        person: [R] int64 person of each recording, -1 where unknown.
        recording: [R] str names, unique.
        fps: [R] float64 frames a second.
        joint_names: J names; joint 0 is the root.
        condition: [R] str (view, clothing, speed, ...) or None.
        split: [R] str, the part of the data set that each recording belongs to
            (`SPLITS`, or a published data set's own parts); None where it is still to
            be drawn.
        person_name: [R] str, what the raw files call the person, or None.
    """

    positions: np.ndarray
    starts: np.ndarray
    person: np.ndarray
    recording: np.ndarray
    fps: np.ndarray
    joint_names: tuple[str, ...]
    condition: np.ndarray | None = None
    split: np.ndarray | None = None
    person_name: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.person)

    def frames(self, index: int) -> np.ndarray:
        """[T, J, 3] frames of one recording."""
        return self.positions[self.starts[index] : self.starts[index + 1]]


def is_named_so(names: Iterable[str]) -> bool:
    """Whether arrays of these names are those of a recordings file."""
    return set(REQUIRED) <= set(names)


def extent(recordings: Recordings) -> float:
    """Median over frames of the skeleton's largest side, in metres."""
    return float(np.median(_sides(recordings)))


def extents(recordings: Recordings, visible: np.ndarray) -> np.ndarray:
    """[R] `extent` of each recording's visible frames; infinite beyond float32.

    Args:
        recordings: R of them.
        visible: [frames] bool; of a recording without such a frame nothing is known,
            which gives NaN.
    """
    with np.errstate(over="ignore"):
        sides = _sides(recordings)
        spans = itertools.pairwise(recordings.starts)
        parts = [sides[start:stop][visible[start:stop]] for start, stop in spans]
        return np.array([np.median(part) if len(part) else np.nan for part in parts])


def _sides(recordings: Recordings) -> np.ndarray:
    """[frames] largest side of each skeleton, in metres."""
    return np.ptp(recordings.positions, axis=1).max(axis=1)


def digest(recordings: Recordings) -> str:
    """SHA-256 of all arrays, the same however and wherever they are saved."""
    hashed = hashlib.sha256()
    for name, array in _arrays(recordings).items():
        # The bytes of text depend on the longest; those of numbers, on nothing.
        hashed.update(f"{name} {list(array.shape)} ".encode())
        if array.dtype.kind == "U":
            hashed.update(json.dumps(array.tolist()).encode())
        else:
            hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()


def write(path: pathlib.Path, recordings: Recordings) -> None:
    """Writes recordings as one .npz without pickles, in metres."""
    arrays: dict[str, Any] = {**_arrays(recordings), "unit": np.asarray("m")}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    atomic.write(path, lambda temporary: temporary.write_bytes(buffer.getbuffer()))


def _arrays(recordings: Recordings) -> dict[str, np.ndarray]:
    """What there is of the fields, by name."""
    return {
        field.name: np.asarray(getattr(recordings, field.name))
        for field in dataclasses.fields(recordings)
        if getattr(recordings, field.name) is not None
    }


def read(
    path: pathlib.Path, unit: str | None = None, may_miss: bool = False
) -> Recordings:
    """Reads and checks a recordings file.

    Args:
        path: of the .npz.
        unit: of `UNITS`; where None, what the file says, else metres.
        may_miss: whether coordinates of a frame may be NaN or infinite.

    Raises:
        errors.InputError: the file is missing, broken, contradicts itself or holds
            coordinates that are NaN or infinite and must not be, or too large.
    """
    arrays = _load(path)
    missing = [name for name in REQUIRED if name not in arrays]
    if missing:
        raise errors.InputError(
            f"{path}: {', '.join(missing)} missing; expected the arrays "
            f"{', '.join(REQUIRED)}."
        )
    unit = unit or str(arrays.get("unit", np.asarray("m")))
    if unit not in UNITS:
        raise errors.InputError(f"{path}: unit {unit}; expected {', '.join(UNITS)}.")
    _check_numbers(path, arrays)
    _check_starts(path, arrays)
    found = Recordings(
        positions=_finite(path, arrays, UNITS[unit], may_miss),
        starts=arrays["starts"].astype(np.int64),
        person=arrays["person"].astype(np.int64),
        recording=arrays["recording"].astype(str),
        fps=arrays["fps"].astype(np.float64),
        joint_names=tuple(arrays["joint_names"].astype(str).tolist()),
        condition=_optional_text(arrays, "condition"),
        split=_optional_text(arrays, "split"),
        person_name=_optional_text(arrays, "person_name"),
    )
    _check(path, found)
    return found


def unit(path: pathlib.Path) -> str:
    """The unit that a recordings file says its coordinates have.

    Raises:
        errors.InputError: it cannot be read.
    """
    with readable.refusing(path, _DAMAGED), array_file.checked(path) as (file, found):
        return str(np.load(file)["unit"]) if "unit" in found else "m"


def _load(path: pathlib.Path) -> dict[str, np.ndarray]:
    with readable.refusing(path, _DAMAGED):
        if path.is_dir():
            raise errors.InputError(
                f"{path} is a folder, no recordings file (.npz). A sensor's files "
                "are read with --from FORMAT --input FOLDER."
            )
        if not path.is_file():
            raise errors.InputError(f"There is no recordings file {path}.")
        # NumPy reads no pickles unless it is told to.
        with array_file.checked(path) as (file, _), np.load(file) as archive:
            wanted = [*Recordings.__dataclass_fields__, "unit"]
            arrays = {name: archive[name] for name in wanted if name in archive}
        for name, array in arrays.items():
            if not isinstance(array, np.ndarray):
                raise errors.InputError(f"{path}: {name} is no array.")
            if array.dtype.kind == "U":
                array_file.check_letters(array)
    return arrays


def _optional_text(arrays: dict[str, np.ndarray], name: str) -> np.ndarray | None:
    return arrays[name].astype(str) if name in arrays else None


def _check_numbers(path: pathlib.Path, arrays: dict[str, np.ndarray]) -> None:
    """Checks types and dimensions, before anything is converted."""
    texts = {"joint_names": "[joints]", **dict.fromkeys(_TEXTS, "[recordings]")}
    for name, kinds, expected in (
        ("positions", "fiu", "numbers [frames, joints, 3]"),
        ("starts", "iu", "whole numbers [recordings + 1]"),
        ("person", "iu", "whole numbers [recordings]"),
        ("fps", "fiu", "numbers [recordings]"),
        *((text, "U", f"text {shape}") for text, shape in texts.items()),
    ):
        if name not in arrays:
            continue
        dimensions = 3 if name == "positions" else 1
        if arrays[name].dtype.kind not in kinds or arrays[name].ndim != dimensions:
            raise errors.InputError(
                f"{path}: {name} holds {arrays[name].dtype} "
                f"{list(arrays[name].shape)}; expected {expected}."
            )
    if arrays["positions"].shape[1] > MOST_JOINTS:
        raise errors.InputError(f"{path}: more than {MOST_JOINTS} joints.")
    if not len(arrays["person"]):
        raise errors.InputError(f"{path}: there is no recording in it.")
    if not (np.abs(arrays["person"].astype(np.float64)) < 2**53).all():
        raise errors.InputError(f"{path}: person numbers are too large.")
    bad = arrays["fps"][~((arrays["fps"] > 0) & (arrays["fps"] <= FASTEST))]
    if len(bad):
        raise errors.InputError(
            f"{path}: fps of {len(bad)} recordings is {bad[0]:g} or the like; expected "
            f"frames a second, above 0 and at most {FASTEST:g}."
        )


def _check(path: pathlib.Path, found: Recordings) -> None:
    shape = found.positions.shape
    if len(shape) != 3 or shape[2] != 3 or shape[1] < FEWEST_JOINTS or shape[0] == 0:
        raise errors.InputError(
            f"{path}: positions are {list(shape)}; expected [frames, joints, 3] with 1 "
            f"or more frames and {FEWEST_JOINTS} or more joints."
        )
    if len(found.joint_names) != shape[1] or len(set(found.joint_names)) != shape[1]:
        raise errors.InputError(
            f"{path}: {len(set(found.joint_names))} different joint_names for "
            f"{shape[1]} joints; expected one each."
        )
    for name in ("recording", "fps", "condition", "split", "person_name"):
        value = getattr(found, name)
        if value is not None and value.shape != (len(found),):
            raise errors.InputError(
                f"{path}: {name} is {list(value.shape)}; expected one for each of "
                f"{len(found)} recordings."
            )
    told = (found.recording, found.joint_names, found.person_name, found.condition)
    for name in itertools.chain(*(each for each in told if each is not None)):
        if not name.isprintable():
            raise errors.InputError(
                f"{path}: {name!r} has characters that cannot be printed; rename it."
            )
    names, counts = np.unique(found.recording, return_counts=True)
    if (counts > 1).any():
        raise errors.InputError(
            f"{path}: {names[counts > 1][0]} names {counts.max()} recordings; expected "
            "unique names."
        )
    if found.split is not None:
        unknown = sorted(set(found.split.tolist()) - set(SPLITS))
        if unknown:
            raise errors.InputError(
                f"{path}: split {unknown[0]}; expected {', '.join(SPLITS)}."
            )


def _finite(
    path: pathlib.Path, arrays: dict[str, np.ndarray], metres: float, may_miss: bool
) -> np.ndarray:
    """Positions in metres, float32; refuses what is not finite or too large for it."""
    positions = arrays["positions"]
    fits = (np.abs(positions) < np.finfo(np.float32).max).all(axis=2)
    fits |= may_miss & ~np.isfinite(positions).all(axis=(1, 2))[:, np.newaxis]
    bad = np.argwhere(~fits)
    if len(bad):
        frame, joint = bad[0]
        starts = arrays["starts"]
        index = int(np.searchsorted(starts, frame, side="right")) - 1
        names, joints = arrays["recording"], arrays["joint_names"]
        recording = names[index] if index < len(names) else index
        raise errors.InputError(
            f"{path}: recording {recording}, frame {frame - starts[index]}, joint "
            f"{joints[joint] if joint < len(joints) else joint} is not finite "
            f"({len(bad)} such joints); leave such frames out."
        )
    with np.errstate(invalid="ignore"):  # NaN that processors may signal.
        return positions.astype(np.float32) * np.float32(metres)


def _check_starts(path: pathlib.Path, arrays: dict[str, np.ndarray]) -> None:
    starts, num_frames = arrays["starts"], len(arrays["positions"])
    num_recordings = len(arrays["person"])
    fits = (
        len(starts) == num_recordings + 1
        and starts[0] == 0
        and starts[-1] == num_frames
        and (starts[1:] > starts[:-1]).all()
    )
    if not fits:
        raise errors.InputError(
            f"{path}: starts do not cut {num_frames} frames into {num_recordings} "
            f"recordings; expected {num_recordings + 1} growing offsets from 0 to "
            f"{num_frames}."
        )
