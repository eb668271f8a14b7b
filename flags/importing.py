"""Flags of scripts/import_representations.py."""

import dataclasses
import pathlib

from absl import flags

from datasets.representations.importing import names
from flags import data_set as data_set_flags
from flags import source as source_flags
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Options(data_set_flags.Options):
    """What is to be brought in, and where to.

    Attributes:
        where: the representations are to be.
        source: name of the source model, or a path.
        input: folder of arrays, or one file.
        said: role and SPLIT=FILE or SPLIT=FILE:KEY of each array that is named.
        identity_labels: whether these made the representations; None: as far as what
            lies beside the arrays tells.
        overwrite: replace representations that are there.
        dry_run: only say what would be taken for what.
    """

    where: source_flags.Options
    source: str
    input: pathlib.Path
    said: tuple[tuple[str, str], ...]
    identity_labels: bool | None
    overwrite: bool
    dry_run: bool


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    source_flags.define(values, default=None)
    flags.DEFINE_string(
        "input",
        None,
        "folder with .npy or .npz files, or one such file",
        flag_values=values,
    )
    for name, meaning in (
        (
            "features",
            "[N, f, d], or [N * f, d], the f skeletons of a sequence one after another",
        ),
        ("persons", "of each sequence or skeleton"),
    ):
        flags.DEFINE_multi_string(
            name,
            [],
            f"SPLIT=FILE or SPLIT=FILE:KEY, with FILE as seen from --input: {meaning}; "
            "may be repeated",
            flag_values=values,
        )
    flags.DEFINE_boolean(
        "identity_labels",
        None,
        "whether a model that learnt identity labels made them (as the about.json or "
        "the name of their folder tells; else not known)",
        flag_values=values,
    )
    for name, meaning in (
        ("overwrite", "replace representations that are there"),
        ("dry_run", "only say what would be taken for what"),
    ):
        flags.DEFINE_boolean(name, False, meaning, flag_values=values)


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options.

    Raises:
        errors.InputError: --source, --dataset or --input is missing.
    """
    for name, meaning in (
        ("source", "a name for the source model"),
        ("dataset", "whose representations they are"),
        ("input", "a folder or a file"),
    ):
        # Not --dataset's default, which would be a guess.
        if not (values[name].present and values[name].value):
            raise errors.InputError(f"--{name} is missing; expected {meaning}.")
    return Options(
        **data_set_flags.fields(values),
        where=source_flags.read(values),
        source=values["source"].value,
        input=pathlib.Path(values["input"].value),
        said=tuple(
            (role, text)
            for role in (names.FEATURES, names.PERSONS)
            for text in values[role].value
        ),
        identity_labels=values["identity_labels"].value,
        overwrite=values["overwrite"].value,
        dry_run=values["dry_run"].value,
    )
