"""Exact nearest neighbours with faiss, on the GPU where there is one."""

import functools

import faiss
import numpy as np

# faiss's k-selection on the GPU holds no more.
_MOST_ON_GPU = 2048


@functools.cache
def _gpu_resources() -> "faiss.StandardGpuResources | None":
    """Scratch memory of the first visible GPU, or None where faiss has no GPU."""
    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return None
    return faiss.StandardGpuResources()


def nearest(features: np.ndarray, num_neighbours: int) -> np.ndarray:
    """Finds every row's nearest rows by Euclidean distance, exactly.

    Where distances tie (repeated rows), the order among the tied is faiss's, and a row
    can be pushed out of its own list by that many copies of itself.

    Args:
        features: [N, H] float32.
        num_neighbours: how many, the row itself among them; at most N are returned.

    Returns:
        [N, min(num_neighbours, N)] int32 row indices, nearest first.
    """
    features = np.ascontiguousarray(features, np.float32)
    num_neighbours = min(num_neighbours, len(features))
    resources = _gpu_resources()
    if resources is None or num_neighbours > _MOST_ON_GPU:
        _, found = faiss.knn(features, features, num_neighbours)
    else:
        _, found = faiss.knn_gpu(resources, features, features, num_neighbours)
    return found.astype(np.int32)
