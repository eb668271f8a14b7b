"""SimMC in a notebook: fit, embed, evaluate, save, load; all exposed by `simmc_tf`.

Skeletons are coordinates [J, 3] of joints in any one unit, as the sensor gives them;
joint 0 is the root, and is subtracted here. TensorFlow loads with the first call that
computes: on the first GPU where there is one, and set to deterministic operations, so
that the same seed gives the same model; random numbers of your own then want
`tf.random.set_seed`.
"""

import contextlib
import json
import os
import pathlib
import tempfile
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import typing as npt

from simmc_tf import arrays, atomic, errors, evaluation, keywords, resuming, startup

if TYPE_CHECKING:
    from simmc_tf import checkpoints

Path = str | os.PathLike[str]

_REMEDY = "replace it by Model.export"

cut = arrays.cut


class Model:
    """A trained encoder; `fit` and `load` give one.

    Attributes:
        config: its hyperparameters.
        joint_names: J names; None where nobody gave them.
        num_joints: J.
        epoch: epochs that it was trained for; None where nobody knows.
        scores: of probes against gallery in training, all of them; None without.
    """

    def __init__(self, loaded: "checkpoints.Loaded", figures: dict[str, bytes]) -> None:
        from simmc_tf import checkpoints, pipeline

        self._simmc, self.config, self._description = loaded
        self._figures = figures
        self._encoder = pipeline.BulkEncoder(
            self._simmc.encoder, self._simmc.preparation
        )
        names = self._description.get("joint_names")
        self.joint_names = None if names is None else tuple(names)
        self.num_joints = self._description["skeleton_size"] // 3
        self.epoch: int | None = self._description["best_epoch"]
        self.scores = _scores(figures.get(checkpoints.BEST))

    def __repr__(self) -> str:
        epochs = "unknown" if self.epoch is None else self.epoch
        return (
            f"<SimMC {self.config.preset}: {self.num_joints} joints -> "
            f"{self.config.H} numbers, epochs {epochs}>"
        )

    def embed(self, sequences: npt.ArrayLike) -> np.ndarray:
        """Represents sequences; near ones, by Euclidean distance, are of one person.

        Args:
            sequences: [N, f, J, 3] in the unit of the training sequences; any f.

        Returns:
            [N, H] float32.

        Raises:
            simmc_tf.InputError: another shape, other joints, or a coordinate that is no
                finite number.
        """
        return self._encoder.whole(
            arrays.centred("sequences", sequences, self.num_joints)
        )

    def evaluate(
        self,
        gallery: npt.ArrayLike,
        gallery_persons: npt.ArrayLike,
        probe: npt.ArrayLike,
        probe_persons: npt.ArrayLike,
    ) -> evaluation.Scores:
        """Looks for every probe's person in the gallery.

        Args:
            gallery: [G, f, J, 3] sequences to search.
            gallery_persons: [G] whole numbers, -1 where unknown, or names.
            probe: [P, f, J, 3] sequences to search for.
            probe_persons: [P] of the same kind; all known.

        Returns:
            top1, top5, top10 and mean_ap, each in [0, 1], over all of them.

        Raises:
            simmc_tf.InputError: as `embed`; or no probe's person is in the gallery.
        """
        matching = arrays.matching(
            (gallery, gallery_persons), (probe, probe_persons), self.num_joints
        )
        return evaluation.match(matching, self._encoder.whole)

    def save(self, folder: Path, overwrite: bool = False) -> None:
        """Writes the model to a folder, as SimMC.py does, for `load`.

        Args:
            folder: created where it is not there.
            overwrite: replace a model that is there.

        Raises:
            simmc_tf.InputError: there is a model, another process writes to it, or it
                cannot be written.

        Warns:
            UserWarning: an export of the earlier model stays in the folder.
        """
        from simmc_tf.export import exporting

        path = pathlib.Path(folder)
        self._save(path, overwrite)
        if stale := exporting.stale(path):
            warnings.warn(f"{stale}; {_REMEDY}", stacklevel=2)

    def _save(self, path: pathlib.Path, overwrite: bool) -> None:
        from simmc_tf import checkpoints

        with keywords.named(), keywords.writing(path):
            checkpoints.check_free(path, overwrite, "overwrite=True")
            checkpoints.replace(path, self._simmc, self._description, self._figures)

    def export(self, folder: Path, overwrite: bool = False) -> None:
        """Saves the model, and with it what any TensorFlow loads, in `folder/export/`.

        docs/deployment.md tells what that holds; scripts.gallery takes `folder` too.

        Args:
            folder: as of `save`.
            overwrite: replace a model that is there, and its export.

        Raises:
            simmc_tf.InputError: as `save`; or the export cannot be written.
        """
        from simmc_tf.export import exporting

        path = pathlib.Path(folder)
        with keywords.named():
            exporting.check(path)
            self._save(path, overwrite)
            exporting.export(path, coordinates=True, more={})


def fit(
    sequences: npt.ArrayLike,
    *,
    persons: npt.ArrayLike | None = None,
    gallery: arrays.Labelled | None = None,
    probe: arrays.Labelled | None = None,
    joint_names: Sequence[str] | None = None,
    unit: str | None = None,
    folder: Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: Path | None = None,
    progress: Callable[[str], None] | None = print,
    **settings: Any,
) -> Model:
    """Trains an encoder without identity labels, and keeps that of the best epoch.

    Args:
        sequences: [N, f, J, 3] to train on. `cut` makes them of recordings; where they
            overlap, as they do then, the auto preset tells recordings by that.
        persons: [N] of the training sequences; read by protocol="published" alone, and
            by diagnostics.
        gallery: sequences [G, f, J, 3] and their persons [G], whole numbers or names.
        probe: sequences [P, f, J, 3] and their persons [P], to be found in the gallery:
            scores are reported for both together. With the auto preset they reach
            nothing else.
        joint_names: J names, all different, kept with the model.
        unit: of the coordinates, m, cm or mm, kept with the model; None: not known.
        folder: takes the model and its figures, as `save` does, the best one so far
            while training goes on: after an interrupt `load` has it. None: a temporary
            one, that is gone afterwards.
        overwrite: replace a model, or a run that was stopped, that is in the folder.
        resume: go on with the same run that was stopped there, to the same bits, also
            to more or fewer `epochs`; begin where there is none; where it has ended,
            load it, if it was to take as many.
        report: file that takes the run as a page for a browser, such as report.html:
            figures, curves, a map, and what probes find, joints as points; None: none.
        progress: takes a line an epoch, and the scores in the end; None for silence
            (else long epochs tell on stderr how they stand).
        **settings: fields of `simmc_tf.config.Config`: epochs, seed, H, lr and others;
            preset is "auto", which takes none of eps, min_samples, k1 and k2, or
            "published".

    Returns:
        The model of the best epoch.

    Raises:
        simmc_tf.InputError: an array, a setting or the folder is not as it must be;
            nothing is written.
    """

    def say(line: str) -> None:
        if progress is not None:
            progress(keywords.in_text(line))

    with keywords.named():
        data = arrays.data(sequences, persons, gallery, probe)
        _, length, size = data.train.sequences.shape
        names = keywords.joint_names(joint_names, size // 3)
        keywords.check_unit(unit)
        existing = keywords.existing(folder, resume, overwrite)
        config = keywords.config(settings, length)
        page = None if report is None else keywords.page(report)
        _start()
        # Not before: TensorFlow and faiss look for their GPU once, when they load.
        from simmc_tf import experiment, outcome, replicas
        from simmc_tf.export import exporting
        from simmc_tf.report import after_training, subject

        about = {
            "dataset": None,
            "generated": False,
            "length": length,
            "unit": unit,
            "probe": None if data.matching is None else "probe",
            "joint_names": names,
        }

        def write_page(of_run: pathlib.Path) -> None:
            if page is not None:
                whom = subject.Subject("skeletons", names=data.names)
                silent = progress is None
                after_training.write(of_run, data, whom, say, page, silent=silent)

        with contextlib.ExitStack() as stack:
            if folder is None:
                temporary = tempfile.TemporaryDirectory(prefix="simmc-")
                path = pathlib.Path(stack.enter_context(temporary))
            else:
                path = pathlib.Path(folder)
            stack.enter_context(keywords.writing(path))
            keeper = None
            if folder is not None:
                stack.enter_context(atomic.locked(path))
                described = experiment.describe(data, config, about)
                keeper = resuming.RunKeeper(path, resuming.made_of(described), existing)
                if keeper.finished:
                    say(keeper.ended())
                    write_page(path)
                    return _of(path)
                tells = keywords.telling(keeper.kept, path, progress or say)
                stack.enter_context(tells)
            stack.enter_context(exporting.noting_stale(path, say, _REMEDY))
            # Who loaded TensorFlow before may have let it see more.
            devices = replicas.visible_gpus()[:1]
            result = experiment.train(
                *(data, config, path, about, say, devices),
                silent=progress is None,
                keeper=keeper,
            )
            outcome.tell(config, result, say)
            write_page(path)
            if keeper is not None:
                keeper.finish()
            return _of(path)


def load(folder: Path) -> Model:
    """The model of a folder: of `Model.save`, `fit`, or SimMC.py.

    Raises:
        simmc_tf.InputError: there is none, it cannot be read, or it does not take
            skeletons.
    """
    _start()
    with keywords.named():
        return _of(pathlib.Path(folder))


def _of(folder: pathlib.Path) -> Model:
    from simmc_tf import checkpoints

    loaded = simmc, _, description = checkpoints.load(folder)
    size, names = description["skeleton_size"], description.get("joint_names")
    prepared = simmc.preparation
    fits = size % 3 == 0 if names is None else size == 3 * len(names)
    if not fits or (prepared is not None and prepared.vertical is None):
        raise errors.InputError(
            f"The model in {folder} takes vectors of {size} numbers, not skeletons "
            "[J, 3]: SimMC-UF.py trained it, and evaluates it."
        )
    there = (name for name in checkpoints.FIGURES if (folder / name).is_file())
    return Model(loaded, {name: (folder / name).read_bytes() for name in there})


def _scores(content: bytes | None) -> evaluation.Scores | None:
    """Of best.json, as far as that is there and whole."""
    try:
        return evaluation.Scores(**json.loads(content or b"")["scores_all_pairs"])
    except (ValueError, KeyError, TypeError):
        return None


def _start() -> None:
    """Loads TensorFlow, unless that was done with devices of somebody's choice."""
    if not startup.prepare.cache_info().currsize:
        startup.prepare(0)
