"""Matching scores against naive loops, and against the published numbers."""

import concurrent.futures
import dataclasses

import numpy as np
import pytest
import sklearn.metrics
import threadpoolctl

from simmc_tf import evaluation, ranking


def naive(gallery, gallery_person, probe, probe_person, leave_self_out=False):
    """[top-1, top-5, top-10, mAP] by loops; equal distances in the gallery's order."""
    gallery, probe = gallery.astype(np.float64), probe.astype(np.float64)
    hits = {1: 0, 5: 0, 10: 0}
    precisions = []
    for i in range(len(probe)):
        others = [j for j in range(len(gallery)) if not (leave_self_out and i == j)]
        distances = [float(((gallery[j] - probe[i]) ** 2).sum()) for j in others]
        matches = [bool(gallery_person[j] == probe_person[i]) for j in others]
        order = sorted(range(len(others)), key=lambda n: distances[n])
        for k in hits:
            hits[k] += any(matches[n] for n in order[:k])
        if any(matches):
            precisions.append(
                sklearn.metrics.average_precision_score(matches, -np.array(distances))
            )
    mean_ap = sum(precisions) / len(precisions) if precisions else 0.0
    return [*(hits[k] / len(probe) for k in (1, 5, 10)), mean_ap]


def scores(*arguments, **options):
    result = evaluation.evaluate(*arguments, **options)
    return [result.top1, result.top5, result.top10, result.mean_ap]


def walkers(num_sequences, num_persons, seed, width=8, spread=1.5):
    """Features around one centre a person."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(num_persons, width))
    persons = generator.integers(num_persons, size=num_sequences)
    features = centres[persons] + generator.normal(
        scale=spread, size=(num_sequences, width)
    )
    return features.astype(np.float32), persons


def grid(num_sequences, num_persons, seed):
    """Features that are small whole numbers: distances are exact and often tie."""
    generator = np.random.default_rng(seed)
    features = generator.integers(3, size=(num_sequences, 2)).astype(np.float32)
    return features, generator.integers(num_persons, size=num_sequences)


@pytest.mark.parametrize("seed", range(3))
def test_scores_equal_naive_loops(seed):
    gallery, probe = walkers(80, 9, seed), walkers(50, 9, seed + 100)

    result = scores(*gallery, *probe)

    np.testing.assert_allclose(result, naive(*gallery, *probe), rtol=1e-6)
    assert 0.1 < result[0] < 0.9  # Neither trivial nor hopeless.


def test_scores_of_small_numbers():
    # One probe of person 1 at 0; the gallery at 1, 2, 3, 4 shows persons 0, 1, 0, 1.
    # First match second: top-1 is missed, top-5 hit; AP = (1/2 + 2/4) / 2.
    gallery = np.array([[1.0], [2.0], [3.0], [4.0]])

    result = evaluation.evaluate(
        gallery, np.array([0, 1, 0, 1]), np.array([[0.0]]), np.array([1])
    )

    assert result == evaluation.Scores(0.0, 1.0, 1.0, 0.5, 1, 4)


@pytest.mark.parametrize("rank", range(12))
def test_top_k_counts_a_match_among_the_k_nearest(rank):
    persons = np.zeros(12, int)
    persons[rank] = 1

    result = evaluation.evaluate(
        np.arange(12.0)[:, np.newaxis], persons, np.array([[-1.0]]), np.array([1])
    )

    assert (result.top1, result.top5, result.top10) == (rank < 1, rank < 5, rank < 10)
    assert result.mean_ap == pytest.approx(1 / (rank + 1))


# The larger one leaves columns over when a matrix product goes by blocks.
@pytest.mark.parametrize("num_sequences", [60, 517])
def test_equal_distances_of_repeated_sequences_equal_naive_loops(num_sequences):
    generator = np.random.default_rng(0)
    features, persons = walkers(num_sequences, 6, 0, width=16)
    # Whole numbers: their products are exact in whatever blocks they are summed.
    features = np.round(8 * features)
    twice = generator.permutation(np.tile(np.arange(num_sequences), 2))
    # Two persons may share a sequence: then the order among copies matters.
    gallery = features[twice], generator.permutation(persons[twice])
    probe, probe_persons = walkers(50, 6, 100, width=16)
    probe = np.round(8 * probe), probe_persons

    np.testing.assert_allclose(
        scores(*gallery, *probe), naive(*gallery, *probe), rtol=1e-9
    )


@pytest.mark.parametrize("seed", range(3))
def test_equal_distances_of_different_sequences_equal_naive_loops(seed):
    gallery, probe = grid(30, 4, seed), grid(20, 4, seed + 100)

    np.testing.assert_allclose(
        scores(*gallery, *probe), naive(*gallery, *probe), rtol=1e-9
    )


def test_equal_distances_take_the_order_of_the_gallery_in_top_k():
    # Both gallery sequences are 1 away; the first is somebody else.
    gallery, probe = np.array([[1.0], [-1.0]]), np.array([[0.0]])

    first = evaluation.evaluate(gallery, np.array([1, 0]), probe, np.array([1]))
    last = evaluation.evaluate(gallery, np.array([0, 1]), probe, np.array([1]))

    assert (first.top1, last.top1) == (1, 0)
    # One threshold for both: precision 1/2, whatever the order.
    assert first.mean_ap == last.mean_ap == 0.5


@pytest.mark.parametrize("seed", range(3))
def test_leaving_oneself_out_equals_naive_loops(seed):
    walked = walkers(60, 9, seed)

    result = scores(*walked, *walked, leave_self_out=True)

    expected = naive(*walked, *walked, leave_self_out=True)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert scores(*walked, *walked)[0] == 1  # Otherwise each finds itself.


def test_only_oneself_is_left_out_and_not_ones_copies():
    # Sequences 0 and 1 are the same point of one person.
    features = np.array([[0.0], [0.0], [5.0], [6.0]])
    persons = np.array([0, 0, 1, 1])

    result = evaluation.evaluate(
        features, persons, features, persons, leave_self_out=True
    )

    assert (result.top1, result.mean_ap) == (1, 1)
    assert (result.num_probes, result.num_gallery) == (4, 3)


def test_a_person_who_is_not_in_the_gallery_misses_in_top_k_and_is_left_out_of_map():
    gallery, gallery_person = walkers(60, 6, 0)
    probe, probe_person = walkers(40, 6, 1)
    known = probe_person != 2
    there = gallery_person != 2

    result = scores(gallery[there], gallery_person[there], probe, probe_person)

    expected = naive(gallery[there], gallery_person[there], probe, probe_person)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    alone = scores(
        gallery[there], gallery_person[there], probe[known], probe_person[known]
    )
    assert result[3] == pytest.approx(alone[3])
    assert result[0] == pytest.approx(alone[0] * known.mean())


def test_nobody_in_the_gallery_scores_0():
    result = scores(np.eye(3), np.array([0, 1, 2]), np.eye(3), np.array([7, 8, 9]))

    assert result == [0, 0, 0, 0]


def test_a_person_seen_once_is_unknown_when_left_out():
    features, persons = np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1])

    result = evaluation.evaluate(
        features, persons, features, persons, leave_self_out=True
    )

    # Probe 0 misses, probe 1 ties 0 and 2 (0 comes first), probe 2 finds 1.
    assert result.top1 == pytest.approx(1 / 3)
    assert result.mean_ap == pytest.approx((1 / 2 + 1) / 2)


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        *(("_PROBES_AT_ONCE", n) for n in (1, 7, 50)),
        *(("_GALLERY_AT_ONCE", n) for n in (1, 7, 79, 80)),
        ("_OWN_AT_ONCE", 1),
    ],
)
@pytest.mark.parametrize("same", [False, True])
def test_scores_do_not_depend_on_how_the_work_is_cut(
    constant, value, same, monkeypatch
):
    gallery = grid(80, 4, 0)  # Many distances tie.
    probe = gallery if same else grid(50, 4, 1)
    expected = scores(*gallery, *probe, leave_self_out=same)

    monkeypatch.setattr(ranking, constant, value)

    result = scores(*gallery, *probe, leave_self_out=same)
    np.testing.assert_allclose(result, expected, rtol=1e-12)
    np.testing.assert_allclose(
        expected, naive(*gallery, *probe, leave_self_out=same), rtol=1e-9
    )


# Products of several sizes, and the last block of 8,200 is narrow beside the others.
@pytest.mark.parametrize("num_probes", [1, 10, 50])
@pytest.mark.parametrize("num_sequences", [60, 517, 8200])
def test_copies_of_a_sequence_are_equally_far(num_sequences, num_probes):
    # Not whole numbers: wherever copies stand, their products must be summed alike.
    features, persons = walkers(num_sequences, 6, 0, width=256)
    twice = np.random.default_rng(1).permutation(np.tile(np.arange(num_sequences), 2))
    probe = walkers(num_probes, 6, 100, width=256)

    result = evaluation.evaluate(features[twice], persons[twice], *probe)

    # Each copy takes its original's place: precision at any distance stays.
    once = evaluation.evaluate(features, persons, *probe)
    assert result.mean_ap == pytest.approx(once.mean_ap, rel=1e-14)


def test_cosine_distance_orders_by_angle():
    # By angle the second is the nearer one, by distance the first.
    gallery = np.array([[0.0, 1.0], [9.0, 1.0]], np.float32)
    probe = np.array([[1.0, 0.0]], np.float32)
    persons = np.array([0, 1])

    by_angle = evaluation.evaluate(
        gallery, persons, probe, np.array([1]), distance=evaluation.COSINE
    )
    by_distance = evaluation.evaluate(gallery, persons, probe, np.array([1]))

    assert (by_angle.top1, by_distance.top1) == (1, 0)
    assert by_angle.mean_ap == 1


@pytest.mark.parametrize("seed", range(3))
def test_cosine_scores_equal_naive_loops_over_unit_features(seed):
    gallery, probe = walkers(80, 9, seed), walkers(50, 9, seed + 100)

    result = scores(*gallery, *probe, distance=evaluation.COSINE)

    unit = [
        (features / np.linalg.norm(features, axis=1, keepdims=True), persons)
        for features, persons in (
            (f.astype(np.float64), p) for f, p in (gallery, probe)
        )
    ]
    np.testing.assert_allclose(result, naive(*unit[0], *unit[1]), rtol=1e-9)
    assert result != scores(*gallery, *probe)


@pytest.mark.parametrize(("degrees", "found"), [(63, 1), (89, 1), (91, 0)])
def test_a_feature_of_zeros_is_at_a_right_angle_to_all(degrees, found):
    angle = np.radians(degrees)
    gallery = np.array([[0, 0], [np.cos(angle), np.sin(angle)]])

    result = evaluation.evaluate(
        gallery,
        np.array([0, 1]),
        np.array([[1.0, 0.0]]),
        np.array([1]),
        distance=evaluation.COSINE,
    )

    assert result.top1 == found


def test_a_gallery_in_a_file_is_searched_without_loading_it(tmp_path):
    gallery, probe = walkers(80, 9, 0), walkers(50, 9, 1)
    np.save(tmp_path / "gallery.npy", gallery[0])
    mapped = np.load(tmp_path / "gallery.npy", mmap_mode="r")

    assert scores(mapped, gallery[1], *probe) == scores(*gallery, *probe)


def test_a_probe_that_finds_nobody_is_a_miss_in_a_small_gallery():
    # The gallery is smaller than 5 and 10, of which its person is none.
    features = np.array([[0.0], [1.0], [2.0]], np.float32)

    result = evaluation.evaluate(
        features, np.array([0, 0, 1]), features[:2], np.array([1, 7])
    )

    assert (result.top1, result.top5, result.top10) == (0, 0.5, 0.5)
    assert result.mean_ap == pytest.approx(1 / 3)


def test_far_from_the_origin_distances_keep_their_digits():
    gallery, probe = walkers(80, 9, 0), walkers(50, 9, 1)
    # A shift that float32 features hold exactly, but their squares do not.
    gallery = np.round(gallery[0] * 64) / 64 + 1024, gallery[1]
    probe = np.round(probe[0] * 64) / 64 + 1024, probe[1]

    np.testing.assert_allclose(
        scores(*gallery, *probe),
        naive(gallery[0] - 1024, gallery[1], probe[0] - 1024, probe[1]),
        rtol=1e-6,
    )


def test_scores_do_not_depend_on_the_order_of_probes_and_gallery():
    gallery, probe = walkers(80, 9, 0), walkers(50, 9, 1)
    generator = np.random.default_rng(2)
    rows, columns = generator.permutation(50), generator.permutation(80)

    np.testing.assert_allclose(
        scores(*(a[columns] for a in gallery), *(a[rows] for a in probe)),
        scores(*gallery, *probe),
        rtol=1e-12,
    )


@pytest.mark.parametrize("broken", ["gallery", "probe", "both"])
def test_features_that_are_not_numbers_find_nobody(broken):
    gallery, probe = walkers(30, 5, 0), walkers(20, 5, 1)
    for name, (features, _) in (("gallery", gallery), ("probe", probe)):
        if broken in (name, "both"):
            features[:] = np.nan

    result = evaluation.evaluate(*gallery, *probe)

    # A model that diverged must not look like a perfect one, nor be selected.
    assert (result.top1, result.top10, result.mean_ap) == (0, 0, 0)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("distance", [evaluation.EUCLIDEAN, evaluation.COSINE])
def test_single_features_that_are_not_numbers_are_farthest(number, distance):
    gallery, probe = walkers(40, 5, 0), walkers(20, 5, 1)
    broken = np.arange(40) % 7 == 0
    gallery[0][broken, 3] = number
    order = np.argsort(broken, kind="stable")

    result = evaluation.evaluate(*gallery, *probe, distance=distance)

    # Loops over the others find the same, with the broken ones behind all of them.
    features = [f.astype(np.float64) for f in (gallery[0], probe[0])]
    features[0][broken] = 1.0
    if distance == evaluation.COSINE:
        features = [f / np.linalg.norm(f, axis=1, keepdims=True) for f in features]
    precisions, hits = [], 0
    for row, person in zip(features[1], probe[1], strict=True):
        distances = ((features[0] - row) ** 2).sum(axis=1)
        distances[broken] = 1e9
        matches = gallery[1] == person
        precisions.append(sklearn.metrics.average_precision_score(matches, -distances))
        hits += matches[order][np.argmin(distances[order])]
    assert result.mean_ap == pytest.approx(np.mean(precisions), rel=1e-9)
    assert result.top1 == hits / 20


def test_a_probe_that_is_no_number_counts_as_found_last():
    gallery, probe = walkers(30, 5, 0), walkers(20, 5, 1)
    whole = evaluation.evaluate(*gallery, *probe)
    alone = evaluation.evaluate(*gallery, probe[0][:1], probe[1][:1])
    probe[0][0] = np.inf

    result = evaluation.evaluate(*gallery, *probe)

    assert result.mean_ap == pytest.approx(whole.mean_ap - alone.mean_ap / 20)


def test_calls_from_several_threads_leave_the_products_their_threads():
    gallery, probe = walkers(300, 9, 0), walkers(200, 9, 1)
    before = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: scores(*gallery, *probe), range(20)))

    assert results == [scores(*gallery, *probe)] * 20
    assert before == [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]


def test_the_features_given_stay_as_they_are():
    walked = walkers(30, 5, 0)
    before = walked[0].copy()

    scores(*walked, *walked, leave_self_out=True)

    np.testing.assert_array_equal(walked[0], before)


@pytest.fixture
def published(parity):
    """Gallery, its persons, probe, its persons."""
    return tuple(
        parity[f"eval_{name}"]
        for name in ("gallery", "gallery_id", "probe", "probe_id")
    )


def published_scores(parity, name):
    """[top-1, top-5, top-10, mAP], in the order of `scores`."""
    return np.roll(parity[f"eval_result_{name}"], -1)


@pytest.mark.data
@pytest.mark.parametrize("name", ["normal", "casia_cross"])
def test_scores_are_the_published_ones(name, published, parity):
    np.testing.assert_allclose(
        scores(*published), published_scores(parity, name), rtol=0, atol=1e-6
    )


@pytest.mark.data
def test_scores_are_the_published_ones_where_a_person_is_missing(published, parity):
    gallery, gallery_person, probe, probe_person = published
    there = gallery_person != parity["eval_missing_id"]

    np.testing.assert_allclose(
        scores(gallery[there], gallery_person[there], probe, probe_person),
        published_scores(parity, "missing_id"),
        rtol=0,
        atol=1e-6,
    )


@pytest.mark.data
def test_dropping_the_nearest_match_of_one_set_is_leaving_oneself_out(
    published, parity
):
    gallery, person = published[:2]

    result = scores(gallery, person, gallery, person, leave_self_out=True)

    np.testing.assert_allclose(
        result[:3], published_scores(parity, "casia_nmnm_self")[:3], rtol=0, atol=1e-6
    )


@pytest.mark.data
def test_published_map_of_one_set_skips_the_first_probe_and_finds_each_itself(
    published, parity
):
    gallery, person = published[:2]

    result = scores(gallery, person, gallery[1:], person[1:])

    assert result[3] == pytest.approx(
        published_scores(parity, "casia_nmnm_self")[3], abs=1e-6
    )


@pytest.mark.data
def test_published_same_condition_scores_drop_every_probes_nearest_sequence(
    published, parity
):
    gallery, gallery_person, probe, probe_person = published
    expected = published_scores(parity, "casia_nmnm")
    hits = np.zeros(3)
    for row, person in zip(probe, probe_person, strict=True):
        rest = np.ones(len(gallery), bool)
        rest[np.argmin(np.square(gallery - row).sum(axis=1))] = False
        hits += scores(
            gallery[rest], gallery_person[rest], row[np.newaxis], np.array([person])
        )[:3]

    np.testing.assert_allclose(hits / len(probe), expected[:3], rtol=0, atol=1e-6)
    later = scores(gallery, gallery_person, probe[1:], probe_person[1:])
    assert later[3] == pytest.approx(expected[3], abs=1e-6)


def test_scores_know_how_many_were_compared():
    gallery, probe = walkers(30, 5, 0), walkers(20, 5, 1)

    result = dataclasses.asdict(evaluation.evaluate(*gallery, *probe))

    assert (result["num_probes"], result["num_gallery"]) == (20, 30)
