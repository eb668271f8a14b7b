"""Representations of a source model: read with care, in place of coordinates."""

import numpy as np
import pytest

from datasets import catalog, npy_store
from datasets.representations import agreement, provenance, store, writing
from simmc_tf import checkpoints, errors, experiment
from simmc_tf import config as configs
from simmc_tf import data as data_module

IAS = catalog.find("IAS")


def made(folder, width=5, parts=("train", "A", "B")):
    """Writes random representations [4, 6, width] of two persons a split."""
    generator = np.random.default_rng(0)
    splits = {}
    for part in parts:
        features = generator.normal(size=(4, 6, width)).astype(np.float32)
        splits[part] = data_module.Split(features, np.array([0, 0, 1, 1]))
        writing.write(folder, part, "IAS", 6, splits[part])
    return splits


def test_what_is_written_is_read_as_it_is(tmp_path):
    splits = made(tmp_path)
    data = store.load(tmp_path, IAS, "A", 6).data
    np.testing.assert_array_equal(data.train.sequences, splits["train"].sequences)
    np.testing.assert_array_equal(data.matching.probe.sequences, splits["A"].sequences)
    np.testing.assert_array_equal(
        data.matching.gallery.sequences, splits["B"].sequences
    )
    assert not data.coordinates


def test_missing_representations_name_the_folder(tmp_path):
    with pytest.raises(errors.InputError, match="IAS/6"):
        store.load(tmp_path, IAS, "A", 6)


def test_a_missing_split_is_named(tmp_path):
    made(tmp_path, parts=("train", "A"))
    with pytest.raises(errors.InputError, match=r"B is incomplete: features\.npy"):
        store.load(tmp_path, IAS, "A", 6)


def test_splits_of_different_widths_are_refused(tmp_path):
    made(tmp_path)
    made(tmp_path, width=7, parts=("B",))
    with pytest.raises(errors.InputError, match="train 5, A 5, B 7"):
        store.load(tmp_path, IAS, "A", 6)


@pytest.mark.parametrize("shape", [(4, 5, 5), (3, 6, 5), (4, 30)])
def test_another_number_of_sequences_or_skeletons_is_refused(shape, tmp_path):
    made(tmp_path)
    np.save(tmp_path / "IAS" / "6" / "A" / "features.npy", np.zeros(shape))
    with pytest.raises(errors.InputError, match=r"expected \[4, 6, d\]"):
        store.load(tmp_path, IAS, "A", 6)


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    splits = made(tmp_path)
    splits["B"].sequences[2, 3, 1] = np.nan
    writing.write(tmp_path, "B", "IAS", 6, splits["B"])
    with pytest.raises(errors.InputError, match="sequence 2, skeleton 3"):
        store.load(tmp_path, IAS, "A", 6)


def test_a_source_is_found_by_its_name(tmp_path):
    (tmp_path / "MG-SCR").mkdir()
    assert store.find("MG-SCR", tmp_path) == tmp_path / "MG-SCR"


def test_a_source_with_a_slash_is_a_path_wherever_the_others_are(tmp_path, monkeypatch):
    mine = tmp_path / "mine" / "transformer"
    mine.mkdir(parents=True)
    root = tmp_path / "Representations"
    assert store.find(str(mine), root) == mine
    monkeypatch.chdir(mine)
    # Named, as the folder of its models is called after it.
    assert store.find("./", root) == mine
    assert store.find("../transformer", root).name == "transformer"


def test_an_unknown_source_is_refused_with_those_that_are_there(tmp_path):
    for name in ("SGELA", "MG-SCR"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(errors.InputError) as refused:
        store.find("SM-SGE", tmp_path)
    message = str(refused.value)
    assert f"--source SM-SGE: there is no folder {tmp_path / 'SM-SGE'}; " in message
    assert f"{tmp_path} has MG-SCR, SGELA. " in message
    assert "scripts.import_representations" in message


def test_where_there_are_no_sources_that_is_said(tmp_path):
    with pytest.raises(errors.InputError, match="Representations has none"):
        store.find("SM-SGE", tmp_path / "Representations")


def test_an_unknown_path_is_refused_without_a_list(tmp_path):
    with pytest.raises(errors.InputError) as refused:
        store.find(f"{tmp_path}/mine", tmp_path)
    assert f"there is no folder {tmp_path}/mine. A path" in str(refused.value)


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_the_folder_of_all_sources_is_no_source(name, tmp_path):
    with pytest.raises(errors.InputError, match=f"--source {name}: expected a name"):
        store.find(name, tmp_path)


def save(folder, part, features):
    """Puts an array of features in the place of the written one."""
    np.save(folder / "IAS" / "6" / part / "features.npy", features)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.dtype(">f8")])
def test_representations_stay_in_their_files(dtype, tmp_path):
    splits = made(tmp_path)
    for part, split in splits.items():
        save(tmp_path, part, split.sequences.astype(dtype))

    data = store.load(tmp_path, IAS, "A", 6).data

    for part, split in zip(("train", "B", "A"), data.splits.values(), strict=True):
        assert isinstance(split.sequences, np.memmap)
        assert split.sequences.dtype == dtype
        np.testing.assert_array_equal(split.sequences, splits[part].sequences)


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_what_is_written_in_pieces_is_written_whole(at_once, tmp_path, monkeypatch):
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", at_once)
    splits = made(tmp_path)
    written = np.load(tmp_path / "IAS" / "6" / "A" / "features.npy")
    np.testing.assert_array_equal(written, splits["A"].sequences)


def test_wider_numbers_and_mapped_ones_are_written_in_float32(tmp_path):
    splits = made(tmp_path / "one")
    wide = splits["A"].sequences.astype(np.float64).transpose(0, 2, 1)
    np.save(tmp_path / "wide.npy", wide)
    mapped = np.load(tmp_path / "wide.npy", mmap_mode="r").transpose(0, 2, 1)
    split = data_module.Split(mapped, splits["A"].persons)

    writing.write(tmp_path / "two", "A", "IAS", 6, split)

    for name in ("features.npy", "frame_id_IAS_6.npy"):
        files = [tmp_path / n / "IAS" / "6" / "A" / name for n in ("one", "two")]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_without_a_probe_only_the_training_set_is_read(tmp_path):
    splits = made(tmp_path, parts=("train",))
    loaded = store.load(tmp_path, IAS, None, 6)
    assert loaded.data.matching is None and loaded.probe is None
    np.testing.assert_array_equal(
        loaded.data.train.sequences, splits["train"].sequences
    )


def test_probes_of_the_gallery_itself_do_not_find_themselves(tmp_path):
    casia_b = catalog.find("CASIA_B")
    persons = np.array([0, 0, 1, 1])
    for part in ("train", "nm", "cl"):
        features = np.random.default_rng(0).normal(size=(4, 40, 5)).astype(np.float32)
        split = data_module.Split(features, persons)
        writing.write(tmp_path, part, "CASIA_B", 40, split)

    same = store.load(tmp_path, casia_b, "nm.nm", 40).data.matching
    other = store.load(tmp_path, casia_b, "cl.nm", 40).data.matching

    assert same.leave_self_out and same.gallery is same.probe
    assert not other.leave_self_out


def test_the_source_and_the_data_are_told_to_the_model(tmp_path):
    made(tmp_path / "MG-SCR")
    about = store.load(tmp_path / "MG-SCR", IAS, "A", 6).about
    assert about["source"] == str(tmp_path / "MG-SCR")
    assert (about["dataset"], about["probe"], about["length"]) == ("IAS", "A", 6)


@pytest.mark.parametrize(
    ("source", "content", "expected"),
    [
        ("MG-SCR", None, None),
        ("MG-SCR-labels", None, True),
        ("copy", '{"identity_labels": true}', True),
        ("MG-SCR", '{"identity_labels": false}', False),
        ("MG-SCR", '{"identity_labels": null}', None),
    ],
)
def test_whether_identity_labels_made_them_is_told_or_not_known(
    source, content, expected, tmp_path
):
    made(tmp_path / source)
    if content is not None:
        path = tmp_path / source / "IAS" / "6" / store.ABOUT
        path.write_text(content, encoding="utf-8")
    origin = store.load(tmp_path / source, IAS, "A", 6).about
    assert provenance.of_origin(origin) is expected


@pytest.mark.parametrize("content", ["[]", "{}", '{"identity_labels": "no"}', "{"])
def test_what_tells_of_labels_and_is_broken_is_refused(content, tmp_path):
    made(tmp_path)
    (tmp_path / "IAS" / "6" / store.ABOUT).write_text(content, encoding="utf-8")
    with pytest.raises(errors.InputError, match=r"about\.json.* cannot be read; make"):
        store.load(tmp_path, IAS, "A", 6)


def test_whether_persons_are_balanced_is_the_data_sets_business(tmp_path):
    made(tmp_path)
    assert store.load(tmp_path, IAS, "A", 6).data.balanced
    kgbd = catalog.find("KGBD")
    split = data_module.Split(np.ones((4, 6, 5), np.float32), np.array([0, 0, 1, 1]))
    writing.write(tmp_path, "train", "KGBD", 6, split)
    assert not store.load(tmp_path, kgbd, None, 6).data.balanced


def test_what_a_source_has_instead_is_told(tmp_path):
    made(tmp_path)
    with pytest.raises(errors.InputError) as refused:
        store.load(tmp_path, catalog.find("KS20"), "probe", 6)
    assert f"There is no folder {tmp_path / 'KS20' / '6'}: " in str(refused.value)
    assert str(refused.value).endswith(f"{tmp_path} has IAS/6.")


def test_missing_persons_are_named(tmp_path):
    made(tmp_path)
    (tmp_path / "IAS" / "6" / "B" / "frame_id_IAS_6.npy").unlink()
    with pytest.raises(errors.InputError, match=r"frame_id_IAS_6\.npy missing"):
        store.load(tmp_path, IAS, "A", 6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.ones((4, 6, 5), np.int64), "expected representations, found int64"),
        (np.ones((4, 6, 5), complex), "expected representations, found complex128"),
        (np.array([[None]]), r"not a readable \.npy array of representations"),
        (np.ones((4, 6, 0)), "representations of 0 numbers"),
    ],
)
def test_other_arrays_are_refused_with_their_file(content, message, tmp_path):
    made(tmp_path)
    save(tmp_path, "B", content)
    with pytest.raises(errors.InputError, match=message) as refused:
        store.load(tmp_path, IAS, "A", 6)
    path = tmp_path / "IAS" / "6" / "B" / "features.npy"
    assert str(refused.value).startswith(f"{path}: ")


def test_a_damaged_file_is_refused(tmp_path):
    made(tmp_path)
    path = tmp_path / "IAS" / "6" / "A" / "features.npy"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(errors.InputError, match="not a readable"):
        store.load(tmp_path, IAS, "A", 6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_what_float32_cannot_hold_is_named_wherever_it_is(
    value, at_once, tmp_path, monkeypatch
):
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", at_once)
    features = made(tmp_path)["B"].sequences.astype(np.float64)
    features[3, 5, 4] = features[3, 5, 3] = value
    save(tmp_path, "B", features)
    with pytest.raises(errors.InputError) as refused:
        store.load(tmp_path, IAS, "A", 6)
    path = tmp_path / "IAS" / "6" / "B" / "features.npy"
    assert str(refused.value) == (
        f"{path}: sequence 3, skeleton 5, number 3 is {value}; expected finite "
        "numbers below 1e+15."
    )


def persons_of(count, *, origin="Datasets/frame_id.npy", **changes):
    persons = np.array([0, 0, 1, 1])[:count]
    for at, person in changes.items():
        persons[int(at.removeprefix("at"))] = person
    return agreement.Known(persons, origin)


def test_the_same_persons_pass(tmp_path):
    made(tmp_path)
    expected = {part: persons_of(4) for part in ("train", "A", "B", "other")}
    assert store.load(tmp_path, IAS, "A", 6, expected)


def test_fewer_sequences_than_the_data_set_has_are_refused(tmp_path):
    made(tmp_path)
    with pytest.raises(errors.InputError) as refused:
        store.load(tmp_path, IAS, "A", 6, {"A": persons_of(3)})
    path = tmp_path / "IAS" / "6" / "A" / "features.npy"
    assert str(refused.value).startswith(
        f"{path} has 4 sequences, Datasets/frame_id.npy has 3; they must be of the "
        "same sequences in the same order; "
    )


@pytest.mark.parametrize("part", ["train", "A", "B"])
def test_other_persons_than_the_data_sets_are_refused(part, tmp_path):
    made(tmp_path)
    with pytest.raises(errors.InputError) as refused:
        store.load(tmp_path, IAS, "A", 6, {part: persons_of(4, at2=7, at3=8)})
    path = tmp_path / "IAS" / "6" / part / "frame_id_IAS_6.npy"
    assert str(refused.value).startswith(
        f"{path}: sequence 2 is of person 1, in Datasets/frame_id.npy of person 7 "
        "(2 of 4 differ); they must be"
    )


def test_persons_of_a_data_set_are_those_of_its_files(tmp_path):
    sequences = np.ones((2, 6, 20, 3))
    for folder, persons in (
        ("train_npy_data", [3, 4]),
        ("test_npy_data/A", [5, 6]),
    ):
        split = data_module.Split(sequences, np.array(persons))
        npy_store.write(tmp_path / "IAS" / "6" / folder, "IAS", 6, split)

    found = agreement.known(IAS, 6, tmp_path)

    assert {part: entry.persons.tolist() for part, entry in found.items()} == {
        "train": [3, 4],
        "A": [5, 6],
    }
    assert found["A"].origin == str(
        tmp_path / "IAS" / "6" / "test_npy_data" / "A" / "frame_id_IAS_6.npy"
    )


def test_of_a_data_set_that_is_not_here_nobody_is_known(tmp_path):
    assert agreement.known(IAS, 6, tmp_path) == {}


def test_coordinates_as_representations_train_exactly_as_coordinates(walks, tmp_path):
    data_set = catalog.DataSet("Walks", ("a", "b", "c"), (4,), catalog.PROBE_GALLERY)
    for part, split in zip(
        ("train", "gallery", "probe"), walks.splits.values(), strict=True
    ):
        writing.write(tmp_path / "raw", part, "Walks", 4, split)
    loaded = store.load(tmp_path / "raw", data_set, "probe", 4)
    config = configs.Config(
        *(16, 1, 1, 1),
        **{"eps": 0.7, "min_samples": 4, "k1": 8, "k2": 3},
        **{"batch_size": 12, "epochs": 2, "lr": 0.005},
    )

    results = [
        experiment.train(data, config, tmp_path / name, {}, lambda _: None)
        for name, data in (("SimMC", walks), ("UF", loaded.data))
    ]

    rows = (tmp_path / "SimMC" / "metrics.csv").read_bytes()
    assert (tmp_path / "UF" / "metrics.csv").read_bytes() == rows
    assert rows.count(b"\n") == 1 + 3  # A heading, and epochs 0 to 2.
    assert results[0].scores_all == results[1].scores_all
    first, second = (
        checkpoints.load(tmp_path / name)[0].get_weights() for name in ("SimMC", "UF")
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
