"""What each phase must do at least, on the sizes of a run."""

import dataclasses
from collections.abc import Collection

from scripts.benchmarks import limits, operations, phases


def of(
    bench: phases.Bench, machine: limits.Machine, names: Collection[str]
) -> dict[str, limits.Limit]:
    """The limit of every phase that is asked for and computed in this process."""
    config, views = bench.config, bench.found.labels.shape[1]
    num_rows, num_frames = len(bench.rows), bench.sequences.shape[1]
    layers = [bench.sequences.shape[2]] + [config.H] * (config.D + 1)
    clusters = bench.found.num_clusters
    whole = (len(bench.gallery), len(bench.probe))
    encoded = operations.encoding(num_rows, num_frames, layers, views)
    for count in whole:
        encoded = encoded + operations.encoding(count, num_frames, layers, 1)
    size = min(config.batch_size, len(bench.found.kept))
    steps = min(max(1, num_rows // size), len(bench.found.kept) // size)
    step = [
        dataclasses.replace(product, count=product.count * steps)
        for product in operations.training_step(size, num_frames, layers, clusters)
    ]
    batch = config.counted_batch
    counted = [count // batch * batch or count for count in whole]
    products: dict[str, tuple[list[operations.Product], str]] = {
        "features": (encoded, "both views, gallery and probes"),
        "neighbours": (
            operations.search(num_rows, config.H, views),
            "N x N pairs of both views",
        ),
        "training": (step, f"{steps} steps forward and backward"),
        "evaluation": (
            operations.matching(counted[1], counted[0], config.H),
            "probes x gallery",
        ),
        "diagnostics": (
            operations.encoding(num_rows, num_frames, layers, 1),
            "the training set's features",
        ),
    }
    products["neighbours_again"] = products["neighbours"]
    result = {
        # Steps of training, and their products, wait for one another.
        name: machine.multiplying(*products[name], independent=name != "training")
        for name in products
        if name in names
    }
    if {"jaccard", "dbscan", "prototypes"} & set(names):
        distances = bench.distances_bytes()
        moved = {
            "jaccard": (
                views * operations.jaccard_bytes(num_rows, config.H, config.k1, 0)
                + distances,
                "features and neighbours in, distances out",
            ),
            "dbscan": (
                views * operations.dbscan_bytes(num_rows, 0) + distances,
                "distances in, labels out",
            ),
            "prototypes": (
                sum(
                    operations.prototypes_bytes(num_rows, config.H, count)
                    for count in clusters
                ),
                "features and labels in, prototypes out",
            ),
        }
        result.update({name: machine.moving(*moved[name]) for name in moved})
    return result
