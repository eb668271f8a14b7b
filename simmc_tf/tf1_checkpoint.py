"""Checkpoints that the published code wrote, with TensorFlow 1's `train.Saver`."""

import contextlib
import dataclasses
import math
import os
import pathlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf
from google.protobuf import message

from simmc_tf import checkpoints, errors, model, whole_file
from simmc_tf import config as configs
from simmc_tf.export import about as abouts

# Ends of a checkpoint's files; the part before them is its name, its prefix.
_INDEX, _GRAPH = ".index", ".meta"
_END = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
_DENSE = re.compile(r"SimMC/dense(?:_(\d+))?/kernel")
# `tf.Variable` takes the name scope, which the published code opens twice.
_PREDICTORS = ("SimMC/SimMC/Variable", "SimMC/Variable")
_MOST_BYTES = 2**28  # Of a graph; the published ones have some.
_MOST_OF_INDEX = 2**24  # A variable takes some 50 bytes.
# Adam's state, of which nothing is needed.
_STATE = re.compile(r"/(Adam|Adam_1|beta1_power|beta2_power)$")

# The published graph's placeholders, by what their shapes tell.
_LABELS, _MASKS = "Input/Placeholder_1", "Input/Placeholder_5"


@dataclasses.dataclass(frozen=True)
class Layer:
    """A dense layer: kernel [n, m] and bias [m], float32."""

    kernel: np.ndarray
    bias: np.ndarray


@dataclasses.dataclass(frozen=True)
class Weights:
    """What the published code trains.

    Attributes:
        layers: of the encoder: D hidden ones and the linear one.
        predictor: of the MIC loss; representations do not need it.
        others: names of variables that SimMC does not have.
    """

    layers: tuple[Layer, ...]
    predictor: Layer
    others: tuple[str, ...]

    @property
    def skeleton_size(self) -> int:
        """Numbers a skeleton, 3J."""
        return len(self.layers[0].kernel)

    @property
    def hidden_size(self) -> int:
        """H, the width of the encoder."""
        return len(self.predictor.bias)

    @property
    def depth(self) -> int:
        """D, the number of hidden layers."""
        return len(self.layers) - 1


@dataclasses.dataclass(frozen=True)
class Graph:
    """What the file beside the weights tells of the run; None where it does not.

    Attributes:
        length: f, skeletons a sequence.
        batch_size: B.
        tensorflow: version.
    """

    length: int | None = None
    batch_size: int | None = None
    tensorflow: str | None = None


def find(path: pathlib.Path, names: Collection[str] = ()) -> pathlib.Path:
    """The name of a checkpoint without the ends of its files.

    Args:
        path: that name, one of its files, or a folder.
        names: of checkpoints to prefer where a folder holds several.

    Raises:
        errors.InputError: there is none, or there are several; or a file is missing.
    """
    if path.is_dir():
        path = _in_folder(path, names)
    prefix = path.with_name(_END.sub("", path.name))
    index = prefix.with_name(prefix.name + _INDEX)
    if not index.is_file():
        raise errors.InputError(
            f"There is no {index}; expected a checkpoint of TensorFlow 1, which is "
            f"NAME{_INDEX} and NAME.data-00000-of-00001, and is named by either, by "
            "NAME or by their folder."
        )
    data = list(prefix.parent.glob(_escaped(prefix.name) + ".data-*-of-*"))
    if not data or not all(path.is_file() for path in data):
        raise errors.InputError(
            f"There is no {prefix}.data-00000-of-00001 beside {index.name}, and it "
            "holds the weights; put it there."
        )
    if re.search(r"[\[\\]", str(prefix)):
        raise errors.InputError(
            f"{prefix}: TensorFlow takes [ and \\ in a path for a pattern; move the "
            "checkpoint to where neither occurs."
        )
    return prefix


def _in_folder(folder: pathlib.Path, names: Collection[str]) -> pathlib.Path:
    found = sorted(path.name.removesuffix(_INDEX) for path in folder.glob(f"*{_INDEX}"))
    preferred = [name for name in found if name in names]
    chosen = preferred if len(preferred) == 1 else found
    if len(chosen) != 1:
        listed = f"several: {', '.join(found)}" if found else "none"
        raise errors.InputError(
            f"{folder}: expected one checkpoint of TensorFlow 1 (NAME{_INDEX}), found "
            f"{listed}; name the one that is meant."
        )
    return folder / chosen[0]


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def read(prefix: pathlib.Path) -> Weights:
    """Reads the weights of the published SimMC.

    Args:
        prefix: as `find` gives it.

    Raises:
        errors.InputError: files are damaged, or the weights are not SimMC's.
    """
    whole_file.read(prefix.with_name(prefix.name + _INDEX), _MOST_OF_INDEX)
    with _reading(prefix):
        reader = tf.train.load_checkpoint(str(prefix))
        found = reader.get_variable_to_shape_map()
        types = reader.get_variable_to_dtype_map()
    shapes = {name: tuple(shape) for name, shape in found.items()}
    names = _names(prefix, shapes)
    _check_shapes(prefix, shapes, names)
    _check_types(prefix, types, names)
    _check_size(prefix, shapes, names)
    with _reading(prefix):
        arrays = [[reader.get_tensor(name) for name in pair] for pair in names]
    for name, values in zip(sum(names, ()), sum(arrays, []), strict=True):
        if not np.isfinite(values).all():
            raise _not_finite(prefix, name, str(values.dtype))
    layers = [Layer(*pair) for pair in arrays]
    known = {name for pair in names for name in pair}
    others = {name for name in shapes if name not in known and not _STATE.search(name)}
    return Weights(tuple(layers[:-1]), layers[-1], tuple(sorted(others)))


@contextlib.contextmanager
def _reading(prefix: pathlib.Path) -> Iterator[None]:
    try:
        yield
    # What TensorFlow's reader makes of damaged files, by where the damage is; it asks
    # for as much memory as a block says that it needs, and leaves most untouched.
    except (
        *(tf.errors.OpError, ValueError, RuntimeError, LookupError),
        MemoryError,
    ) as error:
        reason = " ".join(str(error).split())
        raise errors.InputError(
            f"The checkpoint {prefix} cannot be read ({reason[:200]}): it is damaged "
            "or not whole; copy it again."
        ) from error


def _names(prefix: pathlib.Path, present: Collection[str]) -> list[tuple[str, str]]:
    """Kernel and bias of each layer of the encoder, in order; last the predictor's."""
    numbers = sorted(
        int(found.group(1) or 0)
        for found in map(_DENSE.fullmatch, present)
        if found is not None
    )
    names = [
        f"SimMC/dense_{n}" if n else "SimMC/dense" for n in range(max(2, len(numbers)))
    ]
    pairs = [(f"{name}/kernel", f"{name}/bias") for name in names]
    predictor = next((name for name in _PREDICTORS if name in present), _PREDICTORS[1])
    pairs.append((predictor, f"{predictor}_1"))
    missing = [name for pair in pairs for name in pair if name not in present]
    if missing:
        listed = ", ".join(sorted(present)[:6]) + (", ..." if len(present) > 6 else "")
        raise errors.InputError(
            f"The checkpoint {prefix} is not of SimMC: it has no {', '.join(missing)}; "
            f"it has {listed or 'nothing'}."
        )
    return pairs


def _check_shapes(
    prefix: pathlib.Path,
    shapes: Mapping[str, tuple[int, ...]],
    names: Sequence[tuple[str, str]],
) -> None:
    """Checks, before anything is read, that all layers are H wide and fit together."""
    first = shapes[names[0][0]]
    size, width = first if len(first) == 2 and min(first) > 0 else (1, 1)
    for kernel, bias in names:
        for name, expected in ((kernel, (size, width)), (bias, (width,))):
            if shapes[name] != expected:
                raise errors.InputError(
                    f"The checkpoint {prefix} is not of SimMC: {name} has shape "
                    f"{list(shapes[name])}, expected {list(expected)}."
                )
        size = width


def _check_size(
    prefix: pathlib.Path,
    shapes: Mapping[str, tuple[int, ...]],
    names: Sequence[tuple[str, str]],
) -> None:
    """Checks that the files can hold what TensorFlow would make room for."""
    needed = 4 * sum(math.prod(shapes[name]) for pair in names for name in pair)
    size = 0
    for path in prefix.parent.glob(_escaped(prefix.name) + ".data-*-of-*"):
        with whole_file.opened(path) as file:
            size += file.seek(0, os.SEEK_END)
    if needed > size:
        raise errors.InputError(
            f"The checkpoint {prefix} declares weights of {needed} bytes, and its data "
            f"have {size}; copy it again."
        )


def _check_types(
    prefix: pathlib.Path,
    types: Mapping[str, tf.DType],
    names: Sequence[tuple[str, str]],
) -> None:
    """Checks that each number has the 4 bytes that `_check_size` counts."""
    for name in sum(names, ()):
        if types[name] != tf.float32:
            raise _not_finite(prefix, name, types[name].name)


def _not_finite(prefix: pathlib.Path, name: str, kind: str) -> errors.InputError:
    return errors.InputError(
        f"The checkpoint {prefix}: {name} ({kind}) holds something else than finite "
        "float32 numbers, as after a training that went wrong; take another checkpoint."
    )


def graph(prefix: pathlib.Path) -> Graph:
    """What the graph beside the weights tells, as far as it is there.

    Args:
        prefix: as `find` gives it.
    """
    path = prefix.with_name(prefix.name + _GRAPH)
    content = tf.compat.v1.MetaGraphDef()
    try:
        content.ParseFromString(whole_file.content(path, _MOST_BYTES))
    except (OSError, errors.InputError, message.DecodeError):
        return Graph()  # An evaluation can do without.
    shapes = {
        node.name: [axis.size for axis in node.attr["shape"].shape.dim]
        for node in content.graph_def.node
        if node.name in (_LABELS, _MASKS)
    }
    masks, labels = shapes.get(_MASKS, []), shapes.get(_LABELS, [])
    return Graph(
        length=masks[1] if len(masks) == 2 and masks[1] > 0 else None,
        batch_size=labels[0] if len(labels) == 1 and labels[0] > 0 else None,
        tensorflow=content.meta_info_def.tensorflow_version or None,
    )


def describe(
    prefix: pathlib.Path, weights: Weights, found: Graph, config: configs.Config
) -> dict[str, object]:
    """What config.json says of the model, as far as anybody knows."""
    files = sorted(prefix.parent.glob(_escaped(prefix.name) + ".*"))
    return {
        "imported_from": {
            path.name: abouts.digest_of_file(path)
            for path in files
            if _END.search(path.name) and path.is_file()
        },
        "hyperparameters": checkpoints.hyperparameters(config),
        "skeleton_size": weights.skeleton_size,
        "best_epoch": None,
        "data_sha256": None,
        "versions": {"tensorflow": found.tensorflow} if found.tensorflow else {},
    }


def to_model(weights: Weights, config: configs.Config) -> model.SimMC:
    """A model with these weights.

    Args:
        weights: of a checkpoint.
        config: with their H and D, of the published preset.
    """
    simmc = checkpoints.build(config, weights.skeleton_size)
    layers = [*simmc.encoder.hidden, simmc.encoder.linear, simmc.predictor]
    for layer, values in zip(layers, (*weights.layers, weights.predictor), strict=True):
        layer.set_weights([values.kernel, values.bias])
    return simmc
