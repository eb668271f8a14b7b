"""From a name on the command line to the arrays of an experiment."""

import dataclasses
import math
import pathlib
from collections.abc import Iterator, Mapping

import numpy as np

from datasets import (
    anatomy,
    catalog,
    descriptor,
    layouts,
    npy_store,
    synthetic,
    windows,
)
from datasets import conditions as conditions_module
from simmc_tf import data as data_module
from simmc_tf import errors, memory
from simmc_tf.report import subject as subjects

# Name of the training split.
TRAIN = "train"

_LONGEST_GENERATED = 1000


@dataclasses.dataclass(frozen=True)
class Loaded:
    """A data set, ready for an experiment.

    Attributes:
        data_set: its entry.
        probe: its probe, None where nothing can be evaluated.
        length: f.
        data: root-centred sequences [N, f, 3J].
        generated: the walkers are generated, not recorded.
        origin: what else it takes to get these data again.
        conditions: name of a split -> [N] str, where they are known.
    """

    data_set: catalog.DataSet
    probe: str | None
    length: int
    data: data_module.ReidData
    generated: bool = False
    origin: Mapping[str, object] = dataclasses.field(default_factory=dict)
    conditions: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is, for people."""
        generated = " (generated walkers)" if self.generated else ""
        probe = "no probes" if self.probe is None else f"probe {self.probe}"
        return f"{self.data_set.name}{generated}, {probe}"

    @property
    def about(self) -> dict[str, object]:
        """What a model's config.json is to say of it."""
        return {
            **about(self.data_set, self.probe, self.length),
            "generated": self.generated,
            **self.origin,
        }

    @property
    def subject(self) -> subjects.Subject:
        """What a report on it must know; no bones where they are no coordinates."""
        found = subjects.Subject(
            self.title, names=self.data_set.person_names, conditions=self.conditions
        )
        if not self.data.coordinates:
            return found
        body = anatomy.of(self.data_set.joints)
        top, bottom = tuple(body.top), tuple(body.bottom)
        return dataclasses.replace(found, bones=body.bones, top=top, bottom=bottom)


def about(
    data_set: catalog.DataSet, probe: str | None, length: int
) -> dict[str, object]:
    """What is known of the sequences of a data set before they are read."""
    return {
        "dataset": data_set.name,
        "probe": probe,
        "length": length,
        "joint_names": data_set.joints,
        "unit": data_set.unit,
    }


def find(name: str, length: int, data_root: pathlib.Path) -> catalog.DataSet:
    """The entry of a data set: published, generated or made here.

    Args:
        name: as given on the command line.
        length: f, 0 for the default.
        data_root: folder of all data sets.

    Raises:
        errors.InputError: there is no such data set.
    """
    if name.lower() == catalog.SYNTHETIC.lower():
        return catalog.synthetic(length)
    entry = catalog.find(name)
    if entry is None:
        return _made_here(name, length, data_root)
    # Pre-process.py makes any length that one asks for.
    made = tuple(set(_lengths_made(data_root / entry.name)) - set(entry.lengths))
    folder = data_root / entry.name / str(length or entry.lengths[0])
    described = descriptor.read(folder)
    return dataclasses.replace(
        entry,
        lengths=entry.lengths + made,
        # A split that somebody chose may have no probes.
        probes=entry.probes if described is None else described.probes,
        person_names={} if described is None else described.person_names,
    )


def _lengths_made(folder: pathlib.Path) -> list[int]:
    """Lengths that Pre-process.py has made of a data set, in order."""
    return sorted(
        int(path.name)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.name.isdigit() and (path / descriptor.FILE).is_file()
    )


def _made_here(name: str, length: int, data_root: pathlib.Path) -> catalog.DataSet:
    descriptor.check_name(name)
    folder = data_root / name
    lengths = _lengths_made(folder)
    if not lengths:
        known = [entry.name for entry in catalog.PUBLISHED] + [catalog.SYNTHETIC]
        known += sorted(
            path.parents[1].name for path in data_root.glob(f"*/*/{descriptor.FILE}")
        )
        raise errors.InputError(
            f"--dataset {name}: none of {', '.join(dict.fromkeys(known))}; make it "
            f"with: python Pre-process.py 6 --recordings FILE.npz --dataset {name}"
        )
    if length == 0:
        length = 6 if 6 in lengths else lengths[0]
    if length not in lengths:
        listed = ", ".join(map(str, lengths))
        described = descriptor.require(folder / str(lengths[0]))
        raise errors.InputError(
            f"--length {length}: {folder} holds sequences of {listed} skeletons; "
            f"{described.remade(length)}"
        )
    return descriptor.require(folder / str(length)).data_set()


def generate(length: int, persons: int, seed: int) -> Loaded:
    """Generated walkers, in memory.

    Args:
        length: f.
        persons: how many walk.
        seed: of persons, walks and sensor.

    Raises:
        errors.InputError: too few persons.
    """
    if length > _LONGEST_GENERATED:
        raise errors.InputError(
            f"--length {length}: {catalog.SYNTHETIC} comes in up to "
            f"{_LONGEST_GENERATED} skeletons."
        )
    settings = synthetic.Settings(persons=persons, seed=seed)
    # Recordings vary in length; each must be long enough for some sequences.
    settings = dataclasses.replace(settings, frames=max(settings.frames, 4 * length))
    walkers = synthetic.generate(settings)
    spans = windows.spans_by_split(walkers, np.asarray(walkers.split), length)
    splits = {
        part: centred(windows.gather(walkers, found, length))
        for part, found in spans.items()
    }
    data = data_module.ReidData(
        splits[TRAIN], data_module.Matching(splits["gallery"], splits["probe"])
    )
    entry = catalog.synthetic(length)
    return Loaded(
        *(entry, "probe", length, data),
        generated=True,
        origin={"synthetic_persons": persons, "synthetic_seed": seed},
        conditions=conditions_module.by_split(
            data,
            entry.probes["probe"],
            lambda part, _: conditions_module.of_recordings(walkers, spans[part]),
        ),
    )


def load(
    data_set: catalog.DataSet,
    probe: str | None,
    length: int,
    data_root: pathlib.Path,
) -> Loaded:
    """Reads a data set from disk.

    Args:
        data_set: its entry.
        probe: one of its probes.
        length: one of its lengths.
        data_root: folder of all data sets.

    Raises:
        errors.InputError: data are missing or broken.
    """
    folders = layouts.present(data_set, length, data_root)

    def split(part: str) -> data_module.Split:
        found = _open(folders[part], data_set, length)
        # A batch of what is held is gathered five times as fast.
        if memory.is_large(4 * math.prod(found.sequences.shape)):
            return found
        return data_module.Split(found.sequences.held(), found.persons)

    matching = None
    if probe is not None:
        probe_part, gallery_part = data_set.probes[probe]
        gallery = split(gallery_part)
        same = probe_part == gallery_part
        matching = data_module.Matching(
            gallery, gallery if same else split(probe_part), same
        )
    described = descriptor.read(folders[TRAIN].parent)
    data = data_module.ReidData(
        split(TRAIN), matching, data_set.balanced, names=data_set.person_names
    )
    return Loaded(
        *(data_set, probe, length, data),
        generated=described is not None and described.generated,
        conditions=conditions_module.by_split(
            data,
            None if probe is None else data_set.probes[probe],
            lambda part, number: conditions_module.read(
                folders[part], data_set.name, length, number
            ),
        ),
    )


def splits(
    data_set: catalog.DataSet, length: int, data_root: pathlib.Path
) -> Iterator[tuple[str, data_module.Split]]:
    """Reads all splits from disk into memory, one after the other.

    Args:
        data_set: its entry.
        length: one of its lengths.
        data_root: folder of all data sets.

    Raises:
        errors.InputError: data are missing or broken.
    """
    for part, folder in layouts.present(data_set, length, data_root).items():
        found = _open(folder, data_set, length)
        yield part, data_module.Split(found.sequences.held(), found.persons)


def _open(
    folder: pathlib.Path, data_set: catalog.DataSet, length: int
) -> npy_store.OpenSplit:
    if not folder.is_dir():
        raise errors.InputError(
            f"{data_set.name} is incomplete: there is no folder {folder}."
        )
    joints = len(data_set.joints)
    return npy_store.open_split(folder, data_set.name, length, joints)


def centred(split: data_module.Split) -> data_module.Split:
    """Subtracts joint 0 of every frame and flattens [N, f, J, 3] to [N, f, 3J]."""
    return data_module.Split(data_module.centred(split.sequences), split.persons)
