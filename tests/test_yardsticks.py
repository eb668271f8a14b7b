"""What needs no learning, against loops over joints."""

import math

import numpy as np
import pytest

from simmc_tf import data as data_module
from simmc_tf import evaluation, yardsticks


def make_split(num_sequences, seed, num_joints=4):
    generator = np.random.default_rng(seed)
    sequences = generator.normal(size=(num_sequences, 3, 3 * num_joints))
    persons = np.arange(num_sequences) % 4
    return data_module.Split(sequences.astype(np.float32), persons)


def scores(train, matching, **options):
    return yardsticks.scores(data_module.ReidData(train, matching, **options))


def naive_distances(sequence):
    """Mean over frames of the distance of every two joints, the lower joint first."""
    num_joints = sequence.shape[1] // 3
    means = []
    for a in range(num_joints):
        for b in range(a + 1, num_joints):
            lengths = [
                math.dist(frame[3 * a : 3 * a + 3], frame[3 * b : 3 * b + 3])
                for frame in sequence
            ]
            means.append(sum(lengths) / len(lengths))
    return means


def test_mean_distances_equal_loops_over_joints():
    sequences = make_split(7, seed=0).sequences

    result = yardsticks.JOINT_DISTANCES.encode(sequences)

    assert result.shape == (7, 6)
    expected = [naive_distances(sequence) for sequence in sequences]
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_mean_distances_of_small_numbers():
    # One frame with joints at 0, (3, 4, 0) and (3, 4, 2): 5, sqrt(29) and 2.
    frame = [0, 0, 0, 3, 4, 0, 3, 4, 2]

    result = yardsticks.JOINT_DISTANCES.encode(np.array([[frame]], np.float32))

    np.testing.assert_allclose(result, [[5, math.sqrt(29), 2]], rtol=1e-6)


@pytest.mark.parametrize("at_once", [1, 3, 7])
def test_mean_distances_do_not_depend_on_how_many_are_taken_at_once(
    at_once, monkeypatch
):
    sequences = make_split(7, seed=0).sequences
    expected = yardsticks.JOINT_DISTANCES.encode(sequences)

    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", at_once)

    result = yardsticks.JOINT_DISTANCES.encode(sequences)
    np.testing.assert_array_equal(result, expected)


def test_distances_do_not_change_when_the_skeleton_moves_and_coordinates_do():
    sequences = make_split(5, seed=0).sequences
    moved = sequences + np.tile(np.array([1, -2, 3], np.float32), 4)

    np.testing.assert_allclose(
        yardsticks.JOINT_DISTANCES.encode(moved),
        yardsticks.JOINT_DISTANCES.encode(sequences),
        rtol=1e-4,
    )
    np.testing.assert_allclose(
        yardsticks.MEAN.encode(moved) - yardsticks.MEAN.encode(sequences),
        np.tile([1, -2, 3], (5, 4)),
        rtol=1e-4,
    )


def test_representations_have_no_joints_and_only_their_mean_is_a_yardstick():
    train, gallery, probe = (make_split(n, seed=n) for n in (20, 12, 8))
    matching = data_module.Matching(gallery, probe)

    result = scores(train, matching, coordinates=False)

    assert list(result) == ["mean representations"]
    assert result["mean representations"] == scores(train, matching)["mean coordinates"]


def test_without_probes_there_is_nothing_to_compare():
    assert scores(make_split(5, seed=0), None) == {}


def test_means_of_a_mapped_file_keep_their_digits(tmp_path, monkeypatch):
    sequences = make_split(7, seed=0).sequences.astype(np.float64) + 1e8
    np.save(tmp_path / "wide.npy", sequences)
    mapped = np.load(tmp_path / "wide.npy", mmap_mode="r")
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", 3)

    result = yardsticks.MEAN.encode(mapped)

    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, sequences.mean(axis=1))


def test_mean_coordinates_average_over_frames():
    sequences = np.array([[[0, 0, 0], [1, 2, 3], [5, 1, 0]]], np.float32)

    np.testing.assert_array_equal(yardsticks.MEAN.encode(sequences), [[2, 1, 1]])


def test_scores_are_those_of_coordinates_and_of_distances_raw_and_standardised():
    train, gallery, probe = (make_split(n, seed=n) for n in (20, 12, 8))
    spread = np.std([naive_distances(s) for s in train.sequences], axis=0)

    result = scores(train, data_module.Matching(gallery, probe))

    found = {}
    for name, scale in (("raw", 1.0), ("standardised", spread)):
        features = [
            np.array([naive_distances(s) for s in split.sequences]) / scale
            for split in (gallery, probe)
        ]
        found[f"mean joint distances, {name}"] = evaluation.evaluate(
            features[0], gallery.persons, features[1], probe.persons
        )
    coordinates = evaluation.evaluate(
        gallery.sequences.mean(axis=1),
        gallery.persons,
        probe.sequences.mean(axis=1),
        probe.persons,
    )
    assert list(result) == ["mean coordinates", *found]
    assert result["mean coordinates"] == coordinates
    for name, distances in found.items():
        assert result[name].top1 == distances.top1
        assert result[name].mean_ap == pytest.approx(distances.mean_ap)


def test_a_distance_that_never_changes_does_not_count():
    # A rigid bone between joints 0 and 1, the first of the distances: its length varies
    # by rounding alone, which must not be blown up to a whole standard deviation.
    splits = [make_split(n, seed=n) for n in (20, 12, 8)]
    for split in splits:
        split.sequences[:, :, 3:6] = split.sequences[:, :, :3] + np.float32(0.3)
    train, gallery, probe = splits

    result = scores(train, data_module.Matching(gallery, probe))

    others = [
        np.array([naive_distances(s)[1:] for s in split.sequences]) for split in splits
    ]
    spread = others[0].std(axis=0)
    expected = evaluation.evaluate(
        others[1] / spread, gallery.persons, others[2] / spread, probe.persons
    )
    name = "mean joint distances, standardised"
    assert result[name].mean_ap == pytest.approx(expected.mean_ap)


def test_probes_that_are_the_gallery_do_not_find_themselves():
    split = make_split(12, seed=0)

    alone = scores(split, data_module.Matching(split, split, True))
    itself = scores(split, data_module.Matching(split, split))

    assert itself["mean coordinates"].top1 == 1
    assert alone["mean coordinates"].top1 < 1
