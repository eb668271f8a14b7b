"""Rows and timings in their files."""

import csv

import pytest

from simmc_tf import history


@pytest.fixture
def run(tmp_path):
    return history.History(tmp_path / "made" / "on the way")


def fill(run):
    for epoch in range(3):
        run.begin_epoch()
        losses = {} if epoch == 0 else {"loss": 1.5, "mpc": 2.5, "mic": 0.5}
        row = run.begin_row(epoch, losses)
        row.top1 = epoch / 4
        with run.phase("evaluation"):
            pass
        if epoch:
            run.add_seconds("training", 2.0)
        run.end_epoch()
    run.write()


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_metrics_hold_a_row_an_epoch(run):
    fill(run)

    rows = read(run.folder / "metrics.csv")

    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert [row["top1"] for row in rows] == ["0.0", "0.25", "0.5"]
    assert [row["loss"] for row in rows] == ["", "1.5", "1.5"]
    assert rows[0]["mRCL"] == ""


def test_metrics_hold_no_times(run):
    fill(run)

    columns = read(run.folder / "metrics.csv")[0]

    assert "training" not in columns
    assert "evaluation" not in columns
    assert not any("second" in column for column in columns)


def test_metrics_do_not_depend_on_times(run, tmp_path):
    other = history.History(tmp_path)
    fill(run)
    fill(other)
    other.add_seconds("something", 99.0)
    other.write()

    assert (other.folder / "metrics.csv").read_bytes() == (
        run.folder / "metrics.csv"
    ).read_bytes()


def test_timings_hold_the_phases_of_every_epoch(run):
    fill(run)

    rows = read(run.folder / "timings.csv")

    assert {"epoch", "evaluation", "training"} <= set(rows[0])
    assert [row["training"] for row in rows] == ["", "2.0", "2.0"]
    assert all(float(row["evaluation"]) >= 0 for row in rows)


def test_timings_are_told_by_the_number_of_the_epoch(run):
    fill(run)

    rows = read(run.folder / "timings.csv")

    assert [row["epoch"] for row in rows] == ["0", "1", "2"]


def test_the_whole_epoch_is_timed_from_its_begin_to_its_end(run, monkeypatch):
    clock = iter([10.0, 17.5])
    monkeypatch.setattr(history.time, "perf_counter", lambda: next(clock))

    run.begin_epoch()
    run.end_epoch()

    assert list(run.seconds[0].values()) == [7.5]


def test_a_phase_adds_up_within_an_epoch_and_starts_anew_with_the_next(run):
    run.begin_epoch()
    run.add_seconds("jaccard", 1.0)
    run.add_seconds("jaccard", 2.0)
    run.begin_epoch()
    run.add_seconds("jaccard", 5.0)

    assert run.seconds == [{"jaccard": 3.0}, {"jaccard": 5.0}]


def test_what_an_error_ended_does_not_go_on(run):
    run.begin_epoch()
    for block in (run.phase("neighbours"), run.stage("final evaluation")):
        with pytest.raises(KeyboardInterrupt), block:
            assert run.current is not None
            raise KeyboardInterrupt
        assert run.current is None


def test_writing_again_replaces_the_files(run):
    fill(run)
    run.begin_epoch()
    run.begin_row(3, {})
    run.write()

    assert len(read(run.folder / "metrics.csv")) == 4
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "metrics.csv",
        "timings.csv",
    ]


def test_a_float_is_written_with_all_its_digits(run):
    run.begin_epoch()
    run.begin_row(0, {"loss": 0.1 + 0.2})
    run.write()

    assert float(read(run.folder / "metrics.csv")[0]["loss"]) == 0.1 + 0.2
