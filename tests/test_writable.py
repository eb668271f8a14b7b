"""Whether a file could be written is known before there is anything to write."""

import os

import pytest

from datasets import writable
from simmc_tf import errors


def refused(path):
    """The one line with which it is; nothing is made."""
    with pytest.raises(errors.InputError) as caught:
        writable.check_file(path, f"--csv {path}")
    return str(caught.value).removeprefix(f"--csv {path}: ")


def test_a_file_may_be_there_or_not(tmp_path):
    (tmp_path / "old.csv").touch()
    for name in ("old.csv", "new.csv"):
        writable.check_file(tmp_path / name, "--csv")
    assert os.listdir(tmp_path) == ["old.csv"]


def test_what_is_no_file_or_in_no_folder_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.csv").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe", "absent/new.csv", "old.csv/new.csv"):
        assert refused(tmp_path / name) == "expected a file in a folder that exists."
    assert not (tmp_path / "absent").exists()


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # Root always may.
    expected = f"{tmp_path} is no folder that can be written to; choose another one."
    assert refused(tmp_path / "new.csv") == expected
