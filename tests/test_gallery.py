"""What is enrolled stays, whole, whatever happens to those who write and read."""

import contextlib
import dataclasses
import errno
import gc
import json
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading

import faiss
import numpy as np
import pytest

from simmc_tf import atomic, errors
from simmc_tf.gallery import calibration, files, index, outcomes, snapshot, updates
from tests import galleries, programs


@pytest.fixture
def folder(tmp_path):
    """Anna with 2 recordings of 3 and 1 sequences, Ben with one of 2."""
    place = tmp_path / "gallery"
    galleries.enrol(place, galleries.embedded(("anna", "ben", "anna"), (3, 2, 1)))
    return place


def persons(place):
    """Sequences of each person."""
    return {p.name: p.sequences for p in snapshot.read(place).database.persons()}


def refused(place, *parts):
    """Reading and enrolling both fail with one line that has these parts."""
    for action in (
        lambda: snapshot.read(place),
        lambda: galleries.enrol(place, galleries.embedded(("eve",), (1,), seed=9)),
    ):
        with pytest.raises(errors.InputError) as caught:
            action()
        assert "\n" not in str(caught.value)
        for part in parts:
            assert part in str(caught.value)


def test_what_is_enrolled_is_there(folder):
    found = snapshot.read(folder)

    new = galleries.embedded(("anna", "ben", "anna"), (3, 2, 1))
    np.testing.assert_array_equal(found.vectors, new.features)
    assert found.database.model == galleries.MODEL
    layout = found.database.layout()
    owners = np.array(layout.names)[np.repeat(layout.person, layout.counts)]
    assert owners.tolist() == ["anna"] * 3 + ["ben"] * 2 + ["anna"]
    assert persons(folder) == {"anna": 4, "ben": 2}


def test_persons_are_listed_by_number_then_by_name(tmp_path):
    ids = ("Ben", "10", "2", "9" * 5000, "0", "1a", "11", "Anna", "02", "1", "²")

    found = galleries.enrol(tmp_path, galleries.embedded(ids, [1] * len(ids)))

    expected = ["0", "1", "02", "2", "10", "11", "9" * 5000, "1a", "Anna", "Ben", "²"]
    assert list(found.new) == list(persons(tmp_path)) == expected


def test_the_files_are_faiss_s_and_sqlite_s(folder):
    name = {kind: f.name for kind, f in files.current(folder).files.items()}

    stored = faiss.read_index(str(folder / name[files.EXACT]))
    with contextlib.closing(sqlite3.connect(folder / name[files.DATABASE])) as sql:
        rows = sql.execute("SELECT name, num_sequences FROM recording").fetchall()

    assert stored.ntotal == 6 and isinstance(stored, faiss.IndexFlatL2)
    assert rows == [("walk0", 3), ("walk1", 2), ("walk2", 1)]


def test_embeddings_outlive_the_snapshot_that_they_were_read_from(folder):
    vectors = snapshot.read(folder).vectors
    gc.collect()
    for _ in range(100):  # Else what is freed may still look as it did.
        np.full(vectors.shape, 7, np.float32)
        index.exact(np.full(vectors.shape, 7, np.float32))

    new = galleries.embedded(("anna", "ben", "anna"), (3, 2, 1))
    np.testing.assert_array_equal(vectors, new.features)


def test_more_is_added_and_the_replaced_files_go(folder):
    before = set(galleries.content(folder))

    found = galleries.enrol(folder, galleries.embedded(("ben", "cleo"), (1, 2), seed=1))

    assert found == outcomes.Enrolled(("cleo",), ("ben",), (), 2, 3)
    assert persons(folder) == {"anna": 4, "ben": 3, "cleo": 2}
    assert len(snapshot.read(folder).vectors) == 9
    after = set(galleries.content(folder))
    assert len(after) == 3 and before & after == {files.CURRENT}


def test_recordings_that_are_there_are_skipped_and_change_nothing(folder):
    before = galleries.content(folder)

    found = galleries.enrol(
        folder, galleries.embedded(("anna", "ben", "anna"), (3, 2, 1))
    )

    assert found == outcomes.Enrolled((), (), ("walk0", "walk1", "walk2"), 0, 0)
    assert galleries.content(folder) == before


def test_the_same_frames_are_not_of_two_persons(folder):
    before = galleries.content(folder)
    for wrong in (
        galleries.embedded(("ben",), (3,)),
        galleries.embedded(("cleo", "dora"), (1, 1), seed=5),
    ):
        alike = (wrong.digests[0],) * len(wrong)
        wrong = dataclasses.replace(wrong, digests=alike)
        with pytest.raises(errors.InputError, match="one of the persons is wrong"):
            galleries.enrol(folder, wrong)

    assert galleries.content(folder) == before


def test_a_removed_person_leaves_nothing_behind(folder):
    new = galleries.embedded(("zebediah",), (3,), seed=3, prefix="zebra crossing")
    galleries.enrol(folder, new)
    assert any(b"zebediah" in one for one in galleries.content(folder).values())

    assert galleries.remove(folder, "zebediah") == 3

    assert persons(folder) == {"anna": 4, "ben": 2}
    for stored in galleries.content(folder).values():
        for trace in (b"zebediah", b"zebra crossing", new.digests[0].encode()):
            assert trace not in stored
        for row in new.features:
            assert row.tobytes() not in stored


def test_others_keep_their_embeddings_when_somebody_goes(folder, monkeypatch):
    with monkeypatch.context() as patch:  # All of them once more would be too many.
        patch.setattr(index, "exact", lambda vectors: pytest.fail("copied"))
        galleries.remove(folder, "anna")

    found = snapshot.read(folder)
    expected = galleries.embedded(("anna", "ben", "anna"), (3, 2, 1)).features[3:5]
    np.testing.assert_array_equal(found.vectors, expected)
    galleries.remove(folder, "ben")
    assert persons(folder) == {}
    with pytest.raises(errors.InputError, match="nobody is enrolled"):
        snapshot.read(folder).searching()


def test_numbers_of_sequences_are_never_given_again(folder):
    galleries.remove(folder, "anna")
    galleries.enrol(folder, galleries.embedded(("cleo",), (2,), seed=1))

    assert snapshot.read(folder).database.layout().sequence.tolist() == [3, 4, 6, 7]


def test_nobody_unknown_is_removed(folder):
    before = galleries.content(folder)

    with pytest.raises(errors.InputError, match="Nobody in .* is called carl; list"):
        galleries.remove(folder, "carl")

    assert galleries.content(folder) == before


def test_a_recording_goes_alone_and_the_last_takes_the_person_away(folder):
    with updates.writing(folder, lambda text: None) as writer:
        removed = writer.remove_recording("walk0")

    assert removed == outcomes.Removed("anna", ("walk0",), 3, gone=False)
    assert persons(folder) == {"anna": 1, "ben": 2}
    expected = galleries.embedded(("anna", "ben", "anna"), (3, 2, 1)).features[3:]
    np.testing.assert_array_equal(snapshot.read(folder).vectors, expected)
    for stored in galleries.content(folder).values():
        assert b"walk0" not in stored
    with updates.writing(folder, lambda text: None) as writer:
        assert writer.remove_recording("anna/walk2").gone
    assert persons(folder) == {"ben": 2}


def test_recordings_of_one_name_are_told_apart_by_the_person(folder):
    galleries.enrol(folder, galleries.embedded(("cleo", "ben"), (1, 1), seed=1))

    for name, match in (
        ("walk0", "anna/walk0, cleo/walk0"),
        ("walk7", "There are anna/"),
    ):
        with (
            updates.writing(folder, lambda text: None) as writer,
            pytest.raises(errors.InputError, match=match),
        ):
            writer.remove_recording(name)
    with updates.writing(folder, lambda text: None) as writer:
        removed = writer.remove_recording("walk1")  # Both are Ben's.

    assert (removed.recordings, removed.gone) == (("walk1", "walk1"), True)
    assert persons(folder) == {"anna": 4, "cleo": 1}


def test_the_person_before_a_recording_s_name_goes_before_such_a_name(folder):
    new = galleries.embedded(("ben",), (1,), seed=1, prefix="anna/walk")
    galleries.enrol(folder, new)  # Ben's recording is called as Anna's first is told.

    with updates.writing(folder, lambda text: None) as writer:
        removed = writer.remove_recording("anna/walk0")
    with updates.writing(folder, lambda text: None) as writer:
        last = writer.remove_recording("anna/walk0")

    assert (removed.person, removed.recordings) == ("anna", ("walk0",))
    assert (last.person, last.recordings) == ("ben", ("anna/walk0",))


def rename(folder, *arguments, **options):
    with updates.writing(folder, lambda text: None) as writer:
        return writer.rename(*arguments, **options)


def test_a_renamed_person_keeps_the_embeddings_where_they_are(folder):
    before, state = galleries.content(folder), snapshot.read(folder).database.state

    found = rename(folder, "anna", "zoe")

    assert found == outcomes.Renamed("anna", "zoe", False, 2, 4)
    assert persons(folder) == {"zoe": 4, "ben": 2}
    after = galleries.content(folder)
    assert after["000001.faiss"] == before["000001.faiss"]
    assert not any(b"anna" in stored for stored in after.values())
    # Who is enrolled is the same, so thresholds hold.
    assert snapshot.read(folder).database.state == state


@pytest.mark.parametrize(
    ("person", "prefix", "tells"),
    [
        ("anna", "Anna/monday ", True),
        ("anna", "ann/monday ", False),
        ("3", "walk_3_", True),
        ("3", "walk 13 ", False),
    ],
)
def test_recordings_that_tell_the_former_name_are_named(
    tmp_path, person, prefix, tells
):
    for one, seed in ((person, 1), ("ben", 2)):
        new = galleries.embedded((one,), (1,), seed=seed, prefix=prefix)
        galleries.enrol(tmp_path, new)

    found = rename(tmp_path, person, "zoe")

    assert found.telling == ((f"{prefix}0",) if tells else ())


def test_two_persons_become_one_only_where_that_is_asked_for(folder):
    before = galleries.content(folder)
    for words, match in (
        (("anna", "ben"), "is called ben, too; give another name, or --merge to"),
        (("anna", "anna"), "is called just so; give another name.$"),
        (("carl", "dora"), "Nobody in .* is called carl"),
    ):
        with pytest.raises(errors.InputError, match=match):
            rename(folder, *words)
    assert galleries.content(folder) == before

    assert rename(folder, "anna", "ben", merge=True).merged

    assert persons(folder) == {"ben": 6}
    layout = snapshot.read(folder).database.layout()
    assert layout.person.tolist() == [0, 0, 0]
    assert galleries.content(folder)["000001.faiss"] == before["000001.faiss"]


def test_another_model_is_refused(folder):
    before = galleries.content(folder)
    new = galleries.embedded(("cleo",), (1,), seed=1)

    with pytest.raises(errors.InputError, match="was built with aaaaaaaaaaaa"):
        galleries.enrol(folder, new, galleries.other(digest="b" * 64))

    assert galleries.content(folder) == before


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"size": 5}, "has embedding size 5, and .* was built with 4 from model"),
        ({"num_joints": 3}, "has number of joints 3, and .* was built with 2 from"),
        ({"joint_names": ("Root", "Knee")}, "has joint 1 Knee, and .* built with Foot"),
        ({"joint_names": ()}, "has joint 0 unknown, and .* built with Root"),
        ({"unit": "cm"}, "has unit cm, and .* built with m from"),
        ({"length": 6}, "has sequence length 6, and .* built with 3 from"),
    ],
)
def test_the_same_weights_that_take_something_else_are_refused(folder, changes, match):
    before = galleries.content(folder)
    new = galleries.embedded(("cleo",), (1,), seed=1)

    with pytest.raises(errors.InputError, match=match):
        galleries.enrol(folder, new, galleries.other(**changes))

    assert galleries.content(folder) == before


def test_what_a_gallery_does_not_know_of_its_model_is_not_compared(tmp_path):
    unknown = galleries.other(joint_names=(), length=0)
    galleries.enrol(tmp_path, galleries.embedded(("anna",), (1,)), unknown)

    galleries.enrol(tmp_path, galleries.embedded(("ben",), (1,), seed=1))

    assert persons(tmp_path) == {"anna": 1, "ben": 1}
    assert snapshot.read(tmp_path).database.model == unknown


def test_a_model_that_moved_is_the_same(folder):
    new = galleries.embedded(("cleo",), (1,), seed=1)
    galleries.enrol(folder, new, galleries.other(path="elsewhere"))

    expected = galleries.other(path="elsewhere")
    assert snapshot.read(folder).database.model == expected


@pytest.mark.parametrize("kind", [files.EXACT, files.DATABASE])
@pytest.mark.parametrize("damage", ["bit", "end", "all"])
def test_a_damaged_file_is_one_clear_line(folder, kind, damage):
    path = folder / files.current(folder).files[kind].name
    content = bytearray(path.read_bytes())
    if damage == "bit":
        content[len(content) // 2] ^= 1
    path.write_bytes({"bit": content, "end": content[:-1], "all": b""}[damage])
    before = galleries.content(folder)

    refused(folder, str(path), "damaged", "put back a copy")

    assert galleries.content(folder) == before


def test_a_missing_file_is_one_clear_line(folder):
    path = folder / files.current(folder).files[files.EXACT].name
    path.unlink()

    refused(folder, str(path), "missing")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "damaged"),
        ("{}", "damaged"),
        ("[1]", "damaged"),
        ('{"format": 1, "generation": 1, "files": {}}', "damaged"),
        ('{"format": 2}', "format 2, written by another version"),
    ],
)
def test_a_damaged_list_of_the_files_is_one_clear_line(folder, text, part):
    (folder / files.CURRENT).write_text(text, encoding="utf-8")
    before = galleries.content(folder)

    refused(folder, files.CURRENT, part)

    assert galleries.content(folder) == before


def test_the_list_names_no_file_outside_the_folder(folder):
    content = json.loads((folder / files.CURRENT).read_text(encoding="utf-8"))
    content["files"]["exact"]["name"] = "../000001.faiss"
    (folder / files.CURRENT).write_text(json.dumps(content), encoding="utf-8")

    refused(folder, files.CURRENT, "damaged")


def test_no_database_is_one_clear_line(folder):
    found = files.current(folder)
    files.commit(folder, found, {files.DATABASE: lambda write: write(b"no database")})

    refused(folder, "is no database of a gallery")


def test_index_and_database_belong_together(folder):
    found = files.current(folder)
    few = index.save(index.exact(np.zeros((2, galleries.SIZE), np.float32)))
    files.commit(folder, found, {files.EXACT: few})

    refused(folder, "has 2 embeddings", "tells of 6")


def test_where_there_is_no_gallery_enrol_is_the_remedy(tmp_path):
    for action in (
        lambda: snapshot.read(tmp_path / "none"),
        lambda: galleries.remove(tmp_path / "none" / "at" / "all", "anna"),
    ):
        with pytest.raises(errors.InputError, match="there is no gallery; enrol makes"):
            action()
    assert not list(tmp_path.iterdir())


def test_a_gallery_without_the_list_of_its_files_is_left_alone(folder):
    (folder / files.CURRENT).unlink()
    for leftover in ("once", "more"):
        before = galleries.content(folder)
        refused(folder, files.CURRENT, "missing", "put back a copy")
        with pytest.raises(errors.InputError, match="put back a copy"):
            galleries.remove(folder, "anna")
        assert galleries.content(folder) == before
        if leftover == "once":  # A later generation, of which half is there.
            for path in folder.iterdir():
                path.rename(folder / path.name.replace("01.", "02."))
            next(folder.glob("*.faiss")).unlink()


def test_an_old_list_of_the_files_costs_none_of_them(folder):
    old = (folder / files.CURRENT).read_bytes()
    galleries.enrol(folder, galleries.embedded(("cleo",), (1,), seed=1))
    (folder / files.CURRENT).write_bytes(old)
    before = galleries.content(folder)

    refused(folder, "000001", "missing", "put back a copy")

    assert galleries.content(folder) == before


def test_what_a_killed_removal_left_goes_with_the_next_one(folder):
    left = folder / "000001.sqlite"
    content = left.read_bytes()
    galleries.remove(folder, "anna")
    left.write_bytes(content)

    with pytest.raises(errors.InputError, match="is called anna"):
        galleries.remove(folder, "anna")

    assert not left.exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(errors.InputError, match="thesis.txt is there"):
        galleries.enrol(tmp_path, galleries.embedded(("anna",), (1,)))

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@contextlib.contextmanager
def small_disk(size):
    """No file may get larger than a number of bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# What is limited there is also the temporary folder, through which SQLite has to go.
in_memory = pytest.mark.skipif(
    not hasattr(sqlite3.Connection, "deserialize"), reason="needs Python 3.11"
)


@in_memory
@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_a_full_disk_leaves_the_gallery_as_it_was(folder, part):
    before = galleries.content(folder)
    new = galleries.embedded(("cleo",), (9000,), seed=1)  # Larger than the database.

    with (
        small_disk(int(part * new.features.nbytes)),
        pytest.raises(errors.InputError, match="too large.*gallery is as it was"),
    ):
        galleries.enrol(folder, new)

    assert galleries.content(folder) == before


@in_memory
def test_a_full_disk_leaves_no_new_gallery(tmp_path):
    place = tmp_path / "those" / "of" / "new"
    with small_disk(0), pytest.raises(errors.InputError, match="as it was"):
        galleries.enrol(place, galleries.embedded(("anna",), (1,)))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_stopped_writer_leaves_the_gallery_as_it_was(folder, monkeypatch, error):
    before = galleries.content(folder)

    def stop(path, content):
        raise error

    monkeypatch.setattr(atomic, "write_json", stop)
    with pytest.raises((KeyboardInterrupt, errors.InputError)):
        galleries.enrol(folder, galleries.embedded(("cleo",), (2,), seed=1))

    assert galleries.content(folder) == before


KILLED = """
import os, pathlib, signal, sys
from simmc_tf import atomic
from tests import galleries
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "between":
    atomic.write_json = kill
else:
    os.fsync = kill
galleries.enrol(pathlib.Path(sys.argv[1]), galleries.embedded(("cleo",), (2,), seed=1))
"""


@pytest.mark.parametrize("moment", ["within", "between"])
def test_a_killed_writer_leaves_a_gallery_that_is_read_and_written(folder, moment):
    before = galleries.content(folder)

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), moment],
        cwd=programs.ROOT,
        timeout=100,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    left = galleries.content(folder)
    assert len(left) > len(before) and before.items() <= left.items()
    assert persons(folder) == {"anna": 4, "ben": 2}
    galleries.enrol(folder, galleries.embedded(("dora",), (1,), seed=2))
    assert persons(folder) == {"anna": 4, "ben": 2, "dora": 1}
    assert len(galleries.content(folder)) == 3


def test_a_first_writer_killed_once_all_is_written_is_no_obstacle(
    tmp_path, monkeypatch
):
    def killed(path, content):
        raise KeyboardInterrupt

    new = galleries.embedded(("anna",), (1,))
    with monkeypatch.context() as patch:  # As where nobody is left to clear up.
        patch.setattr(files, "clean", lambda place: None)
        patch.setattr(atomic, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            galleries.enrol(tmp_path, new)
    left = galleries.content(tmp_path)
    assert {"000001.faiss", "000001.sqlite"} < left.keys()

    with pytest.raises(errors.InputError, match="there is no gallery; enrol makes"):
        snapshot.read(tmp_path)
    assert galleries.content(tmp_path) == left
    galleries.enrol(tmp_path, galleries.embedded(("ben",), (2,), seed=1))

    assert persons(tmp_path) == {"ben": 2}
    assert len(galleries.content(tmp_path)) == 3


def test_a_file_system_that_cannot_sync_folders_is_no_obstacle(tmp_path, monkeypatch):
    sync = os.fsync

    def refuse(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(refuse.number, "no")
        sync(handle)

    monkeypatch.setattr(os, "fsync", refuse)
    refuse.number = errno.EIO
    with pytest.raises(OSError, match="no"):
        galleries.enrol(tmp_path, galleries.embedded(("anna",), (1,)))
    refuse.number = errno.EINVAL
    galleries.enrol(tmp_path, galleries.embedded(("anna",), (1,)))

    assert persons(tmp_path) == {"anna": 1}


def test_a_writer_killed_before_the_first_gallery_is_no_obstacle(tmp_path):
    for name in (".lock", "000001.sqlite", ".writing-abcdef_1000001.faiss"):
        (tmp_path / name).write_bytes(b"half")

    galleries.enrol(tmp_path, galleries.embedded(("anna",), (1,)))

    assert persons(tmp_path) == {"anna": 1}
    assert len(galleries.content(tmp_path)) == 3


def test_there_is_one_writer_at_a_time_and_readers_do_not_wait(folder):
    with updates.writing(folder, lambda text: None):
        with pytest.raises(errors.InputError, match="Another run .*another --gallery"):
            galleries.enrol(folder, galleries.embedded(("cleo",), (1,), seed=1))
        assert persons(folder) == {"anna": 4, "ben": 2}


def test_who_reads_sees_no_half_update(folder):
    problems = []

    def write():
        try:
            for seed in range(1, 21):
                galleries.enrol(folder, galleries.embedded(("cleo",), (5,), seed=seed))
                galleries.remove(folder, "cleo")
        except Exception as error:
            problems.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while writer.is_alive():
        found = snapshot.read(folder)
        seen.add(len(found.vectors))
        assert found.database.layout().counts.sum() == len(found.vectors)
    writer.join()

    assert not problems and seen <= {6, 11}


def test_a_reader_that_comes_too_late_for_a_file_reads_again(folder, monkeypatch):
    read = files.current
    first = read(folder)
    galleries.enrol(folder, galleries.embedded(("cleo",), (1,), seed=1))
    calls = iter([first])
    monkeypatch.setattr(files, "current", lambda place: next(calls, read(place)))

    assert persons(folder)["cleo"] == 1


def test_a_reader_keeps_what_it_has_opened(folder):
    with files.opened(folder) as opened:
        galleries.remove(folder, "anna")
        content = opened.verified(files.EXACT).read()

    assert len(content) > 6 * 4 * galleries.SIZE


THRESHOLD = calibration.Threshold(
    *("recording", 0.5, 0.1, 20, 4, 2, 0.3, 10, 8, 1),
    *(calibration.State(2, 6, 6), "2026-01-01T00:00:00+00:00"),
)


def test_thresholds_are_kept_and_the_embeddings_stay_where_they_are(folder):
    before = galleries.content(folder)

    with updates.writing(folder, lambda text: None) as writer:
        writer.calibrate({"recording": THRESHOLD})

    assert snapshot.read(folder).database.state == THRESHOLD.gallery
    assert snapshot.read(folder).database.thresholds == {"recording": THRESHOLD}
    galleries.enrol(folder, galleries.embedded(("cleo",), (1,), seed=1))
    assert snapshot.read(folder).database.thresholds == {"recording": THRESHOLD}
    assert "000001.faiss" in before


@pytest.fixture
def small_lists(monkeypatch):
    """Galleries of 40 embeddings have inverted lists."""
    monkeypatch.setattr(index, "LISTS_FROM", 40)
    monkeypatch.setattr(index, "_TRAINED_ON", 1)


def test_large_galleries_have_lists_that_follow_every_update(folder, small_lists):
    def numbers():
        found = snapshot.read(folder)
        if found.lists is None:
            return None
        # As many as there should be, to a factor of 2.
        assert 0.5 <= found.lists.nlist / index.num_lists(len(found.vectors)) <= 2
        stored = [
            faiss.rev_swig_ptr(inverted.get_ids(i), inverted.list_size(i)).copy()
            for inverted in [found.lists.invlists]
            for i in range(found.lists.nlist)
            if inverted.list_size(i)
        ]
        stored = np.sort(np.concatenate(stored)).tolist()
        return stored == found.database.layout().sequence.tolist()

    assert numbers() is None
    galleries.enrol(folder, galleries.embedded(("cleo",), (60,), seed=1))
    assert numbers()
    galleries.enrol(folder, galleries.embedded(("dora",), (5,), seed=2))
    assert numbers()
    galleries.remove(folder, "anna")
    assert numbers()
    galleries.enrol(folder, galleries.embedded(("eve",), (600,), seed=3))
    assert numbers()
    galleries.remove(folder, "cleo")
    galleries.remove(folder, "eve")
    assert numbers() is None
    assert len(galleries.content(folder)) == 3


def test_lists_are_where_embeddings_are_and_not_only_the_first(small_lists):
    first, last = np.zeros((200, galleries.SIZE)), np.full((200, galleries.SIZE), 100.0)
    vectors = np.concatenate([first, last]) + np.random.default_rng(0).normal(size=4)

    lists = index.lists(vectors.astype(np.float32), np.arange(400))

    centres = lists.quantizer.reconstruct_n(0, lists.nlist)
    assert 0.25 < (centres.mean(axis=1) > 50).mean() < 0.75


@pytest.mark.parametrize("change", ["another", "fewer", "other"])
def test_every_change_of_who_is_enrolled_shows(folder, change):
    galleries.enrol(folder, galleries.embedded(("cleo",), (2,), seed=1))
    before = snapshot.read(folder).database.state

    if change != "another":
        galleries.remove(folder, "cleo")
    if change != "fewer":  # As many persons and sequences in one case.
        galleries.enrol(folder, galleries.embedded(("dora",), (2,), seed=2))

    assert before == calibration.State(3, 8, 8)
    assert snapshot.read(folder).database.state != before
