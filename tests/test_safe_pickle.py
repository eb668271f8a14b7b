"""Plain data come through; anything that could run code, or harm memory, does not."""

import collections
import functools
import io
import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from datasets import safe_pickle
from simmc_tf import errors

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
RECONSTRUCT = np.arange(1).__reduce__()[0]
SCALAR = np.int64(1).__reduce__()[0]


class Call:
    """Pickles as a call, and sets a state on what comes of it."""

    def __init__(self, function, arguments, state=None):
        self.reduced = (function, arguments, state)

    def __reduce__(self):
        return self.reduced


def load(content):
    return safe_pickle.load(io.BytesIO(content), "some.npy")


def dumped(value, protocol=4):
    return pickle.dumps(value, protocol=protocol)


def short_text(text):
    return b"\x8c" + bytes([len(text)]) + text.encode()


def load_apart(content, tmp_path):
    """Loads and shows it in another process, since this one should survive."""
    path = tmp_path / "content.pickle"
    path.write_bytes(content)
    program = (
        "import sys\n"
        "from datasets import safe_pickle\n"
        "from simmc_tf import errors\n"
        "try:\n"
        "    repr(safe_pickle.load(open(sys.argv[1], 'rb'), 'some.npy'))\n"
        "    print('loaded')\n"
        "except errors.InputError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_containers_and_numbers_come_back(protocol):
    value = {7: [0, 2, 5], -1: [], "name": (1.5, None, True, b"bytes"), 2**62: [-1]}
    assert load(dumped(value, protocol)) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.arange(6.0, dtype=np.float32).reshape(2, 3)),
        np.array([True, False]),
        np.array(["a", "long"]),
        np.array([b"a", b"long"]),
        np.array(5),
    ],
    ids=["int64", "fortran float32", "bool", "text", "bytes", "0-d"],
)
def test_arrays_come_back(array, protocol):
    found = load(dumped(array, protocol))
    assert type(found) is np.ndarray
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_empty_arrays_come_back(protocol):
    found = load(dumped({3: np.array([], np.int64)}, protocol))
    assert found[3].shape == (0,)


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("kind", [">i8", ">f4", ">U3"])
def test_numbers_of_the_other_byte_order_keep_their_value(kind, protocol):
    array = np.array([1, 2, 300]).astype(kind)
    assert load(dumped(array, protocol)).tolist() == array.tolist()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "scalar",
    [np.int64(3), np.int32(-3), np.uint8(200), np.float64(0.1), np.bool_(True)]
    + [np.str_("walker"), np.bytes_(b"walker"), np.dtype(">i4").type(5)],
    ids=lambda scalar: type(scalar).__name__,
)
def test_scalars_come_back(scalar, protocol):
    found = load(dumped(scalar, protocol))
    assert found == scalar and type(found) is type(scalar)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_object_arrays_come_back_with_their_content(protocol):
    ids = {0: [0, 1], np.int64(5): np.array([2, 3])}
    found = load(dumped(np.array(ids, dtype=object), min(protocol, 4)))
    assert found.shape == () and found.dtype == object
    assert found.item()[0] == [0, 1] and found.item()[5].tolist() == [2, 3]


def test_what_np_save_writes_comes_back():
    file = io.BytesIO()
    np.save(file, np.array({0: [0, 1], 4: [2]}, dtype=object))
    file.seek(0)
    np.lib.format.read_magic(file)
    np.lib.format.read_array_header_1_0(file)
    assert safe_pickle.load(file, "ids.npy").item() == {0: [0, 1], 4: [2]}


@pytest.mark.parametrize("protocol", range(3))
def test_module_names_of_numpy_1_are_known(protocol):
    value = {np.int64(4): np.arange(3)}
    content = dumped(value, protocol)
    old = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert old != content
    found = load(old)
    assert list(found) == [4] and found[4].tolist() == [0, 1, 2]


def test_an_array_pickled_by_python_2_is_read():
    # pickle.dumps({1: np.array([5, 6], "i8")}, 2) of Python 2.7 and NumPy 1.16.
    content = (
        b"\x80\x02}q\x00K\x01cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray"
        b"\nq\x02K\x00\x85U\x01b\x87Rq\x03(K\x01K\x02\x85cnumpy\ndtype\nq\x04U\x02i8K"
        b"\x00K\x01\x87Rq\x05(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89U\x10\x05\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00tbs."
    )
    assert load(content)[1].tolist() == [5, 6]


CREATING = {
    "os.system": lambda path: Call(os.system, (f"touch {path}",)),
    "builtins.eval": lambda path: Call(
        eval, (f"__import__('os').mkdir({str(path)!r})",)
    ),
    "builtins.exec": lambda path: Call(exec, (f"import os; os.mkdir({str(path)!r})",)),
    "builtins.open": lambda path: Call(open, (str(path), "w")),
    "os.mkdir": lambda path: Call(os.mkdir, (str(path),)),
    "pathlib.Path.touch": lambda path: Call(pathlib.Path.touch, (path,)),
    "subprocess.run": lambda path: Call(subprocess.run, (["touch", str(path)],)),
    "functools.partial": lambda path: Call(
        functools.partial(os.mkdir, str(path)).__call__, ()
    ),
    "numpy.save": lambda path: Call(np.save, (str(path), [1])),
    "numpy.savetxt": lambda path: Call(np.savetxt, (str(path), [1])),
    "numpy.memmap": lambda path: Call(np.memmap, (str(path), "u1", "w+", 0, (3,))),
    "in a list": lambda path: [1, {2: Call(os.mkdir, (str(path),))}],
    "in an object array": lambda path: np.array(
        [Call(os.mkdir, (str(path),))], dtype=object
    ),
}


@pytest.mark.parametrize("name", CREATING)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_nothing_is_executed(name, protocol, tmp_path):
    path = tmp_path / "created.npy"
    content = dumped(CREATING[name](path), protocol)
    with pytest.raises(errors.InputError, match=r"some\.npy: the pickle asks for"):
        load(content)
    assert not path.exists()


@pytest.mark.parametrize("name", CREATING)
def test_the_pickles_of_these_tests_do_create_files(name, tmp_path):
    # Otherwise test_nothing_is_executed would show nothing.
    path = tmp_path / "created.npy"
    value = pickle.loads(dumped(CREATING[name](path)))
    if isinstance(value, io.IOBase):
        value.close()
    assert path.exists()


READING = {
    "numpy.load": lambda path: Call(np.load, (str(path), None, True)),
    "numpy.fromfile": lambda path: Call(np.fromfile, (str(path),)),
    "numpy.genfromtxt": lambda path: Call(np.genfromtxt, (str(path),)),
    "io.FileIO": lambda path: Call(io.FileIO, (str(path),)),
}


@pytest.mark.parametrize("name", READING)
def test_functions_that_read_files_are_refused(name, tmp_path):
    path = tmp_path / "secret.npy"
    np.save(path, np.arange(3))
    with pytest.raises(errors.InputError, match=name.split(".")[1]):
        load(dumped(READING[name](path)))


@pytest.mark.parametrize(
    "value",
    [
        functools.partial(int, "5"),
        collections.OrderedDict(a=1),
        collections.defaultdict(list),
        1j,
        np.rec.array([(1, 2)]),
        np.ma.masked_array([1, 2], mask=[0, 1]),
        np.random.default_rng(0),
        getattr,
        np.ndarray.tofile,
        pathlib.PurePosixPath("x"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_objects_of_other_classes_are_refused(value, protocol):
    # A generator's state has whole numbers that are refused before it is.
    reason = r"some\.npy: (the pickle|not .* whole number of 16 bytes)"
    with pytest.raises(errors.InputError, match=reason):
        load(dumped(value, protocol))


@pytest.mark.parametrize(
    "name",
    ["numpy ndarray.tofile", "numpy dtype.__class__", "numpy scalar.__globals__"]
    + ["numpy lib", "numpy.lib format", "_codecs decode", "_codecs lookup"]
    + ["numpy._core.multiarray fromfile", "numpy._core.multiarray set_typeDict"],
)
def test_names_reached_from_allowed_ones_are_refused(name):
    module, attribute = name.split()
    with pytest.raises(errors.InputError, match=module):
        load(b"\x80\x04" + short_text(module) + short_text(attribute) + b"\x93.")


def test_other_encodings_than_latin1_are_refused():
    with pytest.raises(errors.InputError, match="encoding"):
        load(b"c_codecs\nencode\n(Vabc\nVrot13\ntR.")


def test_persistent_ids_are_refused():
    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return "elsewhere" if value == "me" else None

    file = io.BytesIO()
    Pickler(file, protocol=4).dump({1: "me"})
    with pytest.raises(errors.InputError, match="outside"):
        load(file.getvalue())


@pytest.mark.parametrize(
    "shape", [(2**40,), (10**6,), (1,), (), (0, 0), (-1,)], ids=str
)
def test_reconstructing_starts_from_an_empty_array_only(shape):
    with pytest.raises(errors.InputError):
        load(dumped(Call(RECONSTRUCT, (np.ndarray, shape, b"b"))))


def test_a_large_shape_with_few_bytes_is_refused():
    state = (1, (10**9,), np.dtype("u1"), False, b"few")
    with pytest.raises(errors.InputError, match="lacks elements"):
        load(dumped(Call(RECONSTRUCT, (np.ndarray, (0,), b"b"), state)))


@pytest.mark.parametrize("shape", [(2**31,), (2**20,)], ids=str)
def test_arrays_are_not_made_by_calling_their_class(shape):
    # Memory that nobody wrote, as large as the pickle likes.
    with pytest.raises(errors.InputError):
        load(dumped(Call(np.ndarray, (shape, "u1"))))


def test_object_arrays_are_not_made_from_raw_bytes(tmp_path):
    # The bytes would be taken for addresses of Python objects.
    content = dumped(Call(np.ndarray, ((1,), "O", b"AAAAAAAA")))
    assert load_apart(content, tmp_path) == (0, "refused")


def test_object_arrays_with_fewer_objects_than_their_shape_are_refused(tmp_path):
    # NumPy reads beyond the list's end.
    state = (1, (65_535,), np.dtype("O"), False, [1])
    content = dumped(Call(RECONSTRUCT, (np.ndarray, (0,), b"b"), state))
    assert load_apart(content, tmp_path) == (0, "refused")


@pytest.mark.parametrize(("code", "flags"), [("O8", 0), ("O8", 63)])
def test_a_dtype_cannot_be_told_to_take_bytes_for_objects(code, flags, tmp_path):
    kind = Call(np.dtype, (code, False, True), (3, "|", None, None, None, 8, 8, flags))
    state = (1, (1,), kind, False, b"AAAAAAAA")
    content = dumped(Call(RECONSTRUCT, (np.ndarray, (0,), b"b"), state))
    assert load_apart(content, tmp_path) == (0, "refused")


@pytest.mark.parametrize("code", ["V8", "M8[D]", "m8[s]", "c16", "i4,O", "S5000"])
def test_unusual_dtypes_are_refused(code):
    with pytest.raises(errors.InputError):
        load(dumped(Call(np.dtype, (code, False, True))))


def test_object_scalars_are_refused():
    with pytest.raises(errors.InputError, match="objects out of bytes"):
        load(dumped(Call(SCALAR, (np.dtype("O"), b"AAAAAAAA"))))


def test_a_pickle_cannot_change_the_functions_that_read_it():
    function = f"c{SCALAR.__module__}\nscalar\n".encode()
    state = dumped((None, {"mark": 1}), 2)[2:-1]
    with pytest.raises(errors.InputError):
        load(b"\x80\x02" + function + state + b"b.")


@pytest.mark.parametrize("name", ["numpy\nndarray", "numpy\ndtype", "_codecs\nencode"])
def test_functions_and_classes_are_not_data(name):
    with pytest.raises(errors.InputError):
        load(f"c{name}\n.".encode())


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_every_truncated_pickle_is_an_input_error(protocol):
    content = dumped({1: [0, 2], 2: np.arange(2)}, protocol)
    for end in range(len(content)):
        with pytest.raises(errors.InputError, match=r"some\.npy"):
            load(content[:end])


@pytest.mark.parametrize(
    "content",
    [b"", b".", b"not a pickle", b"\x80\x09N.", b"g5\n.", b"\xff" * 20, b"I1x\n."]
    + [b"\x80\x04\x8e" + (2**62).to_bytes(8, "little") + b"x."],
    ids=repr,
)
def test_broken_pickles_are_input_errors(content):
    with pytest.raises(errors.InputError, match=r"some\.npy: not a readable pickle"):
        load(content)
