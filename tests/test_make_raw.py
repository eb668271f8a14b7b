"""Raw trees of walkers: what is read again is what was generated."""

import numpy as np
import pytest

from datasets import synthetic
from datasets.raw import published, reading
from scripts import make_raw
from simmc_tf import errors

NAMES = ("KS20", "KGBD", "IAS", "BIWI", "CASIA_B")

PERSONS, FRAMES, SEED = 4, 30, 5


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    root = tmp_path_factory.mktemp("raw data")
    make_raw.make(root, NAMES, PERSONS, FRAMES, SEED)
    return root


def walkers(name):
    """Person, split and condition -> frames of the recordings, in their order."""
    made = synthetic.generate(synthetic.like(name, PERSONS, SEED, FRAMES))
    found = {}
    for index, key in enumerate(
        zip(
            made.person.tolist(),
            made.split.tolist(),
            made.condition.tolist(),
            strict=True,
        )
    ):
        found.setdefault(key, []).append(made.frames(index))
    return found


def read(name, root):
    raw = next(raw for raw in published.RAW if raw.name == name)
    takes = raw.format.find(raw.folder(root))
    return reading.read(takes, raw.format.read, lambda *_: None, processes=1)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_written_is_what_is_found(name, tmp_path, capsys):
    make_raw.make(tmp_path, [name], 2, 30)
    said = capsys.readouterr().out
    found = read(name, tmp_path)
    counts = f"{len(found.takes)} recordings, {found.frames[:, 0].sum()} frames"
    assert said == f"{tmp_path / name}: 2 persons, {counts}\n"


def test_kgbd_comes_back_without_the_clipped_frames(trees):
    found = read("KGBD", trees).recordings
    made = walkers("KGBD")
    for person in range(PERSONS):
        expected = [
            frames[10:-10]
            for key, walks in made.items()
            for frames in walks
            if key[0] == person and len(frames) > 20
        ]
        own = np.flatnonzero(found.person == person + 1)
        assert len(own) == len(expected) >= 4
        for index, frames in zip(own, expected, strict=True):
            np.testing.assert_array_equal(found.frames(index), frames)


@pytest.mark.parametrize("name", ["IAS", "BIWI"])
def test_ias_and_biwi_come_back_without_lost_and_clipped_frames(trees, name):
    found = read(name, trees)
    made = walkers(name)
    persons_and_splits = {key[:2] for key in made}
    assert len(found.recordings) == len(persons_and_splits)
    for index in range(len(found.recordings)):
        person = int(found.recordings.person[index])
        split = str(found.recordings.split[index])
        walk = np.concatenate(
            [
                frames
                for key, walks in made.items()
                for frames in walks
                if key[:2] == (person, split)
            ]
        )
        last = len(walk) if (name, split) == ("IAS", "train") else -10
        np.testing.assert_array_equal(found.recordings.frames(index), walk[10:last])
    assert (found.frames[:, 1] > 0).all()


@pytest.mark.parametrize("mat", [False, True], ids=["text", "mat"])
def test_ks20_comes_back_whole(trees, tmp_path, mat):
    if mat:
        make_raw.make(tmp_path, ["ks20"], PERSONS, FRAMES, SEED, ks20_mat=True)
        assert {path.suffix for path in (tmp_path / "KS20").rglob("gc*")} == {".mat"}
    found = read("KS20", tmp_path if mat else trees).recordings
    made = walkers("KS20")
    assert len(found) == len(made) == 15 * PERSONS
    for index in range(len(found)):
        part, view = str(found.condition[index]).split("-")
        split = {"gc1": "train", "gc2": "gallery", "gc3": "probe"}[part]
        (frames,) = made[int(found.person[index]), split, view]
        np.testing.assert_array_equal(found.frames(index), frames)


def test_casia_b_has_its_published_names_and_subjects(trees):
    files = {path.name: path for path in (trees / "CASIA_B").iterdir()}
    assert len(files) == PERSONS * 11 * 10
    made = walkers("CASIA_B")
    for subject, person in (("001", 0), ("002", 1), ("063", 2), ("064", 3)):
        for (owner, _, condition), walks in made.items():
            if owner != person:
                continue
            tag, view = condition.split("-")
            for number, frames in enumerate(walks, 1):
                stored = np.load(files.pop(f"{subject}-{tag}-{number:02d}-{view}.npy"))
                assert stored.dtype == np.float32
                np.testing.assert_array_equal(stored, frames)
    assert not files


def test_nothing_but_whole_data_sets_is_left(trees):
    assert sorted(path.name for path in trees.iterdir()) == sorted(NAMES)


def test_a_data_set_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "KGBD").mkdir()
    with pytest.raises(errors.InputError, match="KGBD is there already"):
        make_raw.make(tmp_path, ["BIWI", "KGBD"], 2, 8)
    assert [path.name for path in tmp_path.iterdir()] == ["KGBD"]


@pytest.mark.parametrize(
    ("name", "persons", "said"),
    [
        ("OUMVLP", 2, "--dataset OUMVLP: expected one of KS20"),
        ("KS20", 21, "--persons 21: KS20 has numbers for 20"),
        ("KGBD", 1, "persons is 1"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_written(
    tmp_path, name, persons, said
):
    with pytest.raises(errors.InputError, match=said):
        make_raw.make(tmp_path / "raw", [name], persons)
    assert not (tmp_path / "raw").exists()


def test_more_walkers_than_are_generated_at_once_are_all_there(tmp_path):
    make_raw.make(tmp_path, ["KGBD"], 17, 8)
    folders = sorted((tmp_path / "KGBD" / "kinect gait raw dataset").iterdir())
    assert [path.name for path in folders] == [f"Person{n:03d}" for n in range(1, 18)]
    assert all(len(list(path.iterdir())) == 5 for path in folders)
