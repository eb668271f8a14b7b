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
        "\rKGBD: 2 of 1,000 recordings, 0:07 left\x1b[K"
        "\rKGBD: 1,000 of 1,000 recordings\x1b[K\n"
    )


def test_a_log_gets_a_line_now_and_then_and_the_last(clock):
    stream = io.StringIO()
    say = meter.Meter("KGBD", "recordings", stream)
    for done in range(1, 31):
        clock[0] += 1
        say(done, 30, "0:01")
    assert stream.getvalue().splitlines() == [
        "KGBD: 10 of 30 recordings, 0:01 left",
        "KGBD: 20 of 30 recordings, 0:01 left",
        "KGBD: 30 of 30 recordings",
    ]


def test_nothing_is_said_more_often_than_it_can_be_read(clock):
    stream = Terminal()
    say = meter.Meter("KGBD", "recordings", stream)
    for done in range(1, 100):
        say(done, 100, "0:01")
    assert stream.getvalue() == ""
