"""Flags of scripts.extract, and representations that SimMC-UF.py makes first."""

import dataclasses
import functools
import pathlib
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from absl import flags

from datasets import catalog
from datasets.representations import extraction, store
from flags import data_set as data_set_flags
from flags import model, source, source_defaults, training
from simmc_tf import errors, startup

# Flag, which is also a field of sources.Settings -> type, help.
_HYPERPARAMETERS = {
    "epochs": (int, "most epochs of pretext training (by source and data set)"),
    "patience": (
        int,
        "epochs without a lower loss, by more than 0.1 %, before training ends "
        f"({source_defaults.PATIENCE})",
    ),
    "batch_size": (int, "sequences a batch (by source and data set)"),
    "lr": (float, "Adam's learning rate (by source and data set)"),
    "units": (int, "of an LSTM layer (by source and data set)"),
    "t": (float, "SGELA: temperature of its contrast (0.1; KGBD 0.5, CASIA_B 0.15)"),
    "seed": (int, "of weights, order and draws (0)"),
}
# What draws takes no larger seed.
_LARGEST = 2**31 - 1
_TEACHER_FORCING = "teacher_forcing"


@dataclasses.dataclass(frozen=True)
class Options(data_set_flags.Options):
    """What a command line asks for.

    Attributes:
        where: the source model, and where its representations are.
        model_root: folder of all models.
        gpu: numbers as given, of which the first is used.
        given: hyperparameters that the user gave, by field of `sources.Settings`.
        model_size: print parameters and operations, and stop.
        retrain: train a new model in the place of the one that is there.
        overwrite: replace representations.
    """

    where: source.Options
    model_root: pathlib.Path
    gpu: tuple[int, ...]
    given: Mapping[str, Any]
    model_size: bool
    retrain: bool
    overwrite: bool

    @property
    def used_gpus(self) -> tuple[int, ...]:
        """The first: source models and their batches are small."""
        return self.gpu[:1]

    def task(self, data_set: catalog.DataSet, length: int) -> extraction.Task:
        """What is to be done.

        Raises:
            errors.InputError: there is no such source model, or it has not got what was
                given.
        """
        name = source_defaults.name(self.where.source)
        source_defaults.check_given(name, self.given)
        return _task(
            *(self, self.where, name, data_set, length, self.model_root, self.given),
            retrain=self.retrain,
            overwrite=self.overwrite,
        )

    def size(self, task: extraction.Task) -> str:
        """Parameters and operations, as lines of text."""
        persons = source_defaults.PERSONS.get(task.data_set.name)
        return extraction.size(task, persons)


def _task(
    data: data_set_flags.Options,
    where: source.Options,
    name: str,
    data_set: catalog.DataSet,
    length: int,
    model_root: pathlib.Path,
    given: Mapping[str, Any],
    retrain: bool = False,
    overwrite: bool = False,
) -> extraction.Task:
    return extraction.Task(
        name,
        data_set,
        length,
        functools.partial(data.load, data_set, None, length),
        functools.partial(data.splits, data_set, length),
        {**source_defaults.find(name, data_set.name), **given},
        given,
        model_root,
        store.folder_of(name, where.representation_root),
        retrain,
        overwrite,
    )


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    named = f"source model: {', '.join(source_defaults.NAMES)}"
    source.define(values, default=None, meaning=named)
    model.define(values)
    for flag, (kind, text) in _HYPERPARAMETERS.items():
        if kind is int:
            bounds = {"lower_bound": 0, "upper_bound": _LARGEST}
            flags.DEFINE_integer(flag, None, text, flag_values=values, **bounds)
        else:
            flags.DEFINE_float(flag, None, text, flag_values=values)
    flags.DEFINE_boolean(
        _TEACHER_FORCING,
        None,
        "AGE and SGELA: the decoder sees the frames before the one that it is to give "
        "(the default); --noteacher_forcing: zeros alone, as the published code has it",
        flag_values=values,
    )
    for flag, text in (
        ("model_size", "print parameters, as here and as published, and FLOPs"),
        ("retrain", "train a new model; without it a stopped training goes on"),
        ("overwrite", "replace representations that are there"),
    ):
        flags.DEFINE_boolean(flag, False, text, flag_values=values)


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options."""
    names = (*_HYPERPARAMETERS, _TEACHER_FORCING)
    given = {name: values[name].value for name in names}
    return Options(
        **data_set_flags.fields(values),
        **model.fields(values),
        where=source.read(values),
        given={name: value for name, value in given.items() if value is not None},
        **{name: values[name].value for name in ("model_size", "retrain", "overwrite")},
    )


def define_prepare(values: flags.FlagValues) -> None:
    """Defines --prepare of SimMC-UF.py."""
    flags.DEFINE_boolean(
        "prepare",
        False,
        f"--source {', '.join(source_defaults.NAMES)}: where there are no "
        "representations yet, make them first, as scripts.extract does by its defaults",
        flag_values=values,
    )


def command(
    where: source.Options,
    name: str,
    data_set: catalog.DataSet,
    probe: str | None,
    length: int,
) -> str:
    """The command that makes representations."""
    words = ["python", "-m", "scripts.extract", "--source", name]
    words += ["--dataset", data_set.name]
    if probe is not None:
        words += [f"--{data_set_flags.probe_flag(data_set)}", probe]
    words += training.length_flag(data_set.name, length)
    return shlex.join([*words, *where.passed])


def ensure(
    prepare: bool,
    data: data_set_flags.Options,
    where: source.Options,
    data_set: catalog.DataSet,
    probe: str | None,
    length: int,
    model_root: pathlib.Path,
    gpus: tuple[int, ...],
    report: Callable[[str], None],
) -> None:
    """Sees to it that there are representations of a source model that is known here.

    Others are left to whoever brings them in.

    Args:
        prepare: make them where there are none; if not, say how.
        data: where the data are.
        where: whose representations, and where they belong.
        data_set: that they are of.
        probe: one of its probes.
        length: f.
        model_root: folder of all models.
        gpus: that compute.
        report: takes lines.

    Raises:
        errors.InputError: there are none, or they cannot be made.
    """
    name = where.source
    if name not in source_defaults.NAMES:
        if prepare:
            source_defaults.name(name)  # Says which there are.
        return
    task = _task(data, where, name, data_set, length, model_root, {})
    if task.base.is_dir():
        return
    if not prepare:
        made_by = command(where, name, data_set, probe, length)
        raise errors.InputError(
            f"There are no representations in {task.base}; make them with: {made_by} "
            "(or let --prepare do it first)"
        )
    task.check()
    startup.prepare(*gpus)
    extraction.extract(task, report)
