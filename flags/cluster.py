"""Flags of scripts.cluster."""

import dataclasses
import pathlib

from absl import flags

from simmc_tf import errors
from simmc_tf.sharded import archive, embedding, plan

# Of 10^7 rows, one of such shards is a minute's work of a core; so is a pair of them.
_ROWS_OF_SHARD = 100_000
# Fewer would leave workers idle.
_FEWEST_SHARDS = 8


@dataclasses.dataclass(frozen=True)
class Options:
    """What is to be clustered, and by whom.

    Attributes:
        plan: all that decides the result.
        features_only: stop when the sequences are encoded.
        num_workers: processes to start on this machine.
        scheduler: address of a cluster that runs, to be used instead.
    """

    plan: plan.Plan
    features_only: bool
    num_workers: int
    scheduler: str | None


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, meaning in (
        ("input", "sequences [N, f, d] or features [N, H]: a .npy file, or a folder"),
        ("model", "sequences: folder of a model of SimMC.py, or of a SavedModel"),
        ("output", "folder of the result and, until then, of all parts of it"),
        ("scheduler", "address of a Dask cluster that runs, which uses the folders"),
    ):
        flags.DEFINE_string(name, None, meaning, flag_values=values)
    flags.DEFINE_float(
        "eps", 0.6, "DBSCAN's radius in Jaccard distance", flag_values=values
    )
    for name, default, meaning in (
        ("min_samples", 2, "rows that make a core"),
        ("k1", 20, "neighbours of the k-reciprocal test"),
        ("k2", 6, "neighbours of the query expansion"),
        ("gpu", -1, "GPU that workers encode on, -1 for the CPU"),
    ):
        flags.DEFINE_integer(name, default, meaning, flag_values=values)
    flags.DEFINE_integer(
        "shards",
        None,
        f"parts of the rows (as many as have {_ROWS_OF_SHARD:,}, at least "
        f"{_FEWEST_SHARDS}); more need less memory",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "workers",
        2,
        "processes on this machine, of one thread each",
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "features_only", False, "stop when the features are there", flag_values=values
    )


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options.

    Raises:
        errors.InputError: one is missing, or does not fit the input.
    """
    for name in ("input", "output"):
        if not values[name].value:
            raise errors.InputError(f"--{name} is missing; expected a path.")
    source = archive.find(pathlib.Path(values["input"].value))
    model = values["model"].value
    if model is not None:
        embedding.check(pathlib.Path(model))
        model = str(pathlib.Path(model).resolve())
    num_rows = source.num_rows
    shards = values["shards"].value
    if shards is None:
        wanted = max(_FEWEST_SHARDS, -(-num_rows // _ROWS_OF_SHARD))
        shards = min(wanted, num_rows)
    whole = plan.Plan(
        folder=pathlib.Path(values["output"].value).resolve(),
        source=source,
        model=model,
        bounds=plan.even_bounds(num_rows, shards),
        **{
            name: values[name].value
            for name in ("gpu", "eps", "min_samples", "k1", "k2")
        },
    )
    return Options(
        whole,
        values["features_only"].value,
        values["workers"].value,
        values["scheduler"].value,
    )
