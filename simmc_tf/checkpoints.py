"""A trained model's folder: weights, configuration, figures."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping

from simmc_tf import atomic, errors, model, run_files
from simmc_tf import config as configs
from simmc_tf import encoder as encoders
from simmc_tf import preparation as preparations
from simmc_tf import replicas as replication

WEIGHTS, CONFIG = run_files.WEIGHTS, run_files.CONFIG
BEST, REPORT = run_files.BEST, run_files.REPORT
# What a run tells of its model, beside it.
FIGURES = (BEST, "metrics.csv", "timings.csv")

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
            `skeleton_size`, `best_epoch` and `data_sha256`, the latter two None where
            nobody knows.
    """
    # What tells of an earlier model must not stand beside this one.
    for name in (BEST, REPORT):
        (folder / name).unlink(missing_ok=True)
    atomic.write_json(folder / CONFIG, description)
    atomic.write(folder / WEIGHTS, lambda path: simmc.save_weights(path))


def check_free(folder: pathlib.Path, overwrite: bool, flag: str) -> None:
    """Refuses a folder that has a model, unless that is to be replaced.

    Args:
        folder: that need not exist.
        overwrite: whether it may be replaced.
        flag: that says so, for the message.

    Raises:
        errors.InputError: there is a model.
    """
    there = [name for name in (WEIGHTS, CONFIG) if (folder / name).exists()]
    if there and not overwrite:
        raise errors.InputError(
            f"There is a model in {folder} ({there[0]}); choose another folder, or "
            f"replace it with {flag}."
        )


def replace(
    folder: pathlib.Path,
    simmc: model.SimMC,
    description: dict[str, object],
    figures: Mapping[str, bytes] | None = None,
    flag: str = "--model_root",
) -> None:
    """Puts a model that is trained already into a folder.

    Args:
        folder: created where it is not there.
        simmc: whose weights to keep.
        description: as of `save`.
        figures: content of those of `FIGURES` that tell of it; others are removed.
        flag: that chooses another folder, for messages.

    Raises:
        errors.InputError: another process writes to the folder.
    """
    with atomic.locked(folder, flag):
        save(folder, simmc, description)
        for name in FIGURES:
            content = (figures or {}).get(name)
            if content is None:
                (folder / name).unlink(missing_ok=True)
            else:
                atomic.write_bytes(folder / name, content)


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
        for name, kind in (("best_epoch", int), ("data_sha256", dict)):
            if description[name] is not None:  # Not known of one that was brought in.
                kind(description[name])
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
