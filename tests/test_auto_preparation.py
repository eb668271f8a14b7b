"""What the auto preset's encoder sees of a skeleton, against loops and its promises."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import memory, preparation, turning
from tests import recorded_walks
from tests.test_turning import about_y, angles_of

CONFIG = configs.Config(protocol=configs.STRICT, preset=configs.AUTO)


@pytest.fixture(scope="module")
def walks():
    return recorded_walks.split(*recorded_walks.recordings())


def fit(walks, coordinates=True, **changes):
    found, tracks = walks
    config = configs.Config(**{**vars(CONFIG), **changes})
    return preparation.fit(found.sequences, tracks, coordinates, config)


def numbers(fitted, sequences):
    """Coordinates and distances [N, f, D] of turned skeletons, pair by pair."""
    turned = turning.turned(
        tf.reshape(sequences, [*sequences.shape[:2], -1, 3]),
        fitted.mean_skeleton,
        fitted.vertical,
    ).numpy()
    pairs = itertools.combinations(range(turned.shape[2]), 2)
    distances = [
        np.linalg.norm(turned[:, :, a] - turned[:, :, b], axis=-1) for a, b in pairs
    ]
    flat = turned.reshape(*sequences.shape[:2], -1)
    return np.concatenate([flat, np.stack(distances, axis=-1)], axis=-1)


def covariances(rows, tracks):
    """Mean, covariance, and covariance within tracks, of the frames of [N, f, D]."""
    rows = np.asarray(rows, np.float64)
    frames = rows.reshape(-1, rows.shape[-1])
    owners = np.repeat(tracks, rows.shape[1])
    whole = np.cov(frames, rowvar=False, bias=True)
    rest = frames.copy()
    for track in np.unique(owners):
        rest[owners == track] -= frames[owners == track].mean(axis=0)
    return frames.mean(axis=0), whole, rest.T @ rest / len(rest)


def test_numbers_are_turned_coordinates_and_all_distances(walks):
    sequences = walks[0].sequences
    fitted = fit(walks)

    found = fitted.numbers(tf.constant(sequences))

    np.testing.assert_allclose(found, numbers(fitted, sequences), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_moments_are_those_of_all_frames_at_once(size, walks, monkeypatch):
    found, tracks = walks
    order = np.random.default_rng(0).permutation(len(tracks))
    sequences, tracks = found.sequences[order], tracks[order]
    fitted = fit(walks)
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", size)

    moments = preparation._moments(fitted, sequences, tracks, width=25)

    mean, whole, within = covariances(numbers(fitted, sequences), tracks)
    scale = np.abs(whole).max()
    np.testing.assert_allclose(moments.mean, mean, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(moments.whole, whole, atol=1e-6 * scale)
    np.testing.assert_allclose(moments.within, within, atol=1e-6 * scale)


def test_pieces_of_any_size_come_to_the_same(walks, monkeypatch):
    sequences = walks[0].sequences
    expected = fit(walks)
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", 5)
    found = fit(walks)

    np.testing.assert_allclose(
        found.matrix @ tf.transpose(found.matrix),
        expected.matrix @ tf.transpose(expected.matrix),
        rtol=1e-3,
        atol=1e-7,
    )
    np.testing.assert_allclose(
        preparation.prepared(expected, sequences), expected(sequences), atol=1e-5
    )


def test_within_tracks_all_directions_vary_alike(walks, monkeypatch):
    # As hardly any shrinkage makes it; what is left out is the root joint.
    monkeypatch.setattr(preparation, "_SHRINKAGE", 1e-7)
    found, tracks = walks
    fitted = fit(walks)

    _, _, within = covariances(fitted(found.sequences), tracks)

    variances = np.linalg.eigvalsh(within)[::-1]
    assert fitted.size == 25
    np.testing.assert_allclose(variances[:22], variances[0], rtol=0.05)
    np.testing.assert_allclose(variances[22:], 0, atol=1e-4 * variances[0])


@pytest.mark.parametrize("coordinates", [True, False])
def test_prepared_numbers_are_centred_uncorrelated_and_of_mean_variance_1(
    coordinates, walks
):
    found, tracks = walks

    prepared = fit(walks, coordinates)(found.sequences)

    mean, whole, _ = covariances(prepared, tracks)
    np.testing.assert_allclose(mean, 0, atol=1e-4)
    np.testing.assert_allclose(whole, np.diag(np.diag(whole)), atol=1e-3)
    assert (np.diff(np.diag(whole)) < 1e-4).all()  # Those that tell most come first.
    # The root joint is nowhere else, and tells nothing.
    used = whole.shape[0] - 3
    assert np.diag(whole)[:used].mean() == pytest.approx(1, rel=1e-3)
    assert (prepared.numpy()[..., used:] == 0).all()


def test_turning_walkers_by_any_angle_changes_nothing(walks):
    sequences = walks[0].sequences
    fitted = fit(walks)

    found = fitted(about_y(sequences, angles_of(len(sequences))).astype(np.float32))

    np.testing.assert_allclose(found, fitted(sequences), atol=1e-3)


def test_distances_between_prepared_walkers_do_not_depend_on_how_any_faced(walks):
    # Also where it is fitted to the turned ones: all but the first, who says the way.
    found, tracks = walks
    angles = angles_of(len(tracks))
    angles[0] = 0
    turned = about_y(found.sequences, angles).astype(np.float32)
    other = data_module.Split(turned, found.persons)

    first, second = (
        preparation.prepared(fit((split, tracks)), split.sequences).reshape(-1, 25)
        for split in (found, other)
    )

    np.testing.assert_allclose(first @ first.T, second @ second.T, atol=0.05)


def test_permuted_sequences_are_prepared_as_before(walks):
    found, tracks = walks
    order = np.random.default_rng(1).permutation(len(tracks))
    order = np.concatenate([[0], order[order != 0]])  # The first says the way.
    split = data_module.Split(found.sequences[order], found.persons[order])

    first = preparation.prepared(fit(walks), found.sequences)[order].reshape(-1, 25)
    second = preparation.prepared(fit((split, tracks[order])), split.sequences)

    second = second.reshape(-1, 25)
    np.testing.assert_allclose(first @ first.T, second @ second.T, atol=0.05)
    np.testing.assert_array_equal(
        fit(walks)(found.sequences[order]), fit(walks)(found.sequences).numpy()[order]
    )


@pytest.mark.parametrize(("joints", "size"), [(2, 7), (5, 25), (33, 320)])
def test_the_numbers_a_skeleton_are_all_there_are_up_to_a_limit(joints, size):
    walks = recorded_walks.split(*recorded_walks.recordings(joints=joints))
    fitted = fit(walks)

    prepared = fitted(walks[0].sequences)

    assert prepared.shape[2] == fitted.size == size
    assert fitted.skeleton_size == 3 * joints
    assert np.isfinite(prepared).all()


def test_without_turning_nobody_is_turned(walks):
    fitted = fit(walks, without="turning")
    assert (fitted.mean_skeleton.numpy() == 0).all()


def test_without_distances_they_do_not_count(walks):
    matrix = fit(walks, without="distances").matrix.numpy()
    assert (matrix[15:] == 0).all()
    assert (matrix[3:15] != 0).any(axis=1).all()


def test_without_whitening_numbers_only_get_the_same_weight(walks):
    found, tracks = walks
    fitted = fit(walks, without="whitened_input")
    expected = numbers(fitted, found.sequences)
    spread = expected.std(axis=(0, 1))
    told = spread > 0
    expected = ((expected - expected.mean(axis=(0, 1)))[..., told]) / spread[told]
    expected = expected.reshape(-1, told.sum())

    prepared = fitted(found.sequences).numpy().reshape(-1, 25)

    # A rotation of them, all scaled alike.
    ratio = (prepared @ prepared.T) / (expected @ expected.T)
    assert told.sum() == 22
    np.testing.assert_allclose(np.median(ratio), 1, rtol=1e-3)
    np.testing.assert_allclose(
        prepared @ prepared.T, np.median(ratio) * (expected @ expected.T), atol=0.05
    )


def test_representations_are_whitened_alone(walks):
    fitted = fit(walks, coordinates=False)

    assert (fitted.vertical, fitted.size, fitted.skeleton_size) == (None, 15, 15)
    sequences = tf.constant(walks[0].sequences)
    assert fitted.numbers(sequences) is sequences


@pytest.mark.parametrize("value", [0.0, 0.1, 333.3])
def test_a_joint_that_never_moves_is_no_number(value, walks):
    found, tracks = walks
    sequences = found.sequences.copy()
    sequences[:, :, 6:9] = value
    split = data_module.Split(sequences, found.persons)

    prepared = fit((split, tracks), coordinates=False)(sequences).numpy()

    assert np.isfinite(prepared).all()
    # Nor does the root joint move.
    assert np.square(prepared[..., :9]).mean() == pytest.approx(1, rel=1e-3)
    assert (prepared[..., 9:] == 0).all()
    assert np.abs(prepared).max() < 20


@pytest.mark.parametrize("coordinates", [True, False])
def test_sequences_that_are_all_the_same_come_to_zeros(coordinates, walks):
    same = np.repeat(walks[0].sequences[:1, :1], 10, axis=0).repeat(4, axis=1)
    split = data_module.Split(same, np.zeros(10))

    prepared = fit((split, np.arange(10)), coordinates)(same).numpy()

    np.testing.assert_allclose(prepared, 0, atol=1e-3)


@pytest.mark.parametrize("without", ["", "whitened_input"])
def test_numbers_that_never_vary_do_not_dilute_the_others(without, walks):
    # Whatever their number, the others are whitened as if they were alone.
    found, tracks = walks
    padded = np.concatenate(
        [found.sequences, np.full((*found.sequences.shape[:2], 40), 7.0)], axis=-1
    ).astype(np.float32)
    split = data_module.Split(padded, found.persons)

    alone, beside = (
        fit((each, tracks), coordinates=False, without=without)(each.sequences).numpy()
        for each in (found, split)
    )

    alone, beside = alone.reshape(-1, 15), beside.reshape(-1, 55)
    np.testing.assert_allclose(beside @ beside.T, alone @ alone.T, atol=1e-2)
    assert (beside[:, 12:] == 0).all()


def test_where_nothing_varies_the_matrix_is_zeros():
    same = np.ones((10, 4, 15), np.float32)
    split = data_module.Split(same, np.zeros(10))

    fitted = fit((split, np.arange(10)), coordinates=False)

    assert (fitted.matrix.numpy() == 0).all()
    assert (fitted(0 * same).numpy() == 0).all()


def test_what_is_too_large_to_hold_is_mapped_and_the_same(walks, tmp_path, monkeypatch):
    fitted = fit(walks)
    held = preparation.prepared(fitted, walks[0].sequences, tmp_path)
    monkeypatch.setattr(memory, "is_large", lambda num_bytes: True)
    filed = preparation.prepared(fitted, walks[0].sequences, tmp_path)

    assert not data_module.is_mapped(held)
    assert data_module.is_mapped(filed)
    np.testing.assert_array_equal(filed, held)
    assert not list(tmp_path.iterdir())  # A file without a name.


@pytest.mark.parametrize("one", [True, False])
def test_a_gallery_that_is_also_probe_is_prepared_once(one, walks, tmp_path):
    found, _ = walks
    probe = found if one else found.first(20)
    data = data_module.ReidData(
        found.first(30), data_module.Matching(found, probe, leave_self_out=one)
    )

    prepared = preparation.prepare(fit(walks), data, tmp_path)

    assert not prepared.coordinates
    matching = prepared.matching
    assert (matching.gallery is matching.probe) == matching.leave_self_out == one
    for name, split in prepared.splits.items():
        np.testing.assert_array_equal(split.persons, data.splits[name].persons)
        assert split.sequences.shape == (len(split), 4, 25)


def test_a_preparation_is_told_by_its_configuration(walks):
    fitted = fit(walks)

    other = preparation.Preparation.from_config(fitted.get_config())
    other.build((None, None, 15))
    other.set_weights(fitted.get_weights())

    np.testing.assert_array_equal(other(walks[0].sequences), fitted(walks[0].sequences))
    assert not fitted.trainable_weights


def test_distances_of_very_many_joints_are_measured_between_some():
    # 133 joints have 8,778 pairs; every fourth joint is taken, 34 of them.
    width, size = preparation.sizes(3 * 133, coordinates=True)

    assert width == 3 * 133 + 34 * 33 // 2
    assert size < width
