"""Embeds sequences by an exported model."""

import pathlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy import typing as npt

from simmc_tf import arrays, checkpoints, errors, pipeline
from simmc_tf import data as data_module
from simmc_tf.export import about as abouts
from simmc_tf.export import layout, saved_model

# A batch [n, f, J, 3] or [n, f, d], and [n, f] bool or None, to [n, H].
Call = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


class Embedder:
    """An exported model and what it says of itself.

    Args:
        about: the model.
        call: computes a batch.

    Attributes:
        about: the same.
    """

    def __init__(self, about: abouts.About, call: Call) -> None:
        self.about = about
        self._call = call

    def embed(
        self, sequences: npt.ArrayLike, visible: npt.ArrayLike | None = None
    ) -> np.ndarray:
        """Embeds sequences, batch by batch.

        Args:
            sequences: [N, f, J, 3] in the sensor's coordinates, of any f; of a model on
                vectors [N, f, d].
            visible: [N, f] bool; frames that are not may hold anything. None: all are.

        Returns:
            [N, H] float32; zeros where no frame is visible.

        Raises:
            errors.InputError: another shape, or a number that float32 cannot hold.
        """
        found = arrays.numeric("sequences", sequences, ("N", "f", *self.about.skeleton))
        if not found.shape[1]:
            raise errors.InputError(
                f"sequences has shape {list(found.shape)}; expected at least 1 frame."
            )
        finite = np.abs(found) < data_module.LARGEST  # NaN compares as not below.
        finite = finite.all(axis=tuple(range(2, found.ndim)))
        seen = None
        if visible is not None:
            shape = found.shape[:2]
            given = arrays.checked("visible", visible, shape, "truth values")
            seen = given.astype(bool)
            if (given != seen).any():
                raise errors.InputError(
                    f"visible has {given[given != seen][0]}; expected truth values, or "
                    "0 and 1."
                )
            finite |= ~seen
        if not finite.all():
            sequence, frame = np.unravel_index(finite.argmin(), finite.shape)
            raise errors.InputError(
                f"Sequence {sequence}, frame {frame} has a number that is not finite, "
                f"or not below {data_module.LARGEST:g}; say by `visible` which frames "
                "are missing."
            )
        return self._embed(
            len(found),
            lambda some: (found[some], None if seen is None else seen[some]),
        )

    def encode(self, sequences: data_module.Sequences) -> np.ndarray:
        """Embeds the sequences [N, f, d] of a data set, held or in files, to [N, H]."""

        def batch(some: slice) -> tuple[np.ndarray, None]:
            piece = sequences[some].astype(np.float32, copy=False)
            return piece.reshape(*piece.shape[:2], *self.about.skeleton), None

        return self._embed(len(sequences), batch)

    def _embed(
        self,
        count: int,
        batch: Callable[[slice], tuple[np.ndarray, np.ndarray | None]],
    ) -> np.ndarray:
        result = np.empty((count, self.about.size), np.float32)
        pipeline.fill([result], lambda some: [self._call(*batch(some))])
        return result


def load(path: str | pathlib.Path) -> Embedder:
    """Loads an export.

    Args:
        path: of the run, of its export/, of export/1, or of a copy of one of these.

    Raises:
        errors.InputError: there is none, it is broken or of two models, or the run has
            another model by now.
    """
    folder, about = find(pathlib.Path(path))
    _check_files(folder, about)
    try:
        loaded = tf.saved_model.load(str(folder))
        whole, seen = (
            loaded.signatures[name] for name in (saved_model.WHOLE, saved_model.SEEN)
        )
        digest = saved_model.digest_of(loaded)
    except Exception as error:  # Of a broken file TensorFlow raises nearly any.
        reason = str(error).partition("\n")[0]
        raise errors.InputError(
            f"The export in {folder} cannot be read ({reason}); "
            "export the model again with --mode Export of SimMC.py, or of SimMC-UF.py."
        ) from error
    if digest != about.digest:
        raise _not_whole(folder, "its weights are not those")

    def call(sequences: np.ndarray, visible: np.ndarray | None) -> np.ndarray:
        given = {about.kind: tf.constant(sequences)}
        if visible is None:
            return whole(**given)[saved_model.RESULT].numpy()
        found = seen(**given, visible=tf.constant(visible))
        return found[saved_model.RESULT].numpy()

    return Embedder(about, call)


def _check_files(folder: pathlib.Path, about: abouts.About) -> None:
    """Refuses other files than were written; a SavedModel is a program.

    Raises:
        errors.InputError: one is missing or another one.
    """
    for name, digest in about.files.items():
        try:
            found = abouts.digest_of_file(folder / name)
        except OSError as error:
            raise _not_whole(folder, f"there is no readable {name}") from error
        if found != digest:
            raise _not_whole(folder, f"{name} is not the one")


def _not_whole(folder: pathlib.Path, what: str) -> errors.InputError:
    return errors.InputError(
        f"The export in {folder} is not whole: {what} that {abouts.FILE} tells of; "
        "copy it again, or export the model again with --mode Export of SimMC.py, or "
        "of SimMC-UF.py."
    )


def find(path: pathlib.Path) -> tuple[pathlib.Path, abouts.About]:
    """The folder of an export's SavedModel, and what it says of itself.

    Args:
        path: as of `load`.

    Raises:
        errors.InputError: there is none, it is broken, or the run has another model by
            now.
    """
    for base in (path, path / layout.FOLDER):
        versions = [
            each
            for each in (base.glob("*/saved_model.pb") if base.is_dir() else ())
            if each.parent.name.isdecimal()
        ]
        folder = base
        if versions:  # TensorFlow Serving takes the last one too.
            folder = max(versions, key=lambda each: int(each.parent.name)).parent
        if (folder / "saved_model.pb").is_file():
            about = abouts.read(folder / "assets" / abouts.FILE)
            check_current(path, about)
            return folder, about
    raise errors.InputError(
        f"There is no exported model in {path}; export one by --mode Export of "
        "SimMC.py, or of SimMC-UF.py, or give the folder of another by --model."
    )


def run_of(folder: pathlib.Path) -> pathlib.Path | None:
    """The run that an export lies in; None of a copy elsewhere.

    Args:
        folder: of its SavedModel, as `find` gives it.
    """
    place = folder.resolve().parent
    files = (place.parent / name for name in (checkpoints.CONFIG, checkpoints.WEIGHTS))
    is_run = place.name == layout.FOLDER and all(file.is_file() for file in files)
    return place.parent if is_run else None


def check_current(path: pathlib.Path, about: abouts.About) -> None:
    """Refuses the export of a model that its run has replaced since.

    Args:
        path: of the run, or of anything else, which is not refused.
        about: what the export says of itself.

    Raises:
        errors.InputError: config.json is that of another model.
    """
    config = path / checkpoints.CONFIG
    if config.is_file() and abouts.digest_of_file(config) != about.config_sha256:
        raise errors.InputError(
            f"The export in {path} is of an earlier model than the one there; export "
            "that one by --mode Export of SimMC.py, or of SimMC-UF.py."
        )
