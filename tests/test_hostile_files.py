"""Files that were made to do harm: refused in one line, before they take anything."""

import contextlib
import io
import json
import os
import pathlib
import pickle
import signal
import struct
import zipfile

import numpy as np
import pytest

from datasets import descriptor, npy_store, safe_pickle, skeletons, splits_file
from datasets import recordings as recordings_module
from datasets.raw import natural, take, text
from datasets.raw.formats import bvh, csv_skeletons, json_file, pose_arrays, timing
from datasets.raw.sets import mat_file
from datasets.representations import feature_file, provenance
from datasets.representations.importing import arrays as imported
from scripts.hardening import fuzz_process, fuzz_raw, fuzz_readers, fuzz_trial
from simmc_tf import (
    array_file,
    atomic,
    config,
    errors,
    memory,
    state_file,
    weights_file,
    whole_file,
)
from simmc_tf import json_file as own_json
from simmc_tf.export import about as abouts
from simmc_tf.gallery import database, index
from simmc_tf.sharded import archive
from tests.test_feature_file import IAS
from tests.test_raw_pose_arrays import header

FAST = {**fuzz_readers.all_readers(), **fuzz_raw.all_readers()}
# Of each reader; a valid tree of IAS-Lab or BIWI takes some 10 ms to read.
INPUTS = {"ias": 8, "biwi": 8, "ks20": 15, "kgbd": 15}


@pytest.fixture(autouse=True)
def hurry():
    """Ends what waits for ever."""

    def late(*_):
        raise TimeoutError("it takes too long")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def zipped(method=zipfile.ZIP_DEFLATED, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as content:
        for name, member in members.items():
            content.writestr(f"{name}.npy", member)
    return file.getvalue()


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def refused(content, path, match):
    path.write_bytes(content)
    with pytest.raises((ValueError, MemoryError), match=match):
        with array_file.checked(path):
            pass


@pytest.mark.parametrize("name", FAST)
def test_spoiled_files_are_read_or_refused(name, tmp_path):
    trial = fuzz_trial.Trial(FAST[name], tmp_path, seed=11, seconds=5)
    found = {
        number: kind
        for number in range(INPUTS.get(name, 30))
        if (kind := trial.attempt(trial.spoiled(number)))
        not in (fuzz_trial.READ, fuzz_trial.REFUSED)
    }
    assert not found


def test_a_trial_finds_what_is_no_refusal_and_makes_it_smaller(tmp_path):
    def read(folder):
        if b"!" in (folder / "a.txt").read_bytes():
            raise KeyError("a fault")

    reader = fuzz_readers.Reader(
        "faulty", (lambda folder: (folder / "a.txt").write_text("1 2\n"),), read
    )
    trial = fuzz_trial.Trial(reader, tmp_path, seed=0, seconds=1)
    given = trial.spoiled(0)
    assert given == trial.spoiled(0)
    bad = fuzz_trial.Spoiled(0, given.path, b"0123456789!abc")
    kind = trial.attempt(bad)
    assert kind.startswith("KeyError")
    assert trial.smaller(bad, kind).content == b"!"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Of Python 3.12.
def test_an_input_that_ends_a_process_is_found_and_the_others_are_tried(
    tmp_path, monkeypatch
):
    tried = []

    def read(folder):
        tried.append(folder)
        if b"\0" in (folder / "a.txt").read_bytes() or len(tried) == 20:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(fuzz_process, "_MOST_INPUTS", 50)
    reader = fuzz_readers.Reader(
        "ending", (lambda folder: (folder / "a.txt").write_text("1 2\n"),), read
    )
    limits = fuzz_process.Limits(5.0, 2**30)
    places = tmp_path / "samples", tmp_path / "found"
    found = fuzz_process.run(
        fuzz_process.Task(reader, 0, 150, limits, *places), lambda number: None
    )
    alone, after = "process ended by SIGKILL", " after others, not by this input alone"
    assert found.next == 150 and set(found.finds) == {alone, alone + after}
    number = found.finds[alone]
    kept = tmp_path / "found" / "ending" / f"0-{number}"
    assert b"\0" in (kept / "a.txt").read_bytes()
    assert 0 < found.read + found.refused < 150


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((10**15, 0), "<f8"),  # Takes no byte, and petabytes as truth values.
        ((2**40,), "<U0"),
        ((10**9, 25, 3), "<f4"),
        ((2**63, 2**63), "<f8"),
        ((-1, 3), "<f8"),
        ((True, 3), "<f8"),
    ],
)
def test_arrays_that_claim_more_than_there_is_are_refused(shape, dtype, tmp_path):
    content = header(shape, dtype) + bytes(100)
    refused(content, tmp_path / "a.npy", ".")
    refused(zipped(x=content), tmp_path / "a.npz", ".")


def test_empty_arrays_are_read(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.empty((0, 6, 75)), y=np.array([""]))
    with array_file.checked(tmp_path / "a.npz") as (_, found):
        assert found["x"].shape == (0, 6, 75)


def test_a_header_of_gigabytes_is_not_read(tmp_path, monkeypatch):
    start = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1)
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(2**33)  # Takes no place on the disk.
    with monkeypatch.context() as patched:
        patched.setattr(whole_file, "_SMALL", 2**34)
        with pytest.raises(ValueError, match="no header"):
            with array_file.checked(path):
                pass
    with pytest.raises(ValueError, match="no header"):
        array_file.header(start + bytes(100))
    skip_without_holes(path)
    with pytest.raises(errors.InputError, match="declares 8589934592 bytes and has"):
        with array_file.checked(path):
            pass


def skip_without_holes(path):
    """Ends a test where a file system does not tell the holes of a file."""
    with path.open("rb") as file, contextlib.suppress(OSError):
        if os.lseek(file.fileno(), 0, os.SEEK_HOLE) < path.stat().st_size:
            return
    pytest.skip("a file system that tells no holes")


def test_files_with_some_holes_are_read(tmp_path):
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.write(bytes(2**23))
        file.truncate(2**29)
    with whole_file.opened(path) as file:
        assert file.tell() == 0
        assert file.seek(0, os.SEEK_END) == 2**29


def test_an_archive_that_inflates_to_far_more_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(array_file, "_SMALL", 2**20)
    bomb = zipped(positions=header((3 * 10**6,), "|u1") + bytes(3 * 10**6))
    refused(bomb, tmp_path / "a.npz", "inflate to")
    with pytest.raises(errors.InputError, match="not a readable"):
        recordings_module.read(tmp_path / "a.npz")
    with pytest.raises(errors.InputError, match="inflate to"):
        feature_file.load(tmp_path / "a.npz", IAS, "A", {})
    with pytest.raises(errors.InputError, match="not a readable"):
        imported.find(tmp_path / "a.npz")
    with pytest.raises(errors.InputError, match="not a readable"):
        pose_arrays.load(tmp_path / "a.npz")


def test_what_inflates_without_a_bound_is_refused(tmp_path):
    content = saved(np.zeros(3))
    refused(zipped(zipfile.ZIP_BZIP2, x=content), tmp_path / "a.npz", "otherwise")


def test_archives_whose_members_share_bytes_are_refused(tmp_path):
    content = bytearray(zipped(zipfile.ZIP_STORED, x=saved(np.zeros(30)), y=b""))
    # The directory says that y is where x is, and as large.
    entries = [i for i in range(len(content)) if content[i : i + 4] == b"PK\x01\x02"]
    first, second = entries
    content[second + 20 : second + 28] = content[first + 20 : first + 28]
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    refused(bytes(content), tmp_path / "a.npz", ".")


def test_an_archive_of_too_many_members_is_refused(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        content.writestr("x.npy", saved(np.zeros(3)))
    end = file.getvalue()
    at = end.index(b"PK\x01\x02")
    many = end[:at] + end[at:-22] * 90_000
    size = len(many) - at
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, size, at, 0)
    refused(many + tail, tmp_path / "a.npz", "directory is too large")


def unpickled(content):
    return safe_pickle.load(io.BytesIO(content), "ids.npy")


@pytest.mark.parametrize(
    "content",
    [
        b"]r\xff\xff\xff\x7f.",  # Room for 4 billion things, of 32 GB.
        b"]p4000000000\n.",
        b"\x8b\xff\xff\xff\x7f" + bytes(100) + b".",
        b"I" + b"9" * 100_000 + b"\n.",
        b"\x8d" + b"\xff" * 7 + b"\x00x.",
        b"(" * 100_000,
        b"]" * 10_000 + b"a" * 9_999 + b".",
        b"",
    ],
)
def test_pickles_that_take_far_more_than_their_size_are_refused(content):
    with pytest.raises(errors.InputError, match="ids.npy"):
        unpickled(content)


# A key that takes years to look up: a tuple of tuples, twice each.
_TUPLES = b")" + b"2\x86" * 40
_TEXT = b"X\x00\x01\x00\x00" + b"a" * 256 + b"X\x06\x00\x00\x00latin1"
_DTYPE = b"cnumpy\ndtype\n(X\x04\x00\x00\x00S200K\x00K\x01tR"
# A function kept as 0 and its arguments kept as 1 are called again and again.
_CALLS = b"](" + b"h\x00h\x01R" * 9 + b"e."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"}" + _TUPLES + b"K\x01s.", "looks up"),
        (b"}(" + _TUPLES + b"K\x01u.", "looks up"),
        (b"(" + _TUPLES + b"K\x01d.", "looks up"),
        (b"\x8f.", "no pickle has 0x8f"),  # A set.
        # Of such numbers any are the same to a dictionary.
        (pickle.dumps({2**80: 1}, 2), "a whole number of"),
        (pickle.dumps({2**80: 1}, 0), "a whole number of"),
        (b"c_codecs\nencode\nq\x000(" + _TEXT + b"tq\x010" + _CALLS, "more content"),
        (
            b"cnumpy.core.multiarray\nscalar\nq\x000(%sC\xc8%stq\x010%s"
            % (_DTYPE, b"a" * 200, _CALLS),
            "more content",
        ),
        (
            b"cnumpy.core.multiarray\n_reconstruct\n(K\x00K\x00K\x00tR(K\x01(%st%sI00\n"
            b"C\x01atb." % (b"K\x01" * 65, _DTYPE),
            "too many axes",
        ),
    ],
)
def test_pickles_that_make_much_of_little_are_refused(content, message):
    with pytest.raises(errors.InputError, match=message):
        unpickled(content)


def test_arrays_of_a_pickle_are_not_larger_than_it():
    shared = bytes(1000)
    one = pickle.dumps(np.frombuffer(shared, np.uint8), 2)
    assert len(unpickled(one)) == 1000
    rebuilt = [np.frombuffer(bytearray(shared), np.uint8) for _ in range(3)]
    assert len(unpickled(pickle.dumps(rebuilt, 2))) == 3


def test_a_list_that_is_many_persons_sequences_is_not_copied_for_each(tmp_path):
    sequences = list(range(1000))
    ids = {person: sequences for person in range(1000)}
    path = tmp_path / npy_store.TRAIN_FOLDER
    fuzz_readers._npy_split(tmp_path)
    npy_store.save(path / "ids_KS20_2.npy", ids)
    with pytest.raises(errors.InputError, match="ids_KS20_2.npy: (sequence|person)"):
        npy_store.open_split(path, "KS20", 2, 3)


@pytest.mark.parametrize("ids", [{2**70: [0]}, {0: [2**70]}, {0: [-(2**70)]}])
def test_numbers_that_no_array_holds_are_refused(ids, tmp_path):
    fuzz_readers._npy_split(tmp_path)
    path = tmp_path / npy_store.TRAIN_FOLDER
    npy_store.save(path / "ids_KS20_2.npy", ids)
    with pytest.raises(errors.InputError, match="ids_KS20_2.npy"):
        npy_store.open_split(path, "KS20", 2, 3)


@pytest.mark.parametrize(
    "read",
    [
        lambda path: whole_file.read(path, 10),
        lambda path: own_json.read(path),
        lambda path: recordings_module.unit(path),
        lambda path: text.read(path),
        lambda path: abouts.digest_of_file(path),
        lambda path: archive.find(path),
        lambda path: provenance._read(path, "leave it"),
        lambda path: splits_file.read(path),
    ],
)
def test_nobody_waits_for_a_pipe(read, tmp_path):
    os.mkfifo(tmp_path / "a.npy")
    with pytest.raises(errors.InputError):
        read(tmp_path / "a.npy")


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_lock_that_is_none_leads_nowhere(kind, tmp_path):
    other, folder = tmp_path / "other", tmp_path / "run"
    other.write_text("of value")
    folder.mkdir()
    lock = folder / ".lock"
    make = {"link": lambda: lock.symlink_to(other), "folder": lock.mkdir}
    make.get(kind, lambda: os.mkfifo(lock))()
    with (
        pytest.raises(errors.InputError, match=r"run/\.lock is no file .* remove it"),
        atomic.locked(folder),
    ):
        pass
    assert other.read_text() == "of value"


def test_devices_are_not_read():
    with pytest.raises(errors.InputError, match="/dev/zero is a folder or device"):
        whole_file.read(pathlib.Path("/dev/zero"), 2**40)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '"\\ud800"', "9" * 5000, '{"a": 1', "\x00"]
)
def test_json_that_nothing_can_be_made_of_is_one_error(content, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ValueError):
        own_json.read(path)


def test_json_is_read_up_to_a_size(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('"aaaa"')
    assert own_json.read(path, most_bytes=6) == "aaaa"
    with pytest.raises(errors.InputError, match="up to 5"):
        own_json.read(path, most_bytes=5)


def test_json_of_recordings_is_read_up_to_what_fits(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("[" + "1," * 100 + "1]")
    assert len(json_file.load(path)) == 101
    monkeypatch.setattr(memory, "available", lambda: 30 * 200)
    for read in (json_file.load, json_file.load_lines):
        with pytest.raises(errors.InputError, match="has 203 bytes"):
            read(path)


def test_a_line_of_megabytes_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1," * 2**20)
    with pytest.raises(errors.InputError, match="line 2: 2097152 letters"):
        text.lines(path)
    path.with_suffix(".jsonl").write_text(json.dumps(["a" * 2**20]))
    assert json_file.load_lines(path.with_suffix(".jsonl"))


def test_millions_of_lines_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_MOST_LINES", 10)
    path = tmp_path / "a.csv"
    path.write_bytes(b"1\n" * 11)
    with pytest.raises(errors.InputError, match="lines; files are read up to"):
        text.lines(path)


def test_a_time_of_nothing_but_blanks_takes_no_time():
    assert timing.clock("1:1:1" + " " * 100_000 + "x") is None


def test_names_of_thousands_of_digits_are_sorted():
    names = ["9" * 5000, "10", "9"]
    assert sorted(names, key=natural.key)[:2] == ["9", "10"]


def tree(joints, frames, channels="0"):
    """A BVH of that many joints, all below the root."""
    below = f"JOINT {{}}\n{{{{\nOFFSET 0 1 0\nCHANNELS {channels}\n}}}}\n"
    body = "".join(below.format(f"j{i}") for i in range(joints))
    root = f"ROOT r\n{{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n{body}}}\n"
    motion = f"MOTION\nFrames: {frames}\nFrame Time: 0.1\n" + "0\n" * frames
    return f"HIERARCHY\n{root}{motion}"


def test_joints_times_frames_are_bounded(tmp_path):
    path = tmp_path / "a.bvh"
    path.write_text(tree(2000, 6_000))
    with pytest.raises(errors.InputError, match="6000 frames of 2001 joints"):
        bvh.read(take.Take("a", 1, (path,)), 1.0, 30.0)
    path.write_text(tree(60_000, 1))
    with pytest.raises(errors.InputError, match="a body in more than"):
        bvh.read(take.Take("a", 1, (path,)), 1.0, 30.0)


def test_letters_beyond_unicode_are_refused(tmp_path):
    made = fuzz_readers.made_recordings()
    arrays = recordings_module._arrays(made)
    wrong = np.array([0x110000, 98, 99], "<u4").view("<U1")
    np.savez(tmp_path / "a.npz", **{**arrays, "recording": wrong})
    with pytest.raises(errors.InputError, match="a.npz"):
        recordings_module.read(tmp_path / "a.npz")


def test_arrays_that_no_recordings_need_are_not_read(tmp_path, monkeypatch):
    arrays = recordings_module._arrays(fuzz_readers.made_recordings())
    np.savez_compressed(tmp_path / "a.npz", **arrays, extra=np.zeros(2**20))
    read = []
    get = np.lib.npyio.NpzFile.__getitem__

    def noted(self, name):
        read.append(name)
        return get(self, name)

    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", noted)
    recordings_module.read(tmp_path / "a.npz")
    assert set(read) == set(arrays)


def test_millions_of_joints_get_no_names(tmp_path):
    arrays = recordings_module._arrays(fuzz_readers.made_recordings())
    many = recordings_module.MOST_JOINTS + 1
    arrays["positions"] = np.zeros((len(arrays["positions"]), many, 3), np.int8)
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    with pytest.raises(errors.InputError, match=f"more than {many - 1} joints"):
        recordings_module.read(tmp_path / "a.npz")


@pytest.mark.parametrize("field", ["recording", "condition", "person_name"])
def test_names_that_a_terminal_would_obey_are_refused(field, tmp_path):
    arrays = recordings_module._arrays(fuzz_readers.made_recordings())
    arrays[field] = np.array(["a", "\x1b[2J", "c"])
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(errors.InputError, match="cannot be printed"):
        recordings_module.read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "changes",
    [
        {"made_by": "\x1b[2J"},
        {"joint_names": ["Root", "a\nb"]},
        {"person_names": {"0": "\u202e"}},
        {"probes": {"probe": ["../probe", "gallery"]}},
        {"probes": {"probe": ["/tmp", "gallery"]}},
        {"length": 1e999},
    ],
)
def test_a_dataset_json_leads_nowhere(changes, tmp_path):
    fuzz_readers._dataset_json(tmp_path)
    path = tmp_path / "mine" / "2" / descriptor.FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(errors.InputError, match="dataset.json cannot be read"):
        descriptor.require(path.parent)


@pytest.mark.parametrize(
    "changes",
    [
        {"files": {"../../x": "a"}},
        {"files": {"/dev/zero": "a"}},
        {"dataset": "\x1b[2J"},
        {"size": 1e999},
    ],
)
def test_an_export_tells_of_its_own_files_alone(changes, tmp_path):
    fuzz_readers._simmc_json(tmp_path)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(errors.InputError, match="does not tell of an exported model"):
        abouts.read(path)


def test_a_training_in_a_folder_that_is_no_utf_8_is_refused_when_it_begins(tmp_path):
    with pytest.raises(errors.InputError, match="/data/\udcff... is no UTF-8"):
        state_file.write(tmp_path, {"made_of": {"data_root": "/data/\udcff/x"}}, {})
    assert not list(tmp_path.iterdir())


def test_a_long_message_is_a_short_line():
    assert len(errors.one_line("a\n" * 10**6)) < 20_000


def spoiled_database(change):
    sql = database.Database(None, "place")
    sql.model = database.entries.Model("m", "a", 2, (), "m", 3, 4)
    sql._sql.executescript(change)
    return sql.content()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE VIEW more AS SELECT 1;",
        "DROP TABLE person; CREATE VIEW person AS WITH RECURSIVE n(id) AS (SELECT 1 "
        "UNION ALL SELECT id + 1 FROM n) SELECT id, 'x' AS name FROM n;",
        "INSERT INTO person VALUES (1, 'a'); INSERT INTO recording VALUES "
        "(1, 1, 'a', 'b', 3, 0, 4611686018427387904, 'x');",
        "INSERT INTO recording VALUES (1, 7, 'a', 'b', 3, 0, 1, 'x');",
        "DELETE FROM about;",
        "UPDATE about SET value = '[[[';",
    ],
)
def test_a_gallery_computes_nothing_of_others(change, tmp_path):
    with pytest.raises(errors.InputError, match="no database of a gallery"):
        database.Database(spoiled_database(change), tmp_path / "a.sqlite")


def test_a_csv_of_thousands_of_columns_ends(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join(["a"] * 50_000) + "\n" + "1," * 49_999 + "1\n")
    with pytest.raises(errors.InputError):
        csv_skeletons.read(
            take.Take("a", 1, (path,)),
            None,
            30.0,
            skeletons.KINECT_V2,
        )


class Weights:
    """Like a model of Keras's, which reads nothing."""

    weights = [np.zeros((3, 4))]

    def load_weights(self, path):
        """Must not be called."""
        raise AssertionError("it was read")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        *(("external", "//layer is not"), ("soft", "//layer is not")),
        *(("huge", "declares 4398046511104 bytes"), ("packed", "vars/0 is not stored")),
        *(("text", "vars/0 is not stored"), ("fifo", "is a folder or device")),
        *(("holes", "bytes and has .*get it again"), ("long", "declares 1073741824")),
        *(
            ("attribute", "declares .* bytes of weights"),
            ("circle", "again/layer is not"),
        ),
        *(("deep", "a/a/a is not"), ("many", "holds 10000 groups")),
    ],
)
def test_weights_that_are_none_are_not_given_to_keras(
    kind, message, tmp_path, monkeypatch
):
    import h5py

    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        if kind == "external":
            file["layer"] = h5py.ExternalLink("/etc/passwd", "/")
        elif kind == "soft":
            file["layer"] = h5py.SoftLink("/other")
        elif kind == "huge":  # Of which nothing is stored.
            file.create_dataset("layer/vars/0", (2**20, 2**20), "f4")
        elif kind == "packed":
            file.create_dataset("layer/vars/0", data=np.zeros(99), compression="gzip")
        elif kind == "text":
            file["layer/vars/0"] = "x"
        elif kind == "attribute":
            file.create_dataset("0", data=np.zeros(3), track_order=True)
            file["0"].attrs["dtype"] = np.zeros(9)
            for number in range(40):
                file["0"].attrs[f"{number}"] = np.zeros(2**12)
        elif kind == "circle":
            file["layer/again"] = file["/"]
        elif kind == "deep":
            file["/".join("a" * 20)] = np.zeros(3)
        elif kind == "many":  # Paths to it, by 16 links.
            place = file
            for _ in range(4):
                below = place.create_group("a")
                for number in range(12):
                    place[f"{number}"] = below
                place = below
    if kind == "fifo":
        path.unlink()
        os.mkfifo(path)
    elif kind == "long":
        monkeypatch.setattr(whole_file, "_SMALL", 2**30)
        os.truncate(path, 2**30)
    elif kind == "holes":  # No longer than a model's weights may be.
        monkeypatch.setattr(whole_file, "_SMALL", 2**12)
        os.truncate(path, 2**20)
        skip_without_holes(path)
    with pytest.raises(errors.InputError, match=message):
        weights_file.load(Weights(), path)


@pytest.mark.parametrize(
    "changes",
    [
        {"hyperparameters": {"H": 65_536, "D": 64}},
        {"hyperparameters": {"H": 10**9}},
        {"hyperparameters": {"H": 4.5}},
        {"hyperparameters": {"H": True}},
        {"hyperparameters": {"H": None}},
        {"hyperparameters": []},
        {"skeleton_size": 10**9},
        {"skeleton_size": -3},
        {"skeleton_size": 1e999},
        {"joint_names": 5},
        {"preparation": {"size": 10**9, "vertical": 1}},
        {"preparation": {"size": "x"}},
        {"preparation": []},
        {"preparation": {"size": 3, "nonsense": 1}},
    ],
)
def test_a_model_is_no_larger_than_its_weights(changes, tmp_path):
    from scripts.hardening import fuzz_models
    from simmc_tf import checkpoints

    fuzz_models._model(tmp_path)
    path = tmp_path / checkpoints.CONFIG
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **changes}))
    with pytest.raises(errors.InputError):
        checkpoints.load(tmp_path)


@pytest.mark.parametrize("number", [2**61 - 1, 10**40])
def test_numbers_of_persons_are_as_large_as_any_person_has(number):
    assert descriptor.person_names({"person_names": {"-9": "a"}}) == {-9: "a"}
    with pytest.raises(ValueError, match="too large"):
        descriptor.person_names({"person_names": {str(number): "a"}})


def test_a_matrix_of_thousands_of_axes_takes_no_time():
    def element(kind, data):
        return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)

    axes = np.full(100_000, 2**31 - 1, "<i4").tobytes()
    cell = element(6, struct.pack("<II", 1, 0)) + element(5, axes) + element(1, b"a")
    head = b"MATLAB 5.0".ljust(124) + struct.pack("<H", 0x100) + b"IM"
    with pytest.raises(ValueError, match="a matrix of size"):
        mat_file.read(head + element(14, cell))


@pytest.mark.parametrize("end", [".meta", ".data-00000-of-00001"])
def test_nobody_waits_for_a_pipe_beside_a_checkpoint(end, tmp_path):
    from simmc_tf import tf1_checkpoint

    (tmp_path / "a.index").write_bytes(b"index")
    os.mkfifo(tmp_path / f"a{end}")
    ones = tf1_checkpoint.Layer(np.ones((3, 3), np.float32), np.ones(3, np.float32))
    weights = tf1_checkpoint.Weights((ones, ones), ones, ())
    told = tf1_checkpoint.describe(
        *(tmp_path / "a", weights, tf1_checkpoint.Graph(), config.Config())
    )
    assert list(told["imported_from"]) == ["a.index"]


def test_a_checkpoint_is_no_larger_than_its_data(tmp_path):
    from simmc_tf import tf1_checkpoint

    (tmp_path / "a.data-00000-of-00001").write_bytes(bytes(100))
    shapes = {"kernel": (10**6, 10**6), "bias": (10**6,)}
    with pytest.raises(errors.InputError, match="declares weights of 4000004000000"):
        tf1_checkpoint._check_size(tmp_path / "a", shapes, [("kernel", "bias")])
    os.truncate(tmp_path / "a.data-00000-of-00001", 2**43)
    with pytest.raises(errors.InputError, match="declares 8796093022208 bytes and has"):
        tf1_checkpoint._check_size(tmp_path / "a", shapes, [("kernel", "bias")])


def test_a_checkpoint_of_wide_numbers_is_not_read(tmp_path):
    import tensorflow as tf

    from simmc_tf import tf1_checkpoint

    types = {"kernel": tf.float32, "bias": tf.complex128}
    with pytest.raises(errors.InputError, match="bias .complex128. holds something"):
        tf1_checkpoint._check_types(tmp_path / "a", types, [("kernel", "bias")])


def test_a_checkpoint_with_an_endless_index_is_not_read(tmp_path):
    from simmc_tf import tf1_checkpoint

    with (tmp_path / "a.index").open("wb") as file:
        file.truncate(2**25)
    with pytest.raises(errors.InputError, match="a.index has 33554432 bytes"):
        tf1_checkpoint.read(tmp_path / "a")


@pytest.mark.parametrize("field", [1, 2, 7])
def test_an_index_that_declares_more_than_it_has_is_refused(field, tmp_path):
    faiss = pytest.importorskip("faiss")
    found = faiss.IndexFlatL2(4)
    found.add(np.ones((3, 4), np.float32))
    content = faiss.serialize_index(found).tobytes()
    path = tmp_path / "a.faiss"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert index.read(file, path).ntotal == 3
    told = list(index._FLAT.unpack(content[: index._FLAT.size]))
    told[field] += 1
    path.write_bytes(index._FLAT.pack(*told) + content[index._FLAT.size :])
    with path.open("rb") as file, pytest.raises(errors.InputError, match="no index"):
        index.read(file, path)
