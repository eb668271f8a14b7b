"""Data sets as columns of the matrix: those of development, and any of SimMC.py's."""

import dataclasses
import functools
import hashlib
import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from datasets import catalog, layouts
from flags import data_set as data_set_flags
from flags import defaults
from scripts.ablations import data
from scripts.matrix import published
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Column:
    """Data to train on, and one set of probes.

    Attributes:
        name: of the data set, as it was asked for.
        probe: one of its probes; None: its only one.
        options: of SimMC.py that lead to it; None where it is one of development.
        state: digest of its files' names, sizes and times; empty where they do not
            count.
    """

    name: str
    probe: str | None = None
    options: data_set_flags.Options | None = None
    state: str = ""

    @property
    def title(self) -> str:
        """What it is called in tables and folders."""
        words = [self.trained_on]
        if self.probe is not None:
            words = [f"{words[0]}-{self.probe}"]
        if self.options is not None:
            usual = 6 if self.known is None else self.known.lengths[0]
            if self.length != usual:
                words.append(f"f={self.length}")
            if self.entry.name == catalog.SYNTHETIC:
                walkers = self.options
                words.append(f"{walkers.synthetic_persons} walkers")
                words.append(f"seed {walkers.synthetic_seed}")
        return " ".join(words)

    @property
    def trained_on(self) -> str:
        """Name of the data set, which has the same training set for all its probes."""
        return self.name if self.options is None else self.entry.name

    @functools.cached_property
    def entry(self) -> catalog.DataSet:
        """What SimMC.py knows of it."""
        if self.options is None:
            raise TypeError(f"{self.name} is no data set of SimMC.py.")
        return self.options.find()

    @property
    def known(self) -> catalog.DataSet | None:
        """The catalogue's entry, None where the paper does not know these data."""
        return None if self.options is None else catalog.find(self.name)

    @property
    def figures(self) -> dict[str, published.Figures]:
        """The paper's by method, none where it has none of these sequences."""
        entry = self.known
        if entry is None or self.length != entry.lengths[0] or self.tested is None:
            return {}
        return published.find(entry.name, self.tested)

    @property
    def length(self) -> int:
        """Skeletons a sequence, f."""
        if self.options is None:
            return data.LENGTH
        return self.entry.check_length(self.options.length)

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints, the root first."""
        if self.options is None:
            return data.DATA[self.name].joints()
        return self.entry.joints

    @property
    def seeded(self) -> bool:
        """Whether the seed of a run gives other sequences."""
        return self.options is None and data.DATA[self.name].seeded

    @property
    def settings_of(self) -> str:
        """Name of the data set whose published settings are taken."""
        like = None if self.options is not None else data.DATA[self.name].like
        return self.trained_on if like is None else like.name

    @property
    def tested(self) -> str | None:
        """Name of the probe that SimMC.py would take."""
        return None if self.options is None else self.entry.check_probe(self.probe)

    def config(self, given: dict[str, Any]) -> configs.Config:
        """Hyperparameters of SimMC: what is given, else as SimMC.py takes them.

        Raises:
            errors.InputError: they do not fit.
        """
        return defaults.config(self.trained_on, self.tested, self.length, given)

    def published_config(self, given: dict[str, Any]) -> configs.Config:
        """The same by the published preset; of what a set was made like, as its own."""
        like = None if self.options is not None else data.DATA[self.name].like
        if like is not None:
            return like.config(**given)
        return self.config({**given, "preset": configs.PUBLISHED})

    def load(self, seed: int) -> data_module.ReidData:
        """Root-centred sequences.

        Raises:
            errors.InputError: data are missing or broken.
        """
        if self.options is None:
            return data.DATA[self.name].load(seed, data.LENGTH)
        return self.options.load(self.entry, self.tested, self.length).data

    def missing(self) -> str | None:
        """Why it cannot be evaluated here, None where it can."""
        if self.options is None:
            return data.DATA[self.name].missing()
        if not self.entry.probes:
            return "it has no probes, so that nothing can be evaluated"
        if self.entry.name == catalog.SYNTHETIC or self.state:
            return None
        folder = self.options.data_root / self.entry.name / str(self.length)
        return f"there is no {folder} (docs/published_data.md)"

    def identity(self) -> dict[str, Any]:
        """All that says which data these are, as JSON has it."""
        options = None
        if self.options is not None:
            options = dataclasses.asdict(self.options)
            options["data_root"] = str(self.options.data_root.resolve())
        return {
            "name": self.name,
            "probe": self.probe,
            "options": options,
            "state": self.state,
        }

    @classmethod
    def of(cls, identity: Mapping[str, Any]) -> "Column":
        """The column of an identity."""
        options = identity["options"]
        if options is not None:
            root = pathlib.Path(options["data_root"])
            options = data_set_flags.Options(**{**options, "data_root": root})
        return cls(**{**identity, "options": options})


def distinct(asked: Iterable[data_set_flags.Options]) -> list[Column]:
    """All columns of some data sets, each once, whatever its spelling."""
    found = [column for options in asked for column in find(options)]
    return list({column.title: column for column in found}.values())


def find(options: data_set_flags.Options) -> list[Column]:
    """All columns of a data set: one for each of its probes.

    Args:
        options: with its name, and where data are.

    Raises:
        errors.InputError: there is no such data set.
    """
    if options.dataset in data.DATA:
        return [Column(options.dataset)]
    try:
        entry = options.find()
    except errors.InputError as error:
        listed = ", ".join(data.DATA)
        raise errors.InputError(f"{error} (here also: {listed})") from error
    length = entry.check_length(options.length)
    state = _state(layouts.folders(entry, length, options.data_root))
    probes = list(entry.probes) if len(entry.probes) > 1 else [None]
    return [Column(options.dataset, probe, options, state) for probe in probes]


def _state(folders: Mapping[str, pathlib.Path]) -> str:
    """Digest of the files of all splits; empty where there are none.

    Sizes and times of files change with what is in them, and take no time to read.
    """
    files = [
        (part, path.name, path.stat().st_size, path.stat().st_mtime_ns)
        for part, folder in folders.items()
        for path in sorted(folder.glob("*"))
        if path.is_file()
    ]
    text = json.dumps(files)
    return hashlib.sha256(text.encode()).hexdigest()[:16] if files else ""
