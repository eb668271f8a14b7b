"""How programs end."""

import signal
import subprocess
import sys

import pytest

from simmc_tf import stopping
from tests import programs

HEAD = """
import os, signal, sys, threading, time
from flags import entry
from simmc_tf import stopping
def main(argv):
"""


def ended(body, *arguments):
    """Runs a program whose main function has this body, indented by one space."""
    code = HEAD + body + "\nentry.run(main)"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=programs.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_reader_that_has_seen_enough_is_no_error():
    code = (
        "from flags import entry\n"
        "entry.run(lambda argv: [print(i, flush=True) for i in range(10**6)])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=programs.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(60), said) == (141, b"")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_program_that_is_stopped_says_so_once(name):
    # Pressed again while it cleans up, Ctrl-C is ignored.
    done = ended(
        f""" try:
  signal.raise_signal(signal.{name})
  time.sleep(50)
 finally:
  signal.raise_signal(signal.{name})
  print("cleaned up")"""
    )
    assert done.returncode == 128 + getattr(signal, name), done.stderr
    assert done.stderr == "\nstopped; every file that was written is whole\n"
    assert done.stdout == "cleaned up\n"


def test_what_swallows_ctrl_c_is_ended_all_the_same(tmp_path):
    # As foreign code that calls back does; or it computes on, and calls nothing.
    file = tmp_path / "half"
    done = ended(
        f""" open({str(file)!r}, "w").close()
 with stopping.undone(lambda: os.remove({str(file)!r})):
  with stopping.telling(lambda: "epoch 3 is kept"):
   signal.raise_signal(signal.SIGTERM)
   while True:
    try: time.sleep(50)
    except KeyboardInterrupt: pass"""
    )
    assert (done.returncode, done.stderr) == (143, "\nstopped; epoch 3 is kept\n")
    assert not file.exists()


def test_what_foreign_code_makes_of_ctrl_c_is_no_fault():
    done = ended(
        """ try:
  signal.raise_signal(signal.SIGINT)
  time.sleep(50)
 except KeyboardInterrupt:
  raise RuntimeError("a callback failed")"""
    )
    assert (done.returncode, done.stderr.count("\n")) == (130, 2), done.stderr


def test_whoever_calls_the_library_keeps_his_own_handlers():
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with stopping.Watch():
        pass
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_no_stop_tells_of_an_earlier_run(capsys):
    def stopped(kept):
        with stopping.telling(lambda: kept):
            raise KeyboardInterrupt

    for kept in ("epoch 3 is kept", None):
        with pytest.raises(KeyboardInterrupt):  # As in a notebook, which goes on.
            stopped("epoch 2 is kept")
        with pytest.raises(SystemExit), stopping.Watch():
            stopped(kept)
        told = kept or "every file that was written is whole"
        assert capsys.readouterr().err == f"\nstopped; {told}\n"
    assert not stopping._kept and not stopping._watches
