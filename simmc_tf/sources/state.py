"""All that a training that was stopped needs to go on as if it had not been."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from simmc_tf import errors, same_run, state_file
from simmc_tf.sources import names

FILE = state_file.NAME
# Keys of source.json that tell what a model is made of -> their meaning.
_DATA = {
    "data_sha256": "training data",
    "body": "joints",
    "labels_sha256": "identity labels",
    "pretext_sha256": "the pretext's model",
}
RETRAIN = "--retrain trains a new model in its place"


@dataclasses.dataclass(frozen=True)
class State:
    """A training after some epochs.

    Attributes:
        made_of: what it is the training of: settings, data and skeleton.
        rows: of loss.csv, one an epoch.
        weights: of the model.
        optimizer: its variables.
    """

    made_of: Mapping[str, object]
    rows: Sequence[Mapping[str, float]]
    weights: Sequence[np.ndarray]
    optimizer: Sequence[np.ndarray]

    @classmethod
    def of(
        cls,
        made_of: Mapping[str, object],
        rows: Sequence[Mapping[str, float]],
        model: keras.Model,
    ) -> "State":
        """A copy of what a model and its optimizer are now."""
        weights = state_file.copies(model.weights)
        optimizer = state_file.copies(model.optimizer.variables)
        return cls(made_of, list(rows), weights, optimizer)

    def restore(self, model: keras.Model) -> None:
        """Makes a model and its optimizer, which is built, what they were.

        Raises:
            ValueError: they are of other sizes.
        """
        state_file.restore(model, self.weights, self.optimizer)

    def write(self, folder: pathlib.Path) -> None:
        """Replaces the state in the folder of the model."""
        state_file.write(
            folder,
            {"made_of": self.made_of, "rows": self.rows},
            {"weights": self.weights, "optimizer": self.optimizer},
        )


def read(folder: pathlib.Path) -> State | None:
    """The state in the folder of a model, None where there is none.

    Raises:
        errors.InputError: it cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        told, arrays = state_file.read(folder)
        made_of, rows = dict(told["made_of"]), list(map(dict, told["rows"]))
        dict(made_of["settings"])
        [float(row["loss"]) for row in rows]
        kinds = {array.dtype.kind for some in arrays.values() for array in some}
        if not kinds <= set("fiu"):
            raise ValueError("There are arrays that hold no numbers.")
        return State(made_of, rows, arrays["weights"], arrays["optimizer"])
    except state_file.UNREADABLE as error:
        raise errors.InputError(
            f"{path}, of a training that was stopped, cannot be read; {RETRAIN}."
        ) from error


def check_same(path: pathlib.Path, had: Mapping, asked: Mapping) -> None:
    """Refuses to go on with a training of something else.

    Args:
        path: of the model, for the message.
        had: what the model is the training of.
        asked: what is to be trained.

    Raises:
        errors.InputError: names what differs.
    """
    supervised = bool(asked.get(names.IDENTITY_LABELS))
    differing = [
        f"{names.flag(name, supervised)} {new} (there {old})"
        for name, (old, new) in same_run.changes(had, asked, "settings")
    ]
    for name, meaning in _DATA.items():
        if had.get(name) != asked.get(name):
            differing.append(meaning)
    if not differing:
        return
    raise errors.InputError(
        f"{path} is of another training: it differs in {', '.join(differing)}; "
        f"{RETRAIN}, another --model_root leaves it as it is."
    )
