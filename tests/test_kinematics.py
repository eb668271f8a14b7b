"""Joints' places, against matrices multiplied one by one."""

import math

import numpy as np
import pytest

from datasets.raw.formats import kinematics


def turn(axis, angle):
    """[3, 3] about one axis, as textbooks have it."""
    c, s = math.cos(angle), math.sin(angle)
    return {
        "X": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "Y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "Z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]


def test_a_quarter_turn_about_z_takes_x_to_y():
    found = kinematics.rotation(np.array([[math.pi / 2]]), "Z")
    np.testing.assert_allclose(found[0] @ [1, 0, 0], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("axes", ["", "X", "YZ", "XYZ", "ZXY", "ZYX", "YXZ", "ZXZ"])
def test_turns_are_multiplied_in_the_order_of_their_letters(axes):
    angles = np.random.default_rng(3).uniform(-3, 3, size=(7, len(axes)))
    found = kinematics.rotation(angles, axes)
    assert found.shape == (7, 3, 3)
    for matrix, row in zip(found, angles, strict=True):
        expected = np.eye(3)
        for axis, angle in zip(axes, row, strict=True):
            expected = expected @ turn(axis, angle)
        np.testing.assert_allclose(matrix, expected, atol=1e-12)


def test_joints_are_where_a_chain_of_transforms_puts_them():
    generator = np.random.default_rng(5)
    parents = [-1, 0, 1, 1, 0, 4]
    angles = generator.uniform(-3, 3, size=(6, 9, 3))
    moved = generator.normal(size=(6, 9, 3))
    found = kinematics.forward(
        parents, [kinematics.rotation(each, "ZXY") for each in angles], list(moved)
    )

    def transform(joint, frame):
        own = np.eye(4)
        z, x, y = angles[joint, frame]
        own[:3, :3] = turn("Z", z) @ turn("X", x) @ turn("Y", y)
        own[:3, 3] = moved[joint, frame]
        if parents[joint] < 0:
            return own
        return transform(parents[joint], frame) @ own

    expected = [[transform(j, t)[:3, 3] for j in range(6)] for t in range(9)]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_place_that_never_changes_may_be_given_once():
    turns = kinematics.rotation(np.array([[0.0], [math.pi / 2]]), "Y")
    found = kinematics.forward(
        [-1, 0], [turns, np.eye(3)], [np.zeros((2, 3)), np.array([1.0, 0.0, 0.0])]
    )
    np.testing.assert_allclose(found[:, 1], [[1, 0, 0], [0, 0, -1]], atol=1e-12)


def test_no_frames_give_no_frames():
    turns = kinematics.rotation(np.zeros((0, 3)), "XYZ")
    found = kinematics.forward([-1, 0], [turns, turns], [np.zeros((0, 3))] * 2)
    assert found.shape == (0, 2, 3)
