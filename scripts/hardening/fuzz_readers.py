"""Readers of files that others may have written, each with small valid files."""

import contextlib
import dataclasses
import functools
import json
import pathlib
import pickle
from collections.abc import Callable

import numpy as np

from datasets import (
    catalog,
    descriptor,
    npy_store,
    safe_pickle,
    splits_file,
    tfds_folder,
)
from datasets import recordings as recordings_module
from datasets.raw.formats import pose_arrays
from datasets.raw.sets import ks20_mat
from datasets.representations import feature_file, provenance
from datasets.representations.importing import arrays as imported
from simmc_tf import data as data_module
from simmc_tf import errors
from simmc_tf.export import about as abouts
from simmc_tf.sharded import archive

Make = Callable[[pathlib.Path], object]
_NAME, _LENGTH = "KS20", 2


@dataclasses.dataclass(frozen=True)
class Reader:
    """A reader under trial.

    Attributes:
        name: of it.
        samples: each writes a small valid file, or several, into a new folder.
        read: reads such a folder.
        heavy: whether it needs TensorFlow or faiss.
        last: makes spoiled files consistent again, so that they are not refused for a
            wrong checksum alone.
    """

    name: str
    samples: tuple[Make, ...]
    read: Callable[[pathlib.Path], object]
    heavy: bool = False
    last: Callable[[pathlib.Path], None] | None = None


def walk(num_frames: int, num_joints: int, seed: int = 0) -> np.ndarray:
    """[T, J, 3] float32."""
    drawn = np.random.default_rng(seed).normal(size=(num_frames, num_joints, 3))
    return drawn.astype(np.float32)


def all_readers() -> dict[str, Reader]:
    """By name; others are in `fuzz_raw` and `fuzz_models`."""
    found = [
        Reader("npy_split", (_npy_split,), _read_split),
        Reader(
            "pickle",
            tuple(functools.partial(_pickle, protocol=each) for each in range(6)),
            _read_pickle,
        ),
        Reader("recordings", (_recordings,), _read_recordings),
        Reader("features", (_features,), _read_features),
        Reader("imported_arrays", (_features, _npy_split), _read_imported),
        Reader(
            "pose_arrays",
            tuple(functools.partial(_poses, suffix=s) for s in pose_arrays.SUFFIXES),
            lambda folder: [pose_arrays.load(path) for path in _files(folder)],
        ),
        Reader("sharded_input", (_features_npy,), archive.find),
        Reader(
            "mat",
            (_mat, functools.partial(_mat, compressed=True), _mat_struct),
            lambda folder: [ks20_mat.read(path) for path in _files(folder)],
        ),
        Reader("dataset_json", (_dataset_json,), _read_dataset_json),
        Reader(
            "splits_json",
            (_splits_json,),
            lambda folder: splits_file.read(folder / splits_file.FILE),
        ),
        Reader(
            "about_json",
            (_about_json,),
            lambda folder: provenance.of_files(_files(folder)),
        ),
        Reader(
            "tfds_metadata",
            (_tfds,),
            lambda folder: tfds_folder.find("mine", 2, folder),
        ),
        Reader(
            "simmc_json", (_simmc_json,), lambda folder: abouts.read(folder / "a.json")
        ),
    ]
    return {reader.name: reader for reader in found}


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _npy_split(folder: pathlib.Path) -> None:
    split = data_module.Split(
        walk(8, 3).reshape(4, _LENGTH, 3, 3), np.array([0, 0, 1, 2])
    )
    npy_store.write(folder / npy_store.TRAIN_FOLDER, _NAME, _LENGTH, split)


def _read_split(folder: pathlib.Path) -> object:
    place = folder / npy_store.TRAIN_FOLDER
    return npy_store.open_split(place, _NAME, _LENGTH, 3).sequences.held()


def _pickle(folder: pathlib.Path, protocol: int) -> None:
    content = {0: [0, 1], np.int64(1): np.arange(3), "a": [(1.5, None), b"x", True]}
    found = np.empty((), object)
    found[()] = content
    (folder / "ids.pickle").write_bytes(pickle.dumps(found, protocol))


def _read_pickle(folder: pathlib.Path) -> object:
    with (folder / "ids.pickle").open("rb") as file:
        return safe_pickle.load(file, "ids")


def made_recordings() -> recordings_module.Recordings:
    """Three short ones of two persons."""
    return recordings_module.Recordings(
        positions=walk(9, 3),
        starts=np.array([0, 3, 6, 9]),
        person=np.array([0, 1, 1]),
        recording=np.array(["a", "b", "c"]),
        fps=np.array([30.0, 30, 25]),
        joint_names=("Root", "Head", "Foot"),
        condition=np.array(["", "coat", ""]),
        split=np.array(["train", "gallery", "probe"]),
        person_name=np.array(["anna", "ben", "ben"]),
    )


def _recordings(folder: pathlib.Path) -> None:
    recordings_module.write(folder / "r.npz", made_recordings())


def _read_recordings(folder: pathlib.Path) -> object:
    path = folder / "r.npz"
    return recordings_module.unit(path), recordings_module.read(path, may_miss=True)


def _features(folder: pathlib.Path) -> None:
    parts = {part: walk(4, 5)[:, :, 0] for part in ("train", "gallery", "probe")}
    persons = {f"{part}_person": np.array([0, 0, 1, 1]) for part in parts}
    np.savez(folder / "f.npz", **parts, **persons)  # type: ignore[arg-type]


def _read_features(folder: pathlib.Path) -> object:
    data_set = catalog.find(_NAME)
    if data_set is None:
        raise LookupError(_NAME)
    return feature_file.load(folder / "f.npz", data_set, "probe", {})


def _read_imported(folder: pathlib.Path) -> object:
    for array in imported.find(folder):
        if array.dtype.kind in "fiu":
            array.open()
        with contextlib.suppress(errors.InputError):
            imported.persons(array, 2)
    return None


def _features_npy(folder: pathlib.Path) -> None:
    np.save(folder / "a.npy", walk(4, 3)[..., 0])
    np.save(folder / "b.npy", walk(2, 3)[..., 0])


def _poses(folder: pathlib.Path, suffix: str) -> None:
    path, poses = folder / f"a{suffix}", walk(2, 17)
    if suffix == ".json":
        path.write_text(json.dumps({"fps": 30, "poses": poses.tolist()}))
    elif suffix == ".npz":
        np.savez_compressed(path, poses=poses, fps=30)
    else:
        np.save(path, poses)


def _mat(folder: pathlib.Path, compressed: bool = False) -> None:
    from scipy import io  # Slow to load.

    content = {"skeleton": walk(2, 25).transpose(1, 2, 0), "about": "x"}
    io.savemat(folder / "a.mat", content, do_compression=compressed)


def _mat_struct(folder: pathlib.Path) -> None:
    from scipy import io

    joints = [{"Position": point} for point in walk(1, 25)[0].astype(np.float64)]
    io.savemat(folder / "a.mat", {"body": {"joints": joints}})


def _dataset_json(folder: pathlib.Path) -> None:
    content = descriptor.Descriptor(
        "mine", 2, ("Root", "Head"), {"probe": ("probe", "gallery")}, "a b", False
    )
    descriptor.write(
        folder / "mine" / "2", dataclasses.replace(content, person_names={0: "anna"})
    )


def _read_dataset_json(folder: pathlib.Path) -> object:
    found = descriptor.require(folder / "mine" / "2")
    return found.data_set(), found.remade(4)


def _splits_json(folder: pathlib.Path) -> None:
    made = made_recordings()
    splits_file.write(folder, made, np.asarray(made.split), 0)


def _about_json(folder: pathlib.Path) -> None:
    (folder / provenance.ABOUT).write_text('{"identity_labels": true, "made_by": "x"}')


def _tfds(folder: pathlib.Path) -> None:
    place = folder / tfds_folder.OWN / "mine-f2" / "1.0.0"
    place.mkdir(parents=True)
    (place / "dataset_info.json").write_text("{}")
    told = {"name": "mine", "length": 2, "joint_names": ["Root", "Head"]}
    told["probes"] = {"probe": ["probe", "gallery"]}
    (place / tfds_folder.METADATA).write_text(json.dumps(told))


def _simmc_json(folder: pathlib.Path) -> None:
    told = abouts.About(
        abouts.JOINTS, (2, 3), 4, "a" * 64, ("Root", "Head"), "m", 2, "mine", "probe"
    )
    told = dataclasses.replace(told, files={"saved_model.pb": "b" * 64})
    (folder / "a.json").write_text(told.text)
