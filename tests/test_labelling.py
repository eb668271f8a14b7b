"""Pseudo-labels of both views: who is kept, and what few clusters lead to."""

import math
import weakref

import numpy as np
import pytest
import sklearn.cluster
import tensorflow as tf

from simmc_tf import config as configs
from simmc_tf import encoder as encoders
from simmc_tf import history, labelling, masking, merging, pipeline, pseudo_labels

CONFIG = configs.Config(
    H=16, mask_x=1, mask_x_2=2, eps=0.7, min_samples=4, k1=8, k2=3, seed=4
)
EPOCH = 3


@pytest.fixture
def encoder():
    encoder = encoders.Encoder(CONFIG.H, seed=1)
    encoder.build((None, None, 9))
    return encoder


@pytest.fixture
def run(tmp_path):
    run = history.History(tmp_path)
    run.begin_epoch()
    return run


@pytest.fixture
def find(encoder, run, walks):
    """Clusters the training walks, each drawn once, under a configuration."""

    def find(config=CONFIG, rows=None):
        rows = np.arange(len(walks.train)) if rows is None else rows
        sequences = walks.train.sequences
        bulk = pipeline.BulkEncoder(encoder)
        return labelling.cluster_views(bulk, sequences, rows, EPOCH, config, run)

    return find


def canned(monkeypatch, *views):
    """Lets clustering come to these labels, view after view."""
    remaining = [np.array(labels, np.int32) for labels in views]
    monkeypatch.setattr(pseudo_labels, "cluster", lambda *_: remaining.pop(0))


def test_kept_rows_are_those_that_are_no_outlier_of_either_view(find):
    found = find()
    expected = [row for row, (a, b) in enumerate(found.labels) if a != -1 and b != -1]

    np.testing.assert_array_equal(found.kept, expected)
    assert 0 < len(expected) < len(found.labels)  # Else this shows nothing.
    assert found.num_outliers == len(found.labels) - len(expected)


def test_prototypes_are_means_of_all_members_of_their_own_view(find, encoder, walks):
    found = find()
    rows = tf.range(len(walks.train))
    keep = masking.draw(CONFIG.seed, EPOCH, rows, 4, CONFIG.num_masked)
    features = encoder.views(tf.constant(walks.train.sequences), keep)

    for a in range(2):
        labels = found.labels[:, a]
        assert found.num_clusters[a] == labels.max() + 1 == len(found.prototypes[a])
        for k in range(labels.max() + 1):
            members = features[a].numpy()[labels == k]
            np.testing.assert_allclose(
                found.prototypes[a][k], members.mean(axis=0), rtol=1e-4, atol=1e-5
            )


def test_a_member_that_is_an_outlier_of_the_other_view_counts_for_the_prototype(
    find, encoder, walks, monkeypatch
):
    num_rows = len(walks.train)
    first = np.arange(num_rows) % 2
    second = np.arange(num_rows) % 2
    second[0] = -1
    canned(monkeypatch, first, second)
    keep = masking.draw(CONFIG.seed, EPOCH, tf.range(num_rows), 4, CONFIG.num_masked)
    features = encoder.views(tf.constant(walks.train.sequences), keep)[0].numpy()

    found = find()

    np.testing.assert_allclose(
        found.prototypes[0][0], features[::2].mean(axis=0), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(found.kept, np.arange(1, num_rows))


def test_walks_of_different_persons_do_not_share_a_cluster(find, walks):
    # The persons lie far apart: a label names one person, in either view.
    found = find()

    for labels in found.labels.T:
        for k in range(labels.max() + 1):
            assert len(set(walks.train.persons[labels == k])) == 1


def test_labels_are_those_of_training_rows_also_where_a_sequence_is_drawn_twice(find):
    rows = np.concatenate([np.arange(60), np.arange(10)])

    found = find(rows=rows)

    assert found.labels.shape == (70, 2)
    assert found.kept.max() < 70


def test_the_same_epoch_and_seed_give_the_same_labelling(find):
    first, second = find(), find()

    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.kept, second.kept)


def test_without_clusters_all_rows_train_with_mic_alone(find):
    config = configs.Config(H=16, mask_x=1, k1=6, k2=2, min_samples=1000)

    found = find(config)

    assert found.num_clusters == (0, 0)
    assert [p.shape for p in found.prototypes] == [(0, 16), (0, 16)]
    np.testing.assert_array_equal(found.kept, np.arange(60))
    assert found.num_outliers == 60
    assert found.view_agreement == 0


def test_one_cluster_in_either_view_excludes_nobody(find, monkeypatch):
    canned(monkeypatch, [-1] * 20 + [0] * 40, [0] * 50 + [-1] * 10)

    found = find()

    assert found.num_clusters == (1, 1)
    # With fewer than 2 prototypes in each view there is no MPC: MIC trains alone.
    assert all(len(p) < 2 for p in found.prototypes)
    np.testing.assert_array_equal(found.kept, np.arange(60))


def test_outliers_of_a_view_without_contrast_exclude_nobody(find, monkeypatch):
    # View 1 has two clusters and the outliers 0..9; view 2 has one and many outliers.
    canned(monkeypatch, [-1] * 10 + [0] * 20 + [1] * 30, [0] * 30 + [-1] * 30)

    found = find()

    assert found.num_clusters == (2, 1)
    np.testing.assert_array_equal(found.kept, np.arange(10, 60))


def test_two_views_that_share_no_row_fall_back_to_all_rows_and_mic(find, monkeypatch):
    canned(
        monkeypatch,
        [0] * 10 + [1] * 20 + [-1] * 30,
        [-1] * 30 + [0] * 20 + [1] * 10,
    )

    found = find()

    assert [p.shape for p in found.prototypes] == [(0, 16), (0, 16)]
    np.testing.assert_array_equal(found.kept, np.arange(60))


def test_all_phases_are_timed(find, run):
    find()

    assert set(run.seconds[-1]) == {
        *("features", "neighbours", "jaccard", "dbscan", "prototypes")
    }


def make_labelling(first, second):
    labels = np.stack([first, second], axis=1).astype(np.int32)
    empty = np.zeros((0, 4), np.float32)
    rows = np.arange(len(labels))
    return labelling.Labelling(labels, (empty, empty), rows, (0, 0), (rows, rows))


GROUPS = np.array([0, 0, 1, 1, 1, 2, 2, 3, 3, 3])


def test_views_with_equal_labels_agree_by_the_entropy_of_their_labels():
    # Groups of 2, 3, 2 and 3 of 10: - 2 (0.2 ln 0.2) - 2 (0.3 ln 0.3) nats.
    expected = -0.4 * math.log(0.2) - 0.6 * math.log(0.3)

    assert make_labelling(GROUPS, GROUPS).view_agreement == pytest.approx(expected)


def test_more_clusters_of_the_same_agreement_are_worth_more():
    halves = np.arange(12) % 2
    thirds = np.arange(12) % 3

    two = make_labelling(halves, halves).view_agreement
    three = make_labelling(thirds, thirds).view_agreement

    assert two == pytest.approx(math.log(2))
    assert three == pytest.approx(math.log(3))


def test_one_giant_cluster_in_both_views_is_worth_nothing():
    assert make_labelling(0 * GROUPS, 0 * GROUPS).view_agreement == 0


OTHER = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3])


def test_agreement_is_adjusted_mutual_information_times_mean_entropy():
    first = -0.4 * math.log(0.2) - 0.6 * math.log(0.3)
    second = -0.6 * math.log(0.3) - 0.4 * math.log(0.2)
    ami = sklearn.metrics.adjusted_mutual_info_score(GROUPS, OTHER)

    assert make_labelling(GROUPS, OTHER).view_agreement == pytest.approx(
        ami * (first + second) / 2
    )


def test_agreement_does_not_depend_on_the_names_of_clusters_or_views():
    renamed = np.array([3, 1, 0, 2])[OTHER]

    expected = make_labelling(GROUPS, OTHER).view_agreement

    assert make_labelling(GROUPS, renamed).view_agreement == pytest.approx(expected)
    assert make_labelling(OTHER, GROUPS).view_agreement == pytest.approx(expected)
    assert expected > 0


def test_agreement_is_scaled_by_the_share_that_both_views_cluster():
    # 6 of 12 are outliers of a view; of the other 6, in both views, half are cluster 0
    # and half cluster 1: ln 2 nats, times 6 / 12.
    first, second = np.arange(12) % 2, np.arange(12) % 2
    first[:4] = -1
    second[2:6] = -1

    found = make_labelling(first, second)

    assert found.num_outliers == 6
    assert found.view_agreement == pytest.approx(math.log(2) / 2)


def test_unrelated_views_agree_about_as_much_as_chance():
    generator = np.random.default_rng(0)
    first, second = generator.integers(5, size=(2, 2000))

    assert abs(make_labelling(first, second).view_agreement) < 0.01


def test_views_are_clustered_by_the_published_steps(find, encoder, walks):
    # The same from features on, by brute force and the dense matrix.
    keep = masking.draw(CONFIG.seed, EPOCH, tf.range(60), 4, CONFIG.num_masked)
    views = encoder.views(tf.constant(walks.train.sequences), keep)
    found = find()

    for view, labels in zip(views, found.labels.T, strict=True):
        features = view.numpy().astype(np.float64)
        lists = np.argsort(np.square(features[:, None] - features).sum(axis=2), axis=1)[
            :, : CONFIG.k1
        ]
        dense = dense_distances(features, lists, CONFIG.k1, CONFIG.k2)
        dbscan = sklearn.cluster.DBSCAN(
            eps=CONFIG.eps + 1e-6, min_samples=CONFIG.min_samples, metric="precomputed"
        )
        np.testing.assert_array_equal(labels, dbscan.fit_predict(dense))


def dense_distances(features, lists, k1, k2):
    """k-reciprocal Jaccard distances with dense boolean matrices."""

    def mutual(k):
        listed = np.zeros((len(lists), len(lists)), bool)
        np.put_along_axis(listed, lists[:, : k + 1], True, axis=1)
        return listed & listed.T

    base, half = mutual(k1), mutual(int(np.around(k1 / 2)))
    shared = half.astype(int) @ base.T  # [c, i]: how much of R(c) lies in R(i).
    taken = base & (3 * shared.T > 2 * half.sum(axis=1))
    expanded = base | (taken.astype(int) @ half > 0)
    weights = np.where(expanded, np.exp(2 * features @ features.T - 60), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    averaged = weights[lists[:, :k2]].mean(axis=1)
    common = np.minimum(averaged[:, None], averaged).sum(axis=2)
    return np.maximum(1 - common / (2 - common), 0)


def test_a_view_is_gone_before_the_next_is_clustered(find, monkeypatch):
    # Else both would lie in memory, 2 GB of a million sequences.
    cluster, alive, seen = labelling._cluster, [], []

    def clustered(features, *others):
        seen.append([view() is not None for view in alive])
        alive.append(weakref.ref(features))
        return cluster(features, *others)

    monkeypatch.setattr(labelling, "_cluster", clustered)
    find()

    assert seen == [[], [False]]


def test_large_features_lie_in_files_of_the_run(find, run, monkeypatch):
    expected = find()
    folders = []

    def empty(shape, folder):
        folders.append(folder)
        return np.empty(shape, np.float32)

    monkeypatch.setattr(pipeline.memory, "empty", empty)

    np.testing.assert_array_equal(find().labels, expected.labels)
    assert folders == [run.folder] * 2


AUTO = configs.Config(
    **{**vars(CONFIG), "protocol": configs.STRICT, "preset": configs.AUTO}
)


@pytest.fixture
def merge(encoder, run, walks):
    """Merges tracks of about 5 training walks of one person each."""
    persons = walks.train.persons
    counts = np.array([np.sum(persons[:n] == p) for n, p in enumerate(persons)])
    own = np.unique(10 * persons + counts // 5, return_inverse=True)[1]

    def merge(**changes):
        config = configs.Config(**{**vars(AUTO), **changes})
        bulk = pipeline.BulkEncoder(encoder)
        found = labelling.cluster_views(
            *(bulk, walks.train.sequences, np.arange(60), EPOCH, config, run),
            tracks=own,
        )
        return found, own

    return merge


def unit_views(encoder, walks):
    """Features of length 1 of both masked views."""
    keep = masking.draw(CONFIG.seed, EPOCH, tf.range(60), 4, CONFIG.num_masked)
    views = encoder.views(tf.constant(walks.train.sequences), keep)
    views = [view.numpy() for view in views]
    return [view / np.linalg.norm(view, axis=1, keepdims=True) for view in views]


def test_tracks_stay_whole_and_nobody_is_an_outlier(merge):
    found, own = merge()

    assert found.num_outliers == 0
    np.testing.assert_array_equal(found.kept, np.arange(60))
    for labels in found.labels.T:
        assert all(len(set(labels[own == track])) == 1 for track in set(own))


def test_the_first_view_takes_the_finer_and_the_second_the_coarser_partition(
    merge, encoder, walks
):
    found, own = merge()
    first, second = (merging.merge(view, own) for view in unit_views(encoder, walks))

    np.testing.assert_array_equal(found.labels[:, 0], first.finer.labels[own])
    np.testing.assert_array_equal(found.labels[:, 1], second.coarser.labels[own])
    assert found.silhouette == pytest.approx(first.best_silhouette)
    assert found.radii[0] == first.finer.radius

    alike, _ = merge(without="two_radii")
    np.testing.assert_array_equal(alike.labels[:, 1], second.finer.labels[own])


def test_prototypes_of_merged_tracks_are_means_of_unit_features(merge, encoder, walks):
    found, _ = merge()

    for view, labels, prototypes in zip(
        unit_views(encoder, walks), found.labels.T, found.prototypes, strict=True
    ):
        assert len(prototypes) == labels.max() + 1
        for k, prototype in enumerate(prototypes):
            np.testing.assert_allclose(
                prototype, view[labels == k].mean(axis=0), rtol=1e-4, atol=1e-5
            )


def test_what_varies_within_tracks_is_whitened(merge, encoder, walks):
    found, own = merge()
    expected = merging.whiten(unit_views(encoder, walks)[0], own)

    np.testing.assert_allclose(found.whitening.centre, expected.centre, atol=1e-5)
    np.testing.assert_allclose(
        found.whitening.matrix @ found.whitening.matrix.T,
        expected.matrix @ expected.matrix.T,
        rtol=1e-3,
        atol=1e-3,
    )
    assert merge(without="whitened_output")[0].whitening is None


def test_without_tracks_unit_features_are_clustered(find, encoder, walks, monkeypatch):
    seen = []
    cluster = labelling._cluster

    def clustered(features, *others):
        seen.append(features.copy())
        return cluster(features, *others)

    monkeypatch.setattr(labelling, "_cluster", clustered)
    find(AUTO)
    find(CONFIG)

    for found, expected in zip(seen[:2], unit_views(encoder, walks), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert np.linalg.norm(seen[2], axis=1).std() > 0.01


def test_without_tracks_what_varies_within_clusters_is_whitened(
    find, encoder, walks, monkeypatch
):
    # Two clusters, and ten outliers that are each alone.
    labels = np.array([-1] * 5 + [0] * 20 + [-1] * 5 + [1] * 30)
    canned(monkeypatch, labels, labels)
    groups = np.where(labels < 0, 100 + np.arange(60), labels)
    rows = unit_views(encoder, walks)[0].astype(np.float64)
    rest = np.stack([rows[n] - rows[groups == groups[n]].mean(0) for n in range(60)])
    within = rest.T @ rest / 60

    found = find(AUTO).whitening

    shrunk = within + merging._SHRINKAGE * np.trace(within) / 16 * np.eye(16)
    np.testing.assert_allclose(
        found.matrix.T @ shrunk @ found.matrix, np.eye(16), atol=1e-3
    )
    np.testing.assert_allclose(found.centre, rows.mean(axis=0), atol=1e-5)


def test_without_any_cluster_nothing_says_what_to_whiten(find):
    found = find(configs.Config(**{**vars(AUTO), "min_samples": 1000}))

    assert found.num_clusters == (0, 0)
    assert found.whitening is None


@pytest.mark.parametrize("clusters", [1, 2])
def test_what_varies_within_one_cluster_of_all_is_not_whitened(
    clusters, find, monkeypatch
):
    canned(monkeypatch, np.arange(60) % clusters, np.arange(60) % 2)

    found = find(AUTO)

    assert found.num_clusters == (clusters, 2)
    assert (found.whitening is None) == (clusters == 1)


def test_the_published_preset_neither_normalises_nor_whitens(find):
    found = find()

    assert (found.whitening, found.silhouette) == (None, None)
    assert found.radii == (None, None)
