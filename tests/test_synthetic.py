"""Generated walkers: the same for the same seed, human, and as hard as real ones."""

import dataclasses
import functools

import numpy as np
import pytest

from datasets import loading, recordings, skeletons, synthetic
from datasets.synthetic import generator
from simmc_tf import errors, yardsticks

SKELETONS = sorted(generator.SKELETONS)
ONE_WALK = (synthetic.Take("train", "right_lateral"),)


@functools.cache
def _generate(**changes) -> recordings.Recordings:
    return synthetic.generate(synthetic.Settings(**{"persons": 3, **changes}))


def _lengths(data: recordings.Recordings, index: int) -> np.ndarray:
    """[T, bones] lengths in one recording, a bone at a time."""
    frames = data.frames(index)
    bones = skeletons.matching(data.joint_names).bone_indices
    return np.stack(
        [np.sqrt(((frames[:, a] - frames[:, b]) ** 2).sum(axis=1)) for a, b in bones],
        axis=1,
    )


def _joint(data: recordings.Recordings, name: str) -> np.ndarray:
    return data.positions[:, data.joint_names.index(name)]


def test_same_seed_gives_the_same_arrays():
    settings = synthetic.Settings(persons=2, frames=20)
    first, second = synthetic.generate(settings), synthetic.generate(settings)
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.starts, second.starts)


def test_another_seed_gives_another_walk():
    assert _generate(seed=0).positions[0, 0, 2] != _generate(seed=1).positions[0, 0, 2]


def test_a_person_does_not_depend_on_how_many_there_are():
    few, many = _generate(persons=2), _generate(persons=3)
    np.testing.assert_array_equal(few.positions, many.positions[: few.starts[-1]])


def test_portions_join_to_the_whole():
    settings = synthetic.Settings(persons=2, frames=20)
    whole = synthetic.generate(dataclasses.replace(settings, persons=4))
    later = synthetic.generate(settings, first_person=2)
    np.testing.assert_array_equal(
        whole.positions[-len(later.positions) :], later.positions
    )
    assert set(later.person) == {2, 3}


def test_a_body_does_not_depend_on_the_recordings():
    some = _generate(noise=synthetic.PERFECT)
    other = _generate(noise=synthetic.PERFECT, recordings=ONE_WALK)
    np.testing.assert_allclose(
        _lengths(some, 0)[0, -4:], _lengths(other, 0)[0, -4:], rtol=1e-4
    )


@pytest.mark.parametrize("name", SKELETONS)
def test_joints_are_those_of_the_skeleton(name):
    data = _generate(skeleton=name)
    assert data.joint_names == skeletons.SKELETONS[name].joints
    assert data.positions.shape == (data.starts[-1], len(data.joint_names), 3)
    assert data.positions.dtype == np.float32
    assert np.isfinite(data.positions).all()


def test_skeletons_differ_in_order_only_where_the_joints_are_the_same():
    v1 = _generate(noise=synthetic.PERFECT)
    kgbd = _generate(noise=synthetic.PERFECT, skeleton="kgbd")
    for joint in ("HipCenter", "HandLeft", "FootRight"):
        np.testing.assert_array_equal(_joint(v1, joint), _joint(kgbd, joint))


def test_recordings_have_names_of_their_own_and_all_splits():
    data = _generate()
    assert len(set(data.recording)) == len(data)
    for person in range(3):
        assert set(data.split[data.person == person]) == set(recordings.SPLITS)


def test_walks_stay_in_the_sensors_field():
    root = _joint(_generate(), "HipCenter")
    assert 1.0 < root[:, 2].min() and root[:, 2].max() < 4.5


@pytest.mark.parametrize(
    ("upper", "lower", "shortest", "longest"),
    [
        ("HipLeft", "KneeLeft", 0.30, 0.56),
        ("KneeRight", "AnkleRight", 0.30, 0.56),
        ("ShoulderLeft", "ElbowLeft", 0.22, 0.43),
        ("ElbowRight", "WristRight", 0.17, 0.34),
        ("ShoulderLeft", "ShoulderRight", 0.27, 0.55),
    ],
)
def test_bones_are_as_long_as_peoples(upper, lower, shortest, longest):
    data = _generate(noise=synthetic.PERFECT, persons=40, recordings=ONE_WALK)
    length = np.linalg.norm(_joint(data, upper) - _joint(data, lower), axis=1)
    assert shortest < length.min() and length.max() < longest


def test_feet_are_below_the_knees_and_the_head_on_top():
    data = _generate(noise=synthetic.PERFECT)
    heights = [_joint(data, j)[:, 1] for j in ("Head", "HipCenter", "KneeLeft")]
    assert (heights[0] > heights[1]).all() and (heights[1] > heights[2]).all()
    assert (heights[2] > _joint(data, "AnkleLeft")[:, 1]).all()


def test_one_foot_is_always_near_the_floor():
    data = _generate(noise=synthetic.PERFECT)
    ankles = np.minimum(_joint(data, "AnkleLeft"), _joint(data, "AnkleRight"))[:, 1]
    # The sensor is 0.9 m up; an ankle is at most some 0.2 m up when only toes touch.
    assert -0.9 < ankles.min() and ankles.max() < -0.65


def test_knees_bend_backwards_only():
    data = _generate(noise=synthetic.PERFECT, recordings=ONE_WALK)
    hip, knee, ankle = (
        _joint(data, joint + "Right")[:, 0] for joint in ("Hip", "Knee", "Ankle")
    )
    heights = [_joint(data, j + "Right")[:, 1] for j in ("Hip", "Knee", "Ankle")]
    along = (heights[0] - heights[1]) / (heights[0] - heights[2])
    # Forwards is to the sensor's right, where x falls. 2 cm: the heading is not exactly
    # sideways.
    assert (knee < hip + (ankle - hip) * along + 0.02).all()


def test_arms_swing_against_the_legs_of_their_side():
    data = _generate(noise=synthetic.PERFECT, recordings=ONE_WALK)
    hip = _joint(data, "HipCenter")
    arm, leg = ((_joint(data, j) - hip)[:, 0] for j in ("WristRight", "AnkleRight"))
    assert np.corrcoef(arm, leg)[0, 1] < -0.5


@pytest.mark.parametrize("view", ["frontal", "left_lateral"])
def test_no_joint_is_faster_than_a_persons(view):
    data = _generate(
        noise=synthetic.PERFECT, recordings=(synthetic.Take("train", view),)
    )
    for i in range(len(data)):
        frames = data.frames(i)
        step = np.diff(frames - frames[:, :1], axis=0)
        assert np.linalg.norm(step, axis=2).max() * data.fps[i] < 8.0


def test_a_person_who_stands_hardly_moves():
    still = synthetic.Take("Still", motion="still")
    data = _generate(noise=synthetic.PERFECT, recordings=(still,))
    for i in range(len(data)):
        assert data.frames(i).std(axis=0).max() < 0.05


def test_true_bones_keep_their_length():
    data = _generate(noise=synthetic.PERFECT)
    lengths = _lengths(data, 0)
    # The third, from the shoulders to the head, is no bone: it bends at the neck.
    assert np.delete(lengths, 2, axis=1).std(axis=0).max() < 1e-5


def test_seen_bones_flicker():
    data = _generate()
    lengths = _lengths(data, 0)
    assert (lengths.std(axis=0) / lengths.mean(axis=0)).min() > 0.01


def _jitter(distance: float) -> float:
    """Mean sd in metres of what the jitter alone adds to a person who stands."""
    noise = dataclasses.replace(synthetic.PERFECT, jitter=0.01, depth=0.001, memory=0.2)
    still = (synthetic.Take("train", motion="still"),)
    both = [
        _generate(noise=n, distance=distance, recordings=still)
        for n in (noise, synthetic.PERFECT)
    ]
    return float((both[0].positions - both[1].positions).std())


def test_noise_grows_with_the_square_of_the_distance():
    # 25 %: the walkers stand some 0.15 m before or behind, the jitter is correlated.
    assert _jitter(4.0) / _jitter(2.0) == pytest.approx(4.0, rel=0.25)


def test_noise_is_correlated_in_time():
    noise = dataclasses.replace(synthetic.PERFECT, jitter=0.01, memory=0.25)
    both = [_generate(noise=n, frames=300) for n in (noise, synthetic.PERFECT)]
    error = both[0].frames(0)[:, 3, 0] - both[1].frames(0)[:, 3, 0]
    assert np.corrcoef(error[1:], error[:-1])[0, 1] > 0.6


def test_limbs_on_the_far_side_are_noisier():
    noise = dataclasses.replace(synthetic.PERFECT, jitter=0.01, hidden_jitter=2.0)
    both = [_generate(noise=n, recordings=ONE_WALK) for n in (noise, synthetic.PERFECT)]
    left, right = (
        (_joint(both[0], joint) - _joint(both[1], joint)).std()
        for joint in ("KneeLeft", "KneeRight")
    )
    assert left > 2 * right


def test_dropped_frames_are_absent():
    whole = _generate(noise=synthetic.PERFECT, frames=400)
    noise = dataclasses.replace(synthetic.PERFECT, dropped=0.2)
    left = len(_generate(noise=noise, frames=400).positions) / len(whole.positions)
    assert left == pytest.approx(0.8, abs=0.02)


def test_swapped_frames_exchange_left_and_right():
    noise = dataclasses.replace(synthetic.PERFECT, swaps=0.2)
    seen, true = (_generate(noise=n) for n in (noise, synthetic.PERFECT))
    swapped = (_joint(seen, "KneeLeft") == _joint(true, "KneeRight")).all(axis=1)
    kept = (_joint(seen, "KneeLeft") == _joint(true, "KneeLeft")).all(axis=1)
    assert 0.05 < swapped.mean() < 0.4 and (swapped | kept).all()


def test_difficulty_is_that_of_recorded_gait():
    # Two seeds of 30 persons; the band is wide for the spread over seeds, 0.03.
    hits = []
    for seed in range(2):
        data = loading.generate(length=6, persons=30, seed=seed).data
        scores = yardsticks.scores(data)
        names = "mean coordinates", "mean joint distances, standardised"
        hits.append([scores[name].top1 for name in names])
    coordinates, distances = np.mean(hits, axis=0)
    assert 0.42 < coordinates < 0.60
    assert 0.50 < distances < 0.70


@pytest.mark.parametrize(
    ("name", "skeleton", "splits"),
    [
        ("KS20", "kinect_v2", {"train", "gallery", "probe"}),
        ("KGBD", "kgbd", {"train", "gallery", "probe"}),
        ("IAS", "kinect_v1", {"train", "A", "B"}),
        ("BIWI", "kinect_v1", {"train", "Still", "Walking"}),
        ("CASIA_B", "openpose_14", {"train", "nm", "bg", "cl"}),
    ],
)
def test_likenesses_have_the_splits_of_the_recorded_sets(name, skeleton, splits):
    data = synthetic.generate(synthetic.like(name, persons=4, frames=10))
    assert data.joint_names == skeletons.SKELETONS[skeleton].joints
    assert set(data.split) == splits


def test_casia_b_tests_persons_that_it_does_not_train_on():
    data = synthetic.generate(synthetic.like("CASIA_B", persons=4, frames=8))
    assert set(data.person[data.split == "train"]) == {0, 1}
    assert set(data.person[data.split == "cl"]) == {2, 3}
    assert (data.split == "nm").sum() == 2 * 11 * 6
    assert "cl-090" in data.condition


def test_casia_b_is_long_enough_for_windows_of_60_frames():
    settings = synthetic.like("CASIA_B", persons=2)
    assert np.diff(synthetic.generate(settings).starts).min() >= 60


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"persons": 1}, "persons is 1"),
        ({"seed": -1}, "seed is -1"),
        ({"frames": 3}, "frames is 3"),
        ({"skeleton": "robot"}, "'robot'"),
        ({"recordings": ()}, "recordings"),
        ({"reach": 3.0}, "reach is 3.0"),
    ],
)
def test_bad_settings_name_the_value(changes, named):
    with pytest.raises(errors.InputError, match=named):
        synthetic.Settings(**changes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"view": "above"}, "'above'"),
        ({"motion": "fly"}, "'fly'"),
        ({"clothing": "hat"}, "'hat'"),
        ({"count": 0}, "is 0"),
    ],
)
def test_bad_takes_name_the_value(changes, named):
    with pytest.raises(errors.InputError, match=named):
        synthetic.Take("train", **changes)


def test_unknown_likeness_names_the_known_ones():
    with pytest.raises(errors.InputError, match="'MARS'.*CASIA_B"):
        synthetic.like("MARS")


def test_no_recordings_for_these_persons_is_an_error():
    take = synthetic.Take("train", persons=(10, 20))
    with pytest.raises(errors.InputError, match="none of the 2 persons"):
        synthetic.generate(synthetic.Settings(persons=2, recordings=(take,)))
