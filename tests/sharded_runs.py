"""Plans of small features, and what one machine makes of the same."""

import dataclasses
from unittest import mock

import numpy as np

from simmc_tf import exact_search, jaccard, pseudo_labels, tree_search
from simmc_tf.sharded import archive, parts, plan, steps

SEARCHES = ("tree", "pairs")


def clustered(num_rows, width, spread=0.25):
    generator = np.random.default_rng(num_rows)
    centres = generator.normal(size=(num_rows // 12, width))
    features = centres[generator.integers(len(centres), size=num_rows)]
    features = features + generator.normal(scale=spread, size=features.shape)
    return features.astype(np.float32)


def with_copies(num_rows, width):
    features = clustered(num_rows, width)
    generator = np.random.default_rng(1)
    some = generator.permutation(num_rows)[: num_rows // 2]
    features[some] = features[generator.integers(0, 10, len(some))]
    return features


KINDS = {
    "normal": clustered,
    "copies": with_copies,
    # Whole numbers, whose distances often tie.
    "ties": lambda *shape: np.round(2 * clustered(*shape)),
    "outliers": lambda *shape: clustered(*shape, spread=1.0),
    "one point": lambda *shape: np.ones(shape, np.float32),
}


def plan_of(rows, folder, bounds, **settings):
    """A plan for rows that are written below a folder."""
    np.save(folder / "rows.npy", rows)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    settings = {
        **{"model": None, "gpu": -1, "eps": 0.6, "min_samples": 2, "k1": 20, "k2": 6},
        **settings,
    }
    source = archive.find(folder / "rows.npy")
    return plan.Plan(folder=out, source=source, bounds=bounds, **settings)


def searching_by(kind):
    """Lets the features of a run suit the tree or not, for the block."""
    return mock.patch.object(tree_search.Axes, "suit", lambda *_: kind == "tree")


def choose(task, kind):
    """Lets a run search by the tree or by pairs, whatever its features are."""
    parts.write(task.part("axes"), {"suit": np.array([kind == "tree"])})


def inline(tasks, done):
    """Runs the tasks of a step here."""
    for task in tasks:
        task.run()
        done()


def compute_all(task, until="all-prototypes"):
    """Runs all steps up to one, and removes nothing."""
    for some in (steps.features, steps.preparation, steps.clustering):
        for step in some(task):
            kept = dataclasses.replace(step, last_use=())
            steps.run(task, [kept], inline, lambda *_: None)
            if step.name == until:
                return
    raise ValueError(until)


def on_one_machine(features, task):
    """Labels and prototypes as `labelling` finds them."""
    features = np.ascontiguousarray(features, np.float32)
    neighbours = exact_search.nearest(features, min(task.k1, len(features)))
    limit = task.eps + pseudo_labels.DISTANCE_TOLERANCE
    distances, group = jaccard.distinct_distances(
        features, neighbours, task.k1, task.k2, limit
    )
    labels = pseudo_labels.cluster(distances, task.eps, task.min_samples, group)
    return labels, pseudo_labels.prototypes(features, labels)
