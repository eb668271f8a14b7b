"""Where the splits of a data set lie below the folder of all data sets."""

import pathlib

from datasets import catalog, npy_store, recordings
from simmc_tf import errors


def folders(
    data_set: catalog.DataSet, length: int, data_root: pathlib.Path
) -> dict[str, pathlib.Path]:
    """Folder of every split, by its name; empty where the data set is not here."""
    for train_folder, test_folder in _layouts(data_set, length, data_root):
        if train_folder.is_dir():
            parts = dict.fromkeys(p for pair in data_set.probes.values() for p in pair)
            return {
                recordings.TRAIN: train_folder,
                **{p: test_folder / p for p in parts},
            }
    return {}


def present(
    data_set: catalog.DataSet, length: int, data_root: pathlib.Path
) -> dict[str, pathlib.Path]:
    """The same; refuses where there is none."""
    found = folders(data_set, length, data_root)
    if not found:
        raise _absent(data_set, length, data_root)
    return found


def _layouts(
    data_set: catalog.DataSet, length: int, data_root: pathlib.Path
) -> list[tuple[pathlib.Path, pathlib.Path]]:
    """Training folder and the one above the test splits; CASIA-B has two layouts."""
    base = data_root / data_set.name / str(length)
    candidates = [(base / npy_store.TRAIN_FOLDER, base / npy_store.TEST_FOLDER)]
    if data_set.name == "CASIA_B":
        base = data_root / "CASIA_B_match" / str(length)
        candidates.append(
            (
                base / f"CASIA_B_{npy_store.TRAIN_FOLDER}",
                base / f"CASIA_B_{npy_store.TEST_FOLDER}",
            )
        )
    return candidates


def _absent(
    data_set: catalog.DataSet, length: int, data_root: pathlib.Path
) -> errors.InputError:
    train_folder, _ = _layouts(data_set, length, data_root)[0]
    if train_folder.parent.exists():
        return errors.InputError(
            f"{data_set.name} is incomplete: there is no folder {train_folder}; "
            "copy or make it again."
        )
    return errors.InputError(
        f"There is no folder {train_folder}: {data_set.name} is licensed, and its "
        "pre-processed data belong there (docs/published_data.md); from "
        f"the raw files they are made with: python Pre-process.py {length} --dataset "
        f"{data_set.name}. To see SimMC at work without it: --dataset "
        f"{catalog.SYNTHETIC}"
    )
