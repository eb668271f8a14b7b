"""Lines from work that says nothing for long."""

import io
import threading

import pytest

from simmc_tf import heartbeat, history, progress


@pytest.fixture
def terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    return stream


def test_a_log_gets_a_line_a_beat():
    stream, lines = io.StringIO(), []
    beats = heartbeat.Heartbeat(lambda: "at work", lines.append, stream)

    beats.beat()
    beats.beat()
    beats.report("done")

    assert stream.getvalue() == "at work\nat work\n"
    assert lines == ["done"]


def test_on_a_terminal_the_line_is_gone_before_the_next_one_of_the_work(terminal):
    stream = terminal
    beats = heartbeat.Heartbeat(
        lambda: "at work", lambda line: stream.write(line + "\n"), stream
    )

    beats.beat()
    beats.report("done")

    assert stream.getvalue() == "\rat work\x1b[K\r\x1b[Kdone\n"


def test_nothing_to_say_is_not_said():
    stream = io.StringIO()
    heartbeat.Heartbeat(lambda: None, print, stream).beat()
    assert not stream.getvalue()


def test_it_beats_while_the_block_runs_and_not_after():
    beaten = threading.Event()
    beats = heartbeat.Heartbeat(lambda: beaten.set() or "at work", print, io.StringIO())
    beats._interval = 0.001
    with beats:
        assert beaten.wait(10)
    assert not beats._thread.is_alive()


def test_the_end_of_the_block_is_not_held_up_by_an_error():
    beats = heartbeat.Heartbeat(lambda: None, print, io.StringIO())
    try:
        with beats:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert not beats._thread.is_alive()


def test_a_long_epoch_tells_its_phase_and_what_is_left(tmp_path, monkeypatch):
    now = 0.0
    monkeypatch.setattr(history.time, "perf_counter", lambda: now)
    run = history.History(tmp_path)
    assert progress.standing(run) is None
    for seconds in (50.0, 100.0):
        run.begin_epoch()
        now += seconds
        run.end_epoch()
        assert progress.standing(run) is None  # Its own line has told of it.
    run.begin_epoch()
    now += 9.0
    assert progress.standing(run) is None
    now += 31.0
    assert progress.standing(run) == "epoch 2: training, 0:40 so far, 1:00 left"
    with run.phase("neighbours"):
        now += 70.0
        assert progress.standing(run) == "epoch 2: neighbours, 1:50 so far"


def test_what_precedes_the_first_epoch_is_told_of(tmp_path, monkeypatch):
    clock = iter([0.0, 5.0, 12.0, 12.0])
    monkeypatch.setattr(history.time, "perf_counter", lambda: next(clock))
    run = history.History(tmp_path)
    with run.stage("finding recordings"):
        assert progress.standing(run) is None  # Who is quick need not say so.
        assert progress.standing(run) == "finding recordings, 0:12 so far"
