"""Flags of SimMC.py that say where its data come from.

Not among the flags of `run`: SimMC-UF.py's --source is a source model.
"""

import pathlib

from absl import flags

from datasets import tfds_folder
from simmc_tf import errors

_NPY, _TFDS = "npy", "tfds"


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_enum(
        "source",
        _NPY,
        [_NPY, _TFDS],
        "what to read: the arrays in --data_root, or what tensorflow-datasets has "
        "built (python -m datasets.tfds build)",
        flag_values=values,
    )
    flags.DEFINE_string(
        "tfds_dir",
        None,
        "--source tfds: folder of all that tensorflow-datasets has built "
        "($TFDS_DATA_DIR, else ~/tensorflow_datasets)",
        flag_values=values,
    )


def read(values: flags.FlagValues) -> pathlib.Path | None:
    """The folder of what tensorflow-datasets has built; None: read arrays.

    Raises:
        errors.InputError: the folder is given, but not that it is to be read.
    """
    given = values["tfds_dir"].value
    if values["source"].value == _TFDS:
        if given is None:
            return tfds_folder.default()
        return pathlib.Path(given).expanduser()
    if given is not None:
        raise errors.InputError(f"--tfds_dir {given}: goes with --source tfds only.")
    return None
