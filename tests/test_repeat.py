"""--repeat: a run again from its config.json, and what it is compared by."""

import csv
import json
import re
import shutil

import h5py
import numpy as np
import pytest
from absl import flags

from flags import run as run_flags
from flags import tfds
from simmc_tf import differences, errors, origin
from tests import programs

ARGUMENTS = (
    *("--dataset", "Synthetic", "--synthetic_persons", "4", "--length", "4"),
    *("--H", "16", "--batch_size", "64", "--epochs", "2", "--lambda", "0.25"),
    *("--seed", "3", "--noexport", "--noreport"),
)


def start(*arguments):
    """Runs SimMC.py in this process, on the CPU."""
    values = flags.FlagValues()
    run_flags.define(values)
    tfds.define(values)
    values(["SimMC.py", "--gpu", "-1", *map(str, arguments)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flags, "FLAGS", values)
        programs.load("SimMC.py").main([])


@pytest.fixture(scope="module", autouse=True)
def code():
    """What the code is told to be, whatever is being changed here."""
    found = {"commit": "a" * 40, "dirty": False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(origin, "code", lambda: found)
        yield found


@pytest.fixture(scope="module")
def first(code, tmp_path_factory):
    """The folder of a run."""
    root = tmp_path_factory.mktemp("first")
    start(*ARGUMENTS, "--model_root", root)
    return root / "Synthetic" / "probe"


@pytest.fixture
def run(first, tmp_path):
    """A copy of it, to change."""
    return shutil.copytree(first, tmp_path / "run")


def described(folder):
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def describe(folder, **changes):
    content = json.dumps(described(folder) | changes)
    (folder / "config.json").write_text(content, encoding="utf-8")


def test_config_json_tells_the_command_and_what_computed(first, code):
    found = described(first)
    command = found["command"]
    assert command["program"] == "SimMC.py"
    assert command["given"]["lambda"] == 0.25
    assert (command["given"]["seed"], command["given"]["export"]) == (3, False)
    assert "eps" not in command["given"] and "verbosity" not in command["given"]
    assert (command["data"]["probe"], command["data"]["length"]) == ("probe", 4)
    assert found["code"] == code
    assert found["machine"]["threads"] >= 1
    assert set(found["persons_sha256"]) == set(found["data_sha256"])


def test_a_repetition_is_equal_bit_for_bit_and_says_so(run, capsys):
    start("--repeat", run)

    said = capsys.readouterr().out
    again = run.with_name("run-repeated")
    assert f"repeated {run}, equal bit for bit: metrics.csv, best.weights" in said
    assert "with the same versions, code, device and machine" in said
    one, two = ((each / "metrics.csv").read_bytes() for each in (run, again))
    assert one == two
    now, then = described(again), described(run)
    assert now["hyperparameters"] == then["hyperparameters"]
    # So that it can itself be repeated.
    given = then["command"]["given"]
    assert now["command"] == then["command"] | {"given": given | {"gpu": "-1"}}


@pytest.mark.slow
def test_a_run_on_representations_is_repeated_bit_for_bit(tmp_path):
    walkers = "--dataset", "Synthetic", "--synthetic_persons", "4", "--length", "4"
    roots = "--representation_root", tmp_path, "--model_root", tmp_path / "models"
    programs.start("-m", "scripts.make_representations", *walkers, *roots[:2])
    command = "SimMC-UF.py", "--gpu", "-1", *ARGUMENTS, "--source", "raw", *roots
    assert programs.start(*command).returncode == 0
    folder = tmp_path / "models/UF/raw/Synthetic/probe"

    done = programs.start("SimMC-UF.py", "--gpu", "-1", "--repeat", folder)

    assert done.returncode == 0, done.stderr
    assert f"repeated {folder}, equal bit for bit: metrics.csv, best" in done.stdout


def test_a_repetition_says_what_differs_and_where_first(run, capsys):
    versions = described(run)["versions"] | {"numpy": "1.0"}
    describe(run, versions=versions, code={"commit": "f" * 40, "dirty": False})
    path = run / "metrics.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[2]["loss"] = repr(float(rows[2]["loss"]) + 0.5)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    with pytest.raises(SystemExit) as ended:
        start("--repeat", run)

    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert f"numpy {np.__version__} (then 1.0)" in said
    assert "commit aaaaaaaaaaaa (then commit ffffffffffff)" in said
    line = next(line for line in said.splitlines() if "first difference" in line)
    assert "metrics.csv: epoch 2, loss: " in line and line.endswith("(by 0.5)")


@pytest.mark.parametrize("kind", ["data_sha256", "persons_sha256"])
def test_other_data_are_refused_before_anything_is_trained(kind, run):
    digests = described(run)[kind] | {"gallery": "0" * 64}
    describe(run, **{kind: digests})

    with pytest.raises(errors.InputError, match="gallery data are not those of"):
        start("--repeat", run)

    assert not run.with_name("run-repeated").exists()


@pytest.mark.parametrize(
    "flag",
    [("--seed", 4), ("--dataset", "KS20"), ("--mode", "Eval"), ("--mask_lambda", 1)],
)
def test_flags_that_decide_figures_are_refused_beside_it(flag, run):
    with pytest.raises(errors.InputError, match="--repeat takes it from the run"):
        start("--repeat", run, *flag)


def test_a_repetition_does_not_replace_its_run(run, tmp_path):
    shutil.copytree(run, tmp_path / "Synthetic" / "probe")
    with pytest.raises(errors.InputError, match="is the run to repeat"):
        start(
            *("--repeat", tmp_path / "Synthetic" / "probe", "--model_root", tmp_path),
        )


def spoil_program(folder):
    command = described(folder)["command"] | {"program": "SimMC-UF.py"}
    describe(folder, command=command)


def spoil_command(folder):
    describe(folder, command=None)


def spoil_flag(folder):
    command = described(folder)["command"]
    data = command["data"] | {"length": "many"}
    describe(folder, command=command | {"data": data})


def spoil_json(folder):
    (folder / "config.json").write_text('{"hyperparameters": [', encoding="utf-8")


def spoil_command_type(folder):
    describe(folder, command=[1])


def remove_figures(folder):
    (folder / "best.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_program, "a run of SimMC-UF.py; start that"),
        (spoil_command, "does not tell the command"),
        (spoil_command_type, "cannot be read"),
        (spoil_flag, "says --length many"),
        (spoil_json, "cannot be read"),
        (remove_figures, "no run that has ended .best.json is missing"),
        (shutil.rmtree, "no run that has ended .config.json is missing"),
    ],
)
def test_what_cannot_be_repeated_is_refused(spoil, told, run):
    spoil(run)
    with pytest.raises(errors.InputError, match=told):
        start("--repeat", run)


def change_weight(folder, value=None):
    with h5py.File(folder / "best.weights.h5", "r+") as file:
        found = []
        file.visititems(
            lambda _, node: (
                found.append(node) if getattr(node, "ndim", 0) == 2 else None
            )
        )
        close = np.nextafter(found[0][0, 0], np.float32(9))
        found[0][0, 0] = close if value is None else value
    return r"best.weights.h5: \S+: 1 of [\d,]+ numbers differ \(by (\S+e-\d+|nan)\)"


def spoil_weight(folder):
    return change_weight(folder, np.nan)


def change_figure(folder):
    path = folder / "best.json"
    best = json.loads(path.read_text(encoding="utf-8"))
    best["scores"]["top1"] = -1.0
    path.write_text(json.dumps(best), encoding="utf-8")
    return r"best.json: scores.top1: -1.0, not [\d.]+ \(by"


def shorten_metrics(folder):
    path = folder / "metrics.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    return "metrics.csv: ends with epoch 1, not 2"


def empty_cell(folder):
    path = folder / "metrics.csv"
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    rows[2][rows[0].index("loss")] = ""
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    return r"metrics.csv: epoch 1, loss: nothing, not \S+$"


@pytest.mark.parametrize(
    "change",
    [change_weight, spoil_weight, change_figure, shorten_metrics, empty_cell],
)
def test_the_first_difference_is_found(change, first, run):
    assert differences.first(run, first) is None
    expected = change(run)
    assert re.search(expected, differences.first(run, first))
