"""The folder of a trained source model."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping

import keras

from simmc_tf import atomic, errors, json_file, origin, weights_file
from simmc_tf.sources import graphs, names, recognition, stage, state
from simmc_tf.sources import settings as settings_module

WEIGHTS = "source.weights.h5"
DESCRIPTION = "source.json"
LOSSES = "loss.csv"
# Joints of a skeleton, bones, and frames of a sequence: matrices are as large as the
# square of these, and in no file.
_MOST = 2_000

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
    return origin.versions(("tensorflow", "keras", "numpy"))


def save(
    folder: pathlib.Path, model: keras.Model, description: Mapping[str, object]
) -> None:
    """Replaces the weights and source.json of a folder."""
    # Keras would write the optimizer's variables too, which are twice as many.
    optimizer, model.optimizer = getattr(model, "optimizer", None), None
    try:
        weights = weights_file.content(model)
    finally:
        model.optimizer = optimizer
    # Never one model's weights beside what tells of another.
    atomic.write_all(
        {
            folder / WEIGHTS: atomic.of_bytes(weights),
            folder / DESCRIPTION: atomic.of_json(description),
        }
    )


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
    return json_file.read(folder / DESCRIPTION)


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
        _check_sizes(folder, settings, description, body)
        model = _built(settings, description, body)
        weights_file.load(model, folder / WEIGHTS)
        str(description["data_sha256"])
        int(description["best_epoch"])
    except errors.InputError:
        raise
    except (
        *(OSError, ValueError, KeyError, TypeError, IndexError),
        *(AttributeError, OverflowError),
    ) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise errors.InputError(
            f"The source model in {folder} cannot be read ({reason}); {state.RETRAIN}."
        ) from error
    return model, settings, description


def _check_sizes(
    folder: pathlib.Path,
    settings: settings_module.Settings,
    description: dict,
    body: graphs.Body | None,
) -> None:
    """Refuses a source.json of which no model could be built.

    Raises:
        ValueError: the model would be larger than its weights.
        TypeError: a size is none.
    """
    num_joints = description["num_joints"]
    # Layers of these widths are in all source models.
    sizes = [num_joints, settings.units, settings.length, settings.seed]
    if any(type(size) is not int for size in sizes):
        raise TypeError(f"sizes {sizes!r:.60}")
    bones = [] if body is None else body.bones
    ends = {end for bone in bones for end in bone}
    if (
        max(num_joints, settings.length, len(bones)) > _MOST
        or (body and not len(body.joints) == len(body.parts) == num_joints)
        or not ends <= set(range(num_joints))
    ):
        raise TypeError("joints, bones and frames do not belong together")
    persons = len(description["persons"]) if settings.supervised else 0
    least = settings.units * (settings.units + num_joints + persons)
    weights_file.check_size(folder / WEIGHTS, least)


def _built(
    settings: settings_module.Settings, description: dict, body: graphs.Body | None
) -> stage.Stage:
    """The model that source.json tells of, with its initial weights."""
    model = settings_module.build(settings, int(description["num_joints"]), body)
    if settings.supervised:
        return recognition.Recognition(model, len(description["persons"]))
    return model
