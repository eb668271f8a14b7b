"""Represents a data set by a source model that is trained here."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from datasets import body_parts, catalog, loading
from datasets.representations import writing
from simmc_tf import data as data_module
from simmc_tf import meter
from simmc_tf.sources import names


@dataclasses.dataclass(frozen=True)
class Task:
    """What is to be represented, by which model.

    Attributes:
        source: name of the model.
        data_set: entry of the data set.
        length: f.
        train: gives the training sequences and what is known of them.
        splits: gives all splits, one after the other.
        hyperparameters: of the model's training, by field of `sources.Settings`.
        given: those that somebody asked for.
        model_root: folder of all models.
        representations: folder of the source's representations.
        retrain: train a new model, whatever is there.
        overwrite: replace representations that are there.
    """

    source: str
    data_set: catalog.DataSet
    length: int
    train: Callable[[], loading.Loaded]
    splits: Callable[[], Iterator[tuple[str, data_module.Split]]]
    hyperparameters: Mapping[str, Any]
    given: Mapping[str, Any]
    model_root: pathlib.Path
    representations: pathlib.Path
    retrain: bool = False
    overwrite: bool = False

    @property
    def base(self) -> pathlib.Path:
        """Folder of the representations of this data set and length."""
        return self.representations / self.data_set.name / str(self.length)

    @property
    def model_folder(self) -> pathlib.Path:
        """Folder of the model."""
        folder = self.model_root / "sources" / self.source
        return folder / self.data_set.name / str(self.length)

    @property
    def body(self) -> body_parts.graphs.Body | None:
        """Which joint is where, for models that need it.

        Raises:
            errors.InputError: the joints' names do not tell.
        """
        if self.source not in names.OF_GRAPHS:
            return None
        return body_parts.of(self.data_set.joints)

    def check(self) -> None:
        """Refuses what cannot be done, before anything takes time.

        Raises:
            errors.InputError: there are representations that would be replaced, or the
                joints' names do not tell what they are.
        """
        writing.check_target(self.base, self.overwrite)
        self.body  # noqa: B018


def extract(task: Task, report: Callable[[str], None]) -> np.ndarray:
    """Trains the model, if it is not there, and writes what it makes of all splits.

    To be called when TensorFlow has its device.

    Args:
        task: what to do.
        report: takes lines of progress.

    Returns:
        [N] persons of the training sequences.

    Raises:
        errors.InputError: data are missing or broken, or something is there that is not
            to be replaced.
    """
    task.check()
    from simmc_tf.sources import obtaining, representing
    from simmc_tf.sources import settings as settings_module

    settings = settings_module.Settings(
        model=task.source, length=task.length, **task.hyperparameters
    )
    loaded = task.train()
    train = loaded.data.train
    model = obtaining.obtain(
        *(train.sequences, settings, task.given, task.model_folder, loaded.about),
        *(task.body, report, task.retrain),
    )
    represent = representing.compiled(model, *train.sequences.shape[1:])

    def made() -> Iterator[tuple[str, data_module.Split]]:
        for part, split in task.splits():
            say = meter.Meter(part, "sequences")
            features = representing.Represented(
                represent, model.width, split.sequences, say
            )
            yield part, data_module.Split(features, split.persons)
            report(f"{part}: {list(features.shape)}")

    writing.write_all(task.representations, task.data_set.name, task.length, made())
    report(f"written to {task.base}")
    return train.persons


def size(task: Task, num_persons: int | None) -> str:
    """Parameters as here and as published, and operations, as lines of text.

    Args:
        task: of the model.
        num_persons: in training; None: look.
    """
    from simmc_tf.sources import settings as settings_module
    from simmc_tf.sources import sizes

    settings = settings_module.Settings(
        model=task.source, length=task.length, **task.hyperparameters
    )
    if num_persons is None:
        persons = task.train().data.train.persons
        num_persons = len(np.unique(persons[persons >= 0]))
    joints = len(task.data_set.joints)
    return sizes.measure(settings, joints, task.body, num_persons).text
