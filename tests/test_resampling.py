"""Recordings at another frame rate."""

import numpy as np
import pytest

from datasets.raw.formats import resampling
from simmc_tf import errors


def numbered(count, dtype=np.float32):
    """Frames whose joints are all at the frame's number."""
    return np.tile(np.arange(count, dtype=dtype)[:, None, None], (1, 2, 3))


@pytest.mark.parametrize(
    ("count", "fps", "target", "times"),
    [
        (9, 120, 30, [0, 4, 8]),
        (8, 120, 30, [0, 4]),
        (5, 50, 30, [0, 5 / 3, 10 / 3]),
        (4, 30, 20, [0, 1.5, 3]),
        (3, 30, 60, [0, 0.5, 1, 1.5, 2]),
        (6, 100, 300, [step / 3 for step in range(16)]),
        (1, 120, 30, [0]),
        (3, 10, 1, [0]),
    ],
)
def test_frames_are_taken_at_the_new_times(count, fps, target, times):
    found = resampling.resample(numbered(count, np.float64), fps, target)
    np.testing.assert_allclose(found[:, 1, 2], times, atol=1e-12)


def test_a_rounded_frame_time_is_the_rate_that_was_meant():
    found = resampling.resample(numbered(4001), 1 / 0.0083333, 30)
    assert np.array_equal(found[:, 0, 0], np.arange(0, 4001, 4))


def test_the_last_frame_is_in_though_its_time_is_rounded():
    # 125 / (100 / 24) is 29.999999999999996.
    found = resampling.resample(numbered(126, np.float64), 100, 24)
    assert len(found) == 31 and found[-1, 0, 0] == 125


def test_the_same_rate_changes_nothing():
    frames = numbered(5)
    assert resampling.resample(frames, 30.0003, 30) is frames


@pytest.mark.parametrize(
    ("fps", "same"), [(30.0, True), (30.002, True), (30.004, False), (29.0, False)]
)
def test_rates_that_differ_by_rounding_are_one(fps, same):
    assert resampling.same_rate(fps, 30.0) == same


def test_no_frames_stay_no_frames():
    assert resampling.resample(numbered(0), 120, 50).shape == (0, 2, 3)


@pytest.mark.parametrize("target", [30, 50, 119])
def test_the_type_stays(target):
    assert resampling.resample(numbered(50), 120, target).dtype == np.float32


def test_frames_are_those_of_numpys_interpolation():
    generator = np.random.default_rng(0)
    frames = generator.normal(size=(40, 3, 3))
    found = resampling.resample(frames, 120, 29.97)
    times = np.arange(len(found)) / 29.97
    assert times[-1] <= 39 / 120 < times[-1] + 1 / 29.97
    for joint in range(3):
        for axis in range(3):
            expected = np.interp(times, np.arange(40) / 120, frames[:, joint, axis])
            np.testing.assert_allclose(found[:, joint, axis], expected, atol=1e-9)


def test_a_steady_walk_keeps_its_speed():
    frames = numbered(100, np.float64) / 120
    found = resampling.resample(frames, 120, 37)
    np.testing.assert_allclose(np.diff(found, axis=0), 1 / 37, atol=1e-12)


def test_more_frames_than_can_be_held_are_refused_before_they_are_made():
    with pytest.raises(errors.InputError, match="30 frames at 1e-06 a second"):
        resampling.resample(numbered(30), 1e-6, 1000)


def test_times_that_waver_are_of_the_rate_that_is_named():
    assert resampling.similar_rate(29.7, 30) and resampling.similar_rate(30, 29.97)
    assert not resampling.similar_rate(25, 30) and not resampling.similar_rate(60, 30)
