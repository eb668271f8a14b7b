"""The published .npy layout: one folder a split, read with care, written whole.

A folder holds, of n sequences of f frames and J joints (test files begin with `t_`):

    source_x_NAME_f.npy, _y_, _z_   float64 [n * f, J], sequence after sequence
    ids_NAME_f.npy                  pickled dict: person -> list of sequence indices
    frame_id_NAME_f.npy             [n] person of each sequence
"""

import functools
import io
import operator
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from datasets import coordinate_files, safe_pickle
from simmc_tf import array_file, atomic, errors, whole_file
from simmc_tf import data as data_module

AXES = "xyz"
TRAIN_FOLDER = "train_npy_data"
TEST_FOLDER = "test_npy_data"

# Copied at once when a split is written; 20 joints of so many frames are 2.6 MB.
_FRAMES_AT_ONCE = 1 << 14
# Headers that NumPy takes have up to 10,000 characters.
_HEAD_BYTES = 1 << 14


def paths(folder: pathlib.Path, name: str, length: int) -> dict[str, pathlib.Path]:
    """Files of a split by `x`, `y`, `z`, `ids` and `frame_id`.

    Args:
        folder: `train_npy_data`, or a folder below `test_npy_data`.
        name: of the data set, as the file names have it.
        length: f.
    """
    prefix = "" if folder.name.endswith(TRAIN_FOLDER) else "t_"
    return {
        **{a: folder / f"{prefix}source_{a}_{name}_{length}.npy" for a in AXES},
        "ids": folder / f"ids_{name}_{length}.npy",
        "frame_id": folder / f"frame_id_{name}_{length}.npy",
    }


OpenSplit = data_module.Split[coordinate_files.Coordinates]


def open_split(
    folder: pathlib.Path, name: str, length: int, num_joints: int
) -> OpenSplit:
    """Maps and checks one split; its sequences stay in their files.

    Args:
        folder: of the split.
        name: of the data set, as the file names have it.
        length: f.
        num_joints: J that the data set should have.

    Returns:
        Sequences that are centred as they are read, and persons.

    Raises:
        errors.InputError: a file is missing, broken, holds NaN or infinite numbers, or
            contradicts another.
    """
    files = paths(folder, name, length)
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        raise errors.InputError(
            f"{folder} is incomplete: {', '.join(missing)} missing; copy or make the "
            "whole folder."
        )
    persons = read_persons(files["frame_id"])
    _check_ids(files["ids"], files["frame_id"], persons)
    axes = [_read_axis(files[axis], len(persons), length) for axis in AXES]
    shapes = {path.shape for path in axes}
    if len(shapes) > 1:
        sizes = ", ".join(
            f"{files[a].name} {list(c.shape)}" for a, c in zip(AXES, axes, strict=True)
        )
        raise errors.InputError(
            f"{folder}: x, y and z differ in size ({sizes}); the three belong together."
        )
    if axes[0].shape[1] != num_joints:
        raise errors.InputError(
            f"{files['x']}: skeletons have {axes[0].shape[1]} joints; {name} has "
            f"{num_joints}."
        )
    opened = [coordinate_files.OpenFile(files[axis]) for axis in AXES]
    shape = len(persons), length, num_joints
    # Not as np.memmap, whose pieces would be so too.
    axes = [np.asarray(coordinates).reshape(shape) for coordinates in axes]
    for axis, coordinates in zip(AXES, axes, strict=True):
        _check_finite(files[axis], coordinates)
    return data_module.Split(coordinate_files.Coordinates(axes, opened), persons)


def read(
    folder: pathlib.Path, name: str, length: int, num_joints: int
) -> data_module.Split:
    """The same in memory: [n, f, J, 3] float32, in the sensor's coordinates."""
    found = open_split(folder, name, length, num_joints)
    return data_module.Split(found.sequences.skeletons(slice(None)), found.persons)


def write(
    folder: pathlib.Path, name: str, length: int, split: data_module.Split
) -> None:
    """Writes one split in the published layout.

    Args:
        folder: of the split, created where it is not there.
        name: of the data set, for the file names.
        length: f.
        split: sequences [n, f, J, 3] and persons.
    """
    frames = split.sequences.reshape(-1, *split.sequences.shape[2:])
    begins = np.arange(len(split)) * length
    write_cut(folder, name, length, frames, begins, split.persons)


def write_cut(
    folder: pathlib.Path,
    name: str,
    length: int,
    frames: np.ndarray,
    begins: np.ndarray,
    persons: np.ndarray,
) -> None:
    """Writes one split whose sequences lie, and may overlap, in recordings.

    The sequences are never in memory all at once: those of all shifts are 2f times as
    large as what they are cut from, in float64 4f times.

    Args:
        folder: of the split, created where it is not there.
        name: of the data set, for the file names.
        length: f.
        frames: [frames, J, 3].
        begins: [n] first frame of each sequence.
        persons: [n] person of each sequence.
    """
    files = paths(folder, name, length)
    for number, axis in enumerate(AXES):
        save_axis = functools.partial(
            _save_axis, coordinates=frames[..., number], begins=begins, length=length
        )
        atomic.write(files[axis], save_axis)
    ids: dict[int, list[int]] = {}
    for index, person in enumerate(persons.tolist()):
        ids.setdefault(person, []).append(index)
    save(files["ids"], ids)
    save(files["frame_id"], persons)


def _save_axis(
    path: pathlib.Path, coordinates: np.ndarray, begins: np.ndarray, length: int
) -> None:
    """Saves [n * f, J] float64 as np.save does, some of [frames, J] at a time."""
    header = {
        "descr": "<f8",
        "fortran_order": False,
        "shape": (len(begins) * length, coordinates.shape[1]),
    }
    some = max(1, _FRAMES_AT_ONCE // length)
    with path.open("wb") as file:
        npy_format.write_array_header_1_0(file, header)
        for at in range(0, len(begins), some):
            rows = begins[at : at + some, np.newaxis] + np.arange(length)
            # Not ndarray.tofile: it does not say that the disk is full.
            file.write(coordinates[rows].astype("<f8", order="C").data)


def save(path: pathlib.Path, content: Any) -> None:
    """Writes one .npy file whole."""
    # Into a buffer first: np.save would add a suffix to a temporary name.
    buffer = io.BytesIO()
    np.save(buffer, content)
    atomic.write(path, lambda temporary: temporary.write_bytes(buffer.getbuffer()))


def read_array(path: pathlib.Path, kinds: str, meaning: str) -> np.ndarray:
    """Maps a .npy file without pickles.

    Args:
        path: of the file.
        kinds: NumPy type codes that it may have.
        meaning: of its content, for messages.

    Raises:
        errors.InputError: it is broken or of another type.
    """
    try:
        with array_file.checked(path):
            array = npy_format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise errors.InputError(
            f"{path}: not a readable .npy array of {meaning}; it is damaged, holds a "
            "pickle or is another kind of file. Get it again."
        ) from error
    if array.dtype.kind not in kinds:
        raise errors.InputError(f"{path}: expected {meaning}, found {array.dtype}.")
    return array


def read_persons(path: pathlib.Path) -> np.ndarray:
    """Reads the person of each sequence, [n] int64.

    Raises:
        errors.InputError: the file holds something else.
    """
    persons = read_array(path, "iuf", "persons")
    with np.errstate(over="ignore", invalid="ignore"):  # In float16 2**53 is infinite.
        small = (persons < 2**53) & (persons > -(2**53))
        whole = small & (persons == np.round(persons))
    if persons.ndim != 1 or len(persons) == 0 or not whole.all():
        raise errors.InputError(
            f"{path}: expected a person number for each of 1 or more sequences, found "
            f"an array {list(persons.shape)} of {persons.dtype}."
        )
    return persons.astype(np.int64)


def _read_axis(path: pathlib.Path, num_sequences: int, length: int) -> np.ndarray:
    coordinates = read_array(path, "iuf", "coordinates")
    if coordinates.ndim != 2 or len(coordinates) != num_sequences * length:
        raise errors.InputError(
            f"{path}: expected {num_sequences} sequences of {length} frames, that is "
            f"[{num_sequences * length}, joints], found {list(coordinates.shape)}."
        )
    return coordinates


def _check_finite(path: pathlib.Path, coordinates: np.ndarray) -> None:
    for some in data_module.pieces(len(coordinates)):
        # NaN compares as not below; in float16 the largest is infinite.
        with np.errstate(over="ignore", invalid="ignore"):
            bad = ~(np.abs(coordinates[some]) < data_module.LARGEST)
        if not bad.any():
            continue
        sequence, frame, joint = np.argwhere(bad)[0]
        raise errors.InputError(
            f"{path}: sequence {some.start + sequence}, frame {frame}, joint {joint} "
            f"is {coordinates[some][sequence, frame, joint]}; expected finite "
            f"coordinates below {data_module.LARGEST:g}. Leave such frames out when "
            "the data are made."
        )


def _check_ids(
    path: pathlib.Path, frame_id_path: pathlib.Path, persons: np.ndarray
) -> None:
    listed = np.full(len(persons), -1, np.int64)
    claimed = np.zeros(len(persons), bool)
    for person, sequence in _read_ids(path):
        if 0 <= sequence < len(persons) and claimed[sequence]:
            raise errors.InputError(
                f"{path}: sequence {sequence} is listed twice, at last under "
                f"person {person}; expected each once."
            )
        if not 0 <= sequence < len(persons):
            raise errors.InputError(
                f"{path}: person {person} has sequence {sequence}, but "
                f"{frame_id_path.name} knows 0 to {len(persons) - 1} only."
            )
        listed[sequence] = person
        claimed[sequence] = True
    wrong = np.flatnonzero(~claimed | (listed != persons))
    if len(wrong):
        first = wrong[0]
        who = f"person {listed[first]}" if claimed[first] else "nobody"
        raise errors.InputError(
            f"{path} contradicts {frame_id_path.name}: sequence {first} is listed "
            f"under {who} in the one, under person {persons[first]} in the other "
            f"({len(wrong)} such sequences)."
        )


def _read_ids(path: pathlib.Path) -> Iterator[tuple[int, int]]:
    """Persons and their sequences, of which a list may be that of many persons."""
    with whole_file.opened(path) as file:
        try:
            header, offset = array_file.header(file.read(_HEAD_BYTES))
        except ValueError as error:
            raise errors.InputError(
                f"{path}: not a .npy file ({error}); get the file again."
            ) from error
        if not header.dtype.hasobject:
            raise errors.InputError(
                f"{path}: expected a dictionary of persons, found {header.dtype}."
            )
        file.seek(offset)
        content = safe_pickle.load(file, str(path))
    if isinstance(content, np.ndarray) and content.shape == header.shape == ():
        content = content.item()
    try:
        if not isinstance(content, dict):
            raise TypeError
        for key, sequences in content.items():
            person = operator.index(key)
            if not -(2**53) < person < 2**53:
                raise TypeError
            for sequence in sequences:
                yield person, operator.index(sequence)
    except TypeError as error:
        raise errors.InputError(
            f"{path}: expected a dictionary from person numbers to lists of sequence "
            "numbers."
        ) from error
