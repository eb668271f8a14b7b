"""Flags of scripts.extract, and representations that SimMC-UF.py makes first."""

import dataclasses
import functools
import pathlib
import shlex
import types
from collections.abc import Iterable, Mapping
from typing import Any

from absl import flags

from datasets import catalog
from datasets.representations import extraction, store
from flags import asked_run, model, source, source_defaults, training
from flags import data_set as data_set_flags
from simmc_tf import errors
from simmc_tf.sources import names, ranges

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
# Those that the supervised stage has of its own; it shares all others.
_SUPERVISED = {
    "supervised_epochs": (int, "most epochs of the supervised stage (100)"),
    "supervised_patience": (
        int,
        "its epochs without a lower training loss, as --patience "
        f"({source_defaults.PATIENCE})",
    ),
    "supervised_lr": (float, "its learning rate (0.0005)"),
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
        supervised: train on with identity labels.
        supervised_given: hyperparameters of that stage alone that the user gave, by
            flag.
    """

    where: source.Options
    model_root: pathlib.Path
    gpu: tuple[int, ...]
    given: Mapping[str, Any]
    model_size: bool
    retrain: bool
    overwrite: bool
    supervised: bool
    supervised_given: Mapping[str, Any]

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
        if not self.supervised:
            for flag, value in self.supervised_given.items():
                raise errors.InputError(
                    f"--{flag} {value}: that is of the supervised stage; add "
                    "--supervised, or leave it out."
                )
        return _task(
            *(self, self.where, name, data_set, length, self.model_root, self.given),
            supervised=self.supervised,
            supervised_given=self.supervised_given,
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
    supervised: bool = False,
    supervised_given: Mapping[str, Any] = types.MappingProxyType({}),
    retrain: bool = False,
    overwrite: bool = False,
) -> extraction.Task:
    hyperparameters = {**source_defaults.find(name, data_set.name), **given}
    ranges.check(hyperparameters, supervised=False)
    after = None
    if supervised:
        own = source_defaults.find_supervised(name)
        asked = {
            field: supervised_given[f"supervised_{field}"]
            for field in own
            if f"supervised_{field}" in supervised_given
        }
        shared = {field: value for field, value in given.items() if field not in own}
        after = extraction.Supervised(
            {**hyperparameters, **own, **asked}, {**shared, **asked}
        )
        ranges.check(after.hyperparameters, supervised=True)
    return extraction.Task(
        name,
        data_set,
        length,
        functools.partial(data.load, data_set, None, length),
        functools.partial(data.splits, data_set, length),
        hyperparameters,
        given,
        model_root,
        store.folder_of(names.title(name, supervised), where.representation_root),
        retrain,
        overwrite,
        after,
    )


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    named = f"source model: {', '.join(source_defaults.NAMES)}"
    source.define(values, default=None, meaning=named)
    model.define(values)
    for flag, (kind, text) in (*_HYPERPARAMETERS.items(), *_SUPERVISED.items()):
        if kind is int:
            bounds = {"lower_bound": 0, "upper_bound": _LARGEST}
            flags.DEFINE_integer(flag, None, text, flag_values=values, **bounds)
        else:
            flags.DEFINE_float(flag, None, text, flag_values=values)
    flags.DEFINE_boolean(
        _TEACHER_FORCING,
        None,
        "AGE and SGELA: the decoder sees the true frame before the one that it is to "
        "give (the default); --noteacher_forcing: zeros alone, as in the published "
        "code",
        flag_values=values,
    )
    for flag, text in (
        ("model_size", "print parameters, as here and as published, and FLOPs"),
        ("retrain", "train a new model; without it a stopped training goes on"),
        ("overwrite", "replace representations that are there"),
        (
            "supervised",
            f"{', '.join(names.WITH_LABELS)}: after the pretext, train on with the "
            "identity labels of the training split; model and representations are "
            f"kept apart, as {', '.join(names.WITH_LABELS.values())}",
        ),
    ):
        flags.DEFINE_boolean(flag, False, text, flag_values=values)


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options."""
    return Options(
        **data_set_flags.fields(values),
        **model.fields(values),
        where=source.read(values),
        given=_given(values, (*_HYPERPARAMETERS, _TEACHER_FORCING)),
        supervised_given=_given(values, _SUPERVISED),
        **{
            name: values[name].value
            for name in ("model_size", "retrain", "overwrite", "supervised")
        },
    )


def _given(values: flags.FlagValues, which: Iterable[str]) -> dict[str, Any]:
    """Those flags that somebody gave."""
    found = {name: values[name].value for name in which}
    return {name: value for name, value in found.items() if value is not None}


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
    supervised: bool = False,
) -> str:
    """The command that makes representations."""
    words = ["python", "-m", "scripts.extract", "--source", name]
    words += ["--supervised"] if supervised else []
    words += ["--dataset", data_set.name]
    if probe is not None:
        words += [f"--{data_set_flags.probe_flag(data_set)}", probe]
    words += training.length_flag(data_set.name, length)
    return shlex.join([*words, *where.passed])


def ensure(prepare: bool, asked: asked_run.AskedRun, where: source.Options) -> None:
    """Sees to it that there are representations of a source model that is known here.

    Others are left to whoever brings them in.

    Args:
        prepare: make them where there are none; if not, say how.
        asked: what they are for.
        where: whose representations, and where they belong.

    Raises:
        errors.InputError: there are none, or they cannot be made.
    """
    found = names.stage(where.source or "")
    if found is None:
        if prepare:
            source_defaults.name(where.source)  # Says which there are.
        return
    name, supervised = found
    data_set, length, options = asked.data_set, asked.length, asked.options
    task = _task(
        *(options, where, name, data_set, length, options.model_root, {}, supervised)
    )
    if task.base.is_dir():
        return
    if not prepare:
        made_by = command(where, name, data_set, asked.probe, length, supervised)
        raise errors.InputError(
            f"There are no representations in {task.base}; make them with: {made_by} "
            "(or let --prepare do it first)"
        )
    task.check()
    asked.prepare()
    extraction.extract(task, asked_run.say)
