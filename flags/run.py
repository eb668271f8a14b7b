"""Flags of SimMC.py and SimMC-UF.py, and the options that they come to."""

import dataclasses
import importlib.util
import pathlib
from collections.abc import Mapping
from typing import Any

from absl import flags

from flags import data_set, defaults, model, repeat
from simmc_tf import config as configs
from simmc_tf import errors, presets, resuming

_NOT_WITH_AUTO = f"; not with --preset {configs.AUTO}"

# Flag -> field of config.Config, type, help. None: the default of the data set.
_HYPERPARAMETERS = {
    "H": ("H", int, "width of the encoder and of the representation (256)"),
    "D": ("D", int, "hidden layers of the encoder (1)"),
    "mask_x": (
        "mask_x",
        int,
        "skeletons of a sequence that a mask drops (by data set)",
    ),
    "mask_x_2": ("mask_x_2", int, "the same for the second mask (as --mask_x)"),
    "lambda": ("mic_weight", float, "weight of MIC; MPC has 1 - lambda (by data set)"),
    "t": ("t", float, "temperature of MPC (by data set)"),
    "lr": ("lr", float, "Adam's learning rate (0.00035)"),
    "eps": (
        "eps",
        float,
        f"DBSCAN's radius in Jaccard distance (by data set){_NOT_WITH_AUTO}, which "
        f"takes {presets.AUTO_EPS} where it clusters sequences one by one",
    ),
    "min_samples": (
        "min_samples",
        int,
        f"sequences that make a core (by data set){_NOT_WITH_AUTO}",
    ),
    "k1": ("k1", int, f"neighbours of the k-reciprocal test (20){_NOT_WITH_AUTO}"),
    "k2": ("k2", int, f"neighbours of the query expansion (6){_NOT_WITH_AUTO}"),
    "radius": (
        "radius",
        float,
        "cosine distance up to which recordings are merged into persons, with --preset "
        f"{configs.AUTO} only (0: the silhouette chooses, every epoch)",
    ),
    "batch_size": ("batch_size", int, "sequences a batch (256)"),
    "epochs": ("epochs", int, "most epochs to train (1000; auto: 200)"),
    "patience": (
        "patience",
        int,
        "epochs without a better one before stopping (100; auto: 10)",
    ),
    "seed": ("seed", int, "of weights, masks, draws and shuffles (0)"),
}

# Flags that are options as they are.
_PLAIN = ("mode", "model_size", "export", "report", "tensorboard")
_EXISTING = ("resume", "overwrite")
# Fields that may differ between training and evaluation: they only end the training.
_STOPPING = ("epochs", "patience")


@dataclasses.dataclass(frozen=True)
class Options(data_set.Options):
    """What a command line asks for.

    Attributes:
        mode: Train, Eval or Export.
        gpu: numbers as given, (-1,) for the CPU.
        model_root: folder of all models.
        model_size: print parameters and FLOPs instead of training.
        export: after training, export the model.
        report: after training, write report.html.
        tensorboard: while training, write event files.
        existing: what is to become of a run that is in the model folder.
        given: hyperparameters that the user gave, by field of `config.Config`.
    """

    mode: str
    gpu: tuple[int, ...]
    model_root: pathlib.Path
    model_size: bool
    export: bool
    report: bool
    tensorboard: bool
    existing: resuming.Existing
    given: dict[str, Any]

    @property
    def trains(self) -> bool:
        """Whether there is anything to train."""
        return self.mode == "Train" and not self.model_size

    @property
    def used_gpus(self) -> tuple[int, ...]:
        """All that are given where there is something to train, else the first."""
        return self.gpu if self.trains else self.gpu[:1]

    def check_folder(self, folder: pathlib.Path) -> None:
        """Refuses to lose a run, before anything long begins.

        Raises:
            errors.InputError: there is one, and nobody says what is to become of it.
        """
        if self.trains:
            self.existing.check(folder)

    def config(self, name: str, probe: str | None, length: int) -> configs.Config:
        """Hyperparameters: the user's, else the data set's, else general defaults.

        Raises:
            errors.InputError: a value is out of range, or contradicts another one.
        """
        if self.mode == "Train":  # An evaluation takes what the model was trained with.
            defaults.check_given(name, self.given)
        return defaults.config(name, probe, length, self.given)

    def check_trained(
        self, trained: configs.Config, about: Mapping[str, object], length: int
    ) -> None:
        """Refuses to evaluate or export a model as what it is not.

        Args:
            trained: hyperparameters of the model.
            about: its config.json.
            length: f of the data.

        Raises:
            errors.InputError: the model was trained with another length, or with
                something else than a flag that the user gave.
        """
        fields = {field: flag for flag, (field, *_) in _HYPERPARAMETERS.items()}
        # Of a model that was brought in, not everything can be told.
        told = about.get("unknown")
        unknown = told if isinstance(told, list) else []
        for field, value in self.given.items():
            if field not in _STOPPING and field not in unknown:
                flag = fields.get(field, field)
                check(flag, value, getattr(trained, field), self._verb)
        check("length", length, about.get("length"), self._verb)

    @property
    def _verb(self) -> str:
        return "export" if self.mode == "Export" else "evaluate"


def check(flag: str, asked: object, had: object, verb: str = "evaluate") -> None:
    """Refuses to use a model that was trained with another value of a flag.

    Args:
        flag: its name.
        asked: its value.
        had: that of the model.
        verb: what is to be done with the model.

    Raises:
        errors.InputError: it was.
    """
    if asked != had:
        raise errors.InputError(
            f"--{flag} {asked}: the model was trained with --{flag} {had}; {verb} it "
            "with that, or train one with --mode Train."
        )


def define(values: flags.FlagValues) -> None:
    """Defines the flags; in a function, since two programs define the same ones."""
    data_set.define(values)
    model.define(values)
    repeat.define(values)
    flags.DEFINE_enum(
        "mode",
        "Train",
        ["Train", "Eval", "Export"],
        "train and evaluate; or evaluate, or export, the model of the model folder",
        case_sensitive=False,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "protocol",
        None,
        [configs.PUBLISHED, configs.STRICT],
        "published (the default of --preset published): balance by identity, select by "
        "probe; strict (the only one of --preset auto): read no label",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "preset",
        None,
        [configs.PUBLISHED, configs.AUTO],
        "published (the default for the paper's data sets, and for --protocol "
        "published): its method and settings; auto (the default for all others): no "
        "label, nothing to tune",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "model_size", False, "print parameters and FLOPs, and stop", flag_values=values
    )
    flags.DEFINE_boolean(
        "export",
        True,
        "after training, write a SavedModel and a .keras into the model folder",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "report",
        True,
        "after training, write report.html into the model folder: the run as pictures",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "tensorboard",
        False,
        "while training, write what TensorBoard shows into the model folder (needs "
        "requirements-tensorboard.txt)",
        flag_values=values,
    )
    for name, meaning in (
        (
            "resume",
            "go on with the run in the model folder, if there is one, where it "
            "was stopped, to the same weights, bit for bit; --epochs may be another "
            "number until it has ended",
        ),
        ("overwrite", "replace the run that is in the model folder"),
    ):
        flags.DEFINE_boolean(name, False, meaning, flag_values=values)
    define_hyperparameters(values)


def define_hyperparameters(values: flags.FlagValues) -> None:
    """Defines those that have a number."""
    for flag, (_, kind, text) in _HYPERPARAMETERS.items():
        define_number = flags.DEFINE_integer if kind is int else flags.DEFINE_float
        define_number(flag, None, text, flag_values=values)
    # Its name in the published code.
    flags.DEFINE_alias("mask_lambda", "lambda", flag_values=values)


def hyperparameters(values: flags.FlagValues) -> dict[str, Any]:
    """Those that were given, by field of `config.Config`."""
    return {
        field: values[flag].value
        for flag, (field, *_) in _HYPERPARAMETERS.items()
        if values[flag].value is not None
    }


def read(values: flags.FlagValues) -> Options:
    """Turns parsed flags into options; nothing else reads flags.

    Raises:
        errors.InputError: an export is asked for, and not to be made; or TensorBoard,
            where there is nothing for it; or to go on with, or to replace, a run where
            nothing is trained.
    """
    if values["mode"].value == "Export" and not values["export"].value:
        raise errors.InputError(
            "--mode Export --noexport: that is to export and not to; leave one out."
        )
    existing = resuming.Existing(*(values[name].value for name in _EXISTING))
    for name in _EXISTING:
        if values[name].value and values["mode"].value != "Train":
            raise errors.InputError(
                f"--{name} is of a training, and --mode {values['mode'].value} trains "
                "nothing; leave one out."
            )
    if values["tensorboard"].value:
        _check_tensorboard(values["mode"].value)
    given = hyperparameters(values)
    for name in ("protocol", "preset"):
        if values[name].value is not None:
            given[name] = values[name].value
    return Options(
        **data_set.fields(values),
        **model.fields(values),
        given=given,
        existing=existing,
        **{name: values[name].value for name in _PLAIN},
    )


def _check_tensorboard(mode: str) -> None:
    """Refuses --tensorboard where nothing could be written for it.

    Raises:
        errors.InputError: nothing is trained, or the package is not installed.
    """
    if mode != "Train":
        raise errors.InputError(
            f"--tensorboard shows how training goes, and --mode {mode} trains nothing; "
            "leave one out."
        )
    if importlib.util.find_spec("tensorboard") is None:
        raise errors.InputError(
            "--tensorboard: TensorBoard is not installed; pip install -r "
            "requirements-tensorboard.txt, or leave it out."
        )
