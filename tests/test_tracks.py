"""Tracks of recordings that are known, and steps along them, by naive search."""

import itertools

import numpy as np
import pytest

from simmc_tf import data as data_module
from simmc_tf import tracks
from tests import recorded_walks


def naive(sequences, most, length):
    """Tracks by joining, again and again, all that share a run which tells."""
    frames = []
    for sequence in sequences:
        starts = range(len(sequence) - length + 1)
        runs = [sequence[start : start + length] for start in starts]
        frames.append({run.tobytes() for run in runs if all(row.any() for row in run)})
    owners = {}
    for number, own in enumerate(frames):
        for frame in own:
            owners.setdefault(frame, []).append(number)
    labels = list(range(len(sequences)))
    changed = True
    while changed:
        changed = False
        for sharing in owners.values():
            lowest = min(labels[s] for s in sharing)
            if len(sharing) <= most and any(labels[s] != lowest for s in sharing):
                changed = True
                for s in sharing:
                    labels[s] = lowest
    return [sorted(set(labels)).index(label) for label in labels]


def shifted(walk, frames):
    """As IAS's windows: one after the other, begun at each of the first f frames."""
    return [
        walk[start : start + frames]
        for shift in range(frames)
        for start in range(shift, len(walk) - frames + 1, frames)
    ]


@pytest.mark.parametrize(("frames", "stride"), [(4, 2), (6, 3), (5, 2), (4, 1), (2, 1)])
def test_overlapping_windows_of_a_recording_are_one_track(frames, stride):
    found, owners = recorded_walks.split(*recorded_walks.recordings(), frames, stride)

    np.testing.assert_array_equal(tracks.find(found.sequences).numbers, owners)


def test_shifted_windows_of_a_recording_are_one_track():
    walks, _ = recorded_walks.recordings(length=21)
    windows = [shifted(walk, 4) for walk in walks]
    owners = np.repeat(np.arange(len(walks)), [len(some) for some in windows])

    found = tracks.find(np.stack(list(itertools.chain(*windows)))).numbers

    np.testing.assert_array_equal(found, owners)


@pytest.mark.parametrize("frames", [1, 4])
def test_windows_that_do_not_overlap_are_each_a_track(frames):
    found, _ = recorded_walks.split(*recorded_walks.recordings(), frames, frames)

    np.testing.assert_array_equal(
        tracks.find(found.sequences).numbers, np.arange(len(found))
    )


def test_a_recording_with_a_gap_is_two_tracks():
    walk = recorded_walks.recordings(1, 1, 20)[0][0]
    sequences = np.stack([walk[start : start + 4] for start in (0, 2, 9, 11, 13)])

    assert tracks.find(sequences).numbers.tolist() == [0, 0, 1, 1, 1]


def test_shuffled_sequences_have_the_same_tracks_numbered_by_their_first():
    found, owners = recorded_walks.split(*recorded_walks.recordings())
    order = np.random.default_rng(0).permutation(len(owners))
    seen = list(dict.fromkeys(owners[order]))

    result = tracks.find(found.sequences[order]).numbers

    assert result.tolist() == [seen.index(owner) for owner in owners[order]]


def test_frames_of_zeros_join_nobody():
    found, owners = recorded_walks.split(*recorded_walks.recordings())
    sequences = found.sequences.copy()
    sequences[::7, 1] = 0
    sequences[3] = -0.0

    result = tracks.find(sequences).numbers

    alone = np.flatnonzero(~sequences.any(axis=(1, 2)))
    assert all((result == result[s]).sum() == 1 for s in alone)
    for a, b in itertools.combinations(range(len(owners)), 2):
        assert owners[a] == owners[b] or result[a] != result[b]


@pytest.mark.parametrize("times", [2, 4])
@pytest.mark.parametrize("count", [15, 16, 17, 40])
def test_a_frozen_pose_joins_only_up_to_4_f_sequences(count, times):
    # f = 4: up to 16 sequences, however often each of them shows the pose.
    sequences = np.random.default_rng(1).normal(size=(50, 4, 6)).astype(np.float32)
    sequences[:count, :times] = 7.0

    found = tracks.find(sequences).numbers

    assert (found[:count] == 0).all() == (count <= 16)
    assert len(set(found.tolist())) == (50 - count + 1 if count <= 16 else 50)


@pytest.mark.parametrize(
    ("frames", "least", "count"), [(4, 2, 15), (6, 2, 20), (3, 1, 9), (1, 1, 4)]
)
def test_a_pose_counts_once_it_is_held_for_as_many_frames_as_tell(frames, least, count):
    sequences = np.random.default_rng(1).normal(size=(50, frames, 6))
    for held in range(1, frames + 1):
        some = sequences.astype(np.float32)
        some[:count, :held] = 7.0

        found = tracks.find(some).numbers

        assert (found[:count] == 0).all() == (held >= least)
        assert len(set(found.tolist())) == (51 - count if held >= least else 50)


@pytest.mark.parametrize(("frames", "run"), [(3, 1), (4, 2), (7, 2)])
@pytest.mark.parametrize("seed", range(5))
def test_tracks_are_those_of_a_naive_search(seed, frames, run):
    # Few poses: all kinds of overlap, and frames that far too many sequences share.
    generator = np.random.default_rng(seed)
    poses = generator.normal(size=(60, 3)).astype(np.float32)
    poses[0] = 0
    drawn = np.minimum(generator.geometric(0.05, size=(40, frames)) - 1, 59)
    sequences = poses[drawn]

    found = tracks.find(sequences)

    assert found.numbers.tolist() == naive(sequences, 4 * frames, run)
    assert len(found) == found.numbers.max() + 1
    for track in range(len(found)):  # No step is left out.
        own = set(found.steps[found.numbers == track].tolist())
        assert own == set(range(len(own)))


@pytest.mark.parametrize("stride", [1, 3])
def test_a_frame_of_two_recordings_by_chance_joins_nobody(stride):
    walks, persons = recorded_walks.recordings(2, 2, 30)
    apart, owners = recorded_walks.split(walks, persons, 6, stride)
    walks[1][0] = walks[3][7] = walks[0][0]  # As a tracker's first pose.
    walks[2][11] = walks[0][20]
    together, _ = recorded_walks.split(walks, persons, 6, stride)

    found, expected = map(tracks.find, (together.sequences, apart.sequences))

    np.testing.assert_array_equal(found.numbers, owners)
    # Nor does it shorten any way.
    np.testing.assert_array_equal(found.steps, expected.steps)


def test_a_run_of_frames_that_others_show_by_chance_still_leads_on():
    generator = np.random.default_rng(0)
    sequences = generator.normal(size=(20, 6, 9)).astype(np.float32)
    sequences[1, :2] = sequences[0, 4:]
    sequences[5, 3], sequences[7, 3] = sequences[0, 4:]

    found = tracks.find(sequences)

    assert found.numbers.tolist() == [0, *range(19)]
    assert found.steps.tolist() == [1, *[0] * 19]


def test_each_alone():
    found = tracks.alone(3)

    assert (len(found), len(tracks.alone(0))) == (3, 0)
    assert found.numbers.tolist() == [0, 1, 2]
    assert found.steps.tolist() == [0, 0, 0]


def mapped(sequences, path, dtype):
    np.save(path, sequences.astype(dtype))
    return np.load(path, mmap_mode="r")


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_files_and_pieces_of_any_size_tell_the_same(size, monkeypatch, tmp_path):
    found, owners = recorded_walks.split(*recorded_walks.recordings())
    sequences = found.sequences
    expected = tracks.find(sequences).steps
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", size)
    for kind in (
        *(sequences, recorded_walks.Filed(sequences), np.asfortranarray(sequences)),
        mapped(sequences, tmp_path / "single.npy", "<f4"),
        mapped(sequences, tmp_path / "double.npy", ">f8"),
    ):
        np.testing.assert_array_equal(tracks.find(kind).numbers, owners)
        np.testing.assert_array_equal(tracks.find(kind).steps, expected)


def test_half_overlapping_windows_are_a_step_apart():
    found, owners = recorded_walks.split(*recorded_walks.recordings(2, 2, 14))

    # 6 windows of 4 recordings, from the end that is farthest from the first.
    assert tracks.find(found.sequences).steps.tolist() == 4 * [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("stride", [1, 2])
def test_steps_of_shuffled_windows_lead_from_one_end_to_the_other(stride):
    walk = recorded_walks.recordings(1, 1, 24)
    sequences = recorded_walks.split(*walk, stride=stride)[0].sequences
    order = np.random.default_rng(2).permutation(len(sequences))
    expected = tracks.find(sequences).steps.max()

    found = np.empty(len(order), np.int64)
    found[order] = tracks.find(sequences[order]).steps

    assert found.max() == expected
    if stride == 2:
        assert found.tolist() in (list(range(11)), list(range(11))[::-1])


def test_a_step_of_windows_at_every_frame_is_up_to_f_minus_1_frames():
    found, owners = recorded_walks.split(*recorded_walks.recordings(1, 1, 13), stride=1)

    # 10 windows of 4 frames; window n shares a frame with n + 3.
    assert tracks.find(found.sequences).steps.tolist() == [
        *(3, 3, 3, 2, 2, 2, 1, 1, 1, 0)
    ]


@pytest.mark.parametrize("windows", [shifted, None], ids=["shifted", "every frame"])
def test_two_steps_apart_no_frame_is_shared(windows):
    walk = recorded_walks.recordings(1, 1, 30)[0]
    if windows is None:
        sequences = recorded_walks.split(walk, np.zeros(1), 5, 1)[0].sequences
    else:
        sequences = np.stack(windows(walk[0], 5))
    found = tracks.find(sequences).steps
    frames = [{row.tobytes() for row in sequence} for sequence in sequences]

    assert found.max() >= 6
    for a, b in itertools.combinations(range(len(frames)), 2):
        if frames[a] & frames[b]:
            assert abs(found[a] - found[b]) <= 1
