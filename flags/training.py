"""The command that trains on a data set that was just made."""

import pathlib

from datasets import catalog

DATA_ROOT = "Datasets"


def command(
    name: str, probe: str | None, length: int, data_root: pathlib.Path
) -> list[str]:
    """SimMC.py with the flags that say which data are meant, where they must be given.

    Args:
        name: of the data set.
        probe: to name; None: the default.
        length: f.
        data_root: folder of all data sets.
    """
    entry = catalog.find(name)
    words = ["python", "SimMC.py", "--dataset", name]
    if probe is not None:
        words += ["--probe_type" if name == "CASIA_B" else "--probe", probe]
    if entry is None or length != entry.lengths[0]:
        words += ["--length", str(length)]
    if data_root != pathlib.Path(DATA_ROOT):
        words += ["--data_root", str(data_root)]
    return words
