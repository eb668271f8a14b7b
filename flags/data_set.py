"""Flags that name a data set, its probe and its length, and what they come to."""

import dataclasses
import functools
import pathlib
from collections.abc import Iterator
from typing import Any

from absl import flags

from datasets import catalog, loading
from simmc_tf import data as data_module
from simmc_tf import errors, progress

_NAMES = ("dataset", "probe", "probe_type", "length")
# Flags of the generated walkers, and what config.json calls them.
GENERATED = ("synthetic_persons", "synthetic_seed")


@dataclasses.dataclass(frozen=True)
class Options:
    """Which data a command line asks for.

    Attributes:
        dataset: name as given.
        probe: as given, None for the default.
        probe_type: as given, None for the default.
        length: f, 0 for the default.
        data_root: folder of all data sets.
        synthetic_persons: generated walkers.
        synthetic_seed: of the generated walkers.
    """

    dataset: str
    probe: str | None
    probe_type: str | None
    length: int
    data_root: pathlib.Path
    synthetic_persons: int
    synthetic_seed: int

    def find(self) -> catalog.DataSet:
        """The entry of the data set.

        Raises:
            errors.InputError: there is no such data set.
        """
        return loading.find(self.dataset, self.length, self.data_root)

    def named_probe(self, data_set: catalog.DataSet) -> str | None:
        """What --probe or --probe_type says, whichever the data set takes.

        Raises:
            errors.InputError: the other flag is meant.
        """
        if getattr(self, _other(data_set)) is not None:
            raise errors.InputError(
                f"--{_other(data_set)} {getattr(self, _other(data_set))}: "
                f"{data_set.name} takes --{probe_flag(data_set)}, one of "
                f"{', '.join(data_set.probes) or 'none'}."
            )
        return getattr(self, probe_flag(data_set))

    def choose_probe(self, data_set: catalog.DataSet) -> str | None:
        """The probe that is asked for, None where the data set has none.

        Raises:
            errors.InputError: it has no such probe, or the other flag is meant.
        """
        return data_set.check_probe(self.named_probe(data_set), probe_flag(data_set))

    def load(
        self, data_set: catalog.DataSet, probe: str | None, length: int
    ) -> loading.Loaded:
        """Its sequences: read from disk, or generated.

        Raises:
            errors.InputError: data are missing or broken.
        """
        if data_set.name == catalog.SYNTHETIC:
            persons, seed = self.synthetic_persons, self.synthetic_seed
            with progress.during("generating walkers"):
                return loading.generate(length, persons, seed)
        with progress.during(f"reading {data_set.name}"):
            return loading.load(data_set, probe, length, self.data_root)

    def splits(
        self, data_set: catalog.DataSet, length: int
    ) -> Iterator[tuple[str, data_module.Split]]:
        """All its splits, one after the other: read from disk, or generated.

        Raises:
            errors.InputError: data are missing or broken.
        """
        if data_set.name != catalog.SYNTHETIC:
            yield from loading.splits(data_set, length, self.data_root)
            return
        data = self.load(data_set, None, length).data
        yield loading.TRAIN, data.train
        if data.matching is not None:
            yield "gallery", data.matching.gallery
            yield "probe", data.matching.probe


def probe_flag(data_set: catalog.DataSet) -> str:
    """Which flag names a probe of the data set."""
    return "probe_type" if data_set.name == "CASIA_B" else "probe"


def _other(data_set: catalog.DataSet) -> str:
    return "probe" if data_set.name == "CASIA_B" else "probe_type"


def define(values: flags.FlagValues, more: str = "") -> None:
    """Defines the flags.

    Args:
        values: takes them.
        more: what else names a probe, for the help.
    """
    string = functools.partial(flags.DEFINE_string, flag_values=values)
    string("dataset", "KS20", "KS20, KGBD, IAS, BIWI, CASIA_B, Synthetic or your own")
    string(
        "probe",
        None,
        f"probe (KS20, KGBD, own), A or B (IAS), Walking or Still (BIWI){more}",
    )
    string(
        "probe_type",
        None,
        f"CASIA_B only: nm.nm, cl.cl, bg.bg, cl.nm or bg.nm{more}",
    )
    string("data_root", "Datasets", "folder of all data sets")
    flags.DEFINE_integer(
        "length",
        0,
        "skeletons a sequence, f (0: 6, CASIA_B 40)",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "synthetic_persons", 30, "--dataset Synthetic: walkers", flag_values=values
    )
    flags.DEFINE_integer(
        "synthetic_seed", 0, "--dataset Synthetic: seed", flag_values=values
    )


def fields(values: flags.FlagValues) -> dict[str, Any]:
    """The fields of `Options` in parsed flags."""
    return {
        "data_root": pathlib.Path(values["data_root"].value),
        **{name: values[name].value for name in (*_NAMES, *GENERATED)},
    }


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options."""
    return Options(**fields(values))
