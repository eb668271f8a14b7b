"""Recordings as raw files, in the formats of the published data sets."""

import pathlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from datasets import recordings as recordings_module
from datasets.raw.sets import ks20

# Enough digits that each float32 comes back as it was.
_NUMBER = "%.9g"
# After so many frames comes one of which the sensor lost a joint.
_LOST_EVERY = 40
_KS20_SETS = {"train": "gc1", "gallery": "gc2", "probe": "gc3"}
_FRAME_MS = 33
# CASIA-B: subjects from this number on are tested.
_CASIA_B_TESTED = 63


class Written(NamedTuple):
    """What a data set's reader finds: recordings, and all of their frames."""

    recordings: int
    frames: int


def write_kgbd(folder: pathlib.Path, walkers: recordings_module.Recordings) -> Written:
    """Writes `PersonNNN/K.txt`, `Joint;x;y;z` in each line; persons from 1.

    Args:
        folder: `KGBD`.
        walkers: all recordings of some persons.
    """
    line = f";{_NUMBER};{_NUMBER};{_NUMBER}\n"
    frame = "".join(joint + line for joint in walkers.joint_names)
    counts: dict[int, int] = {}
    for index, person in enumerate(walkers.person.tolist()):
        counts[person] = counts.get(person, 0) + 1
        place = folder / "kinect gait raw dataset" / f"Person{person + 1:03d}"
        place.mkdir(parents=True, exist_ok=True)
        frames = walkers.frames(index)
        content = (frame * len(frames)) % tuple(frames.ravel().tolist())
        (place / f"{counts[person]}.txt").write_text(content, encoding="utf-8")
    return Written(len(walkers), len(walkers.positions))


def write_ias(folder: pathlib.Path, walkers: recordings_module.Recordings) -> Written:
    """Writes `Training`, `TestingA` and `TestingB`, a folder a person and file a frame.

    Args:
        folder: `IAS`.
        walkers: all recordings of some persons, of the splits train, A and B.
    """
    parts = {"train": "Training", "A": "TestingA", "B": "TestingB"}
    return _write_frame_files(
        folder, walkers, parts, lambda person: f"person {person + 1:02d}"
    )


def write_biwi(folder: pathlib.Path, walkers: recordings_module.Recordings) -> Written:
    """Writes `Training`, `Testing/Still` and `Testing/Walking`, as `write_ias`.

    Args:
        folder: `BIWI`.
        walkers: all recordings of some persons, of the splits train, Still and Walking.
    """
    parts = {
        "train": "Training",
        "Still": "Testing/Still",
        "Walking": "Testing/Walking",
    }
    return _write_frame_files(folder, walkers, parts, lambda person: f"{person:03d}")


def _write_frame_files(
    folder: pathlib.Path,
    walkers: recordings_module.Recordings,
    parts: dict[str, str],
    name: Callable[[int], str],
) -> Written:
    """All recordings of a person in a split, one after another, as one.

    Now and then a frame is there once more, with a joint that the sensor lost.
    """
    frames: dict[tuple[str, int], list[np.ndarray]] = {}
    num_files = 0
    splits = np.asarray(walkers.split).tolist()
    for index, key in enumerate(zip(splits, walkers.person.tolist(), strict=True)):
        frames.setdefault(key, []).append(walkers.frames(index))
    for (split, person), walks in frames.items():
        place = folder / parts[split] / name(person)
        place.mkdir(parents=True)
        # id of the person, x, y, z, u, v, state, quality; a bone's ends, its direction.
        line = (
            f"{person + 1},{_NUMBER},{_NUMBER},{_NUMBER},0,0,{{}},0,{{}},{{}},0,0,0,1\n"
        )
        seen, lost = (
            "".join(
                line.format(0 if joint == 7 and state == 0 else 2, joint, joint)
                for joint in range(walkers.positions.shape[1])
            )
            for state in (2, 0)
        )
        number = 0
        for values in np.concatenate(walks).reshape(-1, walkers.positions[0].size):
            coordinates = tuple(values.tolist())
            for template in (seen, lost) if number % _LOST_EVERY == 0 else (seen,):
                number += 1
                file = place / f"{person:03d}_{number:05d}-a_skel.txt"
                file.write_text(template % coordinates, encoding="utf-8")
        num_files += number
    return Written(len(frames), num_files)


def write_ks20(
    folder: pathlib.Path, walkers: recordings_module.Recordings, mat: bool = False
) -> Written:
    """Writes `VIEW/gcS_bodyM_TIME_joints.txt`, a file a frame.

    Args:
        folder: `KS20`.
        walkers: all recordings of some persons, one of each split in each view.
        mat: write `VIEW/gcS_bodyM.mat` instead, a recording [25, 3, T] each.
    """
    frame = "".join(
        f"{joint},{_NUMBER},{_NUMBER},{_NUMBER}\n" for joint in walkers.joint_names
    )
    for index, view, name in _ks20_names(walkers):
        place = folder / view
        place.mkdir(parents=True, exist_ok=True)
        frames = walkers.frames(index)
        if mat:
            from scipy import io  # Slow to load.

            content = {"skeleton": frames.transpose(1, 2, 0)}
            io.savemat(place / f"{name}.mat", content, do_compression=True)
            continue
        for number, values in enumerate(frames.reshape(len(frames), -1).tolist()):
            file = place / f"{name}_{_FRAME_MS * (number + 1)}_joints.txt"
            file.write_text(frame % tuple(values), encoding="utf-8")
    return Written(len(walkers), len(walkers.positions))


def _ks20_names(
    walkers: recordings_module.Recordings,
) -> Iterator[tuple[int, str, str]]:
    """Index, view and `gcS_bodyM` of each recording."""
    views = np.asarray(walkers.condition).tolist()
    splits = np.asarray(walkers.split).tolist()
    for index, person in enumerate(walkers.person.tolist()):
        body = ks20.BODIES[person]
        yield index, views[index], f"{_KS20_SETS[splits[index]]}_body{body}"


def write_casia_b(
    folder: pathlib.Path, walkers: recordings_module.Recordings, num_training: int
) -> Written:
    """Writes `SUBJECT-TAG-NN-VIEW.npy`, [T, 14, 3] float32.

    Args:
        folder: `CASIA_B`.
        walkers: all recordings of some persons; conditions are `TAG-VIEW`.
        num_training: persons below this number are training's, subjects from 1; the
            others are subjects from 63.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[tuple[int, str], int] = {}
    conditions = np.asarray(walkers.condition).tolist()
    for index, person in enumerate(walkers.person.tolist()):
        key = person, conditions[index]
        counts[key] = counts.get(key, 0) + 1
        tag, view = conditions[index].split("-")
        tested = person - num_training
        subject = person + 1 if tested < 0 else _CASIA_B_TESTED + tested
        name = f"{subject:03d}-{tag}-{counts[key]:02d}-{view}.npy"
        np.save(folder / name, walkers.frames(index))
    return Written(len(walkers), len(walkers.positions))
