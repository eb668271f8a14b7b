"""From raw trees of all five data sets to every published command."""

import dataclasses
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from absl import flags as absl_flags

from datasets import (
    catalog,
    loading,
    preparation,
    recordings,
    skeletons,
    synthetic,
)
from datasets.raw import conversion, published
from flags import preprocess, sources
from scripts import raw_trees
from simmc_tf import errors
from tests import programs

# Persons and frames of each tree, and what writes it.
TREES = {
    "KS20": (3, 40, raw_trees.write_ks20),
    "KGBD": (4, 60, raw_trees.write_kgbd),
    "IAS": (3, 40, raw_trees.write_ias),
    "BIWI": (4, 50, raw_trees.write_biwi),
    "CASIA_B": (4, 60, functools.partial(raw_trees.write_casia_b, num_training=2)),
}


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
    done = programs.start(
        *("Pre-process.py", 6, "--raw_root", raw_root, "--data_root", data_root)
    )
    assert done.returncode == 0, done.stderr
    return done, data_root


def pre_process(monkeypatch, capsys, *arguments):
    """Runs Pre-process.py in this process; what it says on stderr before it refuses."""
    program = programs.load("Pre-process.py")
    values = absl_flags.FlagValues()
    preprocess.define(values)
    words = values(["Pre-process.py", *map(str, arguments)])[1:]
    monkeypatch.setattr(program.flags, "FLAGS", values)
    with pytest.raises(errors.InputError) as caught:
        program.main(words)
    said = capsys.readouterr().err
    return said or f"error: {caught.value}\n"


def test_every_data_set_that_is_there_is_converted(converted):
    done, data_root = converted
    made = {path.relative_to(data_root).as_posix() for path in data_root.glob("*/*")}
    assert made == {"KS20/6", "KGBD/6", "IAS/6", "BIWI/6", "CASIA_B/40"}
    assert "CASIA_B comes in 40, 50, 60: making 40" in done.stdout
    assert done.stdout.count("next: python SimMC.py --dataset") == 5


def test_the_size_of_walkers_is_no_surprise(converted):
    assert "warning" not in converted[0].stdout


@pytest.mark.parametrize(("name", "noticed"), [("KS20", True), ("CASIA_B", False)])
def test_published_files_that_are_not_in_metres_are_noticed(
    name, noticed, tmp_path, capsys
):
    persons, frames, write = TREES[name]
    walkers = synthetic.generate(synthetic.like(name, persons, 0, frames))
    millimetres = dataclasses.replace(walkers, positions=1000 * walkers.positions)
    write(tmp_path / name, millimetres)
    raw = tuple(raw for raw in published.RAW if raw.name == name)
    source = sources.Published(raw, True, tmp_path)
    target = conversion.Target((catalog.find(name).lengths[0],), tmp_path / "data")
    options = preprocess.Options(source, None, target, None)
    programs.load("Pre-process.py").convert_published(options, source)
    asked = f"m large; are the files of {name} in metres?"
    assert (asked in capsys.readouterr().out) == noticed


def test_progress_is_told(converted):
    done, _ = converted
    assert "KS20: 45 of 45 recordings" in done.stderr


@pytest.mark.parametrize(
    ("name", "probe"),
    [(entry.name, probe) for entry in catalog.PUBLISHED for probe in entry.probes],
)
def test_every_probe_can_be_loaded_from_what_was_made(name, probe, converted):
    entry = catalog.find(name)
    data = loading.load(entry, probe, entry.lengths[0], converted[1]).data
    for split in data.splits.values():
        assert len(split) and len(np.unique(split.persons)) > 1
        assert split.sequences.shape[1:] == (entry.lengths[0], entry.skeleton_size)
        assert np.ptp(split.sequences, axis=(0, 1)).max() > 0.1


@pytest.mark.parametrize(
    "command",
    [
        *("--dataset KS20 --probe probe", "--dataset KGBD --probe probe"),
        *("--dataset IAS --probe A", "--dataset BIWI --probe Walking"),
        "--dataset CAISA_B --probe_type cl.nm --length 40",
    ],
)
def test_published_commands_train_on_what_was_made(command, converted, tmp_path):
    _, data_root = converted
    done = programs.start(
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
    done = programs.start(
        *("Pre-process.py", 4, "--raw_root", tmp_path, "--data_root", tmp_path / "d")
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    first, last = (line for line in done.stderr.splitlines() if "error" in line)
    assert first.startswith("error: KS20:") and f"{damaged} ends after line 1" in first
    assert last == "error: not converted: KS20; see above."
    assert "not found in" in done.stdout and "IAS, BIWI, CASIA_B" in done.stdout
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["KGBD"]


def test_a_folder_that_cannot_be_written_to_is_found_before_anything_is_read(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "KGBD").mkdir()
    (tmp_path / "file").touch()
    file = tmp_path / "file"
    said = pre_process(
        monkeypatch, capsys, 6, "--raw_root", tmp_path, "--data_root", file
    )
    assert said == (
        f"error: KGBD: --data_root {file}: {file} is no folder that can be written to; "
        "choose another one.\n"
    )
    said = pre_process(
        *(monkeypatch, capsys, 6, "--recordings", tmp_path / "no.npz"),
        *("--dataset", "Mine", "--data_root", file),
    )
    assert "that can be written to" in said


def test_what_the_system_refuses_is_said_without_its_number(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "KGBD").mkdir()

    def forbidden(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path / "d" / "KGBD"))

    monkeypatch.setattr(conversion, "convert_published", forbidden)
    said = pre_process(
        monkeypatch, capsys, 6, "--raw_root", tmp_path, "--data_root", tmp_path / "d"
    )
    assert said == f"error: KGBD: Permission denied: {tmp_path / 'd' / 'KGBD'}\n"


def test_without_raw_data_the_folders_that_are_expected_are_named(tmp_path):
    done = programs.start("Pre-process.py", 6, "--raw_root", tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert all(str(tmp_path / name) in line for name in TREES)


def interrupt(root, length, reached):
    """Starts Pre-process.py and presses Ctrl-C when `reached(process)` says so."""
    command = [
        *(sys.executable, "Pre-process.py", str(length), "--raw_root", str(root)),
        *("--data_root", str(root / "data")),
    ]
    with subprocess.Popen(
        command,
        cwd=programs.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while process.poll() is None and not reached(process):
            time.sleep(0.05)
        # As a terminal does: to the processes that it has started, too.
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    told = [line for line in said.splitlines() if "recordings" not in line]
    assert told == ["", "stopped; every file that was written is whole"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
def test_interrupted_while_it_reads_it_leaves_no_data_set(tmp_path):
    walkers = synthetic.generate(synthetic.like("KGBD", 12, 0, 1500))
    raw_trees.write_kgbd(tmp_path / "KGBD", walkers)

    def reads(process):
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return len(children.read_text().split()) > 1

    interrupt(tmp_path, 6, reads)
    assert not list((tmp_path / "data").glob("KGBD/6"))


def test_interrupted_while_it_loads_it_ends_without_a_word(tmp_path):
    # In the place of the first large package that it needs.
    (tmp_path / "numpy.py").write_text(
        "import time\nprint('loading', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "Pre-process.py", "6"],
        cwd=programs.ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (-signal.SIGINT, "")


def contents(folder):
    """Every file and its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_interrupted_while_it_writes_it_leaves_the_former_data_set(tmp_path):
    settings = synthetic.like("KS20", 2, 0, 40)
    preparation.prepare(
        synthetic.generate(settings), "KS20", [12], tmp_path / "data", 0, "a test"
    )
    before = contents(tmp_path / "data")
    # Quickly read, but 100,000 overlapping sequences: 720 MB if nothing stopped it.
    walkers = synthetic.generate(settings)
    long = dataclasses.replace(
        walkers,
        positions=np.zeros((5000 * len(walkers), 25, 3), np.float32),
        starts=np.arange(len(walkers) + 1) * 5000,
    )
    raw_trees.write_ks20(tmp_path / "KS20", long, mat=True)
    data_set = tmp_path / "data" / "KS20"
    interrupt(tmp_path, 12, lambda _: list(data_set.glob(".making-*/new/*/*")))
    assert contents(tmp_path / "data") == before
    assert [path.name for path in data_set.iterdir()] == ["12"]


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
    done = programs.start(
        *("Pre-process.py", 6, "--from", "kinect2_csv", "--input", tmp_path / "people"),
        *("--dataset", "MyPeople", "--data_root", tmp_path / "data"),
        *("--save", tmp_path / "people.npz", "--fps", 15),
    )
    assert done.returncode == 0, done.stderr
    saved = recordings.read(tmp_path / "people.npz")
    assert saved.recording.tolist()[0] == "anna/walk 0" and len(saved) == 8
    assert saved.person_name.tolist() == ["anna"] * 4 + ["bob"] * 4
    assert "note: 8 of 8 files do not say their rate; taken as 30 " in done.stdout
    report = (tmp_path / "data" / "MyPeople" / "6" / "report.csv").read_text()
    assert "anna" in report and "gallery" in report
    assert "python SimMC.py --dataset MyPeople" in done.stdout


def test_a_file_of_recordings_is_not_saved_over_itself(tmp_path):
    path = tmp_path / "people.npz"
    recordings.write(path, synthetic.generate(synthetic.like("KS20", 2, 0, 20)))
    before = path.read_bytes()
    done = programs.start("Pre-process.py", "--recordings", path, "--save", path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "is the file that is read" in done.stderr
    assert path.read_bytes() == before
