"""Differences from the published computation: python -m scripts.parity.

Needs parity/parity.npz of the measurement data (SIMMC_SHARED, else ../shared).
"""

import numpy as np
from sklearn import metrics

from flags import entry
from scripts import peer_data
from simmc_tf import errors, startup


def main(argv: list[str]) -> None:
    """Prints the largest difference of every array."""
    entry.expect_no_arguments(argv)
    startup.prepare(-1)
    path = peer_data.shared() / "parity" / "parity.npz"
    if not path.is_file():
        raise errors.InputError(f"There is no {path}; SIMMC_SHARED names its folder.")
    with np.load(path) as archive:
        arrays = dict(archive)
    print("tag      distance (max difference)   labels, prototypes at eps 0.6 | 0.8")
    for tag in sorted(key[5:] for key in arrays if key.startswith("feat_")):
        print(f"{tag:8} {_distance(arrays, tag):.1e}   {_clusters(arrays, tag)}")
    print("\nevaluation       mAP, top-1, top-5, top-10 (max difference)")
    for case in ("normal", "casia_cross", "missing_id"):
        print(f"{case:16} {_scores(arrays, case):.1e}")


def _distance(arrays: dict[str, np.ndarray], tag: str) -> float:
    from simmc_tf import jaccard

    found = jaccard.jaccard_distances(arrays[f"feat_{tag}"], arrays[f"rank_{tag}"])
    entries = found.tocoo()
    dense = np.ones(found.shape)
    dense[entries.row, entries.col] = entries.data
    return float(np.abs(dense - arrays[f"jaccard_{tag}"]).max())


def _clusters(arrays: dict[str, np.ndarray], tag: str) -> str:
    from simmc_tf import jaccard, pseudo_labels

    features, parts = arrays[f"feat_{tag}"], []
    for eps in (0.6, 0.8):
        distances = jaccard.jaccard_distances(
            features,
            arrays[f"rank_{tag}"],
            max_distance=eps + pseudo_labels.DISTANCE_TOLERANCE,
        )
        labels = pseudo_labels.cluster(distances, eps, min_samples=2)
        published = arrays[f"dbscan_{tag}_eps{eps}"]
        same = metrics.adjusted_rand_score(published, labels) == 1.0 and np.array_equal(
            published == pseudo_labels.OUTLIER, labels == pseudo_labels.OUTLIER
        )
        centres = arrays[f"centers_{tag}_eps{eps}"]
        difference = np.abs(pseudo_labels.prototypes(features, labels) - centres).max()
        parts.append(f"{'equal' if same else 'DIFFERENT'}, {difference:.1e}")
    return " | ".join(parts)


def _scores(arrays: dict[str, np.ndarray], case: str) -> float:
    from simmc_tf import evaluation

    persons = arrays["eval_gallery_id"]
    kept = np.ones(len(persons), bool)
    if case == "missing_id":
        kept = persons != arrays["eval_missing_id"]
    found = evaluation.evaluate(
        arrays["eval_gallery"][kept],
        persons[kept],
        arrays["eval_probe"],
        arrays["eval_probe_id"],
    )
    figures = np.array([found.mean_ap, found.top1, found.top5, found.top10])
    return float(np.abs(figures - arrays[f"eval_result_{case}"]).max())


if __name__ == "__main__":
    entry.run(main)
