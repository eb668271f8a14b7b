"""A trained model's folder: weights, configuration, figures."""

import dataclasses
import json
import pathlib

from simmc_tf import atomic, errors, model
from simmc_tf import config as configs
from simmc_tf import encoder as encoders
from simmc_tf import preparation as preparations
from simmc_tf import replicas as replication

WEIGHTS = "best.weights.h5"
CONFIG = "config.json"
BEST = "best.json"

# A model, its configuration and the whole of config.json.
Loaded = tuple[model.SimMC, configs.Config, dict]


def build(
    config: configs.Config,
    skeleton_size: int,
    replicas: replication.Replicas | None = None,
    preparation: preparations.Preparation | None = None,
) -> model.SimMC:
    """A SimMC model with its initial weights.

    Args:
        config: of the run.
        skeleton_size: numbers a skeleton, d.
        replicas: devices that train it; None for one.
        preparation: of the skeletons, which trains the model on r numbers each.
    """
    simmc = model.SimMC(
        # Two weights of the same seed must not be the same draws: the encoder uses
        # seed .. seed + D.
        encoders.Encoder(
            config.H,
            config.D,
            seed=1_000 * config.seed,
            whitened=config.preset == configs.AUTO,
        ),
        temperature=config.t,
        mic_weight=config.mic_weight,
        seed=1_000 * config.seed + 999,
        replicas=replicas,
        preparation=preparation,
    )
    size = skeleton_size if preparation is None else preparation.size
    simmc.build((None, None, size))
    return simmc


def save(
    folder: pathlib.Path, simmc: model.SimMC, description: dict[str, object]
) -> None:
    """Replaces the weights and config.json of a folder.

    Args:
        folder: created where it is not there.
        simmc: whose weights to keep.
        description: content of config.json; `load` needs `hyperparameters`,
            `skeleton_size`, `best_epoch` and `data_sha256`.
    """
    # Figures of an earlier model must not stand beside this one.
    (folder / BEST).unlink(missing_ok=True)
    atomic.write_json(folder / CONFIG, description)
    atomic.write(folder / WEIGHTS, lambda path: simmc.save_weights(path))


def load(folder: pathlib.Path) -> Loaded:
    """The model of a folder, its configuration and the whole of config.json.

    Raises:
        errors.InputError: there is no model, or it cannot be read.
    """
    missing = [name for name in (WEIGHTS, CONFIG) if not (folder / name).is_file()]
    if missing:
        raise errors.InputError(
            f"There is no trained model in {folder} ({' and '.join(missing)} missing); "
            "train one by --mode Train of SimMC.py, or of SimMC-UF.py."
        )
    try:
        description = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config = configs.Config(**description["hyperparameters"])
        size = int(description["skeleton_size"])
        simmc = build(
            config, size, preparation=_preparation(description.get("preparation"), size)
        )
        simmc.load_weights(folder / WEIGHTS)
        int(description["best_epoch"]), dict(description["data_sha256"])
    except errors.InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise errors.InputError(
            f"The model in {folder} cannot be read ({reason}); train it again by "
            "--mode Train of SimMC.py, or of SimMC-UF.py."
        ) from error
    return simmc, config, description


def _preparation(
    kept: dict[str, object] | None, skeleton_size: int
) -> preparations.Preparation | None:
    """As config.json tells of it; its constants come with the weights."""
    if kept is None:
        return None
    found = preparations.Preparation.from_config(kept)
    found.build((None, None, skeleton_size))
    return found


def hyperparameters(config: configs.Config) -> dict[str, object]:
    """Of a run, as config.json keeps them."""
    return dataclasses.asdict(config)
