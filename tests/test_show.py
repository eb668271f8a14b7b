"""scripts.show: what it draws, lists, warns of and refuses."""

import dataclasses
import xml.etree.ElementTree

import numpy as np
import pytest
from absl import flags as absl_flags
from PIL import Image

from datasets import preparation, recordings, synthetic
from flags import preprocess
from scripts import show
from simmc_tf import errors
from tests import programs


@pytest.fixture(scope="module")
def walkers():
    found = synthetic.generate(synthetic.Settings(persons=3, seed=1))
    names = np.array([f"<{'abc'[person]}> & co" for person in found.person])
    return dataclasses.replace(found, person_name=names)


@pytest.fixture(scope="module")
def file(walkers, tmp_path_factory):
    path = tmp_path_factory.mktemp("walks") / "walks.npz"
    recordings.write(path, walkers)
    return path


@pytest.fixture(scope="module")
def data_root(walkers, tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    preparation.prepare(walkers, "Mine", [6], root, 0, made_by="a test")
    return root


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs scripts.show in a folder of its own; its lines."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        programs.run(show, monkeypatch, *arguments)
        return capsys.readouterr().out.splitlines()

    return run


def drawn(path):
    """The SVG's elements, by name without namespace."""
    return [each for each in xml.etree.ElementTree.parse(path).iter()]


def rings(path):
    return sum(each.tag.endswith("circle") for each in drawn(path))


def test_it_says_what_is_shown_and_draws_it(run, file, walkers, tmp_path):
    said = run("--recordings", file, "--person", 1)
    first = int(np.argmax(walkers.person == 1))
    name, count = walkers.recording[first], len(walkers.frames(first))
    assert said[0] == (
        f"walks.npz, person 1 (<b> & co), recording {name}: {count:,} frames, "
        f"{walkers.fps[first]:.4g} a second"
    )
    assert "20 joints, 1." in said[1]
    assert "m from feet to head; y points up" in said[1]
    assert said[2] == "no warning"
    (picture,) = tmp_path.glob("*.svg")
    assert said[3].startswith(f"{picture.name}: frames 0, ")
    assert "seen from the front" in said[3]
    title = next(each for each in drawn(picture) if each.tag.endswith("title"))
    assert title.text == f"walks.npz, person 1 (<b> & co), recording {name}"
    assert rings(picture) == 0


def test_a_person_is_named_or_numbered_and_the_first_without(run, file, walkers):
    by_name = run("--recordings", file, "--person", "<c> & co")
    assert by_name == run("--recordings", file, "--person", 2)
    assert run("--recordings", file) == run("--recordings", file, "--person", 0)


def test_a_recording_is_named_or_counted(run, file, walkers):
    second = walkers.recording[np.flatnonzero(walkers.person == 1)[1]]
    counted = run("--recordings", file, "--person", 1, "--recording", 1)
    assert second in counted[0]
    assert run("--recordings", file, "--recording", second) == counted


def test_as_many_figures_as_asked_for(run, file, tmp_path):
    said = run("--recordings", file, "--frames", 3, "--svg", "a.svg", "--turn", 0)
    assert said[-1].startswith("a.svg: frames 0, ")
    assert said[-1].endswith("; --turn 0")
    assert said[-1].count(", ") == 2
    assert run("--recordings", file, "--frames", 5, "--svg", "a.svg")[-1].count(",") > 4


def test_an_animation_has_all_frames_and_loops(run, file, walkers):
    said = run("--recordings", file, "--gif", "a.gif")
    count = min(len(walkers.frames(0)), 300)
    assert said[-1].startswith(f"a.gif: {count} frames of")
    with Image.open("a.gif") as picture:
        assert picture.n_frames == count
        assert picture.info["loop"] == 0


def test_persons_and_recordings_are_listed(run, file, walkers, tmp_path):
    said = run("--recordings", file, "--list")
    assert len(said) == 3 + len(walkers)
    assert said[0].startswith("person 0 (<a> & co): ")
    assert f"  {walkers.recording[0]}: {len(walkers.frames(0)):,} frames, " in said[1]
    assert not list(tmp_path.iterdir())


def test_missing_joints_are_rings_and_told(run, walkers, tmp_path):
    positions = walkers.positions.copy()
    positions[:40, walkers.joint_names.index("HandLeft")] = 0
    positions[0, walkers.joint_names.index("KneeLeft")] = np.nan
    path = tmp_path / "walks.npz"
    recordings.write(path, dataclasses.replace(walkers, positions=positions))
    said = run("--recordings", path, "--svg", "a.svg")
    assert [line.split(" in ")[0] for line in said[2:4]] == [
        "warning: KneeLeft",
        "warning: HandLeft",
    ]
    assert rings("a.svg") >= 2


def test_the_unit_can_be_said(run, walkers, tmp_path):
    path = tmp_path / "walks.npz"
    large = dataclasses.replace(walkers, positions=1000 * walkers.positions)
    recordings.write(path, large)
    assert "--unit mm" in run("--recordings", path)[2]
    assert run("--recordings", path, "--unit", "mm")[2] == "no warning"


def test_a_sensors_folder_is_shown_as_pre_process_reads_it(run, walkers, tmp_path):
    folder = tmp_path / "in" / "anna"
    folder.mkdir(parents=True)
    np.save(folder / "monday.npy", walkers.frames(0))
    asked = ("--from", "kinect1", "--input", tmp_path / "in")
    said = run(*asked)
    assert "1 of 1 files do not say their rate; taken as 30" in said[0]
    assert "person 0 (anna), recording anna/monday" in said[1]
    assert said[1].endswith(", 30 a second (assumed)")
    assert said[3] == "no warning"
    assert run(*asked, "--list")[-1].endswith(", 30 a second (assumed)")
    assert run(*asked, "--input_fps", 25)[0].endswith(", 25 a second")


def test_a_folder_without_folders_of_persons_says_what_to_do(run, walkers, tmp_path):
    np.save(tmp_path / "monday.npy", walkers.frames(0))
    said = run("--from", "kinect1", "--input", tmp_path)
    assert said[1].startswith("warning: nobody knows whose recordings these are")
    assert f"make {tmp_path / 'anna'}/..." in said[1] and "--pattern" in said[1]


def test_warnings_of_what_is_shown_come_before_those_of_others(run, walkers, tmp_path):
    positions = walkers.positions.copy()
    name = walkers.recording[0]
    positions[: walkers.starts[1]] *= 1000
    path = tmp_path / "walks.npz"
    recordings.write(path, dataclasses.replace(walkers, positions=positions))
    own = run("--recordings", path)
    assert f"({name})" in own[2] and "also:" not in own
    other = run("--recordings", path, "--person", 2)
    assert other[2:4] == ["no warning of this one", "also:"]
    assert other[4] == f"  {own[2]}"


def test_what_is_odd_can_be_mended_by_the_flags_that_are_named(run, walkers, tmp_path):
    path = tmp_path / "walks.npz"
    positions = walkers.positions * np.array([1, -1, 1], np.float32)
    positions[:, walkers.joint_names.index("HandLeft")] = 0
    recordings.write(path, dataclasses.replace(walkers, positions=positions))
    said = run("--recordings", path)
    assert "say --drop_joints HandLeft to Pre-process.py" in said[2]
    assert "say --flip y to Pre-process.py" in said[3]
    mended = run("--recordings", path, "--flip", "y", "--drop_joints", "HandLeft")
    assert "19 joints" in mended[1]
    assert mended[2] == "no warning"


def test_sides_can_be_swapped_back(run, walkers, tmp_path):
    path = tmp_path / "walks.npz"
    names = tuple(
        name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        for name in walkers.joint_names
    )
    recordings.write(path, dataclasses.replace(walkers, joint_names=names))
    assert "--swap_sides" in run("--recordings", path)[2]
    assert run("--recordings", path, "--swap_sides")[2] == "no warning"


def test_a_recording_without_any_number_is_not_drawn(run, walkers, tmp_path):
    positions = walkers.positions.copy()
    positions[: walkers.starts[1]] = np.nan
    path = tmp_path / "walks.npz"
    recordings.write(path, dataclasses.replace(walkers, positions=positions))
    with pytest.raises(errors.InputError, match="nothing to draw; choose another"):
        run("--recordings", path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_sequence_of_a_data_set(run, data_root, tmp_path):
    said = run("--dataset", "Mine", "--data_root", data_root, "--sequence", 17)
    assert said[0].startswith("Mine, train, sequence 17 of person ")
    assert said[0].endswith(": 6 frames")
    assert said[2] == "no warning"
    assert said[3].startswith("Mine-train-17.svg: frames 0, 1, 2, 3, 4, 5 of 6")
    assert (tmp_path / "Mine-train-17.svg").is_file()


def test_sequences_are_counted_within_a_person_and_a_part(run, data_root):
    mine = ("--dataset", "Mine", "--data_root", data_root)
    listed = run(*mine, "--list")
    assert [line.split(":")[0] for line in listed if line[0] != " "] == [
        "train",
        "probe",
        "gallery",
    ]
    last = [line for line in listed if "person 2 (<c> & co): " in line][-1]
    by_name = run(*mine, "--split", "gallery", "--person", "<c> & co")
    first = int(last.split(" ")[-1])
    said = run(*mine, "--split", "gallery", "--person", 2, "--sequence", 0)
    assert said[0].startswith(f"Mine, gallery, sequence {first} of person 2 (<c> & co)")
    assert by_name == said


def test_generated_walkers_are_shown_without_files(run):
    few = ("--dataset", "Synthetic", "--synthetic_persons", 3)
    said = run(*few, "--split", "probe", "--svg", "a.svg")
    assert said[0].startswith("Synthetic, probe, sequence 0 of person ")
    assert said[2] == "no warning"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to show; expected --recordings FILE.npz"),
        (["--recordings", "none.npz"], "There is no recordings file none.npz"),
        (["--recordings", "{file}", "--person", 7], r"has persons 0 \(<a> & co\), 1"),
        (["--recordings", "{file}", "--recording", "x"], "a number from 0 to 7"),
        (["--recordings", "{file}", "--recording", "8"], "a number from 0 to 7"),
        (["--recordings", "{file}", "--sequence", 1], "--sequence goes with --dataset"),
        (["--recordings", "{file}", "--dataset", "KS20"], "exclude each other"),
        (["--recordings", "{file}", "--gif", "a.png"], "ends in .gif, such as"),
        (["--recordings", "{file}", "--svg", "no/a.svg"], "a folder that exists"),
        (["--recordings", "{file}", "--turn", "nan"], "expected a number of degrees"),
        (["--recordings", "{file}", "--unit", "km"], "expected m, cm, mm"),
        (["--dataset", "Synthetic", "--recording", 1], "--sequence chooses one"),
        (["--recordings", "."], "is a folder, .* --from FORMAT --input FOLDER"),
        (["--dataset", "Synthetic", "--unit", "m"], "--unit goes with --recordings or"),
        (["--dataset", "Nobody"], "none of KS20"),
        (["--dataset", "KS20", "--data_root", "no"], "There is no folder no/KS20"),
        (["--dataset", "Synthetic", "--split", "x"], "has train, probe, gallery"),
        (["--dataset", "Synthetic", "--sequence", 99999], "has sequences 0 to "),
        (["--dataset", "Synthetic", "--person", 99], "has persons 0, 1, "),
        (["--from", "kinect1"], "nothing to show"),
    ],
)
def test_bad_values_are_refused_in_a_line_and_nothing_is_written(
    run, file, tmp_path, arguments, message
):
    words = [str(word).replace("{file}", str(file)) for word in arguments]
    with pytest.raises(errors.InputError, match=message) as caught:
        run(*words)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["svg", "gif"])
def test_what_is_no_picture_is_not_overwritten(run, file, tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    path.write_text("my diary")
    with pytest.raises(errors.InputError, match="it would be lost"):
        run("--recordings", file, f"--{kind}", path)
    assert path.read_text() == "my diary"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_called_like_a_picture_is_none(run, file, tmp_path):
    (tmp_path / "a.gif").mkdir()
    with pytest.raises(errors.InputError, match="a.gif: a folder; expected a file's"):
        run("--recordings", file, "--gif", tmp_path / "a.gif")


def test_a_picture_is_replaced(run, file):
    run("--recordings", file, "--svg", "a.svg")
    assert run("--recordings", file, "--svg", "a.svg", "--turn", 1)[-1].endswith(" 1")


def test_names_of_recordings_lead_nowhere(run, walkers, tmp_path):
    names = walkers.recording.astype(object)
    names[0] = "../../<x>/é a"
    path = tmp_path / "walks.npz"
    recordings.write(path, dataclasses.replace(walkers, recording=names.astype(str)))
    run("--recordings", path)
    (picture,) = tmp_path.glob("*.svg")
    assert picture.name == "walks-person_0_a_co-x_é_a.svg"
    assert "&lt;x&gt;" in picture.read_text(encoding="utf-8")


def pre_process(monkeypatch, *arguments):
    program = programs.load("Pre-process.py")
    values = absl_flags.FlagValues()
    preprocess.define(values)
    words = values(["Pre-process.py", *map(str, arguments)])[1:]
    monkeypatch.setattr(program.flags, "FLAGS", values)
    program.main(words)


def test_pre_process_doubts_the_same_and_says_how_to_see_it(
    walkers, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "walks.npz"
    large = dataclasses.replace(walkers, positions=100 * walkers.positions)
    recordings.write(path, large)
    mine = ("--dataset", "Mine", "--data_root", tmp_path / "data")
    pre_process(monkeypatch, 6, "--recordings", path, *mine)
    said = capsys.readouterr().out.splitlines()
    assert "say --unit cm" in said[0]
    assert said[1] == f"to see it: python -m scripts.show --recordings={path}"
    pre_process(monkeypatch, 6, "--recordings", path, "--unit", "cm", *mine)
    assert "to see it" not in capsys.readouterr().out
