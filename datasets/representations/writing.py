"""Writes representations where SimMC-UF reads them: all splits, or nothing."""

import functools
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.lib import format as npy_format

from datasets import npy_store
from datasets.representations import store
from simmc_tf import atomic, errors, folders
from simmc_tf import data as data_module


def write(
    folder: pathlib.Path, part: str, name: str, length: int, split: data_module.Split
) -> None:
    """Writes one split, in float32.

    Args:
        folder: `Representations/SOURCE`.
        part: `train` or a test split.
        name: of the data set.
        length: f.
        split: representations [N, f, d], which may be mapped, and persons.
    """
    target = folder / name / str(length) / part
    save = functools.partial(_save, sequences=split.sequences)
    atomic.write(target / store.FEATURES, save)
    npy_store.save(store.persons_file(target, name, length), split.persons)


def _save(path: pathlib.Path, sequences: np.ndarray) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": sequences.shape}
    with path.open("wb") as file:
        npy_format.write_array_header_1_0(file, header)
        for some in data_module.pieces(len(sequences)):
            # Not ndarray.tofile: it does not say that the disk is full.
            file.write(sequences[some].astype("<f4", order="C").data)


def write_all(
    folder: pathlib.Path,
    name: str,
    length: int,
    splits: Iterable[tuple[str, data_module.Split]],
    about: Mapping[str, object],
) -> None:
    """Writes all splits in the place of what was there.

    Args:
        folder: `Representations/SOURCE`.
        name: of the data set.
        length: f.
        splits: name and representations [N, f, d] of each.
        about: content of about.json.
    """
    base = folder / name / str(length)
    with atomic.locked(base.parent, "--representation_root"):
        folders.clear(base.parent)
        with folders.replaced(base) as new:
            made = new.with_name("made")
            for part, split in splits:
                write(made, part, name, length, split)
            (made / name / str(length)).rename(new)
            atomic.write_json(new / store.ABOUT, about)


def check_target(base: pathlib.Path, overwrite: bool) -> None:
    """Refuses to replace what is there, unless that is wanted and loses nothing else.

    Args:
        base: `Representations/SOURCE/NAME/f`.
        overwrite: replace representations.

    Raises:
        errors.InputError: it is there.
    """
    if not base.exists():
        return
    if not overwrite:
        raise errors.InputError(
            f"{base} is there already; --overwrite replaces it, another "
            "--representation_root leaves it as it is."
        )
    persons = store.persons_file(base, base.parent.name, int(base.name)).name
    for path in sorted(base.rglob("*")):
        ours = path.name in (store.FEATURES, persons) and path.parent.parent == base
        if not path.is_dir() and not (ours or path == base / store.ABOUT):
            raise errors.InputError(
                f"{path} is no representation and would be lost with what is replaced; "
                "move it away."
            )
