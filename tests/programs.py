"""The repository's programs, started as people start them."""

import importlib.util
import pathlib
import re
import signal
import subprocess
import sys

import absl.flags

ROOT = pathlib.Path(__file__).resolve().parents[1]
_STANDING = re.compile(r"^.*, [\d:]+ so far(, [\d:]+ left)?\n", re.MULTILINE)


def start(*command):
    """Runs `python COMMAND` in the repository.

    Lines on stderr that tell how long work stands are left out: they come where the
    machine is slow.
    """
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    done.stderr = _STANDING.sub("", done.stderr)
    return done


def load(name):
    """A program as a module, whose name need not be one that can be imported."""
    spec = importlib.util.spec_from_file_location("program", ROOT / name)
    module = importlib.util.module_from_spec(spec)
    before = signal.getsignal(signal.SIGINT)
    spec.loader.exec_module(module)
    signal.signal(signal.SIGINT, before)
    return module


def run(program, monkeypatch, *arguments):
    """Runs the main function of a loaded program, as its command line would."""
    values = absl.flags.FlagValues()
    program.define(values)
    rest = values(["program", *map(str, arguments)])
    monkeypatch.setattr(absl.flags, "FLAGS", values)
    program.main(rest[1:])
