"""Choosing the device and loading TensorFlow, before anything computes."""

import contextlib
import functools
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence

from simmc_tf import cores, errors, memory

# Start-up notes of TensorFlow's native libraries, which come before its log level is
# heeded: instruction sets, absent GPUs, plug-ins registered twice.
_NOTE = re.compile(
    rb"^([IWE]0000 |WARNING: All log messages before absl|To enable the )"
    # Up to TensorFlow 2.20.
    rb"|^\d{4}-\d\d-\d\d [\d:.]+: (?=[IWE] )"
)


def check_gpus(gpus: Sequence[int]) -> None:
    """Refuses numbers that no machine's GPUs can have.

    Raises:
        errors.InputError: one is repeated or negative, except -1 alone.
    """
    distinct = len(set(gpus)) == len(gpus) > 0
    if tuple(gpus) != (-1,) and (not distinct or min(gpus) < 0):
        raise errors.InputError(must_be(_text(gpus)))


def must_be(text: str) -> str:
    """What to say where --gpu is something else than GPUs."""
    return (
        "--gpu must be -1 (the CPU), a GPU's number, or different numbers with commas "
        f"between them, as 0,1, not {text!r}."
    )


@functools.cache  # Once it has run, CUDA_VISIBLE_DEVICES is no scheduler's any more.
def prepare(*gpus: int) -> str:
    """Loads TensorFlow on some GPUs, or on the CPU.

    Must come before anything else of TensorFlow or faiss runs: both look for GPUs once.
    Several GPUs share the steps of training; all else computes on the first.

    Args:
        gpus: their numbers, -1 for none. 0 on a machine without any is the CPU.

    Returns:
        What will compute, for people.

    Raises:
        errors.InputError: the machine has no such GPU.
    """
    check_gpus(gpus)
    visible = _visible(gpus)
    # As nvidia-smi numbers them; without this CUDA puts the fastest first.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    os.environ["CUDA_VISIBLE_DEVICES"] = visible
    memory.reuse_freed()
    with _without_notes() as notes:
        import tensorflow as tf  # Only now may it see the GPU.

        # Same seed, same machine: the same bits, in training and in evaluation.
        tf.config.experimental.enable_op_determinism()
        # Its 10 bits of mantissa would move distances, and so clusters; the encoder is
        # too small to gain by it.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        devices = tf.config.list_physical_devices("GPU")
        for device in devices:
            # faiss needs memory on the same GPU. Too late in a notebook that has used
            # it before.
            with contextlib.suppress(RuntimeError):
                tf.config.experimental.set_memory_growth(device, True)
        tf.zeros([])  # The runtime looks for devices at the first tensor.
    if not devices and gpus in ((-1,), (0,)):
        if gpus == (0,) and pathlib.Path("/dev/nvidiactl").exists():
            reasons = " ".join(note for note in notes if note[:1] in "WE")
            print(
                "warning: there is an NVIDIA GPU, but TensorFlow cannot use it, so the "
                f"CPU computes: {reasons}",
                file=sys.stderr,
            )
        return f"{cores.count()} CPU cores"
    if len(devices) < len(gpus):  # CUDA shows those before the first it does not know.
        raise errors.InputError(
            f"--gpu {_text(gpus)}: TensorFlow finds no GPU {gpus[len(devices)]}; give "
            "--gpu -1 for the CPU."
        )
    details = map(tf.config.experimental.get_device_details, devices)
    names = dict.fromkeys(each.get("device_name", "unknown") for each in details)
    return f"GPU {visible} ({', '.join(names)})"


def _visible(gpus: Sequence[int]) -> str:
    """What CUDA_VISIBLE_DEVICES must be: a scheduler may have lent only some GPUs."""
    lent = os.environ.get("CUDA_VISIBLE_DEVICES")
    if lent is None or tuple(gpus) == (-1,):
        return _text(gpus)
    names = [name for name in lent.split(",") if name and name != "-1"]
    if max(gpus) < len(names):
        return ",".join(names[gpu] for gpu in gpus)
    if tuple(gpus) == (0,):
        return "-1"
    raise errors.InputError(
        f"--gpu {_text(gpus)}: CUDA_VISIBLE_DEVICES={lent} lends {len(names)} GPU(s)."
    )


def _text(gpus: Sequence[int]) -> str:
    return ",".join(map(str, gpus))


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
                if note := _NOTE.match(line):
                    begin = 0 if note[1] else note.end()  # Its kind comes first.
                    notes.append(text[begin:].strip())
                else:
                    sys.stderr.write(text)
