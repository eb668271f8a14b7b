"""Features of sequences in an .npz: read with care, for one probe of a data set."""

import zipfile

import numpy as np
import pytest

from datasets import catalog
from datasets.representations import agreement, feature_file
from simmc_tf import errors

IAS = catalog.find("IAS")
CASIA_B = catalog.find("CASIA_B")
PERSONS = np.array([0, 0, 1, 1])
KNOWN = {
    part: agreement.Known(PERSONS, f"{part}/frame_id.npy")
    for part in ("train", "A", "B", "nm", "cl")
}


def make_arrays(parts=("train", "A", "B"), shape=(4, 5), dtype=np.float32):
    generator = np.random.default_rng(0)
    return {part: generator.normal(size=shape).astype(dtype) for part in parts}


def load(tmp_path, arrays, data_set=IAS, probe="A", expected=KNOWN):
    np.savez(tmp_path / "mine.npz", **arrays)
    return feature_file.load(tmp_path / "mine.npz", data_set, probe, expected)


def refusal(tmp_path, arrays, **options):
    """What is said of arrays that are refused, without the name of the file."""
    with pytest.raises(errors.InputError) as refused:
        load(tmp_path, arrays, **options)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'mine.npz'}")
    return message.removeprefix(f"{tmp_path / 'mine.npz'}").lstrip(": ")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_vector_a_sequence_is_a_sequence_of_one(dtype, tmp_path):
    arrays = make_arrays(dtype=dtype)

    train, matching = load(tmp_path, arrays)

    for split, part in (
        *((train, "train"), (matching.probe, "A"), (matching.gallery, "B")),
    ):
        np.testing.assert_array_equal(split.sequences, arrays[part][:, np.newaxis])
        np.testing.assert_array_equal(split.persons, PERSONS)
    assert not matching.leave_self_out


def test_a_vector_a_skeleton_is_left_as_it_is(tmp_path):
    arrays = make_arrays(shape=(4, 6, 5))
    _, matching = load(tmp_path, arrays, probe="B")
    np.testing.assert_array_equal(matching.probe.sequences, arrays["B"])
    np.testing.assert_array_equal(matching.gallery.sequences, arrays["A"])


def test_persons_of_the_file_need_no_data_set(tmp_path):
    arrays = make_arrays(("A", "B"))
    arrays["A_person"] = np.array([3, 4, 3, 4], np.int32)
    arrays["B_person"] = np.array([4, 4, 3, 3], np.uint8)

    train, matching = load(tmp_path, arrays, expected={})

    assert train is None
    assert matching.probe.persons.tolist() == [3, 4, 3, 4]
    assert matching.gallery.persons.tolist() == [4, 4, 3, 3]
    assert matching.gallery.persons.dtype == np.int64


def test_persons_of_the_file_must_be_those_of_the_data_set(tmp_path):
    arrays = {**make_arrays(), "B_person": np.array([0, 0, 1, 2])}
    message = refusal(tmp_path, arrays)
    assert "B: sequence 3 is of person 2, in B/frame_id.npy of person 1" in message
    arrays["B_person"] = PERSONS
    assert load(tmp_path, arrays)


def test_a_probe_that_is_the_gallery_does_not_find_itself(tmp_path):
    arrays = make_arrays(("nm", "cl"))
    _, same = load(tmp_path, arrays, data_set=CASIA_B, probe="nm.nm")
    _, other = load(tmp_path, arrays, data_set=CASIA_B, probe="cl.nm")
    assert same.leave_self_out and same.gallery is same.probe
    assert not other.leave_self_out
    np.testing.assert_array_equal(other.probe.sequences[:, 0], arrays["cl"])


def test_arrays_that_are_not_asked_for_may_be_anything(tmp_path):
    arrays = {**make_arrays(), "notes": np.array(["anything"]), "Still": np.zeros(3)}
    assert load(tmp_path, arrays)


def test_a_missing_split_is_named_with_what_there_is(tmp_path):
    assert refusal(tmp_path, make_arrays(("train", "A"))) == (
        "has no array 'B'; expected one for each split (of IAS: A, B), found train, A."
    )


@pytest.mark.parametrize(
    "features",
    [
        *(np.ones((4, 5), int), np.ones(4), np.ones((4, 5, 6, 7))),
        *(np.ones((4, 0)), np.ones((0, 5)), np.array([["a"] * 5] * 4)),
    ],
)
def test_other_arrays_than_features_are_refused(features, tmp_path):
    message = refusal(tmp_path, {**make_arrays(), "B": features})
    assert message.startswith(f"B is {list(features.shape)} of {features.dtype}; ")
    assert "expected floating-point numbers [sequences, d]" in message


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_numbers_that_are_not_finite_are_named(value, tmp_path):
    arrays = make_arrays(dtype=np.float64)
    arrays["train"][2, 3] = value
    message = refusal(tmp_path, arrays)
    assert message.startswith(f"train: sequence 2, skeleton 0, number 3 is {value}; ")


def test_fewer_sequences_than_the_data_set_has_are_refused(tmp_path):
    arrays = {**make_arrays(), "A": np.ones((3, 5))}
    message = refusal(tmp_path, arrays)
    assert message.startswith("A has 3 sequences, A/frame_id.npy has 4; they must be")


def test_where_nobody_knows_the_persons_the_remedies_are_told(tmp_path):
    message = refusal(tmp_path, make_arrays(("A", "B")), expected={})
    assert "add an array B_person [4] of integers" in message
    assert "--data_root" in message


@pytest.mark.parametrize(
    "persons", [np.ones(3, int), np.ones((4, 1), int), np.ones(4), np.array(["a"] * 4)]
)
def test_other_arrays_than_persons_are_refused(persons, tmp_path):
    message = refusal(tmp_path, {**make_arrays(), "B_person": persons})
    assert f"B_person is {list(persons.shape)} of {persons.dtype}" in message


def test_features_of_different_widths_are_refused(tmp_path):
    arrays = {**make_arrays(), "train": np.ones((4, 7))}
    assert refusal(tmp_path, arrays) == "features of different widths (5, 7)."


def test_probes_nobody_can_find_are_refused(tmp_path):
    arrays = make_arrays(("A", "B"))
    arrays |= {"A_person": np.array([7, 7, 8, 8]), "B_person": PERSONS}
    with pytest.raises(errors.InputError, match="No probe's person is in the gallery"):
        load(tmp_path, arrays, expected={})


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(errors.InputError) as refused:
        feature_file.load(tmp_path / "mine.npz", IAS, "A", KNOWN)
    assert str(refused.value) == f"{tmp_path / 'mine.npz'}: No such file or directory."


def write_npy(path):
    with path.open("wb") as file:
        np.save(file, np.ones((4, 5)))


def write_stranger(path):
    """A zip archive with something else under the name of a split."""
    np.savez(path, **make_arrays(("train", "A")))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("B", "no array")


def write_damaged(path):
    """A compressed archive in which the first array begins with what cannot be."""
    np.savez_compressed(path, **make_arrays())
    content = bytearray(path.read_bytes())
    # A member: 30 bytes, its name and an extra field of the lengths at 26 and 28.
    begin = 30 + sum(int.from_bytes(content[at : at + 2], "little") for at in (26, 28))
    content[begin] = 0xFF  # No block of deflate is of this type.
    path.write_bytes(content)


def write_cut(path):
    np.savez(path, **make_arrays())
    path.write_bytes(path.read_bytes()[:300])


def write_pickle(path):
    np.savez(path, **{**make_arrays(), "B": np.array([[None]])})


@pytest.mark.parametrize(
    "write",
    [
        *(write_npy, write_stranger, write_damaged, write_cut, write_pickle),
        *(lambda path: path.write_bytes(b""), lambda path: path.write_text("text")),
    ],
)
def test_other_files_are_refused(write, tmp_path):
    path = tmp_path / "mine.npz"
    write(path)
    with pytest.raises(errors.InputError) as refused:
        feature_file.load(path, IAS, "A", KNOWN)
    assert str(refused.value).startswith(f"{path}: not a readable .npz of arrays (")
    assert "np.savez(FILE, gallery=..., probe=...) writes one." in str(refused.value)
