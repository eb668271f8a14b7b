"""Clusters of the training set, and a map of sequences."""

import dataclasses
import types
from collections.abc import Mapping, Sequence

import numpy as np

from simmc_tf import auto, history, labelling, model, pipeline, sampling
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import preparation as preparations
from simmc_tf.report import drawn

# Clustering more than these would take minutes, and reports are looked at at once.
MOST_ROWS = 100_000
# Persons or clusters on the map: each has a colour, and enough sequences to be seen.
MOST_GROUPS = 10
# Sequences on the map: more would hide one another, and take long.
MOST_ON_MAP = 1_500
_ITERATIONS = 500
_PERPLEXITY = 30.0


@dataclasses.dataclass(frozen=True)
class Clusters:
    """Clusters of the first masked view of the training set, by the best model.

    Attributes:
        sizes: [K] sequences of each, largest first.
        num_outliers: sequences that are in none.
        labels: [N] pseudo-label of each row, -1 for an outlier.
        rows: [N] training sequence of each row.
        purity: share of all clustered sequences whose cluster shows mostly their
            person; None where persons are not known.
        persons: [P] sequences of each person, most first; None likewise.
    """

    sizes: np.ndarray
    num_outliers: int
    labels: np.ndarray
    rows: np.ndarray
    purity: float | None
    persons: np.ndarray | None


def clusters(
    simmc: model.SimMC,
    config: configs.Config,
    data: data_module.ReidData,
    epoch: int,
    run: history.History,
) -> Clusters | None:
    """Clusters the training set as the run did after an epoch.

    Args:
        simmc: the model.
        config: of the run.
        data: of the run, as they are before any preparation.
        epoch: after which the model was kept; selects the masks.
        run: takes the time of the phases; its folder takes temporary files.

    Returns:
        None where there are more than `MOST_ROWS` rows.
    """
    rows = sampling.training_rows(data, config)
    if len(rows) > MOST_ROWS:
        return None
    sequences = data.train.sequences
    tracks = auto.merged_tracks(sequences, config)
    if simmc.preparation is not None:
        sequences = preparations.prepared(simmc.preparation, sequences, run.folder)
    run.begin_epoch()
    encoder = pipeline.BulkEncoder(simmc.encoder)
    labels = labelling.cluster_first_view(
        encoder, sequences, rows, epoch, config, run, tracks
    ).labels
    sizes = np.sort(np.bincount(labels[labels >= 0]))[::-1]
    num_outliers = int(np.count_nonzero(labels < 0))
    return Clusters(
        sizes, num_outliers, labels, rows, *_persons(labels, data.train.persons[rows])
    )


def _persons(
    labels: np.ndarray, persons: np.ndarray
) -> tuple[float | None, np.ndarray | None]:
    if (persons < 0).any():
        return None, None
    _, number, counts = np.unique(persons, return_inverse=True, return_counts=True)
    sizes = np.sort(counts)[::-1]
    kept = labels >= 0
    if not kept.any():
        return None, sizes
    # Of each cluster the person who is in it most often.
    pairs, inside = np.unique(
        np.stack([labels[kept], number[kept]]), axis=1, return_counts=True
    )
    most = np.zeros(int(labels.max()) + 1, np.int64)
    np.maximum.at(most, pairs[0], inside)
    return float(most.sum() / kept.sum()), sizes


@dataclasses.dataclass(frozen=True)
class Points:
    """Sequences, of which a map shows some.

    Attributes:
        features: [n, H] of those shown.
        group: [n] who, or which cluster; -1 where that is not known.
        part: [n] index into `parts`.
        parts: names of the splits.
        total: sequences of these splits.
        by: what the groups are: `person` or `cluster`; None where nobody knows.
        num_groups: that there are, of which those shown are some.
        condition: [n] str, under which each was recorded; None where a part does not
            tell.
    """

    features: np.ndarray
    group: np.ndarray
    part: np.ndarray
    parts: Sequence[str]
    total: int
    by: str | None
    num_groups: int
    condition: np.ndarray | None = None


def points(
    features: Mapping[str, np.ndarray],
    groups: Mapping[str, np.ndarray],
    by: str,
    wanted: Sequence[int] = (),
    conditions: Mapping[str, np.ndarray] = types.MappingProxyType({}),
) -> Points:
    """Draws sequences from all splits.

    Args:
        features: split -> [N, H].
        groups: split -> [N].
        by: what the groups are.
        wanted: groups to show first, where not all of them can be.
        conditions: split -> [N] str, where they are known.
    """
    sizes = [len(one) for one in features.values()]
    group = np.concatenate(list(groups.values()))
    rows, number = chosen(group, wanted)
    part = np.repeat(np.arange(len(sizes)), sizes)[rows]
    starts = np.cumsum([0, *sizes])
    own = [rows[part == k] - starts[k] for k in range(len(sizes))]
    return Points(
        np.concatenate([a[i] for a, i in zip(features.values(), own, strict=True)]),
        group[rows],
        part,
        list(features),
        sum(sizes),
        by,
        number,
        _conditions(conditions, list(features), rows),
    )


def _conditions(
    known: Mapping[str, np.ndarray], splits: Sequence[str], rows: np.ndarray
) -> np.ndarray | None:
    """[n] of rows of the splits one after the other; None unless all have some."""
    if not all(name in known for name in splits):
        return None
    return np.concatenate([known[name] for name in splits])[rows]


def chosen(group: np.ndarray, wanted: Sequence[int] = ()) -> tuple[np.ndarray, int]:
    """Which sequences a map shows, evenly drawn: those of a few groups if need be.

    Args:
        group: [N], -1 where it is not known; such are shown too.
        wanted: groups to show first; the others are evenly drawn.

    Returns:
        [n] their indices, and how many groups there are.
    """
    known = np.unique(group[group >= 0])
    kept = known
    if len(known) > MOST_GROUPS:
        # Beside the wanted ones some of the others, to compare with.
        first = np.array(wanted[: MOST_GROUPS // 2], known.dtype)
        others = np.setdiff1d(known, first)
        others = others[drawn.evenly(len(others), MOST_GROUPS - len(first))]
        kept = np.concatenate([first, others])
    rows = np.flatnonzero((group < 0) | np.isin(group, kept))
    return rows[drawn.evenly(len(rows), MOST_ON_MAP)], len(known)


@dataclasses.dataclass(frozen=True)
class Map:
    """A plane on which sequences with similar representations lie together.

    Attributes:
        places: [n, 2].
        points: what lies there.
    """

    places: np.ndarray
    points: Points


def lay_out(shown: Points) -> Map | None:
    """Makes a map by t-SNE (van der Maaten and Hinton 2008), the same every time.

    Returns:
        None where there is too little to lay out.
    """
    count = len(shown.features)
    if count < 4 or not np.isfinite(shown.features).all():
        return None
    # Not before: it takes half a second to load.
    import threadpoolctl
    from sklearn import decomposition, manifold

    features = shown.features - shown.features.mean(axis=0)
    # Threads that wait for one another take 20 times as long on a busy machine.
    with threadpoolctl.threadpool_limits(1):
        size = min(50, count - 1, features.shape[1])
        main = decomposition.PCA(size, svd_solver="full").fit_transform(features)
        if main.shape[1] < 2 or not np.ptp(main):
            return None
        tsne = manifold.TSNE(
            perplexity=min(_PERPLEXITY, (count - 1) / 3),
            init="pca",
            max_iter=_ITERATIONS,
            random_state=0,
        )
        return Map(tsne.fit_transform(main), shown)
