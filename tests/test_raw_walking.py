"""Walks through folders with links, pipes and what cannot be read."""

import os
import pathlib

import pytest

from datasets.raw import walking
from simmc_tf import errors


def _fill(folder: pathlib.Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def _walked(folder: pathlib.Path) -> dict[str, tuple[list[str], list[str]]]:
    return {
        place.relative_to(folder).as_posix(): (folders, sorted(files))
        for place, folders, files in walking.walk(folder)
    }


def test_folders_come_in_natural_order_each_before_those_in_it(tmp_path):
    _fill(tmp_path, "10/x", "2/b/y", "2/a/z", "w")

    found = _walked(tmp_path)

    assert list(found) == [".", "2", "2/a", "2/b", "10"]
    assert found["."] == (["2", "10"], ["w"])
    assert found["2/b"] == ([], ["y"])


def test_hidden_files_and_folders_are_left_out(tmp_path):
    _fill(tmp_path, ".git/x", "a/.y", "a/z", ".w")

    assert _walked(tmp_path) == {".": (["a"], []), "a": ([], ["z"])}


def test_links_to_folders_and_files_elsewhere_are_followed(tmp_path):
    _fill(tmp_path / "disk", "1/x", "y")
    (tmp_path / "set").mkdir()
    (tmp_path / "set/one").symlink_to(tmp_path / "disk/1")
    (tmp_path / "set/two").symlink_to(tmp_path / "disk/y")

    assert _walked(tmp_path / "set") == {".": (["one"], ["two"]), "one": ([], ["x"])}


def test_a_link_to_a_folder_above_is_left_out(tmp_path):
    _fill(tmp_path, "a/b/x")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/b/top").symlink_to("../..")

    assert _walked(tmp_path)["a/b"] == ([], ["x"])


def test_links_that_lead_to_each_other_end(tmp_path):
    for one, other in (("a", "b"), ("b", "a")):
        _fill(tmp_path / "disk", f"{one}/x")
        (tmp_path / "disk" / one / "other").symlink_to(tmp_path / "disk" / other)
    (tmp_path / "set").symlink_to(tmp_path / "disk/a")

    assert list(_walked(tmp_path / "set")) == [".", "other"]


def test_a_folder_goes_before_a_link_to_it(tmp_path):
    _fill(tmp_path, "b/x")
    (tmp_path / "a").symlink_to(tmp_path / "b")

    assert list(_walked(tmp_path)) == [".", "b"]


def test_folders_that_the_caller_takes_out_are_not_entered(tmp_path):
    _fill(tmp_path, "a/x", "b/y")
    places = []

    for place, folders, _ in walking.walk(tmp_path):
        places.append(place.name)
        folders[:] = [name for name in folders if name != "a"]

    assert places[1:] == ["b"]


def test_a_pipe_is_left_out(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")

    assert _walked(tmp_path) == {".": ([], [])}


def test_a_link_to_nothing_is_named_among_the_files(tmp_path):
    (tmp_path / "gone.txt").symlink_to("nowhere")

    assert _walked(tmp_path) == {".": ([], ["gone.txt"])}


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "self").symlink_to("self")

    with pytest.raises(errors.InputError, match="self cannot be read"):
        _walked(tmp_path)


def test_a_listing_is_of_one_folder_and_follows_links(tmp_path):
    _fill(tmp_path, "a/x", "b", ".c", "d/.y")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")

    folders, files = walking.listing(tmp_path)

    assert sorted(folders) == ["a", "d", "up"]
    assert sorted(files) == ["b", "gone"]


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_listing_of_no_folder_is_refused(tmp_path, name):
    _fill(tmp_path, "file")

    with pytest.raises(errors.InputError, match=f"There is no folder .*{name}"):
        walking.listing(tmp_path / name)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="There is no folder .*nowhere"):
        _walked(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    # Permissions do not keep the superuser out.
    _fill(tmp_path, "locked/x")
    scandir = os.scandir

    def refuse(place):
        if pathlib.Path(place).name == "locked":
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(errors.InputError, match="locked cannot be read: Permission"):
        _walked(tmp_path)
