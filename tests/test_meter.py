"""How far a job is, as people and logs see it."""

import io

import pytest

from simmc_tf import meter


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """It does."""
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(meter.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_has_one_line_that_is_written_over(clock):
    stream = Terminal()
    say = meter.Meter("KGBD", "recordings", stream)
    for done in (1, 2, 1000):
        clock[0] += 1
        say(done, 1000, "0:07")
    assert stream.getvalue() == (
        "\rKGBD: 1 of 1,000 recordings, 0:07 left\x1b[K"
        "\rKGBD: 2 of 1,000 recordings, 1.0 a second, 0:07 left\x1b[K"
        "\rKGBD: 1,000 of 1,000 recordings, 500 a second\x1b[K\n"
    )


def test_a_log_gets_a_line_now_and_then_and_the_last(clock):
    stream = io.StringIO()
    say = meter.Meter("KGBD", "recordings", stream)
    for done in range(1, 31):
        clock[0] += 1
        say(done, 30, "0:01")
    assert stream.getvalue().splitlines() == [
        "KGBD: 10 of 30 recordings, 1.0 a second, 0:01 left",
        "KGBD: 20 of 30 recordings, 1.0 a second, 0:01 left",
        "KGBD: 30 of 30 recordings, 1.0 a second",
    ]


def test_nothing_is_said_more_often_than_it_can_be_read(clock):
    stream = Terminal()
    say = meter.Meter("KGBD", "recordings", stream)
    for done in range(1, 100):
        say(done, 100, "0:01")
    assert stream.getvalue() == ""


def test_what_takes_long_has_its_seconds_told(clock):
    stream = io.StringIO()
    say = meter.Meter("KGBD", "recordings", stream)
    for done in (1, 2):
        clock[0] += 90
        say(done, 30, "42:00")
    assert stream.getvalue().endswith("2 of 30 recordings, 90.0 s each, 42:00 left\n")


def test_the_rate_of_what_goes_on_leaves_out_what_was_done_before(clock):
    stream = io.StringIO()
    say = meter.Meter("neighbours", "parts", stream)
    for done in (900, 940):
        clock[0] += 20
        say(done, 1000, "0:30")
    assert stream.getvalue().splitlines() == [
        "neighbours: 900 of 1,000 parts, 0:30 left",
        "neighbours: 940 of 1,000 parts, 2.0 a second, 0:30 left",
    ]
