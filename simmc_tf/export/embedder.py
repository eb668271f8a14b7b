"""Embeds sequences by an exported model."""

import pathlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from simmc_tf import checkpoints, errors, pipeline
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
        self, sequences: np.ndarray, visible: np.ndarray | None = None
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
        sequences = self._checked(sequences, visible)
        if visible is None:
            return self._embed(sequences.shape[0], lambda some: (sequences[some], None))
        visible = np.asarray(visible, bool)
        return self._embed(
            len(sequences), lambda some: (sequences[some], visible[some])
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

    def _checked(self, sequences: np.ndarray, visible: np.ndarray | None) -> np.ndarray:
        """As float32.

        Raises:
            errors.InputError: they are not what the model takes.
        """
        shape = np.shape(sequences)
        skeleton = self.about.skeleton
        if len(shape) != 2 + len(skeleton) or shape[2:] != skeleton or not shape[1]:
            raise errors.InputError(
                f"Sequences of shape {list(shape)}: this model takes "
                f"{self.about.takes} with at least 1 frame."
            )
        try:
            with np.errstate(over="ignore"):  # Told of below.
                result = np.asarray(sequences).astype(np.float32, copy=False)
        except (TypeError, ValueError) as error:
            raise errors.InputError(
                f"Sequences must be numbers, not {np.asarray(sequences).dtype}."
            ) from error
        finite = np.isfinite(result).all(axis=tuple(range(2, len(shape))))
        if visible is not None:
            if np.shape(visible) != shape[:2]:
                raise errors.InputError(
                    f"visible has shape {list(np.shape(visible))}; expected "
                    f"{list(shape[:2])}, a value a frame."
                )
            finite |= ~np.asarray(visible, bool)
        if not finite.all():
            sequence, frame = np.argwhere(~finite)[0]
            raise errors.InputError(
                f"Sequence {sequence}, frame {frame} has a number that is not finite; "
                "say by `visible` which frames are missing."
            )
        return result


def load(path: str | pathlib.Path) -> Embedder:
    """Loads an export.

    Args:
        path: of the run, of its export/, of export/1, or of a copy of one of these.

    Raises:
        errors.InputError: there is none, it is broken, or the run has another model by
            now.
    """
    folder, about = find(pathlib.Path(path))
    try:
        loaded = tf.saved_model.load(str(folder))
        whole, seen = (
            loaded.signatures[name] for name in (saved_model.WHOLE, saved_model.SEEN)
        )
    except Exception as error:  # Of a broken file TensorFlow raises nearly any.
        reason = str(error).partition("\n")[0]
        raise errors.InputError(
            f"The export in {folder} cannot be read ({reason}); "
            "export the model again with --mode Export."
        ) from error

    def call(sequences: np.ndarray, visible: np.ndarray | None) -> np.ndarray:
        given = {about.kind: tf.constant(sequences)}
        if visible is None:
            return whole(**given)[saved_model.RESULT].numpy()
        found = seen(**given, visible=tf.constant(visible))
        return found[saved_model.RESULT].numpy()

    return Embedder(about, call)


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
            _check_current(path, about)
            return folder, about
    raise errors.InputError(
        f"There is no exported model in {path}; export one by --mode Export of "
        "SimMC.py, or of SimMC-UF.py."
    )


def _check_current(path: pathlib.Path, about: abouts.About) -> None:
    """Refuses the export of a model that its run has replaced since.

    Raises:
        errors.InputError: config.json is that of another model.
    """
    config = path / checkpoints.CONFIG
    if config.is_file() and abouts.digest_of_file(config) != about.config_sha256:
        raise errors.InputError(
            f"The export in {path} is of an earlier model than the one there; export "
            "that one by --mode Export of SimMC.py, or of SimMC-UF.py."
        )
