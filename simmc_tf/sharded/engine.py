"""Who does what: Dask's workers, on this machine or on a cluster that runs.

The only place that knows Dask, which is installed by requirements-dask.txt alone. It
hands out tasks, tells when they are done, and gives those of a worker that died to
another; what they compute goes through files, not through it.
"""

import contextlib
import logging
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from simmc_tf import errors
from simmc_tf.sharded import steps

if TYPE_CHECKING:
    import distributed

# For what passes, such as a file server that does not answer.
_RETRIES = 2
_LEVEL = logging.CRITICAL
_SECONDS_TO_CONNECT = 10
_SECONDS_TO_ANSWER = 60
_WITHOUT_ENGINE = (
    "Dask is not installed; pip install -r requirements-dask.txt (beside the "
    "requirements of this project)."
)
_ALIKE = "in this project's environment, with PYTHONPATH naming its folder"


@contextlib.contextmanager
def local(num_workers: int) -> "Iterator[distributed.Client]":
    """Worker processes of one thread each on this machine, for the block.

    A worker that dies is started anew.

    Raises:
        errors.InputError: Dask is not installed.
    """
    distributed = _distributed()
    with (
        tempfile.TemporaryDirectory() as scratch,
        distributed.LocalCluster(
            n_workers=num_workers,
            threads_per_worker=1,
            # Mapped files would count, which the system takes back when it needs to.
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            local_directory=scratch,
            silence_logs=_LEVEL,
            env={"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@contextlib.contextmanager
def remote(address: str) -> "Iterator[distributed.Client]":
    """The workers of a scheduler that runs, for the block.

    Args:
        address: as the scheduler says it, tcp://host:8786.

    Raises:
        errors.InputError: Dask is not installed, or nobody answers there.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_SECONDS_TO_CONNECT)
    except (OSError, TimeoutError, ValueError) as error:
        raise errors.InputError(
            f"--scheduler {address}: no scheduler answers there; start one by "
            "`dask scheduler`, which says its address."
        ) from error
    with client:
        try:
            # Workers that cannot import this function end, and nobody says why.
            client.submit(_answer, pure=False).result(_SECONDS_TO_ANSWER)
        except TimeoutError as error:
            raise errors.InputError(
                f"--scheduler {address}: no worker answers; start some by `dask worker "
                f"{address}`, {_ALIKE}."
            ) from error
        except (ModuleNotFoundError, RuntimeError) as error:
            raise errors.InputError(
                f"--scheduler {address} or its workers cannot import simmc_tf as it is "
                f"here; start both {_ALIKE}."
            ) from error
        yield client


def executor(client: "distributed.Client") -> steps.Execute:
    """Runs the tasks of a step on a client's workers."""
    distributed = _distributed()

    def execute(tasks: Sequence[steps.Task], done: Callable[[], None]) -> None:
        folders = [str(task.task.folder) for task in tasks]
        names = [task.name for task in tasks]
        futures = client.map(_run, folders, names, pure=False, retries=_RETRIES)
        try:
            for future in distributed.as_completed(futures):
                wrong = future.result()
                if wrong is not None:
                    raise errors.InputError(wrong)
                done()
        except distributed.KilledWorker as error:
            raise errors.InputError(
                f"Workers died again and again at {error.task}: they may lack memory, "
                "of which more --shards need less. What is done is kept."
            ) from error
        finally:
            client.cancel(futures)

    return execute


def _answer() -> None:
    """What a worker can do that has this project."""


def _run(folder: str, name: str) -> str | None:
    """Returns what is wrong with the input, which trying again does not mend."""
    try:
        steps.find(folder, name).run()
    except errors.InputError as error:
        return str(error)
    return None


def _distributed() -> types.ModuleType:
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise errors.InputError(_WITHOUT_ENGINE) from error
    # It tells of every task that it cancels, be it done.
    logging.getLogger("distributed").setLevel(_LEVEL)
    return distributed
