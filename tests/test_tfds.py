"""tensorflow-datasets gives the arrays that Pre-process.py writes."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds

from datasets import (
    catalog,
    loading,
    npy_store,
    preparation,
    recordings,
    skeletons,
    tfds_folder,
    windows,
)
from datasets.raw import conversion, published
from datasets.tfds import __main__ as command
from datasets.tfds import arrays, own
from datasets.tfds import published as published_builders
from scripts import make_raw
from simmc_tf import checkpoints, errors, experiment
from simmc_tf import config as configs
from tests import programs, raw_files

ROOT = pathlib.Path(__file__).resolve().parents[1]
NAMES = [raw.name for raw in published.RAW]
PERSONS, RECORDINGS, FRAMES = 3, 4, 45
VIEWS = {"frontal", "left_diagonal", "left_lateral", "right_diagonal", "right_lateral"}


@pytest.fixture(scope="module")
def raw_root(tmp_path_factory):
    """Raw files of all published data sets, small; KGBD's numbers made here."""
    folder = tmp_path_factory.mktemp("raw")
    others = [name for name in NAMES if name != "KGBD"]
    make_raw.make(folder, others, persons=4, frames=45)
    for person in range(PERSONS):
        for number in range(RECORDINGS):
            path = (
                folder
                / "KGBD/kinect gait raw dataset"
                / f"Person{person + 1:03d}"
                / f"{number}.txt"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "".join(
                    raw_files.named_frame(frame, skeletons.KGBD.joints, ";")
                    for frame in kgbd_walk(person, number)
                )
            )
    return folder


def kgbd_walk(person, number):
    """All frames of a recording, with the ten at each end that are left out."""
    return raw_files.walk(FRAMES, 20, seed=10 * person + number)


def download_config(raw_root):
    return tfds.download.DownloadConfig(manual_dir=raw_root, try_download_gcs=False)


@pytest.fixture(scope="module")
def built(raw_root, tmp_path_factory):
    """Folder in which all published data sets are built in their default length."""
    folder = tmp_path_factory.mktemp("tfds")
    for name in NAMES:
        builder = tfds.builder(name.lower(), data_dir=folder)
        builder.download_and_prepare(download_config=download_config(raw_root))
    return folder


@pytest.fixture(scope="module")
def prepared(raw_root, tmp_path_factory):
    """Folder to which Pre-process.py has written the same data sets."""
    folder = tmp_path_factory.mktemp("npy")
    for raw in published.RAW:
        target = conversion.Target(raw.entry.lengths[:1], folder)
        conversion.convert_published(raw, raw_root, target, lambda *_: None)
    return folder


def folder_of(part, data_set, root):
    base = root / data_set.name / str(data_set.lengths[0])
    if part == "train":
        return base / npy_store.TRAIN_FOLDER
    return base / npy_store.TEST_FOLDER / part


def stacked(data_set):
    """All examples of a split, feature by feature, one after another."""
    examples = list(data_set.as_numpy_iterator())
    return {name: np.stack([one[name] for one in examples]) for name in examples[0]}


@pytest.mark.parametrize("name", NAMES)
def test_tfds_load_gives_the_arrays_of_pre_process(name, built, prepared):
    entry = catalog.find(name)
    length = entry.lengths[0]
    found = tfds.load(f"{name.lower()}/f{length}", data_dir=built, try_gcs=False)
    parts = {"train", *(part for pair in entry.probes.values() for part in pair)}
    assert set(found) == parts
    for part, data_set in found.items():
        examples = stacked(data_set)
        expected = npy_store.read(
            folder_of(part, entry, prepared), entry.name, length, len(entry.joints)
        )
        assert np.array_equal(examples["skeletons"], expected.sequences)
        assert np.array_equal(examples["person"], expected.persons)


@pytest.mark.parametrize(
    ("name", "probe"),
    [(entry.name, probe) for entry in catalog.PUBLISHED for probe in entry.probes],
)
def test_an_experiment_gets_the_same_data_from_both(name, probe, built, prepared):
    found = tfds_folder.find(name, 0, built)
    loaded = arrays.load(found, probe)
    entry = catalog.find(name)
    expected = loading.load(entry, probe, entry.lengths[0], prepared)
    assert loaded.data.balanced == expected.data.balanced
    assert loaded.data.matching.leave_self_out == expected.data.matching.leave_self_out
    assert list(loaded.data.splits) == list(expected.data.splits)
    for part, split in expected.data.splits.items():
        assert np.array_equal(loaded.data.splits[part].sequences, split.sequences)
        assert np.array_equal(loaded.data.splits[part].persons, split.persons)
    assert set(loaded.conditions) == set(expected.conditions)
    for part, told in expected.conditions.items():
        assert loaded.conditions[part].tolist() == told.tolist()
    about = {key: value for key, value in loaded.about.items() if key[:4] != "tfds"}
    assert about.pop("source") == "tfds"
    assert about == expected.about


def test_more_sequences_than_a_batch_arrive_in_order(built, monkeypatch):
    found = tfds_folder.find("KS20", 0, built)
    whole = arrays.load(found, "probe").data.train
    monkeypatch.setattr(arrays, "_BATCH", 7)
    assert len(whole) % 7
    again = arrays.load(found, "probe").data.train
    assert np.array_equal(again.sequences, whole.sequences)
    assert np.array_equal(again.persons, whole.persons)


def test_examples_say_which_frames_they_are(built):
    for data_set in tfds.load("kgbd/f6", data_dir=built, try_gcs=False).values():
        for one in data_set.as_numpy_iterator():
            folder, number = one["recording"].decode().split("/")
            person = int(folder.removeprefix("Person")) - 1
            first, last = one["frame_span"]
            frames = kgbd_walk(person, int(number))[10:-10][first:last]
            assert np.array_equal(one["skeletons"], frames)
            assert one["condition"] == b""


def test_conditions_are_those_of_the_recordings(built):
    train = tfds.load("ks20/f6", data_dir=built, split="train", try_gcs=False)
    examples = stacked(train)
    conditions = {one.decode() for one in examples["condition"]}
    assert all(condition.split("-")[1] in VIEWS for condition in conditions)
    assert {condition.split("-")[1] for condition in conditions} == VIEWS


@pytest.mark.parametrize("name", NAMES)
def test_metadata_tell_how_the_data_set_was_made(name, built):
    entry = catalog.find(name)
    (raw,) = [raw for raw in published.RAW if raw.name == name]
    found = tfds_folder.find(name, 0, built)
    metadata = json.loads((found.folder / "metadata.json").read_text())
    assert metadata["joint_names"] == list(entry.joints)
    assert metadata["training"] == raw.training.value
    assert metadata["fps"] and all(fps > 0 for fps in metadata["fps"])
    assert metadata.get("drawn_with_seed") == (0 if name in ("KS20", "KGBD") else None)
    assert name.lower() in metadata["made_by"]


@pytest.mark.parametrize("name", NAMES)
def test_builders_describe_what_they_build(name, tmp_path):
    entry = catalog.find(name)
    builder = tfds.builder(name.lower(), data_dir=tmp_path)
    configs = [config.length for config in builder.BUILDER_CONFIGS]
    assert configs == list(entry.lengths)
    assert builder.builder_config.length == entry.lengths[0]
    assert f"{name}/" in builder.MANUAL_DOWNLOAD_INSTRUCTIONS
    info = builder.info
    features = info.features
    shape = (entry.lengths[0], len(entry.joints), 3)
    assert features["skeletons"].shape == shape
    assert features["skeletons"].np_dtype == np.float32
    assert features["person"].np_dtype == np.int64
    assert info.description and info.citation and info.homepage.startswith("http")
    assert all(feature.doc.desc for feature in features.values())


def test_another_length_is_another_configuration(raw_root, tmp_path):
    found = tfds.load(
        "kgbd/f4",
        data_dir=tmp_path,
        split="train",
        try_gcs=False,
        download_and_prepare_kwargs={"download_config": download_config(raw_root)},
    )
    # 25 frames are left of each recording; one of four is training.
    assert stacked(found)["skeletons"].shape == (6 * PERSONS, 4, 20, 3)


def test_a_data_set_whose_raw_files_are_not_there_is_not_built(raw_root, tmp_path):
    (tmp_path / "raw" / "other").mkdir(parents=True)
    builder = tfds.builder("kgbd", data_dir=tmp_path / "tfds")
    with pytest.raises(errors.InputError, match="no folder .*KGBD.*holds KGBD/"):
        builder.download_and_prepare(download_config=download_config(tmp_path / "raw"))
    with pytest.raises(errors.InputError, match="not built KGBD"):
        tfds_folder.find("KGBD", 6, tmp_path / "tfds")


def test_without_a_folder_of_raw_files_one_is_asked_for(tmp_path):
    builder = tfds.builder("kgbd", data_dir=tmp_path)
    told = f"manual_dir {tmp_path / 'no'} is missing or empty: .*holds KGBD/"
    with pytest.raises(errors.InputError, match=told):
        builder.download_and_prepare(download_config=download_config(tmp_path / "no"))


def test_damaged_raw_files_are_named(tmp_path):
    folder = tmp_path / "raw/KGBD/kinect gait raw dataset/Person001"
    folder.mkdir(parents=True)
    (folder / "1.txt").write_text("Head;1;2\n")
    builder = tfds.builder("kgbd", data_dir=tmp_path / "tfds")
    with pytest.raises(errors.InputError, match=r"1\.txt, line 1"):
        builder.download_and_prepare(download_config=download_config(tmp_path / "raw"))


# Anyone's recordings.


def walks(tmp_path, frames=9, **changes):
    """A file of recordings of persons -1, 0, 0, 0, 0, 1, 1, 1, 1."""
    count = 9
    generator = np.random.default_rng(0)
    content = recordings.Recordings(
        **{
            "positions": generator.normal(size=(count * frames, 5, 3)).astype("f4"),
            "starts": np.arange(count + 1) * frames,
            "person": np.array([-1, *([0] * 4), *([1] * 4)]),
            "recording": np.array([f"walk{n}" for n in range(count)]),
            "fps": np.array([30.0, *([25.0] * 8)]),
            "joint_names": tuple(f"joint{n}" for n in range(5)),
            **changes,
        }
    )
    path = tmp_path / "Mine.npz"
    recordings.write(path, content)
    return path, content


def build_own(tmp_path, **more):
    config = own.Config(**more)
    builder = tfds.builder("recordings", data_dir=tmp_path / "tfds", config=config)
    builder.download_and_prepare(download_config=download_config(None))


def test_own_recordings_are_the_same_from_both(tmp_path):
    path, content = walks(tmp_path, condition=np.array([f"view{n}" for n in range(9)]))
    build_own(tmp_path, file=str(path), length=4)
    preparation.prepare(content, "Mine", [4], tmp_path / "npy", 0, "a test")
    expected = loading.load(
        loading.find("Mine", 4, tmp_path / "npy"), "probe", 4, tmp_path / "npy"
    )
    found = tfds_folder.find("Mine", 0, tmp_path / "tfds")
    assert found.data_set == expected.data_set
    loaded = arrays.load(found, "probe")
    for part, split in expected.data.splits.items():
        assert np.array_equal(loaded.data.splits[part].sequences, split.sequences)
        assert np.array_equal(loaded.data.splits[part].persons, split.persons)
    assert -1 in loaded.data.train.persons


def test_built_recordings_need_neither_their_file_nor_their_config(tmp_path):
    path, _ = walks(tmp_path, condition=np.array([f"view{n}" for n in range(9)]))
    build_own(tmp_path, file=str(path), length=4)
    path.unlink()
    found = tfds.load("recordings/Mine-f4", data_dir=tmp_path / "tfds", try_gcs=False)
    examples = stacked(found["train"])
    for recording, condition in zip(
        examples["recording"].tolist(), examples["condition"].tolist(), strict=True
    ):
        assert condition == recording.replace(b"walk", b"view")


def test_the_split_of_the_recordings_is_kept(tmp_path):
    split = np.array(["train"] * 3 + ["gallery", "probe"] * 3)
    path, content = walks(tmp_path, split=split)
    build_own(tmp_path, file=str(path), length=4)
    found = tfds_folder.find("Mine", 0, tmp_path / "tfds")
    expected = windows.by_split(content, split, 4)["probe"]
    probe = arrays.load(found, "probe").data.matching.probe
    assert np.array_equal(probe.sequences, loading.centred(expected).sequences)
    metadata = json.loads((found.folder / "metadata.json").read_text())
    assert "drawn_with_seed" not in metadata and metadata["fps"] == [25.0, 30.0]


def test_a_run_on_what_was_built_has_a_report_on_demand(tmp_path, monkeypatch):
    split = np.array(["train"] * 3 + ["gallery", "probe"] * 3)
    names = np.array(["", *(["anna"] * 4), *(["ben"] * 4)])
    path, _ = walks(tmp_path, split=split, person_name=names)
    build_own(tmp_path, file=str(path), length=4)
    loaded = arrays.load(tfds_folder.find("Mine", 0, tmp_path / "tfds"), "probe")
    assert loaded.subject.names == {0: "anna", 1: "ben"}
    assert loaded.conditions == {}
    config = configs.Config(
        H=8,
        mask_x=1,
        mask_x_2=1,
        epochs=1,
        protocol=configs.STRICT,
        preset=configs.AUTO,
    )
    about = {**loaded.about, "data_root": str(tmp_path / "tfds")}
    experiment.train(loaded.data, config, tmp_path / "run", about, lambda _: None)

    program = programs.load("scripts/report.py")
    programs.run(program, monkeypatch, tmp_path / "run", "--gpu", "-1")

    page = (tmp_path / "run" / checkpoints.REPORT).read_text(encoding="utf-8")
    assert "SimMC on Mine, probe probe" in page and "anna" in page
    assert "data differ" not in page
    with pytest.raises(errors.InputError, match="--data_root names another folder"):
        programs.run(
            program, monkeypatch, tmp_path / "run", "--data_root", tmp_path / "none"
        )


def test_recordings_without_probes_have_none(tmp_path):
    path, _ = walks(tmp_path, split=np.array(["train"] * 9))
    build_own(tmp_path, file=str(path), length=4)
    found = tfds_folder.find("Mine", 0, tmp_path / "tfds")
    assert found.data_set.probes == {}
    assert arrays.load(found, None).data.matching is None


def test_without_a_length_6_is_taken_where_it_was_built(tmp_path):
    path, _ = walks(tmp_path)
    for length in (4, 6, 8):
        build_own(tmp_path, file=str(path), length=length)
    found = tfds_folder.find("Mine", 0, tmp_path / "tfds")
    assert found.name == "recordings/Mine-f6:1.0.0"
    assert found.data_set.lengths == (6,)


def test_recordings_too_short_to_train_on_are_not_built(tmp_path):
    path, _ = walks(tmp_path)
    with pytest.raises(errors.InputError, match="10 frames"):
        build_own(tmp_path, file=str(path), length=10)


@pytest.mark.parametrize(
    ("config", "part"),
    [
        ({"file": "KS20.npz"}, "KS20"),
        ({"file": "two words.npz"}, "two words"),
        ({"file": "Mine.npz", "length": 0}, "length 0"),
        ({"file": "Mine.npz", "length": "6"}, "length '6'"),
        ({"file": 3}, "file 3"),
    ],
)
def test_a_configuration_that_means_nothing_is_refused(config, part):
    with pytest.raises(errors.InputError, match=part):
        own.Config(**config)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"no recordings file .*Nobody\.npz"):
        build_own(tmp_path, file=str(tmp_path / "Nobody.npz"))


def test_without_a_file_one_is_asked_for(tmp_path):
    with pytest.raises(errors.InputError, match="needs a file .*--config"):
        tfds.builder("recordings", data_dir=tmp_path)


# Finding what was built.


@pytest.mark.parametrize(
    ("name", "length", "command"),
    [
        ("KS20", 0, "python -m datasets.tfds build ks20/f6 --manual_dir RAW_ROOT"),
        ("ias", 8, "python -m datasets.tfds build ias/f8 --manual_dir RAW_ROOT"),
        ("CAISA_B", 0, "python -m datasets.tfds build casia_b/f40 --manual_dir"),
        (
            "Mine",
            0,
            """build recordings --config '{"file": "Mine.npz", "length": 6}'""",
        ),
    ],
)
def test_what_was_not_built_is_refused_with_the_command_that_builds_it(
    name, length, command, tmp_path, monkeypatch
):
    with pytest.raises(errors.InputError) as caught:
        tfds_folder.find(name, length, tmp_path)
    assert command in str(caught.value)
    assert f"--data_dir {tmp_path}" in str(caught.value)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(errors.InputError) as caught:
        tfds_folder.find(name, length, tmp_path)
    assert command in str(caught.value) and "--data_dir" not in str(caught.value)


def test_generated_walkers_are_not_looked_for(tmp_path):
    with pytest.raises(errors.InputError, match="in memory"):
        tfds_folder.find("synthetic", 0, tmp_path)


def test_a_length_that_is_not_published_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="--length 5: .*without --source tfds"):
        tfds_folder.find("KS20", 5, tmp_path)


def lay_down(folder, **changes):
    """Metadata of KGBD, without any example."""
    metadata = {
        "name": "KGBD",
        "length": 6,
        "joint_names": list(skeletons.KGBD.joints),
        "probes": {"probe": ["probe", "gallery"]},
        **changes,
    }
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text("{}")
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


def test_the_newest_version_is_taken(tmp_path):
    for version in ("9.0.0", "10.0.0", "2.11.0"):
        lay_down(tmp_path / "kgbd/f6" / version)
    assert tfds_folder.find("KGBD", 6, tmp_path).name == "kgbd/f6:10.0.0"


def test_a_build_that_was_interrupted_is_not_taken(tmp_path):
    lay_down(tmp_path / "kgbd/f6" / "incomplete.ABCDEF_1.0.0")
    (tmp_path / "kgbd/f6/1.0.0").mkdir()
    with pytest.raises(errors.InputError, match="not built KGBD"):
        tfds_folder.find("KGBD", 6, tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"joint_names": ["Head", "Foot"]},
        {"joint_names": 3},
        {"length": 8},
        {"length": "six"},
        {"probes": ["probe"]},
    ],
    ids=str,
)
def test_metadata_of_something_else_are_refused(changes, tmp_path):
    folder = lay_down(tmp_path / "kgbd/f6/1.0.0", **changes)
    with pytest.raises(
        errors.InputError, match="metadata.json .*--overwrite"
    ) as caught:
        tfds_folder.find("KGBD", 6, tmp_path)
    assert str(folder) in str(caught.value)


def copied(built, tmp_path):
    """A copy of KGBD as it was built, to be damaged."""
    source = tfds_folder.find("KGBD", 6, built)
    folder = tmp_path / "kgbd/f6/1.0.0"
    folder.mkdir(parents=True)
    for path in source.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return tfds_folder.find("KGBD", 6, tmp_path)


def test_damaged_examples_are_refused(built, tmp_path):
    found = copied(built, tmp_path)
    (path,) = found.folder.glob("*train*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match="is damaged .*--overwrite"):
        arrays.load(found, "probe")


def test_missing_examples_are_refused(built, tmp_path):
    found = copied(built, tmp_path)
    (path,) = found.folder.glob("*gallery*")
    path.unlink()
    with pytest.raises(errors.InputError, match="is damaged .*--overwrite"):
        arrays.load(found, "probe")


@pytest.mark.parametrize("pattern", ["*train*", "dataset_info.json"])
def test_nobody_waits_for_a_pipe(pattern, built, tmp_path):
    found = copied(built, tmp_path)
    (path,) = found.folder.glob(pattern)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(errors.InputError, match="is damaged .*--overwrite"):
        arrays.load(found, "probe")


@pytest.mark.parametrize("name", ["dataset_info.json", "features.json"])
def test_a_damaged_description_is_refused(name, built, tmp_path):
    found = copied(built, tmp_path)
    (found.folder / name).write_text("{")
    with pytest.raises(errors.InputError, match="is damaged .*--overwrite"):
        arrays.load(found, "probe")


@pytest.mark.parametrize(
    ("where", "named"),
    [
        *(("whole", each) for each in ("type", "pythonClassName", "python_class_name")),
        *(("part", each) for each in ("type", "pythonClassName", "python_class_name")),
        *(("text", each) for each in ("type", "pythonClassName")),
    ],
)
def test_modules_that_features_name_are_not_imported(
    where, named, built, tmp_path, monkeypatch
):
    (tmp_path / "stranger.py").write_text("raise SystemExit('it was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    found = copied(built, tmp_path)
    path = found.folder / "features.json"
    told = json.loads(path.read_text())
    part = told["featuresDict"]["features"]["person"]
    changed = told if where == "whole" else part
    changed[named] = "stranger.Feature"
    if named == "type":
        changed["content"] = {}
    if where == "text":  # Of which tfds makes features, too.
        features = told.pop("featuresDict")["features"]
        told["jsonFeature"] = {"json": json.dumps(features)}
    path.write_text(json.dumps(told))
    with pytest.raises(errors.InputError, match="is damaged .*--overwrite"):
        arrays.load(found, "probe")


def test_finding_needs_no_tensorflow_datasets():
    program = (
        "import sys\n"
        "from datasets import loading, preparation, tfds_folder\n"
        "from datasets.raw import conversion\n"
        "from flags import tfds\n"
        "print([n for n in sys.modules if n.startswith('tensorflow')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_importing_the_package_registers_all_builders():
    for name in (*NAMES, "recordings"):
        found = tfds.builder_cls(name.lower())
        assert found.__module__ in (published_builders.__name__, own.__name__)


def test_a_fault_of_a_builder_keeps_its_traceback(raw_root, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise TypeError("a fault of the program")

    monkeypatch.setattr(windows, "spans_by_split", broken)
    arguments = ["--manual_dir", str(raw_root), "--data_dir", str(tmp_path)]
    with pytest.raises(TypeError, match="a fault") as caught:
        command.main(["build", "kgbd/f6", *arguments])
    assert command.in_builder(caught.value)


def test_an_unknown_download_mode_is_no_fault_of_a_builder(raw_root, tmp_path):
    arguments = ["--manual_dir", str(raw_root), "--data_dir", str(tmp_path)]
    with pytest.raises(ValueError, match="bogus") as caught:
        command.main(
            [
                "build",
                "kgbd",
                *arguments,
                "--download_config",
                '{"download_mode": "bogus"}',
            ]
        )
    assert not command.in_builder(caught.value)
