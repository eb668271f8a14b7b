"""python -m datasets.tfds build: what it refuses, replaces, keeps and says."""

import json
import os
import signal

import numpy as np
import pytest
import tensorflow_datasets as tfds

from datasets import recordings, skeletons
from datasets.tfds import __main__ as command
from datasets.tfds import base, own
from simmc_tf import atomic, errors, folders
from tests import raw_files


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "tfds"


def walks(folder, seed=0, num_joints=5):
    """A file Mine.npz of 8 recordings of 2 persons."""
    joints = tuple(f"joint{number}" for number in range(num_joints))
    content = recordings.Recordings(
        positions=raw_files.walk(72, num_joints, seed),
        starts=np.arange(9) * 9,
        person=np.repeat([0, 1], 4),
        recording=np.array([f"walk{number}" for number in range(8)]),
        fps=np.full(8, 30.0),
        joint_names=joints,
    )
    path = folder / "Mine.npz"
    recordings.write(path, content)
    return path


def build(path, data_dir, *more):
    config = json.dumps({"file": str(path), "length": 4})
    command.main(
        ["build", "recordings", "--config", config, "--data_dir", str(data_dir), *more]
    )


def contents(folder):
    """Every file and its bytes; folders have None."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def sequences(data_dir):
    found = tfds.load("recordings/Mine-f4", data_dir=data_dir, try_gcs=False)
    return np.stack([one["skeletons"] for one in found["train"].as_numpy_iterator()])


def test_overwriting_puts_the_new_build_in_the_place_of_the_former(tmp_path, data_dir):
    build(walks(tmp_path / "a"), data_dir)
    first = sequences(data_dir)
    build(walks(tmp_path / "b", seed=1, num_joints=7), data_dir, "--overwrite")
    assert sequences(data_dir).shape == (*first.shape[:2], 7, 3)
    (version,) = (data_dir / "recordings" / "Mine-f4").iterdir()
    assert version.name == "1.0.0"


@pytest.mark.parametrize("damage", ["remove", "break", "shorten"])
def test_overwriting_from_missing_or_damaged_files_keeps_the_former_build(
    damage, tmp_path, data_dir
):
    path = walks(tmp_path)
    build(path, data_dir)
    before = contents(data_dir)
    if damage == "remove":
        path.unlink()
    elif damage == "break":
        path.write_text("no archive")
    else:
        short = recordings.Recordings(
            raw_files.walk(3, 5),
            *(np.array(value) for value in ([0, 3], [0], ["walk"], [30.0])),
            tuple(f"joint{number}" for number in range(5)),
        )
        recordings.write(path, short)
    with pytest.raises(errors.InputError):
        build(path, data_dir, "--overwrite")
    assert contents(data_dir / "recordings" / "Mine-f4") == {
        path: content for path, content in before.items() if "Mine-f4/" in str(path)
    }


def test_a_build_that_stops_half_way_keeps_the_former_one(
    tmp_path, data_dir, monkeypatch
):
    build(walks(tmp_path), data_dir)
    before = contents(data_dir / "recordings")

    def stops(*_, **__):
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(base.SequenceBuilder, "_generate_examples", stops)
    with pytest.raises(KeyboardInterrupt):
        build(walks(tmp_path, seed=1), data_dir, "--overwrite")
    assert contents(data_dir / "recordings") == before


def test_killed_between_two_renamings_the_former_build_comes_back(
    tmp_path, data_dir, monkeypatch, capsys
):
    build(walks(tmp_path / "a"), data_dir)
    before = sequences(data_dir)
    place = data_dir / "recordings" / "Mine-f4" / "1.0.0"
    rename = type(place).rename

    def killed(path, target):
        if target == place:
            raise KeyboardInterrupt
        return rename(path, target)

    # Whoever is killed clears nothing.
    monkeypatch.setattr(folders, "clear", lambda _: None)
    monkeypatch.setattr(type(place), "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        build(walks(tmp_path / "b", seed=1), data_dir, "--overwrite")
    monkeypatch.undo()
    assert not place.exists()
    build(walks(tmp_path / "a"), data_dir)
    assert f"{place}: built already, kept" in capsys.readouterr().out
    assert np.array_equal(sequences(data_dir), before)
    assert [path.name for path in place.parent.iterdir()] == ["1.0.0"]


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_what_killed_builds_left_is_removed(more, tmp_path, data_dir):
    path = walks(tmp_path)
    if more:
        build(path, data_dir)
    folder = data_dir / "recordings" / "Mine-f4"
    for name in ("incomplete.ABCDEF_1.0.0", "incomplete.abc", ".making-abc"):
        (folder / name / "recordings").mkdir(parents=True)
    build(path, data_dir, *more)
    assert [path.name for path in folder.iterdir()] == ["1.0.0"]


def test_two_processes_do_not_build_one_data_set_at_once(tmp_path, data_dir):
    path = walks(tmp_path)
    folder = data_dir / "recordings" / "Mine-f4"
    with (
        atomic.locked(folder),
        pytest.raises(errors.InputError, match="another --data_dir"),
    ):
        build(path, data_dir)
    assert not folder.exists()


def test_a_build_is_kept_where_nothing_may_be_written(tmp_path, data_dir, monkeypatch):
    path = walks(tmp_path)
    build(path, data_dir)
    monkeypatch.setattr(os, "access", lambda *_: False)
    build(path, data_dir)
    with pytest.raises(errors.InputError, match="--data_dir .*can be written to"):
        build(path, data_dir, "--overwrite")


def test_a_folder_that_cannot_be_written_to_is_found_before_anything_is_read(tmp_path):
    (tmp_path / "raw" / "KGBD").mkdir(parents=True)
    (tmp_path / "file").touch()
    arguments = ["--manual_dir", str(tmp_path / "raw")]
    with pytest.raises(errors.InputError, match="file is no folder that can be writ"):
        command.main(
            ["build", "kgbd/f6", "--data_dir", str(tmp_path / "file"), *arguments]
        )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.InputError("a  \x1b[31mb\n2.txt is empty."), r"a  \x1b[31mb\n2.txt is"),
        (PermissionError(13, "Permission denied", "a  b"), "Permission denied: a  b"),
        (OSError("a disk"), "a disk"),
        (ValueError("unknown \x1b\nmore"), r"unknown \x1b (build --help lists the ar"),
        (RuntimeError(), "RuntimeError (build --help lists the arguments)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_line_in_which_names_are_as_they_are(
    error, line, monkeypatch, capsys
):
    def main(_):
        raise error

    monkeypatch.setattr(command, "main", main)
    with pytest.raises(SystemExit) as ended:
        command.run([])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {line}") and said.count("\n") == 1


def test_who_stops_a_build_is_told_what_becomes_of_it(monkeypatch, capsys):
    def main(_):
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL  # It is heard.
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "main", main)
    with pytest.raises(SystemExit) as ended:
        command.run([])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "\nstopped; nothing half-built will be read\n"


def test_overwriting_with_a_wrong_manual_dir_keeps_the_former_build(tmp_path, data_dir):
    for name in ("Person001/1", "Person001/2", "Person001/3", "Person001/4"):
        path = tmp_path / "raw/KGBD/kinect gait raw dataset" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        frames = raw_files.walk(30, 20)
        joints = skeletons.KGBD.joints
        path.write_text("".join(raw_files.named_frame(f, joints, ";") for f in frames))
    arguments = ["build", "kgbd/f6", "--data_dir", str(data_dir), "--manual_dir"]
    command.main([*arguments, str(tmp_path / "raw")])
    before = contents(data_dir / "kgbd")
    with pytest.raises(errors.InputError, match="holds KGBD/"):
        command.main([*arguments, str(tmp_path), "--overwrite"])
    assert contents(data_dir / "kgbd") == before


def test_a_builder_in_python_overwrites_as_the_command_does(tmp_path, data_dir):
    build(walks(tmp_path), data_dir)
    config = own.Config(file=str(walks(tmp_path, seed=1)), length=4)
    builder = tfds.builder("recordings", data_dir=data_dir, config=config)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            download_mode=tfds.download.GenerateMode.FORCE_REDOWNLOAD,
            try_download_gcs=False,
        )
    )
    again = [
        one["skeletons"] for one in builder.as_dataset("train").as_numpy_iterator()
    ]
    assert np.array_equal(again, sequences(data_dir))
    assert again[0][0, 0, 0] in raw_files.walk(72, 5, seed=1)


def test_recordings_of_another_file_of_the_same_name_are_refused(tmp_path, data_dir):
    build(walks(tmp_path / "a"), data_dir)
    before = sequences(data_dir)
    other = walks(tmp_path / "b", seed=1)
    with pytest.raises(errors.InputError, match="from other recordings") as caught:
        build(other, data_dir)
    assert str(other) in str(caught.value) and "--overwrite" in str(caught.value)
    assert np.array_equal(sequences(data_dir), before)


def test_a_build_that_does_not_say_of_what_it_is_is_not_taken(tmp_path, data_dir):
    path = walks(tmp_path)
    build(path, data_dir)
    (metadata,) = data_dir.rglob("1.0.0/metadata.json")
    metadata.write_text(json.dumps({"name": "Mine"}))
    with pytest.raises(errors.InputError, match="from other recordings"):
        build(path, data_dir)


def test_the_same_recordings_elsewhere_are_kept(tmp_path, data_dir, capsys):
    build(walks(tmp_path / "a"), data_dir)
    assert "1.0.0: built\n" in capsys.readouterr().out
    before = contents(data_dir)
    build(walks(tmp_path / "b"), data_dir)
    assert "1.0.0: built already, kept; --overwrite" in capsys.readouterr().out
    assert contents(data_dir) == before


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["''", "ks20", "recordings"]),
        (["mnist"], ["'mnist'", "ks20"]),
        (["kgbd/f7"], ["'f7'", "f4, "]),
        (["kgbd", "--config", "f7"], ["'f7'", "f4, "]),
        (["recordings/Mine-f6"], ["'Mine-f6'", '"file"']),
        (["recordings", "--config", "{file: 3}"], ["{file: 3}", '"file"']),
        (["recordings", "--config", '{"fil": "a.npz"}'], ["fil", '"file"']),
        (["recordings", "--config", "[]"], ["[]", '"file"']),
        (["kgbd", "--overwrite", "--download_config", "[]"], ["[]", "JSON object"]),
    ],
)
def test_what_cannot_be_built_is_refused_with_what_can(arguments, parts, data_dir):
    with pytest.raises(errors.InputError) as caught:
        command.main(["build", *arguments, "--data_dir", str(data_dir)])
    assert all(part in str(caught.value) for part in parts)
    assert not data_dir.exists()
