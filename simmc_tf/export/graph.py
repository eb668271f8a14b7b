"""A trained encoder as a Keras model of stock layers, from the sensor's coordinates."""

import dataclasses

import keras
import numpy as np
from keras import ops

from simmc_tf import model
from simmc_tf import preparation as preparations

# Of `losses.unit`.
_LEAST_SQUARE = 1e-12


@dataclasses.dataclass(frozen=True)
class Graph:
    """Two models that share their weights; both take float32, any B and any f >= 1.

    Attributes:
        kind: `joints` [B, f, J, 3] in the sensor's coordinates, or `vectors` [B, f, d];
            also the name of that input.
        skeleton: (J, 3) or (d,).
        size: H.
        whole: of all frames; gives [B, H].
        seen: takes `visible` [B, f] bool beside them. A frame that is not visible may
            hold anything, and none visible gives zeros.
        constants: settings and arrays that it computes with besides its weights.
    """

    kind: str
    skeleton: tuple[int, ...]
    size: int
    whole: keras.Model
    seen: keras.Model
    constants: tuple[np.ndarray, ...]


def build(simmc: model.SimMC, coordinates: bool) -> Graph:
    """The graph of a trained model; it computes what the encoder does, bit for bit.

    No class of this project is in it, so that a file of it loads by Keras alone.

    Args:
        simmc: with its preparation, where it has one.
        coordinates: whether it was trained on coordinates; they are centred on joint 0
            here. Vectors are taken as they are.
    """
    given = simmc.preparation or simmc.encoder
    size = given.skeleton_size
    skeleton = (size // 3, 3) if coordinates else (size,)
    kind = "joints" if coordinates else "vectors"
    layers = _Layers(simmc)
    skeletons = keras.Input((None, *skeleton), dtype="float32", name=kind)
    visible = keras.Input((None,), dtype="bool", name="visible")
    return Graph(
        kind,
        skeleton,
        simmc.encoder.hidden_size,
        keras.Model(skeletons, layers.embed(skeletons, None), name="embedder"),
        keras.Model(
            {kind: skeletons, "visible": visible},
            layers.embed(skeletons, visible),
            name="embedder_of_visible_frames",
        ),
        layers.constants(coordinates),
    )


class _Layers:
    """The layers of both models, with the weights of a trained one."""

    def __init__(self, simmc: model.SimMC) -> None:
        encoder = simmc.encoder
        self._preparation = simmc.preparation
        if self._preparation is not None:
            self._prepared = _dense("preparation", self._preparation.matrix)
        self._hidden = [
            _dense(f"hidden_{number}", layer.kernel, layer.bias, "relu")
            for number, layer in enumerate(encoder.hidden, 1)
        ]
        self._linear = _dense("linear", encoder.linear.kernel, encoder.linear.bias)
        self._whitened = encoder.whitened
        if self._whitened:
            centre, matrix = encoder.whitening_weights
            self._centre = np.asarray(centre)
            self._whitening = _dense("whitening", matrix)

    def embed(
        self, skeletons: keras.KerasTensor, visible: keras.KerasTensor | None
    ) -> keras.KerasTensor:
        """[B, f, J, 3] or [B, f, d], and [B, f] or None for all, to [B, H]."""
        mean = _Mean(visible)
        frames = mean.hide(skeletons)
        if len(frames.shape) == 4:
            frames = frames - frames[:, :, :1]
        frames = self._prepare(frames, mean)
        for layer in self._hidden:
            frames = layer(frames)
        features = self._linear(mean(frames))
        if self._whitened:
            features = _unit(self._whitening(_unit(features) - self._centre))
        return mean.hide_features(features)

    def constants(self, coordinates: bool) -> tuple[np.ndarray, ...]:
        """What is no weight of a layer: settings, mean skeleton, centres."""
        settings, found = [int(coordinates)], []
        preparation = self._preparation
        if preparation is not None:
            vertical = preparation.vertical
            settings.append(-1 if vertical is None else vertical)
            found.append(np.asarray(preparation.centre))
            if vertical is not None:
                found.append(np.asarray(preparation.mean_skeleton))
        if self._whitened:
            found.append(self._centre)
        return np.array(settings), *found

    def _prepare(self, frames: keras.KerasTensor, mean: "_Mean") -> keras.KerasTensor:
        """[B, f, J, 3] or [B, f, d] to [B, f, r], as `preparation.Preparation` does."""
        preparation = self._preparation
        if preparation is not None and preparation.vertical is not None:
            if len(frames.shape) == 3:  # Vectors that are coordinates.
                joints = (frames.shape[-1] // 3, 3)
                frames = keras.layers.Reshape((-1, *joints))(frames)
            frames = _turned(
                frames,
                np.asarray(preparation.mean_skeleton),
                preparation.vertical,
                mean,
            )
            first, second = preparations.pairs(frames.shape[2])
            offsets = ops.take(frames, first, axis=2) - ops.take(frames, second, axis=2)
            distances = ops.sqrt(ops.sum(offsets**2, axis=-1))
            frames = ops.concatenate([_flat(frames), distances], axis=-1)
        if len(frames.shape) == 4:
            frames = _flat(frames)
        if preparation is not None:
            frames = self._prepared(frames - np.asarray(preparation.centre))
        return frames


class _Mean:
    """Means over the frames that are visible; over all where nothing says which are."""

    def __init__(self, visible: keras.KerasTensor | None) -> None:
        self._visible = visible
        if visible is not None:
            self._weights = ops.expand_dims(ops.cast(visible, "float32"), 2)
            self._count = ops.maximum(ops.sum(self._weights, axis=1), 1.0)

    def __call__(self, frames: keras.KerasTensor) -> keras.KerasTensor:
        """[B, f, k] finite numbers to [B, k]."""
        if self._visible is None:
            return ops.mean(frames, axis=1)
        return ops.sum(frames * self._weights, axis=1) / self._count

    def hide(self, skeletons: keras.KerasTensor) -> keras.KerasTensor:
        """Skeletons [B, f, ...] with zeros where no frame is visible."""
        if self._visible is None:
            return skeletons
        visible = self._visible
        for _ in skeletons.shape[2:]:
            visible = ops.expand_dims(visible, -1)
        # A product would keep NaN.
        return ops.where(visible, skeletons, 0.0)

    def hide_features(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Features [B, H] with zeros where no frame at all is visible."""
        if self._visible is None:
            return features
        return ops.where(ops.any(self._visible, axis=1, keepdims=True), features, 0.0)


def _turned(
    skeletons: keras.KerasTensor, mean_skeleton: np.ndarray, vertical: int, mean: _Mean
) -> keras.KerasTensor:
    """`turning.turned`, by the frames that are visible."""
    first, second = (axis for axis in range(3) if axis != vertical)
    x, y = skeletons[..., first], skeletons[..., second]
    mean_x, mean_y = mean(x), mean(y)
    onto_x, onto_y = mean_skeleton.T
    along = ops.sum(mean_x * onto_x + mean_y * onto_y, axis=1)
    across = ops.sum(mean_x * onto_y - mean_y * onto_x, axis=1)
    length = ops.sqrt(along**2 + across**2)
    cosine = ops.where(length > 0, along / length, 1.0)[:, np.newaxis, np.newaxis]
    sine = ops.where(length > 0, across / length, 0.0)[:, np.newaxis, np.newaxis]
    return ops.stack(
        [x * cosine - y * sine, x * sine + y * cosine, skeletons[..., vertical]],
        axis=-1,
    )


def _flat(skeletons: keras.KerasTensor) -> keras.KerasTensor:
    """[B, f, J, 3] to [B, f, 3J]."""
    return keras.layers.Reshape((-1, 3 * skeletons.shape[2]))(skeletons)


def _unit(rows: keras.KerasTensor) -> keras.KerasTensor:
    """`losses.unit`: rows [B, H] of length 1."""
    squares = ops.sum(ops.square(rows), axis=1, keepdims=True)
    return rows * ops.rsqrt(ops.maximum(squares, _LEAST_SQUARE))


def _dense(
    name: str,
    kernel: keras.Variable,
    bias: keras.Variable | None = None,
    activation: str | None = None,
) -> keras.layers.Dense:
    """A layer with weights [d, H] and [H]."""
    layer = keras.layers.Dense(
        kernel.shape[1], activation, use_bias=bias is not None, name=name
    )
    layer.build((None, kernel.shape[0]))
    weights = [kernel] if bias is None else [kernel, bias]
    layer.set_weights([np.asarray(weight) for weight in weights])
    return layer
