"""Whole runs: begun, interrupted, taken up again, refused."""

import collections
import contextlib
import dataclasses
import json
import pathlib

import numpy as np
import pytest
import sharded_runs

from simmc_tf import checkpoints, errors, pipeline
from simmc_tf import config as configs
from simmc_tf.sharded import archive, embedding, parts, plan, run, steps, tally

BOUNDS = (0, 90, 91, 240)


@pytest.fixture
def features():
    return sharded_runs.KINDS["copies"](240, 6)


@pytest.fixture
def task(features, tmp_path):
    return sharded_runs.plan_of(features, tmp_path, BOUNDS)


@contextlib.contextmanager
def no_engine():
    raise errors.InputError("Dask is not installed")
    yield


def cluster(task, execute=sharded_runs.inline, **options):
    return run.run(
        task, lambda: contextlib.nullcontext(execute), lambda *_: None, **options
    )


def expect_result(task, features):
    labels, prototypes = sharded_runs.on_one_machine(features, task)
    np.testing.assert_array_equal(np.load(task.folder / "labels.npy"), labels)
    np.testing.assert_array_equal(np.load(task.folder / "prototypes.npy"), prototypes)
    return labels


def test_a_run_leaves_labels_prototypes_and_a_summary(task, features):
    summary = cluster(task)

    labels = expect_result(task, features)
    assert sorted(path.name for path in task.folder.iterdir()) == [
        *("labels.npy", "plan.json", "prototypes.npy", "summary.json")
    ]
    assert summary == json.loads((task.folder / "summary.json").read_text())
    assert summary["rows"] == 240
    assert summary["clusters"] == labels.max() + 1
    assert summary["outliers"] == np.count_nonzero(labels == -1)
    assert set(summary["seconds"]) == {
        *("axes", "neighbours", "weights", "distances", "clusters", "prototypes")
    }


@pytest.mark.parametrize("search", sharded_runs.SEARCHES)
def test_who_is_interrupted_again_and_again_does_nothing_twice(search, task, features):
    worked = collections.Counter()

    def execute(tasks, done):
        for number, one in enumerate(tasks):
            if number == 1:
                # As a worker is that was killed: what it wrote is not whole.
                (one.target.parent / ".unfinished-x").mkdir(parents=True)
                raise KeyboardInterrupt
            one.run()
            worked[one.target] += 1
            done()

    interrupted = 0
    while not (task.folder / "summary.json").is_file():
        try:
            with sharded_runs.searching_by(search):
                cluster(task, execute)
        except KeyboardInterrupt:
            interrupted += 1

    assert interrupted > 20
    assert set(worked.values()) == {1}
    expect_result(task, features)


def test_a_part_that_is_there_is_not_computed_again(task):
    # As happens where a worker died after the part and before it said so.
    step = next(steps.preparation(task))
    task.begin()
    sharded_runs.inline(step.tasks, lambda: None)
    broken = dataclasses.replace(step.tasks[0], work=lambda *_: 1 / 0)

    broken.run()

    assert broken.done


def test_a_finished_run_is_not_done_again(task):
    summary = cluster(task)

    def execute(tasks, done):
        raise AssertionError(tasks)

    assert cluster(task, execute) == summary


def test_who_stops_between_labels_and_summary_goes_on(task, features, monkeypatch):
    monkeypatch.setattr(
        run.atomic, "write_json", stop_at_summary(run.atomic.write_json)
    )
    with pytest.raises(KeyboardInterrupt):
        cluster(task)
    monkeypatch.undo()

    summary = cluster(task)

    assert summary["clusters"] == expect_result(task, features).max() + 1


def stop_at_summary(write_json):
    def write(path, content):
        if path.name == "summary.json":
            raise KeyboardInterrupt
        write_json(path, content)

    return write


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("eps", 0.5, "begun with eps 0.6, not 0.5"),
        ("k1", 21, "begun with k1 20, not 21"),
        ("bounds", (0, 100, 240), "begun with shards 3, not 2"),
    ],
)
def test_a_folder_is_not_gone_on_with_by_another_plan(task, field, value, said):
    cluster(task)

    with pytest.raises(errors.InputError, match=said):
        cluster(dataclasses.replace(task, **{field: value}))


def test_a_folder_is_not_gone_on_with_after_the_input_changed(task, features, tmp_path):
    cluster(task)
    np.save(tmp_path / "rows.npy", features + 1)
    changed = dataclasses.replace(task, source=archive.find(tmp_path / "rows.npy"))

    with pytest.raises(errors.InputError, match="was begun with source"):
        cluster(changed)


def test_nothing_is_written_where_nobody_can_do_the_work(task, features):
    with pytest.raises(errors.InputError, match="not installed"):
        run.run(task, no_engine, lambda *_: None)

    assert not task.folder.exists()
    task = dataclasses.replace(task, bounds=(0, 240))
    cluster(task)
    expect_result(task, features)


def test_what_needs_no_workers_starts_none(task):
    summary = cluster(task)

    assert run.run(task, no_engine, lambda *_: None) == summary
    with pytest.raises(errors.InputError, match="begun with eps"):
        run.run(dataclasses.replace(task, eps=0.5), no_engine, lambda *_: None)


def test_a_folder_with_other_files_is_left_alone(task):
    (task.folder / "labels.npy").write_text("mine")

    with pytest.raises(errors.InputError, match="holds other files"):
        cluster(task)

    assert [path.name for path in task.folder.iterdir()] == ["labels.npy"]


def test_numbers_that_are_not_finite_are_refused(features, tmp_path):
    features[200, 3] = np.nan
    task = sharded_runs.plan_of(features, tmp_path, BOUNDS)

    with pytest.raises(errors.InputError, match=r"\.npy: row 200, number 3 is nan"):
        cluster(task)


def test_sequences_with_nan_are_refused_by_file_and_place(
    sequences, tmp_path, monkeypatch
):
    folder = tmp_path / "archive"
    folder.mkdir()
    sequences[17, 2, 5] = np.nan
    for name, part in zip("abc", np.split(sequences, [7, 15]), strict=True):
        np.save(folder / f"{name}.npy", part)
    monkeypatch.setattr(embedding, "encoder", lambda *_: lambda rows: rows[:, 0])
    task = sharded_runs.plan_of(sequences, tmp_path, (0, 30, 50), model="model")
    task = dataclasses.replace(task, source=archive.find(folder))

    place = r"c\.npy: sequence 2, frame 2, number 5 is nan"
    with pytest.raises(errors.InputError, match=place):
        cluster(task)


@pytest.mark.parametrize("kind", ["files", "float64", "columns first"])
def test_features_of_any_layout_are_brought_into_one_file(kind, features, tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    if kind == "files":
        for name, part in zip("abc", np.split(features, [7, 130]), strict=True):
            np.save(folder / f"{name}.npy", part)
    elif kind == "float64":
        np.save(folder / "a.npy", features.astype(np.float64))
    else:
        np.save(folder / "a.npy", np.asfortranarray(features))
    task = sharded_runs.plan_of(features, tmp_path, BOUNDS)
    task = dataclasses.replace(task, source=archive.find(folder))

    cluster(task)

    expect_result(task, features)
    np.testing.assert_array_equal(
        np.load(task.folder / "features" / "features.npy"), features
    )


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({}, "expected a .npy file or a folder"),
        ({"a": np.ones((3, 2), int)}, "of floats, not .* int64"),
        ({"a": np.ones(3)}, "expected sequences .N, f, d. or features"),
        ({"a": np.ones((3, 2)), "b": np.ones((3, 4))}, "expected all alike"),
        ({"a": np.ones((0, 2))}, "expected 1 to .* rows, not 0"),
    ],
)
def test_what_is_no_archive_is_refused(arrays, said, tmp_path):
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)

    with pytest.raises(errors.InputError, match=said):
        archive.find(tmp_path)


def test_a_file_that_is_no_array_is_refused(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"text")

    with pytest.raises(errors.InputError, match="a.npy is no .npy file of numbers"):
        archive.find(tmp_path)


@pytest.mark.parametrize("num_shards", [0, 11])
def test_there_are_no_more_shards_than_rows(num_shards):
    with pytest.raises(errors.InputError, match="--shards must be 1 to .* 10, not"):
        plan.even_bounds(10, num_shards)


def test_rows_are_read_across_files(tmp_path):
    rows = np.arange(24, dtype=np.float32).reshape(12, 2)
    for name, part in zip("abc", np.split(rows, [1, 7]), strict=True):
        np.save(tmp_path / f"{name}.npy", part)

    found = archive.find(tmp_path)

    for first, last in ((0, 12), (0, 1), (1, 7), (3, 9)):
        np.testing.assert_array_equal(found.read(first, last), rows[first:last])


@pytest.fixture
def sequences():
    return np.random.default_rng(0).normal(size=(50, 4, 9)).astype(np.float32)


@pytest.fixture(params=["model folder", "SavedModel"])
def model(request, tmp_path):
    """A model's folder, and the encoder in it."""
    import tensorflow as tf

    config = configs.Config(H=16)
    simmc = checkpoints.build(config, 9)
    folder = tmp_path / "model"
    if request.param == "model folder":
        description = {"skeleton_size": 9, "best_epoch": 1, "data_sha256": {}}
        description["hyperparameters"] = checkpoints.hyperparameters(config)
        checkpoints.save(folder, simmc, description)
    else:
        signature = [tf.TensorSpec([None, None, 9], tf.float32)]
        simmc.encoder.export(folder, input_signature=signature, verbose=False)
    return folder, simmc.encoder


@pytest.mark.parametrize("num_shards", [1, 3])
def test_sequences_are_encoded_in_the_batches_of_one_machine(
    num_shards, model, sequences, tmp_path, monkeypatch
):
    monkeypatch.setattr(embedding, "_BATCH", 8)
    folder, encoder = model
    bounds = plan.even_bounds(50, num_shards)
    task = sharded_runs.plan_of(sequences, tmp_path, bounds, model=str(folder))

    assert cluster(task, features_only=True) is None

    whole = pipeline.BulkEncoder(encoder).whole
    expected = [whole(sequences[start : start + 8]) for start in range(0, 50, 8)]
    np.testing.assert_array_equal(
        np.load(task.folder / "features" / "features.npy"), np.concatenate(expected)
    )
    cluster(task)
    expect_result(task, np.concatenate(expected))


def test_batches_are_those_of_the_archive_and_not_of_the_shards(
    sequences, tmp_path, monkeypatch
):
    def place_in_batch(batch):
        return np.arange(len(batch), dtype=np.float32)[:, np.newaxis]

    monkeypatch.setattr(embedding, "_BATCH", 8)
    monkeypatch.setattr(embedding, "encoder", lambda *_: place_in_batch)
    bounds = (0, 3, 4, 21, 49, 50)
    task = sharded_runs.plan_of(sequences, tmp_path, bounds, model="model")

    cluster(task, features_only=True)

    np.testing.assert_array_equal(task.features()[:, 0], np.arange(50) % 8)


def test_a_model_for_other_skeletons_is_refused(model, sequences, tmp_path):
    folder, _ = model
    task = sharded_runs.plan_of(
        sequences[..., :6], tmp_path, (0, 50), model=str(folder)
    )

    with pytest.raises(errors.InputError, match="takes"):
        cluster(task)


def test_sequences_need_a_model_and_features_none(features, sequences, tmp_path):
    with pytest.raises(errors.InputError, match="name a model's folder"):
        sharded_runs.plan_of(sequences, tmp_path, (0, 50))
    with pytest.raises(errors.InputError, match="leave --model out"):
        sharded_runs.plan_of(features, tmp_path, (0, 240), model="model")


@pytest.mark.parametrize("search", sharded_runs.SEARCHES)
@pytest.mark.parametrize("kind", ["features", "sequences"])
def test_workers_read_the_plan_that_the_folder_was_begun_with(
    kind, search, features, sequences, tmp_path
):
    if kind == "features":
        task = sharded_runs.plan_of(features, tmp_path, BOUNDS)
    else:
        (tmp_path / "model").mkdir()
        settings = {"model": str(tmp_path / "model"), "eps": 0.5}
        task = sharded_runs.plan_of(sequences, tmp_path, (0, 20, 50), **settings)
    task.begin()
    sharded_runs.choose(task, search)

    assert plan.load(task.folder) == task
    for step in every_step(task):
        for one in step.tasks:
            found = steps.find(str(task.folder), one.name)
            assert (found.target, found.numbers) == (one.target, one.numbers)


def every_step(task):
    return [*steps.features(task), *steps.preparation(task), *steps.clustering(task)]


@pytest.mark.parametrize("search", sharded_runs.SEARCHES)
def test_every_step_is_somebodys_last_use_or_a_result(search, task):
    sharded_runs.choose(task, search)
    every = every_step(task)
    names = [step.name for step in every]
    used = [name for step in every for name in step.last_use]

    assert len(names) == len(set(names))
    # Who goes on reads of the axes what is to be done.
    assert set(names) - set(used) == {"all-labels", "all-prototypes", "axes"}
    assert len(used) == len(set(used))


def test_parts_that_were_there_tell_nothing_of_the_time_left(monkeypatch):
    clock = iter([100.0, 100.0, 104.0, 108.0])
    monkeypatch.setattr(tally.time, "monotonic", lambda: next(clock))
    said = []
    count = tally.Tally({"weights": 10}, lambda *words: said.append(words))

    count.found("weights", 6)
    count.computed("weights")
    count.computed("weights")

    assert said == [
        ("weights", 6, 10, "?"),
        ("weights", 7, 10, "0:12"),  # 4 s each.
        ("weights", 8, 10, "0:08"),
    ]


def test_joining_takes_parts_of_any_length(tmp_path):
    for number, length in enumerate((2, 0, 3)):
        parts.write(tmp_path / str(number), {"a": np.full((length, 2), number)})

    parts.join(tmp_path / "all", [tmp_path / str(n) for n in range(3)], ["a"])

    np.testing.assert_array_equal(
        parts.read(tmp_path / "all", "a")[:, 0], [0, 0, 2, 2, 2]
    )


@pytest.mark.parametrize("dtype", [bool, np.int32, np.float64])
@pytest.mark.parametrize("width", [(), (3,), (2, 2), (0,)])
def test_what_is_joined_is_as_numpy_saves_it(dtype, width, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_BYTES", 40)
    generator = np.random.default_rng(0)
    some = [generator.normal(size=(n, *width)).astype(dtype) for n in (5, 0, 30)]
    for number, part in enumerate(some):
        parts.write(tmp_path / str(number), {"a": np.asfortranarray(part)})

    parts.join(tmp_path / "all", [tmp_path / str(n) for n in range(3)], ["a"])

    np.save(tmp_path / "expected.npy", np.concatenate(some))
    expected = (tmp_path / "expected.npy").read_bytes()
    assert (tmp_path / "all" / "a.npy").read_bytes() == expected


def write_one(folder):
    parts.write(folder / "new", {"a": np.ones(100_000)})


def join_two(folder):
    parts.join(folder / "new", [folder / "0", folder / "1"], ["a"])


@pytest.mark.parametrize("save", [write_one, join_two])
def test_a_full_disk_is_an_error_that_says_so(save, tmp_path, monkeypatch):
    for number in range(2):
        parts.write(tmp_path / str(number), {"a": np.ones(100_000)})
    open_file = pathlib.Path.open

    def open_on_full_disk(path, mode="r", *arguments, **options):
        path = pathlib.Path("/dev/full") if mode == "wb" else path
        return open_file(path, mode, *arguments, **options)

    monkeypatch.setattr(pathlib.Path, "open", open_on_full_disk)
    with pytest.raises(OSError, match="No space left on device.*/new'"):
        save(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
