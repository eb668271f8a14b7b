"""Flags that say where models are, and where they are computed."""

import pathlib
from typing import Any

from absl import flags


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "model_root", "ReID_Models", "folder of all models", flag_values=values
    )
    flags.DEFINE_integer("gpu", 0, "GPU to use, -1 for the CPU", flag_values=values)


def fields(values: flags.FlagValues) -> dict[str, Any]:
    """Options `model_root` and `gpu`."""
    return {
        "model_root": pathlib.Path(values["model_root"].value),
        "gpu": values["gpu"].value,
    }
