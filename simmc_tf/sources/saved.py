"""The folder of a trained source model."""

import dataclasses
import json
import pathlib
import platform
from collections.abc import Mapping
from importlib import metadata

import keras

import simmc_tf
from simmc_tf import atomic, errors
from simmc_tf.sources import graphs, names, recognition, stage, state
from simmc_tf.sources import settings as settings_module

WEIGHTS = "source.weights.h5"
DESCRIPTION = "source.json"
LOSSES = "loss.csv"

# Whether identity labels were used -> how a model was trained.
_KINDS = {False: settings_module.Settings, True: settings_module.Supervised}

# A model, how it was trained, and the whole of source.json.
Loaded = tuple[stage.Stage, settings_module.Settings, dict]


def describe(
    settings: settings_module.Settings,
    num_joints: int,
    body: graphs.Body | None,
    data_sha256: str,
) -> dict[str, object]:
    """What a model is the training of; the same for the same model, in JSON.

    Args:
        settings: of its training.
        num_joints: J.
        body: that its graphs are of.
        data_sha256: of the training sequences.
    """
    found = {
        "settings": dataclasses.asdict(settings),
        "num_joints": num_joints,
        "body": None if body is None else dataclasses.asdict(body),
        "data_sha256": data_sha256,
    }
    return json.loads(json.dumps(found))  # With lists for tuples, as it is read.


def versions() -> dict[str, str]:
    """Of what computes."""
    return {
        "simmc_tf": simmc_tf.__version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")},
    }


def save(
    folder: pathlib.Path, model: keras.Model, description: Mapping[str, object]
) -> None:
    """Replaces the weights and source.json of a folder."""
    # Never one model's weights beside what tells of another.
    (folder / DESCRIPTION).unlink(missing_ok=True)
    # Keras would write the optimizer's variables too, which are twice as many.
    optimizer, model.optimizer = getattr(model, "optimizer", None), None
    try:
        atomic.write(folder / WEIGHTS, lambda path: model.save_weights(path))
    finally:
        model.optimizer = optimizer
    atomic.write_json(folder / DESCRIPTION, description)


def is_there(folder: pathlib.Path) -> bool:
    """Whether a folder holds a model that is trained to its end, broken or not."""
    if not all((folder / name).is_file() for name in (WEIGHTS, DESCRIPTION)):
        return False
    if (folder / state.FILE).is_file():
        return False
    try:
        return bool(_description(folder).get("finished", True))
    except (OSError, ValueError, AttributeError):
        return True


def _description(folder: pathlib.Path) -> dict:
    return json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))


def load(folder: pathlib.Path) -> Loaded:
    """The model of a folder with its best weights.

    Raises:
        errors.InputError: there is none, it is not trained to its end, or it cannot be
            read.
    """
    missing = [name for name in (WEIGHTS, DESCRIPTION) if not (folder / name).is_file()]
    if missing:
        raise errors.InputError(
            f"There is no source model in {folder} ({' and '.join(missing)} missing); "
            "train one with: python -m scripts.extract --help"
        )
    if not is_there(folder):
        raise errors.InputError(
            f"The source model in {folder} is not trained to its end; the command that "
            "began it goes on with it."
        )
    try:
        description = _description(folder)
        hyperparameters = description["settings"]
        supervised = bool(description.get(names.IDENTITY_LABELS))
        settings = _KINDS[supervised](**hyperparameters)
        body = description["body"]
        if body is not None:
            body = graphs.Body(
                tuple(map(str, body["joints"])),
                tuple((int(one), int(other)) for one, other in body["bones"]),
                tuple(map(int, body["parts"])),
            )
        model = _built(settings, description, body)
        model.load_weights(folder / WEIGHTS)
        str(description["data_sha256"])
        int(description["best_epoch"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise errors.InputError(
            f"The source model in {folder} cannot be read ({reason}); {state.RETRAIN}."
        ) from error
    return model, settings, description


def _built(
    settings: settings_module.Settings, description: dict, body: graphs.Body | None
) -> stage.Stage:
    """The model that source.json tells of, with its initial weights."""
    model = settings_module.build(settings, int(description["num_joints"]), body)
    if settings.supervised:
        return recognition.Recognition(model, len(description["persons"]))
    return model
