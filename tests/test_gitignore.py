"""What people read and make with the README's commands is not added to git."""

import shutil
import subprocess

import pytest

from tests import programs

MADE = [
    *("Datasets/MyPeople/6/report.csv", "Datasets/MyPeople/6/splits.json"),
    *("Datasets/MyPeople/6/train_npy_data/source_x_MyPeople_6.npy",),
    *("Datasets/MyPeople/.making-abc/new/report.csv", "Datasets/MyPeople/.lock"),
    *("ReID_Models/KS20/probe/metrics.csv", "Representations/SM-SGE/KS20/6/a.npy"),
    *("raw/KS20/frontal/gc1_body1_1.txt", "IAS/Training/1/skel.txt", "BIWI/a.txt"),
    *("KGBD/a.txt", "KS20/a.mat", "CASIA_B/001-nm-01-090.npy", "MyPeople.npz"),
]
KEPT = ["datasets/raw/new.py", "datasets/representations/new.py", "tests/golden/a.npz"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("ignore_case", ["true", "false"])
def test_data_are_ignored_and_programs_are_not(tmp_path, ignore_case):
    shutil.copy(programs.ROOT / ".gitignore", tmp_path)

    def git(*words, **more):
        return subprocess.run(
            ["git", "-C", tmp_path, "-c", f"core.ignorecase={ignore_case}", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **more,
        )

    assert git("init").returncode == 0
    paths = "\n".join([*MADE, *KEPT])
    found = git("check-ignore", "--no-index", "--stdin", input=paths)
    assert found.stdout.split() == MADE
