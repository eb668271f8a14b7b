"""A trained model's folder: weights, configuration, figures."""

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from simmc_tf import (
    atomic,
    errors,
    json_file,
    model,
    run_files,
    state_file,
    weights_file,
)
from simmc_tf import config as configs
from simmc_tf import encoder as encoders
from simmc_tf import preparation as preparations
from simmc_tf import replicas as replication

WEIGHTS, CONFIG = run_files.WEIGHTS, run_files.CONFIG
BEST, REPORT = run_files.BEST, run_files.REPORT
# What a run tells of its model, beside it.
FIGURES = (BEST, run_files.METRICS, run_files.TIMINGS)

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
    folder: pathlib.Path,
    simmc: model.SimMC,
    description: dict[str, object],
    first: bool = False,
) -> None:
    """Replaces the weights and config.json of a folder, both or none.

    Args:
        folder: created where it is not there.
        simmc: whose weights to keep.
        description: content of config.json; `load` needs `hyperparameters`,
            `skeleton_size`, `best_epoch` and `data_sha256`, the latter two None where
            nobody knows.
        first: of its run: all `FIGURES` that are there are of an earlier model.
    """
    outdated = (*FIGURES, REPORT) if first else (BEST, REPORT)
    _write(folder, simmc, description, {}, outdated)


def _write(
    folder: pathlib.Path,
    simmc: model.SimMC,
    description: Mapping[str, object],
    figures: Mapping[str, bytes],
    outdated: Iterable[str],
) -> None:
    """Writes a model and its figures; what tells of an earlier one is removed."""
    weights = weights_file.content(simmc)
    atomic.write_all(
        {
            folder / CONFIG: atomic.of_json(description),
            folder / WEIGHTS: atomic.of_bytes(weights),
            **{folder / n: atomic.of_bytes(text) for n, text in figures.items()},
        },
        without=[folder / name for name in outdated if name not in figures],
    )


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
        figures: content of those of `FIGURES` that tell of it; others are removed, and
            so is the state of a run that was stopped: it would go on into this model.
        flag: that chooses another folder, for messages.

    Raises:
        errors.InputError: another process writes to the folder.
    """
    with atomic.locked(folder, flag):
        outdated = (*FIGURES, REPORT, state_file.NAME)
        _write(folder, simmc, description, figures or {}, outdated)


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
        description = json_file.read(folder / CONFIG)
        config = configs.Config(**_checked(description))
        size, kept = description["skeleton_size"], description.get("preparation")
        weights_file.check_size(
            folder / WEIGHTS, _least_weights(config, size, kept and kept["size"])
        )
        simmc = build(config, size, preparation=_preparation(kept, size))
        weights_file.load(simmc, folder / WEIGHTS)
        for name, kind in (("best_epoch", int), ("data_sha256", dict)):
            if description[name] is not None:  # Not known of one that was brought in.
                kind(description[name])
    except errors.InputError:
        raise
    except (
        *(OSError, ValueError, KeyError, TypeError),
        *(AttributeError, OverflowError),
    ) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise errors.InputError(
            f"The model in {folder} cannot be read ({reason}); train it again by "
            "--mode Train of SimMC.py, or of SimMC-UF.py."
        ) from error
    return simmc, config, description


def _checked(description: dict) -> dict:
    """The hyperparameters of a config.json, where all in it is of its kind.

    Raises:
        TypeError: something is not.
        KeyError: something is missing.
    """
    found = dict(description["hyperparameters"])
    kinds: dict[str, Any] = {
        field.name: (int, float) if field.type is float else field.type
        for field in dataclasses.fields(configs.Config)
    }
    for name, kind in kinds.items():
        # true is an int to Python.
        value = found.get(name)
        if name in found and (
            not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool)
        ):
            raise TypeError(f"{name} is {value!r:.40}")
    if type(description["skeleton_size"]) is not int:
        raise TypeError(f"skeleton_size is {description['skeleton_size']!r:.40}")
    names = description.get("joint_names")
    if names is not None and not (
        isinstance(names, list) and all(isinstance(name, str) for name in names)
    ):
        raise TypeError(f"joint_names are {names!r:.40}")
    return found


def _least_weights(config: configs.Config, skeleton_size: int, seen: object) -> int:
    """Weights that a model has at least.

    Args:
        config: of the model.
        skeleton_size: d.
        seen: numbers a skeleton that the encoder sees of these; None: all.

    Raises:
        TypeError: a size is none.
    """
    size = skeleton_size if seen is None else seen
    if not isinstance(size, int) or min(skeleton_size, size) < 1:
        raise TypeError(f"it sees {size!r:.40} of {skeleton_size!r:.40} numbers")
    prepared = 0 if seen is None else size * skeleton_size
    return prepared + config.H * (size + config.D * config.H)


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
