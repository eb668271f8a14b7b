"""Readers of raw files under trial: published data sets, sensors, motion capture."""

import dataclasses
import functools
import json
import pathlib
from collections.abc import Callable, Iterator

import numpy as np

from datasets import recordings as recordings_module
from datasets.raw import conversion, reading, sensors, take
from datasets.raw import folder as raw_folder
from datasets.raw.published import RAW
from scripts import raw_trees
from scripts.hardening import fuzz_readers, fuzz_samples
from scripts.hardening.fuzz_readers import Reader

# Of the first recording of a published data set: some leave out 10 at both ends.
_FRAMES = 21
_VIEWS = ("frontal", "left_diagonal", "left_lateral", "right_diagonal", "right_lateral")


def all_readers() -> dict[str, Reader]:
    """By name."""
    return {reader.name: reader for reader in (*_published(), *_sensors())}


def _published() -> Iterator[Reader]:
    """Trees as `scripts.make_raw` writes them."""
    for raw in RAW:
        entry = raw.entry
        made = dataclasses.replace(
            fuzz_readers.made_recordings(),
            positions=fuzz_readers.walk(_FRAMES + 2, len(entry.joints)),
            starts=np.array([0, _FRAMES, _FRAMES + 1, _FRAMES + 2]),
            joint_names=entry.joints,
        )
        view = np.array(["frontal"] * 3)
        makers: dict[str, fuzz_readers.Make] = {
            "KS20": functools.partial(
                _ks20, walkers=dataclasses.replace(made, condition=view)
            ),
            "KGBD": functools.partial(raw_trees.write_kgbd, walkers=made),
            "IAS": functools.partial(
                raw_trees.write_ias,
                walkers=dataclasses.replace(made, split=np.array(["train", "A", "B"])),
            ),
            "BIWI": functools.partial(
                raw_trees.write_biwi,
                walkers=dataclasses.replace(
                    made, split=np.array(["train", "Still", "Walking"])
                ),
            ),
            "CASIA_B": functools.partial(
                raw_trees.write_casia_b,
                walkers=dataclasses.replace(made, condition=np.array(["nm-000"] * 3)),
                num_training=1,
            ),
        }
        samples = [makers[raw.name]]
        if raw.name == "CASIA_B":
            samples.append(_openpose)

        yield Reader(
            raw.name.lower(),
            tuple(samples),
            functools.partial(_read_all, raw.format.find, raw.format.read),
        )


def _ks20(folder: pathlib.Path, walkers: recordings_module.Recordings) -> None:
    raw_trees.write_ks20(folder, walkers)
    for view in _VIEWS:
        (folder / view).mkdir(exist_ok=True)


def _openpose(folder: pathlib.Path) -> None:
    place = folder / "001-nm-01-090"
    place.mkdir()
    for number, frame in enumerate(fuzz_readers.walk(2, 25)):
        flat = np.hstack([frame[:, :2], np.ones((25, 1))]).ravel().tolist()
        deep = np.hstack([frame, np.ones((25, 1))]).ravel().tolist()
        people = [{"pose_keypoints_2d": flat, "pose_keypoints_3d": deep}]
        path = place / f"v_{number:012d}_keypoints.json"
        path.write_text(json.dumps({"people": people}))


def _sensors() -> Iterator[Reader]:
    for name, samples in fuzz_samples.SENSORS.items():
        sensor = sensors.SENSORS[name]

        metres = None if sensor.unit is None else recordings_module.UNITS[sensor.unit]
        yield Reader(
            name,
            samples,
            functools.partial(
                _read_all,
                functools.partial(_find, sensor),
                conversion.Reader(sensor, metres, fps=15),
            ),
        )


def _find(
    sensor: raw_folder.Sensor, folder: pathlib.Path, skip: take.Skip
) -> list[take.Take]:
    return raw_folder.find(folder, sensor.suffixes)


def _read_all(
    find: Callable[[pathlib.Path, take.Skip], list[take.Take]],
    read: Callable[[take.Take], take.Frames],
    folder: pathlib.Path,
) -> object:
    return reading.read(find(folder, take.unsaid), read, lambda *_: None, 1)
