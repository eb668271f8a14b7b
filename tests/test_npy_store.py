"""The published layout, written by plain np.save, and every way it can be broken."""

import tracemalloc

import numpy as np
import pytest

from datasets import npy_store
from simmc_tf import data as data_module
from simmc_tf import errors

NAME, LENGTH, JOINTS = "KS20", 4, 3
PERSONS = np.array([5, 0, 5, 2, 0, 5])
# Written out from formats.md.
TRAIN_FILES = {
    "source_x_KS20_4.npy",
    "source_y_KS20_4.npy",
    "source_z_KS20_4.npy",
    "ids_KS20_4.npy",
    "frame_id_KS20_4.npy",
}
TEST_FILES = {
    "t_source_x_KS20_4.npy",
    "t_source_y_KS20_4.npy",
    "t_source_z_KS20_4.npy",
    "ids_KS20_4.npy",
    "frame_id_KS20_4.npy",
}


@pytest.fixture
def sequences():
    shape = (len(PERSONS), LENGTH, JOINTS, 3)
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def save_published(folder, sequences, persons, prefix="", name=NAME):
    """Writes a split as formats.md says, one number after another."""
    folder.mkdir(parents=True)
    num_sequences, length, num_joints, _ = sequences.shape
    for axis, letter in enumerate("xyz"):
        rows = [
            [float(sequences[n, t, j, axis]) for j in range(num_joints)]
            for n in range(num_sequences)
            for t in range(length)
        ]
        np.save(folder / f"{prefix}source_{letter}_{name}_{length}.npy", np.array(rows))
    ids = {}
    for index, person in enumerate(persons):
        ids.setdefault(int(person), []).append(index)
    np.save(folder / f"ids_{name}_{length}.npy", ids)
    np.save(folder / f"frame_id_{name}_{length}.npy", persons)
    return folder


@pytest.fixture
def folder(tmp_path, sequences):
    return save_published(tmp_path / "train_npy_data", sequences, PERSONS)


def read(folder, num_joints=JOINTS):
    return npy_store.read(folder, NAME, LENGTH, num_joints)


def refused(folder, *parts, num_joints=JOINTS):
    """Reads, and expects a refusal that mentions all parts."""
    with pytest.raises(errors.InputError) as caught:
        read(folder, num_joints)
    for part in parts:
        assert part in str(caught.value)


def test_what_is_written_is_read_to_the_last_bit(tmp_path, sequences):
    folder = tmp_path / "train_npy_data"
    split = data_module.Split(sequences, PERSONS)
    npy_store.write(folder, NAME, LENGTH, split)
    found = read(folder)
    assert found.sequences.dtype == np.float32
    np.testing.assert_array_equal(found.sequences, sequences)
    np.testing.assert_array_equal(found.persons, PERSONS)


def test_the_published_layout_is_read(folder, sequences):
    found = read(folder)
    np.testing.assert_array_equal(found.sequences, sequences)
    assert found.persons.tolist() == PERSONS.tolist()
    assert found.persons.dtype == np.int64


def test_test_files_of_the_published_layout_are_read(tmp_path, sequences):
    folder = tmp_path / "test_npy_data" / "gallery"
    save_published(folder, sequences, PERSONS, prefix="t_")
    np.testing.assert_array_equal(read(folder).sequences, sequences)


def test_training_files_have_their_published_names(tmp_path, sequences):
    folder = tmp_path / "train_npy_data"
    npy_store.write(folder, NAME, LENGTH, data_module.Split(sequences, PERSONS))
    assert {path.name for path in folder.iterdir()} == TRAIN_FILES


def test_test_files_have_their_published_names(tmp_path, sequences):
    folder = tmp_path / "test_npy_data" / "probe"
    npy_store.write(folder, NAME, LENGTH, data_module.Split(sequences, PERSONS))
    assert {path.name for path in folder.iterdir()} == TEST_FILES


@pytest.mark.parametrize(
    ("parts", "prefix"),
    [(["CASIA_B_train_npy_data"], ""), (["CASIA_B_test_npy_data", "nm"], "t_")],
)
def test_casia_b_as_published_has_its_own_folders(tmp_path, parts, prefix, sequences):
    folder = tmp_path.joinpath("CASIA_B_match", "4", *parts)
    save_published(folder, sequences, PERSONS, prefix, name="CASIA_B")
    found = npy_store.read(folder, "CASIA_B", LENGTH, JOINTS)
    np.testing.assert_array_equal(found.sequences, sequences)


def test_coordinates_are_written_as_float64_frame_after_frame(tmp_path, sequences):
    folder = tmp_path / "train_npy_data"
    npy_store.write(folder, NAME, LENGTH, data_module.Split(sequences, PERSONS))
    y = np.load(folder / "source_y_KS20_4.npy")
    assert y.dtype == np.float64 and y.shape == (len(PERSONS) * LENGTH, JOINTS)
    # Frame 1 of sequence 2 is row 2 * 4 + 1.
    assert y[9].tolist() == sequences[2, 1, :, 1].tolist()


def test_ids_are_written_as_lists_of_sequences_by_person(tmp_path, sequences):
    folder = tmp_path / "train_npy_data"
    npy_store.write(folder, NAME, LENGTH, data_module.Split(sequences, PERSONS))
    ids = np.load(folder / "ids_KS20_4.npy", allow_pickle=True)
    assert ids.shape == () and ids.item() == {5: [0, 2, 5], 0: [1, 4], 2: [3]}


@pytest.mark.parametrize("frames_at_once", [1, 5, 8, 23, 24, 1000])
def test_sequences_that_overlap_are_written_as_np_save_does(
    tmp_path, monkeypatch, frames_at_once
):
    monkeypatch.setattr(npy_store, "_FRAMES_AT_ONCE", frames_at_once)
    frames = np.random.default_rng(2).normal(size=(9, JOINTS, 3)).astype(np.float32)
    begins = [5, 0, 1, 0, 3, 4]
    cut = np.array([[frames[begin + t] for t in range(LENGTH)] for begin in begins])
    expected = save_published(tmp_path / "expected" / "train_npy_data", cut, PERSONS)
    folder = tmp_path / "train_npy_data"
    npy_store.write_cut(folder, NAME, LENGTH, frames, np.array(begins), PERSONS)
    for name in TRAIN_FILES:
        assert (folder / name).read_bytes() == (expected / name).read_bytes(), name


def test_sequences_are_not_in_memory_all_at_once(tmp_path):
    frames = np.zeros((4000, 20, 3), np.float32)
    begins = np.arange(8000) % 3989
    tracemalloc.start()
    try:
        npy_store.write_cut(tmp_path, NAME, 12, frames, begins, np.zeros(8000, int))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = (tmp_path / "t_source_x_KS20_12.npy").stat().st_size
    assert size > 8000 * 12 * 20 * 8 and peak < size / 2


def test_written_files_are_readable_by_others(tmp_path, sequences):
    folder = tmp_path / "train_npy_data"
    npy_store.write(folder, NAME, LENGTH, data_module.Split(sequences, PERSONS))
    plain = tmp_path / "plain"
    plain.touch()
    for path in folder.iterdir():
        assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("name", sorted(TRAIN_FILES))
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    refused(folder, name, str(folder))


def test_all_missing_files_are_named(folder):
    (folder / "source_y_KS20_4.npy").unlink()
    (folder / "ids_KS20_4.npy").unlink()
    refused(folder, "source_y_KS20_4.npy", "ids_KS20_4.npy")


def test_axes_with_different_numbers_of_joints_are_refused(folder):
    path = folder / "source_y_KS20_4.npy"
    np.save(path, np.load(path)[:, :2])
    refused(folder, "differ in size", "source_y_KS20_4.npy [24, 2]")


def test_an_axis_with_fewer_frames_is_refused(folder):
    path = folder / "source_z_KS20_4.npy"
    np.save(path, np.load(path)[:-1])
    refused(folder, "source_z_KS20_4.npy", "[24, joints]", "[23, 3]")


def test_an_axis_that_is_flat_is_refused(folder):
    path = folder / "source_x_KS20_4.npy"
    np.save(path, np.load(path).ravel())
    refused(folder, "source_x_KS20_4.npy", "[72]")


def test_another_number_of_joints_than_the_data_set_has_is_refused(folder):
    refused(folder, "3 joints", "25", num_joints=25)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_located(folder, value):
    path = folder / "source_z_KS20_4.npy"
    z = np.load(path)
    z[3 * LENGTH + 2, 1] = value
    np.save(path, z)
    refused(
        folder, "source_z_KS20_4.npy", "sequence 3", "frame 2", "joint 1", str(value)
    )


def test_a_number_too_large_for_float32_is_located(folder):
    path = folder / "source_x_KS20_4.npy"
    x = np.load(path)
    x[5, 0] = 1e300
    np.save(path, x)
    refused(folder, "source_x_KS20_4.npy", "sequence 1", "frame 1", "joint 0")


IDS = {5: [0, 2, 5], 0: [1, 4], 2: [3]}


def test_ids_as_numpy_arrays_are_read(folder):
    np.save(
        folder / "ids_KS20_4.npy",
        {np.int64(person): np.array(own) for person, own in IDS.items()},
    )
    assert read(folder).persons.tolist() == PERSONS.tolist()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({2: [3, 6]}, "sequence 6"),
        ({2: [3, -1]}, "sequence -1"),
        ({2: [1], 0: [3, 4]}, "sequence 1"),
        ({2: []}, "sequence 3"),
        ({7: [3], 2: []}, "sequence 3"),
        ({2: [3, 0]}, "sequence 0"),
        ({2: [3, 3]}, "sequence 3"),
    ],
    ids=["too large", "negative", "swapped", "missing", "other person"]
    + ["two persons", "twice in one person"],
)
def test_ids_that_contradict_the_persons_are_refused(folder, change, part):
    np.save(folder / "ids_KS20_4.npy", {**IDS, **change})
    refused(folder, "ids_KS20_4.npy", part)


def test_a_sequence_of_two_persons_is_refused_though_the_last_is_right(folder):
    # The wrong owner comes first, so that the right one overwrites it.
    np.save(folder / "ids_KS20_4.npy", {2: [3, 1], 0: [1, 4], 5: [0, 2, 5]})
    refused(folder, "ids_KS20_4.npy", "sequence 1")


@pytest.mark.parametrize(
    "content",
    [
        [[0, 1]],
        {"somebody": [0]},
        {0: 3},
        {0: None},
        {0: ["first"]},
        {0: [1.5, 4], 5: [0, 2, 5], 2: [3]},
        {0.5: [1, 4], 5: [0, 2, 5], 2: [3]},
        {0: [float("inf")]},
        {0: [[1, 4]]},
    ],
    ids=repr,
)
def test_ids_that_are_no_lists_by_person_are_refused(folder, content):
    boxed = np.empty((), object)
    boxed[()] = content
    np.save(folder / "ids_KS20_4.npy", boxed, allow_pickle=True)
    refused(folder, "ids_KS20_4.npy")


def test_ids_that_hold_no_objects_are_refused(folder):
    np.save(folder / "ids_KS20_4.npy", np.arange(6))
    refused(folder, "ids_KS20_4.npy", "int64")


def test_ids_that_would_run_code_are_refused(folder, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "created"), "w"))

    np.save(folder / "ids_KS20_4.npy", {0: Evil()})
    refused(folder, "ids_KS20_4.npy", "open", "do not trust")
    assert not (tmp_path / "created").exists()


@pytest.mark.parametrize("name", ["source_x_KS20_4.npy", "frame_id_KS20_4.npy"])
def test_pickles_in_place_of_numbers_are_refused(folder, name):
    np.save(folder / name, np.array([1, "a", None], dtype=object))
    refused(folder, name, "not a readable .npy")


@pytest.mark.parametrize("name", sorted(TRAIN_FILES))
@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x93NUMPY\x07\x00", b"PK\x03"])
def test_files_that_are_no_npy_are_refused(folder, name, content):
    (folder / name).write_bytes(content)
    refused(folder, name)


@pytest.mark.parametrize("name", sorted(TRAIN_FILES))
@pytest.mark.parametrize("share", [0.02, 0.3, 0.95])
def test_truncated_files_are_refused(folder, name, share):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    refused(folder, name)


@pytest.mark.parametrize("name", ["source_x_KS20_4.npy", "frame_id_KS20_4.npy"])
def test_an_archive_in_place_of_an_array_is_refused(folder, name):
    with (folder / name).open("wb") as file:
        np.savez(file, a=np.zeros(3))
    refused(folder, name)


def test_messages_do_not_advise_to_load_pickles(folder):
    (folder / "source_x_KS20_4.npy").write_text("neither NumPy nor zip")
    with pytest.raises(errors.InputError) as caught:
        read(folder)
    assert "allow_pickle" not in str(caught.value)


def test_a_message_is_short_enough_for_a_person(folder):
    np.save(folder / "ids_KS20_4.npy", {str(n): None for n in range(1000)})
    with pytest.raises(errors.InputError) as caught:
        read(folder)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "persons",
    [
        PERSONS + 0.5,
        np.full(6, np.nan),
        np.full(6, np.inf),
        np.array(["a"] * 6),
        PERSONS.reshape(2, 3),
        np.array(3),
        np.zeros(6, bool),
        np.zeros(6, complex),
    ],
    ids=["halves", "nan", "inf", "text", "2-d", "0-d", "bool", "complex"],
)
def test_persons_that_are_no_whole_numbers_are_refused(folder, persons):
    np.save(folder / "frame_id_KS20_4.npy", persons)
    refused(folder, "frame_id_KS20_4.npy")


def test_persons_stored_as_whole_floats_are_read(folder):
    np.save(folder / "frame_id_KS20_4.npy", PERSONS.astype(np.float64))
    assert read(folder).persons.tolist() == PERSONS.tolist()


def test_no_sequence_at_all_is_refused(tmp_path):
    folder = tmp_path / "train_npy_data"
    folder.mkdir()
    for axis in "xyz":
        np.save(folder / f"source_{axis}_KS20_4.npy", np.zeros((0, 3)))
    np.save(folder / "ids_KS20_4.npy", {})
    np.save(folder / "frame_id_KS20_4.npy", np.zeros(0, int))
    refused(folder, "frame_id_KS20_4.npy")


def test_fewer_persons_than_sequences_are_refused(folder):
    np.save(folder / "frame_id_KS20_4.npy", PERSONS[:5])
    np.save(folder / "ids_KS20_4.npy", {5: [0, 2], 0: [1, 4], 2: [3]})
    refused(folder, "source_x_KS20_4.npy", "5 sequences of 4 frames")


@pytest.mark.data
def test_the_peer_data_are_read(shared, tmp_path):
    with np.load(shared / "data" / "peer_cmu_ias.npz") as arrays:
        sequences, persons = arrays["A"][:200], arrays["A_person"][:200]
    folder = tmp_path / "test_npy_data" / "A"
    save_published(folder, sequences, persons, prefix="t_", name="IAS")
    found = npy_store.read(folder, "IAS", 6, 20)
    np.testing.assert_array_equal(found.sequences, sequences.astype(np.float32))
