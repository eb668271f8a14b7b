"""What the doctor finds, says and advises; and that it never fails itself."""

import builtins
import dataclasses
import importlib
import json
import os
import sys
import types

import numpy as np
import pytest

from datasets import catalog, npy_store, preparation, synthetic
from scripts import doctor
from scripts.doctoring import (
    computing,
    data_sets,
    findings,
    machine,
    models,
    self_test,
    stack,
)
from simmc_tf import data as data_module
from tests import programs

OPTIONS = findings.Options(self_test=False)


def found(check, options=OPTIONS):
    return list(check(options))


def levels(results):
    return [finding.level for finding in results]


@pytest.mark.parametrize(
    ("version", "ranges", "fits"),
    [
        ("2.21.0", ">=2.21,<2.22", True),
        ("2.22", ">=2.21,<2.22", False),
        ("2.3.1", ">=2.21,<2.22", False),  # Not by its letters.
        ("1.14", ">=1.14.3,<2", False),
        ("1.14.3", ">=1.14.3,<2", True),
        ("3", ">=3.0,<4", True),
        ("2.21.0rc1", ">=2.21,<2.22", True),
        ("6", ">=6", True),
        ("7", "", True),
        ("7.1", "==7.1.0", True),
        ("7.1", ">7.1", False),
        ("7.1", "<=7.1", True),
    ],
)
def test_versions_are_compared_as_pip_does(version, ranges, fits):
    assert stack.fits(version, ranges) is fits


def test_requirement_files_are_read():
    assert stack.required("requirements.txt") == {
        "tensorflow": ">=2.21,<2.22",
        "faiss-gpu": ">=1.14.3,<2",
    }
    assert "numpy" in stack.required("requirements-common.txt")


def test_this_stack_stops_nobody():
    results = found(stack.check)
    assert findings.PROBLEM not in levels(results)
    assert any("numpy 2" in finding.text for finding in results)


def pretend(monkeypatch, **versions):
    """Lets packages (with _ for -) have other versions, or be missing: ''."""
    real = stack._version
    monkeypatch.setattr(
        stack, "_version", lambda name: versions.get(name.replace("-", "_"), real(name))
    )


def test_a_version_out_of_range_is_a_warning(monkeypatch):
    pretend(monkeypatch, numpy="1.26.4", faiss_cpu="1.15", faiss_gpu="")
    (warning,) = (f for f in found(stack.check) if f.level == findings.WARNING)
    assert "numpy 1.26.4 (expected >=2.0,<3)" in warning.text
    assert warning.remedy == "pip install -r requirements-cpu.txt"


def test_a_missing_package_is_a_problem_and_its_stack_is_named(monkeypatch):
    pretend(monkeypatch, numba="", faiss_cpu="", faiss_gpu="1.15")
    monkeypatch.setenv("SIMMC_VENV", "nowhere")
    (problem,) = (f for f in found(stack.check) if f.level == findings.PROBLEM)
    assert problem.text == "not installed: numba"
    assert problem.remedy.startswith("pip install -r requirements.txt ")


def test_two_faiss_are_one_too_many(monkeypatch):
    pretend(monkeypatch, faiss_cpu="1.15", faiss_gpu="1.15")
    assert any("both are the module faiss" in f.text for f in found(stack.check))


def test_who_forgot_the_environment_is_told_how_to_enter_it(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    monkeypatch.setenv("SIMMC_VENV", str(tmp_path))
    assert f"source {tmp_path}/bin/activate" in stack.remedy()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert stack.remedy().startswith("pip install -r")


def test_idle_cores_are_told_of(monkeypatch):
    for name in machine._THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine.cores, "count", lambda: 8)
    assert levels(machine._cores()) == [findings.OK]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert [f.remedy for f in machine._cores()] == ["", "unset OMP_NUM_THREADS"]


@pytest.mark.parametrize(
    ("free", "level"), [(1e7, "problem"), (1e9, "warning"), (1e10, "ok")]
)
def test_disks_are_looked_at_where_folders_would_be_made(
    free, level, tmp_path, monkeypatch
):
    asked = []

    def usage(path):
        asked.append(path)
        return types.SimpleNamespace(free=free)

    monkeypatch.setattr(machine.shutil, "disk_usage", usage)
    finding = machine._disk("--model_root", tmp_path / "not" / "there")
    assert (finding.level, asked) == (level, [tmp_path])
    assert bool(finding.remedy) == (level != "ok")


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    finding = machine._disk("--model_root", tmp_path / "file")
    assert (finding.level, finding.remedy) == ("problem", "give another --model_root")
    monkeypatch.setattr(machine.os, "access", lambda path, mode: False)
    assert machine._disk("--model_root", tmp_path).level == "problem"
    assert machine._disk("--data_root", tmp_path).level == "warning"


def test_little_memory_is_a_warning(monkeypatch):
    monkeypatch.setattr(machine.memory, "available", lambda: 2 * 10**9)
    assert any("2.0 GB of memory: little" in f.text for f in found(machine.check))


def write_ks20(root, persons=(0, 1, 1), broken=""):
    """A small KS20 in sequences of 6; one file of a split may be damaged."""
    joints = len(catalog.find("KS20").joints)
    base = root / "KS20" / "6"
    for folder in ("train_npy_data", "test_npy_data/probe", "test_npy_data/gallery"):
        sequences = np.ones((len(persons), 6, joints, 3), np.float32)
        split = data_module.Split(sequences, np.array(persons))
        npy_store.write(base / folder, "KS20", 6, split)
    if broken:
        path = base / broken
        path.write_bytes(path.read_bytes()[:-100])
    return findings.Options(data_root=str(root))


def test_a_whole_data_set_has_its_splits_and_sizes_told(tmp_path):
    whole, *_, absent = found(data_sets.check, write_ks20(tmp_path))
    assert whole.level == "ok"
    assert whole.text.startswith(
        "KS20, 6 skeletons a sequence: train 3 of 2 persons, probe 3 of 2 persons, "
        "gallery 3 of 2 persons; 54 frames, "
    )
    assert absent.text == "not here, and licensed: KGBD, IAS, BIWI, CASIA_B"
    assert "docs/published_data.md" in absent.remedy
    assert (stack.ROOT / "docs" / "published_data.md").is_file()


def test_people_who_cannot_be_so_are_told_of_once_a_data_set(tmp_path):
    walkers = synthetic.generate(synthetic.Settings(persons=2, seed=1))
    options = findings.Options(data_root=str(tmp_path))
    for name, positions in (
        ("Good", walkers.positions),
        ("Large", 1000 * walkers.positions),
    ):
        walks = dataclasses.replace(walkers, positions=positions)
        preparation.prepare(walks, name, [6], tmp_path, 0, made_by="a test")
    good, large, odd, _ = found(data_sets.check, options)
    assert levels((good, large, odd)) == ["ok", "ok", "warning"]
    assert odd.text.startswith("Large, 6 skeletons a sequence: people are 1,")
    assert "mm, taken for m" in odd.text
    assert "scripts.show --dataset Large --length 6 --data_root" in odd.remedy


def test_a_damaged_file_is_named_with_its_split(tmp_path):
    broken = "test_npy_data/probe/t_source_y_KS20_6.npy"
    problem, _ = found(data_sets.check, write_ks20(tmp_path, broken=broken))
    assert problem.level == "problem"
    assert "KS20, 6 skeletons a sequence, probe: " in problem.text
    assert "t_source_y_KS20_6.npy" in problem.text
    assert problem.remedy


def test_a_missing_file_and_a_missing_split_are_told(tmp_path):
    options = write_ks20(tmp_path)
    base = tmp_path / "KS20" / "6"
    (base / "train_npy_data" / "ids_KS20_6.npy").unlink()
    (problem, _) = found(data_sets.check, options)
    assert "ids_KS20_6.npy missing" in problem.text
    assert problem.remedy == "copy or make the whole folder."
    for path in (base / "train_npy_data").iterdir():
        path.unlink()
    (base / "train_npy_data").rmdir()
    (problem, _) = found(data_sets.check, options)
    assert "there is no training split" in problem.text


def test_no_data_at_all_need_stop_nobody(tmp_path):
    (note,) = found(data_sets.check, findings.Options(data_root=str(tmp_path / "no")))
    assert note.level == "note"
    assert "there is no such folder" in note.text
    assert "python SimMC.py --dataset Synthetic" in note.remedy


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("ks20", "mv ROOT/ks20 ROOT/KS20"),
        ("KS20", "python Pre-process.py --dataset KS20"),
        (
            "MyPeople",
            "python Pre-process.py 6 --recordings FILE.npz --dataset MyPeople",
        ),
    ],
)
def test_a_folder_without_sequences_is_told_of(name, remedy, tmp_path):
    (tmp_path / name).mkdir()
    warning, _ = found(data_sets.check, findings.Options(data_root=str(tmp_path)))
    assert warning.level == "warning"
    assert remedy.replace("ROOT", str(tmp_path)) in warning.remedy


def test_a_descriptor_that_cannot_be_read_is_a_problem(tmp_path):
    folder = tmp_path / "Mine" / "6"
    folder.mkdir(parents=True)
    (folder / "dataset.json").write_text("{")
    problem, _ = found(data_sets.check, findings.Options(data_root=str(tmp_path)))
    assert problem.level == "problem"
    assert problem.remedy == "make the data again with Pre-process.py."


def test_models_and_representations_are_listed(tmp_path):
    folder = tmp_path / "models" / "KS20" / "probe"
    folder.mkdir(parents=True)
    (folder / "best.weights.h5").touch()
    options = findings.Options(
        model_root=str(tmp_path / "models"), representation_root=str(tmp_path / "r")
    )
    assert levels(found(models.check, options)) == ["note", "warning"]
    description = {"hyperparameters": {"preset": "auto"}, "best_epoch": 7}
    (folder / "config.json").write_text(json.dumps(description))
    _, model = found(models.check, options)
    assert (model.level, "no final figures" in model.text) == ("ok", True)
    scores = {"scores_all_pairs": {"top1": 0.5, "mean_ap": 0.25}}
    (folder / "best.json").write_text(json.dumps(scores))
    train = tmp_path / "r" / "SM-SGE" / "KS20" / "6" / "train"
    train.mkdir(parents=True)
    np.save(train / "features.npy", np.zeros((3, 6, 16), np.float32))
    features, model = found(models.check, options)
    assert features.text == "representations of SM-SGE: KS20/6 (3 x 6 x 16)"
    assert model.text == (
        "model KS20/probe: preset auto, best epoch 7, top-1 0.500, mAP 0.250"
    )
    (train / "features.npy").write_bytes(b"\x93NUMPY")
    assert levels(found(models.check, options)) == ["problem", "ok"]


GPU = ["NVIDIA H100, 550.54.15"]


@pytest.mark.parametrize(
    ("lent", "build", "missing", "gpus", "level", "part"),
    [
        ("-1", {"is_cuda_build": True}, [], GPU, "note", "'-1' hides it"),
        ("", {"is_cuda_build": True}, [], GPU, "note", "'' hides it"),
        (None, {}, [], GPU, "warning", "built without CUDA"),
        (
            None,
            {"is_cuda_build": True},
            ["x-cu12"],
            GPU,
            "warning",
            "installed: x-cu12",
        ),
        (
            "0",
            {"is_cuda_build": True},
            [],
            ["A, 470.1"],
            "warning",
            "driver 470.1 of A",
        ),
        (None, {"is_cuda_build": True}, [], GPU, "warning", "is new enough"),
    ],
)
def test_why_a_gpu_is_not_seen(lent, build, missing, gpus, level, part, monkeypatch):
    monkeypatch.setattr(computing, "_missing_libraries", lambda: missing)
    finding = computing._unseen(gpus, lent, build)
    assert finding.level == level
    assert part in finding.text
    assert finding.remedy


def test_cuda_libraries_are_those_that_tensorflow_asks_for(monkeypatch):
    named = ['nvidia-cudnn-cu12<10.0,>=9.3; extra == "and-cuda"', "numpy>=1"]
    monkeypatch.setattr(computing.metadata, "requires", lambda name: named)
    monkeypatch.setattr(computing.metadata, "distributions", lambda: [])
    assert computing._missing_libraries() == ["nvidia-cudnn-cu12"]


@pytest.mark.parametrize("package", ["tensorflow", "faiss"])
def test_what_cannot_be_imported_is_told_with_what_to_do(package, monkeypatch):
    real = builtins.__import__

    def broken(name, *arguments, **more):
        if name.split(".")[0] == package:
            raise OSError("libfoo.so.1: cannot open shared object file")
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", broken)
    results = list(computing._devices(findings.Options(gpu=-1), None))
    assert results[-1].level == "problem"
    assert f"{package} cannot be loaded: OSError: libfoo.so.1" in results[-1].text
    assert f"pip install --force-reinstall {package}" in results[-1].remedy


def child(monkeypatch, code):
    """Findings of a process that runs other code than `computing`."""
    real = doctor.subprocess.Popen
    monkeypatch.setattr(
        doctor.subprocess,
        "Popen",
        lambda command, **more: real([sys.executable, "-c", code], **more),
    )
    told = []
    doctor._compute(OPTIONS, lambda finding, say: told.append(finding))
    return told


def test_native_code_that_ends_its_process_is_told_of(monkeypatch, capfd):
    told = json.dumps({"level": "ok", "text": "so far", "remedy": ""})
    code = f"""
import os, signal, sys
print('{{"section": "devices"}}'); print('{told}'); print("a library's own words")
print("F0000 no AVX", file=sys.stderr)
sys.stdout.flush(); sys.stderr.flush()
signal.signal(signal.SIGILL, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGILL)
"""
    fine, problem = child(monkeypatch, code)
    assert fine == findings.Finding("ok", "so far")
    assert problem.text == "native code ended with SIGILL: F0000 no AVX"
    assert "AVX" in problem.remedy
    assert capfd.readouterr().out == "devices\n"


def test_a_process_that_cannot_even_start_is_told_of(monkeypatch):
    (problem,) = child(monkeypatch, "raise ImportError('no such thing')")
    assert "ended with status 1: ImportError: no such thing" in problem.text


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (ModuleNotFoundError("No module named 'numpy'"), "No module named 'numpy'"),
        (ZeroDivisionError("by\n0"), "not checked: ZeroDivisionError: by 0"),
    ],
)
def test_a_check_that_fails_does_not_end_the_others(error, part, monkeypatch, capsys):
    def fail(options):
        yield findings.Finding("ok", "one")
        raise error

    monkeypatch.setattr(machine, "check", fail)
    monkeypatch.setattr(doctor, "_compute", lambda options, tell: None)
    assert doctor.examine(OPTIONS) == 1
    out = capsys.readouterr().out
    assert part in out
    assert out.index("  ok       one") < out.index(part) < out.index("data sets")


def test_only_problems_change_the_exit_status(monkeypatch, capsys, tmp_path):
    level = "ok"
    monkeypatch.setattr(doctor, "_SECTIONS", {})
    monkeypatch.setattr(
        doctor,
        "_compute",
        lambda options, tell: tell(findings.Finding(level, "x", "do")),
    )
    for level, status, told in (
        ("ok", 0, "all is well"),
        ("note", 0, "all is well"),
        ("warning", 0, "1 warning"),
        ("problem", 1, "1 problem"),
    ):
        assert doctor.examine(OPTIONS) == status
        assert (
            capsys.readouterr().out == f"  {level:<8} x\n           -> do\n\n{told}\n"
        )


def test_the_command_says_what_is_here_without_data(tmp_path):
    done = programs.start(
        *("-m", "scripts.doctor", "--noself_test", "--gpu", "-1"),
        *("--data_root", tmp_path / "none", "--model_root", tmp_path / "models"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("stack\n", "TensorFlow computes on", "uses no GPU", "no data set in"):
        assert part in done.stdout
    assert "self-test" not in done.stdout
    assert not list(tmp_path.iterdir())  # It only looks.


def test_without_absl_it_still_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "examine", lambda options: options == doctor.Options())
    with pytest.raises(SystemExit) as ended:
        doctor._start()
    assert ended.value.code == 1


@pytest.fixture(scope="module")
def measured():
    return self_test.measure()


def test_the_stored_numbers_are_those_of_this_code(measured):
    """Where a change moves results on purpose: python -m scripts.doctor --store."""
    stored = json.loads(self_test.STORED.read_text(encoding="utf-8"))
    found = self_test.differences(measured, stored)
    assert found.keys() == self_test.TOLERANCES.keys()
    assert all(found[name] <= self_test.TOLERANCES[name] for name in found), found


def test_far_more_than_rounding_stays_within_the_tolerances(measured, monkeypatch):
    generate = self_test.loading.generate

    def changed(split):
        # Equal numbers stay equal: shared frames tell recordings.
        noise = 1e-5 * np.sin(1e6 * split.sequences.astype(np.float64))
        sequences = (split.sequences * (1 + noise)).astype(np.float32)
        return data_module.Split(sequences, split.persons)

    def generate_changed(*arguments, **more):
        loaded = generate(*arguments, **more)
        data = loaded.data
        matching = data_module.Matching(
            changed(data.matching.gallery), changed(data.matching.probe)
        )
        data = data_module.ReidData(changed(data.train), matching)
        return dataclasses.replace(loaded, data=data)

    monkeypatch.setattr(self_test.loading, "generate", generate_changed)
    off = self_test.differences(self_test.measure(), measured)
    assert off["features"] > 0
    assert all(off[name] <= self_test.TOLERANCES[name] for name in off), off


def spoil(numbers, name):
    """The same numbers, with one of them as a fault would make it."""
    spoilt = json.loads(json.dumps(numbers))
    run = spoilt["runs"]["auto"]
    match name:
        case "features":
            spoilt["features"][3] *= 1.01
        case "pseudo-labels":
            spoilt["labels"][1][::7] = [0] * len(spoilt["labels"][1][::7])
        case "losses":
            run["losses"][1][0] += 0.2
        case "top-1":
            run["top1"] = float("nan")
        case "mAP":
            run["mAP"] -= 0.1
    return spoilt


@pytest.mark.parametrize("name", self_test.TOLERANCES)
def test_the_self_test_finds_a_fault(name, measured, tmp_path, monkeypatch):
    path = tmp_path / "stored.json"
    path.write_text(json.dumps({**self_test._made_on(), **measured}))
    monkeypatch.setattr(self_test, "STORED", path)
    monkeypatch.setattr(self_test, "measure", lambda: measured)
    assert set(levels(self_test.check())) == {"ok"}

    monkeypatch.setattr(self_test, "measure", lambda: spoil(measured, name))

    wrong = [f for f in self_test.check() if f.level == "problem"]
    assert [f.text.split(" are")[0] for f in wrong] == [name]
    assert f"numpy {np.__version__}" in wrong[0].remedy


def test_storing_says_how_far_numbers_moved(measured, tmp_path, monkeypatch):
    path = tmp_path / "stored.json"
    monkeypatch.setattr(self_test, "STORED", path)
    monkeypatch.setattr(self_test, "measure", lambda: measured)
    assert self_test.store() == {}
    moved = spoil(measured, "mAP")
    monkeypatch.setattr(self_test, "measure", lambda: moved)
    assert self_test.store()["mAP"] == pytest.approx(0.1)
    assert self_test.store()["mAP"] == 0
    assert os.fspath(tmp_path) not in path.read_text()
