"""Flags of Pre-process.py, and the options that they come to."""

import dataclasses
import pathlib
import re
import shlex
from collections.abc import Mapping

from absl import flags

from datasets import descriptor, preparation
from datasets import recordings as recordings_module
from simmc_tf import config as configs
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Options:
    """What a command line asks for.

    Attributes:
        lengths: f of each data set to write.
        recordings: file to read.
        dataset: name of the data set to write.
        data_root: folder of all data sets.
        seed: of the split.
        unit: of the coordinates, None for what the file says.
    """

    lengths: tuple[int, ...]
    recordings: pathlib.Path
    dataset: str
    data_root: pathlib.Path
    seed: int
    unit: str | None

    def next_command(self, counts: Mapping[str, tuple[int, int]]) -> str:
        """A command that trains on what was made.

        Args:
            counts: split -> (sequences, persons) of the first length.
        """
        command = f"python SimMC.py --dataset {self.dataset}"
        if len(self.lengths) > 1:
            command += f" --length {self.lengths[0]}"
        if self.data_root != pathlib.Path(_DATA_ROOT):
            command += f" --data_root {shlex.quote(str(self.data_root))}"
        if counts["train"][0] < configs.Config.batch_size:
            command += f" --batch_size {max(2, counts['train'][0] // 4)}"
        if "probe" not in counts:
            command += " --protocol strict\n(no probes: nothing will be evaluated)"
        return command


_DATA_ROOT = "Datasets"


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "recordings", None, "recordings file (.npz) to read", flag_values=values
    )
    flags.DEFINE_string("dataset", None, "name of your data set", flag_values=values)
    flags.DEFINE_string(
        "data_root", _DATA_ROOT, "folder of all data sets", flag_values=values
    )
    flags.DEFINE_integer("seed", 0, "of the split", flag_values=values)
    flags.DEFINE_enum(
        "unit",
        None,
        list(recordings_module.UNITS),
        "of the coordinates (what the file says, else m)",
        flag_values=values,
    )


def read(values: flags.FlagValues, arguments: list[str]) -> Options:
    """Turns parsed flags and positional arguments into options.

    Raises:
        errors.InputError: something is missing or out of range.
    """
    if not arguments:
        raise errors.InputError(
            "no sequence length; for example: python Pre-process.py 6 --recordings "
            "FILE.npz --dataset MyPeople"
        )
    for argument in arguments:
        if not re.fullmatch("[0-9]+", argument) or not 1 <= int(argument) <= 100_000:
            raise errors.InputError(
                f"sequence length {argument!r}; expected a whole number of skeletons "
                "from 1 to 100000."
            )
    for name, meaning in (
        ("recordings", "the file to read"),
        ("dataset", "a name for the data set to write"),
    ):
        if not values[name].value:
            raise errors.InputError(f"--{name} is missing; it is {meaning}.")
    if values["seed"].value < 0:
        raise errors.InputError(
            f"--seed must be 0 or more, not {values['seed'].value}."
        )
    descriptor.check_name(values["dataset"].value)
    preparation.refuse_published(values["dataset"].value)
    return Options(
        lengths=tuple(map(int, arguments)),
        recordings=pathlib.Path(values["recordings"].value),
        dataset=values["dataset"].value,
        data_root=pathlib.Path(values["data_root"].value),
        seed=values["seed"].value,
        unit=values["unit"].value,
    )
