"""--repeat of SimMC.py and SimMC-UF.py: a run again, from its config.json."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from absl import flags

from datasets import catalog
from flags import data_set as data_set_flags
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors, finished_run

_REPEAT = "repeat"
# Which sequences are meant; with the hyperparameters, all that decides figures.
_DATA = (
    *("dataset", "probe", "probe_type", "length", "source"),
    *("synthetic_persons", "synthetic_seed"),
)
# Where things lie, what computes, and what else is written: a repetition may say so.
_FREE = (
    *("gpu", "model_root", "data_root", "representation_root", "tfds_dir", "prepare"),
    *("export", "report", "tensorboard"),
)
# Of one start of a program: neither told nor taken up.
_ONCE = (_REPEAT, "resume", "overwrite", "mode", "model_size")


@dataclasses.dataclass(frozen=True)
class Repetition:
    """The run that is to be done again, if one is.

    Attributes:
        values: parsed flags.
        program: that was started.
        first: its folder; None: a run of its own, with nothing to compare.
        description: its config.json.
        hyperparameters: of it.
        elsewhere: whether --model_root was given, which then holds the new run.
    """

    values: flags.FlagValues
    program: str
    first: pathlib.Path | None = None
    description: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    hyperparameters: configs.Config | None = None
    elsewhere: bool = False

    def config(self, asked: configs.Config) -> configs.Config:
        """The run's hyperparameters, or those that are asked for."""
        return self.hyperparameters or asked

    def folder(self, usual: pathlib.Path) -> pathlib.Path:
        """Where the new run goes: beside the first one, or where every run goes.

        Raises:
            errors.InputError: it would replace the first.
        """
        if self.first is None:
            return usual
        found = self.first.with_name(f"{self.first.name}-repeated")
        if self.elsewhere:
            found = usual
        if found.resolve() == self.first:
            raise errors.InputError(
                f"--model_root: {found} is the run to repeat, which would be replaced; "
                "give another one, or leave it out."
            )
        return found

    def told(
        self, data_set: catalog.DataSet, probe: str | None, length: int
    ) -> dict[str, object]:
        """The command, for config.json.

        Args:
            data_set: that it means.
            probe: of it.
            length: f.
        """
        values = self.values
        given = {
            name: values[name].value
            for name in _own(values)
            if values[name].present and name not in _ONCE
        }
        data = {name: values[name].value for name in _DATA if name in values}
        data |= {"dataset": data_set.name, "length": length}
        data[data_set_flags.probe_flag(data_set)] = probe
        earlier = self.description.get("command", {}).get("given", {})
        return {
            "program": self.program,
            "given": {**earlier, **given},
            "data": data,
        }

    def begin(
        self,
        data: data_module.ReidData,
        config: configs.Config,
        about: Mapping[str, object],
        report: Callable[[str], None],
    ) -> None:
        """Checks the data, and says what else is not as it was.

        Raises:
            errors.InputError: the data are not those of the run.
        """
        if self.first is not None:
            from simmc_tf import repeating  # With what loads TensorFlow.

            repeating.begin(
                *(self.first, self.description, data, config, about, report)
            )

    def conclude(self, folder: pathlib.Path, report: Callable[[str], None]) -> None:
        """Says whether it came out the same; ends with status 1 if it did not."""
        if self.first is not None:
            from simmc_tf import repeating

            if not repeating.conclude(self.first, folder, report):
                raise SystemExit(1)


def define(values: flags.FlagValues) -> None:
    """Defines the flag."""
    flags.DEFINE_string(
        _REPEAT,
        None,
        "folder of a run to do again with its flags, on the same data, into FOLDER"
        "-repeated or --model_root, and to compare bit for bit (status 1: not equal)",
        flag_values=values,
    )


def read(values: flags.FlagValues, program: str) -> Repetition:
    """The run to repeat; its flags take the place of those that are not given.

    Args:
        values: parsed flags; they are set as they were for the run.
        program: that was started.

    Raises:
        errors.InputError: there is no such run, it is another program's, or a flag is
            given that decides figures.
    """
    given = values[_REPEAT].value if _REPEAT in values else None
    if given is None:
        return Repetition(values, program)
    for name in _own(values):
        if values[name].present and name not in (*_FREE, *_ONCE[:3]):
            raise errors.InputError(
                f"--{name}: --repeat takes it from the run; leave it out (beside "
                f"--repeat go {', '.join(f'--{each}' for each in _FREE)})."
            )
    elsewhere = values["model_root"].present > 0
    first = pathlib.Path(given).resolve()
    description, config = finished_run.read(first)
    command = description["command"]
    if command["program"] != program:
        raise errors.InputError(
            f"--repeat {given}: a run of {command['program']}; start that."
        )
    free = {k: v for k, v in command["given"].items() if k in _FREE}
    for name, value in {**free, **command["data"]}.items():
        if name in values and not values[name].present:
            _take(values[name], value, given)
    return Repetition(values, program, first, description, config, elsewhere)


def _take(flag: flags.Flag, value: object, given: str) -> None:
    """Sets a flag as config.json tells; it may tell anything."""
    try:
        flag.value = None if value is None else flag.parser.parse(str(value))
    except (ValueError, TypeError) as error:
        raise errors.InputError(
            f"--repeat {given}: its config.json says --{flag.name} {value}: {error}."
        ) from error


def _own(values: flags.FlagValues) -> list[str]:
    """Names of this project's flags; absl has some of its own."""
    return [
        name
        for name in values
        if not values.find_module_defining_flag(name, "").startswith("absl")
    ]
