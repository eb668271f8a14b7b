"""Rows of the matrix: methods by name, and what each takes of a data set."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from datasets import body_parts
from datasets.representations import functions, handcrafted
from flags import source_defaults
from scripts.matrix import columns, results
from simmc_tf import config as configs
from simmc_tf.sources import names

SIMMC = "SimMC"
PUBLISHED = f"{SIMMC} {configs.PUBLISHED}"
# Title -> function of skeletons, whose mean over a sequence is evaluated.
FUNCTIONS = {
    "mean coordinates": functions.RAW,
    "joint distances": functions.DISTANCES,
    handcrafted.D13: handcrafted.D13,
    handcrafted.D16: handcrafted.D16,
    "PoseGait features": functions.POSEGAIT,
}
# Title -> source model whose representations SimMC is trained on.
FINE_TUNED = {f"{name} + {SIMMC}": name for name in source_defaults.NAMES}
NAMES = (*FUNCTIONS, *source_defaults.NAMES, *FINE_TUNED, SIMMC, PUBLISHED)


@dataclasses.dataclass(frozen=True)
class Asked:
    """What the command line says of all runs.

    Attributes:
        epochs: most of SimMC; None: its preset's.
        source_epochs: most of a source model's pretext; None: its own.
        protocol: None: SimMC.py's for the data set.
    """

    epochs: int | None = None
    source_epochs: int | None = None
    protocol: str | None = None

    def config(self, column: columns.Column, seed: int = 0) -> configs.Config:
        """Hyperparameters of SimMC on a data set, its protocol among them.

        Raises:
            errors.InputError: they do not fit.
        """
        return column.config(self.given(seed))

    def given(self, seed: int) -> dict[str, Any]:
        """Fields of SimMC's configuration that are not the data set's own."""
        asked = {"epochs": self.epochs, "protocol": self.protocol, "seed": seed}
        return {name: value for name, value in asked.items() if value is not None}


def run(
    method: str, column: columns.Column, seed: int, asked: Asked
) -> results.Run | None:
    """The run of a method on a data set, None where another one is the same.

    Args:
        method: one of `NAMES`.
        column: the data set.
        seed: of everything.
        asked: what is given.

    Raises:
        errors.InputError: the method does not do with these data.
    """
    usual = asked.config(column, seed)
    found = results.Run(column, method, seed, usual.protocol)
    if method in FUNCTIONS:
        functions.find(FUNCTIONS[method], column.joints)  # Refuses where joints lack.
        return found if seed == 0 or column.seeded else None
    if method == PUBLISHED:
        given = {**asked.given(seed), "protocol": usual.protocol}
        published = column.published_config(given)
        is_other = published != usual
        return dataclasses.replace(found, config=published) if is_other else None
    if method == SIMMC:
        return dataclasses.replace(found, config=usual)
    source = FINE_TUNED.get(method, method)
    if source in names.OF_GRAPHS:
        body_parts.of(column.joints)  # Refuses where their names tell nothing.
    return dataclasses.replace(
        found,
        source=_settings(source, column, seed, asked.source_epochs),
        config=usual if method in FINE_TUNED else None,
    )


def _settings(
    source: str, column: columns.Column, seed: int, epochs: int | None
) -> Mapping[str, Any]:
    """Fields of `sources.settings.Settings`, which would load TensorFlow."""
    found = source_defaults.find(source, column.settings_of)
    if epochs is not None:
        found["epochs"] = epochs
    return {"model": source, "length": column.length, **found, "seed": seed}
