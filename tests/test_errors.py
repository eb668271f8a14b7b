"""Errors that people see: one line each, whatever is in it."""

import os

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
