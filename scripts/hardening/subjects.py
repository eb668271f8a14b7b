"""Programs that write, on data so few that a run takes seconds."""

import dataclasses
import pathlib
from collections.abc import Sequence

_TRAIN = (
    *("SimMC.py", "--dataset", "Mine", "--data_root", "{root}/Datasets"),
    *("--model_root", "{root}/Models", "--H", "16", "--batch_size", "8", "--gpu", "-1"),
)
_EXTRACT = (
    *("-m", "scripts.extract", "--source", "MG-SCR", "--dataset", "Mine"),
    *("--data_root", "{root}/Datasets", "--model_root", "{root}/Models"),
    *("--representation_root", "{root}/Representations", "--units", "4"),
    *("--epochs", "1", "--gpu", "-1"),
)
_WALKS = "-m", "scripts.make_synthetic", "--persons", "4", "--recordings"
_FURTHER = (
    *("SimMC-UF.py", "--source", "MG-SCR", "--dataset", "Mine", "--data_root"),
    *("{root}/Datasets", "--representation_root", "{root}/Representations"),
    *("--model_root", "{root}/Models", "--H", "16", "--batch_size", "8", "--gpu", "-1"),
    *("--noexport", "--noreport"),
)
_PREPARE = (
    *("Pre-process.py", "6", "--recordings", "{root}/walks.npz", "--dataset", "Mine"),
    *("--data_root", "{root}/Datasets"),
)
_ENROL = (
    *("-m", "scripts.gallery", "enrol", "--gallery", "{root}/gallery"),
    *("--model", "{root}/Models/Mine/probe", "--recordings"),
)
_RUN = "Models/Mine/probe"
_MODEL = "config.json", "best.weights.h5"
_FIGURES = "best.json", "metrics.csv", "timings.csv", "report.html"


@dataclasses.dataclass(frozen=True)
class Subject:
    """A program and what it replaces.

    Attributes:
        command: that is disturbed.
        before: that made what it replaces; empty: the command itself, undisturbed.
        needs: subjects that come before.
        unit: folder that is replaced, below the root.
        together: files of the unit that belong together; empty: all of them.
        following: files of the unit that are removed when those are new.
    """

    command: Sequence[str]
    unit: str
    before: Sequence[str] = ()
    needs: Sequence[str] = ()
    together: Sequence[str] = ()
    following: Sequence[str] = ()

    def at(self, root: pathlib.Path, first: bool = False) -> list[str]:
        """The command line for data below a folder."""
        words = self.before if first and self.before else self.command
        return [word.format(root=root) for word in words]


SUBJECTS = {
    "walks": Subject((*_WALKS, "{root}/walks.npz"), "walks", (), (), ("walks.npz",)),
    "prepare": Subject(
        (*_PREPARE, "--seed", "1"), "Datasets/Mine/6", _PREPARE, ("walks",)
    ),
    "train": Subject(
        (*_TRAIN, "--noexport", "--noreport", "--epochs", "1", "--seed", "1")
        + ("--overwrite",),
        _RUN,
        (*_TRAIN, "--epochs", "1"),
        ("prepare",),
        _MODEL,
        _FIGURES,
    ),
    "report": Subject(
        ("-m", "scripts.report", "{root}/" + _RUN, "--data_root")
        + ("{root}/Datasets",),
        _RUN,
        (),
        ("train",),
        ("report.html",),
    ),
    "export": Subject((*_TRAIN, "--mode", "Export"), f"{_RUN}/export", (), ("train",)),
    "convert": Subject(
        ("-m", "scripts.convert", "--model", "{root}/" + _RUN, "--data_root")
        + ("{root}/Datasets", "--to", "tflite"),
        f"{_RUN}/export",
        (),
        ("train",),
        ("embedder.tflite",),
    ),
    "enrol": Subject(
        (*_ENROL, "{root}/walks.npz"), "gallery", (), ("train",), ("current.json",)
    ),
    "extract": Subject(
        (*_EXTRACT, "--overwrite", "--retrain", "--seed", "1"),
        "Representations/MG-SCR/Mine/6",
        _EXTRACT,
        ("prepare",),
    ),
    "finetune": Subject(
        (*_FURTHER, "--epochs", "1", "--seed", "1", "--overwrite"),
        "Models/UF/MG-SCR/Mine/probe",
        (*_FURTHER, "--epochs", "1"),
        ("extract",),
        _MODEL,
        _FIGURES,
    ),
}
