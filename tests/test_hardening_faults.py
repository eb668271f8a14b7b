"""Trials with failing disks, Ctrl-C and long runs: what they take for a loss."""

import json
import os
import sys

import pytest

from scripts.hardening import growth, intact
from tests import programs

OLD = {"run/config.json": b"{}", "run/figures.csv": b"a,b\n1,2\n", "walks.npz": b"x"}
NEW = {**OLD, "run/config.json": b"[]", "run/figures.csv": b"a,b\n3,4\n"}


def faults(now, together=(), following=()):
    return intact.faults(OLD, now, NEW, "run", together, following)


@pytest.mark.parametrize("now", [OLD, NEW, {**OLD, "run/state.npz": b"?"}])
def test_files_that_are_all_old_or_all_new_are_no_loss(now):
    assert faults(now) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"run/config.json": b"[]"}, "run/config.json new, others old"),
        ({"run/config.json": None}, "run/config.json is lost"),
        ({"run/figures.csv": b"a,b\n3"}, "run/figures.csv is not whole"),
        ({"run/.writing-abcfigures.csv": b""}, "run/.writing-abcfigures.csv is left"),
        ({"run/other": b"1"}, "run/other should not be there"),
    ],
)
def test_every_kind_of_loss_is_told(changes, said):
    now = {k: v for k, v in {**OLD, **changes}.items() if v is not None}
    assert any(line.startswith(said) for line in faults(now))


def test_figures_may_be_missing_beside_a_new_model_alone():
    missing = {k: v for k, v in NEW.items() if k != "run/figures.csv"}
    of = ("config.json",), ("figures.csv",)
    assert faults(missing, *of) == []
    assert faults({**missing, "run/config.json": b"{}"}, *of) != []


def test_what_grows_is_measured_after_the_warm_up():
    found = growth.Samples()
    for epoch in range(100):
        found.take(epoch, os.getpid(), 0.0)
    found.megabytes = [500.0] * 10 + [10 + 0.5 * epoch for epoch in range(10, 100)]
    assert found.gain("megabytes") == pytest.approx(500)
    assert abs(found.gain("threads")) < 1e-6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks, mounts, looks into /proc")
@pytest.mark.parametrize(
    "command",
    [
        ("faults", "--most", "2", "--program", "walks", "--program", "prepare"),
        ("faults", "--most", "1", "--program", "train", "--program", "enrol"),
        ("interrupts", "--tries", "4", "--most", "60"),
        ("side_by_side",),
        ("growth", "--epochs", "60"),
    ],
    ids=json.dumps,
)
def test_nothing_is_lost(command):
    name, *arguments = command
    done = programs.start("-m", f"scripts.hardening.{name}", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
