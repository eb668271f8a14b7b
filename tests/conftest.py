"""Fixtures that several test files share; loads TensorFlow first.

On the CPU, unless SIMMC_TEST_GPU is the number of a GPU.
"""

import itertools
import logging
import os
import pathlib
import traceback

import numpy as np
import pytest

from simmc_tf import startup

# Before a test module can import TensorFlow: native libraries read their settings, and
# look for GPUs, once.
DEVICE = startup.prepare(int(os.environ.get("SIMMC_TEST_GPU", "-1")))

from simmc_tf import data as data_module  # noqa: E402
from simmc_tf import whole_file  # noqa: E402

NUM_PERSONS, NUM_FRAMES, SKELETON_SIZE = 5, 4, 9


class Deprecated(logging.Handler):
    """Makes an error of what TensorFlow deprecates, and only logs, where we call it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Raises DeprecationWarning; other packages than TensorFlow may call it."""

        def in_tensorflow(path: str) -> bool:
            return "/site-packages/tensorflow/" in path

        paths = [frame.f_code.co_filename for frame, _ in traceback.walk_stack(None)]
        below = itertools.dropwhile(lambda path: not in_tensorflow(path), paths)
        caller = next(itertools.dropwhile(in_tensorflow, below), "")
        said = record.getMessage()
        told = said.startswith("From ") and "is deprecated" in said
        if told and "/site-packages/" not in caller:
            raise DeprecationWarning(said)


logging.getLogger("tensorflow").addHandler(Deprecated())


@pytest.fixture
def holes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a test make a file large that takes no place on the disk."""
    monkeypatch.setattr(whole_file, "_SMALL", 2**40)


@pytest.fixture(scope="session")
def gpu() -> str:
    """What `startup.prepare` calls the GPU; skips on the CPU, fails without one."""
    if "SIMMC_TEST_GPU" not in os.environ:
        pytest.skip("on the CPU; SIMMC_TEST_GPU=0 lets the tests use the first GPU")
    if not DEVICE.startswith("GPU "):
        pytest.fail(f"TensorFlow finds no GPU, only {DEVICE}")
    return DEVICE


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of arrays that are not in the repository."""
    beside = pathlib.Path(__file__).resolve().parents[2] / "shared"
    path = pathlib.Path(os.environ.get("SIMMC_SHARED", beside))
    if not path.is_dir():
        pytest.skip(f"{path} is not there; SIMMC_SHARED names another folder")
    return path


@pytest.fixture(scope="session")
def parity(shared: pathlib.Path) -> dict[str, np.ndarray]:
    """Numbers of the published computation, by name."""
    path = shared / "parity" / "parity.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def walks() -> data_module.ReidData:
    """Sequences of 5 persons who differ far more than their frames do.

    60 for training, unequally many a person (8, 10, 12, 14, 16), 20 in the gallery and
    15 probes; f = 4, d = 9.
    """
    generator = np.random.default_rng(7)
    bodies = generator.normal(scale=1.5, size=(NUM_PERSONS, SKELETON_SIZE))

    def split(counts: list[int]) -> data_module.Split:
        persons = generator.permutation(np.repeat(np.arange(NUM_PERSONS), counts))
        shape = (len(persons), NUM_FRAMES, SKELETON_SIZE)
        noise = generator.normal(scale=0.2, size=shape)
        sequences = (bodies[persons][:, np.newaxis] + noise).astype(np.float32)
        return data_module.Split(sequences, persons.astype(np.int64))

    return data_module.ReidData(
        split([8, 10, 12, 14, 16]),
        data_module.Matching(gallery=split([4] * 5), probe=split([3] * 5)),
    )
