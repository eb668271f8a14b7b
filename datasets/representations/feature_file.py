"""Features of whole sequences in one .npz, to be evaluated.

train, and each split (gallery, probe, A, B, nm, ...)   [N, d] or [N, f, d] float
train_person, gallery_person, ...                       [N] int; the data set's where
                                                        they are left out
"""

import pathlib
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

from datasets import catalog, loading
from datasets.representations import agreement, store
from simmc_tf import array_file, errors
from simmc_tf import data as data_module


def load(
    path: pathlib.Path,
    data_set: catalog.DataSet,
    probe: str,
    expected: Mapping[str, agreement.Known],
) -> tuple[data_module.Split | None, data_module.Matching]:
    """Reads what it takes to evaluate one probe.

    Args:
        path: of the file.
        data_set: that the features are of.
        probe: one of its probes.
        expected: persons of the data set's own sequences, by split, as far as known.

    Returns:
        Training set, None where the file has none, and probe and gallery: [N, f, d],
        with f = 1 where a sequence has one vector.

    Raises:
        errors.InputError: the file is broken, or of other sequences.
    """
    arrays = _read(path)

    def split(part: str) -> data_module.Split:
        if part not in arrays:
            raise errors.InputError(
                f"{path} has no array {part!r}; expected one for each split "
                f"(of {data_set.name}: {', '.join(data_set.probes[probe])}), found "
                f"{', '.join(arrays)}."
            )
        return _split(path, part, arrays, expected.get(part))

    probe_part, gallery_part = data_set.probes[probe]
    gallery = split(gallery_part)
    same = probe_part == gallery_part
    tested = gallery if same else split(probe_part)
    train = split(loading.TRAIN) if loading.TRAIN in arrays else None
    widths = {s.sequences.shape[2] for s in (train, gallery, tested) if s is not None}
    if len(widths) > 1:
        raise errors.InputError(
            f"{path}: features of different widths ({', '.join(map(str, widths))})."
        )
    return train, data_module.Matching(gallery, tested, same)


def _read(path: pathlib.Path) -> dict[str, np.ndarray]:
    try:
        with array_file.checked(path) as (file, found):
            if "" in found:
                raise ValueError("one array, not several with names")
            with np.load(file, allow_pickle=False) as content:
                arrays = dict(content)
        strangers = [k for k, v in arrays.items() if not hasattr(v, "dtype")]
        if strangers:
            raise ValueError(f"{', '.join(strangers)} is no array")
        return arrays
    except OSError as error:
        raise errors.InputError(f"{path}: {error.strerror or error}.") from error
    except MemoryError as error:
        raise errors.InputError(
            f"{path} declares more numbers than fit into memory; it is damaged."
        ) from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise errors.InputError(
            f"{path}: not a readable .npz of arrays ({error}); np.savez(FILE, "
            "gallery=..., probe=...) writes one."
        ) from error


def _split(
    path: pathlib.Path,
    part: str,
    arrays: Mapping[str, np.ndarray],
    expected: agreement.Known | None,
) -> data_module.Split:
    features = arrays[part]
    if features.dtype.kind != "f" or features.ndim not in (2, 3) or not features.size:
        raise errors.InputError(
            f"{path}: {part} is {list(features.shape)} of {features.dtype}; expected "
            "floating-point numbers [sequences, d], or [sequences, skeletons, d]."
        )
    if features.ndim == 2:
        features = features[:, np.newaxis]
    label = f"{path}: {part}"
    store.check_finite(label, features)
    if expected is not None:
        agreement.check_count(label, len(features), expected)
    return data_module.Split(features, _persons(label, part, arrays, expected))


def _persons(
    label: str,
    part: str,
    arrays: Mapping[str, np.ndarray],
    expected: agreement.Known | None,
) -> np.ndarray:
    key = f"{part}_person"
    num_sequences = len(arrays[part])
    if key not in arrays:
        if expected is None:
            raise errors.InputError(
                f"{label}: nobody knows whom it shows; add an array {key} "
                f"[{num_sequences}] of integers, or put the data set into --data_root."
            )
        return expected.persons
    persons = arrays[key]
    if persons.shape != (num_sequences,) or persons.dtype.kind not in "iu":
        raise errors.InputError(
            f"{label} has {num_sequences} sequences, {key} is {list(persons.shape)} of "
            f"{persons.dtype}; expected an integer for each."
        )
    persons = persons.astype(np.int64)
    if expected is not None:
        agreement.check_same(label, persons, expected)
    return persons
