"""What a run that has ended tells of itself; read without TensorFlow."""

import pathlib
from typing import Any

from simmc_tf import config as configs
from simmc_tf import differences, errors, json_file, run_files


def read(first: pathlib.Path) -> tuple[dict[str, Any], configs.Config]:
    """What a run's config.json tells, and its hyperparameters.

    Raises:
        errors.InputError: there is no run that has ended, or its config.json cannot be
            read or does not tell how it was started.
    """
    names = (run_files.CONFIG, *differences.COMPARED)
    missing = [name for name in names if not (first / name).is_file()]
    if missing:
        raise errors.InputError(
            f"--repeat {first}: no run that has ended ({missing[0]} is missing); give "
            "the folder of one, as ReID_Models/KS20/probe."
        )
    try:
        description = json_file.read(first / run_files.CONFIG)
        config = configs.Config(**description["hyperparameters"])
        told = description.get("command")
        if told is not None:
            dict(told["given"]), dict(told["data"]), str(told["program"])
        dict(description["data_sha256"])
    except errors.InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.InputError(
            f"--repeat {first}: its config.json cannot be read "
            f"({errors.one_line(str(error))})."
        ) from error
    if told is None:
        raise errors.InputError(
            f"--repeat {first}: its config.json does not tell the command (an earlier "
            "version of SimMC.py wrote it, or another program); run it once more by "
            "hand."
        )
    return description, config
