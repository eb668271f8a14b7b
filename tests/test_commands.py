"""The programs as people start them: what they write, and what they refuse."""

import csv
import dataclasses
import json
import re
import shutil

import absl.flags
import numpy as np
import pytest

from datasets import loading
from datasets.representations import writing
from flags import run, source, tfds
from simmc_tf import data as data_module
from simmc_tf import errors, evaluation
from simmc_tf.export import embedder
from tests import programs

NUM_PERSONS, NUM_RECORDINGS, NUM_FRAMES, LENGTH = 4, 4, 24, 4
# An export takes longer than these two epochs.
SMALL = ["--epochs", "2", "--batch_size", "16", "--H", "16", "--gpu", "-1"]
SMALL += ["--noexport", "--noreport"]


def save_recordings(path, num_joints=5):
    """Recordings of persons whose bodies differ about as much as their frames do."""
    generator = np.random.default_rng(0)
    count = NUM_PERSONS * NUM_RECORDINGS
    bodies = generator.normal(size=(NUM_PERSONS, num_joints, 3))
    person = np.repeat(np.arange(NUM_PERSONS), NUM_RECORDINGS)
    positions = np.repeat(bodies[person], NUM_FRAMES, axis=0)
    positions += generator.normal(scale=1.5, size=positions.shape)
    np.savez(
        path,
        positions=positions.astype(np.float32),
        starts=np.arange(count + 1) * NUM_FRAMES,
        person=person,
        recording=np.array([f"walk{n}" for n in range(count)]),
        fps=np.full(count, 30.0),
        joint_names=np.array([f"joint{n}" for n in range(num_joints)]),
    )
    return path


def prepare(folder, num_joints=5):
    recordings = save_recordings(folder / f"walks{num_joints}.npz", num_joints)
    data_root = folder / f"data{num_joints}"
    done = programs.start(
        *("Pre-process.py", LENGTH, "--recordings", recordings),
        *("--dataset", "Tiny", "--data_root", data_root),
    )
    return done, data_root


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """What Pre-process.py said, and the folder of data sets."""
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="module")
def data_root(prepared):
    done, folder = prepared
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def trained(data_root, tmp_path_factory):
    """What SimMC.py said, and the folder of models."""
    model_root = tmp_path_factory.mktemp("models")
    done = programs.start(
        *("SimMC.py", "--dataset", "Tiny", *SMALL, "--export", "--report"),
        *("--data_root", data_root, "--model_root", model_root),
    )
    return done, model_root


@pytest.fixture(scope="module")
def evaluated(data_root, trained):
    return programs.start(
        *("SimMC.py", "--dataset", "Tiny", "--mode", "Eval", "--gpu", "-1"),
        *("--data_root", data_root, "--model_root", trained[1]),
    )


def table(text):
    """Rows of the printed scores of the trained model: name -> figures."""
    rows = re.findall(
        r"^(trained encoder, whole batches|trained encoder) *((?: +[\d.]+)+)$",
        text,
        re.MULTILINE,
    )
    return {name: figures.split() for name, figures in rows}


def contents(folder):
    """Every file and its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_refused(done, *parts):
    """One line on stderr for a person, and no traceback."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for part in parts:
        assert part in lines[0]


def test_pre_process_says_what_it_made_and_what_comes_next(prepared):
    done, data_root = prepared
    assert done.returncode == 0 and done.stderr == ""
    # A recording of 24 frames: 6 windows of 4, or 11 with a stride of 2.
    rows = re.findall(r"^ +(\w+) .* (\d+) +(\d+)$", done.stdout, re.M)
    assert rows == [("train", "88", "4"), ("gallery", "24", "4"), ("probe", "24", "4")]
    assert str(data_root / "Tiny" / "4") in done.stdout
    assert "python SimMC.py --dataset Tiny" in done.stdout


def test_training_succeeds_without_a_word_on_stderr(trained):
    done, _ = trained
    assert done.returncode == 0
    assert done.stderr == ""


def test_training_says_on_what_and_by_which_preset(trained):
    done, model_root = trained
    assert (
        "88 training, 24 gallery, 24 probe; 4 skeletons each, 5 joints" in done.stdout
    )
    assert "auto preset: " in done.stdout
    # 4 recordings of each of 4 persons, of which 2 are to train on.
    assert "recordings: 8, told by the frames" in done.stdout
    about = model_root / "Tiny" / "probe" / "config.json"
    settings = json.loads(about.read_text(encoding="utf-8"))["hyperparameters"]
    assert (settings["preset"], settings["protocol"]) == ("auto", "strict")


def test_training_prints_the_scores_of_all_probes_and_whether_it_was_worth_it(trained):
    done, _ = trained
    rows = table(done.stdout)
    assert list(rows) == ["trained encoder"]
    assert rows["trained encoder"][4:] == ["24", "24"]
    assert ("ahead of all that" in done.stdout) != ("warning: tr" in done.stdout)


def test_metrics_have_a_row_an_epoch(trained):
    _, model_root = trained
    path = model_root / "Tiny" / "probe" / "metrics.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert all(0 <= float(row["top1"]) <= 1 for row in rows)


def test_the_model_folder_is_complete(trained):
    _, model_root = trained
    names = {path.name for path in (model_root / "Tiny" / "probe").iterdir()}
    kept = {"best.weights.h5", "config.json", "metrics.csv", "best.json"}
    assert kept | {"report.html"} <= names
    assert not [name for name in names if name.startswith(".")]


def test_training_exports_the_model(trained):
    done, model_root = trained
    folder = model_root / "Tiny" / "probe"
    assert f"exported to {folder / 'export'}: 1/ (SavedModel)" in done.stdout
    about = embedder.load(folder).about
    assert about.joint_names == tuple(f"joint{n}" for n in range(5))
    assert (about.kind, about.unit, about.length) == ("joints", "m", LENGTH)
    assert (about.dataset, about.probe, about.size) == ("Tiny", "probe", 16)


def test_an_export_has_the_metrics_of_its_run_to_the_last_digit(trained, data_root):
    folder = trained[1] / "Tiny" / "probe"
    data_set = loading.find("Tiny", LENGTH, data_root)
    matching = loading.load(data_set, "probe", LENGTH, data_root).data.matching
    best = json.loads((folder / "best.json").read_text(encoding="utf-8"))

    found = embedder.load(folder)

    assert found.about.metrics == best
    scores = evaluation.match(matching, found.encode)
    assert best["scores_all_pairs"] == dataclasses.asdict(scores)


def export_again(program, monkeypatch, *arguments):
    """Runs a program with --mode Export in this process."""
    values = absl.flags.FlagValues()
    run.define(values)
    if program == "SimMC.py":
        tfds.define(values)
    else:
        source.define(values, default="SM-SGE")
    values([program, "--mode", "Export", "--gpu", "-1", *map(str, arguments)])
    monkeypatch.setattr(absl.flags, "FLAGS", values)
    programs.load(program).main([])


def test_a_model_is_exported_without_its_sequences(
    data_root, trained, tmp_path, monkeypatch
):
    model_root = shutil.copytree(trained[1], tmp_path / "models")
    folder = model_root / "Tiny" / "probe"
    expected = embedder.load(folder).about
    shutil.rmtree(folder / "export")
    shutil.copytree(data_root, tmp_path / "data")
    for path in (tmp_path / "data").rglob("*.npy"):
        path.unlink()

    export_again(
        *("SimMC.py", monkeypatch, "--dataset", "Tiny"),
        *("--data_root", tmp_path / "data", "--model_root", model_root),
    )

    assert embedder.load(folder).about == expected


def test_a_model_is_not_exported_as_what_it_is_not(data_root, trained, monkeypatch):
    before = contents(trained[1])
    with pytest.raises(errors.InputError, match="--H 32: .* --H 16"):
        export_again(
            *("SimMC.py", monkeypatch, "--dataset", "Tiny", "--H", "32"),
            *("--data_root", data_root, "--model_root", trained[1]),
        )
    assert contents(trained[1]) == before


def test_evaluation_repeats_the_figures_of_training(trained, evaluated):
    assert evaluated.returncode == 0 and evaluated.stderr == ""
    assert table(evaluated.stdout) == table(trained[0].stdout) != {}


def test_evaluation_says_nothing_of_changed_data(evaluated):
    assert "differ" not in evaluated.stdout


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--dataset", "Nobody"], ["--dataset Nobody", "Pre-process.py"]),
        (["--dataset", "Tiny", "--length", "5"], ["--length 5", "Pre-process.py 5"]),
        (["--dataset", "Tiny", "--probe", "C"], ["--probe C"]),
        (["--dataset", "CASIA_B", "--probe", "nm.nm"], ["takes --probe_type"]),
        (["--dataset", "Tiny", "--lambda", "1.5"], ["--lambda must be", "1.5"]),
        (["--dataset", "Tiny", "--eps", "0.5"], ["--eps 0.5", "default for Tiny"]),
        (["--dataset", "Tiny", "--gpu", "-2"], ["--gpu must be"]),
        (["Tiny"], ["unexpected argument 'Tiny'"]),
        (["--nonsense"], ["nonsense"]),
        (["--t", "abc"], ["--t=abc"]),
        (["--mode", "Test"], ["mode", "Train"]),
        (["--H"], ["--H"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_bad_command_line_is_refused_in_one_line(
    data_root, tmp_path, arguments, parts
):
    # Before the arguments, so that a flag without a value can be the last.
    done = programs.start(
        *("SimMC.py", "--data_root", data_root),
        *("--model_root", tmp_path / "models", *arguments),
    )
    assert_refused(done, *parts)
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--dataset", "KS20"], ["no folder", "KS20", "--dataset Synthetic"]),
        (["--dataset", "Tiny", "--mask_x", "4"], ["--mask_x 4", "below 4"]),
        (
            ["--dataset", "Tiny", "--protocol", "published"],
            ["88 training sequences", "--batch_size 88"],
        ),
        (["--dataset", "Tiny", "--mode", "Eval"], ["no trained model", "models"]),
        (["--dataset", "Synthetic", "--length", "-1"], ["--length"]),
        (["--dataset", "Synthetic", "--length", "9999"], ["9999"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_does_not_fit_the_data_is_refused_in_one_line(
    data_root, tmp_path, arguments, parts
):
    done = programs.start(
        *("SimMC.py", *arguments, "--gpu", "-1", "--data_root", data_root),
        *("--model_root", tmp_path / "models"),
    )
    assert_refused(done, *parts)
    assert not (tmp_path / "models").exists()


def test_a_model_is_not_evaluated_with_another_width(data_root, trained):
    before = contents(trained[1])
    done = programs.start(
        *("SimMC.py", "--dataset", "Tiny", "--mode", "Eval", "--gpu", "-1"),
        *("--data_root", data_root, "--model_root", trained[1], "--H", "32"),
    )
    assert_refused(done, "--H 32", "--H 16")
    assert contents(trained[1]) == before


def test_a_model_is_not_evaluated_on_other_skeletons(trained, tmp_path):
    done, data_root = prepare(tmp_path, num_joints=7)
    assert done.returncode == 0
    before = contents(trained[1])
    done = programs.start(
        *("SimMC.py", "--dataset", "Tiny", "--mode", "Eval", "--gpu", "-1"),
        *("--data_root", data_root, "--model_root", trained[1]),
    )
    assert_refused(done, "15 numbers", "21")
    assert contents(trained[1]) == before


def test_data_that_are_not_numbers_are_refused_by_their_place(data_root, tmp_path):
    shutil.copytree(data_root, tmp_path / "data")
    path = tmp_path / "data" / "Tiny" / "4" / "train_npy_data" / "source_y_Tiny_4.npy"
    y = np.load(path)
    y[2 * LENGTH + 3, 1] = np.nan
    np.save(path, y)
    done = programs.start(
        *("SimMC.py", "--dataset", "Tiny", *SMALL),
        *("--data_root", tmp_path / "data", "--model_root", tmp_path / "models"),
    )
    assert_refused(
        done, "source_y_Tiny_4.npy", "sequence 2", "frame 3", "joint 1", "nan"
    )
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["no sequence length", "python Pre-process.py 6"]),
        (["4", "--recordings", "{file}"], ["--dataset is missing"]),
        (["4", "--recordings", "nowhere.npz", "--dataset", "Mine"], ["nowhere.npz"]),
        (["²", "--recordings", "{file}", "--dataset", "Mine"], ["'²'"]),
        (["25", "--recordings", "{file}", "--dataset", "Mine"], ["25 frames"]),
        (["4", "--recordings", "{file}", "--dataset", "KS20"], ["KS20 is the name"]),
        (["4", "--recordings", "{file}", "--dataset", "M", "--unit", "ft"], ["unit"]),
        (["4", "--recordings", "{array}", "--dataset", "Mine"], ["array.npy"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_pre_process_refuses_in_one_line_and_writes_nothing(tmp_path, arguments, parts):
    files = {
        "{file}": save_recordings(tmp_path / "walks.npz"),
        "{array}": tmp_path / "array.npy",
    }
    np.save(files["{array}"], np.zeros((6, 3, 3)))
    arguments = [str(files.get(argument, argument)) for argument in arguments]
    done = programs.start(
        "Pre-process.py", *arguments, "--data_root", tmp_path / "data"
    )
    assert_refused(done, *parts)
    assert not (tmp_path / "data").exists()


def test_pre_process_does_not_replace_data_that_it_did_not_make(tmp_path):
    folder = tmp_path / "data" / "Mine" / "4"
    folder.mkdir(parents=True)
    (folder / "precious").write_text("irreplaceable")
    file = save_recordings(tmp_path / "walks.npz")
    done = programs.start(
        *("Pre-process.py", "4", "--recordings", file, "--dataset", "Mine"),
        *("--data_root", tmp_path / "data"),
    )
    assert_refused(done, "not made here", str(folder))
    assert [path.name for path in folder.iterdir()] == ["precious"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--dataset", "KS20", "--length", "5"],
        ["--lambda", "1.5"],
        ["--dataset", "KGBD", "--source", "tfds", "--tfds_dir", "nowhere"],
    ],
    ids=" ".join,
)
def test_what_needs_no_tensorflow_is_refused_before_it_loads(arguments):
    program = (
        "import atexit, runpy, sys\n"
        "atexit.register(lambda: print('loaded:', 'tensorflow' in sys.modules))\n"
        "sys.argv = ['SimMC.py', *sys.argv[1:]]\n"
        "runpy.run_path('SimMC.py', run_name='__main__')\n"
    )
    done = programs.start("-c", program, *arguments)
    assert_refused(done)
    assert done.stdout.strip() == "loaded: False"


def test_help_lists_the_flags_and_how_to_start():
    done = programs.start("SimMC.py", "--help")
    text = done.stdout + done.stderr
    assert "python SimMC.py --dataset KS20" in text
    for flag in ("--dataset", "--probe_type", "--lambda", "--mask_x", "--protocol"):
        assert flag in text
    assert "Traceback" not in text


def test_pre_process_needs_no_tensorflow(tmp_path):
    program = (
        "import atexit, runpy, sys\n"
        "atexit.register(lambda: print('loaded:', 'tensorflow' in sys.modules))\n"
        "sys.argv = ['Pre-process.py', *sys.argv[1:]]\n"
        "runpy.run_path('Pre-process.py', run_name='__main__')\n"
    )
    file = save_recordings(tmp_path / "walks.npz")
    done = programs.start(
        *("-c", program, "4", "--recordings", file, "--dataset", "Mine"),
        *("--data_root", tmp_path / "data"),
    )
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "loaded: False"


def test_another_process_with_the_same_seed_writes_the_same_metrics(
    data_root, trained, tmp_path
):
    done = programs.start(
        *("SimMC.py", "--dataset", "Tiny", *SMALL),
        *("--data_root", data_root, "--model_root", tmp_path),
    )
    assert done.returncode == 0, done.stderr
    first, again = (
        folder / "Tiny" / "probe" / "metrics.csv" for folder in (trained[1], tmp_path)
    )
    assert again.read_bytes() == first.read_bytes()
    assert not (again.parent / "export").exists()  # As --noexport asks.


@pytest.fixture(scope="module")
def built(data_root, tmp_path_factory):
    """What datasets.tfds said, and the folder of all that it builds."""
    config = json.dumps(
        {"file": str(data_root.parent / "walks5.npz"), "length": LENGTH}
    )
    tfds_dir = tmp_path_factory.mktemp("tfds")
    done = programs.start(
        *("-m", "datasets.tfds", "build", "recordings", "--config", config),
        *("--data_dir", tfds_dir),
    )
    return done, tfds_dir


def test_tensorflow_datasets_builds_recordings(built):
    done, tfds_dir = built
    assert done.returncode == 0, done.stderr
    (folder,) = tfds_dir.glob("recordings/walks5-f4/*/dataset_info.json")
    assert done.stdout.startswith(f"{folder.parent}: built\n")
    assert done.stderr == ""


def test_training_on_what_tensorflow_datasets_built_writes_the_same_metrics(
    built, trained, tmp_path
):
    command = [
        *("SimMC.py", "--dataset", "walks5", *SMALL, "--model_root", tmp_path),
        *("--source", "tfds", "--tfds_dir", built[1]),
    ]
    done = programs.start(*command)
    assert done.returncode == 0 and done.stderr == ""
    folder = tmp_path / "walks5" / "probe"
    expected = trained[1] / "Tiny" / "probe" / "metrics.csv"
    assert (folder / "metrics.csv").read_bytes() == expected.read_bytes()
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert about["source"] == "tfds"
    assert about["tfds_name"] == "recordings/walks5-f4:1.0.0"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["python -m datasets.tfds build"]),
        (["build", "kgbd/f6", "--manual_dir", "{empty}"], ["manual_dir", "KGBD/"]),
        (["build", "nobody"], ["nobody"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_cannot_be_built_is_said_in_one_line(tmp_path, arguments, parts):
    arguments = [part.replace("{empty}", str(tmp_path)) for part in arguments]
    more = ["--data_dir", tmp_path / "tfds"] if arguments else []
    done = programs.start("-m", "datasets.tfds", *arguments, *more)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert all(part in last for part in parts)


def test_casia_b_trains_on_generated_walkers_under_its_published_spelling(tmp_path):
    made = programs.start(
        *("-m", "scripts.make_synthetic", "--like", "CASIA_B", "--length", "40"),
        *("--persons", "4", "--data_root", tmp_path),
    )
    assert made.returncode == 0, made.stderr
    done = programs.start(
        *("SimMC.py", "--dataset", "CAISA_B", "--probe_type", "cl.nm", *SMALL),
        *(
            "--length",
            "40",
            "--data_root",
            tmp_path,
            "--model_root",
            tmp_path / "models",
        ),
    )
    assert done.returncode == 0, done.stderr
    assert "CASIA_B (generated walkers), probe cl.nm" in done.stdout
    assert (tmp_path / "models" / "CASIA_B" / "cl.nm" / "best.weights.h5").is_file()


def test_representations_are_fine_tuned_and_evaluated_again(tmp_path, monkeypatch):
    generator = np.random.default_rng(0)
    persons = np.repeat(np.arange(4), 10)
    centres = generator.normal(size=(4, 1, 8))
    for part in ("train", "gallery", "probe"):
        features = centres[persons] + generator.normal(size=(40, 6, 8))
        writing.write(
            tmp_path / "Representations" / "MG-SCR",
            part,
            "KS20",
            6,
            data_module.Split(features.astype(np.float32), persons),
        )
    command = [
        *("SimMC-UF.py", "--source", "MG-SCR", *SMALL, "--model_root", tmp_path),
        "--export",
        *("--representation_root", tmp_path / "Representations"),
    ]
    done = programs.start(*command)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "UF" / "MG-SCR" / "KS20" / "probe"
    assert (folder / "best.weights.h5").is_file()
    exported = embedder.load(folder)
    assert (exported.about.kind, exported.about.skeleton) == ("vectors", (8,))
    shutil.rmtree(folder / "export")
    # The model is all that this needs.
    export_again(command[0], monkeypatch, *command[1:-1], tmp_path / "none")
    assert embedder.load(folder).about == exported.about
    again = programs.start(*command, "--mode", "Eval")
    assert again.returncode == 0, again.stderr
    rows = table(done.stdout)
    # 40 are two whole batches of 16, and a rest that the published protocol drops.
    assert rows["trained encoder, whole batches"][4:] == ["32", "32"]
    assert rows["trained encoder"][4:] == ["40", "40"]
    assert len(rows) == 2 and table(again.stdout) == rows
