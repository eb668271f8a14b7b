"""Represents a data set by a source model that is trained here."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from datasets import body_parts, catalog, loading
from datasets.representations import provenance, writing
from simmc_tf import data as data_module
from simmc_tf import meter
from simmc_tf.sources import names, persons

if TYPE_CHECKING:  # TensorFlow loads with the second.
    from simmc_tf.sources import settings as settings_module
    from simmc_tf.sources import stage


@dataclasses.dataclass(frozen=True)
class Supervised:
    """A stage that trains on with identity labels, after the pretext.

    Attributes:
        hyperparameters: of its training, by field of `sources.Settings`.
        given: those that somebody asked for.
    """

    hyperparameters: Mapping[str, Any]
    given: Mapping[str, Any]


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
        supervised: None where no identity label is read.
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
    supervised: Supervised | None = None

    @property
    def title(self) -> str:
        """What folders of its model and representations are called."""
        return names.title(self.source, self.supervised is not None)

    @property
    def base(self) -> pathlib.Path:
        """Folder of the representations of this data set and length."""
        return self.representations / self.data_set.name / str(self.length)

    @property
    def model_folder(self) -> pathlib.Path:
        """Folder of the model after its pretext."""
        return self._folder(self.source)

    @property
    def supervised_folder(self) -> pathlib.Path:
        """Folder of the model after its supervised stage."""
        return self._folder(self.title)

    def _folder(self, title: str) -> pathlib.Path:
        folder = self.model_root / "sources" / title
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
    from simmc_tf.sources import representing

    settings = _settings(task)
    loaded = task.train()
    train = loaded.data.train
    model = _obtain(task, settings, loaded, report)
    labelled = task.supervised is not None
    represent = representing.compiled(model, *train.sequences.shape[1:])

    def made() -> Iterator[tuple[str, data_module.Split]]:
        for part, split in task.splits():
            say = meter.Meter(part, "sequences")
            features = representing.Represented(
                represent, model.width, split.sequences, say
            )
            yield part, data_module.Split(features, split.persons)
            report(f"{part}: {list(features.shape)}")

    writing.write_all(
        *(task.representations, task.data_set.name, task.length, made()),
        about=provenance.about(task.title, labelled),
    )
    report(f"written to {task.base}")
    if labelled:
        report(f"{task.title}: {names.MADE_WITH_LABELS}")
    return train.persons


def _settings(
    task: Task,
) -> "tuple[settings_module.Settings, settings_module.Supervised | None]":
    """Settings of the pretext, and of the supervised stage where there is one."""
    from simmc_tf.sources import settings

    which: dict[str, Any] = {"model": task.source, "length": task.length}
    pretext = settings.Settings(**which, **task.hyperparameters)
    if task.supervised is None:
        return pretext, None
    return pretext, settings.Supervised(**which, **task.supervised.hyperparameters)


def _obtain(
    task: Task,
    settings: "tuple[settings_module.Settings, settings_module.Supervised | None]",
    loaded: loading.Loaded,
    report: Callable[[str], None],
) -> "stage.Stage":
    """The model after all stages; each is loaded, gone on with, or trained."""
    from simmc_tf.sources import obtaining, recognition

    train, after = loaded.data.train, task.supervised
    pretext, supervised = settings
    # Before the pretext takes its hours; no label reaches it.
    labels = None if after is None else persons.Labels.of(train.persons)
    model = obtaining.obtain(
        *(train.sequences, pretext, task.given, task.model_folder, loaded.about),
        *(task.body, report, task.retrain),
    )
    if after is None or supervised is None or labels is None:
        return model
    return obtaining.obtain(
        *(train.sequences, supervised, after.given, task.supervised_folder),
        *(loaded.about, task.body, report, task.retrain),
        supervision=recognition.Supervision.of(model, labels),
    )


def size(task: Task, num_persons: int | None) -> str:
    """Parameters as here and as published, and operations, as lines of text.

    Args:
        task: of the model.
        num_persons: in training; None: look.
    """
    from simmc_tf.sources import sizes

    settings = _settings(task)[0]
    if num_persons is None:
        known = task.train().data.train.persons
        num_persons = len(np.unique(known[known >= 0]))
    joints = len(task.data_set.joints)
    return sizes.measure(
        settings, joints, task.body, num_persons, task.supervised is not None
    ).text
