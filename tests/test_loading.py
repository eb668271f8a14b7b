"""From a name on the command line to probes, gallery and training sequences."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from datasets import catalog, loading
from datasets import preparation as preparation_module
from datasets import recordings as recordings_module
from simmc_tf import data as data_module
from simmc_tf import errors

# Data set -> joints and a length that it comes in, from method.md.
SHAPES = {
    "KS20": (25, 6),
    "KGBD": (20, 4),
    "IAS": (20, 8),
    "BIWI": (20, 12),
    "CASIA_B": (14, 40),
}
PARTS = {
    "KS20": ["gallery", "probe"],
    "KGBD": ["gallery", "probe"],
    "IAS": ["A", "B"],
    "BIWI": ["Walking", "Still"],
    "CASIA_B": ["nm", "cl", "bg"],
}
# Every part has its own number of sequences, by which it is recognised.
SIZES = {
    "train": 3,
    **{"gallery": 4, "probe": 5},
    **{"A": 6, "B": 7},
    **{"Walking": 8, "Still": 9},
    **{"nm": 10, "cl": 11, "bg": 12},
}


def save_part(folder, name, length, num_joints, size, prefix, first_person=0):
    """Sequences of 3 persons in turn, by plain np.save; returns them."""
    folder.mkdir(parents=True)
    shape = (size, length, num_joints, 3)
    sequences = np.random.default_rng(size).normal(size=shape).astype(np.float32)
    persons = first_person + np.arange(size) % 3
    for axis, letter in enumerate("xyz"):
        np.save(
            folder / f"{prefix}source_{letter}_{name}_{length}.npy",
            sequences[..., axis].reshape(-1, num_joints).astype(np.float64),
        )
    ids = {int(p): np.flatnonzero(persons == p).tolist() for p in np.unique(persons)}
    np.save(folder / f"ids_{name}_{length}.npy", ids)
    np.save(folder / f"frame_id_{name}_{length}.npy", persons)
    return sequences


def save_published(root, name, folder=None, inner="", **options):
    """A data set as it is published; returns the sequences of every part."""
    num_joints, length = SHAPES[name]
    base = root / (folder or name) / str(length)
    parts = {"train": base / f"{inner}train_npy_data"}
    parts |= {part: base / f"{inner}test_npy_data" / part for part in PARTS[name]}
    return {
        part: save_part(
            path,
            *(name, length, num_joints, SIZES[part]),
            "" if part == "train" else "t_",
            **options,
        )
        for part, path in parts.items()
    }


def load(root, name, probe=None):
    data_set = loading.find(name, 0, root)
    length = SHAPES[data_set.name][1]
    probe = data_set.check_probe(probe)
    return loading.load(data_set, probe, data_set.check_length(length), root)


@pytest.mark.parametrize(
    ("name", "probe", "probes_in", "gallery_in"),
    [
        ("KS20", "probe", "probe", "gallery"),
        ("KGBD", "probe", "probe", "gallery"),
        ("IAS", "A", "A", "B"),
        ("IAS", "B", "B", "A"),
        ("BIWI", "Walking", "Walking", "Still"),
        ("BIWI", "Still", "Still", "Walking"),
        ("CASIA_B", "nm.nm", "nm", "nm"),
        ("CASIA_B", "cl.cl", "cl", "cl"),
        ("CASIA_B", "bg.bg", "bg", "bg"),
        ("CASIA_B", "cl.nm", "cl", "nm"),
        ("CASIA_B", "bg.nm", "bg", "nm"),
    ],
)
def test_every_probe_has_its_published_gallery(
    tmp_path, name, probe, probes_in, gallery_in
):
    save_published(tmp_path, name)
    matching = load(tmp_path, name, probe).data.matching
    assert len(matching.probe) == SIZES[probes_in]
    assert len(matching.gallery) == SIZES[gallery_in]
    assert matching.leave_self_out == (probes_in == gallery_in)


@pytest.mark.parametrize("name", list(SHAPES))
def test_sequences_are_root_centred_and_flat(tmp_path, name):
    raw = save_published(tmp_path, name)["train"]
    found = load(tmp_path, name).data.train.sequences
    num_joints, length = SHAPES[name]
    assert found.shape == (3, length, 3 * num_joints) and found.dtype == np.float32
    for n, t, j in ((0, 0, 0), (2, 3, 5), (1, length - 1, num_joints - 1)):
        expected = raw[n, t, j] - raw[n, t, 0]
        assert found[n, t, 3 * j : 3 * j + 3].tolist() == expected.tolist()


@pytest.mark.parametrize("name", list(SHAPES))
def test_only_kgbd_is_not_balanced(tmp_path, name):
    save_published(tmp_path, name)
    assert load(tmp_path, name).data.balanced == (name != "KGBD")


def test_published_data_are_not_called_generated(tmp_path):
    save_published(tmp_path, "KS20")
    assert load(tmp_path, "KS20").generated is False


@pytest.mark.parametrize("name", ["CASIA_B", "CAISA_B", "casia-b"])
@pytest.mark.parametrize("probe", ["nm.nm", "cl.nm"])
def test_casia_b_is_read_as_published(tmp_path, name, probe):
    raw = save_published(tmp_path, "CASIA_B", "CASIA_B_match", "CASIA_B_")
    data = load(tmp_path, name, probe).data
    assert data.train.sequences.shape == (3, 40, 42)
    assert data.matching.leave_self_out == (probe == "nm.nm")
    expected = raw["nm"][0, 0, 1] - raw["nm"][0, 0, 0]
    assert data.matching.gallery.sequences[0, 0, 3:6].tolist() == expected.tolist()


def test_the_common_layout_of_casia_b_comes_before_the_published_one(tmp_path):
    common = save_published(tmp_path, "CASIA_B", first_person=0)
    save_published(tmp_path, "CASIA_B", "CASIA_B_match", "CASIA_B_", first_person=50)
    assert load(tmp_path, "CASIA_B").data.train.persons.max() < 50
    assert len(common["train"]) == 3


def test_a_single_condition_is_one_set(tmp_path):
    save_published(tmp_path, "CASIA_B")
    matching = load(tmp_path, "CASIA_B", "bg.bg").data.matching
    np.testing.assert_array_equal(matching.probe.sequences, matching.gallery.sequences)


def test_test_persons_may_be_absent_from_training(tmp_path):
    save_published(tmp_path, "IAS")
    folder = tmp_path / "IAS" / "8" / "train_npy_data"
    shutil.rmtree(folder)
    save_part(folder, "IAS", 8, 20, 3, "", first_person=70)
    data = load(tmp_path, "IAS").data
    assert data.train.persons.tolist() == [70, 71, 72]
    assert set(data.matching.probe.persons.tolist()) == {0, 1, 2}


@pytest.mark.parametrize("name", list(SHAPES))
def test_missing_data_name_the_path_and_a_way_to_go_on(tmp_path, name):
    with pytest.raises(errors.InputError) as caught:
        load(tmp_path, name)
    length = SHAPES[name][1]
    assert str(tmp_path / name / str(length) / "train_npy_data") in str(caught.value)
    assert "--dataset Synthetic" in str(caught.value)


@pytest.mark.parametrize(
    "missing", ["test_npy_data", "test_npy_data/A", "test_npy_data/B"]
)
def test_half_of_a_data_set_is_refused_by_its_path(tmp_path, missing):
    save_published(tmp_path, "IAS")
    shutil.rmtree(tmp_path / "IAS" / "8" / missing)
    with pytest.raises(errors.InputError, match="IAS is incomplete") as caught:
        load(tmp_path, "IAS")
    assert str(tmp_path / "IAS" / "8" / missing) in str(caught.value)


def test_a_missing_file_of_a_part_is_named(tmp_path):
    save_published(tmp_path, "BIWI")
    name = "t_source_y_BIWI_12.npy"
    (tmp_path / "BIWI" / "12" / "test_npy_data" / "Still" / name).unlink()
    with pytest.raises(errors.InputError, match=name):
        load(tmp_path, "BIWI")


def test_a_part_that_is_not_asked_for_may_be_missing(tmp_path):
    save_published(tmp_path, "CASIA_B")
    shutil.rmtree(tmp_path / "CASIA_B" / "40" / "test_npy_data" / "bg")
    assert len(load(tmp_path, "CASIA_B", "cl.nm").data.matching.probe) == SIZES["cl"]


def test_another_data_sets_skeletons_are_refused(tmp_path):
    save_published(tmp_path, "KS20")
    folder = tmp_path / "KS20" / "6" / "train_npy_data"
    shutil.rmtree(folder)
    save_part(folder, "KS20", 6, 20, 3, "")
    with pytest.raises(errors.InputError, match="20 joints; KS20 has 25"):
        load(tmp_path, "KS20")


def test_a_gallery_without_any_probes_person_is_refused(tmp_path):
    save_published(tmp_path, "KS20")
    folder = tmp_path / "KS20" / "6" / "test_npy_data" / "gallery"
    shutil.rmtree(folder)
    save_part(folder, "KS20", 6, 25, 4, "t_", first_person=40)
    with pytest.raises(errors.InputError, match="No probe's person is in the gallery"):
        load(tmp_path, "KS20")


def test_unknown_persons_are_not_one_person():
    nobody = data_module.Split(np.zeros((2, 6, 9), np.float32), np.array([-1, -1]))
    with pytest.raises(errors.InputError, match="2 of 2 probe sequences"):
        data_module.Matching(nobody, nobody)


@pytest.mark.parametrize("length", [5, 40, -6])
def test_a_length_that_a_data_set_does_not_come_in_is_refused(tmp_path, length):
    with pytest.raises(errors.InputError, match="4, 6, 8, 10, 12"):
        loading.find("KS20", length, tmp_path).check_length(length)


@pytest.mark.parametrize(
    "name",
    ["..", ".", "../KS20", "a/b", "/etc", "Mine/../..", ".hidden", "", " ", "a\nb"]
    + ["a\\b", "-rf", "_x", "Mine\n", "käse"],
)
def test_names_that_are_no_plain_word_are_refused(tmp_path, name):
    with pytest.raises(errors.InputError, match="letters, digits"):
        loading.find(name, 0, tmp_path)


@pytest.mark.parametrize("name", ["Synthetic", "synthetic", "SYNTHETIC"])
def test_generated_walkers_are_found_without_any_data(tmp_path, name):
    assert loading.find(name, 0, tmp_path).name == "Synthetic"


def test_a_title_says_where_nothing_can_be_evaluated():
    walkers = loading.generate(2, 3, 0)
    assert walkers.title == "Synthetic (generated walkers), probe probe"
    assert dataclasses.replace(walkers, probe=None).title.endswith(", no probes")


@pytest.mark.parametrize("length", [-1, -6])
def test_generated_walkers_of_negative_length_are_refused(tmp_path, length):
    with pytest.raises(errors.InputError, match="--length"):
        loading.find("Synthetic", length, tmp_path).check_length(length)


def own(root, length=4, name="Mine", seed=0, made_by="a test", **changes):
    """4 recordings of each of 2 persons, 4 joints."""
    content = {
        "positions": np.random.default_rng(seed).normal(size=(72, 4, 3)).astype("f4"),
        "starts": np.arange(9) * 9,
        "person": np.repeat([0, 1], 4),
        "recording": np.array([f"r{n}" for n in range(8)]),
        "fps": np.full(8, 30.0),
        "joint_names": tuple("abcd"),
        **changes,
    }
    found = recordings_module.Recordings(**content)
    preparation_module.prepare(found, name, [length], root, 0, made_by)


def test_an_own_data_set_is_found_by_its_name(tmp_path):
    own(tmp_path)
    entry = loading.find("Mine", 0, tmp_path)
    assert entry.joints == tuple("abcd") and entry.lengths == (4,)
    loaded = loading.load(entry, "probe", 4, tmp_path)
    assert loaded.data.train.sequences.shape[1:] == (4, 12)
    assert loaded.data.balanced and not loaded.generated


@pytest.mark.parametrize(
    ("made", "default"), [([3, 8, 9], 3), ([4, 6, 9], 6), ([9], 9)]
)
def test_the_default_length_of_own_data_is_6_or_the_shortest(tmp_path, made, default):
    for length in made:
        own(tmp_path, length)
    entry = loading.find("Mine", 0, tmp_path)
    assert entry.check_length(0) == default


@pytest.mark.parametrize(
    ("made_by", "remedy"),
    [
        (
            "Pre-process.py 3 9 --from=bvh --input='a b' --dataset=Mine",
            "make others with: python Pre-process.py 6 --from=bvh --input='a b' "
            "--dataset=Mine",
        ),
        ("Pre-process.py --dataset Mine 3", "made with: Pre-process.py --dataset Mine"),
        ("a test", "those were made with: a test"),
    ],
)
def test_a_length_that_was_not_made_is_refused_with_what_made_the_others(
    tmp_path, made_by, remedy
):
    for length in (3, 9):
        own(tmp_path, length, made_by=made_by)
    with pytest.raises(errors.InputError, match="--length 6: .* 3, 9 ") as caught:
        loading.find("Mine", 6, tmp_path)
    assert remedy in str(caught.value)


def test_names_of_persons_are_kept_where_they_tell_more_than_numbers(tmp_path):
    names = np.repeat(["anna", "1"], 4)
    own(tmp_path, 4, person_name=names)
    entry = loading.find("Mine", 4, tmp_path)
    assert entry.person_names == {0: "anna"}
    assert loading.load(entry, None, 4, tmp_path).subject.names == {0: "anna"}
    own(tmp_path, 4, name="Other")
    assert loading.find("Other", 4, tmp_path).person_names == {}


def test_an_unknown_name_lists_the_published_ones_and_the_way_to_make_it(tmp_path):
    with pytest.raises(errors.InputError) as caught:
        loading.find("Nobody", 0, tmp_path)
    for part in ("KS20, KGBD, IAS, BIWI, CASIA_B", "Synthetic", "Pre-process.py"):
        assert part in str(caught.value)
    assert "--dataset Nobody" in str(caught.value)


def test_an_unknown_name_lists_own_data_sets_too(tmp_path):
    own(tmp_path, name="Mine")
    with pytest.raises(errors.InputError, match="Mine"):
        loading.find("Mien", 0, tmp_path)


def test_other_folders_beside_the_lengths_do_no_harm(tmp_path):
    own(tmp_path)
    for name in ("notes", "²", "7", ".making-x"):
        (tmp_path / "Mine" / name).mkdir()
    (tmp_path / "Mine" / "8").write_text("a file")
    assert loading.find("Mine", 0, tmp_path).lengths == (4,)


def test_own_data_whose_arrays_are_gone_are_not_called_licensed(tmp_path):
    own(tmp_path)
    shutil.rmtree(tmp_path / "Mine" / "4" / "train_npy_data")
    entry = loading.find("Mine", 0, tmp_path)
    with pytest.raises(errors.InputError) as caught:
        loading.load(entry, "probe", 4, tmp_path)
    assert "licensed" not in str(caught.value)


def test_a_copied_folder_is_not_read_from_where_it_came_from(tmp_path):
    own(tmp_path)
    shutil.copytree(tmp_path / "Mine", tmp_path / "Copy")
    with pytest.raises(errors.InputError, match="Mine"):
        loading.find("Copy", 4, tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"name": "../elsewhere"}, {"probes": {"probe": ["../../../x", "gallery"]}}],
    ids=str,
)
def test_a_description_cannot_lead_out_of_the_data_folder(tmp_path, change):
    own(tmp_path)
    path = tmp_path / "Mine" / "4" / "dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    outside = tmp_path / "x"
    save_part(outside, "Mine", 4, 4, 6, "t_")
    with pytest.raises(errors.InputError):
        loading.load(loading.find("Mine", 4, tmp_path), "probe", 4, tmp_path)


def test_generated_walkers_are_ready_for_an_experiment():
    loaded = loading.generate(6, persons=3, seed=0)
    assert loaded.generated and loaded.data_set.name == catalog.SYNTHETIC
    data = loaded.data
    assert data.train.sequences.shape[1:] == (6, 60)
    # Joint 0 is the root of every frame.
    assert not data.train.sequences[:, :, :3].any()
    assert set(data.matching.probe.persons.tolist()) == {0, 1, 2}
    assert not data.matching.leave_self_out


def test_too_few_generated_walkers_are_refused():
    for persons in (0, -3):
        with pytest.raises(errors.InputError):
            loading.generate(6, persons, seed=0)


def test_longer_sequences_than_the_walkers_walk_are_refused():
    with pytest.raises(errors.InputError):
        loading.generate(5_000, persons=2, seed=0)


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "name", "probe", "num_persons"),
    [("peer_cmu_ias.npz", "IAS", "A", 12), ("peer_ks20.npz", "KS20", "probe", 20)],
)
def test_the_peer_data_are_loaded(shared, tmp_path, file, name, probe, num_persons):
    with np.load(shared / "data" / file) as arrays:
        parts = {key: arrays[key] for key in arrays.files}
    for part in [key for key in parts if not key.endswith("_person")]:
        sequences, persons = parts[part], parts[f"{part}_person"]
        train = part == "train"
        folder = tmp_path / name / "6"
        folder = folder / ("train_npy_data" if train else f"test_npy_data/{part}")
        folder.mkdir(parents=True)
        for axis, letter in enumerate("xyz"):
            np.save(
                folder / f"{'' if train else 't_'}source_{letter}_{name}_6.npy",
                sequences[..., axis].reshape(-1, sequences.shape[2]).astype(float),
            )
        ids = {p: np.flatnonzero(persons == p).tolist() for p in set(persons.tolist())}
        np.save(folder / f"ids_{name}_6.npy", ids)
        np.save(folder / f"frame_id_{name}_6.npy", persons)
    data_set = loading.find(name, 6, tmp_path)
    data = loading.load(data_set, probe, 6, tmp_path).data
    centred = parts["train"] - parts["train"][:, :, :1]
    np.testing.assert_allclose(
        data.train.sequences,
        centred.reshape(len(centred), 6, -1),
        atol=1e-6,  # Of coordinates of metres, stored as float32.
    )
    assert len(np.unique(data.train.persons)) == num_persons
