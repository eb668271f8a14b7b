"""Tracks of recordings that are known, and steps along them, by naive search."""

import itertools

import numpy as np
import pytest

from simmc_tf import data as data_module
from simmc_tf import tracks
from tests import recorded_walks


def naive(sequences, most):
    """Tracks by joining, again and again, all that share a frame which tells."""
    frames = [
        {row.tobytes() for row in sequence if row.any()} for sequence in sequences
    ]
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

    np.testing.assert_array_equal(tracks.of(found.sequences), owners)


def test_shifted_windows_of_a_recording_are_one_track():
    walks, _ = recorded_walks.recordings(length=21)
    windows = [shifted(walk, 4) for walk in walks]
    owners = np.repeat(np.arange(len(walks)), [len(some) for some in windows])

    found = tracks.of(np.stack(list(itertools.chain(*windows))))

    np.testing.assert_array_equal(found, owners)


@pytest.mark.parametrize("frames", [1, 4])
def test_windows_that_do_not_overlap_are_each_a_track(frames):
    found, _ = recorded_walks.split(*recorded_walks.recordings(), frames, frames)

    np.testing.assert_array_equal(tracks.of(found.sequences), np.arange(len(found)))


def test_a_recording_with_a_gap_is_two_tracks():
    walk = recorded_walks.recordings(1, 1, 20)[0][0]
    sequences = np.stack([walk[start : start + 4] for start in (0, 2, 9, 11, 13)])

    assert tracks.of(sequences).tolist() == [0, 0, 1, 1, 1]


def test_shuffled_sequences_have_the_same_tracks_numbered_by_their_first():
    found, owners = recorded_walks.split(*recorded_walks.recordings())
    order = np.random.default_rng(0).permutation(len(owners))
    seen = list(dict.fromkeys(owners[order]))

    result = tracks.of(found.sequences[order])

    assert result.tolist() == [seen.index(owner) for owner in owners[order]]


def test_frames_of_zeros_join_nobody():
    found, owners = recorded_walks.split(*recorded_walks.recordings())
    sequences = found.sequences.copy()
    sequences[::7, 1] = 0
    sequences[3] = -0.0

    result = tracks.of(sequences)

    alone = np.flatnonzero(~sequences.any(axis=(1, 2)))
    assert all((result == result[s]).sum() == 1 for s in alone)
    for a, b in itertools.combinations(range(len(owners)), 2):
        assert owners[a] == owners[b] or result[a] != result[b]


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("count", [15, 16, 17, 40])
def test_a_frozen_pose_joins_only_up_to_4_f_sequences(count, times):
    # f = 4: up to 16 sequences, however often each of them shows the pose.
    sequences = np.random.default_rng(1).normal(size=(50, 4, 6)).astype(np.float32)
    sequences[:count, :times] = 7.0

    found = tracks.of(sequences)

    assert (found[:count] == 0).all() == (count <= 16)
    assert len(set(found.tolist())) == (50 - count + 1 if count <= 16 else 50)


@pytest.mark.parametrize("seed", range(5))
def test_tracks_are_those_of_a_naive_search(seed):
    # Few poses: all kinds of overlap, and frames that far too many sequences share.
    generator = np.random.default_rng(seed)
    poses = generator.normal(size=(60, 3)).astype(np.float32)
    poses[0] = 0
    drawn = np.minimum(generator.geometric(0.05, size=(40, 3)) - 1, 59)
    sequences = poses[drawn]

    assert tracks.of(sequences).tolist() == naive(sequences, most=4 * 3)


def mapped(sequences, path, dtype):
    np.save(path, sequences.astype(dtype))
    return np.load(path, mmap_mode="r")


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_files_and_pieces_of_any_size_tell_the_same(size, monkeypatch, tmp_path):
    found, owners = recorded_walks.split(*recorded_walks.recordings())
    sequences = found.sequences
    expected = tracks.steps(sequences, owners)
    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", size)
    for kind in (
        *(sequences, recorded_walks.Filed(sequences), np.asfortranarray(sequences)),
        mapped(sequences, tmp_path / "single.npy", "<f4"),
        mapped(sequences, tmp_path / "double.npy", ">f8"),
    ):
        np.testing.assert_array_equal(tracks.of(kind), owners)
        np.testing.assert_array_equal(tracks.steps(kind, owners), expected)


def test_half_overlapping_windows_are_a_step_apart():
    found, owners = recorded_walks.split(*recorded_walks.recordings(2, 2, 14))

    # 6 windows of 4 recordings.
    assert tracks.steps(found.sequences, owners).tolist() == 4 * [0, 1, 2, 3, 4, 5]


def test_a_step_of_windows_at_every_frame_is_up_to_f_minus_1_frames():
    found, owners = recorded_walks.split(*recorded_walks.recordings(1, 1, 13), stride=1)

    # 10 windows of 4 frames; window n shares a frame with n + 3.
    assert tracks.steps(found.sequences, owners).tolist() == [
        *(0, 1, 1, 1, 2, 2, 2, 3, 3, 3)
    ]


@pytest.mark.parametrize("windows", [shifted, None], ids=["shifted", "every frame"])
def test_two_steps_apart_no_frame_is_shared(windows):
    walk = recorded_walks.recordings(1, 1, 30)[0]
    if windows is None:
        sequences = recorded_walks.split(walk, np.zeros(1), 5, 1)[0].sequences
    else:
        sequences = np.stack(windows(walk[0], 5))
    found = tracks.steps(sequences, tracks.of(sequences))
    frames = [{row.tobytes() for row in sequence} for sequence in sequences]

    assert found.max() >= 6
    for a, b in itertools.combinations(range(len(frames)), 2):
        if frames[a] & frames[b]:
            assert abs(found[a] - found[b]) <= 1
