"""Sequences that stay in their files: read piece by piece, centred, never unnoticed."""

import os

import numpy as np
import pytest

from datasets import npy_store
from simmc_tf import data as data_module
from simmc_tf import errors

NAME, LENGTH, JOINTS, COUNT = "KS20", 4, 3, 11


@pytest.fixture
def skeletons():
    shape = (COUNT, LENGTH, JOINTS, 3)
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


@pytest.fixture
def folder(tmp_path, skeletons):
    folder = tmp_path / "train_npy_data"
    persons = np.arange(COUNT) % 3
    npy_store.write(folder, NAME, LENGTH, data_module.Split(skeletons, persons))
    return folder


@pytest.fixture
def sequences(folder):
    return npy_store.open_split(folder, NAME, LENGTH, JOINTS).sequences


def naive(skeletons):
    """Joint 0 taken from every joint, number by number."""
    found = np.empty((len(skeletons), LENGTH, 3 * JOINTS), np.float32)
    for n, t, j, axis in np.ndindex(skeletons.shape):
        found[n, t, 3 * j + axis] = skeletons[n, t, j, axis] - skeletons[n, t, 0, axis]
    return found


@pytest.mark.parametrize(
    "chosen",
    [
        slice(None),
        slice(2, 7),
        slice(9, 100),
        slice(5, 5),
        np.array([3, 4, 5]),
        np.array([10, 0, 0, 7]),
        np.array([-1, 0, 1]),
        np.array([5, 4, 3]),
        np.array([1, 1, 3]),
        np.array([], np.int64),
    ],
    ids=str,
)
def test_pieces_are_centred_as_the_whole_bit_for_bit(chosen, sequences, skeletons):
    found = sequences[chosen]

    assert type(found) is np.ndarray and found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, naive(skeletons)[chosen])


def test_shape_and_length_are_those_of_all(sequences):
    assert sequences.shape == (COUNT, LENGTH, 3 * JOINTS)
    assert len(sequences) == COUNT
    assert data_module.is_mapped(sequences)


def test_the_first_sequences_are_a_reader_too(sequences, skeletons):
    split = data_module.Split(sequences, np.arange(COUNT)).first(5)

    assert len(split) == len(split.sequences) == 5
    assert data_module.is_mapped(split.sequences)
    np.testing.assert_array_equal(split.sequences[:], naive(skeletons)[:5])


def test_all_of_them_can_be_held(sequences, skeletons, monkeypatch):
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", 4)
    np.testing.assert_array_equal(sequences.held(), naive(skeletons))


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i4"])
def test_files_of_other_numbers_are_read_too(dtype, folder, skeletons):
    for number, axis in enumerate("xyz"):
        frames = (10 * skeletons[..., number]).reshape(-1, JOINTS).astype(dtype)
        np.save(folder / f"source_{axis}_{NAME}_{LENGTH}.npy", frames)
    sequences = npy_store.open_split(folder, NAME, LENGTH, JOINTS).sequences

    expected = (10 * skeletons).astype(dtype).astype(np.float32)
    np.testing.assert_array_equal(sequences[:], naive(expected))


def test_files_in_the_other_order_of_axes_are_not_copied(folder, skeletons):
    path = folder / f"source_y_{NAME}_{LENGTH}.npy"
    np.save(path, np.asfortranarray(np.load(path)))
    sequences = npy_store.open_split(folder, NAME, LENGTH, JOINTS).sequences

    np.testing.assert_array_equal(sequences[:], naive(skeletons))
    assert not sequences._axes[1].flags.owndata


def cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


def write_over(path):
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"\0" * 8)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


@pytest.mark.parametrize("change", [cut_off, write_over])
def test_a_file_that_is_written_to_is_told_at_the_next_piece(change, folder, sequences):
    sequences[:2]
    path = folder / f"source_z_{NAME}_{LENGTH}.npy"

    change(path)

    with pytest.raises(errors.InputError, match="changed while") as caught:
        sequences[:2]
    assert str(path) in str(caught.value)


def test_files_that_are_deleted_or_replaced_stay_as_they_were(
    folder, sequences, skeletons
):
    (folder / f"source_x_{NAME}_{LENGTH}.npy").unlink()
    other = folder / "other.npy"
    np.save(other, np.zeros(3))
    other.rename(folder / f"source_y_{NAME}_{LENGTH}.npy")

    np.testing.assert_array_equal(sequences[:], naive(skeletons))


def test_files_are_closed_with_the_sequences(folder):
    def num_open():
        return len(os.listdir("/proc/self/fd"))

    before = num_open()
    split = npy_store.open_split(folder, NAME, LENGTH, JOINTS)
    assert num_open() >= before + 3
    del split
    assert num_open() == before


def test_a_bad_number_far_behind_is_told_by_its_place(folder, monkeypatch):
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", 4)
    path = folder / f"source_y_{NAME}_{LENGTH}.npy"
    frames = np.load(path)
    frames[9 * LENGTH + 2, 1] = np.nan
    np.save(path, frames)

    with pytest.raises(errors.InputError, match="sequence 9, frame 2, joint 1 is nan"):
        npy_store.open_split(folder, NAME, LENGTH, JOINTS)


def test_centring_leaves_the_skeletons_as_they_are(skeletons):
    before = skeletons.copy()
    data_module.centred(skeletons)
    np.testing.assert_array_equal(skeletons, before)
