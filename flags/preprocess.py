"""Flags of Pre-process.py, and the options that they come to."""

import dataclasses
import pathlib
import re
import shlex
from collections.abc import Mapping

from absl import flags

from datasets import catalog, descriptor, preparation
from datasets.raw import conversion
from flags import defaults, sources, training
from simmc_tf import errors

_EXAMPLE = "for example: python Pre-process.py 6"
_OWN_EXAMPLE = f"{_EXAMPLE} --recordings FILE.npz --dataset MyPeople"


@dataclasses.dataclass(frozen=True)
class Options:
    """What a command line asks for.

    Attributes:
        source: what to read.
        dataset: name of one's own data set to write; None: published ones, or none.
        target: what to write.
        save: file of recordings to write besides, or None.
        given: flags that name one's own recordings, as they were given.
    """

    source: sources.Published | sources.RecordingsFile | sources.Folder
    dataset: str | None
    target: conversion.Target
    save: pathlib.Path | None
    given: tuple[str, ...] = ()

    @property
    def show_command(self) -> str:
        """A command that draws one's own recordings."""
        return shlex.join(["python", "-m", "scripts.show", *self.given])

    def next_command(self, made: preparation.Prepared) -> str:
        """A command that trains on what was made, and a remark if it needs one."""
        name, length = made.folder.parent.name, made.report.length
        entry = catalog.find(name)
        counts = made.report.counts()
        probe = _first_probe(entry, counts)
        command = training.command(
            name, None if entry is None else probe, length, self.target.data_root
        )
        command += defaults.fitting_flags(
            name, probe, length, counts["train"][0], made.report.unknown_in_training
        )
        remark = "" if probe else "\n(no probes: nothing will be evaluated)"
        if counts["train"][0] < 2 and entry is None:
            remark += "\n(a single training sequence is too few to train on)"
        return shlex.join(command) + remark


def _first_probe(
    entry: catalog.DataSet | None, counts: Mapping[str, object]
) -> str | None:
    """The first probe of which all parts have sequences."""
    probes = catalog.PROBE_GALLERY if entry is None else entry.probes
    for probe, parts in probes.items():
        if all(part in counts for part in parts):
            return probe
    return None


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    sources.define(values)
    for name, default, meaning in (
        (
            "dataset",
            None,
            "published data sets to convert, with commas between them (all that are "
            "found); or a name for your own",
        ),
        ("splits", None, "splits.json to use again instead of drawing a split"),
        ("save", None, "also write your recordings to this file (.npz)"),
        ("data_root", training.DATA_ROOT, "folder of all data sets"),
    ):
        flags.DEFINE_string(name, default, meaning, flag_values=values)
    flags.DEFINE_integer("seed", 0, "of the split", flag_values=values)


def read(values: flags.FlagValues, arguments: list[str]) -> Options:
    """Turns parsed flags and positional arguments into options.

    Raises:
        errors.InputError: something is missing, out of range or contradicts itself.
    """
    lengths = _lengths(arguments)
    if values["seed"].value < 0:
        raise errors.InputError(
            f"--seed must be 0 or more, not {values['seed'].value}."
        )
    source = sources.read(values)
    save = values["save"].value
    if isinstance(source, sources.Published) and save is not None:
        raise errors.InputError("--save goes with --recordings or --from only.")
    if not lengths and save is None:
        raise errors.InputError(
            "no sequence length; "
            + (_EXAMPLE if isinstance(source, sources.Published) else _OWN_EXAMPLE)
        )
    return Options(
        source,
        None
        if isinstance(source, sources.Published)
        else _own_name(values, bool(lengths)),
        conversion.Target(
            lengths,
            pathlib.Path(values["data_root"].value),
            values["seed"].value,
            _path(values, "splits"),
        ),
        _path(values, "save"),
        () if isinstance(source, sources.Published) else sources.own_flags(values),
    )


def _lengths(arguments: list[str]) -> tuple[int, ...]:
    for argument in arguments:
        if not re.fullmatch("[0-9]+", argument) or not 1 <= int(argument) <= 100_000:
            raise errors.InputError(
                f"sequence length {argument!r}; expected a whole number of skeletons "
                "from 1 to 100000."
            )
    return tuple(dict.fromkeys(map(int, arguments)))


def _path(values: flags.FlagValues, name: str) -> pathlib.Path | None:
    return None if values[name].value is None else pathlib.Path(values[name].value)


def _own_name(values: flags.FlagValues, needed: bool) -> str | None:
    name = values["dataset"].value
    if not name:
        if needed:
            raise errors.InputError(
                "--dataset is missing; it is a name for the data set to write."
            )
        return None
    descriptor.check_name(name)
    preparation.refuse_published(name)
    return name
