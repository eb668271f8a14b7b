"""Flags of scripts.report."""

import dataclasses
import pathlib
from collections.abc import Sequence

from absl import flags

from datasets import picture_target
from simmc_tf import errors, startup


@dataclasses.dataclass(frozen=True)
class Options:
    """Of which run a report is to be written.

    Attributes:
        folder: of the run.
        data_root: folder of all data sets; None for the one that the run had.
        representation_root: folder of all representations; None for where the run had
            them.
        picture: file that takes some probes and what they find, None for none.
        gpu: number, -1 for the CPU.
    """

    folder: pathlib.Path
    data_root: pathlib.Path | None
    representation_root: pathlib.Path | None
    picture: pathlib.Path | None
    gpu: int


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, kind in (
        ("data_root", "data sets"),
        ("representation_root", "representations"),
    ):
        flags.DEFINE_string(
            name, None, f"folder of all {kind} (the run's)", flag_values=values
        )
    flags.DEFINE_string(
        "picture",
        None,
        "SVG file for some probes and what they find, besides the report",
        flag_values=values,
    )
    flags.DEFINE_integer("gpu", 0, "GPU to use, -1 for the CPU", flag_values=values)


def read(values: flags.FlagValues, arguments: Sequence[str]) -> Options:
    """Turns a run's folder and parsed flags into options.

    Raises:
        errors.InputError: not just one folder is given, no such GPU can be, or the
            picture cannot be written.
    """
    if len(arguments) != 1:
        found = " ".join(arguments) or "nothing"
        raise errors.InputError(
            "expected the folder of a run, as python -m scripts.report "
            f"ReID_Models/KS20/probe, not {found}."
        )
    startup.check_gpus((values["gpu"].value,))
    data_root, representation_root, picture = (
        None if (given := values[name].value) is None else pathlib.Path(given)
        for name in ("data_root", "representation_root", "picture")
    )
    if picture is not None:
        if picture.suffix.lower() != ".svg":
            raise errors.InputError(
                f"--picture {picture}: expected a name that ends in .svg."
            )
        picture_target.check(picture, f"--picture {picture}")
    return Options(
        pathlib.Path(arguments[0]),
        *(data_root, representation_root, picture),
        values["gpu"].value,
    )
