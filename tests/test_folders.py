"""Folders take the place of former ones whole, or not at all."""

import pytest

from simmc_tf import folders


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fill(folder, name):
    folder.mkdir()
    (folder / name).write_text(name, encoding="utf-8")


def test_a_new_folder_takes_the_place_of_the_former_one(tmp_path):
    place = tmp_path / "place"
    for name in ("first", "second"):
        with folders.replaced(place) as new:
            fill(new, name)
        assert names(place) == [name]
    assert names(tmp_path) == ["place"]


def test_where_the_block_fails_the_former_one_stays(tmp_path):
    place = tmp_path / "place"
    fill(place, "first")

    with pytest.raises(KeyboardInterrupt), folders.replaced(place) as new:
        fill(new, "second")
        raise KeyboardInterrupt

    assert names(place) == ["first"]
    assert names(tmp_path) == ["place"]


def test_where_there_was_none_a_failed_block_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="full"), folders.replaced(tmp_path / "x") as new:
        fill(new, "half")
        raise OSError("full")

    assert not names(tmp_path)


def test_what_was_killed_between_both_steps_is_put_back(tmp_path):
    fill(tmp_path / ".making-abc", "unimportant")
    fill(tmp_path / ".making-abc" / "new", "second")
    fill(tmp_path / ".making-abc" / "old-place", "first")

    folders.clear(tmp_path)

    assert names(tmp_path) == ["place"]
    assert names(tmp_path / "place") == ["first"]
