"""All that a report shows, as numbers; nothing is drawn here."""

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simmc_tf import (
    checkpoints,
    errors,
    evaluation,
    experiment,
    history,
    json_file,
    pipeline,
    verdict,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf.report import epochs, finding, groups, retrieval, subject, untrained
from simmc_tf.sources import names


@dataclasses.dataclass(frozen=True)
class Headline:
    """The final figures.

    Attributes:
        rows: scores by name, the trained encoder's first; none without probes.
        reference: those among them that need no training, on all pairs.
        verdict: what a reader must know of them.
    """

    rows: Mapping[str, evaluation.Scores]
    reference: Mapping[str, evaluation.Scores]
    verdict: verdict.Verdict


@dataclasses.dataclass(frozen=True)
class Findings:
    """What a report shows; None where there is nothing to show.

    Attributes:
        subject: whom it is about.
        folder: of the run.
        config: of the run.
        about: config.json.
        sizes: sequences of each split.
        headline: final figures.
        epochs: figures by epoch.
        curve: share of probes that find their person among the first 1, 2, ...
        distances: between persons, and within.
        confusion: of the hardest persons.
        cases: probes to look at; None too where skeletons are not at hand.
        clusters: of the training set.
        too_many: training rows, where they are too many to cluster.
        map: of sequences.
        notes: what else a reader must know, each a sentence.
    """

    subject: subject.Subject
    folder: pathlib.Path
    config: configs.Config
    about: Mapping[str, Any]
    sizes: Mapping[str, int]
    headline: Headline
    epochs: epochs.Epochs
    curve: Sequence[float] | None
    distances: finding.Distances | None
    confusion: finding.Confusion | None
    cases: retrieval.Cases | None
    clusters: groups.Clusters | None
    too_many: int
    map: groups.Map | None
    notes: Sequence[str]

    @property
    def best_epoch(self) -> int | None:
        """Epochs that the model was trained for, None where nobody knows."""
        return self.about["best_epoch"]

    @property
    def reads_labels(self) -> bool:
        """Whether identity labels took part in training, selection or before it."""
        return self.config.protocol == configs.PUBLISHED or self.made_with_labels

    @property
    def made_with_labels(self) -> bool:
        """Whether identity labels are known to have made what it trained on."""
        return bool(self.about.get(names.IDENTITY_LABELS))

    @property
    def may_be_made_with_labels(self) -> bool:
        """Whether nobody knows if identity labels made what it trained on."""
        return self.about.get(names.IDENTITY_LABELS, False) is None


def gather(
    folder: pathlib.Path,
    data: data_module.ReidData,
    about: subject.Subject,
    notes: Sequence[str] = (),
) -> Findings:
    """Looks at the best model of a run's folder; writes nothing that stays.

    Args:
        folder: of the run.
        data: of the run, as they are before any preparation.
        about: whom it is about.
        notes: what else a reader must know.

    Raises:
        errors.InputError: there is no model, or a file of the run is damaged.
    """
    simmc, config, description = checkpoints.load(folder)
    run = history.History(folder)
    encoder = pipeline.BulkEncoder(simmc.encoder, simmc.preparation)
    found = None
    if data.matching is not None:
        gallery = encoder.whole(data.matching.gallery.sequences, folder=folder)
        probe = gallery
        if not data.matching.leave_self_out:
            probe = encoder.whole(data.matching.probe.sequences, folder=folder)
        found = finding.encoded(data.matching, gallery, probe)
    confused = None if found is None else finding.confusion(found)
    kept = _kept(folder)
    course = epochs.read(folder, description["best_epoch"], finished=kept is not None)
    num_rows = len(data.train)
    grouped = groups.clusters(simmc, config, data, description["best_epoch"] or 0, run)
    return Findings(
        about,
        folder,
        config,
        description,
        {name: len(split) for name, split in data.splits.items()},
        _headline(
            *(folder, (simmc, config, description), data, found, encoder, kept, course)
        ),
        course,
        None if found is None else found.curve,
        None if found is None else finding.distances(found),
        confused,
        retrieval.cases(found, about)
        if found is not None and data.coordinates
        else None,
        grouped,
        num_rows if grouped is None else 0,
        groups.lay_out(_points(data, about, found, confused, grouped, encoder)),
        [*notes, *_missing(folder, config, description, course, kept)],
    )


def _missing(
    folder: pathlib.Path,
    config: configs.Config,
    description: Mapping[str, Any],
    course: epochs.Epochs,
    kept: "_Kept | None",
) -> Iterator[str]:
    """What a run has not left, each a sentence; nothing of a model brought in."""
    best = description["best_epoch"]
    if best is None:
        return
    if kept is None:
        done = max(best, *map(int, course.columns.get("epoch", ())), 0)
        yield (
            f"warning: this run did not finish ({done} of at most {config.epochs} "
            "epochs): its figures are of the best model so far, computed for this page"
        )
    for name, left_out in (
        (epochs.METRICS, "figures by epoch"),
        (epochs.TIMINGS, "how long training took"),
    ):
        if not (folder / name).is_file():
            yield f"note: there is no {name}, so {left_out} cannot be shown"


def _points(
    data: data_module.ReidData,
    about: subject.Subject,
    found: finding.Encoded | None,
    confused: finding.Confusion | None,
    grouped: groups.Clusters | None,
    encoder: pipeline.BulkEncoder,
) -> groups.Points:
    """Gallery and probes by person, else the training set: by cluster if need be."""
    if found is not None:
        features, persons = {"gallery": found.gallery}, found.matching.gallery.persons
        owners = {"gallery": persons}
        if not found.matching.leave_self_out:
            features["probe"] = found.probe
            owners["probe"] = found.matching.probe.persons
        hardest = () if confused is None else confused.persons
        return groups.points(features, owners, "person", hardest, about.conditions)
    by: str | None = "person"
    group = data.train.persons
    if (group < 0).all():
        by = None
        if grouped is not None:
            by, group = "cluster", np.full(len(data.train), -1)
            group[grouped.rows] = grouped.labels
    rows, number = groups.chosen(group)
    shown = encoder.whole(data.train.sequences, rows)
    part = np.zeros(len(rows), np.int64)
    told = about.conditions.get("training")
    return groups.Points(
        *(shown, group[rows], part, ["training"], len(group), by, number),
        condition=None if told is None else told[rows],
    )


def _headline(
    folder: pathlib.Path,
    loaded: checkpoints.Loaded,
    data: data_module.ReidData,
    found: finding.Encoded | None,
    encoder: pipeline.BulkEncoder,
    kept: "_Kept | None",
    course: epochs.Epochs,
) -> Headline:
    nothing = Headline({}, {}, verdict.Verdict())
    if found is None:
        return nothing
    simmc, config, description = loaded
    if kept is None:
        first = None
        if description["data_sha256"] == experiment.fingerprint(data):
            first = untrained.kept(config, data, course)
        kept = (
            experiment.score(data, config, encoder),
            evaluation.match(found.matching, encoder.whole),
            untrained.reference(simmc, config, data, folder, first),
        )
    scores, scores_all, reference = kept
    if scores is None or scores_all is None:
        return nothing
    rows = verdict.rows(config.protocol, scores, scores_all, reference)
    rising = verdict.rises(config, description["best_epoch"], course.at)
    said = verdict.judge(scores_all, reference, config.preset, rising=rising)
    return Headline(rows, reference, said)


_Kept = tuple[
    evaluation.Scores | None,
    evaluation.Scores | None,
    dict[str, evaluation.Scores],
]


def _kept(folder: pathlib.Path) -> _Kept | None:
    """The figures of best.json, None where there is none."""
    path = folder / checkpoints.BEST
    if not path.is_file():
        return None
    try:
        content = json_file.read(path)
        one, all_pairs = (
            content[name] and evaluation.Scores(**content[name])
            for name in ("scores", "scores_all_pairs")
        )
        reference = {
            name: evaluation.Scores(**row)
            for name, row in content["reference_all_pairs"].items()
        }
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise errors.InputError(
            f"{path} is damaged ({error}); remove it to have the figures computed anew."
        ) from error
    return one, all_pairs, reference
