"""All that a training that was stopped needs to go on as if it had not been."""

import dataclasses
import json
import pathlib
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from simmc_tf import atomic, errors
from simmc_tf.sources import names

FILE = "state.npz"
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
        variables = model.optimizer.variables
        return cls(made_of, list(rows), copies(model.weights), copies(variables))

    def restore(self, model: keras.Model) -> None:
        """Makes a model and its optimizer, which is built, what they were.

        Raises:
            ValueError: they are of other sizes.
        """
        model.set_weights(self.weights)
        for variable, value in zip(
            model.optimizer.variables, self.optimizer, strict=True
        ):
            variable.assign(value)

    def write(self, folder: pathlib.Path) -> None:
        """Replaces the state in the folder of the model."""
        told = json.dumps({"made_of": self.made_of, "rows": self.rows})
        arrays: dict[str, Any] = {"told": np.array(told)}
        for kind in ("weights", "optimizer"):
            arrays |= {f"{kind}_{i}": a for i, a in enumerate(getattr(self, kind))}
        atomic.write(folder / FILE, lambda path: np.savez(path, **arrays))


def copies(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    """What variables are now; arrays that training does not change."""
    return [np.array(variable.numpy()) for variable in variables]


def read(folder: pathlib.Path) -> State | None:
    """The state in the folder of a model, None where there is none.

    Raises:
        errors.InputError: it cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        # Opened here: NumPy leaves a file open that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            told = json.loads(str(arrays["told"]))
            weights, optimizer = (
                [
                    arrays[f"{kind}_{i}"]
                    for i in range(sum(name.startswith(kind) for name in arrays))
                ]
                for kind in ("weights", "optimizer")
            )
        return State(dict(told["made_of"]), list(told["rows"]), weights, optimizer)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
    ) as e:
        raise errors.InputError(
            f"{path}, of a training that was stopped, cannot be read; {RETRAIN}."
        ) from e


def check_same(path: pathlib.Path, had: Mapping, asked: Mapping) -> None:
    """Refuses to go on with a training of something else.

    Args:
        path: of the model, for the message.
        had: what the model is the training of.
        asked: what is to be trained.

    Raises:
        errors.InputError: names what differs.
    """
    first, second = (dict(each.get("settings") or {}) for each in (had, asked))
    supervised = bool(asked.get(names.IDENTITY_LABELS))
    differing = [
        f"{names.flag(name, supervised)} {second.get(name)} (there {first.get(name)})"
        for name in dict.fromkeys((*second, *first))
        if first.get(name) != second.get(name)
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
