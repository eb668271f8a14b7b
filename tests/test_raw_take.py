"""Frames that are kept of a recording."""

import numpy as np
import pytest

from datasets.raw import take

NAMES = ("a", "b")


def numbered(num_frames):
    """[T, 2, 3] float64, each frame full of its number."""
    return np.arange(num_frames, dtype=np.float64).repeat(6).reshape(-1, 2, 3)


def kept(frames):
    return frames.positions[:, 0, 0].tolist()


def test_all_frames_are_kept_as_float32_where_nothing_is_wrong():
    frames = take.keep(numbered(3), NAMES, 30.0)

    assert frames.positions.dtype == np.float32
    np.testing.assert_array_equal(frames.positions, numbered(3))
    assert (frames.joint_names, frames.fps) == (NAMES, 30.0)
    assert (frames.read, frames.dropped, frames.clipped) == (3, 0, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_a_frame_with_what_float32_does_not_hold_is_dropped(value):
    positions = numbered(3)
    positions[1, 1, 2] = value

    frames = take.keep(positions, NAMES, 30.0)

    assert kept(frames) == [0, 2]
    assert (frames.dropped, frames.clipped) == (1, 0)


def test_a_frame_with_a_joint_that_was_not_tracked_is_dropped():
    tracked = np.ones((3, 2), bool)
    tracked[2, 0] = False

    frames = take.keep(numbered(3), NAMES, 30.0, tracked)

    assert kept(frames) == [0, 1]
    assert frames.dropped == 1


def test_ends_are_clipped_of_what_is_not_dropped():
    positions = numbered(7)
    positions[[0, 3, 6]] = np.nan

    frames = take.keep(positions, NAMES, 30.0, first=1, last=2)

    assert kept(frames) == [2]
    assert (frames.read, frames.dropped, frames.clipped) == (7, 3, 3)


def test_no_frame_is_left_where_more_are_clipped_than_there_are():
    frames = take.keep(numbered(3), NAMES, 30.0, first=2, last=2)

    assert frames.positions.shape == (0, 2, 3)
    assert (frames.read, frames.clipped) == (3, 3)


def test_frames_that_were_left_out_before_are_dropped_too():
    positions = numbered(3)
    positions[0] = np.nan

    frames = take.keep(positions, NAMES, 30.0, num_frames=10)

    assert (frames.read, frames.dropped) == (10, 8)
