"""Lines of numbers, and where one is not as it should be."""

import os
import pathlib

import pytest

from datasets.raw import text
from simmc_tf import errors

PATH = pathlib.Path("walks") / "one.txt"


@pytest.mark.parametrize(
    "content",
    [
        b"a\nb c",
        b"a\nb c\n",
        b"a\r\nb c\r\n",
        b"a\rb c\r",
        b"\xef\xbb\xbfa\nb c\n",
        b"a\nb c\n\n \r\n\t\n",
    ],
)
def test_lines_are_the_same_however_they_end(tmp_path, content):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert text.lines(path) == ["a", "b c"]


def test_blank_lines_within_are_kept_so_that_lines_keep_their_numbers(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\na\n\nb\n\n")
    assert text.lines(path) == ["", "a", "", "b"]


def test_blanks_at_the_end_of_the_last_line_stay_fields(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"1\t2\n3\t\n\t\n")
    assert text.lines(path) == ["1\t2", "3\t"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" \r\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_line_is_refused(tmp_path, content):
    path = tmp_path / "a b.txt"
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=r"a b\.txt is empty"):
        text.lines(path)


def test_a_file_that_is_no_text_is_refused_with_the_byte(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"1;2\n3\xff")
    with pytest.raises(errors.InputError, match=r"a\.txt: not a text file \(byte 5\)"):
        text.lines(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_said_with_what_to_do(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes("0.5;0.25".encode(encoding))
    with pytest.raises(errors.InputError, match=r"in UTF-16; save it as UTF-8"):
        text.lines(path)


def test_control_characters_are_no_text_in_any_alphabet(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"1;2\n\x003")
    for latin in (False, True):
        with pytest.raises(errors.InputError, match=r"not a text file \(byte 4\)"):
            text.lines(path, latin)


def test_latin_letters_are_read_where_they_may_be(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("Fu\x85ß\n2".encode("latin-1"))
    assert text.lines(path, latin=True) == ["Fu\x85ß", "2"]


def test_letters_of_utf_8_stay_where_latin_ones_may_be(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Fuß", encoding="utf-8")
    assert text.lines(path, latin=True) == ["Fuß"]


@pytest.mark.usefixtures("holes_are_read")
def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(text.MOST_BYTES + 1)
    said = rf"a\.txt has {2**29 + 1} bytes; .* up to {2**29}\. Cut it"
    with pytest.raises(errors.InputError, match=said):
        text.lines(path)


def test_a_file_of_the_largest_size_is_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1\n2\n")
    assert text.lines(path, most_bytes=4) == ["1", "2"]
    with pytest.raises(errors.InputError, match="4 bytes; .* up to 3"):
        text.lines(path, most_bytes=3)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(errors.InputError, match="is a folder or device"):
        text.lines(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(errors.InputError, match=r"a\.txt is a folder or device"):
        text.lines(tmp_path / "a.txt")


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(errors.InputError, match=r"a\.txt cannot be read: No such file"):
        text.lines(tmp_path / "a.txt")


def test_lines_are_split_and_may_have_more_fields():
    found = text.split(PATH, ["a;1;2", "b;3;4;5"], ";", 3)
    assert found == [["a", "1", "2"], ["b", "3", "4", "5"]]


def test_a_line_with_too_few_fields_is_named():
    with pytest.raises(errors.InputError, match=r"one\.txt, line 2: 2 fields .* 3 or"):
        text.split(PATH, ["a;1;2", "b;3"], ";", 3)


def test_a_blank_line_is_named_as_what_it_is():
    with pytest.raises(errors.InputError, match=r"one\.txt: blank line 2; remove it"):
        text.split(PATH, ["a;1;2", " ", "b;3;4"], ";", 3)


def test_a_decimal_comma_is_to_be_a_point():
    said = r"one\.txt, line 1: '0,5' where a number should be; write .* points"
    with pytest.raises(errors.InputError, match=said):
        text.numbers(PATH, [["a", "0,5"]], 1, 2)


def test_numbers_are_those_of_the_chosen_fields():
    rows = [["a", " 1", "2.5e-1", "x"], ["b", "-3 ", "nan", ""]]
    (first, second) = text.numbers(PATH, rows, 1, 3)
    assert first == [1.0, 0.25]
    assert second[0] == -3.0 and second[1] != second[1]


@pytest.mark.parametrize("field", ["far", "", "1,5", "0x1F", "1 2", "1_000", "_"])
def test_text_where_a_number_should_be_is_named(field):
    rows = [["a", "1", "2"], ["b", "3", field]]
    said = rf"one\.txt, line 2: '{field}' where a number should be"
    with pytest.raises(errors.InputError, match=said):
        text.numbers(PATH, rows, 1, 3)
