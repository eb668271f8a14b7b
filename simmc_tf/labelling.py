"""Pseudo-labels of both masked views, and what the next epoch trains on."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import scipy.stats

from simmc_tf import (
    bad_numbers,
    history,
    jaccard,
    masking,
    merging,
    mutual_information,
    neighbours,
    pipeline,
    pseudo_labels,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import whitening as whitenings


@dataclasses.dataclass(frozen=True)
class Labelling:
    """The clustering of one epoch.

    Attributes:
        labels: [N, 2] int32 pseudo-labels of either view, -1 for an outlier.
        prototypes: [K_a, H] of either view; both empty where MIC trains alone.
        kept: [M] int64 rows to train on.
        num_clusters: K_a of either view.
        nearest: [N, k1] int32 neighbours in either view; none where tracks were merged.
        whitening: of the first view's unit features, by what varies within tracks, or
            within clusters where no tracks are known, for whole sequences too; None
            under the published preset.
        silhouette: of the best partition of the first view's tracks, None without.
        radii: cosine distances up to which either view's tracks were merged; None where
            there are no tracks.
    """

    labels: np.ndarray
    prototypes: tuple[np.ndarray, np.ndarray]
    kept: np.ndarray
    num_clusters: tuple[int, int]
    nearest: tuple[np.ndarray, ...]
    whitening: whitenings.Whitening | None = None
    silhouette: float | None = None
    radii: tuple[float | None, float | None] = (None, None)

    @property
    def num_outliers(self) -> int:
        """Sequences that are an outlier under either mask."""
        return int(np.count_nonzero((self.labels == pseudo_labels.OUTLIER).any(axis=1)))

    @property
    def view_agreement(self) -> float:
        """How much the two views agree on who belongs together, in nats; no label read.

        Adjusted mutual information of the two views' pseudo-labels over the sequences
        that both cluster, times their mean entropy and their share of all. The entropy
        counts since a few giant clusters agree easily and tell little: on generated
        walkers the plain adjusted mutual information was highest after the first epoch,
        the worst model of all.
        """
        both = (self.labels != pseudo_labels.OUTLIER).all(axis=1)
        if not both.any():
            return 0.0
        first, second = self.labels[both].T
        ami = mutual_information.adjusted(first, second)
        entropy = (_entropy(first) + _entropy(second)) / 2
        return float(ami * entropy * both.mean())


def _entropy(labels: np.ndarray) -> float:
    """Entropy in nats of labels 0..K-1."""
    return float(scipy.stats.entropy(np.bincount(labels)))


@dataclasses.dataclass(frozen=True)
class FirstView:
    """What clustering makes of the first masked view alone.

    Attributes:
        labels: [N] int32 pseudo-labels, -1 for an outlier.
        whitening: as of `Labelling`.
    """

    labels: np.ndarray
    whitening: whitenings.Whitening | None


def cluster_views(
    encoder: pipeline.BulkEncoder,
    sequences: data_module.Sequences,
    rows: np.ndarray,
    epoch: int,
    config: configs.Config,
    run: history.History,
    before: Labelling | None = None,
    tracks: np.ndarray | None = None,
) -> Labelling:
    """Clusters both masked views of the training set (SimMC section 3.2).

    Under the auto preset features have length 1 and, where tracks are known, whole
    tracks are merged instead; two views then also differ in how far.

    Args:
        encoder: with the current weights.
        sequences: [S, f, d] float32.
        rows: [N] training row n is sequence rows[n].
        epoch: that will train on the labels; selects the masks.
        config: of the run.
        run: takes the time of each phase.
        before: what was found an epoch ago; saves time and changes nothing.
        tracks: [N] of the rows, where sequences overlap.

    Returns:
        The labels, and what to train on: the rows that are no outlier under a mask
        whose clusters can be contrasted (2 or more).

    Raises:
        errors.InputError: the encoder gives numbers that cannot be used.
    """
    features = _features(encoder, sequences, rows, epoch, config, run)
    if tracks is None:
        return _clustered(features, config, run, before)
    return _merged(features, tracks, config, run)


def cluster_first_view(
    encoder: pipeline.BulkEncoder,
    sequences: data_module.Sequences,
    rows: np.ndarray,
    epoch: int,
    config: configs.Config,
    run: history.History,
    tracks: np.ndarray | None = None,
) -> FirstView:
    """What `cluster_views` finds in the first view, without clustering the second.

    Args:
        encoder: as of `cluster_views`, like all others.
        sequences: [S, f, d] float32.
        rows: [N] training row n is sequence rows[n].
        epoch: that selects the masks.
        config: of the run.
        run: takes the time of each phase.
        tracks: [N] of the rows, where sequences overlap.

    Raises:
        errors.InputError: the encoder gives numbers that cannot be used.
    """
    # The other view's features are let go at once.
    view = _features(encoder, sequences, rows, epoch, config, run)[0]
    if tracks is None:
        found, _ = _cluster(view, config, run, None)
        return FirstView(found.labels, _whitening(view, found, config, run))
    with run.phase("merging"):
        merged = merging.merge(view, tracks, config.radius)
        return FirstView(merged.finer.labels[tracks], _whitening_of(merged, config))


def _features(
    encoder: pipeline.BulkEncoder,
    sequences: data_module.Sequences,
    rows: np.ndarray,
    epoch: int,
    config: configs.Config,
    run: history.History,
) -> list[np.ndarray]:
    """Two [N, H] of the masked views, as they are clustered."""
    with run.phase("features"):
        keep = masking.draw_all(
            config.seed, epoch, len(rows), sequences.shape[1], config.num_masked
        )
        features = encoder.views(sequences, rows, keep, run.folder)
    if not all(map(bad_numbers.are_usable, features)):
        bad_numbers.refuse_features(epoch, sequences, config)
    if config.preset == configs.AUTO:
        for view in features:
            merging.normalise(view)
    return features


def _clustered(
    features: list[np.ndarray],
    config: configs.Config,
    run: history.History,
    before: Labelling | None,
) -> Labelling:
    """Clusters sequences by DBSCAN on k-reciprocal Jaccard distances."""
    hints = (None, None) if before is None else before.nearest or (None, None)
    views: list[pseudo_labels.View] = []
    nearest: list[np.ndarray] = []
    whitening = None
    for hint in hints:
        # One view after the other, each gone once it is clustered.
        view = features.pop(0)
        found, neighbours_of_view = _cluster(view, config, run, hint)
        if not views:
            whitening = _whitening(view, found, config, run)
        del view
        views.append(found)
        nearest.append(neighbours_of_view)
    labels = np.stack([view.labels for view in views], axis=1)
    return Labelling(
        labels,
        *_contrast(labels, views),
        num_clusters=(views[0].num_clusters, views[1].num_clusters),
        nearest=tuple(nearest),
        whitening=whitening,
    )


def _merged(
    features: Sequence[np.ndarray],
    tracks: np.ndarray,
    config: configs.Config,
    run: history.History,
) -> Labelling:
    """Merges tracks: farther in the second view than in the first."""
    with run.phase("merging"):
        first, second = (
            merging.merge(view, tracks, config.radius) for view in features
        )
        two_radii = config.has("two_radii")
        partitions = first.finer, second.coarser if two_radii else second.finer
        labels = np.stack([p.labels[tracks] for p in partitions], axis=1)
    with run.phase("prototypes"):
        views = [
            pseudo_labels.View(own, pseudo_labels.prototypes(view, own))
            for view, own in zip(features, labels.T, strict=True)
        ]
    return Labelling(
        labels,
        *_contrast(labels, views),
        num_clusters=(views[0].num_clusters, views[1].num_clusters),
        nearest=(),
        whitening=_whitening_of(first, config),
        silhouette=first.best_silhouette,
        radii=(partitions[0].radius, partitions[1].radius),
    )


def _whitening(
    view: np.ndarray,
    found: pseudo_labels.View,
    config: configs.Config,
    run: history.History,
) -> whitenings.Whitening | None:
    """Of the first view's features [N, H] by what varies within its clusters."""
    # Within a single cluster varies all that tells persons apart.
    if not config.has("whitened_output") or found.num_clusters < 2:
        return None
    with run.phase("whitening"):
        return merging.whiten(view, _each_outlier_alone(found.labels))


def _whitening_of(
    merged: merging.Merged, config: configs.Config
) -> whitenings.Whitening | None:
    return merged.whitening if config.has("whitened_output") else None


def _each_outlier_alone(labels: np.ndarray) -> np.ndarray:
    """Groups [N] of clusters and of outliers, numbered from 0."""
    outliers = labels == pseudo_labels.OUTLIER
    numbers = labels.max(initial=-1) + np.cumsum(outliers)
    return np.where(outliers, numbers, labels)


def _cluster(
    features: np.ndarray,
    config: configs.Config,
    run: history.History,
    hints: np.ndarray | None,
) -> tuple[pseudo_labels.View, np.ndarray]:
    with run.phase("neighbours"):
        nearest = neighbours.nearest(features, config.k1, hints)
    with run.phase("jaccard"):
        limit = config.eps + pseudo_labels.DISTANCE_TOLERANCE
        distances, group = jaccard.distinct_distances(
            features, nearest, config.k1, config.k2, limit
        )
    with run.phase("dbscan"):
        labels = pseudo_labels.cluster(distances, config.eps, config.min_samples, group)
    with run.phase("prototypes"):
        prototypes = pseudo_labels.prototypes(features, labels)
    return pseudo_labels.View(labels, prototypes), nearest


def _contrast(
    labels: np.ndarray, views: Sequence[pseudo_labels.View]
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Prototypes to contrast and rows to train on.

    A view with fewer than 2 clusters contrasts nothing, so its outliers exclude
    nobody. Where fewer than 2 rows remain, all rows train with MIC alone.
    """
    contrasting = [a for a, view in enumerate(views) if view.num_clusters >= 2]
    kept = np.flatnonzero((labels[:, contrasting] != pseudo_labels.OUTLIER).all(axis=1))
    prototypes = (views[0].prototypes, views[1].prototypes)
    if len(kept) < 2:
        empty = prototypes[0][:0]
        return (empty, empty), np.arange(len(labels))
    return prototypes, kept
