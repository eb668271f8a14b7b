"""Persons come in the order of their distances, however they are looked for."""

import tracemalloc

import numpy as np
import pytest

from simmc_tf.gallery import database, index, search


def layout(persons, counts):
    """Recordings of person 0 to P - 1, with as many sequences each."""
    counts = np.array(counts, np.int64)
    names = tuple(f"person {i}" for i in range(max(persons) + 1))
    # Numbers of sequences have gaps where somebody was removed.
    numbers = 3 + 2 * np.arange(counts.sum())
    return database.Layout(names, np.array(persons, np.int64), counts, numbers)


def naive(vectors, whose, queries, starts, top):
    """Persons and distances of every recording, sequence by sequence."""
    owner = np.repeat(whose.person, whose.counts)
    found = []
    for start, stop in zip(starts[:-1], starts[1:], strict=True):
        distances = [
            np.mean(
                [
                    min(
                        np.linalg.norm(row.astype(float) - query.astype(float))
                        for row in vectors[owner == person]
                    )
                    for query in queries[start:stop]
                ]
            )
            for person in range(len(whose.names))
        ]
        order = np.argsort(distances, kind="stable")[:top]
        found.append((order.tolist(), np.array(distances)[order]))
    return found


PERSONS, COUNTS = (0, 1, 0, 2, 3, 1, 4), (3, 4, 1, 2, 5, 1, 2)


def compare(vectors, queries, starts, top):
    whose = layout(PERSONS, COUNTS)
    found = search.Search(vectors, whose).nearest(queries, np.array(starts), top)
    expected = naive(vectors, whose, queries, starts, top)
    assert len(found) == len(expected)
    for one, (order, distances) in zip(found, expected, strict=True):
        assert one.person.tolist() == order
        np.testing.assert_allclose(one.distance, distances, rtol=1e-9, atol=1e-12)


def drawn(count, seed, offset=0.0, size=5):
    generator = np.random.default_rng(seed)
    return (generator.normal(size=(count, size)) + offset).astype(np.float32)


@pytest.mark.parametrize("top", [1, 3, 99])
@pytest.mark.parametrize(
    "blocks", [(128, 256, 8192, 2**25), (2, 3, 4, 99), (9, 9, 9, 15), (1, 1, 1, 1)]
)
def test_persons_are_those_of_a_naive_loop(top, blocks, monkeypatch):
    names = ("_GROUPS", "_QUERIES", "_ROWS", "_CELLS")
    for name, size in zip(names, blocks, strict=True):
        monkeypatch.setattr(search, name, size)

    compare(drawn(18, 0), drawn(9, 1), (0, 4, 5, 9), top)


def test_what_rounding_leaves_in_doubt_is_decided_in_float64():
    # |a|^2 is 5 * 10^6, of which float32 drops what is below 0.25: as much as squared
    # distances differ by.
    vectors, queries = drawn(18, 0, offset=1000.0), drawn(60, 1, offset=1000.0)

    compare(vectors, queries, range(61), 1)


def test_what_rounding_of_the_enrolled_leaves_in_doubt_is_decided_in_float64():
    # Here |b|^2 is as large, and |a|^2 next to nothing.
    for seed in range(60):
        vectors = (1000 + 0.0001 * drawn(18, seed, size=16)).astype(np.float32)
        compare(vectors, 0.001 * drawn(1, seed + 100, size=16), range(2), 1)


def test_one_embedding_far_away_leaves_no_doubt_of_others():
    vectors, queries = drawn(1000, 0, size=16), drawn(20, 1, size=16)
    vectors[7] *= 10_000
    whose = layout(range(500), [2] * 500)

    in_question = search.Search(vectors, whose)._by_bounds(queries, np.arange(21), 1)

    # Of whoever is far away nobody knows by float32, and the nearest are told apart.
    assert np.mean([len(persons) for persons in in_question]) < 3


def test_a_sequence_that_is_enrolled_is_at_no_distance():
    vectors = drawn(18, 0, offset=30.0)

    found = search.Search(vectors, layout(PERSONS, COUNTS)).nearest(
        vectors, np.arange(19), 1
    )

    owner = np.repeat(PERSONS, COUNTS)
    assert [one.person[0] for one in found] == owner.tolist()
    assert all(one.distance[0] == 0 for one in found)


def test_of_equally_near_persons_the_first_comes_first():
    vectors = np.zeros((18, 5), np.float32)

    found = search.Search(vectors, layout(PERSONS, COUNTS)).nearest(
        drawn(4, 1), np.array([0, 1, 4]), 3
    )

    assert [one.person.tolist() for one in found] == [[0, 1, 2]] * 2


def test_how_many_are_done_is_told():
    told = []
    found = search.Search(drawn(18, 0), layout(PERSONS, COUNTS))

    found.nearest(drawn(300, 1), np.arange(301), 1, told.append)

    assert told == [128, 256, 300]


def test_one_person_alone_is_the_nearest():
    found = search.Search(drawn(2, 0), layout((0,), (2,)))

    assert [
        one.person.tolist() for one in found.nearest(drawn(1, 1), np.array([0, 1]), 10)
    ] == [[0]]


@pytest.fixture
def people():
    """Some 200 bodies, 5 recordings of 4 sequences each; and a recording more each.

    One in three of what is searched for is near another body than its own.
    """
    generator = np.random.default_rng(0)
    bodies = generator.normal(size=(200, 16))
    persons = np.tile(np.arange(200), 5)
    rows = np.repeat(bodies[persons], 4, axis=0)
    vectors = rows + generator.normal(scale=0.2, size=rows.shape)
    queries = np.repeat(bodies, 3, axis=0)
    queries[1::3] = np.roll(bodies, 1, axis=0)
    queries = queries + generator.normal(scale=0.2, size=queries.shape)
    return (
        vectors.astype(np.float32),
        layout(persons.tolist(), [4] * 1000),
        queries.astype(np.float32),
        np.arange(0, 601, 3),
    )


@pytest.mark.parametrize("fewest", [search._FEWEST_PERSONS, 1])
def test_lists_find_the_same_nearest_persons_at_the_same_distances(
    people, fewest, monkeypatch
):
    # So that persons, too, who are nearest by the lists alone are the right ones.
    monkeypatch.setattr(search, "_FEWEST_PERSONS", fewest)
    monkeypatch.setattr(search, "_PERSONS", 1 if fewest == 1 else search._PERSONS)
    vectors, whose, queries, starts = people
    lists = index.lists(vectors, whose.sequence)

    exact = search.Search(vectors, whose).nearest(queries, starts, 1)
    found = search.Search(vectors, whose, lists).nearest(queries, starts, 1)

    first = [one.person[0] for one in found]
    assert first == [one.person[0] for one in exact] == list(range(200))
    assert [one.distance[0] for one in found] == [one.distance[0] for one in exact]


def test_lists_say_nothing_of_those_whom_they_do_not_find(people):
    vectors, whose, queries, starts = people
    lists = index.lists(vectors, whose.sequence)
    lists.nprobe = 1

    found = search.Search(vectors, whose, lists).nearest(queries, starts, 200)

    assert all(0 < len(one.person) < 200 for one in found)
    for one in found:
        assert (np.diff(one.distance) >= 0).all()
        assert len(set(one.person.tolist())) == len(one.person)


def test_where_the_lists_that_are_searched_are_empty_all_are_looked_at(people):
    vectors, whose, queries, starts = people
    lists = index.lists(vectors, whose.sequence)
    lists.reset()

    found = search.Search(vectors, whose, lists).nearest(queries[:6], starts[:3], 1)

    assert [one.person[0] for one in found] == [0, 1]


class Lists:
    """Names the first sequences of some persons, as if ever nearer ones.

    Args:
        whose: they are.
        count: of persons.
    """

    def __init__(self, whose, count):
        self._numbers = whose.sequence[whose.starts[:count]]

    def search(self, queries, neighbours):
        """As faiss."""
        shape = len(queries), len(self._numbers)
        distances = np.arange(shape[1], 0, -1, dtype=np.float32)
        return np.broadcast_to(distances, shape), np.broadcast_to(self._numbers, shape)


@pytest.mark.parametrize(("top", "count"), [(1, 20), (12, 40)])
def test_of_those_whom_lists_name_more_are_looked_at_than_are_asked_for(top, count):
    vectors, whose = drawn(80, 0), layout(range(80), [1] * 80)
    searching = search.Search(vectors, whose, Lists(whose, count))

    # The first are the farthest by the lists.
    found = searching.nearest(vectors[:5], np.arange(6), top)

    assert [one.person[0] for one in found] == list(range(5))


def test_candidates_come_by_the_mean_of_what_each_sequence_finds():
    generator = np.random.default_rng(0)
    persons = generator.integers(9, size=(20, 12))
    distances = generator.uniform(size=(20, 12))
    valid = generator.uniform(size=(20, 12)) < 0.7

    found = search._likeliest(persons, distances, valid)

    # Who is not found counts as far as the last who is.
    total = np.zeros(9)
    for whom, far, there in zip(persons, distances, valid, strict=True):
        for person in range(9):
            own = far[there & (whom == person)]
            total[person] += own.min() if len(own) else far[there].max()
    assert found.tolist() == np.argsort(total).tolist()


def peak(work):
    """Bytes that are held at once while something is done."""
    tracemalloc.start()
    work()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_many_persons_are_held_by_few_sequences_at_a_time(monkeypatch):
    monkeypatch.setattr(search, "_CELLS", 20_000)
    searching = search.Search(drawn(2000, 0), layout(range(2000), [1] * 2000))
    queries = drawn(256, 1)

    size = peak(lambda: searching.nearest(queries, np.array([0, 256]), 1))

    assert size < 256 * 2000  # As single bytes.


def test_a_long_recording_is_scored_by_those_whom_it_comes_near():
    generator = np.random.default_rng(0)
    persons, distances = (
        generator.integers(5000, size=(1000, 8)),
        drawn(1000, 2, size=8),
    )

    size = peak(
        lambda: search._likeliest(persons, distances**2, np.ones((1000, 8), bool))
    )

    assert size < 1000 * 4000  # As single bytes.
