"""What the encoder of the auto preset sees of a skeleton, and how that is fitted."""

import dataclasses
import pathlib

import keras
import numpy as np
import tensorflow as tf

from simmc_tf import bad_numbers, cores, memory, turning, whitening
from simmc_tf import config as configs
from simmc_tf import data as data_module

# Share of the mean variance within tracks that is added to each.
_SHRINKAGE = 0.3
# Numbers a skeleton that the encoder sees, at most: with 33 joints all weights together
# are just below half a million.
_MOST_NUMBERS = 320
# Joints between which distances are measured, at most: their pairs grow as the square.
_MOST_JOINTS = 40


@keras.saving.register_keras_serializable("simmc_tf")
class Preparation(keras.layers.Layer):
    """Turns walkers to face one way, measures joint distances, and whitens both.

    Distances between joints tell builds apart wherever somebody walks, coordinates tell
    postures. What varies within a recording tells nobody apart, so that it is scaled
    down, direction by direction, to what else varies. Nothing of it is trained.

    Args:
        size: numbers a skeleton that come out, r.
        vertical: axis of the coordinates; None where vectors are no coordinates, which
            are whitened alone.
    """

    def __init__(self, size: int, vertical: int | None = 1, **kwargs: object) -> None:
        # Else Keras would number those of a process, and config.json tell of it.
        super().__init__(**{"name": "preparation", "trainable": False, **kwargs})
        self.size = size
        self.vertical = vertical

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the constants for sequences [B, f, d]."""
        skeleton_size = input_shape[-1] or 0
        width, _ = sizes(skeleton_size, self.vertical is not None)
        if self.vertical is not None:
            self.mean_skeleton = self.add_weight(
                name="mean_skeleton", shape=(skeleton_size // 3, 2), initializer="zeros"
            )
        self.centre = self.add_weight(
            name="centre", shape=(width,), initializer="zeros"
        )
        self.matrix = self.add_weight(
            name="matrix", shape=(width, self.size), initializer="zeros"
        )
        self.built = True

    @property
    def skeleton_size(self) -> int:
        """Numbers a skeleton that go in, d; known once built."""
        if self.vertical is None:
            return int(self.centre.shape[0])
        return 3 * int(self.mean_skeleton.shape[0])

    def numbers(self, sequences: tf.Tensor) -> tf.Tensor:
        """What is whitened: [B, f, d] to [B, f, D]."""
        if self.vertical is None:
            return sequences
        shape = tf.shape(sequences)
        num_joints = sequences.shape[-1] // 3
        skeletons = tf.reshape(sequences, [shape[0], shape[1], num_joints, 3])
        turned = turning.turned(skeletons, self.mean_skeleton, self.vertical)
        coordinates = tf.reshape(turned, [shape[0], shape[1], 3 * num_joints])
        first, second = pairs(num_joints)
        offsets = tf.gather(turned, first, axis=2) - tf.gather(turned, second, axis=2)
        distances = tf.sqrt(tf.reduce_sum(offsets**2, axis=-1))
        return tf.concat([coordinates, distances], axis=-1)

    def call(self, sequences: tf.Tensor) -> tf.Tensor:
        """Prepares sequences [B, f, d] to [B, f, r]."""
        return tf.tensordot(self.numbers(sequences) - self.centre, self.matrix, 1)

    def get_config(self) -> dict[str, object]:
        """What the constructor takes."""
        return {"size": self.size, "vertical": self.vertical, "name": self.name}


def sizes(skeleton_size: int, coordinates: bool) -> tuple[int, int]:
    """Numbers a skeleton before whitening, D, and after it, r.

    Args:
        skeleton_size: d, 3J of coordinates.
        coordinates: whether the d numbers are coordinates.
    """
    width = skeleton_size
    if coordinates:
        width += len(pairs(skeleton_size // 3)[0])
    return width, min(width, _MOST_NUMBERS)


def pairs(num_joints: int) -> tuple[np.ndarray, np.ndarray]:
    """Joints [P] from which, and to which [P], distances are measured."""
    step = -(-num_joints // _MOST_JOINTS)
    first, second = np.triu_indices(-(-num_joints // step), 1)
    return first * step, second * step


@cores.in_one_thread()
def fit(
    sequences: data_module.Sequences,
    tracks: np.ndarray,
    coordinates: bool,
    config: configs.Config,
) -> Preparation:
    """Fits the preparation to training sequences; no label is read.

    Args:
        sequences: [N, f, d]; of coordinates root-centred, d = 3J.
        tracks: [N] of the sequences.
        coordinates: whether the d numbers are coordinates.
        config: says which parts an ablation leaves out.
    """
    skeleton_size = sequences.shape[-1]
    width, size = sizes(skeleton_size, coordinates)
    vertical = turning.vertical_axis(sequences) if coordinates else None
    found = Preparation(size, vertical)
    found.build(sequences.shape)
    if vertical is not None and config.has("turning"):
        found.mean_skeleton.assign(turning.mean_skeleton(sequences, vertical))
    moments = _moments(found, sequences, tracks, width)
    spread = float(np.sqrt(moments.whole.diagonal().max(initial=0.0)))
    bad_numbers.check_spread(spread, sequences)
    seen = width if config.has("distances") else skeleton_size
    matrix = moments.whitening(found.size, seen, config.has("whitened_input"))
    found.centre.assign(moments.mean)
    found.matrix.assign(matrix)
    return found


@dataclasses.dataclass(frozen=True)
class _Moments:
    """Mean [D], covariance [D, D], and covariance within tracks [D, D], of frames."""

    mean: np.ndarray
    whole: np.ndarray
    within: np.ndarray

    def whitening(self, size: int, seen: int, whitens: bool) -> np.ndarray:
        """Matrix [D, r] of the directions that tell tracks apart best.

        Each number first has the same weight, then what varies within tracks is
        whitened; the result has a mean variance of 1.

        Args:
            size: r.
            seen: of the D numbers; the others are left out.
            whitens: whether anything is, or numbers only get the same weight.
        """
        spread = np.sqrt(self.whole.diagonal())
        told = spread > 1e-6 * spread.max(initial=0.0)
        told &= np.arange(len(told)) < seen
        result = np.zeros((len(spread), size))
        if not told.any():
            return result
        scale = 1.0 / spread[told]
        whole, within = (
            covariance[np.ix_(told, told)] * np.outer(scale, scale)
            for covariance in (self.whole, self.within)
        )
        if not whitens:
            within = np.eye(len(within))
        matrix = whitening.of_covariance(scale, within, _SHRINKAGE).matrix
        variances, directions = np.linalg.eigh(matrix.T @ whole @ matrix)
        matrix = matrix @ directions[:, ::-1][:, :size]
        kept = matrix.shape[1]
        result[told, :kept] = scale[:, np.newaxis] * matrix
        return result / np.sqrt(variances[::-1][:kept].mean())


def _moments(
    preparation: Preparation,
    sequences: data_module.Sequences,
    tracks: np.ndarray,
    width: int,
) -> _Moments:
    num_sequences, num_frames, _ = sequences.shape
    numbers = tf.function(
        preparation.numbers,
        input_signature=[tf.TensorSpec([None, None, sequences.shape[-1]])],
    )
    order = np.argsort(tracks, kind="stable")
    whole, between = np.zeros((width, width)), np.zeros((width, width))
    total, origin = np.zeros(width), None
    sums, counts, last = np.zeros((0, width)), np.zeros(0), -1
    for some in data_module.pieces(num_sequences):
        rows = order[some]
        piece = numbers(sequences[rows].astype(np.float32, copy=False)).numpy()
        piece = piece.reshape(-1, width).astype(np.float64)
        if origin is None:  # Sums of squares about it lose no digits.
            origin = piece.mean(axis=0)
        piece -= origin
        total += piece.sum(axis=0)
        whole += piece.T @ piece
        present, first = np.unique(tracks[rows], return_index=True)
        own = np.add.reduceat(piece, first * num_frames, axis=0)
        sizes = np.diff([*first, len(rows)]) * num_frames
        if len(sums) and present[0] == last:  # A track that the last piece began.
            own[0] += sums[-1]
            sizes[0] += counts[-1]
            sums, counts = sums[:-1], counts[:-1]
        between += (sums / np.maximum(counts, 1)[:, np.newaxis]).T @ sums
        sums, counts, last = own, sizes, present[-1]
    between += (sums / counts[:, np.newaxis]).T @ sums
    num_rows = num_sequences * num_frames
    mean = total / num_rows
    return _Moments(
        (0.0 if origin is None else origin) + mean,
        whole / num_rows - np.outer(mean, mean),
        (whole - between) / num_rows,
    )


def prepared(
    preparation: Preparation,
    sequences: data_module.Sequences,
    folder: pathlib.Path | None = None,
) -> np.ndarray:
    """Prepares all sequences once; what is too large to hold is mapped from a file.

    Args:
        preparation: fitted.
        sequences: [N, f, d].
        folder: takes a temporary file where they are too many to hold.

    Returns:
        [N, f, r] float32.
    """
    shape = (*sequences.shape[:2], preparation.size)
    result = memory.empty(shape, folder)
    prepare = tf.function(
        preparation.call,
        input_signature=[tf.TensorSpec([None, None, sequences.shape[-1]])],
    )
    for some in data_module.pieces(len(sequences)):
        result[some] = prepare(sequences[some].astype(np.float32, copy=False)).numpy()
    return result.view(np.memmap) if memory.is_large(result.nbytes) else result


def prepare(
    preparation: Preparation, data: data_module.ReidData, folder: pathlib.Path
) -> data_module.ReidData:
    """The same data, prepared; a set that is gallery and probe stays one."""

    def split(raw: data_module.Split) -> data_module.Split:
        return data_module.Split(
            prepared(preparation, raw.sequences, folder), raw.persons
        )

    matching = data.matching
    if matching is not None:
        gallery = split(matching.gallery)
        probe = gallery if matching.leave_self_out else split(matching.probe)
        matching = data_module.Matching(gallery, probe, matching.leave_self_out)
    return dataclasses.replace(
        data, train=split(data.train), matching=matching, coordinates=False
    )
