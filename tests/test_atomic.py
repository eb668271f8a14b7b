"""Files are written whole or not at all."""

import errno
import fcntl
import json
import os
import stat
import time

import pytest

from simmc_tf import atomic, errors


def fail_half_way(path):
    path.write_text("half of it", encoding="utf-8")
    raise RuntimeError("disk full")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "model.h5"
    path.write_text("old", encoding="utf-8")

    with pytest.raises(RuntimeError, match="disk full"):
        atomic.write(path, fail_half_way)

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_without_an_old_file_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="disk full"):
        atomic.write(tmp_path / "model.h5", fail_half_way)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_failure_names_the_file_that_was_to_be_written(tmp_path, code):
    path = tmp_path / "model.h5"

    def fail(temporary):
        raise OSError(code, "no way", str(temporary))

    with pytest.raises(OSError, match="no way") as caught:
        atomic.write(path, fail)

    assert (caught.value.errno, caught.value.filename) == (code, str(path))


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    with pytest.raises(IsADirectoryError) as caught:
        atomic.write_text(tmp_path / "folder" / ".." / "folder", "text")

    assert caught.value.filename.endswith("folder")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "model.h5"
    path.write_text("old", encoding="utf-8")
    seen = []

    def save(temporary):
        temporary.write_text("new", encoding="utf-8")
        seen.append(path.read_text(encoding="utf-8"))

    atomic.write(path, save)

    assert seen == ["old"]
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_file_ends_like_the_real_one(tmp_path):
    # Keras decides by the ending how to save.
    names = []

    atomic.write(
        tmp_path / "best.weights.h5",
        lambda path: names.append((path.name, path.parent)),
    )

    assert names[0][0].endswith("best.weights.h5")
    assert names[0][1] == tmp_path  # A rename must not cross file systems.


def test_a_save_that_replaces_its_file_is_taken(tmp_path):
    def save(temporary):
        temporary.unlink()
        temporary.write_text("anew", encoding="utf-8")

    atomic.write(tmp_path / "file", save)

    assert (tmp_path / "file").read_text(encoding="utf-8") == "anew"


def test_folders_are_created(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"

    atomic.write_text(path, "text\n")

    assert path.read_bytes() == b"text\n"


def test_a_locked_folder_is_created_and_removed_when_nothing_was_written(tmp_path):
    with atomic.locked(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()

    assert not (tmp_path / "a" / "b").exists()


def test_a_locked_folder_keeps_what_was_written(tmp_path):
    with atomic.locked(tmp_path / "run"):
        atomic.write_text(tmp_path / "run" / "file", "text")

    assert [path.name for path in (tmp_path / "run").iterdir()] == ["file"]


def test_a_folder_is_locked_once_at_a_time(tmp_path):
    with atomic.locked(tmp_path):
        with pytest.raises(errors.InputError, match="Another run is writing"):
            with atomic.locked(tmp_path):
                pass
        (tmp_path / "file").touch()

    with atomic.locked(tmp_path):
        pass


def test_a_lock_that_was_removed_while_it_was_waited_for_holds_nobody(
    tmp_path, monkeypatch
):
    lock = fcntl.flock
    removed = []

    def late(file, how):
        lock(file, how)
        if not removed:  # Whoever held it before ends only now.
            (tmp_path / ".lock").unlink()
            removed.append(True)

    monkeypatch.setattr(fcntl, "flock", late)
    with atomic.locked(tmp_path):
        with pytest.raises(errors.InputError, match="Another run is writing"):
            with atomic.locked(tmp_path):
                pass


def test_a_folder_that_was_removed_with_its_lock_is_made_again(tmp_path, monkeypatch):
    lock, folder = fcntl.flock, tmp_path / "run"
    removed = []

    def late(file, how):
        lock(file, how)
        if not removed:
            (folder / ".lock").unlink()
            folder.rmdir()
            removed.append(True)

    monkeypatch.setattr(fcntl, "flock", late)
    with atomic.locked(folder):
        assert (folder / ".lock").is_file()


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_where_there_are_no_locks_files_are_written_at_once(
    code, tmp_path, monkeypatch
):
    def fail(file, how):
        raise OSError(code, "none")

    monkeypatch.setattr(fcntl, "flock", fail)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("waits for nobody"))
    left = tmp_path / f"{atomic.PREFIX}0file"
    left.touch()

    with atomic.locked(tmp_path):
        atomic.write_text(tmp_path / "file", "text")

    assert (tmp_path / "file").read_text(encoding="utf-8") == "text"
    assert left.exists()  # Another process may be at it.


def test_a_folder_that_cannot_be_is_an_error_before_anything_long_begins(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(OSError, match="file"):
        with atomic.locked(tmp_path / "file" / "folder"):
            pass


def test_text_is_utf_8(tmp_path):
    atomic.write_text(tmp_path / "file.txt", "Größe\n")

    assert (tmp_path / "file.txt").read_bytes() == "Größe\n".encode()


def test_json_reads_back_and_ends_with_a_line_end(tmp_path):
    content = {"eps": 0.8, "names": ["Jürgen", None], "deep": {"n": 1}}

    atomic.write_json(tmp_path / "file.json", content)

    text = (tmp_path / "file.json").read_text(encoding="utf-8")
    assert json.loads(text) == content
    assert text.endswith("}\n")
    assert "Jürgen" in text


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.json"
    atomic.write_json(path, [1])

    with pytest.raises(TypeError):
        atomic.write_json(path, {"a": object()})

    assert json.loads(path.read_text(encoding="utf-8")) == [1]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_file_has_the_rights_of_any_new_file(tmp_path):
    usual = tmp_path / "usual"
    usual.write_text("", encoding="utf-8")

    atomic.write_text(tmp_path / "file", "")

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == stat.S_IMODE(
        usual.stat().st_mode
    )


def test_what_a_killed_process_was_writing_goes_with_the_next_file(tmp_path):
    (tmp_path / f"{atomic.PREFIX}abcdefghfile").touch()
    (tmp_path / ".gitignore").touch()

    atomic.write_text(tmp_path / "other", "text")

    assert sorted(os.listdir(tmp_path)) == [".gitignore", "other"]


def test_what_others_are_writing_stays(tmp_path):
    def save(temporary):
        atomic.write_text(tmp_path / "other", "text")
        with atomic.locked(tmp_path):
            temporary.write_text("whole", encoding="utf-8")

    atomic.write(tmp_path / "file", save)

    assert (tmp_path / "file").read_text(encoding="utf-8") == "whole"
    assert sorted(os.listdir(tmp_path)) == ["file", "other"]


def pair(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_of_files_that_belong_together_all_are_replaced_or_none(
    tmp_path, monkeypatch, failing
):
    old = {"a": b"old a", "b": b"old b", "c": b"old c"}
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    replace, calls = os.replace, []

    def fail(*paths):
        calls.append(paths)
        if len(calls) == failing:
            raise OSError(errno.EIO, "no way", str(paths[0]))
        replace(*paths)

    def both():
        atomic.write_all(
            {tmp_path / "a": atomic.of_text("A"), tmp_path / "b": atomic.of_text("B")},
            without=[tmp_path / "c", tmp_path / "d"],
        )

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no way") as caught:
        both()
    assert caught.value.filename == str(tmp_path / "cab"[failing - 1])
    assert pair(tmp_path) == old

    both()
    assert pair(tmp_path) == {"a": b"A", "b": b"B"}


def test_the_name_of_a_new_file_reaches_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(
        os,
        "fsync",
        lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}")),
    )

    atomic.write_text(tmp_path / "file", "text")

    assert synced[-1] == str(tmp_path)
    assert synced[0].startswith(str(tmp_path / atomic.PREFIX))
