"""Exact nearest neighbours, with a GPU's help where faiss has one."""

import functools

import faiss
import numpy as np

from simmc_tf import exact_search, product_search

# faiss's k-selection on the GPU holds no more.
_MOST_ON_GPU = 2048
# Bytes of rows that are on the GPU at a time, as queries and as what is searched.
_GPU_BYTES = 2**30


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

    The row itself comes first, and of equally far ones the lower index. A GPU finds
    candidates in float32, as the published code did; they are measured again in
    float64, so that the result is the same with a GPU and without.

    Args:
        features: [N, H] float32, finite.
        num_neighbours: how many, the row itself among them; at most N are returned.
        hints: what was found before the features moved; saves time and changes nothing.

    Returns:
        [N, min(num_neighbours, N)] int32 row indices, nearest first.
    """
    features = np.ascontiguousarray(features, np.float32)
    num_neighbours = min(num_neighbours, len(features))
    screen = None
    if num_neighbours + product_search.SLACK <= _MOST_ON_GPU and _gpu_resources():
        screen = _screen_on_gpu
    return exact_search.nearest(features, num_neighbours, hints, screen)


def _screen_on_gpu(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances and rows [N, count] of those nearest to each of rows [N, H]."""
    return faiss.knn_gpu(
        *(_gpu_resources(), rows, rows, count),
        vectorsMemoryLimit=_GPU_BYTES,
        queriesMemoryLimit=_GPU_BYTES,
    )
