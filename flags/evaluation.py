"""Flags of scripts.evaluate."""

import dataclasses
import functools
import pathlib
from collections.abc import Sequence

from absl import flags

from datasets import catalog, writable
from flags import data_set as data_set_flags
from flags import defaults, model
from flags import source as source_flags
from simmc_tf import config as configs
from simmc_tf import errors, evaluation, presets

ALL = "all"


@dataclasses.dataclass(frozen=True)
class Options(data_set_flags.Options):
    """What is to be evaluated, and how.

    Attributes:
        representation: names or paths as given; none for all that are functions.
        protocol: which gallery sequences and probes count.
        batch_size: of the published protocol; None: the model's own, else 256.
        distance: `evaluation.EUCLIDEAN` or `COSINE`.
        standardise: None for the default of each representation.
        published_indices: D-13 and D-16 as the published code computes them.
        model_root: folder of all models.
        gpu: numbers, of which the first computes; (-1,) for the CPU.
        csv: file to write the table to, too.
        where: representations are.
    """

    representation: Sequence[str]
    protocol: str
    batch_size: int | None
    distance: str
    standardise: bool | None
    published_indices: bool
    model_root: pathlib.Path
    gpu: tuple[int, ...]
    csv: pathlib.Path | None
    where: source_flags.Options

    def chosen_probes(self, data_set: catalog.DataSet) -> list[str]:
        """The probes that are asked for.

        Raises:
            errors.InputError: the data set has no such probe, or none at all.
        """
        if not data_set.probes:
            raise errors.InputError(
                f"--dataset {data_set.name}: it has no probes, so nothing to evaluate."
            )
        if ALL in ((self.probe or "").lower(), (self.probe_type or "").lower()):
            return list(data_set.probes)
        return [self.choose_probe(data_set) or ""]

    def title(self, data_set: catalog.DataSet, length: int) -> str:
        """What the table shows."""
        text = (
            f"{data_set.name}, {length} skeletons a sequence; {self.protocol} "
            f"protocol, {self.distance} distance"
        )
        if self.standardise is not None:
            text += ", standardised" if self.standardise else ", not standardised"
        return text + (", published indices" if self.published_indices else "")

    def settings(self, data_set: catalog.DataSet, length: int) -> dict[str, object]:
        """What tells one table from another, by column."""
        return {
            "dataset": data_set.name,
            "length": length,
            "protocol": self.protocol,
            "distance": self.distance,
            "standardise": self.standardise,
            "published_indices": self.published_indices,
        }

    def counted_batch(self, config: configs.Config | None = None) -> int:
        """Probes and gallery count in whole batches of this size (1: all count).

        Args:
            config: of a trained model.
        """
        batch_size = self.batch_size or (config or configs.Config()).batch_size
        return configs.Config(
            protocol=self.protocol, batch_size=batch_size
        ).counted_batch


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values, more=f"; or {ALL} of them")
    source_flags.define(values, default=None)
    string = functools.partial(flags.DEFINE_string, flag_values=values)
    flags.DEFINE_list(
        "representation",
        None,
        "what to evaluate, with commas between them: raw (mean coordinates), D-13, "
        "D-16, distances (mean joint distances), posegait (PoseGait's hand-made "
        "features, without its network) (these five where none is given), simmc (the "
        "model in --model_root), uf (the same of SimMC-UF.py; give --source), a folder "
        "of --representation_root, or a path: a folder like those, or an .npz of "
        "features by split",
        flag_values=values,
    )
    model.define(values)
    flags.DEFINE_enum(
        "protocol",
        None,
        [configs.PUBLISHED, configs.STRICT],
        "published (the default for the paper's data sets): whole batches of probes "
        "and gallery count; strict (the default for all others): all of them",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "batch_size",
        None,
        "--protocol published: sequences a batch (256, or as the model was trained)",
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "distance",
        evaluation.EUCLIDEAN,
        [evaluation.EUCLIDEAN, evaluation.COSINE],
        "between features; published: euclidean",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "standardise",
        None,
        "divide each number of a feature by its deviation over the training set "
        "(distances, posegait: yes, others: no)",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "published_indices",
        False,
        "D-13 and D-16 with Kinect v1's joint indices, whatever the joints are, "
        "and with the formulas of the published code",
        flag_values=values,
    )
    string("csv", None, "file to write the table to, too")


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options.

    Raises:
        errors.InputError: nothing is to be evaluated.
    """
    given = values["representation"].value
    names = [name.strip() for name in given or () if name.strip()]
    if given is not None and not names:
        raise errors.InputError("--representation: expected at least one.")
    csv = None if values["csv"].value is None else pathlib.Path(values["csv"].value)
    if csv is not None:
        writable.check_file(csv, f"--csv {csv}")
    preset = defaults.preset(values["dataset"].value)
    return Options(
        **data_set_flags.fields(values),
        protocol=values["protocol"].value or presets.protocol(preset),
        representation=tuple(dict.fromkeys(names)),
        **model.fields(values),
        csv=csv,
        where=source_flags.read(values),
        **{
            name: values[name].value
            for name in (
                *("batch_size", "distance", "standardise"),
                "published_indices",
            )
        },
    )
