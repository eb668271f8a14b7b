"""What a run tells of the code and the machine that computed it."""

import shutil
import subprocess

import pytest

import simmc_tf
from simmc_tf import cores, origin


def git(folder, *words):
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    git(tmp_path, "init", "--quiet")
    (tmp_path / "program.py").write_text("first\n", encoding="utf-8")
    git(tmp_path, "add", "program.py")
    git(tmp_path, "commit", "--quiet", "-m", "first", "--no-gpg-sign")
    origin._asked.cache_clear()
    return tmp_path


def test_the_commit_is_told_and_what_is_not_tracked_does_not_count(clone, monkeypatch):
    (clone / "notes.txt").write_text("mine\n", encoding="utf-8")
    monkeypatch.setenv("GIT_DIR", str(clone / "elsewhere"))  # As a hook has it.
    found = origin.code(clone)
    monkeypatch.delenv("GIT_DIR")
    assert found == {"commit": git(clone, "rev-parse", "HEAD"), "dirty": False}


def test_changed_code_is_dirty(clone):
    (clone / "program.py").write_text("second\n", encoding="utf-8")
    assert origin.code(clone)["dirty"] is True


def test_a_clone_without_commits_has_none(tmp_path):
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init", "--quiet")
    assert origin.code(tmp_path / "new") is None


def test_an_installed_package_inside_another_clone_has_none(clone):
    (clone / "site-packages").mkdir()
    assert origin.code(clone / "site-packages") is None


def test_without_git_or_with_a_broken_clone_nothing_is_told(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert origin.code(clone) is None
    monkeypatch.undo()
    origin._asked.cache_clear()
    (clone / ".git" / "HEAD").write_text("nowhere\n", encoding="utf-8")
    assert origin.code(clone) is None


def test_versions_and_machine_are_told():
    assert origin.versions(())["simmc_tf"] == simmc_tf.__version__
    assert {"tensorflow", "numba"} < set(origin.versions())
    found = origin.machine()
    assert found["threads"] == cores.count()
    assert found["processor"] is None or found["processor"].strip()
