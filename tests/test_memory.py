"""What is large, and arrays that lie in files without a name."""

import errno
import os

import numpy as np
import pytest

from simmc_tf import errors, memory


@pytest.fixture
def limits(tmp_path, monkeypatch):
    """Files in place of a control group's; memory is looked up anew."""
    paths = tmp_path / "memory.max", tmp_path / "limit_in_bytes"
    monkeypatch.setattr(memory, "_LIMITS", paths)
    memory.available.cache_clear()
    yield paths
    memory.available.cache_clear()


def test_large_is_more_than_a_64th_of_what_a_container_may_use(limits):
    limits[0].write_text("6400000\n")

    assert not memory.is_large(100_000)
    assert memory.is_large(100_001)


def test_without_a_limit_the_machine_counts(limits):
    limits[0].write_text("max\n")
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    assert not memory.is_large(machine // 64)
    assert memory.is_large(machine // 64 + 1)


@pytest.fixture
def everything_is_large(monkeypatch):
    monkeypatch.setattr(memory, "is_large", lambda num_bytes: True)


def test_a_large_array_lies_in_a_file_that_nothing_is_left_of(
    everything_is_large, tmp_path
):
    array = memory.empty((300, 7), tmp_path)

    array[:] = np.arange(2100).reshape(300, 7)

    assert (array.shape, array.dtype) == ((300, 7), np.float32)
    np.testing.assert_array_equal(array.sum(axis=1)[:2], [21, 70])
    with open("/proc/self/maps", encoding="utf-8") as maps:
        assert any(f"{tmp_path}/" in line and "(deleted)" in line for line in maps)
    assert not list(tmp_path.iterdir())  # Already while it is in use.


def test_what_is_not_large_or_has_no_folder_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "is_large", lambda num_bytes: num_bytes > 4 * 2100)
    for array in (memory.empty((300, 7), tmp_path), memory.empty((301, 7))):
        assert array.base is None


def test_a_full_disk_is_told_before_anything_is_computed(
    everything_is_large, tmp_path, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(
        errors.InputError, match=r"No space left on device.*2\.0 GB.*--model_root"
    ):
        memory.empty((500_000, 1000), tmp_path)


@pytest.fixture(params=["EOPNOTSUPP", "EINVAL", None])
def no_reservation(request, monkeypatch):
    """A file system, or a system, that cannot reserve room."""
    if request.param is None:
        monkeypatch.delattr(os, "posix_fallocate")
        return
    number = getattr(errno, request.param)

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", refuse)


def test_where_room_cannot_be_reserved_zeros_take_it(
    everything_is_large, no_reservation, tmp_path, monkeypatch
):
    monkeypatch.setattr(memory, "_PIECE", 1000)
    make, handles = memory.tempfile.TemporaryFile, []

    def make_and_keep(**options):
        file = make(**options)
        handles.append(os.dup(file.fileno()))
        return file

    monkeypatch.setattr(memory.tempfile, "TemporaryFile", make_and_keep)

    array = memory.empty((300, 7), tmp_path)

    status = os.fstat(handles[0])
    os.close(handles[0])
    assert not array.any()
    assert status.st_size == 8400 <= 512 * status.st_blocks


def test_where_room_cannot_be_reserved_a_full_disk_is_told(
    everything_is_large, no_reservation, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        memory.tempfile, "TemporaryFile", lambda dir: open("/dev/full", "w+b")
    )
    with pytest.raises(errors.InputError, match="No space left on device"):
        memory.empty((300, 7), tmp_path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [((), [(-8, 5), (-3, 1 << 24)]), (("ARENA_MAX",), [(-3, 1 << 24)])],
)
def test_what_is_freed_is_for_all_unless_the_environment_says_otherwise(
    given, expected, monkeypatch
):
    calls = []

    class Library:
        @staticmethod
        def mallopt(*arguments):
            calls.append(arguments)

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: Library)
    monkeypatch.setattr(memory.cores, "count", lambda: 5)
    for name in ("ARENA_MAX", "MMAP_THRESHOLD_"):
        monkeypatch.delenv(f"MALLOC_{name}", raising=False)
    for name in given:
        monkeypatch.setenv(f"MALLOC_{name}", "3")

    memory.reuse_freed()

    assert calls == expected


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.reuse_freed()
