"""Per-skeleton representations of a source model, for SimMC-UF.

    Representations/SOURCE/NAME/f/{train,SPLIT}/features.npy      [N, f, d] float
                                               frame_id_NAME_f.npy  [N] persons
                                  about.json, which tells what made them

They take the place of the coordinates, and are not centred. They stay in their files,
mapped, since those of KGBD at d = 1,024 take 0.8 GB.
"""

import pathlib
import types
from collections.abc import Mapping

import numpy as np

from datasets import catalog, conditions, loading, npy_store
from datasets.representations import agreement, provenance
from simmc_tf import data as data_module
from simmc_tf import errors
from simmc_tf.sources import names

FEATURES = "features.npy"
ABOUT = provenance.ABOUT


def folder_of(source: str, root: pathlib.Path) -> pathlib.Path:
    """Where the representations of a source model are, or would be.

    Args:
        source: name of a folder below `root`, or a path, which has a / in it.
        root: folder of all representations.

    Raises:
        errors.InputError: it is neither.
    """
    if not source.strip("."):
        raise errors.InputError(f"--source {source}: expected a name or a path.")
    if "/" in source.rstrip("/") or source.startswith("."):
        return pathlib.Path(source).resolve()  # For its name, which ./ has not.
    return root / source


def find(source: str, root: pathlib.Path) -> pathlib.Path:
    """The folder of a source model.

    Args:
        source: name of a folder below `root`, or a path, which has a / in it.
        root: folder of all representations.

    Raises:
        errors.InputError: there is no such folder.
    """
    folder = folder_of(source, root)
    if not folder.is_dir():
        found = sorted(path.name for path in root.glob("*/") if path.is_dir())
        others = "" if "/" in source else f"; {root} has {', '.join(found) or 'none'}"
        raise errors.InputError(
            f"--source {source}: there is no folder {folder}{others}. A path is "
            "written with a /; arrays of another layout are brought in with: python -m "
            "scripts.import_representations --help"
        )
    return folder


def load(
    folder: pathlib.Path,
    data_set: catalog.DataSet,
    probe: str | None,
    length: int,
    expected: Mapping[str, agreement.Known] = types.MappingProxyType({}),
) -> loading.Loaded:
    """Reads the representations of one data set.

    Args:
        folder: `Representations/SOURCE`.
        data_set: that they were extracted from.
        probe: one of its probes, None where nothing is evaluated.
        length: f.
        expected: persons of the data set's own sequences, by split.

    Raises:
        errors.InputError: files are missing or broken, the splits' widths differ, or
            they are not of the data set's sequences.

    Returns:
        Where identity labels made them, or nobody knows, `origin` says so: True, None.
    """
    base = folder / data_set.name / str(length)
    if not base.is_dir():
        raise errors.InputError(
            f"There is no folder {base}: representations are read from "
            f"SOURCE/{data_set.name}/{length}/{{train,SPLIT}}/features.npy "
            f"(docs/representations.md).{_others(folder)}"
        )
    tested = None if probe is None else data_set.probes[probe]
    splits = {
        part: _read(base / part, data_set.name, length)
        for part in dict.fromkeys((loading.TRAIN, *(tested or ())))
    }
    for part, split in splits.items():
        if part in expected:
            agreement.check_count(base / part / FEATURES, len(split), expected[part])
            persons = persons_file(base / part, data_set.name, length)
            agreement.check_same(persons, split.persons, expected[part])
    widths = {part: split.sequences.shape[2] for part, split in splits.items()}
    if len(set(widths.values())) > 1:
        listed = ", ".join(f"{part} {width}" for part, width in widths.items())
        raise errors.InputError(
            f"{base}: the splits have representations of different widths ({listed})."
        )
    matching = None
    if tested:
        first, second = tested
        matching = data_module.Matching(splits[second], splits[first], first == second)
    data = data_module.ReidData(
        *(splits[loading.TRAIN], matching, data_set.balanced),
        coordinates=False,
        names=data_set.person_names,
    )
    return loading.Loaded(
        *(data_set, probe, length, data),
        origin={"source": str(folder), **_made_with(base)},
        conditions=conditions.by_split(data, tested, lambda *_: None),
    )


def _made_with(base: pathlib.Path) -> dict[str, object]:
    """Whether identity labels made representations; nothing where they did not."""
    labelled = provenance.of_folder(base)
    return {} if labelled is False else {names.IDENTITY_LABELS: labelled}


def persons_file(folder: pathlib.Path, name: str, length: int) -> pathlib.Path:
    """Where the persons of a split lie, beside its features.

    Args:
        folder: of the split.
        name: of the data set.
        length: f.
    """
    return npy_store.paths(folder, name, length)["frame_id"]


def _others(folder: pathlib.Path) -> str:
    """What a source has instead, as a sentence."""
    files = folder.glob(f"*/*/{loading.TRAIN}/{FEATURES}")
    found = sorted(f"{path.parts[-4]}/{path.parts[-3]}" for path in files)
    return f" {folder} has {', '.join(found)}." if found else ""


def _read(folder: pathlib.Path, name: str, length: int) -> data_module.Split:
    files = folder / FEATURES, persons_file(folder, name, length)
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise errors.InputError(
            f"{folder} is incomplete: {', '.join(missing)} missing."
        )
    features = npy_store.read_array(files[0], "f", "representations")
    shown = npy_store.read_persons(files[1])
    if features.ndim != 3 or features.shape[:2] != (len(shown), length):
        raise errors.InputError(
            f"{files[0]}: expected [{len(shown)}, {length}, d] for the "
            f"{len(shown)} persons of {files[1].name}, found {list(features.shape)}."
        )
    if not features.shape[2]:
        raise errors.InputError(f"{files[0]}: representations of 0 numbers.")
    check_finite(files[0], features)
    return data_module.Split(features, shown)


def check_finite(path: str | pathlib.Path, features: np.ndarray) -> None:
    """Refuses numbers whose squares float32 cannot add up.

    Args:
        path: of the features, for the message.
        features: [N, f, d], which may be mapped.

    Raises:
        errors.InputError: names the first.
    """
    for some in data_module.pieces(len(features)):
        # NaN compares as not below; in float16 the largest is infinite.
        with np.errstate(over="ignore", invalid="ignore"):
            bad = ~(np.abs(features[some]) < data_module.LARGEST)
        if bad.any():
            sequence, frame, number = np.argwhere(bad)[0]
            raise errors.InputError(
                f"{path}: sequence {sequence + some.start}, skeleton {frame}, number "
                f"{number} is {features[some][sequence, frame, number]}; expected "
                f"finite numbers below {data_module.LARGEST:g}."
            )
