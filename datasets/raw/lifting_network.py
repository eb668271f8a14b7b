"""Somebody's trained lifting network in a file (.onnx), run by onnxruntime."""

import dataclasses
import functools
import pathlib
from typing import Any, NoReturn

import numpy as np

from datasets import skeletons
from simmc_tf import errors

_NUM_JOINTS = len(skeletons.H36M_17.joints)
_MOST_FRAMES = 10_000  # Beyond it a recording would only be padded, at any cost.
_EXPECTED = (
    "one float32 input [1, frames, 17, 2] of any number of frames (VideoPose3D) or "
    "[1, frames, 17, 3] (MotionBERT), and one output [1, frames, 17, 3]"
)


@dataclasses.dataclass(frozen=True)
class Network:
    """A network in memory.

    Attributes:
        path: of its file.
        session: onnxruntime's.
        shape: of its input; None or text where any size will do.
    """

    path: pathlib.Path
    session: Any
    shape: tuple[int | str | None, ...]

    @property
    def takes_confidence(self) -> bool:
        """Whether it is of MotionBERT's kind."""
        return self.shape[3] == 3

    @property
    def chunk(self) -> int | None:
        """Frames that it takes at once; None: any number."""
        return self.shape[1] if isinstance(self.shape[1], int) else None

    def run(self, values: np.ndarray, num_frames: int) -> np.ndarray:
        """Gives [num_frames, 17, 3] float32 for [T, 17, 2 or 3].

        Raises:
            errors.InputError: it fails, or gives something else.
        """
        batch = values[np.newaxis].astype(np.float32)
        name = self.session.get_inputs()[0].name
        try:
            (found,) = self.session.run(None, {name: batch})
        except Exception as error:  # onnxruntime's have no common class of their own.
            raise errors.InputError(
                f"{self.path} fails on an input {list(batch.shape)}: "
                f"{_line(error, self.path)}; expected a network with {_EXPECTED}."
            ) from error
        expected = (1, num_frames, _NUM_JOINTS, 3)
        if np.shape(found) != expected:
            raise errors.InputError(
                f"{self.path} gives {list(np.shape(found))} for an input "
                f"{list(batch.shape)} instead of {list(expected)}; expected a network "
                f"with {_EXPECTED}."
            )
        if not np.isfinite(found).all():
            raise errors.InputError(
                f"{self.path} gives values that are not finite numbers; export it "
                "again with its trained weights."
            )
        return found[0]


@functools.lru_cache(maxsize=1)
def load(path: pathlib.Path) -> Network:
    """Reads a network, once a process.

    Raises:
        errors.InputError: onnxruntime is not installed, or the file is missing, damaged
            or no network of the two kinds.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise errors.InputError(
            "--lift needs onnxruntime, which is not installed: pip install onnxruntime"
        ) from error
    if not path.is_file():
        raise errors.InputError(
            f"There is no network {path}; docs/published_data.md says how to get one."
        )
    options = onnxruntime.SessionOptions()
    # Recordings are read in as many processes as there are cores.
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # What matters is raised; no lines beside it.
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's have no common class of their own.
        raise errors.InputError(
            f"{path} is no network that onnxruntime {onnxruntime.__version__} can "
            f"load: {_line(error, path)}; get or export it again."
        ) from error
    return _checked(path, session)


def _checked(path: pathlib.Path, session: Any) -> Network:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        _refuse(path, inputs, outputs)
    shape = inputs[0].shape
    if (
        inputs[0].type != "tensor(float)"
        or len(shape) != 4
        or (isinstance(shape[0], int) and shape[0] != 1)
        or shape[2] != _NUM_JOINTS
        or shape[3] not in (2, 3)
        or outputs[0].type != "tensor(float)"
    ):
        _refuse(path, inputs, outputs)
    network = Network(path, session, tuple(shape))
    if network.chunk is not None and not (
        network.takes_confidence and 1 <= network.chunk <= _MOST_FRAMES
    ):
        _refuse(path, inputs, outputs)
    return network


def _refuse(path: pathlib.Path, inputs: list[Any], outputs: list[Any]) -> NoReturn:
    found = " and ".join(
        f"{word} {', '.join(f'{one.type} {one.shape}' for one in some) or 'none'}"
        for word, some in (("inputs", inputs), ("outputs", outputs))
    )
    raise errors.InputError(f"{path} has {found}; expected {_EXPECTED}.")


def _line(error: Exception, path: pathlib.Path) -> str:
    """The message of an error about a file, in one line."""
    words = str(error).replace(str(path), "it").split()
    return " ".join(words)[:200].rstrip(".") or type(error).__name__
