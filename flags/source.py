"""Flags that name a source model's representations, and reading them."""

import pathlib
import shlex
from collections.abc import Mapping

import numpy as np
from absl import flags

from datasets import catalog
from datasets.representations import store
from flags import data_set as data_set_flags
from flags import defaults

# What the next command must be told where it is not as usual.
_PASSED = ("representation_root", "data_root", "synthetic_persons", "synthetic_seed")


def define(values: flags.FlagValues, default: str | None) -> None:
    """Defines the flags.

    Args:
        values: takes them.
        default: of --source.
    """
    flags.DEFINE_string(
        "source",
        default,
        "source model: a folder of --representation_root (SGELA, MG-SCR, SM-SGE, ...), "
        "or a path, which has a / in it",
        flag_values=values,
    )
    flags.DEFINE_string(
        "representation_root",
        "Representations",
        "folder of all representations",
        flag_values=values,
    )


def find(values: flags.FlagValues) -> pathlib.Path:
    """The folder that --source names.

    Raises:
        errors.InputError: there is no such folder.
    """
    root = pathlib.Path(values["representation_root"].value)
    return store.find(values["source"].value, root)


def persons(
    options: data_set_flags.Options, data_set: catalog.DataSet, length: int
) -> Mapping[str, store.Persons]:
    """Persons of the data set's own sequences, by split, as far as it is here.

    Args:
        options: where the data set is.
        data_set: its entry.
        length: f.
    """
    if data_set.name != catalog.SYNTHETIC:
        return store.persons(data_set, length, options.data_root)
    return {
        part: store.Persons(split.persons, f"{catalog.SYNTHETIC} ({part})")
        for part, split in options.splits(data_set, length)
    }


def unchecked(
    options: data_set_flags.Options, data_set: catalog.DataSet, length: int
) -> str:
    """What to say where there is no data set to compare representations with."""
    return (
        f"note: {options.data_root} has no {data_set.name} of length {length}, so that "
        "nobody has checked whether these are representations of its sequences"
    )


def next_command(
    values: flags.FlagValues,
    source: str,
    data_set: catalog.DataSet,
    probe: str | None,
    length: int,
    train: np.ndarray,
) -> str:
    """A command that trains on representations that were just written.

    Args:
        values: flags that they were written with.
        source: as on the command line.
        data_set: that they are of.
        probe: one of its probes, None where nothing can be evaluated.
        length: f.
        train: [N] persons of the training sequences.
    """
    command = ["python", "SimMC-UF.py", "--dataset", data_set.name]
    if probe is not None:
        command += [f"--{data_set_flags.probe_flag(data_set)}", probe]
    command += ["--source", source]
    published = catalog.find(data_set.name)
    if published is None or length != published.lengths[0]:
        command += ["--length", str(length)]
    for flag in _PASSED:
        if values[flag].value != values[flag].default:
            command += [f"--{flag}", str(values[flag].value)]
    unknown = bool((train < 0).any())
    command += defaults.fitting_flags(data_set.name, probe, length, len(train), unknown)
    return shlex.join(command)
