"""Exact nearest neighbours: faiss's where it has a GPU, else our own search."""

import functools

import faiss
import numpy as np

from simmc_tf import exact_search

# faiss's k-selection on the GPU holds no more.
_MOST_ON_GPU = 2048


@functools.cache
def _gpu_resources() -> "faiss.StandardGpuResources | None":
    """Scratch memory of the first visible GPU, or None where faiss has no GPU."""
    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return None
    return faiss.StandardGpuResources()


def nearest(
    features: np.ndarray, num_neighbours: int, hints: np.ndarray | None = None
) -> np.ndarray:
    """Finds every row's nearest rows by Euclidean distance, exactly.

    Without a GPU the row itself comes first, and of equally far ones the lower index.
    On a GPU the order among the tied (repeated rows) is faiss's, and a row can be
    pushed out of its own list by that many copies of itself.

    Args:
        features: [N, H] float32, finite.
        num_neighbours: how many, the row itself among them; at most N are returned.
        hints: what was found before the features moved; saves time and changes nothing.

    Returns:
        [N, min(num_neighbours, N)] int32 row indices, nearest first.
    """
    features = np.ascontiguousarray(features, np.float32)
    num_neighbours = min(num_neighbours, len(features))
    resources = _gpu_resources()
    if resources is None or num_neighbours > _MOST_ON_GPU:
        return exact_search.nearest(features, num_neighbours, hints)
    _, found = faiss.knn_gpu(resources, features, features, num_neighbours)
    return found.astype(np.int32)
