"""Choosing the device and loading TensorFlow, before anything computes."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from simmc_tf import errors

# Start-up notes of TensorFlow's native libraries, which come before its log level is
# heeded: instruction sets, absent GPUs, plug-ins registered twice.
_NOTE = re.compile(
    rb"^([IWE]0000 |WARNING: All log messages before absl|To enable the )"
)


def prepare(gpu: int) -> str:
    """Loads TensorFlow on one GPU, or on the CPU.

    Must come before anything else of TensorFlow or faiss runs: both look for GPUs once.

    Args:
        gpu: number of the GPU, -1 for none. 0 on a machine without any is the CPU.

    Returns:
        What will compute, for people.

    Raises:
        errors.InputError: the machine has no such GPU.
    """
    if gpu < -1:
        raise errors.InputError(f"--gpu must be -1 (no GPU), 0, 1, ..., not {gpu}.")
    # As nvidia-smi numbers them; without this CUDA puts the fastest first.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    if gpu != 0 or "CUDA_VISIBLE_DEVICES" not in os.environ:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(gpu)
    with _without_notes():
        import tensorflow as tf  # Only now may it see the GPU.

        devices = tf.config.list_physical_devices("GPU")
        for device in devices:
            # faiss needs memory on the same GPU.
            tf.config.experimental.set_memory_growth(device, True)
        tf.zeros([])  # The runtime looks for devices at the first tensor.
    if not devices:
        if gpu > 0:
            raise errors.InputError(
                f"--gpu {gpu}: TensorFlow finds no such GPU; give --gpu -1 for the CPU."
            )
        return f"{os.cpu_count()} CPU cores"
    details = tf.config.experimental.get_device_details(devices[0])
    return f"GPU {gpu} ({details.get('device_name', 'unknown')})"


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """Holds back what native code writes to stderr, and drops the known notes."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            held.seek(0)
            rest = [line for line in held if not _NOTE.match(line)]
            sys.stderr.write(b"".join(rest).decode(errors="replace"))
