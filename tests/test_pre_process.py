"""From raw trees of all five data sets to every published command."""

import functools
import json
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from datasets import catalog, recordings, skeletons, synthetic
from scripts import raw_trees

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Persons and frames of each tree, and what writes it.
TREES = {
    "KS20": (3, 40, raw_trees.write_ks20),
    "KGBD": (4, 60, raw_trees.write_kgbd),
    "IAS": (3, 40, raw_trees.write_ias),
    "BIWI": (4, 50, raw_trees.write_biwi),
    "CASIA_B": (4, 60, functools.partial(raw_trees.write_casia_b, num_training=2)),
}


def start(*command, cwd=ROOT):
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def make(root, name):
    persons, frames, write = TREES[name]
    write(root / name, synthetic.generate(synthetic.like(name, persons, 0, frames)))


@pytest.fixture(scope="module")
def raw_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("raw")
    for name in TREES:
        make(root, name)
    return root


@pytest.fixture(scope="module")
def converted(raw_root):
    """What Pre-process.py said, and the folder of data sets."""
    data_root = raw_root / "data"
    done = start(
        *("Pre-process.py", 6, "--raw_root", raw_root, "--data_root", data_root)
    )
    assert done.returncode == 0, done.stderr
    return done, data_root


def test_every_data_set_that_is_there_is_converted(converted):
    done, data_root = converted
    made = {path.relative_to(data_root).as_posix() for path in data_root.glob("*/*")}
    assert made == {"KS20/6", "KGBD/6", "IAS/6", "BIWI/6", "CASIA_B/40"}
    assert "CASIA_B comes in 40, 50, 60: making 40" in done.stdout
    assert done.stdout.count("next: python SimMC.py --dataset") == 5


def test_progress_is_told(converted):
    done, _ = converted
    assert "KS20: 45 of 45 recordings" in done.stderr


COMMANDS = [
    f"--dataset {entry.name} --probe {probe}"
    for entry in catalog.PUBLISHED
    if entry.name != "CASIA_B"
    for probe in entry.probes
] + ["--dataset CAISA_B --probe_type cl.nm --length 40"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_published_command_trains_on_what_was_made(command, converted, tmp_path):
    _, data_root = converted
    done = start(
        *("SimMC.py", *command.split(), "--epochs", 1, "--batch_size", 32),
        *("--eps", 0.9, "--data_root", data_root, "--model_root", tmp_path),
        *("--gpu", -1),
    )
    assert done.returncode == 0, done.stderr
    (best,) = tmp_path.rglob("best.json")
    assert json.loads(best.read_text())


def test_a_damaged_data_set_does_not_keep_the_others_from_being_made(tmp_path):
    for name in ("KGBD", "KS20"):
        make(tmp_path, name)
    damaged = next((tmp_path / "KS20" / "frontal").iterdir())
    damaged.write_text("1,0.5,0.5\n")
    done = start(
        *("Pre-process.py", 4, "--raw_root", tmp_path, "--data_root", tmp_path / "d")
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    first, last = (line for line in done.stderr.splitlines() if "error" in line)
    assert first.startswith("error: KS20:") and f"{damaged} ends after line 1" in first
    assert last == "error: not converted: KS20; see above."
    assert "not found in" in done.stdout and "IAS, BIWI, CASIA_B" in done.stdout
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["KGBD"]


def test_without_raw_data_the_folders_that_are_expected_are_named(tmp_path):
    done = start("Pre-process.py", 6, "--raw_root", tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert all(str(tmp_path / name) in line for name in TREES)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
def test_interrupted_it_stops_in_one_line_and_leaves_no_data_set(tmp_path):
    walkers = synthetic.generate(synthetic.like("KGBD", 12, 0, 1500))
    raw_trees.write_kgbd(tmp_path / "KGBD", walkers)
    command = [
        *(sys.executable, "Pre-process.py", "6", "--raw_root", str(tmp_path)),
        *("--data_root", str(tmp_path / "data")),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while process.poll() is None and len(children.read_text().split()) < 2:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "stopped" in said and "Traceback" not in said
    assert not list((tmp_path / "data").glob("KGBD/6"))


def test_a_sensors_folder_becomes_a_data_set_and_a_file(tmp_path):
    joints = skeletons.KINECT_V2.joints
    header = ",".join(f"{joint}_{axis}" for joint in joints for axis in "XYZ")
    generator = np.random.default_rng(0)
    for person in ("anna", "bob"):
        body = generator.normal(size=75)
        for take in range(4):
            rows = body + generator.normal(scale=0.1, size=(30, 75))
            path = tmp_path / "people" / person / f"walk {take}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "\n".join([header, *(",".join(map(repr, map(float, r))) for r in rows)])
            )
    done = start(
        *("Pre-process.py", 6, "--from", "kinect2_csv", "--input", tmp_path / "people"),
        *("--dataset", "MyPeople", "--data_root", tmp_path / "data"),
        *("--save", tmp_path / "people.npz"),
    )
    assert done.returncode == 0, done.stderr
    saved = recordings.read(tmp_path / "people.npz")
    assert saved.recording.tolist()[0] == "anna/walk 0" and len(saved) == 8
    report = (tmp_path / "data" / "MyPeople" / "6" / "report.csv").read_text()
    assert "anna" in report and "gallery" in report
    assert "python SimMC.py --dataset MyPeople" in done.stdout
