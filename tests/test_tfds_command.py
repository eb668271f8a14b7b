"""python -m datasets.tfds build: what it refuses, replaces, keeps and says."""

import json

import numpy as np
import pytest
import tensorflow_datasets as tfds

from datasets import recordings, skeletons
from datasets.tfds import __main__ as command
from datasets.tfds import base, own
from simmc_tf import errors
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
