"""Flags that say where models are, and where they are computed."""

import pathlib
from typing import Any

from absl import flags

from simmc_tf import errors, startup

ROOT = "ReID_Models"


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    define_root(values)
    flags.DEFINE_string(
        "gpu",
        "0",
        "GPU to use, -1 for the CPU; 0,1 for several, which share the steps of "
        "training (all else computes on the first)",
        flag_values=values,
    )


def define_root(values: flags.FlagValues) -> None:
    """Defines --model_root alone."""
    flags.DEFINE_string("model_root", ROOT, "folder of all models", flag_values=values)


def fields(values: flags.FlagValues) -> dict[str, Any]:
    """Options `model_root` and `gpu`.

    Raises:
        errors.InputError: --gpu is no list of GPUs.
    """
    return {
        "model_root": pathlib.Path(values["model_root"].value),
        "gpu": _gpus(values["gpu"].value),
    }


def _gpus(text: str) -> tuple[int, ...]:
    try:
        gpus = tuple(map(int, text.split(",")))
    except ValueError as error:
        raise errors.InputError(startup.must_be(text)) from error
    startup.check_gpus(gpus)
    return gpus
