"""Who is train, gallery and probe, where recordings do not say it themselves."""

import collections
import dataclasses

import numpy as np
import pytest

from datasets import recordings, splits


def people(counts, frames=10):
    """Recordings of one length: counts[person] of every person, person by person."""
    persons = [person for person, count in counts.items() for _ in range(count)]
    lengths = [frames] * len(persons) if isinstance(frames, int) else frames
    return recordings.Recordings(
        positions=np.zeros((sum(lengths), 2, 3), np.float32),
        starts=np.array([0, *np.cumsum(lengths)]),
        person=np.array(persons),
        recording=np.array([f"r{n}" for n in range(len(persons))]),
        fps=np.full(len(persons), 30.0),
        joint_names=("a", "b"),
    )


def parts(walks, split, person):
    """Part -> recordings of a person in it."""
    return collections.Counter(split[walks.person == person].tolist())


def test_the_same_seed_gives_the_same_split():
    walks = people({0: 9, 1: 5})
    assert splits.draw(walks, 5, 3).tolist() == splits.draw(walks, 5, 3).tolist()


def test_another_seed_gives_another_split():
    walks = people({0: 20, 1: 20})
    drawn = {tuple(splits.draw(walks, 5, seed).tolist()) for seed in range(4)}
    assert len(drawn) == 4


def test_a_persons_split_does_not_depend_on_who_else_there_is():
    alone = splits.draw(people({4: 8}), 5, 0)
    crowd = people({1: 7, 4: 8, 9: 4, -1: 3})
    assert splits.draw(crowd, 5, 0)[crowd.person == 4].tolist() == alone.tolist()


def test_persons_are_not_all_split_alike():
    walks = people(dict.fromkeys(range(6), 12))
    split = splits.draw(walks, 5, 0)
    assert len({tuple(split[walks.person == p].tolist()) for p in range(6)}) > 1


@pytest.mark.parametrize(
    ("count", "share"), [(3, 1), (4, 1), (7, 1), (8, 2), (11, 2), (12, 3), (40, 10)]
)
def test_a_quarter_each_goes_to_gallery_and_probe(count, share):
    walks = people({0: count})
    found = parts(walks, splits.draw(walks, 5, 1), 0)
    assert found == {"gallery": share, "probe": share, "train": count - 2 * share}


@pytest.mark.parametrize("count", [1, 2])
def test_persons_with_fewer_than_3_recordings_only_train(count):
    walks = people({0: count, 1: 4})
    assert parts(walks, splits.draw(walks, 5, 0), 0) == {"train": count}


def test_unknown_persons_only_train():
    walks = people({-1: 12, 3: 4})
    assert parts(walks, splits.draw(walks, 5, 0), -1) == {"train": 12}


def test_recordings_without_a_sequence_are_not_counted():
    # 3 recordings, but only 2 of them long enough.
    walks = people({0: 3}, frames=[10, 4, 10])
    assert parts(walks, splits.draw(walks, 5, 0), 0) == {"train": 3}


def test_recordings_without_a_sequence_are_no_gallery_and_no_probe():
    walks = people({0: 12}, frames=[4, 10] * 6)
    for seed in range(10):
        split = splits.draw(walks, 5, seed)
        assert set(split[::2].tolist()) == {"train"}
        # A quarter of the 6 that count.
        assert parts(walks, split, 0) == {"gallery": 1, "probe": 1, "train": 10}


def test_a_recording_of_exactly_one_sequence_counts():
    walks = people({0: 3}, frames=5)
    assert parts(walks, splits.draw(walks, 5, 0), 0)["probe"] == 1


def test_every_recording_can_become_a_probe():
    walks = people({0: 4})
    probes = {
        int(np.flatnonzero(splits.draw(walks, 5, seed) == "probe")[0])
        for seed in range(40)
    }
    assert probes == {0, 1, 2, 3}


def test_persons_may_be_numbered_freely_and_out_of_order():
    walks = people({1000: 4, 7: 4, 2**40: 4})
    split = splits.draw(walks, 5, 0)
    for person in (1000, 7, 2**40):
        assert parts(walks, split, person) == {"gallery": 1, "probe": 1, "train": 2}


def test_kgbd_gives_two_recordings_to_the_gallery_and_one_is_probe():
    walks = people({3: 5, 8: 4, 15: 3, 20: 2})
    split = splits.draw_kgbd(walks, 6, 0)
    assert parts(walks, split, 3) == {"gallery": 2, "probe": 1, "train": 2}
    assert parts(walks, split, 8) == {"gallery": 2, "probe": 1, "train": 1}
    assert parts(walks, split, 15) == {"gallery": 1, "probe": 1, "train": 1}
    assert parts(walks, split, 20) == {"train": 2}


def test_kgbd_is_drawn_by_the_seed_and_alike_for_every_length():
    walks = people({3: 9})
    drawn = {tuple(splits.draw_kgbd(walks, 6, seed)) for seed in range(9)}
    assert len(drawn) > 3
    first, second = (splits.draw_kgbd(walks, f, 5).tolist() for f in (4, 1000))
    assert first == second


def ks20(sets):
    """Recordings of 20 persons in two views of the sets given."""
    conditions = [f"{one}-{view}" for one in sets for view in ("frontal", "lateral")]
    walks = people(dict.fromkeys(range(20), len(conditions)))
    return dataclasses.replace(walks, condition=np.array(conditions * 20))


def test_ks20_gives_each_part_one_set_in_every_view():
    walks = ks20(["gc1", "gc2", "gc3"])
    split = splits.draw_ks20(walks, 6, 1)
    for person in range(20):
        own = walks.person == person
        assert parts(walks, split, person) == {"gallery": 2, "probe": 2, "train": 2}
        of_set = {
            condition.split("-")[0]: part
            for condition, part in zip(walks.condition[own], split[own], strict=True)
        }
        assert len(set(of_set.values())) == 3


def test_ks20_draws_anew_for_every_person():
    walks = ks20(["gc1", "gc2", "gc3"])
    split = splits.draw_ks20(walks, 6, 1)
    assert len({tuple(split[walks.person == person]) for person in range(20)}) > 3


def test_ks20_persons_who_lack_a_set_are_training_only():
    walks = ks20(["gc1", "gc3"])
    assert set(splits.draw_ks20(walks, 6, 1)) == {"train"}
