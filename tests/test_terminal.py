"""Progress as a real terminal shows it, and what logs and notebooks get instead."""

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import tty

import pytest

from flags import entry
from scripts import doctor
from scripts.doctoring import findings
from simmc_tf import heartbeat, meter, progress, terminal

LONG = "epoch 12: neighbours, 1:05 so far, 0:12 left, and more than fits"


class Window:
    """A pseudo-terminal, and what one sees in it."""

    def __init__(self, columns):
        self.columns = columns
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        self.stream = os.fdopen(theirs, "w", encoding="utf-8")

    def seen(self):
        """The rows, as a terminal draws what was written."""
        print(end="\0", file=self.stream, flush=True)
        written = b""
        while not written.endswith(b"\0"):
            written += os.read(self._ours, 1 << 16)
        text = written[:-1].decode()
        rows, row, column = {}, 0, 0
        for part in re.findall(r"\x1b\[K|.", text, re.DOTALL):
            if part == "\x1b[K":
                kept = {c: v for c, v in rows.get(row, {}).items() if c < column}
                rows[row] = kept
            elif part == "\r":
                column = 0
            elif part == "\n":
                row, column = row + 1, 0
            else:
                if column == self.columns:
                    row, column = row + 1, 0
                rows.setdefault(row, {})[column] = part
                column += 1
        return [
            "".join(rows.get(r, {}).get(c, " ") for c in range(self.columns)).rstrip()
            for r in range(row + 1)
        ]

    def close(self):
        """Closes both of its ends."""
        self.stream.close()
        os.close(self._ours)


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    opened = Window(columns=40)
    yield opened
    opened.close()


def test_lines_of_the_work_stand_and_the_line_below_is_written_over(window):
    print_line = lambda line: print(line, file=window.stream)  # noqa: E731
    beats = heartbeat.Heartbeat(lambda: LONG, print_line, window.stream)

    beats.beat()
    beats.beat()
    beats.report("epoch 12/100  60.0 s")
    beats.beat()

    # 39 of 40 columns: a line that took two rows could not be written over.
    assert window.seen() == ["epoch 12/100  60.0 s", LONG[:39]]


def test_nothing_of_the_line_is_left_in_the_end(window):
    with heartbeat.Heartbeat(lambda: LONG, print, window.stream) as report:
        del report

    assert window.seen() == [""]


def test_a_meter_is_one_line_that_stays_in_the_end(window, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(meter.time, "monotonic", lambda: next(clock))
    say = meter.Meter("a data set with a long name", "recordings", window.stream)
    for done in (1, 2, 3):
        say(done, 3, "0:07")
    print("next", file=window.stream)

    assert window.seen() == [
        "a data set with a long name: 3 of 3 reco",
        "rdings, 1.0 a second",
        "next",
        "",
    ]


def test_an_error_does_not_hang_on_to_a_line_that_was_written_over(window, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(meter.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(entry.sys, "stderr", window.stream)
    meter.Meter("KS20", "recordings")(1, 9, "0:07")

    with pytest.raises(SystemExit):
        entry._fail("a.txt: line 7 is no number.")

    assert window.seen() == ["error: a.txt: line 7 is no number.", ""]


def test_what_the_doctor_finds_does_not_hang_on_to_the_line_of_its_work(
    window, monkeypatch
):
    def begin(beats):
        beats.beat()  # As after ten seconds, but now.
        return beats.report

    code = """print('{"section": "devices"}\\n{"level": "ok", "text": "a CPU"}')"""
    popen = doctor.subprocess.Popen
    monkeypatch.setattr(progress, "_LONG", 0.0)
    monkeypatch.setattr(heartbeat.Heartbeat, "__enter__", begin)
    monkeypatch.setattr(heartbeat.Heartbeat, "__exit__", lambda *_: None)
    monkeypatch.setattr(doctor, "_SECTIONS", {})
    monkeypatch.setattr(
        *(doctor.subprocess, "Popen"),
        lambda command, **more: popen([sys.executable, "-c", code], **more),
    )
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, window.stream)

    assert doctor.examine(findings.Options()) == 0
    assert window.seen() == ["devices", "  ok       a CPU", "", "all is well", ""]


def test_a_window_whose_width_nobody_knows_has_80_columns(monkeypatch):
    window = Window(columns=0)
    line = terminal.Line(window.stream)
    line.show("x" * 200)
    window.columns = 80
    assert window.seen() == ["x" * 79]
    window.close()


def told(stream):
    """What a heartbeat and a meter write to a stream."""
    beats = heartbeat.Heartbeat(
        lambda: LONG, lambda line: print(line, file=stream), stream
    )
    beats.beat()
    beats.report("epoch 12/100  60.0 s")
    with beats:
        pass
    meter.Meter("KS20", "recordings", stream)(45, 45, "0:00")
    return [LONG, "epoch 12/100  60.0 s", "KS20: 45 of 45 recordings"]


def test_a_log_gets_whole_lines_without_any_code(tmp_path):
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        lines = told(stream)
    assert path.read_bytes() == "".join(f"{line}\n" for line in lines).encode()


def test_a_terminal_that_obeys_no_code_gets_what_a_log_gets(monkeypatch):
    window = Window(columns=200)
    monkeypatch.setenv("TERM", "dumb")
    assert [*told(window.stream), ""] == window.seen()
    window.close()


def test_a_notebook_gets_what_a_log_gets():
    stream = io.StringIO()  # As a notebook's, it is no terminal and has no number.
    assert told(stream) == stream.getvalue().splitlines()
