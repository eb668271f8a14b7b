"""Merging of tracks against complete linkage and silhouettes by brute force."""

import itertools

import numpy as np
import pytest

from simmc_tf import merging


def points(num_tracks, seed, width=3):
    """Cosine distances [T, T] of tracks, and nothing that ties."""
    generator = np.random.default_rng(seed)
    rows = merging.unit(generator.normal(size=(num_tracks, width)))
    distances = np.maximum(1 - rows @ rows.T, 0)
    np.fill_diagonal(distances, 0)
    return (distances + distances.T) / 2


def complete_linkage(distances, radius):
    """Groups: the two nearest are joined while all their members are within radius."""
    groups = [{t} for t in range(len(distances))]
    while len(groups) > 1:
        apart, a, b = min(
            (max(distances[i, j] for i in first for j in second), x, y)
            for (x, first), (y, second) in itertools.combinations(enumerate(groups), 2)
        )
        if apart > radius:
            break
        groups[a] |= groups.pop(b)
    return groups


def silhouette(distances, groups):
    """Rousseeuw's formula, track by track."""
    total = 0.0
    for own in groups:
        for i in own:
            if len(own) == 1:
                continue  # Counts 0.
            near = sum(distances[i, j] for j in own) / (len(own) - 1)
            other = min(
                np.mean([distances[i, j] for j in group])
                for group in groups
                if group is not own
            )
            total += (other - near) / max(near, other)
    return total / len(distances)


def groups_of(labels):
    return {frozenset(np.flatnonzero(labels == k).tolist()) for k in set(labels)}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("num_tracks", [3, 4, 7, 12])
def test_partitions_are_those_of_complete_linkage(num_tracks, seed):
    distances = points(num_tracks, seed)

    candidates = merging._partitions(distances)

    expected = [
        (radius, complete_linkage(distances, radius)) for radius in merging._RADII
    ]
    expected = [
        (radius, groups)
        for radius, groups in expected
        if 1 < len(groups) < len(distances)
    ]
    if not expected:
        assert [c.labels.tolist() for c in candidates] == [list(range(num_tracks))]
        return
    assert [c.radius for c in candidates] == [radius for radius, _ in expected]
    for candidate, (_, groups) in zip(candidates, expected, strict=True):
        assert groups_of(candidate.labels) == set(map(frozenset, groups))
        assert candidate.silhouette == pytest.approx(silhouette(distances, groups))


@pytest.mark.parametrize("seed", range(3))
def test_persons_are_numbered_by_their_first_tracks(seed):
    for candidate in merging._partitions(points(12, seed)):
        assert candidate.labels.dtype == np.int32
        assert list(dict.fromkeys(candidate.labels.tolist())) == list(
            range(candidate.labels.max() + 1)
        )


def features_of(num_persons=5, each=3, sequences=6, seed=0, spread=0.1, width=8):
    """Unit features of persons far from each other, and the tracks and persons."""
    generator = np.random.default_rng(seed)
    bodies = np.eye(num_persons, width)
    persons = np.repeat(np.arange(num_persons), each)
    tracks = np.repeat(np.arange(len(persons)), sequences)
    noise = generator.normal(scale=spread, size=(len(tracks), width))
    return merging.unit(bodies[persons[tracks]] + noise), tracks, persons


@pytest.mark.parametrize("seed", range(3))
def test_tracks_of_well_separated_persons_are_merged_into_these(seed):
    features, tracks, persons = features_of(seed=seed)

    found = merging.merge(features, tracks)

    assert found.finer.labels.tolist() == persons.tolist()
    assert found.coarser.labels.tolist() == persons.tolist()
    assert found.best_silhouette > 0.7


@pytest.mark.parametrize("spread", [0.1, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_finer_partition_refines_the_coarser_one(seed, spread):
    # Cuts of one tree, at a lower and at a higher place.
    features, tracks, _ = features_of(seed=seed, spread=spread)
    found = merging.merge(features, tracks)

    assert found.finer.radius <= found.coarser.radius
    coarser = groups_of(found.coarser.labels)
    for group in groups_of(found.finer.labels):
        assert any(group <= other for other in coarser)
    for partition in (found.finer, found.coarser):
        assert (
            min(0.9 * found.best_silhouette, found.best_silhouette)
            <= partition.silhouette
            <= found.best_silhouette
        )


def test_tracks_are_compared_by_whitened_mean_features():
    features, tracks, _ = features_of(spread=0.4)
    found = merging.merge(features, tracks)
    whitened = [found.whitening(features[tracks == t]) for t in range(15)]
    means = [
        np.mean([row / np.linalg.norm(row) for row in own], axis=0) for own in whitened
    ]
    means = [mean / np.linalg.norm(mean) for mean in means]
    distances = np.array([[1 - a @ b for a in means] for b in means])

    groups = complete_linkage(distances, found.finer.radius)

    assert groups_of(found.finer.labels) == set(map(frozenset, groups))


def test_permuted_sequences_are_merged_as_before():
    features, tracks, _ = features_of(spread=0.4)
    order = np.random.default_rng(0).permutation(len(tracks))
    first = merging.merge(features, tracks)
    second = merging.merge(features[order], tracks[order])

    np.testing.assert_array_equal(first.finer.labels, second.finer.labels)
    np.testing.assert_array_equal(first.coarser.labels, second.coarser.labels)


def test_renumbered_tracks_are_merged_as_before():
    features, tracks, _ = features_of(spread=0.4)
    names = np.random.default_rng(1).permutation(15)
    first = merging.merge(features, tracks).finer.labels
    second = merging.merge(features, names[tracks]).finer.labels

    assert groups_of(first) == groups_of(second[names])


@pytest.mark.parametrize("num_tracks", [1, 2])
def test_one_or_two_tracks_stay_apart(num_tracks):
    features, tracks, _ = features_of(num_persons=num_tracks, each=1)

    found = merging.merge(features, tracks)

    assert found.finer.labels.tolist() == list(range(num_tracks))
    assert (found.best_silhouette, found.finer.radius) == (0, 0)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_tracks_that_are_all_alike_stay_apart(value):
    # One group has no other to be compared with.
    features = np.full((12, 4), value / 2)

    found = merging.merge(features, np.repeat(np.arange(4), 3))

    assert found.finer.labels.tolist() == found.coarser.labels.tolist() == [0, 1, 2, 3]
    assert found.best_silhouette == 0


def test_where_every_partition_is_poor_the_best_is_taken(monkeypatch):
    candidates = [
        merging.Partition(np.array(labels), radius, value)
        for labels, radius, value in (
            ([0, 0, 1], 0.1, -0.5),
            ([0, 1, 1], 0.2, -0.1),
            ([0, 1, 0], 0.3, -0.3),
        )
    ]
    monkeypatch.setattr(merging, "_partitions", lambda *_: candidates)

    found = merging.merge(*features_of(num_persons=3, each=1)[:2])

    assert found.finer is found.coarser is candidates[1]
    assert found.best_silhouette == -0.1


def test_rows_come_to_length_1_and_zeros_stay():
    rows = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, -2.0]], np.float32)
    expected = [[0.6, 0.8], [0, 0], [0, -1]]

    np.testing.assert_allclose(merging.unit(rows), expected)
    merging.normalise(rows)
    np.testing.assert_allclose(rows, expected)


@pytest.mark.parametrize("radius", [0.3, 0.6, 1.1])
def test_a_radius_that_is_given_is_taken(radius):
    generator = np.random.default_rng(3)
    tracks = np.repeat(np.arange(9), 6)
    features = merging.unit(
        generator.normal(size=(9, 8))[tracks] + generator.normal(size=(54, 8)) / 4
    )

    found = merging.merge(features, tracks, radius)

    whitened = merging.unit(found.whitening(features))
    means = merging.unit(
        np.array([whitened[tracks == track].sum(axis=0) for track in range(9)])
    )
    expected = complete_linkage(np.maximum(1 - means @ means.T, 0), radius)
    assert groups_of(found.finer.labels) == set(map(frozenset, expected))
    assert found.finer is found.coarser
    assert found.finer.radius == radius


def test_a_radius_that_merges_none_leaves_every_track_alone():
    features = np.repeat(np.eye(5), 4, axis=0)
    tracks = np.repeat(np.arange(5), 4)

    assert len(set(merging.merge(features, tracks, 1e-6).finer.labels)) == 5


def test_a_large_radius_merges_all_tracks():
    features = np.repeat(np.eye(5), 4, axis=0)
    tracks = np.repeat(np.arange(5), 4)

    found = merging.merge(features, tracks, 2.0)

    assert not found.finer.labels.any()
    assert found.best_silhouette == 0
