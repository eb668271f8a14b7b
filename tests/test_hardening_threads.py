"""Whole runs are the same, bit for bit, again and on another number of processors."""

import os

import pytest

from tests import programs


@pytest.mark.slow
def test_runs_are_the_same_on_one_and_on_two_processors():
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor")

    done = programs.start(
        *("-m", "scripts.hardening.threads", "--persons", "12", "--epochs", "3"),
        "--across",
    )

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("equal bit for bit") == 6
