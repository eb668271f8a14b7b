"""The same bits, whatever number of threads multiplies matrices."""

import numpy as np
import pytest
import threadpoolctl

from datasets import loading
from simmc_tf import config as configs
from simmc_tf import cores, merging, preparation, tracks


def numbers_of_threads():
    """Of the libraries that NumPy and SciPy multiply with.

    Those on OpenMP, as faiss brings one, have a number for each thread that asks.
    """
    return {
        library["num_threads"]
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas" and library["threading_layer"] != "openmp"
    }


def under(num_threads, function, *arguments):
    """What a function gives where so many threads multiply matrices."""
    with threadpoolctl.threadpool_limits(num_threads, "blas"):
        found = function(*arguments)
        assert numbers_of_threads() == {num_threads}  # As before.
        return found


@pytest.fixture(scope="module")
def walkers():
    """Sequences [N, 6, 60] of generated walkers, and their tracks [N]."""
    sequences = loading.generate(6, 8, 0).data.train.sequences
    return sequences, tracks.find(sequences).numbers


def test_any_number_of_threads_merges_alike(walkers):
    _, found = walkers
    generator = np.random.default_rng(0)
    features = generator.normal(size=(found.max() + 1, 256))[found]
    features += generator.normal(size=features.shape)
    features = features.astype(np.float32)
    merging.normalise(features)

    one, two = (under(n, merging.merge, features, found) for n in (1, 2))

    assert one.best_silhouette == two.best_silhouette
    np.testing.assert_array_equal(one.whitening.matrix, two.whitening.matrix)


def test_any_number_of_threads_prepares_alike(walkers):
    config = configs.Config(preset=configs.AUTO, protocol=configs.STRICT)

    one, two = (under(n, preparation.fit, *walkers, True, config) for n in (1, 2))

    for here, there in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)


def test_who_has_limited_the_threads_may_call_who_does_too():
    with cores.in_one_thread(), cores.multiplying() as (pool, _):
        assert pool.submit(numbers_of_threads).result() == {1}
    with cores.multiplying(), cores.in_one_thread():
        assert numbers_of_threads() == {1}
