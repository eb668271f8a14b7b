"""Takes to recordings."""

import dataclasses
import multiprocessing
import os
import pathlib
import signal
import sys
import time

import numpy as np
import pytest

from datasets.raw import reading, take
from simmc_tf import errors

JOINTS = ("Hip", "Head")


def silent(*_):
    pass


def read_one(one):
    """Frames by the person's number: as many as it, one dropped, two clipped."""
    if one.label == "damaged":
        raise errors.InputError(f"{one.files[0]}, line 3: damaged.")
    frames = np.full((one.person, 2, 3), one.person, np.float32)
    joints = JOINTS if one.label != "other" else ("Hip", "Nose")
    return take.Frames(frames, joints, 10.0 * one.person, dropped=1, clipped=2)


def takes_of(*persons, label="", part=None, files=1):
    return [
        take.Take(
            f"walk {index}",
            person,
            (pathlib.Path(f"walk {index}.txt"),) * files,
            label,
            f"condition {index}",
            part,
        )
        for index, person in enumerate(persons)
    ]


def test_recordings_are_the_takes_one_after_another():
    found = reading.read(takes_of(3, 1, 2), read_one, silent)
    recordings = found.recordings
    assert recordings.starts.tolist() == [0, 3, 4, 6]
    assert recordings.positions[:, 1, 2].tolist() == [3, 3, 3, 1, 2, 2]
    assert recordings.positions.dtype == np.float32
    assert recordings.person.tolist() == [3, 1, 2]
    assert recordings.recording.tolist() == ["walk 0", "walk 1", "walk 2"]
    assert recordings.condition.tolist() == [f"condition {i}" for i in range(3)]
    assert recordings.fps.tolist() == [30.0, 10.0, 20.0]
    assert recordings.joint_names == JOINTS
    assert recordings.split is None


def test_a_take_without_frames_is_counted_but_is_no_recording():
    takes = takes_of(0, 2)
    found = reading.read(takes, read_one, silent)
    assert found.takes == tuple(takes)
    assert found.frames.tolist() == [[3, 1, 2, 0], [5, 1, 2, 2]]
    assert found.recordings.recording.tolist() == ["walk 1"]
    assert found.recordings.starts.tolist() == [0, 2]


def test_parts_become_the_split():
    takes = takes_of(1, part="train") + takes_of(2, part="B")
    found = reading.read(takes, read_one, silent)
    assert found.recordings.split.tolist() == ["train", "B"]


def test_several_processes_read_the_same_in_the_same_order():
    takes = takes_of(*range(20, 0, -1))
    alone = reading.read(takes, read_one, silent, processes=1)
    together = reading.read(takes, read_one, silent, processes=2)
    for name in ("positions", "starts", "person", "recording", "fps"):
        np.testing.assert_array_equal(
            getattr(together.recordings, name), getattr(alone.recordings, name)
        )
    np.testing.assert_array_equal(together.frames, alone.frames)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_damaged_take_ends_it_with_its_own_line(processes):
    takes = takes_of(1, 2) + takes_of(1, label="damaged")
    with pytest.raises(errors.InputError, match=r"walk 0\.txt, line 3: damaged"):
        reading.read(takes, read_one, silent, processes=processes)


def test_progress_is_told_after_each_take():
    told = []
    reading.read(takes_of(1, 1, 1), read_one, lambda *now: told.append(now))
    assert [now[:2] for now in told] == [(1, 3), (2, 3), (3, 3)]
    assert told[-1][2] == "0:00"


def test_takes_with_other_joints_are_named():
    takes = takes_of(1) + takes_of(2, label="other")
    with pytest.raises(errors.InputError, match="other joints .* Hip, Nose, not Hip, "):
        reading.read(takes, read_one, silent)


def test_nothing_to_read_is_refused():
    with pytest.raises(errors.InputError, match="no recording to read"):
        reading.read([], read_one, silent)


def test_no_frame_left_is_refused_with_the_counts():
    takes = takes_of(0, files=0) + takes_of(0)
    said = r"2 recordings, walk 0\.txt and others: 2 were dropped and 4 clipped"
    with pytest.raises(errors.InputError, match=said):
        reading.read(takes, read_one, silent)


def test_no_file_at_all_is_refused():
    with pytest.raises(errors.InputError, match="None of 2 recordings has a file"):
        reading.read(takes_of(0, 0, files=0), read_one, silent)


def die(_):
    os._exit(1)


def test_a_process_that_is_killed_is_said_in_one_line():
    with pytest.raises(errors.InputError, match="was killed"):
        reading.read(takes_of(3, 1, 2), die, silent, processes=2)


def die_with_half_a_result(one):
    """Fills the pipe to the parent with the beginning of a message, and dies."""
    if one.person:
        time.sleep(60)
    pipe = next(
        descriptor
        for descriptor in range(3, 64)
        if os.path.exists(f"/proc/self/fd/{descriptor}")
        and os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket")
    )
    os.write(pipe, (1000).to_bytes(4, "big") + b"half")
    os._exit(1)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the pipe in /proc")
def test_a_process_that_is_killed_while_it_answers_is_said_too():
    with pytest.raises(errors.InputError, match="was killed"):
        reading.read(takes_of(0, 1, 1), die_with_half_a_result, silent, processes=2)
    assert not multiprocessing.active_children()


def sleep(_):
    time.sleep(60)


def read_or_sleep(one):
    return read_one(one) if one.person == 1 else sleep(one)


def press(*_):
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def pressed_again(monkeypatch):
    """Ctrl-C, many times, whenever a process is killed or waited for."""
    for name in ("kill", "join"):
        process = multiprocessing.get_context("spawn").Process
        former = getattr(process, name)

        def pressed(self, former=former):
            press()
            former(self)
            press()

        monkeypatch.setattr(process, name, pressed)


def test_interrupted_again_and_again_it_ends_once_with_all_its_processes(
    pressed_again,
):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        reading.read(takes_of(1, 2, 2), read_or_sleep, press, processes=2)
    assert not multiprocessing.active_children()
    assert signal.getsignal(signal.SIGINT) is before


def test_interrupted_while_its_processes_end_it_is_interrupted_then(pressed_again):
    with pytest.raises(KeyboardInterrupt):
        reading.read(takes_of(1, 1), read_one, silent, processes=2)
    assert not multiprocessing.active_children()


def test_interrupted_while_its_processes_start_all_are_started_and_ended(monkeypatch):
    process = multiprocessing.get_context("spawn").Process
    start, started = process.start, []

    def pressed(self):
        press()
        start(self)
        started.append(self)

    monkeypatch.setattr(process, "start", pressed)
    with pytest.raises(KeyboardInterrupt):
        reading.read(takes_of(1, 2), read_or_sleep, silent, processes=2)
    assert len(started) == 2 and not multiprocessing.active_children()


def test_where_ctrl_c_is_ignored_it_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        reading.read(takes_of(1, 1), read_one, press, processes=2)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"person": 2**53}, "person 9007199254740992"),
        ({"name": "a\nb"}, "cannot be printed"),
        ({"label": "M\udcfcller"}, r"'M\\udcfcller' has characters"),
    ],
)
def test_what_cannot_be_written_down_is_refused(changes, said):
    (one,) = takes_of(3)
    with pytest.raises(errors.InputError, match=said):
        reading.read([dataclasses.replace(one, **changes)], read_one, silent)


def test_a_single_joint_is_refused_as_nothing_is_left_once_it_is_subtracted():
    def read_one(one):
        return take.Frames(np.zeros((3, 1, 3), np.float32), ("Hip",), 30.0)

    with pytest.raises(
        errors.InputError, match=r"^walk 0.txt: expected 2 or more joints, found 1;"
    ):
        reading.read(takes_of(3), read_one, silent)


def test_the_sums_are_told():
    found = reading.read(takes_of(3, 1), read_one, silent)
    assert found.text == "10 frames read, 2 dropped, 4 clipped, 4 kept"
