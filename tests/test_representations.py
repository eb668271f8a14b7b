"""Representations of a source model: read with care, in place of coordinates."""

import numpy as np
import pytest

from datasets import catalog, representations
from simmc_tf import data as data_module
from simmc_tf import errors

IAS = catalog.find("IAS")


def made(folder, width=5, parts=("train", "A", "B")):
    """Writes random representations [4, 6, width] of two persons a split."""
    generator = np.random.default_rng(0)
    splits = {}
    for part in parts:
        features = generator.normal(size=(4, 6, width)).astype(np.float32)
        splits[part] = data_module.Split(features, np.array([0, 0, 1, 1]))
        representations.write(folder, part, "IAS", 6, splits[part])
    return splits


def test_what_is_written_is_read_as_it_is(tmp_path):
    splits = made(tmp_path)
    data = representations.load(tmp_path, IAS, "A", 6).data
    np.testing.assert_array_equal(data.train.sequences, splits["train"].sequences)
    np.testing.assert_array_equal(data.matching.probe.sequences, splits["A"].sequences)
    np.testing.assert_array_equal(
        data.matching.gallery.sequences, splits["B"].sequences
    )
    assert not data.coordinates


def test_missing_representations_name_the_folder(tmp_path):
    with pytest.raises(errors.InputError, match="IAS/6"):
        representations.load(tmp_path, IAS, "A", 6)


def test_a_missing_split_is_named(tmp_path):
    made(tmp_path, parts=("train", "A"))
    with pytest.raises(errors.InputError, match=r"B is incomplete: features\.npy"):
        representations.load(tmp_path, IAS, "A", 6)


def test_splits_of_different_widths_are_refused(tmp_path):
    made(tmp_path)
    made(tmp_path, width=7, parts=("B",))
    with pytest.raises(errors.InputError, match="train 5, B 7, A 5"):
        representations.load(tmp_path, IAS, "A", 6)


@pytest.mark.parametrize("shape", [(4, 5, 5), (3, 6, 5), (4, 30)])
def test_another_number_of_sequences_or_skeletons_is_refused(shape, tmp_path):
    made(tmp_path)
    np.save(tmp_path / "IAS" / "6" / "A" / "features.npy", np.zeros(shape))
    with pytest.raises(errors.InputError, match=r"expected \[4, 6, d\]"):
        representations.load(tmp_path, IAS, "A", 6)


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    splits = made(tmp_path)
    splits["B"].sequences[2, 3, 1] = np.nan
    representations.write(tmp_path, "B", "IAS", 6, splits["B"])
    with pytest.raises(errors.InputError, match="sequence 2, skeleton 3"):
        representations.load(tmp_path, IAS, "A", 6)
