"""Parameters and operations of source models, as published and as here."""

import dataclasses

import numpy as np
import tensorflow as tf

from simmc_tf import complexity
from simmc_tf.sources import graphs, names, stage
from simmc_tf.sources import settings as settings_module

_AXES = 3
_GATES = 4
# Of MG-SCR's and SM-SGE's relations across scales.
_UNUSED = 8 * 8
# Lengths whose operations tell those of all others.
_PROFILED = (2, 3, 4)


@dataclasses.dataclass(frozen=True)
class Size:
    """Size and cost of a source model.

    Attributes:
        parameters: trained here.
        published: as the published code counts.
        extra: what that counts besides, in words.
        operations: of representing one sequence.
    """

    parameters: int
    published: int
    extra: str
    operations: int

    @property
    def text(self) -> str:
        """The figures, each with what it counts."""
        return (
            f"parameters: {self.parameters / 1e6:.2f} M here ({self.parameters:,})\n"
            f"            {self.published / 1e6:.2f} M as published "
            f"({self.published:,}), with {self.extra}\n"
            f"operations: {self.operations / 1e6:.2f} MFLOPs to represent one sequence "
            "(a multiply-add is 2)"
        )


def measure(
    settings: settings_module.Settings,
    num_joints: int,
    body: graphs.Body | None,
    num_persons: int,
    supervised: bool = False,
) -> Size:
    """Counts for skeletons of J joints.

    Args:
        settings: of the model.
        num_joints: J.
        body: which joint is where, for those of graphs.
        num_persons: in training; the published heads tell them apart.
        supervised: count that head as ours, too.
    """
    model = settings_module.build(settings, num_joints, body)
    parameters = trainable(model)
    more, extra = _extra(settings, num_joints, num_persons)
    own = _head(settings, num_persons) if supervised else 0
    return Size(
        parameters + own,
        parameters + more,
        extra,
        operations(settings, num_joints, body),
    )


def trainable(model: stage.Stage) -> int:
    """Parameters that training moves, and those that only the loss needs."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def _extra(
    settings: settings_module.Settings, num_joints: int, num_persons: int
) -> tuple[int, str]:
    """Parameters that the published code counts besides, and what they are.

    AGE's and SGELA's graph declares, for each axis, the encoder's first kernel and its
    second bias once more (`lstm_weights_1`, `lstm_weights_2`), and uses neither.
    """
    units = settings.units
    if settings.model not in names.OF_GRAPHS:
        copies = _AXES * _GATES * units * (num_joints + units + 1)
        return copies, "a copy of the first LSTM layers that its graph never uses"
    return _head(settings, num_persons) + _UNUSED, (
        f"the supervised head that tells {num_persons} persons apart and an 8 x 8 "
        "matrix that its graph never uses"
    )


def _head(settings: settings_module.Settings, num_persons: int) -> int:
    """Parameters of what tells persons apart."""
    width = settings.units * (1 if settings.model == names.MG_SCR else 4)
    return width * width + width + (width + 1) * num_persons


def operations(
    settings: settings_module.Settings, num_joints: int, body: graphs.Body | None
) -> int:
    """Floating-point operations of representing one sequence of f skeletons.

    The profiler counts a loop once, whatever its length, and short sequences are not
    looped over; all counts are polynomials of f, of degree 2 where frames attend to
    frames.
    """
    counts = []
    for length in _PROFILED:
        short = dataclasses.replace(settings, length=length)
        model = settings_module.build(short, num_joints, body)
        counts.append(profiled(model, length, num_joints))
    first = np.diff(counts)
    second = first[1] - first[0]
    ahead = settings.length - _PROFILED[0]
    return int(counts[0] + ahead * first[0] + ahead * (ahead - 1) // 2 * second)


def profiled(model: stage.Stage, length: int, num_joints: int) -> int:
    """Operations of representing one sequence by a model that loops over nothing."""
    spec = tf.TensorSpec([1, length, 3 * num_joints])
    represent = tf.function(model.represent)
    return complexity.operations(represent.get_concrete_function(spec).graph)
