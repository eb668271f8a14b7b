"""Sequences of f frames, told apart by frames that hold their own number."""

import numpy as np
import pytest

from datasets import recordings, windows


def numbered(*lengths, joints=2, persons=None):
    """Recordings whose every coordinate is the number of its frame in the file."""
    total = sum(lengths)
    frames = np.arange(total, dtype=np.float32)
    return recordings.Recordings(
        positions=np.tile(frames[:, np.newaxis, np.newaxis], (1, joints, 3)),
        starts=np.array([0, *np.cumsum(lengths)]),
        person=np.array(range(len(lengths)) if persons is None else persons),
        recording=np.array([f"r{n}" for n in range(len(lengths))]),
        fps=np.full(len(lengths), 30.0),
        joint_names=tuple("abc"[:joints]),
    )


def cut(walks, chosen, length, stride, shifts=1):
    spans = windows.spans(walks, np.array(chosen, int), length, stride, shifts)
    return windows.gather(walks, spans, length)


def frame_numbers(sequences):
    return sequences[:, :, 0, 0].astype(int).tolist()


@pytest.mark.parametrize(
    ("length", "stride", "expected"),
    [
        (3, 3, [[0, 1, 2], [3, 4, 5]]),
        (3, 1, [[n, n + 1, n + 2] for n in range(6)]),
        (4, 2, [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]),
        (8, 8, [[0, 1, 2, 3, 4, 5, 6, 7]]),
        (1, 3, [[0], [3], [6]]),
        (9, 9, []),
    ],
)
def test_a_recording_of_8_frames_is_cut_at_every_stride(length, stride, expected):
    found = cut(numbered(8), [0], length, stride).sequences
    assert found.shape == (len(expected), length, 2, 3)
    assert frame_numbers(found) == expected


def test_no_sequence_crosses_recordings():
    # By hand: frames 0-4 are r0, 5-6 r1 (too short), 7-10 r2.
    found = cut(numbered(5, 2, 4), [0, 1, 2], 3, 1)
    assert frame_numbers(found.sequences) == [
        *([0, 1, 2], [1, 2, 3], [2, 3, 4]),
        *([7, 8, 9], [8, 9, 10]),
    ]


def test_every_sequence_has_the_person_of_its_recording():
    walks = numbered(5, 2, 4, persons=[8, 1, -1])
    found = cut(walks, [0, 1, 2], 3, 1)
    assert found.persons.tolist() == [8, 8, 8, -1, -1]
    assert found.persons.dtype == np.int64


def test_recordings_come_in_the_order_asked_for():
    found = cut(numbered(3, 3, 3), [2, 0], 3, 3)
    assert frame_numbers(found.sequences) == [[6, 7, 8], [0, 1, 2]]
    assert found.persons.tolist() == [2, 0]


def test_nothing_chosen_gives_no_sequences_of_the_right_shape():
    found = cut(numbered(5), [], 3, 1)
    assert found.sequences.shape == (0, 3, 2, 3) and found.persons.shape == (0,)


def test_sequences_are_float32():
    found = cut(numbered(5), [0], 3, 1)
    assert found.sequences.dtype == np.float32


def test_training_recordings_overlap_by_half_and_others_do_not():
    parts = windows.by_split(
        numbered(8, 8, 8), np.array(["train", "gallery", "probe"]), 4
    )
    assert frame_numbers(parts["train"].sequences) == [
        *([0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]),
    ]
    assert frame_numbers(parts["gallery"].sequences) == [
        *([8, 9, 10, 11], [12, 13, 14, 15]),
    ]
    assert frame_numbers(parts["probe"].sequences) == [
        *([16, 17, 18, 19], [20, 21, 22, 23]),
    ]


def test_sequences_of_one_frame_take_every_frame_once():
    parts = windows.by_split(numbered(4), np.array(["train"]), 1)
    assert frame_numbers(parts["train"].sequences) == [[0], [1], [2], [3]]


def test_an_odd_length_steps_by_its_half_rounded_down():
    parts = windows.by_split(numbered(9), np.array(["train"]), 5)
    assert frame_numbers(parts["train"].sequences) == [
        *([0, 1, 2, 3, 4], [2, 3, 4, 5, 6], [4, 5, 6, 7, 8]),
    ]


def test_the_training_part_is_there_even_if_empty():
    parts = windows.by_split(numbered(8), np.array(["gallery"]), 4)
    assert len(parts["train"]) == 0 and set(parts) == {"train", "gallery"}


def test_parts_may_have_a_data_sets_own_names():
    parts = windows.by_split(numbered(6, 6), np.array(["train", "Still"]), 6)
    assert set(parts) == {"train", "Still"}


def test_a_test_recording_is_never_shifted():
    parts = windows.by_split(
        numbered(8), np.array(["probe"]), 4, windows.Training.SHIFTED
    )
    assert frame_numbers(parts["probe"].sequences) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_training_sequences_that_are_apart_share_no_frame():
    parts = windows.by_split(
        numbered(9), np.array(["train"]), 4, windows.Training.APART
    )
    assert frame_numbers(parts["train"].sequences) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def published_shifted(lengths, length):
    """First frames as the published script's loops give them, shift by shift."""
    firsts = []
    for shift in range(length):
        for recording, num_frames in enumerate(lengths):
            rest = num_frames - shift
            for number in range(max(0, (rest - length) // (length // 2) + 1)):
                firsts.append((recording, shift + number * length // 2))
    return firsts


@pytest.mark.parametrize("length", [4, 6, 8, 10, 12])
def test_shifted_training_sequences_are_the_published_ones(length):
    lengths = [40, 13, length, length - 1, 25]
    spans = windows.spans_by_split(
        numbered(*lengths), np.full(5, "train"), length, windows.Training.SHIFTED
    )["train"]
    assert list(zip(spans.recording, spans.first, strict=True)) == published_shifted(
        lengths, length
    )


def test_shifted_sequences_occur_about_twice():
    spans = windows.spans_by_split(
        numbered(600), np.array(["train"]), 6, windows.Training.SHIFTED
    )["train"]
    _, counts = np.unique(spans.first, return_counts=True)
    assert counts.max() == 2 and counts.mean() > 1.98
