"""Training on two devices comes to what training on one does, up to rounding."""

import csv

import numpy as np
import pytest

from simmc_tf import checkpoints, pipeline, replicas
from tests import programs, recorded_walks, two_devices

# The devices' sums are added in another order, which moves a float32 by some 1e-7 of
# it; 16 to 30 steps have been seen to make that 4e-7 of an array's largest number.
RELATIVE = 1e-5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the program has left what it trained."""
    folder = tmp_path_factory.mktemp("mirrored")
    done = programs.start("-m", "tests.two_devices", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=two_devices.OPTIMIZERS)
def fitted(request, folder):
    """The same batches fitted on one device and on two, by one kind of optimizer."""
    return tuple(
        dict(np.load(folder / f"{request.param}_{name}.npz"))
        for name in two_devices.DEVICES
    )


def assert_near(found, expected):
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=RELATIVE * np.abs(expected).max()
    )


@pytest.mark.parametrize("name", ["loss", "mpc", "mic"])
def test_losses_are_means_over_the_rows_of_all_devices(fitted, name):
    one, two = fitted

    assert len(two[name]) == two_devices.EPOCHS
    assert_near(two[name], one[name])


def test_weights_and_moments_are_those_of_one_device(fitted):
    # SGD's steps and Adam's moments are as large as gradients; Adam's steps are not.
    one, two = fitted

    names = [name for name in one if name.startswith("variable_")]
    assert len(names) >= 8  # 6 weights, a count of steps, a learning rate.
    for name in names:
        assert_near(two[name], one[name])


def test_empty_batches_are_no_steps(fitted):
    expected = two_devices.EPOCHS * np.count_nonzero(two_devices.BATCH_SIZES)

    assert [int(found["steps"]) for found in fitted] == [expected, expected]


def test_devices_hold_equal_copies_of_every_variable(fitted):
    copies = [value for name, value in fitted[1].items() if name.startswith("copies_")]

    assert len(copies) >= 8
    for first, second in copies:
        np.testing.assert_array_equal(first, second)


def rows(folder):
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_with_outliers_has_the_same_losses_every_epoch(folder):
    one, two = rows(folder / "one"), rows(folder / "two")

    num_rows, size = len(two_devices.walks().train), two_devices.CONFIG.batch_size
    kept = [num_rows - int(row["outliers"]) for row in two[:-1]]
    assert all(0 < count // size < num_rows // size for count in kept)
    assert len(two) == two_devices.CONFIG.epochs + 1
    for found, expected in zip(two[1:], one[1:], strict=True):
        for name in ("clusters_1", "clusters_2", "outliers"):
            assert found[name] == expected[name]
        for name in ("loss", "mpc", "mic", "view_agreement"):
            # A loss can be a small difference of its terms, which are of order 0.1.
            assert float(found[name]) == pytest.approx(
                float(expected[name]), rel=RELATIVE, abs=RELATIVE / 10
            )


def test_a_model_of_two_devices_loads_on_one(folder):
    one, two = (checkpoints.load(folder / name)[0] for name in two_devices.DEVICES)

    for found, expected in zip(two.get_weights(), one.get_weights(), strict=True):
        assert_near(found, expected)


def test_the_auto_preset_trains_on_two_devices_as_on_one(folder):
    one, two = (folder / f"auto_{name}" for name in two_devices.DEVICES)

    for found, expected in zip(rows(two)[1:], rows(one)[1:], strict=True):
        assert found["clusters_1"] == expected["clusters_1"]
        assert float(found["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-3)
    first, second = (checkpoints.load(each)[0] for each in (one, two))
    for found, expected in zip(
        second.trainable_weights, first.trainable_weights, strict=True
    ):
        # Adam's first steps have the signs of gradients, of which some are near 0.
        np.testing.assert_allclose(found, expected, atol=1e-3)
    for name in ("mean_skeleton", "centre", "matrix"):
        np.testing.assert_array_equal(
            getattr(second.preparation, name), getattr(first.preparation, name)
        )
    sequences = recorded_walks.data().matching.probe.sequences
    found, expected = (
        pipeline.BulkEncoder(each.encoder, each.preparation).whole(sequences)
        for each in (second, first)
    )
    # Of cosines.
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-2)


def test_one_device_takes_the_whole_batch_as_it_is():
    taken = []
    batch = {"labels": object()}

    replicas.Replicas(["CPU:0"]).sum(lambda *each: taken.append(each) or {}, batch)

    assert taken == [(batch, 1.0)] and taken[0][0] is batch


def test_without_gpus_none_share_the_training():
    assert replicas.visible_gpus() == []
