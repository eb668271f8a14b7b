"""Choosing the device and loading TensorFlow, before anything computes."""

import contextlib
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Iterator

from simmc_tf import cores, errors

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
    visible = _visible(gpu)
    # As nvidia-smi numbers them; without this CUDA puts the fastest first.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    os.environ["CUDA_VISIBLE_DEVICES"] = visible
    with _without_notes() as notes:
        import tensorflow as tf  # Only now may it see the GPU.

        # Same seed, same machine: the same bits, in training and in evaluation.
        tf.config.experimental.enable_op_determinism()
        # Its 10 bits of mantissa would move distances, and so clusters; the encoder is
        # too small to gain by it.
        tf.config.experimental.enable_tensor_float_32_execution(False)
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
        if gpu == 0 and pathlib.Path("/dev/nvidiactl").exists():
            reasons = " ".join(note for note in notes if note[:1] in "WE")
            print(
                "warning: there is an NVIDIA GPU, but TensorFlow cannot use it, so the "
                f"CPU computes: {reasons}",
                file=sys.stderr,
            )
        return f"{cores.count()} CPU cores"
    details = tf.config.experimental.get_device_details(devices[0])
    return f"GPU {visible} ({details.get('device_name', 'unknown')})"


def _visible(gpu: int) -> str:
    """What CUDA_VISIBLE_DEVICES must be: a scheduler may have lent only some GPUs."""
    if gpu == -1:
        return "-1"
    lent = os.environ.get("CUDA_VISIBLE_DEVICES")
    if lent is None:
        return str(gpu)
    names = [name for name in lent.split(",") if name and name != "-1"]
    if gpu < len(names):
        return names[gpu]
    if gpu == 0:
        return "-1"
    raise errors.InputError(
        f"--gpu {gpu}: CUDA_VISIBLE_DEVICES={lent} lends {len(names)} GPU(s)."
    )


@contextlib.contextmanager
def _without_notes() -> Iterator[list[str]]:
    """Holds back what native code writes to stderr, and drops the known notes.

    Yields a list that has the notes afterwards.
    """
    notes: list[str] = []
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield notes
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            held.seek(0)
            for line in held:
                text = line.decode(errors="replace")
                if _NOTE.match(line):
                    notes.append(text.strip())
                else:
                    sys.stderr.write(text)
