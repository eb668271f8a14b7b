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


class Clock:
    """Time that passes only while somebody waits, and ends after so many seconds."""

    def __init__(self, end):
        self.now = 0.0
        self.end = end

    def wait(self, seconds):
        """Lets time pass; whether it has ended."""
        self.now += seconds
        return self.now > self.end


def beats_at(monkeypatch, stream, end, reported=()):
    """Seconds at which something is said; lines of the work come at `reported`."""
    clock, said = Clock(end), []
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: clock.now)

    def standing():
        said.append(clock.now)
        return "at work"

    beats = heartbeat.Heartbeat(standing, lambda line: None, stream)

    def wait(seconds):
        ended = clock.wait(seconds)
        if clock.now in reported:
            beats.report("a line")
        return ended

    monkeypatch.setattr(beats._ended, "wait", wait)
    beats._run()
    return said


def test_a_log_is_never_silent_for_more_than_10_seconds(monkeypatch):
    assert beats_at(monkeypatch, io.StringIO(), 45) == [10, 20, 30, 40]


def test_a_log_has_nothing_between_lines_that_come_often(monkeypatch):
    reported = (5, 12, 20, 29)
    assert beats_at(monkeypatch, io.StringIO(), 35, reported) == []
    assert beats_at(monkeypatch, io.StringIO(), 40, reported) == [39]


def test_a_terminal_has_its_line_renewed_every_second(monkeypatch, terminal):
    assert beats_at(monkeypatch, terminal, 4) == [1, 2, 3, 4]


def test_nothing_to_say_is_not_said():
    stream = io.StringIO()
    heartbeat.Heartbeat(lambda: None, print, stream).beat()
    assert not stream.getvalue()


def test_it_beats_while_the_block_runs_and_not_after():
    beaten = threading.Event()
    beats = heartbeat.Heartbeat(lambda: beaten.set() or "at work", print, io.StringIO())
    beats._interval, beats._pause = 0.001, 0.0
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


def test_what_follows_the_last_epoch_is_told_of(tmp_path, monkeypatch):
    now = 0.0
    monkeypatch.setattr(history.time, "perf_counter", lambda: now)
    run = history.History(tmp_path)
    run.begin_epoch()
    run.end_epoch()
    with run.stage("final evaluation"):
        now += 11.0
        assert progress.standing(run) == "final evaluation, 0:11 so far"


def test_reading_that_takes_long_is_told_of(monkeypatch, capsys):
    now, told = 0.0, []
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now)
    monkeypatch.setattr(
        progress.heartbeat.Heartbeat,
        "__enter__",
        lambda self: told.append(self._standing),
    )
    monkeypatch.setattr(progress.heartbeat.Heartbeat, "__exit__", lambda *_: None)
    with progress.during("reading KS20"):
        (standing,) = told
        assert standing() is None
        now += 12
        assert standing() == "reading KS20, 0:12 so far"
    told.clear()
    with progress.during("writing the report", 1.0):
        (standing,) = told
        now += 2
        assert standing() == "writing the report, 0:02 so far"


def test_what_precedes_the_first_epoch_is_told_of(tmp_path, monkeypatch):
    clock = iter([0.0, 5.0, 12.0, 12.0])
    monkeypatch.setattr(history.time, "perf_counter", lambda: next(clock))
    run = history.History(tmp_path)
    with run.stage("finding recordings"):
        assert progress.standing(run) is None  # Who is quick need not say so.
        assert progress.standing(run) == "finding recordings, 0:12 so far"
