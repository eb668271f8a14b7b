"""Loading TensorFlow: devices, and what may reach the terminal."""

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf

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


@pytest.mark.parametrize("gpus", [(), (-2,), (0, -1), (-1, -1), (1, 1)])
def test_what_no_gpus_can_be_is_refused(gpus):
    numbers = ",".join(map(str, gpus))
    with pytest.raises(errors.InputError, match=f"--gpu must be .*'{numbers}'"):
        startup.prepare(*gpus)


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

    assert result.stdout.startswith("--gpu 97: TensorFlow finds no GPU 97; give")
    assert result.stderr == ""


@pytest.fixture
def three_gpus(monkeypatch):
    """TensorFlow finds those of GPUs 0, 1 and 2 that the environment lets it see."""
    names = {"0": "Large", "1": "Large", "2": "Small"}

    def visible(kind):
        return [
            names[name]
            for name in os.environ["CUDA_VISIBLE_DEVICES"].split(",")
            if name in names
        ]

    experimental = tf.config.experimental
    monkeypatch.setattr(tf.config, "list_physical_devices", visible)
    monkeypatch.setattr(experimental, "set_memory_growth", lambda *_: None)
    monkeypatch.setattr(
        experimental, "get_device_details", lambda name: {"device_name": name}
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    startup.prepare.cache_clear()
    yield
    startup.prepare.cache_clear()


@pytest.mark.parametrize(
    ("gpus", "text"),
    [
        ((1,), "GPU 1 (Large)"),
        ((0, 1), "GPU 0,1 (Large)"),
        ((2, 0), "GPU 2,0 (Small, Large)"),
    ],
)
def test_only_the_gpus_that_are_asked_for_are_visible(gpus, text, three_gpus):
    assert startup.prepare(*gpus) == text
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ",".join(map(str, gpus))


def test_of_several_gpus_the_one_that_is_not_there_is_named(three_gpus):
    with pytest.raises(errors.InputError, match="--gpu 0,5: .* no GPU 5"):
        startup.prepare(0, 5)


def test_gpus_are_numbered_among_those_that_are_lent(three_gpus, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,1")

    assert startup.prepare(1, 0) == "GPU 1,2 (Large, Small)"


def test_more_gpus_than_are_lent_are_refused(three_gpus, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")

    with pytest.raises(errors.InputError, match="--gpu 0,1: .* lends 1 GPU"):
        startup.prepare(0, 1)


def test_a_gpu_can_be_asked_for_twice(three_gpus):
    # The first call leaves nothing but GPU 2 in CUDA_VISIBLE_DEVICES.
    assert startup.prepare(2) == startup.prepare(2) == "GPU 2 (Small)"


def test_a_gpu_that_a_notebook_has_used_already_is_taken_as_it_is(
    three_gpus, monkeypatch
):
    def too_late(*_):
        raise RuntimeError("Physical devices cannot be modified after initialization")

    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", too_late)

    assert startup.prepare(0) == "GPU 0 (Large)"


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
