"""What TensorBoard shows of a run: curves, cluster sizes, settings and embeddings."""

import contextlib
import dataclasses
import io
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from simmc_tf import atomic, callbacks, evaluation, history, pipeline
from simmc_tf import data as data_module
from simmc_tf.report import drawn

# Below the folder of the run.
FOLDER = "tensorboard"
_EVENTS = "events.out.tfevents.*"
_PROJECTOR = "projector_config.pbtxt"
_TENSORS, _METADATA = "tensors.tsv", "metadata.tsv"
# The browser takes all points at once, as text.
_MOST_POINTS = 3_000

# Group of the curves -> columns of metrics.csv.
GROUPS = {
    "losses": ("loss", "mpc", "mic"),
    "clusters": ("clusters_1", "clusters_2", "outliers", "radius_1", "radius_2"),
    "without labels": ("view_agreement", "track_mAP", "silhouette", "quality"),
    "scores": ("top1", "top5", "top10", "mAP"),
    "persons": ("MI_1", "MI_2", "AMI_1", "AMI_2", "mACT", "mRCL"),
}


class Board(keras.callbacks.Callback):
    """Writes event files as a run goes on; needs the package tensorboard.

    Those of an earlier run stay beside its model until this run has one, and are
    replaced then: TensorBoard would draw both as one. It comes last in `fit`.

    Args:
        run: of this experiment.
        description: content of config.json.
        labelling: callback that ran before.
        selection: callback that ran before.
        opened: closes the event file, however the run ends.

    Attributes:
        best_labels: [N, 2] pseudo-labels of the best model so far; None without one.
    """

    def __init__(
        self,
        run: history.History,
        description: Mapping[str, object],
        labelling: callbacks.PseudoLabelling,
        selection: callbacks.Selection,
        opened: contextlib.ExitStack,
    ) -> None:
        super().__init__()
        self._run = run
        self._folder = run.folder / FOLDER
        self._description = description
        self._labelling = labelling
        self._selection = selection
        self._opened = opened
        self._first_labels: np.ndarray
        self.best_labels: np.ndarray | None = None
        self._writer: tf.summary.SummaryWriter

    def sizes(self) -> dict[str, int]:
        """Bytes of every event file so far, by name; of none that is a link."""
        return {
            path.name: path.stat().st_size
            for path in _within(self._folder, _EVENTS)
            if path.is_file() and not path.is_symlink()
        }

    def go_on(
        self, best_labels: Sequence[np.ndarray], sizes: Mapping[str, int]
    ) -> None:
        """Adds to what a run wrote that was stopped, whose rows are there.

        What it wrote of later epochs, which come again, is cut off; the table of
        hyperparameters stays as it began.

        Args:
            best_labels: the attribute, where it was not None.
            sizes: what `sizes` was then; empty where nobody knows, and all is left.
        """
        self.best_labels = next(iter(best_labels), None)
        if len(self._run.rows) > 1:
            for name, size in self.sizes().items() if sizes else ():
                if name in sizes:
                    _cut(self._folder / name, min(size, sizes[name]))
                else:
                    (self._folder / name).unlink()
            self._open()

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Keeps what is known of the untrained model."""
        self._first_labels = self._labelling.labelling.labels

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the row of the epoch that ended."""
        labels = self._labelling.labelling.labels
        row = self._run.rows[-1]
        if epoch == 0:
            self._begin()
            self._write(0, self._first_labels)
        self._write(row.epoch, labels)
        if self._selection.best is row:
            self.best_labels = labels

    def _begin(self) -> None:
        from tensorboard.plugins.hparams import api

        remove(self._run.folder)
        self._open()
        with self._writer.as_default(0):
            api.hparams(_settings(self._description))

    def _open(self) -> None:
        self._folder.mkdir(exist_ok=True)  # Somebody's own files may be in it.
        self._writer = tf.summary.create_file_writer(str(self._folder))
        self._opened.callback(self._writer.close)

    def _write(self, epoch: int, labels: np.ndarray) -> None:
        row = dataclasses.asdict(self._run.rows[epoch])
        with self._writer.as_default(epoch), tf.device("CPU:0"):
            for group, names in GROUPS.items():
                for name in names:
                    if row[name] is not None:
                        tf.summary.scalar(f"{group}/{name}", row[name])
            for phase, seconds in self._run.seconds[epoch].items():
                tf.summary.scalar(f"seconds/{phase}", seconds)
            for view, of_view in enumerate(labels.T, 1):
                sizes = np.bincount(of_view[of_view >= 0])
                if len(sizes):
                    tf.summary.histogram(f"cluster sizes/view {view}", sizes)
        self._writer.flush()  # Somebody may be looking on.

    def conclude(
        self,
        encoder: pipeline.BulkEncoder,
        data: data_module.ReidData,
        rows: np.ndarray,
        scores: evaluation.Scores | None,
    ) -> None:
        """Writes the figures and the embeddings of the best model.

        Args:
            encoder: of that model.
            data: of this experiment.
            rows: [N] training row n is sequence rows[n].
            scores: of that model on all pairs.
        """
        best = self._selection.best
        if scores is not None and best is not None:
            with self._writer.as_default(best.epoch), tf.device("CPU:0"):
                for name in ("top1", "top5", "top10", "mean_ap"):
                    tf.summary.scalar(f"best/{name}", getattr(scores, name))
        names = [self._training(encoder, data, rows)]
        if data.matching is not None:
            names.append(self._matching(encoder, data.matching, data.names))
        atomic.write_text(self._folder / _PROJECTOR, "".join(map(_entry, names)))

    def _training(
        self,
        encoder: pipeline.BulkEncoder,
        data: data_module.ReidData,
        rows: np.ndarray,
    ) -> str:
        """Embeddings of training sequences, with the labels that they had."""
        split = data.train
        sequences, first = np.unique(rows, return_index=True)
        chosen = drawn.evenly(len(sequences), _MOST_POINTS)
        sequences, first = sequences[chosen], first[chosen]
        best = () if self.best_labels is None else self.best_labels.T
        self._points(
            "training",
            encoder.whole(split.sequences, sequences),
            {
                **_persons(split.persons[sequences], data.names),
                **{
                    f"cluster, view {view}": labels[first]
                    for view, labels in enumerate(best, 1)
                },
                "sequence": sequences,
            },
        )
        return "training"

    def _matching(
        self,
        encoder: pipeline.BulkEncoder,
        matching: data_module.Matching,
        names: Mapping[int, str],
    ) -> str:
        """Embeddings of gallery and probes; of the gallery alone where it is both."""
        splits = {"gallery": matching.gallery, "probe": matching.probe}
        if matching.leave_self_out:
            splits.pop("probe")
        chosen = {
            name: drawn.evenly(len(split), _MOST_POINTS // len(splits))
            for name, split in splits.items()
        }
        persons = [splits[n].persons[rows] for n, rows in chosen.items()]
        self._points(
            "gallery and probes",
            np.concatenate(
                [encoder.whole(splits[n].sequences, rows) for n, rows in chosen.items()]
            ),
            {
                **_persons(np.concatenate(persons), names),
                "split": np.repeat(list(chosen), list(map(len, chosen.values()))),
                "sequence": np.concatenate(list(chosen.values())),
            },
        )
        return "gallery and probes"

    def _points(
        self, name: str, features: np.ndarray, columns: Mapping[str, np.ndarray]
    ) -> None:
        """Writes embeddings [n, H], and [n] of each column that tells of them."""
        text = io.StringIO()
        np.savetxt(text, features, fmt="%.6g", delimiter="\t")
        atomic.write_text(self._folder / _file(name, _TENSORS), text.getvalue())
        lines = [columns, *zip(*(c.tolist() for c in columns.values()), strict=True)]
        told = "".join("\t".join(map(str, line)) + "\n" for line in lines)
        atomic.write_text(self._folder / _file(name, _METADATA), told)


def remove(folder: pathlib.Path) -> None:
    """Removes what an earlier run wrote for TensorBoard, and nothing else.

    Args:
        folder: of the run.
    """
    place = folder / FOLDER
    for pattern in (_EVENTS, _PROJECTOR, f"*-{_TENSORS}", f"*-{_METADATA}"):
        for path in _within(place, pattern):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # Not there, or somebody's own files are in it.
        place.rmdir()


def _within(place: pathlib.Path, pattern: str) -> Iterator[pathlib.Path]:
    """Files of a folder; none where it is a link, maybe to what is no run's."""
    return iter(()) if place.is_symlink() else place.glob(pattern)


def _cut(path: pathlib.Path, size: int) -> None:
    """Leaves the first bytes of a file, which is no link."""
    with open(
        path, "r+b", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)
    ) as file:
        file.truncate(size)


def _persons(persons: np.ndarray, names: Mapping[int, str]) -> dict[str, np.ndarray]:
    """Columns that tell who is who: numbers [n], and names where there are any."""
    columns = {"person": persons}
    if names:
        called = [names.get(person, str(person)) for person in persons.tolist()]
        # A column ends at a tab, a row at a line's end.
        columns["name"] = np.array([" ".join(name.split()) for name in called])
    return columns


def _settings(description: Mapping[str, object]) -> dict[str, bool | int | float | str]:
    """What a table of runs compares: data and hyperparameters."""
    names: Sequence[str] = ("dataset", "probe", "length", "source")
    told = {name: description.get(name) for name in names}
    hyperparameters = description["hyperparameters"]
    if isinstance(hyperparameters, Mapping):
        told.update(hyperparameters)
    plain = bool, int, float, str
    return {name: value for name, value in told.items() if isinstance(value, plain)}


def _file(name: str, kind: str) -> str:
    return f"{name.replace(' ', '_')}-{kind}"


def _entry(name: str) -> str:
    """What TensorBoard must know of embeddings."""
    return (
        f'embeddings {{\n  tensor_name: "{name}"\n'
        f'  tensor_path: "{_file(name, _TENSORS)}"\n'
        f'  metadata_path: "{_file(name, _METADATA)}"\n}}\n'
    )
