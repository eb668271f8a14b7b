"""Enrolling in and searching a large gallery: python -m scripts.benchmark_gallery.

    python -m scripts.benchmark_gallery --rows 1000000

For each kind of index: seconds to make it, milliseconds a sequence searched for, alone
and among many, the share of the nearest that it finds, and its size; then the same of
the gallery itself, as scripts.gallery uses it.
"""

import functools
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from absl import flags

from flags import entry
from scripts.benchmarks import enrolled
from simmc_tf import cores, startup
from simmc_tf.gallery import entries, files, index, search, snapshot, updates

_TOP = 10
# Searches of a sequence alone that are timed.
_ALONE = 50
_KINDS = ("exact", "lists", "ivf", "hnsw")
_HEADING = (
    f"{'rows':>9}  {'index':6}  {'make s':>8}  {'alone ms':>8}  {'among ms':>8}  "
    f"recall@1  recall@{_TOP}  {'MB':>7}"
)


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_integer(
        "rows",
        [100_000],
        "embeddings to enrol; may be repeated",
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "queries", 1000, "sequences to search for", lower_bound=1, flag_values=values
    )
    flags.DEFINE_multi_enum(
        "beside",
        list(_KINDS[1:]),
        _KINDS[1:],
        "indices to compare with the exact one: the gallery's lists, faiss's inverted "
        "lists of whole vectors, and its navigable graph; may be repeated",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Times indices and the gallery."""
    entry.expect_no_arguments(argv)
    startup.prepare(-1)
    values = flags.FLAGS
    _say(f"{cores.count()} cores; recall is of embeddings, top-1 of persons")
    for num_rows in values.rows:
        walkers = enrolled.walkers(num_rows, values.queries, _say)
        print(_HEADING, flush=True)
        nearest = None
        for kind in ("exact", *values.beside):
            found = _index(kind, walkers, nearest)
            nearest = found if nearest is None else nearest
        with tempfile.TemporaryDirectory() as folder:
            _gallery(pathlib.Path(folder) / "gallery", walkers)


def _say(text: str) -> None:
    print(text, flush=True)


def _index(
    kind: str, walkers: enrolled.Walkers, nearest: np.ndarray | None
) -> np.ndarray:
    """Prints a line on a kind of index; gives the rows [M, 10] that it finds."""
    vectors, queries = walkers.features, walkers.queries
    make, made = _timed(lambda: _MAKE[kind](vectors))
    made.search(queries[:8], _TOP)
    alone = [
        _timed(functools.partial(made.search, row[np.newaxis], _TOP))[0]
        for row in queries[:_ALONE]
    ]
    among, (_, found) = _timed(lambda: made.search(queries, _TOP))
    nearest = found if nearest is None else nearest
    first = np.mean(found[:, 0] == nearest[:, 0])
    ten = np.mean([np.isin(a, b).mean() for a, b in zip(nearest, found, strict=True)])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "index"
        with path.open("wb") as file:
            index.save(made)(file.write)
        size = path.stat().st_size / 1e6
    _say(
        f"{len(vectors):9,}  {kind:6}  {make:8.2f}  "
        f"{1000 * statistics.median(alone):8.2f}  {1000 * among / len(queries):8.3f}  "
        f"{first:8.4f}  {ten:9.4f}  {size:7.1f}"
    )
    return found


def _ivf(vectors: np.ndarray) -> Any:
    """The gallery's lists, but with the embeddings as they are."""
    import faiss

    width, count = vectors.shape[1], index.num_lists(len(vectors))
    whole = faiss.IndexIVFFlat(faiss.IndexFlatL2(width), width, count)
    whole.cp.niter, whole.cp.max_points_per_centroid = 10, 64
    whole.train(vectors)
    whole.add(vectors)
    whole.nprobe = min(index.PROBED, count)
    return whole


def _graph(vectors: np.ndarray) -> Any:
    """32 links a row, 64 candidates."""
    import faiss

    graph = faiss.IndexHNSWFlat(vectors.shape[1], 32)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 80, 64
    graph.add(vectors)
    return graph


_MAKE: dict[str, Callable[[np.ndarray], Any]] = {
    "exact": index.exact,
    "lists": lambda vectors: index.lists(vectors, np.arange(len(vectors))),
    "ivf": _ivf,
    "hnsw": _graph,
}


def _gallery(folder: pathlib.Path, walkers: enrolled.Walkers) -> None:
    """Prints what enrolling, reading, searching and removing take."""
    size = walkers.features.shape[1]
    model = entries.Model("none", "0" * 64, 20, (), "m", 6, size)
    last = len(walkers.counts) - 1
    for label, some in (
        ("all but one recording", slice(0, last)),
        ("one recording more", slice(last, last + 1)),
    ):
        seconds, _ = _timed(functools.partial(_enrol, folder, model, walkers, some))
        _say(f"gallery: enrol {label}: {seconds:.2f} s")
    for file in sorted(folder.iterdir()):
        _say(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB")
    seconds, gallery = _timed(lambda: snapshot.read(folder))
    _say(f"  read, with checksums: {seconds:.2f} s")
    nearest = _search(gallery.searching(approximate=False), walkers, "exact")
    if gallery.lists is not None:
        found = _search(gallery.searching(), walkers, "lists")
        _say(f"  lists find the same nearest person of {np.mean(found == nearest):.4f}")
    del gallery
    person = snapshot.read(folder, embeddings=False).database.persons()[0].name
    with updates.writing(folder, _say) as writer:
        seconds, count = _timed(lambda: writer.remove(person))
    _say(f"  remove a person ({count} sequences), once it is read: {seconds:.2f} s")
    if files.current(folder) is None:
        raise RuntimeError("The gallery is gone.")


def _enrol(
    folder: pathlib.Path,
    model: entries.Model,
    walkers: enrolled.Walkers,
    some: slice,
) -> None:
    counts = walkers.counts
    starts = np.concatenate([[0], np.cumsum(counts)])
    chosen = range(len(counts))[some]
    rows = slice(starts[chosen.start], starts[chosen.stop])
    with updates.writing(folder, _say, may_be_new=True) as writer:
        writer.enrol(
            model,
            entries.Embedded(
                tuple(f"recording {i}" for i in chosen),
                tuple(str(walkers.persons[starts[i]]) for i in chosen),
                tuple(f"{i}" for i in chosen),
                tuple(6 * int(counts[i]) for i in chosen),
                counts[some],
                walkers.features[rows],
            ),
        )


def _search(
    searching: search.Search, walkers: enrolled.Walkers, kind: str
) -> np.ndarray:
    """Searches for sequences alone, for all, and for recordings.

    Returns:
        [M] index of the person nearest to each sequence.
    """
    queries, persons = walkers.queries, walkers.query_persons

    def seconds(some: np.ndarray, bounds: np.ndarray) -> tuple[float, Any]:
        return _timed(lambda: searching.nearest(some, bounds, _TOP))

    alone = [seconds(row[np.newaxis], np.arange(2))[0] for row in queries[:_ALONE]]
    among, found = seconds(queries, np.arange(len(queries) + 1))
    nearest = np.array([one.person[0] for one in found])
    right = np.array(searching.names)[nearest] == persons.astype(str)
    starts = np.flatnonzero(np.diff(persons, prepend=-1))
    recordings, _ = seconds(queries, np.append(starts, len(queries)))
    _say(
        f"  {kind}: a sequence alone {1000 * statistics.median(alone):.2f} ms, among "
        f"{len(queries):,} {1000 * among / len(queries):.3f} ms; a recording of "
        f"{len(queries) / len(starts):.1f} among {len(starts):,} "
        f"{1000 * recordings / len(starts):.2f} ms; top-1 {right.mean():.4f}"
    )
    return nearest


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
