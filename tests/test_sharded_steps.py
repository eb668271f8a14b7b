"""Every step across shards against the function of one machine, bit for bit."""

import pathlib

import numpy as np
import pytest
import scipy.sparse
import sharded_runs

from simmc_tf import exact_search, jaccard, pseudo_labels, tree_search
from simmc_tf.sharded import clusters, pair_kernels, pairs, parts, plan, steps, tree
from tests import neighbour_kinds

# Bounds of 240 rows in 1, 2 and 5 shards, some of one row or far larger than others.
BOUNDS = [(0, 240), (0, 1, 240), (0, 50, 51, 130, 200, 240)]


@pytest.fixture(scope="module", params=sharded_runs.KINDS)
def features(request):
    return sharded_runs.KINDS[request.param](240, 6)


@pytest.fixture(scope="module", params=sharded_runs.SEARCHES)
def search(request):
    return request.param


@pytest.fixture(scope="module", params=BOUNDS, ids=lambda bounds: f"{len(bounds) - 1}")
def task(request, search, features, tmp_path_factory):
    """A plan of which everything has been computed and nothing removed."""
    folder = tmp_path_factory.mktemp("run")
    made = sharded_runs.plan_of(features, folder, request.param, k1=8, k2=3)
    with sharded_runs.searching_by(search):
        sharded_runs.compute_all(made)
    return made


@pytest.fixture(scope="module")
def neighbours(features):
    return exact_search.nearest(features, 8)


@pytest.fixture(scope="module")
def weights(features, neighbours):
    return jaccard.expanded_weights(features, neighbours, 8, 3)


def test_neighbours_are_those_of_the_exact_search(task, neighbours):
    found = parts.read(task.part("neighbours"), "neighbours")

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, neighbours)


def test_weights_are_those_of_one_machine(task, weights):
    weights.sort_indices()
    for name, expected in (("indices", weights.indices), ("data", weights.data)):
        found = [parts.read(part, name) for part in task.parts("expanded")]
        np.testing.assert_array_equal(np.concatenate(found), expected)


def test_groups_are_those_of_one_machine(task, weights):
    first, group = jaccard.distinct_rows(weights)

    np.testing.assert_array_equal(parts.read(task.part("groups"), "first"), first)
    np.testing.assert_array_equal(parts.read(task.part("groups"), "group"), group)


def test_rows_within_eps_are_those_of_one_machine(task, weights):
    first, _ = jaccard.distinct_rows(weights)
    expected = jaccard.distances(
        weights[first], task.eps + pseudo_labels.DISTANCE_TOLERANCE
    )

    counts, indices = (
        np.concatenate([parts.read(part, name) for part in task.parts("near")])
        for name in ("counts", "indices")
    )
    np.testing.assert_array_equal(counts, np.diff(expected.indptr))
    rows = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((indices, rows))  # Within a row they have no order.
    np.testing.assert_array_equal(
        indices[order], expected.indices[np.lexsort((expected.indices, rows))]
    )


def test_labels_and_prototypes_are_those_of_one_machine(task, features):
    labels, prototypes = sharded_runs.on_one_machine(features, task)

    found = parts.read(task.part("all-labels"), "labels")

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(
        parts.read(task.part("all-prototypes"), "prototypes"), prototypes
    )


@pytest.mark.parametrize("num_shards", [1, 2, 3, 4, 5, 8, 13])
def test_each_pair_of_shards_meets_once_and_in_each_round_all_meet_as_many(num_shards):
    found = pairs.rounds(num_shards)

    every = [pair for turn in found for pair in turn]
    assert len(every) == len(set(every)) == num_shards * (num_shards + 1) // 2
    assert all(a <= b for a, b in every)
    for turn in found[1:]:
        met = np.bincount(np.ravel(turn), minlength=num_shards)
        assert len(set(met)) == 1


def test_a_round_hands_on_few_of_all_rows_that_are_near(tmp_path):
    features = sharded_runs.KINDS["normal"](450, 6)
    task = sharded_runs.plan_of(features, tmp_path, tuple(range(0, 451, 50)), k1=8)
    with sharded_runs.searching_by("pairs"):
        sharded_runs.compute_all(task, until="pairs-2")

    handed_on = sum(
        len(parts.read(task.part("pairs-2", *pair), f"index_{side}"))
        for pair in pairs.rounds(9)[2]
        for side in "ab"
    )

    # Each row meets 4 more shards and knows 3: without those it would be 28 a row.
    assert handed_on < 450 * 28 / 2


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e18])
def test_features_of_any_size_have_their_nearest_neighbours(scale, search, tmp_path):
    features = sharded_runs.KINDS["normal"](150, 6) * np.float32(scale)
    features[3] *= 1000  # The others get small beside it.
    task = sharded_runs.plan_of(features, tmp_path, (0, 70, 150), k1=8)
    with sharded_runs.searching_by(search):
        sharded_runs.compute_all(task, until="neighbours")

    np.testing.assert_array_equal(
        parts.read(task.part("neighbours"), "neighbours"),
        exact_search.nearest(features, 8),
    )


@pytest.mark.parametrize("num_shards", [1, 3, 12])
@pytest.mark.parametrize("kind", neighbour_kinds.KINDS)
def test_neighbours_by_the_tree_are_those_of_brute_force(kind, num_shards, tmp_path):
    # 6 leaves, of which some shards have none.
    features = neighbour_kinds.KINDS[kind](700, 24)
    bounds = plan.even_bounds(700, num_shards)
    task = sharded_runs.plan_of(features, tmp_path, bounds, k1=8)
    with sharded_runs.searching_by("tree"):
        sharded_runs.compute_all(task, until="neighbours")

    np.testing.assert_array_equal(
        parts.read(task.part("neighbours"), "neighbours"),
        neighbour_kinds.brute_force(features, 8),
    )


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("num_rows", [1, 2, 5])
def test_few_rows_and_neighbours_are_no_matter(num_rows, count, search, tmp_path):
    features = np.ones((num_rows, 3), np.float32)
    task = sharded_runs.plan_of(
        features, tmp_path, plan.even_bounds(num_rows, num_rows), k1=count, k2=1
    )
    with sharded_runs.searching_by(search):
        sharded_runs.compute_all(task, until="neighbours")

    np.testing.assert_array_equal(
        parts.read(task.part("neighbours"), "neighbours"),
        neighbour_kinds.brute_force(features, count),
    )


@pytest.mark.parametrize("width", [6, 70])
@pytest.mark.parametrize("num_shards", [2, 5])
def test_leaves_of_some_places_are_those_of_all(width, num_shards, tmp_path):
    features = neighbour_kinds.few_directions(1000, width)
    bounds = plan.even_bounds(1000, num_shards)
    task = sharded_runs.plan_of(features, tmp_path, bounds)
    with sharded_runs.searching_by("tree"):
        sharded_runs.compute_all(task, until="all-leaves")
    values = parts.read(task.part("all-coordinates"), "values")

    expected = tree_search.Leaves.of(values[parts.read(task.part("tree"), "order")])

    for name in tree.LEAVES:
        found = parts.read(task.part("all-leaves"), name)
        np.testing.assert_array_equal(found, getattr(expected, name))


@pytest.mark.parametrize(
    ("make", "expected"),
    [(neighbour_kinds.few_directions, "tree"), (neighbour_kinds.normal, "pairs-0")],
)
def test_the_features_tell_which_search_there_is(make, expected, tmp_path):
    task = sharded_runs.plan_of(make(2000, 128), tmp_path, (0, 900, 2000))
    sharded_runs.compute_all(task, until="axes")

    names = {step.name for step in steps.clustering(task)}

    assert names & {"tree", "pairs-0"} == {expected}


def test_copies_of_one_point_are_not_all_measured():
    # All screened distances are 0, and each list is full of copies that come first.
    counted = np.zeros((4, 3), np.float32)
    zeros, far = np.zeros(4, np.float32), np.full(4, np.inf)
    side = (
        *(0, zeros, np.full(4, np.inf, np.float32)),
        *(np.full((4, 1), np.inf), np.full((4, 1), pair_kernels.NOBODY)),
        *(far, np.full(4, pair_kernels.NOBODY)),
    )

    pair_kernels.screen(
        np.zeros((4, 4), np.float32), counted, (1.0, 1e-6, 1e-30), True, side, side
    )

    np.testing.assert_array_equal(side[4][:, 0], [1, 0, 0, 0])
    assert not pair_kernels._may_enter(side, 3, 2)


def labels_by_shards(near, group, min_samples, num_shards, folder):
    """Labels [N] from who is near whom among M distinct rows [M, M]."""
    first = np.sort(np.unique(group, return_index=True)[1])
    bounds = np.linspace(0, len(group), num_shards + 1).astype(int)
    task = sharded_runs.plan_of(
        np.zeros((len(group), 2), np.float32), folder, tuple(bounds.tolist())
    )
    sizes = np.bincount(group)
    parts.write(task.part("groups"), {"first": first, "group": group, "sizes": sizes})
    parts.write(task.part("cores"), {"core": near @ sizes >= min_samples})
    for shard in range(num_shards):
        begin, end = np.searchsorted(first, task.rows(shard))
        rows = near[begin:end]
        arrays = {"counts": np.diff(rows.indptr), "indices": rows.indices}
        parts.write(task.part("near", shard), arrays)
    for shard in range(num_shards):
        parts.write(task.part("forests", shard), clusters.forest(task, shard))
    parts.write(task.part("components"), clusters.components(task))
    for shard in range(num_shards):
        parts.write(task.part("labels", shard), clusters.labels(task, shard))
    return clusters.all_labels(task)["labels"]


def graph(points, eps):
    """Stored distances [M, M] of points on a line up to eps, and who is that near."""
    distances = np.abs(points[:, np.newaxis] - points)
    near = scipy.sparse.csr_array(distances <= eps)
    stored = (distances[near.nonzero()], near.indices, near.indptr)
    return scipy.sparse.csr_array(stored, shape=near.shape), near


@pytest.mark.parametrize("min_samples", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("num_shards", [1, 3, 7])
def test_clusters_of_random_graphs_are_those_of_sklearn(
    num_shards, min_samples, tmp_path
):
    generator = np.random.default_rng(10 * num_shards + min_samples)
    points = np.sort(generator.random(70) * 10) + generator.random(70)
    distances, near = graph(points, 0.12)
    group = np.repeat(np.arange(70), generator.integers(1, 3, 70))
    group = generator.permutation(group)
    # As `distinct_rows` numbers them: by their first rows.
    first = np.sort(np.unique(group, return_index=True)[1])
    rank = np.empty(70, np.int64)
    rank[group[first]] = np.arange(70)
    group = rank[group]

    found = labels_by_shards(near, group, min_samples, num_shards, tmp_path)

    expected = pseudo_labels.cluster(distances, 0.12, min_samples, group)
    assert expected.max() > 3
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "order", [range(9), range(8, -1, -1), (4, 8, 1, 2, 3, 0, 5, 6, 7)]
)
@pytest.mark.parametrize("num_shards", [1, 2, 9])
def test_a_row_between_two_clusters_goes_to_the_first(order, num_shards, tmp_path):
    # The fifth reaches one of either side and is no core, of which each has 4 near it.
    points = np.array([-0.1, -0.08, -0.05, 0, 0.1, 0.2, 0.25, 0.28, 0.3])[[*order]]
    distances, near = graph(points, 0.101)
    group = np.arange(9)

    found = labels_by_shards(near, group, 4, num_shards, tmp_path)

    np.testing.assert_array_equal(
        found, pseudo_labels.cluster(distances, 0.101, 4, group)
    )
    assert found[[*order].index(4)] == 0
    assert set(found.tolist()) == {0, 1}


def test_a_part_is_there_whole_or_not_at_all(tmp_path):
    class Broken:
        def __array__(self, *_, **__):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        parts.write(tmp_path / "part", {"a": np.ones(3), "b": Broken()})

    assert list(tmp_path.iterdir()) == []


def test_a_part_that_another_worker_has_written_stays(tmp_path):
    parts.write(tmp_path / "part", {"a": np.ones(3)})
    parts.write(tmp_path / "part", {"a": np.ones(3)})

    assert [path.name for path in pathlib.Path(tmp_path).iterdir()] == ["part"]
    np.testing.assert_array_equal(parts.read(tmp_path / "part", "a"), np.ones(3))
