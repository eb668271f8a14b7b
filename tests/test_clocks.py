"""Clocks that are set, and so may jump, measure no time and decide nothing."""

import io
import re
import time

import pytest

from simmc_tf import history, meter, progress
from tests import test_rooms

# Dates that people read: of an enrolment.
DATES = {"simmc_tf/gallery/entries.py"}
OF_THE_DAY = re.compile(r"\btime\.time(_ns)?\(|\bdatetime\.(now|today|utcnow)\(")


def test_no_duration_is_told_by_the_time_of_day():
    found = {
        path.relative_to(test_rooms.ROOT).as_posix()
        for path in test_rooms.FILES
        if OF_THE_DAY.search(path.read_text(encoding="utf-8"))
    }
    assert found == DATES


def test_a_clock_that_is_set_back_makes_no_negative_times(tmp_path, monkeypatch):
    days = iter([1e9, 1e9 - 86_400, 0.0] * 100)
    monkeypatch.setattr(time, "time", lambda: next(days))
    stream = io.StringIO()
    say = meter.Meter("walks", "recordings", stream)
    run = history.History(tmp_path)

    run.begin_epoch()
    run.begin_row(0, {})
    with run.phase("training"):
        say(1, 2, "0:01")
    run.end_epoch()
    say(2, 2, "0:00")

    assert all(seconds >= 0 for seconds in run.seconds[0].values())
    assert run.elapsed >= 0
    assert "-" not in stream.getvalue()
    assert progress.duration(0.4) == "0:00"


@pytest.mark.parametrize("beat", [-1.0, 0.0])
def test_a_time_left_that_has_run_out_is_not_told(tmp_path, monkeypatch, beat):
    # An epoch that takes longer than the one before.
    run = history.History(tmp_path)
    run.seconds = [{"total": 1.0}, {"total": 15.0 + beat}, {}]
    monkeypatch.setattr(history.History, "elapsed", property(lambda self: 15.0))

    assert "left" not in progress.standing(run)
