"""python -m scripts.gallery: from recordings to names, and one line where it can't."""

import dataclasses
import json
import re

import numpy as np
import pytest

from datasets import recordings
from scripts import gallery_answers as answers
from simmc_tf import errors
from simmc_tf.export import about, embedder
from simmc_tf.gallery import snapshot
from tests import exported_models, galleries, programs, recorded_walks

JOINTS = tuple(f"joint {i}" for i in range(recorded_walks.JOINTS))
LENGTH = 4
ABOUT = about.About(
    *("joints", (len(JOINTS), 3), len(JOINTS) ** 2, "a" * 64, JOINTS, "mm", LENGTH)
)


def distances(sequences, visible):
    """Mean distances between all joints, in metres: what turning does not change."""
    sides = sequences[:, :, :, np.newaxis] - sequences[:, :, np.newaxis]
    seen = np.ones(sequences.shape[:2]) if visible is None else visible
    found = np.einsum("nf,nfij->nij", seen, np.linalg.norm(sides, axis=-1))
    found /= seen.sum(axis=1)[:, np.newaxis, np.newaxis]
    return (found / 1000).reshape(len(sequences), -1).astype(np.float32)


@pytest.fixture(scope="module")
def program():
    return programs.load("scripts/gallery.py")


@pytest.fixture
def command(program, monkeypatch, capsys, tmp_path):
    """Runs a command on GALLERY with a stand-in of a model, and gives what it prints.

    Attributes: `about` of the model, `gallery` and `errors`, what came on stderr.
    """

    def load(path, accept):
        return distances, accept(action.about)

    def action(*arguments, gallery=None):
        words = (*arguments, "--gallery", gallery or action.gallery)
        programs.run(program, monkeypatch, *words)
        captured = capsys.readouterr()
        action.errors = captured.err
        return captured.out

    monkeypatch.setattr(program, "load", load)
    action.about, action.gallery = ABOUT, tmp_path / "gallery"
    (tmp_path / "model").mkdir()
    return action


def write(path, persons, seed=0, each=1, length=14, joints=JOINTS, **changes):
    """Recordings of some of 30 bodies, by their numbers."""
    walks, owner = recorded_walks.recordings(30, each, length, seed=seed)
    chosen = [i for i, person in enumerate(owner) if person in persons]
    walks = [walks[i].reshape(length, -1, 3)[:, : len(joints)] / 1000 for i in chosen]
    content = {
        "positions": np.concatenate(walks).astype(np.float32),
        "starts": length * np.arange(len(chosen) + 1),
        "person": owner[chosen].astype(np.int64),
        "recording": np.array([f"walk {seed} {i}" for i in chosen]),
        "fps": np.full(len(chosen), 30.0),
        "joint_names": tuple(joints),
        **changes,
    }
    recordings.write(path, recordings.Recordings(**content))
    return path


@pytest.fixture
def enrolled(command, tmp_path):
    """Persons 0 to 4, with 2 recordings of 3 sequences each."""
    path = write(tmp_path / "who.npz", range(5), each=2)
    command("enrol", "--model", tmp_path / "model", "--recordings", path)
    return command


def test_people_are_enrolled_and_listed(command, tmp_path):
    path = write(tmp_path / "who.npz", range(5), each=2)

    out = command("enrol", "--model", tmp_path / "model", "--recordings", path)

    assert out.startswith("10 recordings (30 sequences) enrolled, of 5 new persons")
    lines = command("list").splitlines()
    assert re.fullmatch(r"person +recordings +sequences +enrolled", lines[0])
    assert re.fullmatch(r"3 +2 +6 +20\d\d-.*", lines[4])
    assert "5 persons, 30 sequences of 4 skeletons; model aaaaaaaaaaaa" in lines[6]
    listed = json.loads(command("list", "--json"))
    assert [person["name"] for person in listed["persons"]] == list("01234")
    assert listed["model"]["joint_names"] == list(JOINTS)


def test_people_are_found_by_recording(enrolled, tmp_path):
    path = write(tmp_path / "new.npz", range(5), seed=1)

    lines = enrolled("search", "--recordings", path, "--top", 2).splitlines()

    assert lines[0].split() == "recording sequences rank person distance".split()
    for person in range(5):
        first, second = lines[1 + 2 * person : 3 + 2 * person]
        assert re.fullmatch(rf"walk 1 \d+ +3 +1 +{person} +0\.\d+", first)
        assert second.split()[0] == "2"
    assert lines[-1].startswith("no threshold")


def test_people_are_found_by_sequence_as_json(enrolled, tmp_path):
    path = write(tmp_path / "new.npz", [3], seed=1)

    out = enrolled("search", "--recordings", path, "--by", "sequence", "--json")

    results = json.loads(out)["results"]
    assert [one["first_frame"] for one in results] == [0, LENGTH, 2 * LENGTH]
    for one in results:
        assert one["persons"][0]["person"] == "3" and len(one["persons"]) == 5
        assert one["nobody"] is None
        assert np.all(np.diff([p["distance"] for p in one["persons"]]) > 0)


def test_calibrated_strangers_are_nobody(enrolled, tmp_path):
    held_out = write(tmp_path / "held_out.npz", range(25), seed=2, each=2)

    out = enrolled(
        *("calibrate", "--recordings", held_out, "--false_accept_rate", "0.05")
    )

    # 0.05 of 21 is 1.05: the limit is the nearest of all trials.
    assert re.search(r"^recording +0\.\d+ +40 of 20 persons +0\.0000", out, re.M)
    stranger = write(tmp_path / "stranger.npz", [4, 27, 28], seed=3)
    out = json.loads(enrolled("search", "--recordings", stranger, "--json"))
    assert [one["nobody"] for one in out["results"]] == [False, True, True]
    assert out["threshold"]["impostor_persons"] == 20
    assert re.fullmatch("note: embedding by .*model, the model .*\n", enrolled.errors)
    table = enrolled("search", "--recordings", stranger)
    assert len(re.findall("- +nobody in the gallery", table)) == 2
    assert "0 of 40 impostor trials were nearer" in table
    assert "of 20 persons" in enrolled("list")
    enrolled("remove", "--person", "4")
    enrolled("search", "--recordings", stranger)
    then = "5 persons and 30 sequences then, 4 and 24 now"
    assert f"({then}), so calibrate again" in enrolled.errors
    out = json.loads(enrolled("search", "--recordings", stranger, "--json"))
    assert out["notes"] == enrolled.errors.splitlines()
    assert f"({then}), so calibrate again" in out["notes"][-1]


def test_a_removed_person_is_not_found_any_more(enrolled, tmp_path):
    path = write(tmp_path / "new.npz", [3], seed=1)

    assert enrolled("remove", "--person", "3") == (
        "2 recordings of 3 removed, with 6 sequences: nothing of 3 is left\n"
    )

    found = json.loads(enrolled("search", "--recordings", path, "--json"))
    persons = [one["person"] for one in found["results"][0]["persons"]]
    assert sorted(persons) == ["0", "1", "2", "4"]


def test_names_do_not_reach_the_terminal_as_they_are(command, tmp_path):
    # Recordings have no such names; a gallery that somebody sent may have them.
    person, size = "\x1b[31mAn\nna", len(JOINTS) ** 2
    model = galleries.other(
        **{"path": str(tmp_path / "\x1b[model"), "unit": "mm", "length": LENGTH},
        **{"num_joints": len(JOINTS), "joint_names": JOINTS, "size": size},
    )
    galleries.enrol(
        command.gallery,
        galleries.embedded((person,), (2,), np.ones((2, size)), prefix="\x1b]"),
        model,
    )
    (tmp_path / "\x1b[model").mkdir()
    path = write(tmp_path / "new.npz", [1])

    said = command("list")
    said += command("search", "--recordings", path) + command.errors
    said += command("remove", "--person", person)

    assert "\x1b" not in said and "An\n" not in said
    assert said.count("\\x1b[31mAn\\nna") == 4 and said.count("\\x1b[model") == 2


def test_the_unit_of_a_model_that_does_not_say_it_is_kept(command, tmp_path):
    path = write(tmp_path / "who.npz", range(5), each=2)
    command.about = dataclasses.replace(ABOUT, unit=None)
    enrol = "enrol", "--model", tmp_path / "model", "--recordings", path
    with pytest.raises(errors.InputError, match="give --unit"):
        command(*enrol)

    command(*enrol, "--unit", "mm")

    assert snapshot.read(command.gallery).database.model.unit == "mm"
    new = write(tmp_path / "new.npz", range(5), seed=1)
    found = json.loads(command("search", "--recordings", new, "--json"))["results"]
    assert [one["persons"][0]["person"] for one in found] == list("01234")
    refused(
        command, "search", "--recordings", new, "--unit", "m", match="keeps mm; leave"
    )


def test_what_is_skipped_or_added_to_is_said(enrolled, tmp_path):
    names = np.array(["walk a", "walk b"])
    path = write(tmp_path / "more.npz", [4, 5], seed=1, recording=names)
    enrolled("enrol", "--recordings", path)
    assert "note: enrolled already, with more of them now: 4" in enrolled.errors

    out = json.loads(enrolled("enrol", "--recordings", path, "--json"))

    assert "note: skipped, since they are enrolled already: walk a" in enrolled.errors
    assert out["skipped"] == ["walk a", "walk b"] and out["sequences"] == 0
    assert out["notes"] == enrolled.errors.splitlines()
    assert enrolled("enrol", "--recordings", path) == "nothing new\n"
    one = write(tmp_path / "one.npz", [6], seed=1)
    assert enrolled("enrol", "--recordings", one) == (
        "1 recording (3 sequences) enrolled, of 1 new person and 0 known ones\n"
    )


def test_every_answer_in_json_has_the_gallery_and_notes(enrolled, tmp_path):
    held_out = write(tmp_path / "held_out.npz", range(5, 15), seed=2)
    rate = "--false_accept_rate", "0.1"

    for words in (
        ("enrol", "--recordings", tmp_path / "who.npz"),
        ("calibrate", "--recordings", held_out, *rate),
        ("calibrate", "--leave_one_out", "--false_accept_rate", "0.5"),
        ("search", "--recordings", held_out),
        ("list",),
        ("list", "--person", "3"),
        ("rename", "--person", "3", "--to", "Anna"),
        ("remove", "--person", "4"),
    ):
        out = json.loads(enrolled(*words, "--json"))
        assert out["gallery"] == str(enrolled.gallery)
        assert out["notes"] == enrolled.errors.splitlines()


def test_names_of_recordings_may_tell_a_former_name(enrolled, tmp_path):
    path = write(
        *(tmp_path / "new.npz", [7]),
        **{"seed": 1, "person_name": np.array(["anna"])},
        recording=np.array(["anna/monday"]),
    )
    enrolled("enrol", "--recordings", path)

    enrolled("rename", "--person", " anna ", "--to", " zoe ")

    assert enrolled.errors == (
        "note: names of recordings still have 'anna' in them: anna/monday\n"
    )
    assert "1 recording (3 sequences)" in enrolled("rename", "--person=zoe", "--to=eve")
    assert not enrolled.errors


def test_the_same_model_with_another_unit_is_refused(enrolled, tmp_path):
    path = write(tmp_path / "new.npz", [7], seed=1)
    enrolled.about = dataclasses.replace(ABOUT, unit="m")

    for action in ("enrol", "search", "calibrate"):
        refused(
            *(enrolled, action, "--recordings", path),
            match="takes joints in m, and the gallery was built with mm: give",
        )


def test_tables_are_aligned_whatever_the_names():
    names = ["张伟", "Rene\u0301", "x" * 30 + "y" * 30, "王" * 30, "x" * 40]

    lines = answers.table(["person", "n"], [[n, "1"] for n in names], "<>").splitlines()

    width = 40
    assert lines[0] == "person" + " " * (width - 6) + "  n"
    assert lines[1] == "张伟" + " " * (width - 4) + "  1"
    assert lines[2] == names[1] + " " * (width - 4) + "  1"
    assert lines[3] == "x" * 20 + "…" + "y" * 19 + "  1"
    assert lines[4] == "王" * 10 + "…" + "王" * 9 + " " + "  1"
    assert lines[5] == "x" * 40 + "  1"


def test_a_person_is_removed_however_the_name_is_spelt(command, tmp_path):
    names = np.array(["Ren\u00e9", "Ben"])
    path = write(tmp_path / "who.npz", range(2), person_name=names)
    command("enrol", "--model", tmp_path / "model", "--recordings", path)

    out = command("remove", "--person", "Rene\u0301")

    assert "of Ren\u00e9 removed" in out


def refused(command, *arguments, match, **changes):
    """A command fails with one line, and the gallery is as it was."""
    before = galleries.content(command.gallery)
    with pytest.raises(errors.InputError, match=match) as caught:
        command(*arguments, **changes)
    assert "\n" not in str(caught.value)
    assert galleries.content(command.gallery) == before


@pytest.mark.parametrize("action", ["enrol", "search", "calibrate"])
def test_recordings_that_do_not_fit_are_refused(enrolled, tmp_path, action):
    path = write(tmp_path / "few.npz", [1], joints=JOINTS[:4])
    refused(enrolled, action, "--recordings", path, match="4 joints .* takes 5 joints")
    empty = {
        "positions": np.empty((0, len(JOINTS), 3), np.float32),
        "starts": np.zeros(1, int),
        "person": np.empty(0, int),
        "recording": np.empty(0, str),
        "fps": np.empty(0),
        "joint_names": np.array(JOINTS),
    }
    np.savez(path, person=np.empty(0, int))
    refused(enrolled, action, "--recordings", path, match="few.npz: positions, starts")
    np.savez(path, **empty)
    refused(enrolled, action, "--recordings", path, match="there is no recording in")
    path.write_bytes(b"nothing")
    refused(enrolled, action, "--recordings", path, match="few.npz: not a readable")
    path.unlink()
    refused(enrolled, action, "--recordings", path, match="no recordings file")


@pytest.mark.parametrize("action", ["enrol", "search", "calibrate"])
def test_recordings_in_a_wrong_unit_are_refused(enrolled, tmp_path, action):
    path = write(tmp_path / "new.npz", range(8, 12), seed=1)
    arrays = dict(np.load(path))
    del arrays["unit"]
    np.savez(path, **{**arrays, "positions": 1000 * arrays["positions"]})
    refused(enrolled, action, "--recordings", path, match="m large.*4 of 4 .*unit m,")

    np.savez(path, **{**arrays, "positions": 0 * arrays["positions"]})
    refused(enrolled, action, "--recordings", path, match="nobody is seen in any")


@pytest.mark.parametrize("action", ["enrol", "search", "calibrate"])
def test_another_model_is_refused(enrolled, tmp_path, action):
    path = write(tmp_path / "new.npz", [1], seed=1)
    enrolled.about = about.About(
        *("joints", (len(JOINTS), 3), len(JOINTS) ** 2, "b" * 64, JOINTS, "mm", LENGTH)
    )

    refused(
        *(enrolled, action, "--recordings", path),
        match="digest bbbbbbbbbbbb.*, and .* built with aaaaaaaaaaaa.* from .*model",
    )


def test_a_model_that_is_gone_must_be_given(enrolled, tmp_path):
    path = write(tmp_path / "new.npz", [1], seed=1)
    (tmp_path / "model").rename(tmp_path / "moved")

    refused(enrolled, "search", "--recordings", path, match="is no more in .*--model")
    given = "--model", tmp_path / "moved"
    assert "walk 1" in enrolled("search", "--recordings", path, *given)
    refused(enrolled, "search", "--recordings", path, match="is no more in .*--model")


@pytest.mark.parametrize("action", ["enrol", "calibrate", "skip"])
def test_where_a_model_was_moved_to_is_remembered(enrolled, tmp_path, action):
    path = write(tmp_path / "new.npz", [1, *range(6, 26)], seed=1)
    again = "enrol", "--recordings", tmp_path / "who.npz"
    words = {
        "enrol": ("enrol", "--recordings", path),
        "calibrate": ("calibrate", "--recordings", path, "--false_accept_rate", 0.1),
        "skip": again,
    }[action]
    (tmp_path / "model").rename(tmp_path / "moved")

    enrolled(*words, "--model", tmp_path / "moved")

    place = str(tmp_path / "moved")
    assert f"from now on the gallery looks for its model in {place}" in enrolled.errors
    assert snapshot.read(enrolled.gallery).database.model.path == place
    enrolled(*again)
    assert "from now on" not in enrolled.errors


def test_a_person_gets_another_name(enrolled, tmp_path):
    out = enrolled("rename", "--person", "3", "--to", "Rene\u0301")

    assert out == "3 is called Ren\u00e9 now, with 2 recordings (6 sequences)\n"
    path = write(tmp_path / "new.npz", [3], seed=1)
    found = json.loads(enrolled("search", "--recordings", path, "--json"))["results"]
    assert found[0]["persons"][0]["person"] == "Ren\u00e9"
    refused(enrolled, "rename", "--person", "Ren\u00e9", "--to", "4", match="--merge")
    merge = "rename", "--person", "Ren\u00e9", "--to", "4", "--merge"
    answer = json.loads(enrolled(*merge, "--json"))
    assert answer["merged"] and answer["sequences"] == 6 and not answer["notes"]


def test_a_recording_is_removed_and_the_person_with_the_last(enrolled):
    rows = enrolled("list", "--person", "3").splitlines()
    assert rows[0].split() == ["recording", "frames", "sequences", "enrolled"]
    assert [row[:8] for row in rows[1:]] == ["walk 0 6", "walk 0 7"]

    out = enrolled("remove", "--recording", "walk 0 6")

    assert out == "recording walk 0 6 of 3 removed, with 3 sequences\n"
    refused(enrolled, "remove", "--recording", "walk 0 6", match="There are 0/walk 0 0")
    out = json.loads(enrolled("remove", "--recording", "3/walk 0 7", "--json"))
    assert out["gone"] and out["person"] == "3" and out["sequences"] == 3
    refused(enrolled, "list", "--person", "3", match="Nobody in .* is called 3")
    listed = json.loads(enrolled("list", "--json"))
    assert [person["name"] for person in listed["persons"]] == list("0124")


def test_a_gallery_is_calibrated_by_who_is_enrolled(enrolled, tmp_path):
    words = "calibrate", "--leave_one_out", "--false_accept_rate"
    refused(enrolled, *words, "0.3", match="5 persons in .* which takes 6: enrol more")
    (tmp_path / "model").rmdir()  # Nothing is embedded.

    out = enrolled(*words, "0.5")

    # Of 6 persons half is 3: a limit that one of 5, or less, is within.
    assert re.search(
        r"^recording +0\.\d+ +10 of 5 persons +0\.\d000 +10 +\d\.\d{4} +0\.", out, re.M
    )
    assert "each left out in turn" in out and "below" not in out
    assert re.search(
        r"^note: nearest two: \d and \d, 0\.\d+; if", enrolled.errors, re.M
    )
    listed = json.loads(enrolled("list", "--json"))["thresholds"]["sequence"]
    assert listed["leave_one_out"] and listed["false_accept_bound"] is None
    assert listed["impostor_trials"] == 30 and listed["genuine_trials"] == 30


def test_frames_that_are_missing_do_not_hide_people(enrolled, tmp_path):
    path = write(tmp_path / "new.npz", range(5), seed=1)
    arrays = dict(np.load(path))
    arrays["positions"][[0, 1, 2, 20]] = 0
    arrays["positions"][14 + LENGTH : 14 + 2 * LENGTH] = np.nan
    np.savez(path, **arrays)

    out = enrolled("search", "--recordings", path, "--by", "sequence", "--json")

    out = json.loads(out)
    assert "7 of 70 frames are missing" in out["notes"][1]
    assert "sequences left out, without any: 1" in out["notes"][1]
    found = [(one["recording"], one["first_frame"]) for one in out["results"]]
    second = [first for name, first in found if name == found[3][0]]
    assert len(found) == 14 and second == [0, 2 * LENGTH]
    first = json.loads(enrolled("search", "--recordings", path, "--json"))["results"]
    assert [one["persons"][0]["person"] for one in first] == list("01234")


@pytest.mark.parametrize("action", ["enrol", "calibrate"])
def test_unknown_persons_are_refused_where_they_must_be_known(
    enrolled, tmp_path, action
):
    path = write(tmp_path / "new.npz", [1, 2], seed=1, person=np.array([-1, 2]))

    refused(enrolled, action, "--recordings", path, match="nobody says who walk 1")
    assert "walk 1" in enrolled("search", "--recordings", path)


@pytest.mark.parametrize("action", ["enrol", "calibrate"])
def test_short_recordings_are_only_searched_for(enrolled, tmp_path, action):
    path = write(tmp_path / "short.npz", [1], seed=1, length=LENGTH - 1)

    refused(enrolled, action, "--recordings", path, match="has 3 frames, and .* 4")
    assert re.search(r"walk 1 1 +1 +1 +1 ", enrolled("search", "--recordings", path))
    assert "shorter than the model's 4 frames" in enrolled.errors
    out = json.loads(enrolled("search", "--recordings", path, "--json"))
    assert "shorter than the model's 4 frames" in out["notes"][-1]


def test_a_new_gallery_needs_a_model(command, tmp_path):
    path = write(tmp_path / "who.npz", [1])

    with pytest.raises(errors.InputError, match="--model is missing"):
        command("enrol", "--recordings", path)

    assert not command.gallery.exists()


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ([], "no command; expected one of enrol, search, list, remove, "),
        (["find"], "find; expected one of"),
        (["list", "search"], "list search; expected one of"),
        (["search"], "--recordings is missing; search needs an .npz file"),
        (
            ["remove"],
            r"remove needs just one of --person \(the id .*\) or --recording \(",
        ),
        (["remove", "--person", "a", "--recording", "b"], "needs just one of --person"),
        (["rename", "--person", "a"], "--to is missing; rename needs the name"),
        (
            ["rename", "--person", "a", "--to", " "],
            "--to is missing; rename needs the name",
        ),
        (["rename", "--person", "a", "--to", "b\x1bc"], "expected a name"),
        (["remove", "--person", "a", "--merge"], "--merge does not go with remove"),
        (["calibrate"], r"calibrate needs just one of --recordings \(an .npz"),
        (
            ["calibrate", "--recordings", "a", "--leave_one_out"],
            "needs just one of .* or --leave_one_out",
        ),
        (
            ["calibrate", "--leave_one_out", "--model", "m"],
            "--model does not go with --leave_one_out",
        ),
        (["list", "--top", "3"], "--top does not go with list"),
        (["enrol", "--recordings", "a", "--person", "b"], "--person does not go with"),
        (
            ["calibrate", "--recordings", "a", "--false_accept_rate", "2"],
            "--false_accept_rate 2.0: expected a share",
        ),
        (["search", "--recordings", "a", "--gpu", "-2"], "--gpu must be -1"),
    ],
)
def test_a_command_line_that_cannot_be_is_one_line(command, words, match):
    with pytest.raises(errors.InputError, match=match):
        command(*words)


def test_a_gallery_must_be_named(program, monkeypatch):
    with pytest.raises(errors.InputError, match="--gallery is missing"):
        programs.run(program, monkeypatch, "list")


def test_a_model_that_comes_of_identity_labels_is_noted(command, tmp_path):
    command.about = dataclasses.replace(ABOUT, identity_labels=True)
    who = write(tmp_path / "who.npz", range(3))
    said = command(
        *("enrol", "--model", tmp_path / "model", "--recordings", who, "--json")
    )
    (note,) = (n for n in json.loads(said)["notes"] if "identity labels" in n)
    assert note.startswith("note: what this model was trained on was made with")


def test_an_exported_model_enrols_and_finds(program, monkeypatch, capsys, tmp_path):
    exported_models.export(tmp_path / "run", "auto")
    joints = tuple(f"joint{number}" for number in range(len(JOINTS)))
    who = write(tmp_path / "who.npz", range(5), each=2, joints=joints)
    new = write(tmp_path / "new.npz", range(5), seed=1, joints=joints)
    arrays = dict(np.load(new))
    arrays["positions"][::5] = np.nan
    np.savez(new, **arrays)
    place = "--gallery", tmp_path / "gallery"

    model = "--model", tmp_path / "run"
    programs.run(program, monkeypatch, "enrol", *place, *model, "--recordings", who)
    capsys.readouterr()
    programs.run(program, monkeypatch, "search", *place, "--recordings", new, "--json")

    results = json.loads(capsys.readouterr().out)["results"]
    nearest = [int(one["persons"][0]["person"]) for one in results]
    assert sum(map(int.__eq__, nearest, range(5))) >= 4
    gallery = snapshot.read(tmp_path / "gallery")
    np.testing.assert_allclose(np.linalg.norm(gallery.vectors, axis=1), 1, rtol=1e-5)
    assert gallery.database.model.length == LENGTH

    exported_models.export(tmp_path / "run", "auto", seed=5)
    # A model is a program: another one is not even loaded.
    monkeypatch.setattr(embedder, "load", lambda path: pytest.fail("loaded"))
    with pytest.raises(errors.InputError, match="was built with"):
        programs.run(program, monkeypatch, "search", *place, "--recordings", new)


def test_an_error_is_one_line_and_status_2(tmp_path):
    ended = programs.start("-m", "scripts.gallery", "list", "--gallery", tmp_path)

    assert ended.returncode == 2 and not ended.stdout
    assert ended.stderr == (
        f"error: {tmp_path}: there is no gallery; enrol makes one.\n"
    )
