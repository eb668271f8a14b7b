"""Flags that name a source model's representations, and reading them."""

import dataclasses
import pathlib
import shlex
from collections.abc import Mapping

import numpy as np
from absl import flags

from datasets import catalog
from datasets.representations import agreement, store
from flags import data_set as data_set_flags
from flags import defaults, training
from simmc_tf import errors

# Where things are, if not as usual.
_PASSED = (
    *("representation_root", "data_root", "synthetic_persons", "synthetic_seed"),
    "model_root",
)


@dataclasses.dataclass(frozen=True)
class Options:
    """Whose representations a command line asks for.

    Attributes:
        source: name or path as given, None where it is not.
        representation_root: folder of all representations.
        passed: flags of where things are, for the next command.
    """

    source: str | None
    representation_root: pathlib.Path
    passed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the folder of the source model, which need not be there.

        Raises:
            errors.InputError: it is not given.
        """
        return store.folder_of(self._given, self.representation_root).name

    def find(self) -> pathlib.Path:
        """The folder of the source model.

        Raises:
            errors.InputError: it is not given, or there is none.
        """
        return store.find(self._given, self.representation_root)

    @property
    def _given(self) -> str:
        if self.source is None:
            raise errors.InputError("--source is missing: whose representations?")
        return self.source

    def next_command(
        self,
        source: str,
        data_set: catalog.DataSet,
        probe: str | None,
        length: int,
        train: np.ndarray,
    ) -> str:
        """A command that trains on representations that were just written.

        Args:
            source: name or path.
            data_set: that they are of.
            probe: one of its probes, None where nothing can be evaluated.
            length: f.
            train: [N] persons of the training sequences.
        """
        name = data_set.name
        command = ["python", "SimMC-UF.py", "--dataset", name]
        if probe is not None:
            command += [f"--{data_set_flags.probe_flag(data_set)}", probe]
        command += ["--source", source]
        command += training.length_flag(name, length)
        unknown = bool((train < 0).any())
        fitting = defaults.fitting_flags(name, probe, length, len(train), unknown)
        return shlex.join([*command, *self.passed, *fitting])


_OF_ANY = (
    "source model: a folder of --representation_root (SGELA, MG-SCR, SM-SGE, ...), or "
    "a path, which has a / in it"
)


def define(
    values: flags.FlagValues, default: str | None, meaning: str = _OF_ANY
) -> None:
    """Defines the flags.

    Args:
        values: takes them.
        default: of --source.
        meaning: of --source.
    """
    flags.DEFINE_string("source", default, meaning, flag_values=values)
    flags.DEFINE_string(
        "representation_root",
        "Representations",
        "folder of all representations",
        flag_values=values,
    )


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options."""
    passed = [
        text
        for flag in _PASSED
        if flag in values and values[flag].value != values[flag].default
        for text in (f"--{flag}", str(values[flag].value))
    ]
    return Options(
        values["source"].value,
        pathlib.Path(values["representation_root"].value),
        tuple(passed),
    )


def known(
    options: data_set_flags.Options, data_set: catalog.DataSet, length: int
) -> Mapping[str, agreement.Known]:
    """What is known of each split of a data set; nothing where it is not here.

    Args:
        options: where the data set is.
        data_set: its entry.
        length: f.
    """
    if data_set.name != catalog.SYNTHETIC:
        return agreement.known(data_set, length, options.data_root)
    walkers = (
        f"{catalog.SYNTHETIC}'s {{}} (--synthetic_persons {options.synthetic_persons} "
        f"--synthetic_seed {options.synthetic_seed})"
    )
    return {
        part: agreement.Known(split.persons, walkers.format(part))
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
