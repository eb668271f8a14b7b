"""Where compiled functions are kept when numba would find no place."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from simmc_tf import kernel_cache


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A package, a home, and a folder of temporary files; nothing was chosen."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(kernel_cache.sys, "platform", "linux")
    folders = tmp_path / "package", tmp_path / "package" / "sharded"
    monkeypatch.setattr(kernel_cache, "_FOLDERS", folders)
    for folder in (*folders, tmp_path / "home", tmp_path / "temporary"):
        folder.mkdir()
    monkeypatch.setattr(kernel_cache.tempfile, "tempdir", str(tmp_path / "temporary"))
    yield tmp_path
    os.environ.pop("NUMBA_CACHE_DIR", None)


def block(*folders):
    """Lets nothing be written below some folders, be it by root."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("in the way")


def chosen():
    kernel_cache.find_place()
    return os.environ.get("NUMBA_CACHE_DIR")


@pytest.mark.parametrize("blocked", [(), ("package/__pycache__",), ("home",)])
def test_numba_is_left_alone_where_it_finds_a_place(blocked, places):
    block(*(places / name for name in blocked))

    assert chosen() is None


@pytest.mark.parametrize("package", ["package", "package/sharded"])
def test_else_it_is_a_private_folder_that_stays(package, places):
    block(places / package / "__pycache__", places / "home")

    found = pathlib.Path(chosen())

    assert found == places / "temporary" / f"simmc-numba-{os.geteuid()}"
    assert found.stat().st_mode & 0o777 == 0o700
    del os.environ["NUMBA_CACHE_DIR"]
    assert chosen() == str(found)


def test_the_cache_of_the_user_may_be_elsewhere(places, monkeypatch):
    block(places / "package" / "__pycache__", places / "home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "elsewhere"))

    assert chosen() is None
    assert (places / "elsewhere" / "numba").is_dir()


def test_who_has_no_home_gets_no_folder_named_for_it(places, monkeypatch):
    block(places / "package" / "__pycache__")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(places)

    assert "simmc-numba" in chosen()
    assert not (places / "~").exists()


def test_what_the_environment_chose_stays(places, monkeypatch):
    block(places / "package" / "__pycache__", places / "home")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "mine")

    assert chosen() == "mine"


@pytest.mark.parametrize("taken", ["another user", "open to all", "link", "file"])
def test_a_folder_that_others_can_write_to_is_not_used(taken, places, monkeypatch):
    block(places / "package" / "__pycache__", places / "home")
    doomed = []
    monkeypatch.setattr(
        kernel_cache.atexit, "register", lambda _, folder, **__: doomed.append(folder)
    )
    user = os.geteuid()
    if taken == "another user":
        user += 1
        monkeypatch.setattr(os, "geteuid", lambda: user)
    name = places / "temporary" / f"simmc-numba-{user}"
    if taken == "link":
        (places / "real").mkdir(mode=0o700)
        name.symlink_to(places / "real")
    elif taken == "file":
        name.touch()
    else:
        name.mkdir(mode=0o700)
        name.chmod(0o777 if taken == "open to all" else 0o700)

    found = pathlib.Path(chosen())

    assert found.parent == name.parent and found != name
    assert found.stat().st_mode & 0o777 == 0o700
    assert doomed == [found]  # When the program ends.


def test_without_any_place_what_needs_no_kernels_runs(places, monkeypatch):
    block(places / "package" / "__pycache__", places / "home")
    monkeypatch.setattr(kernel_cache.tempfile, "tempdir", str(places / "absent"))

    assert chosen() is None


def test_every_folder_with_kernels_is_known():
    package = pathlib.Path(kernel_cache.__file__).parent
    with_kernels = {
        path.parent
        for path in package.rglob("*.py")
        if "cache=True" in path.read_text(encoding="utf-8")
    }
    assert with_kernels == set(kernel_cache._FOLDERS)


def test_a_copy_that_cannot_be_written_to_can_be_imported(tmp_path):
    package = pathlib.Path(kernel_cache.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, tmp_path / "simmc_tf", ignore=ignored)
    block(*(folder / "__pycache__" for folder in own_folders(tmp_path)))
    (tmp_path / "temporary").mkdir()
    block(tmp_path / "home")
    code = "import sys, simmc_tf; assert 'numba' not in sys.modules; "
    code += "from simmc_tf import components; print(components.__file__)"
    environment = {**os.environ, "HOME": str(tmp_path / "home")}
    environment |= {"TMPDIR": str(tmp_path / "temporary"), "PYTHONPATH": str(tmp_path)}
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        environment.pop(name, None)

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(str(tmp_path))


def own_folders(root):
    for folder in kernel_cache._FOLDERS:
        yield root / "simmc_tf" / folder.relative_to(kernel_cache._PACKAGE)
