"""Representations that are computed piece by piece."""

import numpy as np
import pytest

from simmc_tf import data as data_module
from simmc_tf.sources import representing
from tests import sources


@pytest.fixture
def sequences():
    shape = (1100, sources.LENGTH, 3 * sources.NUM_JOINTS)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def represented(model, sequences, **more):
    compiled = representing.compiled(model, *sequences.shape[1:])
    return representing.Represented(compiled, model.width, sequences, **more)


def test_every_piece_is_what_the_model_gives(sequences):
    model = sources.Linear()
    found = represented(model, sequences)
    assert found.shape == (1100, sources.LENGTH, 2) and len(found) == 1100
    expected = model.represent(sequences).numpy()
    for some in (*data_module.pieces(1100), slice(3, 5), np.array([7, 2])):
        np.testing.assert_allclose(found[some], expected[some], rtol=1e-6, atol=1e-6)
        assert found[some].dtype == np.float32


def test_a_few_sequences_are_not_those_of_all(sequences):
    found = represented(sources.Linear(), sequences)
    first = found.first(3)
    assert first.shape == (3, sources.LENGTH, 2)
    np.testing.assert_array_equal(first[:], found[:3])


def test_no_batch_is_large(sequences):
    sizes = []

    def represent(batch):
        sizes.append(len(batch) * batch.shape[1])
        return np.zeros((*batch.shape[:2], 2))

    found = representing.Represented(represent, 2, sequences)
    for some in data_module.pieces(len(found)):
        found[some]
    assert sum(sizes) == 1100 * sources.LENGTH and max(sizes) <= 1536


def test_progress_is_told(sequences):
    said = []
    found = represented(
        sources.Linear(), sequences, say=lambda *told: said.append(told)
    )
    for some in data_module.pieces(1100):
        found[some]
    assert [told[:2] for told in said] == [(1024, 1100), (1100, 1100)]
    assert said[-1][2] == "0:00"
