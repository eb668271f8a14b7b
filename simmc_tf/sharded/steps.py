"""Everything that is to be computed, in order, and what of it is done."""

import collections
import dataclasses
import functools
import json
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from simmc_tf import atomic
from simmc_tf.sharded import (
    axes,
    clusters,
    embedding,
    pairs,
    parts,
    plan,
    rows,
    tally,
    tree,
)

Compute = Callable[..., Mapping[str, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Join:
    """Brings arrays of all shards into one file each.

    Attributes:
        step: whose.
        names: of the arrays.
    """

    step: str
    names: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Task:
    """What one worker does at a time; may be repeated.

    Attributes:
        task: the plan.
        target: folder of the result.
        work: gives the arrays of it.
        numbers: of the shards that it is about.
    """

    task: plan.Plan
    target: pathlib.Path
    work: Compute | Join
    numbers: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Tells it from all others of the plan."""
        return str(self.target.relative_to(self.task.folder))

    @property
    def done(self) -> bool:
        """Whether the result is there."""
        return self.target.is_dir()

    def run(self) -> None:
        """Computes the result where it is not there."""
        if self.done:
            return
        if isinstance(self.work, Join):
            parts.join(self.target, self.task.parts(self.work.step), self.work.names)
        else:
            parts.write(self.target, self.work(self.task, *self.numbers))


# Runs tasks, in any order, and calls the function after each.
Execute = Callable[[Sequence[Task], Callable[[], None]], None]


@dataclasses.dataclass(frozen=True)
class Step:
    """Tasks that need nothing of each other.

    Attributes:
        name: of its folder.
        phase: that people read.
        tasks: of it.
        last_use: steps whose results nobody needs behind it.
    """

    name: str
    phase: str
    tasks: list[Task]
    last_use: tuple[str, ...] = ()


def features(task: plan.Plan) -> Iterator[Step]:
    """Steps that make the features; none where they are given."""
    if task.made_features is not None:
        yield _each(task, "features", "features", embedding.features)
        yield Step(
            "all-features",
            "features",
            [Task(task, task.made_features, Join("features", ("features",)))],
            ("features",),
        )


def find(folder: str, name: str) -> Task:
    """A task by its name, for workers: they are told no more than that.

    The plan of an archive of many files would be too much to tell of each task.
    """
    return _tasks(folder, plan.modified(pathlib.Path(folder)))[name]


@functools.lru_cache(maxsize=1)
def _tasks(folder: str, modified: int) -> dict[str, Task]:
    task = plan.load(pathlib.Path(folder))
    both = (*_by_tree(task), *_by_pairs(task), *_clustering(task))
    every = (*features(task), *preparation(task), *both)
    return {one.name: one for step in every for one in step.tasks}


def preparation(task: plan.Plan) -> Iterator[Step]:
    """Steps that tell from the features which search suits them."""
    yield _each(task, "moments", "axes", axes.moments)
    yield _once(task, "copies", "axes", axes.copies)
    yield _once(task, "axes", "axes", axes.axes, "moments")


def clustering(task: plan.Plan) -> Iterator[Step]:
    """Steps from features to labels and prototypes, once the preparation is done."""
    yield from (_by_tree if axes.suit(task) else _by_pairs)(task)
    yield from _clustering(task)


def _lists(task: plan.Plan, shard: int) -> Mapping[str, np.ndarray]:
    return (tree if axes.suit(task) else pairs).lists(task, shard)


def _clustering(task: plan.Plan) -> Iterator[Step]:
    each, once = functools.partial(_each, task), functools.partial(_once, task)
    known = f"nearest-{len(pairs.rounds(task.num_shards)) - 1}"
    found = ("tree", "all-nearest", "copies", known)
    yield each("lists", "neighbours", _lists, *found)
    lists = Join("lists", ("neighbours",))
    yield once("neighbours", "neighbours", lists, "lists")
    entries = ("counts", "indices", "data")
    yield each("reciprocal", "weights", rows.reciprocal)
    yield once("half", "weights", Join("reciprocal", ("half",)))
    yield each("weights", "weights", rows.weights, "reciprocal", "half")
    yield once("all-weights", "weights", Join("weights", entries), "weights")
    yield each("expanded", "weights", rows.expanded, "all-weights", "neighbours")
    yield once("groups", "distances", rows.groups)
    yield each("columns", "distances", rows.columns, "expanded")
    yield each("transposed", "distances", rows.transposed)
    by_column = Join("transposed", ("counts", "rows", "values"))
    yield once("all-columns", "distances", by_column, "transposed")
    yield each("near", "distances", clusters.near, "columns", "all-columns")
    yield once("cores", "clusters", Join("near", ("core",)))
    yield each("forests", "clusters", clusters.forest)
    yield once("components", "clusters", clusters.components, "forests", "cores")
    yield each("labels", "clusters", clusters.labels, "near", "components")
    yield once("all-labels", "clusters", clusters.all_labels, "labels", "groups")
    yield each("prototypes", "prototypes", clusters.prototypes)
    means = Join("prototypes", ("prototypes",))
    yield once("all-prototypes", "prototypes", means, "prototypes")


def _by_tree(task: plan.Plan) -> Iterator[Step]:
    each, once = functools.partial(_each, task), functools.partial(_once, task)
    yield each("coordinates", "neighbours", tree.coordinates)
    coordinates = Join("coordinates", ("values", "boxed"))
    yield once("all-coordinates", "neighbours", coordinates, "coordinates")
    yield once("tree", "neighbours", tree.tree)
    yield each("leaves", "neighbours", tree.leaves, "all-coordinates")
    yield once("all-leaves", "neighbours", Join("leaves", tree.LEAVES), "leaves")
    yield each("nearest", "neighbours", tree.nearest, "all-leaves")
    yield once("all-nearest", "neighbours", Join("nearest", ("nearest",)), "nearest")


def _by_pairs(task: plan.Plan) -> Iterator[Step]:
    before: tuple[str, ...] = ()
    for turn, met in enumerate(pairs.rounds(task.num_shards)):
        step, known = f"pairs-{turn}", f"nearest-{turn}"
        work = functools.partial(pairs.pair, turn=turn)
        tasks = [Task(task, task.part(step, *pair), work, pair) for pair in met]
        yield Step(step, "neighbours", tasks)
        work = functools.partial(pairs.nearest, turn=turn)
        yield _each(task, known, "neighbours", work, step, *before)
        before = (known,)


def run(
    task: plan.Plan, steps: Sequence[Step], execute: Execute, report: tally.Report
) -> None:
    """Does what is not done of some steps.

    Args:
        task: the plan.
        steps: in order.
        execute: runs the tasks of a step.
        report: takes note of progress.

    Raises:
        errors.InputError: the data are at fault.
    """
    totals = collections.Counter[str]()
    for step in steps:
        totals[step.phase] += len(step.tasks)
    count = tally.Tally(totals, report)
    for step in steps:
        marker = _marker(task, step)
        if marker.is_file():
            count.found(step.phase, len(step.tasks))
        else:
            start = time.perf_counter()
            missing = [one for one in step.tasks if not one.done]
            count.found(step.phase, len(step.tasks) - len(missing))
            execute(missing, functools.partial(count.computed, step.phase))
            atomic.write_json(marker, {"seconds": time.perf_counter() - start})
        for name in step.last_use:
            parts.remove(task.folder / "work" / name)


def seconds(task: plan.Plan, steps: Sequence[Step]) -> dict[str, float]:
    """Wall seconds of each phase; of a step that was interrupted, of its last run."""
    result: dict[str, float] = {}
    for step in steps:
        text = _marker(task, step).read_text(encoding="utf-8")
        result[step.phase] = result.get(step.phase, 0) + json.loads(text)["seconds"]
    return result


def _marker(task: plan.Plan, step: Step) -> pathlib.Path:
    return task.folder / "work" / "done" / f"{step.name}.json"


def _each(
    task: plan.Plan, name: str, phase: str, work: Compute | Join, *last_use: str
) -> Step:
    shards = range(task.num_shards)
    tasks = [Task(task, task.part(name, shard), work, (shard,)) for shard in shards]
    return Step(name, phase, tasks, last_use)


def _once(
    task: plan.Plan, name: str, phase: str, work: Compute | Join, *last_use: str
) -> Step:
    return Step(name, phase, [Task(task, task.part(name), work)], last_use)
