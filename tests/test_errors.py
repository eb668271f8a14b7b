"""Errors that people see: one line each, whatever is in it."""

import os
import signal

import pytest

from flags import entry
from simmc_tf import errors


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("walks/anna  1.csv: Größe", "walks/anna  1.csv: Größe"),
        ("two\nlines\r\n", r"two\nlines\r\n"),
        ("\x1b[2Jred\t\x00\x85", r"\x1b[2Jred\t\x00\x85"),
        ("txt.\u202egpj\u2028", r"txt.\u202egpj\u2028"),
        (os.fsdecode(b"a\xff"), r"a\udcff"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text, line):
    assert errors.one_line(text) == line
    assert line.isprintable()


def test_a_program_prints_an_error_in_one_line(capsys):
    def main(_):
        raise errors.InputError("an\x1b[31mna\n2.csv is empty.")

    with pytest.raises(SystemExit) as ended:
        entry._guarded(main, [])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "error: an\\x1b[31mna\\n2.csv is empty.\n"


def test_after_ctrl_c_it_is_ignored_until_the_program_has_ended(capsys):
    def main(_):
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            entry._guarded(main, [])
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 130
    assert capsys.readouterr().err == (
        "\nstopped; every file that was written is whole\n"
    )
