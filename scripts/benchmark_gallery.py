"""Enrolling in and searching a large gallery: python -m scripts.benchmark_gallery.

    python -m scripts.benchmark_gallery --rows 1000000
    python -m scripts.benchmark_gallery --rows 10000,100000,300000,1000000 \
        --beside lists,hnsw --lists 2,4,8 --probed 8,16,32,64,128

For each kind of index: seconds to make it, milliseconds a sequence searched for, alone
and among many, the share of the nearest that it finds, and bytes of its file; then the
same of the gallery itself, as scripts.gallery uses it, and of its search by all those
lists, whatever its size.
"""

import functools
import pathlib
import statistics
import tempfile
from typing import Any

import numpy as np
from absl import flags

from flags import entry
from scripts.benchmarks import enrolled, indices
from simmc_tf import cores, errors, startup
from simmc_tf.gallery import entries, files, index, search, snapshot, updates


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    several = functools.partial(flags.DEFINE_multi_string, flag_values=values)
    several("rows", "100000", "embeddings to enrol, one size or several: 1000,2000")
    several(
        "lists",
        str(index.LISTS),
        "numbers of inverted lists, in square roots of the number of embeddings",
    )
    several("probed", str(index.PROBED), "numbers of inverted lists to search")
    several(
        "beside",
        ",".join(indices.KINDS),
        f"indices to compare with the exact one, of {', '.join(indices.KINDS)}: the "
        "gallery's lists, faiss's inverted lists of whole vectors, and its navigable "
        "graph",
    )
    flags.DEFINE_integer(
        "queries", 1000, "sequences to search for", lower_bound=1, flag_values=values
    )


def main(argv: list[str]) -> None:
    """Times indices and the gallery."""
    entry.expect_no_arguments(argv)
    startup.prepare(-1)
    values = flags.FLAGS
    sizes, factors, probed = (_numbers(values, n) for n in ("rows", "lists", "probed"))
    kinds = _several(values, "beside")
    for kind in kinds:
        if kind not in indices.KINDS:
            raise errors.InputError(
                f"--beside {kind}: expected some of {', '.join(indices.KINDS)}."
            )
    _say(f"{cores.count()} cores; recall is of embeddings, top-1 of persons")
    for num_rows in sizes:
        walkers = enrolled.walkers(num_rows, values.queries, _say)
        counts = [max(1, int(factor * num_rows**0.5)) for factor in factors]
        _say(indices.HEADING)
        nearest = indices.exact(walkers, _say)
        made = []
        if indices.LISTS in kinds:
            made = [
                indices.lists(walkers, nearest, count, probed, _say) for count in counts
            ]
        if indices.IVF in kinds:
            for count in counts:
                indices.inverted(walkers, nearest, count, probed, _say)
        if indices.GRAPH in kinds:
            indices.navigable(walkers, nearest, _say)
        with tempfile.TemporaryDirectory() as folder:
            _gallery(pathlib.Path(folder) / "gallery", walkers, made, probed)


def _several(values: flags.FlagValues, name: str) -> list[str]:
    return [text.strip() for text in ",".join(values[name].value).split(",")]


def _numbers(values: flags.FlagValues, name: str) -> list[int]:
    """Those of a flag, each 1 or more."""
    for text in _several(values, name):
        if not text.isdecimal() or int(text) < 1:
            raise errors.InputError(
                f"--{name} {text}: expected whole numbers, 1 or more."
            )
    return [int(text) for text in _several(values, name)]


def _say(text: str) -> None:
    print(text, flush=True)


def _gallery(
    folder: pathlib.Path, walkers: enrolled.Walkers, made: list[Any], probed: list[int]
) -> None:
    """Prints what enrolling, reading, searching and removing take.

    Args:
        folder: of the gallery.
        walkers: who is enrolled, and searched for.
        made: inverted lists to search by besides.
        probed: numbers of them to search.
    """
    size = walkers.features.shape[1]
    model = entries.Model("none", "0" * 64, 20, (), "m", 6, size)
    last = len(walkers.counts) - 1
    for label, some in (
        ("all but one recording", slice(0, last)),
        ("one recording more", slice(last, last + 1)),
    ):
        seconds, _ = indices.timed(
            functools.partial(_enrol, folder, model, walkers, some)
        )
        _say(f"gallery: enrol {label}: {seconds:.2f} s")
    for file in sorted(folder.iterdir()):
        _say(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB")
    seconds, gallery = indices.timed(lambda: snapshot.read(folder))
    _say(f"  read, with checksums: {seconds:.2f} s")
    nearest = _search(gallery.searching(approximate=False), walkers, "exact")
    if gallery.lists is not None:
        found = _search(gallery.searching(), walkers, "lists")
        _say(f"  lists find the same nearest person of {np.mean(found == nearest):.4f}")
    layout = gallery.database.layout()
    for lists in made:
        searching = search.Search(gallery.vectors, layout, lists)
        for number in probed:
            lists.nprobe = min(number, lists.nlist)
            label = f"{lists.nlist} lists, {lists.nprobe} probed"
            found = _search(searching, walkers, label)
            _say(f"    same nearest person of {np.mean(found == nearest):.4f}")
    del gallery
    person = snapshot.read(folder, embeddings=False).database.persons()[0].name
    with updates.writing(folder, _say) as writer:
        seconds, removed = indices.timed(lambda: writer.remove(person))
    _say(
        f"  remove a person ({removed.sequences} sequences), once it is read: "
        f"{seconds:.2f} s"
    )
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
                6 * np.concatenate([np.arange(n) for n in counts[some]]),
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
        return indices.timed(lambda: searching.nearest(some, bounds, indices.TOP))

    alone = [
        seconds(row[np.newaxis], np.arange(2))[0] for row in queries[: indices.ALONE]
    ]
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


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
