"""The command that trains on a data set that was just made."""

import pathlib

from datasets import catalog

DATA_ROOT = "Datasets"
# Of one's own data, SimMC.py takes these where there are several lengths.
_USUAL_LENGTH = 6


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
    words = ["python", "SimMC.py", "--dataset", name]
    if probe is not None:
        words += ["--probe_type" if name == "CASIA_B" else "--probe", probe]
    words += length_flag(name, length)
    if data_root != pathlib.Path(DATA_ROOT):
        words += ["--data_root", str(data_root)]
    return words


def length_flag(name: str, length: int) -> list[str]:
    """--length, where a data set would be taken in another one without."""
    entry = catalog.find(name)
    usual = _USUAL_LENGTH if entry is None else entry.lengths[0]
    return [] if length == usual else ["--length", str(length)]
