"""The phases of an epoch, one by one, by the functions that training calls."""

import pathlib
from collections.abc import Callable

import faiss
import keras
import numpy as np

from scripts.benchmarks import data_sets, recorder, results
from simmc_tf import (
    callbacks,
    checkpoints,
    diagnostics,
    evaluation,
    history,
    jaccard,
    labelling,
    masking,
    pipeline,
    pseudo_labels,
    sampling,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module

# What one call of the labelling records.
LABELLING = ("neighbours", "jaccard", "dbscan", "prototypes")


def load(source: data_sets.Source, repeats: int) -> results.Phase:
    """Reading and centring a data set that is in the page cache."""
    record = recorder.Recorder(pathlib.Path())
    for _ in range(repeats + 1):
        record.begin_epoch()
        with record.phase("load"):
            source.load()
    return record.phases()["load"]


class Bench:
    """A model after its first epoch of training, and what surrounds it in a run.

    Args:
        data: to train on.
        config: of the run.
        repeats: of each phase.
        folder: takes temporary files of arrays too large to hold.

    Attributes:
        rows: [N] training row n is sequence rows[n].
        features: [N, H] of both views, of which `found` was made.
        found: their labels, without hints.
        gallery, probe: their whole sequences' features.
    """

    def __init__(
        self,
        data: data_module.ReidData,
        config: configs.Config,
        repeats: int,
        folder: pathlib.Path,
    ) -> None:
        if data.matching is None:
            raise TypeError("Every data set here has probes.")
        self.data, self.config, self.repeats = data, config, repeats
        self.folder = folder
        self.matching = data.matching
        self.rows = sampling.training_rows(data, config)
        self.sequences = data.train.sequences
        self.simmc = checkpoints.build(config, self.sequences.shape[-1])
        self.simmc.compile(
            optimizer=keras.optimizers.Adam(config.lr, epsilon=1e-8), jit_compile=False
        )
        self.encoder = pipeline.BulkEncoder(self.simmc.encoder)
        plan = pipeline.Plan.create(len(self.rows))
        self._batches = pipeline.training_batches(
            *(self.sequences, self.rows, plan, config.batch_size),
            *(config.num_masked, config.seed),
        )
        self._labelling = callbacks.PseudoLabelling(
            *(
                recorder.Recorder(self.folder),
                self.encoder,
                self.sequences,
                self.rows,
                plan,
            ),
            *(config, lambda line: None),
        )
        self._labelling.set_model(self.simmc)
        self._label(0)  # Compiles, or loads what was compiled.
        self._train(1)
        self.features = self._views(1)
        self.gallery = self.encoder.whole(self.matching.gallery.sequences)
        self.probe = self.encoder.whole(self.matching.probe.sequences)
        self._label(1)
        self.found = self._labelling.labelling

    def encode(self) -> results.Phase:
        """Both masked views of the training set, gallery and probes as a whole."""

        def work() -> None:
            self._views(1)
            self.encoder.whole(self.matching.gallery.sequences)
            self.encoder.whole(self.matching.probe.sequences)

        return self._repeated(work)

    def cluster(self) -> dict[str, results.Phase]:
        """Phases of the labelling without hints, and `views`, encoding alone."""
        return self._labelled(1, None)

    def cluster_again(self) -> dict[str, results.Phase]:
        """The same an epoch later, with the neighbours of an epoch ago."""
        self._train(1)
        return self._labelled(2, self.found)

    def train(self) -> results.Phase:
        """All steps of an epoch."""
        record = recorder.Recorder(self.folder)
        self._train(self.repeats + 1, recorder.TrainingSteps(record))
        return record.phases()["training"]

    def evaluate(self) -> results.Phase:
        """Matching probes and gallery, whose features are there, as the run does."""
        of_features = data_module.Matching(
            data_module.Split(self.gallery, self.matching.gallery.persons),
            data_module.Split(self.probe, self.matching.probe.persons),
            self.matching.leave_self_out,
        )

        def work() -> None:
            evaluation.match(of_features, np.asarray, self.config.counted_batch)

        return self._repeated(work)

    def diagnose(self) -> results.Phase:
        """Agreement with the true persons, and how compact they are."""
        persons = self.data.train.persons[self.rows]

        def work() -> None:
            for view in self.found.labels.T:
                diagnostics.agreement(view, persons)
            features = self.encoder.whole(self.sequences, self.rows)
            diagnostics.compactness(features, persons)

        return self._repeated(work)

    def search_by_faiss(self) -> results.Phase:
        """Two exact searches by faiss on the CPU, the issue's yardstick."""

        def search() -> None:
            for view in self.features:
                faiss.knn(view, view, min(self.config.k1, len(view)))

        return self._repeated(search)

    def distances_bytes(self) -> int:
        """Bytes of the sparse Jaccard distances of both views."""
        total = 0
        for view, nearest in zip(self.features, self.found.nearest, strict=True):
            weights = jaccard.expanded_weights(
                view, nearest, self.config.k1, self.config.k2
            )
            first, _ = jaccard.distinct_rows(weights)
            found = jaccard.distances(
                weights[first], self.config.eps + pseudo_labels.DISTANCE_TOLERANCE
            )
            total += found.data.nbytes + found.indices.nbytes + found.indptr.nbytes
        return total

    def _views(self, epoch: int) -> list[np.ndarray]:
        keep = masking.draw_all(
            *(self.config.seed, epoch, len(self.rows)),
            *(self.sequences.shape[1], self.config.num_masked),
        )
        return self.encoder.views(self.sequences, self.rows, keep, self.folder)

    def _label(self, epoch: int) -> None:
        self._labelling.run.begin_epoch()
        self._labelling.assess(history.Row(epoch))

    def _labelled(
        self, epoch: int, before: labelling.Labelling | None
    ) -> dict[str, results.Phase]:
        record = recorder.Recorder(self.folder)
        for _ in range(self.repeats + 1):
            record.begin_epoch()
            labelling.cluster_views(
                *(self.encoder, self.sequences, self.rows, epoch, self.config),
                *(record, before),
            )
        phases = record.phases()
        return {"views": phases.pop("features"), **phases}

    def _train(self, epochs: int, *steps: keras.callbacks.Callback) -> None:
        self.simmc.fit(
            *(self._batches,),
            epochs=epochs,
            verbose=0,
            shuffle=False,
            callbacks=list(steps),
        )

    def _repeated(self, work: Callable[[], None]) -> results.Phase:
        record = recorder.Recorder(self.folder)
        for _ in range(self.repeats + 1):
            record.begin_epoch()
            with record.phase("work"):
                work()
        return record.phases()["work"]
