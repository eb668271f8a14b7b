"""Loading TensorFlow: devices, and what may reach the terminal."""

import os
import pathlib
import subprocess
import sys

import pytest

from simmc_tf import errors, startup

ROOT = pathlib.Path(__file__).resolve().parents[1]


def run(code):
    """Runs Python code in a fresh process at the root of the repository."""
    environment = {
        key: value
        for key, value in os.environ.items()
        # As a user has it, not as this process has set it.
        if key not in ("TF_CPP_MIN_LOG_LEVEL", "CUDA_VISIBLE_DEVICES")
    }
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_gpu_below_minus_1_is_refused():
    with pytest.raises(errors.InputError, match=r"--gpu must be .*-2"):
        startup.prepare(-2)


def test_without_a_gpu_the_processors_compute():
    assert startup.prepare(-1) == f"{os.cpu_count()} CPU cores"


def test_a_fresh_process_starts_without_a_word_on_stderr():
    result = run("from simmc_tf import startup; print(startup.prepare(-1))")

    assert result.returncode == 0
    assert result.stdout.endswith("CPU cores\n")
    assert result.stderr == ""


def test_a_gpu_that_is_not_there_is_refused_without_notes():
    result = run(
        "from simmc_tf import errors, startup\n"
        "try:\n"
        "    startup.prepare(97)\n"
        "except errors.InputError as error:\n"
        "    print(error)\n"
    )

    assert result.stdout.startswith("--gpu 97: TensorFlow finds no such GPU")
    assert result.stderr == ""


NOTES = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written\n"
    b"I0000 00:00:1700000000.000000    1234 cpu_feature_guard.cc:227] This TensorFlow\n"
    b"To enable the following instructions: AVX2 FMA, in other operations, rebuild\n"
    b"E0000 00:00:1700000000.000000    1234 cuda_dnn.cc:8310] Unable to register\n"
)


def test_native_notes_are_dropped_and_a_genuine_message_comes_through(capfd):
    with startup._without_notes():
        os.write(2, NOTES + b"libc: out of memory\n" + NOTES)

    assert capfd.readouterr().err == "libc: out of memory\n"


def test_messages_before_a_failure_come_through(capfd):
    with pytest.raises(RuntimeError, match="broken"), startup._without_notes():
        os.write(2, NOTES + b"a hint\n")
        raise RuntimeError("broken")

    assert capfd.readouterr().err == "a hint\n"


def test_afterwards_stderr_is_the_terminal_again(capfd):
    with startup._without_notes():
        pass

    os.write(2, NOTES)

    assert capfd.readouterr().err == NOTES.decode()
