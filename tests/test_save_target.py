"""Nothing but recordings is written over, and never the file that is read."""

import os

import numpy as np
import pytest

from datasets import recordings, save_target, synthetic
from simmc_tf import errors


@pytest.fixture
def path(tmp_path):
    return tmp_path / "walks.npz"


def write(path):
    recordings.write(path, synthetic.generate(synthetic.like("KS20", 2, 0, 10)))


def test_nothing_but_recordings_is_written_over(tmp_path, path):
    with path.open("wb") as file:
        np.savez(file, weights=np.zeros(3))
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "text.npz").write_text("important")
    os.mkfifo(tmp_path / "pipe.npz")
    source = tmp_path / "source.npz"
    for name in (path.name, "folder.npz", "text.npz", "pipe.npz"):
        target = tmp_path / name
        with pytest.raises(errors.InputError, match="would be lost") as caught:
            save_target.check(target, source)
        assert str(target) in str(caught.value)
    write(path)
    save_target.check(path, source)
    save_target.check(tmp_path / "new" / "folder" / "walks.NPZ", source)


@pytest.mark.parametrize("name", ["walks.csv", "walks", "walks.npy", ""])
def test_recordings_are_saved_as_npz_alone(tmp_path, name):
    with pytest.raises(errors.InputError, match=r"ends in \.npz"):
        save_target.check(tmp_path / name, tmp_path)


@pytest.mark.parametrize("link", ["same", "symlink", "hardlink"])
def test_the_file_that_is_read_is_not_written_over(path, tmp_path, link):
    write(path)
    target = tmp_path / "folder" / ".." / "link.npz"
    (tmp_path / "folder").mkdir()
    if link == "same":
        target = tmp_path / "folder" / ".." / path.name
    elif link == "symlink":
        target.symlink_to(path)
    else:
        target.hardlink_to(path)
    with pytest.raises(errors.InputError, match="is the file that is read"):
        save_target.check(target, path)


@pytest.mark.parametrize("link", ["none", "folder", "file"])
def test_nothing_is_saved_into_the_folder_that_is_read(tmp_path, link):
    source = tmp_path / "input"
    (source / "anna").mkdir(parents=True)
    target = source / "anna" / "new" / "walks.npz"
    if link == "folder":
        (tmp_path / "other").symlink_to(source / "anna")
        target = tmp_path / "other" / "walks.npz"
    elif link == "file":
        # It would be replaced, not what it leads to.
        write(tmp_path / "walks.npz")
        target = source / "walks.npz"
        target.symlink_to(tmp_path / "walks.npz")
    with pytest.raises(errors.InputError, match="the folder that is read") as caught:
        save_target.check(target, source)
    assert str(target) in str(caught.value)
    save_target.check(tmp_path / "input.npz", source)


def test_a_target_below_a_file_is_refused_before_anything_is_read(path):
    path.write_text("a file")
    with pytest.raises(errors.InputError, match="no folder that can be written"):
        save_target.check(path / "folder" / "walks.npz", path)
