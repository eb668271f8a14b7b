"""MATLAB files: what scipy wrote is read, what is damaged is refused."""

import io
import zlib

import numpy as np
import pytest
from scipy.io import matlab

from datasets.raw.sets import mat_file


def written(content, compressed=False):
    buffer = io.BytesIO()
    matlab.savemat(buffer, content, do_compression=compressed)
    return buffer.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "i8", "u8"])
def test_numbers_of_every_type_come_back(kind, compressed):
    array = np.arange(24).reshape(2, 3, 4).astype(kind)
    (name, found), *others = mat_file.read(written({"a": array}, compressed)).items()
    assert name == "a" and not others
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_short_elements_and_empty_arrays_are_read():
    found = mat_file.read(written({"x": np.uint8([[7]]), "none": np.zeros((0, 5))}))
    assert found["x"].tolist() == [[7]]
    assert found["none"].shape == (0, 5)


def test_structs_become_dicts_in_the_order_of_columns():
    structs = np.empty((2, 3), [("row", object), ("a_long_name", object)])
    for row in range(2):
        for column in range(3):
            structs[row, column] = (float(row), np.array([[float(column)]]))
    found = mat_file.read(written({"s": structs}))["s"]
    assert found.shape == (2, 3)
    assert found[1, 2]["row"].item() == 1.0
    assert found[0, 2]["a_long_name"].item() == 2.0


def test_cells_hold_whatever_was_put_in():
    cells = np.empty((1, 2), object)
    cells[0, 0] = np.ones((2, 2))
    cells[0, 1] = "text"
    found = mat_file.read(written({"c": cells}))["c"]
    np.testing.assert_array_equal(found[0, 0], np.ones((2, 2)))
    assert found[0, 1] == "text"


def test_what_is_no_skeleton_is_left_out_with_a_word():
    from scipy import sparse

    found = mat_file.read(
        written({"s": sparse.eye_array(3).tocsc(), "z": np.ones(2) * 1j, "t": "hello"})
    )
    assert found == {"s": "sparse", "z": "complex numbers", "t": "text"}


def test_a_file_with_the_other_order_of_bytes_is_read():
    numbers = np.array([1.5, -2.0], ">f8").tobytes()

    def element(kind, content):
        head = np.array([kind, len(content)], ">u4").tobytes()
        return head + content.ljust(-(-len(content) // 8) * 8, b"\0")

    def ints(*values):
        return np.array(values, ">i4").tobytes()

    parts = [(6, ints(6, 0)), (5, ints(1, 2)), (1, b"ab"), (9, numbers)]
    matrix = element(14, b"".join(element(*part) for part in parts))
    found = mat_file.read(b"".ljust(124) + b"\x01\x00MI" + matrix)
    assert found["ab"].tolist() == [[1.5, -2.0]]


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_bytes_are_read_or_refused_but_never_worse(compressed):
    content = written(
        {"s": {"a": np.ones((5, 3)), "t": "walk"}, "c": np.ones(2)}, compressed
    )
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(content)
        for place in generator.integers(124, len(content), 2):
            damaged[place] = generator.choice([0, 1, 14, 16, 17, 128, 255])
        try:
            mat_file.read(bytes(damaged))
        except (ValueError, IndexError):
            refused += 1
    assert 300 < refused


def test_all_variables_together_may_inflate_to_the_limit(monkeypatch):
    """One of 800 bytes and what is around it fits twice into 2000 bytes, not thrice."""
    monkeypatch.setattr(mat_file, "MOST_BYTES", 2000)
    numbers = {name: np.zeros(100) for name in "abc"}
    two = written({"a": numbers["a"], "b": numbers["b"]}, compressed=True)
    assert list(mat_file.read(two)) == ["a", "b"]
    with pytest.raises(mat_file.TooLargeError, match="bytes"):
        mat_file.read(written(numbers, compressed=True))


def test_a_compressed_variable_of_just_the_limit_is_read(monkeypatch):
    content = written({"a": np.zeros(100)}, compressed=True)
    size = len(zlib.decompress(content[136:]))
    monkeypatch.setattr(mat_file, "MOST_BYTES", size)
    assert mat_file.read(content)["a"].size == 100
    monkeypatch.setattr(mat_file, "MOST_BYTES", size - 1)
    with pytest.raises(mat_file.TooLargeError):
        mat_file.read(content)


@pytest.mark.parametrize("compressed", [False, True])
def test_more_elements_than_any_recording_has_are_refused(compressed):
    """Eight bytes each in a file, hundreds once they are read."""
    empty = np.array([14, 0], "<u4").tobytes()
    count = mat_file.MOST_ELEMENTS
    flags = np.array([6, 8, 1, 0, 5, 8, 1, count], "<u4").tobytes()
    inner = flags + np.array([1, 0], "<u4").tobytes() + empty * count
    content = np.array([14, len(inner)], "<u4").tobytes() + inner
    if compressed:
        deflated = zlib.compress(content)
        content = np.array([15, len(deflated)], "<u4").tobytes() + deflated
    with pytest.raises(mat_file.TooLargeError, match="elements"):
        mat_file.read(b"".ljust(124) + b"\x00\x01IM" + content)


def test_names_of_fields_count_as_elements():
    names = bytes(mat_file.MOST_ELEMENTS)
    parts = [(6, np.uint32([2, 0]).tobytes()), (5, np.int32([0, 1]).tobytes())]
    parts += [(1, b""), (5, np.int32([1]).tobytes().ljust(8, b"\0")), (1, names)]
    inner = b"".join(
        np.array([kind, len(part)], "<u4").tobytes() + part for kind, part in parts
    )
    content = np.array([14, len(inner)], "<u4").tobytes() + inner
    with pytest.raises(mat_file.TooLargeError, match="elements"):
        mat_file.read(b"".ljust(124) + b"\x00\x01IM" + content)


@pytest.mark.parametrize("length", [0, 100, 128 + 30, 128 + 200])
def test_a_cut_file_is_refused(length):
    content = written({"a": np.ones((5, 25, 3))})[:length]
    with pytest.raises(ValueError):
        mat_file.read(content)


def test_a_compressed_variable_that_ends_early_is_refused():
    content = written({"a": np.ones((5, 25, 3))}, compressed=True)
    size = int(np.frombuffer(content, "<u4", 1, 132)[0]) - 4
    cut = content[:132] + np.uint32(size).tobytes() + content[136 : 136 + size]
    with pytest.raises(ValueError, match="cut off"):
        mat_file.read(cut)


def test_the_version_is_that_of_the_header():
    assert mat_file.version(written({"a": 1.0})) == 1
    assert mat_file.version(b"".ljust(124) + b"\x00\x02IM") == 2
    assert mat_file.version(b"1,2,3\n" * 100) == 0
