"""Worker processes: Dask on this machine."""

import os
import signal
import sys

import absl.flags
import numpy as np
import programs
import pytest
import sharded_runs

from flags import cluster as cluster_flags
from simmc_tf import errors
from simmc_tf.sharded import engine


def run_program(monkeypatch, *arguments):
    program = programs.load("scripts/cluster.py")
    values = absl.flags.FlagValues()
    cluster_flags.define(values)
    values(["cluster", *map(str, arguments)])
    monkeypatch.setattr(absl.flags, "FLAGS", values)
    program.main([])
    return cluster_flags.read(values).plan


def test_a_worker_that_is_killed_midway_loses_nothing(tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed", reason="see requirements-dask.txt")
    features = sharded_runs.KINDS["copies"](600, 8)
    np.save(tmp_path / "features.npy", features)
    killed = []
    make_executor = engine.executor

    def executor(client):
        execute = make_executor(client)
        workers = sorted(client.run(os.getpid).values())
        assert len(workers) == 2
        assert os.getpid() not in workers

        def execute_and_kill(tasks, done):
            def kill_and_count():
                # While leaves are searched, in 8 parts.
                if tasks[0].target.parent.name == "nearest" and not killed:
                    os.kill(workers[0], signal.SIGKILL)
                    killed.append(workers[0])
                done()

            execute(tasks, kill_and_count)

        return execute_and_kill

    monkeypatch.setattr(engine, "executor", executor)

    task = run_program(
        monkeypatch,
        *("--input", tmp_path / "features.npy", "--output", tmp_path / "out"),
        *("--workers", 2),
    )

    assert len(killed) == 1
    labels, prototypes = sharded_runs.on_one_machine(features, task)
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "labels.npy"), labels)
    np.testing.assert_array_equal(
        np.load(tmp_path / "out" / "prototypes.npy"), prototypes
    )
    written = capsys.readouterr()
    assert f"{labels.max() + 1} clusters" in written.out
    assert "neighbours: " in written.err


def test_without_dask_the_requirements_are_named(tmp_path, monkeypatch):
    np.save(tmp_path / "features.npy", np.ones((9, 2), np.float32))
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(errors.InputError, match="pip install -r requirements-dask.txt"):
        run_program(
            monkeypatch,
            *("--input", tmp_path / "features.npy", "--output", tmp_path / "out"),
        )


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed", reason="see requirements-dask.txt")
    monkeypatch.setattr(engine, "_SECONDS_TO_CONNECT", 0.2)
    address = "tcp://127.0.0.1:9"

    with (
        pytest.raises(errors.InputError, match=f"--scheduler {address}: no scheduler"),
        engine.remote(address),
    ):
        pass


def read(**given):
    values = absl.flags.FlagValues()
    cluster_flags.define(values)
    values(["cluster", *(f"--{name}={value}" for name, value in given.items())])
    return cluster_flags.read(values)


@pytest.mark.parametrize("flag", ["input", "output"])
def test_a_flag_that_is_missing_is_named(flag, tmp_path):
    np.save(tmp_path / "features.npy", np.ones((9, 2), np.float32))
    given = {"input": tmp_path / "features.npy", "output": tmp_path / "out"}
    del given[flag]

    with pytest.raises(errors.InputError, match=f"--{flag} is missing"):
        read(**given)


def test_a_folder_without_a_model_is_named(tmp_path):
    np.save(tmp_path / "rows.npy", np.ones((9, 4, 6), np.float32))

    with pytest.raises(errors.InputError, match="--model .*expected a folder of SimMC"):
        read(input=tmp_path / "rows.npy", output=tmp_path / "out", model=tmp_path)


@pytest.mark.parametrize(("num_rows", "shards"), [(3, 3), (800_001, 9)])
def test_shards_are_100_000_rows_but_at_least_8(num_rows, shards, tmp_path):
    np.save(tmp_path / "rows.npy", np.ones((num_rows, 1), np.float32))

    found = read(input=tmp_path / "rows.npy", output=tmp_path / "out").plan

    assert found.num_shards == shards
    assert found.num_rows == num_rows
