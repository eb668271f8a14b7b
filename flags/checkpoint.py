"""Flags of scripts.import_checkpoint."""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from datasets import catalog
from flags import data_set as data_set_flags
from flags import defaults, model
from flags import run as run_flags
from simmc_tf import config as configs
from simmc_tf import errors

# Of a model's hyperparameters, those that its evaluation takes up.
_NEEDED = ("H", "D", "batch_size", "protocol", "preset", "without")


@dataclasses.dataclass(frozen=True)
class Options(data_set_flags.Options):
    """Which checkpoint is to be brought in, as what.

    Attributes:
        checkpoint: as given: its name, one of its files, or their folder.
        model_root: folder of all models.
        overwrite: replace a model that is there.
        given: hyperparameters that it was trained with, by field of `config.Config`.
    """

    checkpoint: pathlib.Path
    model_root: pathlib.Path
    overwrite: bool
    given: dict[str, Any]

    def agreed(self, told: dict[str, int | None]) -> "Options":
        """The same, with what the checkpoint tells where nothing is given.

        Args:
            told: H, D, batch_size and length; None where it does not tell.

        Raises:
            errors.InputError: something else is given.
        """
        asked = {**self.given, "length": self.length or None}
        for name, value in told.items():
            if value is None:
                continue
            if asked.get(name) not in (None, value):
                raise errors.InputError(
                    f"--{name} {asked[name]}: the checkpoint has {value}; leave "
                    f"--{name} out."
                )
            asked[name] = value
        length = asked.pop("length") or 0
        return dataclasses.replace(self, length=length, given=asked)

    def config(
        self, data_set: catalog.DataSet, probe: str | None, length: int
    ) -> configs.Config:
        """Its hyperparameters: those of the published code where none is given.

        Raises:
            errors.InputError: a value is out of range, or does not fit the length.
        """
        preset = {"preset": configs.PUBLISHED, "protocol": configs.PUBLISHED}
        given = {**self.given, **preset}
        return defaults.config(data_set.name, probe, length, given)

    def assumed(self) -> list[str]:
        """What an evaluation depends on and nobody has told, by flag."""
        told = {**self.given, "length": self.length or None}
        return [name for name in ("length", "batch_size") if told.get(name) is None]

    def unknown(self) -> list[str]:
        """Hyperparameters that nobody has told, by field of `config.Config`."""
        told = {*self.given, *_NEEDED}
        fields = (field.name for field in dataclasses.fields(configs.Config))
        return [name for name in fields if name not in told]


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    model.define_root(values)
    run_flags.define_hyperparameters(values)
    flags.DEFINE_boolean(
        "overwrite", False, "replace a model that is there", flag_values=values
    )


def read(values: flags.FlagValues, arguments: Sequence[str]) -> Options:
    """Turns parsed flags and what stands beside them into options.

    Raises:
        errors.InputError: the checkpoint or --dataset is missing.
    """
    if len(arguments) != 1:
        raise errors.InputError(
            "expected one checkpoint, as in: python -m scripts.import_checkpoint "
            f"best.ckpt --dataset KS20 (got {len(arguments)}: "
            f"{' '.join(arguments) or 'none'})."
        )
    # Not --dataset's default, which would be a guess.
    if not (values["dataset"].present and values["dataset"].value):
        raise errors.InputError(
            "--dataset is missing; expected the one that the model was trained on."
        )
    return Options(
        **data_set_flags.fields(values),
        checkpoint=pathlib.Path(arguments[0]),
        model_root=pathlib.Path(values["model_root"].value),
        overwrite=values["overwrite"].value,
        given=run_flags.hyperparameters(values),
    )
