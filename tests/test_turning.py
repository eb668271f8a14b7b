"""Walkers that are turned about the vertical come to lie the same way."""

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import data as data_module
from simmc_tf import turning
from tests import recorded_walks

JOINTS = recorded_walks.JOINTS


def sequences(**changes):
    """Mean poses that are about alike, [N, f, 3J] in millimetres; y is up."""
    return recorded_walks.split(*recorded_walks.recordings(**changes))[0].sequences


def about_y(walks, angles):
    """Every sequence [N, f, 3J] turned by its own angle."""
    return np.stack(
        [
            recorded_walks.turned(walk.reshape(-1, walk.shape[1] // 3, 3), angle)
            for walk, angle in zip(walks.astype(np.float64), angles, strict=True)
        ]
    ).reshape(walks.shape)


def turn(walks, mean, vertical=1):
    skeletons = walks.reshape(*walks.shape[:2], -1, 3)
    return turning.turned(tf.constant(skeletons, tf.float32), mean, vertical).numpy()


def angles_of(count, seed=5):
    return np.random.default_rng(seed).uniform(-np.pi, np.pi, count)


def permuted(walks, order):
    """Skeletons whose axes come in another order."""
    shape = walks.shape
    return walks.reshape(*shape[:2], -1, 3)[..., order].reshape(shape)


ORDERS = {0: [1, 0, 2], 1: [0, 1, 2], 2: [0, 2, 1]}


@pytest.mark.parametrize("vertical", ORDERS)
def test_the_vertical_is_where_skeletons_are_longest(vertical):
    walks = permuted(sequences(), ORDERS[vertical])

    assert turning.vertical_axis(walks) == vertical


def test_the_vertical_is_that_of_most_walkers():
    walks = sequences()
    walks[: len(walks) // 3, :, 0::3] *= 100  # Lying, or broken.
    walks[-5:] = 0

    assert turning.vertical_axis(walks) == 1


@pytest.mark.parametrize("joints", [2, JOINTS])
def test_turning_a_walker_by_any_angle_changes_nothing(joints):
    walks = sequences(joints=joints)
    mean = turning.mean_skeleton(walks, 1)
    expected = turn(walks, mean)

    for seed in range(3):
        found = turn(about_y(walks, angles_of(len(walks), seed)), mean)
        # float32, of numbers up to 1500.
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_turning_is_a_rotation_about_the_vertical():
    walks = sequences()
    found = turn(walks, turning.mean_skeleton(walks, 1))
    before = walks.reshape(found.shape)

    np.testing.assert_array_equal(found[..., 2], before[..., 1])
    for n in range(len(walks)):
        first, second = (
            skeletons[..., 0] + 1j * skeletons[..., 1]
            for skeletons in (before[n][..., [0, 2]], found[n])
        )
        told = np.abs(first) > 1
        turns = (second / np.where(told, first, 1))[told]
        np.testing.assert_allclose(np.abs(turns), 1, atol=1e-5)
        np.testing.assert_allclose(turns, turns[0], atol=1e-4)


def test_the_angle_is_the_best_of_many_that_are_tried():
    walks = sequences()[::9]
    mean = turning.mean_skeleton(walks, 1).astype(np.float64)

    def overlap(poses):
        return (poses.mean(axis=1)[..., :2] * mean).sum(axis=(1, 2))

    found = overlap(turn(walks, mean.astype(np.float32)))
    for angle in np.linspace(0, 2 * np.pi, 100):
        tried = about_y(walks, np.full(len(walks), angle))
        tried = tried.reshape(*walks.shape[:2], JOINTS, 3)[..., [0, 2, 1]]
        assert (overlap(tried) <= found + 1e-5 * np.abs(found)).all()


def test_the_mean_skeleton_does_not_depend_on_how_others_than_the_first_face():
    walks = sequences()
    angles = angles_of(len(walks))
    angles[0] = 0

    found = turning.mean_skeleton(about_y(walks, angles), 1)

    expected = turning.mean_skeleton(walks, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_one_body_is_found_again_however_its_sequences_face():
    # Nothing but the angle differs: once turned all lie on each other.
    one = np.repeat(sequences()[:1], 20, axis=0)
    walks = about_y(one, angles_of(20))

    found = turn(walks, turning.mean_skeleton(walks, 1))

    np.testing.assert_allclose(found, np.repeat(found[:1], 20, axis=0), atol=2e-3)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_of_any_size_come_to_the_same(size, monkeypatch):
    walks = sequences()
    monkeypatch.setattr(turning, "_MOST_SEQUENCES", 20)  # Every fourth of 72.
    expected = turning.mean_skeleton(walks, 1)

    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", size)

    np.testing.assert_array_equal(turning.mean_skeleton(walks, 1), expected)
    assert turning.vertical_axis(walks) == 1


@pytest.mark.parametrize("count", [1, 5])
def test_first_sequences_of_zeros_do_not_stop_the_others_from_turning(count):
    walks = sequences()
    walks = np.concatenate([np.zeros_like(walks[:count]), walks])
    mean = turning.mean_skeleton(walks, 1)
    turned = about_y(walks, angles_of(len(walks)))

    assert np.abs(mean).max() > 1
    np.testing.assert_allclose(turn(turned, mean), turn(walks, mean), atol=2e-3)


def test_who_looks_the_same_from_all_sides_stays_as_he_is():
    walks = sequences()[:2]
    mean = turning.mean_skeleton(walks, 1)
    walks[0].reshape(-1, 3)[:, [0, 2]] = 0  # A vertical line.

    found = turn(walks, mean)

    np.testing.assert_array_equal(
        found[0], walks.reshape(*found.shape)[0][..., [0, 2, 1]]
    )


def test_without_anybody_to_face_the_same_way_nothing_turns():
    walks = np.zeros((3, 4, 9), np.float32)

    mean = turning.mean_skeleton(walks, 1)

    assert (mean == 0).all()
    assert (turn(walks, mean) == 0).all()
