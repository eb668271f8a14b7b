"""scripts.ablate: runs that resume, settings by name, data, processes, tables."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from datasets import recordings
from flags import defaults
from scripts.ablations import (
    comparison,
    correlations,
    data,
    processes,
    results,
    settings,
    tables,
    training,
    workers,
)
from simmc_tf import config as configs
from simmc_tf import errors, history, yardsticks
from tests import ablations, programs

FIELDS = "H=16 batch_size=12 k1=8 k2=3 eps=0.7"
SMALL = f"published {FIELDS}"
IN_TABLES = f"published settings, strict protocol, {FIELDS}"


@pytest.fixture
def ablate(monkeypatch, tmp_path):
    """Runs the program without training; gives the runs that it would train."""
    trained = []
    reference = {"untrained": (0.1, 0.1), "mean coordinates": (0.4, 0.3)}
    rows = [(0, 0.1, 0.1, 0.1), (1, 0.5, 0.5, 0.25)]

    def train(run, folder, program, report):
        trained.append(run)
        if run.config.batch_size == 1000:
            raise errors.InputError("A batch needs 1000 sequences.")
        if run.config.seed == 1 and run.config.batch_size == 999:
            raise KeyboardInterrupt
        made = ablations.result((0.5, 0.25), reference, rows, run=run.identity(program))
        made.write(run.path(folder))

    tiny = data.Development(lambda seed, length: None, lambda: ())
    monkeypatch.setattr(data, "DATA", {"tiny": tiny})
    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(results, "program", lambda: "1")
    program = programs.load("scripts/ablate.py")

    def run(*arguments, epochs=2):
        del trained[:]
        programs.run(
            *(program, monkeypatch, "--workers", 0, "--output", tmp_path / "out"),
            *("--epochs", epochs, "--seeds", 2, *arguments),
        )
        return [(one.setting, one.config.seed) for one in trained]

    return run


def test_runs_are_done_once_and_again_when_anything_changed(
    ablate, monkeypatch, tmp_path, capsys
):
    again = f"{SMALL} lr=0.01"
    both = ("--setting", SMALL, "--setting", f"  {again} ")
    expected = [(setting, seed) for seed in (0, 1) for setting in (SMALL, again)]
    assert ablate(*both) == expected
    printed = capsys.readouterr().out
    assert (
        "4/4  tiny, " in printed
        and "top-1 0.500  mAP 0.250 @1 of 1  10.0 s  left 0:30\n" in printed
    )
    assert ablate(*both, "--markdown", tmp_path / "tables.md") == []
    assert "4 runs, 4 of them done before" in capsys.readouterr().out
    page = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert f"| {IN_TABLES} | 0.500 / 0.250 (± 0.000 / 0.000) |" in page
    assert (
        "| best yardstick (best of each figure, known by labels) | 0.400 / 0.300"
        in page
    )

    file = results.Run("tiny", SMALL, configs.Config(seed=1)).path(tmp_path / "out")
    file.write_text(file.read_text(encoding="utf-8")[:-100], encoding="utf-8")
    assert ablate("--setting", SMALL) == [(SMALL, 1)]
    assert ablate("--setting", SMALL, epochs=3) == [(SMALL, 0), (SMALL, 1)]
    monkeypatch.setattr(results, "program", lambda: "2")
    assert ablate("--setting", SMALL, epochs=3) == [(SMALL, 0), (SMALL, 1)]
    other = {**results.versions(), "scipy": "0"}
    monkeypatch.setattr(results, "versions", lambda: other)
    assert ablate("--setting", SMALL, epochs=3) == [(SMALL, 0), (SMALL, 1)]


def test_what_an_interrupted_command_finished_is_kept(ablate):
    setting = f"{SMALL} batch_size=999"
    with pytest.raises(KeyboardInterrupt):
        ablate("--setting", setting)
    assert ablate("--setting", setting, "--seeds", 1) == []


def test_a_run_that_does_not_fit_is_told_and_the_others_go_on(ablate, capsys):
    unfit = f"{SMALL} batch_size=1000"
    with pytest.raises(errors.InputError, match="2 of 4 runs failed"):
        ablate("--setting", unfit, "--setting", SMALL)
    printed = capsys.readouterr().out
    assert printed.count("failed: ") == 2 and f"\n{IN_TABLES}  " in printed


@pytest.mark.parametrize(
    ("setting", "parts"),
    [
        ("autos", ["'autos'", "published eps 0.5", "field=value"]),
        ("auto lr=0.1 without", ["'auto lr=0.1 without'"]),
        ("", ["''"]),
        ("auto colour=3", ["'auto colour=3'", "no field 'colour'", "mic_weight"]),
        ("auto seed=3", ["no field 'seed'"]),
        ("auto lr=fast", ["lr must be a number, not 'fast'"]),
        ("auto H=1.5", ["H must be a whole number, not '1.5'"]),
        ("auto t=-1", ["'auto t=-1'", "--t must be above 0"]),
        ("auto without=all", ["--without must be some of turning"]),
        ("published without=turning", ["Nothing to leave out of preset published"]),
        *(
            (
                f"{name} {field}",
                [f"{name} {field}'", f": --{flag}: --preset auto takes"],
            )
            for name in ("auto", "auto without tracks")
            for field, flag in (
                *(("eps=0.5", "eps 0.5"), ("min_samples=3", "min_samples 3")),
                *(("k1=3", "k1 3"), ("k2=21", "k2 21")),
            )
        ),
    ],
)
def test_what_is_no_setting_is_refused_before_anything_runs(ablate, setting, parts):
    with pytest.raises(errors.InputError) as refused:
        ablate("--setting", SMALL, "--setting", setting)
    assert "\n" not in str(refused.value)
    assert all(part in str(refused.value) for part in parts)
    assert ablate("--setting", SMALL, "--seeds", 1) == [(SMALL, 0)]


def test_data_that_are_not_here_are_left_out_with_the_reason(
    ablate, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv("SIMMC_SHARED", str(tmp_path))
    absent = data._captured("cmu_kinect20.npz", ("train", "gallery", "probe"))
    monkeypatch.setattr(data, "DATA", {**data.DATA, "cmu": absent})
    arguments = ("--setting", SMALL, "--seeds", 1)
    with pytest.raises(errors.InputError, match="None of the chosen data sets"):
        ablate(*arguments, "--data", "cmu")
    ablate(*arguments, "--data", "cmu", "--data", "tiny")
    assert "cmu is left out: There is no " in capsys.readouterr().out


def test_named_settings_are_the_programs_own():
    for seed in (0, 1):
        given = {"seed": seed, "protocol": configs.STRICT}
        published = defaults.config("KS20", "probe", 6, given)
        assert settings.config("published", seed, None) == published
        assert (published.eps, published.t) == (0.8, 0.08)
        auto = defaults.config("Mine", "probe", 6, {"seed": seed})
        assert settings.config("auto", seed, None) == auto
        own = defaults.config("Mine", "probe", 6, {**given, "preset": "published"})
        assert settings.config("published eps 0.5", seed, None) == own
    for part in configs.PARTS:
        assert settings.config(f"auto without {part}", 0, None).without == part


def test_fields_win_over_the_preset_and_epochs_only_where_none_are_given():
    found = settings.config("auto without tracks lambda=0.25 t=0.2 epochs=7", 0, 5)
    assert (found.mic_weight, found.t, found.epochs) == (0.25, 0.2, 7)
    assert settings.config("auto", 0, 5).epochs == 5


def test_what_a_name_leaves_out_stays_out_where_more_is_left_out():
    found = settings.config("auto without tracks without=turning,distances", 0, None)
    assert [part for part in configs.PARTS if not found.has(part)] == [
        *("turning", "distances", "tracks")
    ]


@pytest.mark.parametrize("name", ["", "folder", "file/tables.md", "absent/tables.md"])
def test_tables_that_could_not_be_written_are_refused_before_anything_runs(
    ablate, tmp_path, name
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    path = tmp_path / name
    with pytest.raises(errors.InputError, match=f"^--markdown {path}: expected a file"):
        ablate("--setting", SMALL, "--markdown", path)
    assert sorted(tmp_path.rglob("*")) == before
    assert len(ablate("--setting", SMALL)) == 2


def test_tables_may_lie_beside_results_whose_folder_is_still_to_be_made(
    ablate, tmp_path
):
    ablate("--setting", SMALL, "--markdown", tmp_path / "out" / "tables.md")
    assert (tmp_path / "out" / "tables.md").is_file()


def test_layout_and_texts_are_not_the_program():
    source = 'def f(a):\n    """Says."""\n    return a + 1  # Why.\n'
    assert results.code(source) == results.code("def f(a):\n  return (a + 1)")
    assert results.code(source) != results.code(source.replace("1", "2"))


def test_the_program_includes_what_loads_the_data(monkeypatch, tmp_path):
    (tmp_path / "scripts").mkdir()
    monkeypatch.setattr(results, "_ROOT", tmp_path)
    found = set()
    for number in (1, 2):
        (tmp_path / "scripts" / "peer_data.py").write_text(f"SHIFT = {number}\n")
        found.add(results.program())
    assert len(found) == 2
    packages = {"numpy", "tensorflow", "keras", "scikit-learn", "scipy"}
    assert set(results.versions()) == packages


def test_seconds_are_of_epochs_from_2_on_with_and_without_labels():
    rows = [{"total": 99.0, "evaluation": 50.0}, {"total": 9.0}]
    assert training.median_seconds(rows) == (9.0, 9.0)
    rows += [
        {"total": 4.0, "evaluation": 1.0, "diagnostics": 2.0, "clustering": 0.5},
        {"total": 2.0, "evaluation": 0.5},
        {"total": 6.0, "diagnostics": 1.0},
    ]
    assert training.median_seconds(rows) == (4.0, 1.5)


def test_noise_has_its_size_and_its_memory():
    num_frames, fps = 20_000, np.array([30.0, 120.0])
    still = recordings.Recordings(
        *(np.zeros((2 * num_frames, 2, 3), np.float32), num_frames * np.arange(3)),
        *(np.arange(2), np.array(["a", "b"]), fps, ("root", "other")),
    )
    found = data.with_noise(still, seed=3)
    assert np.array_equal(data.with_noise(still, 3).positions, found.positions)
    for index in range(2):
        frames = found.frames(index).astype(np.float64)
        length = np.sqrt(np.square(frames).sum(axis=-1).mean(axis=0))
        # 20,000 frames are at least 300 times as long as the memory.
        np.testing.assert_allclose(length, 0.03, rtol=0.1)
        lag = round(0.25 * fps[index])
        kept = (frames[lag:] * frames[:-lag]).mean() / np.square(frames).mean()
        assert kept == pytest.approx(np.exp(-lag / (0.25 * fps[index])), abs=0.05)


def test_each_persons_recordings_are_dealt_out_in_turn():
    person = np.array([0] * 5 + [1] * 2 + [2] * 3)
    split = data.drawn(person, ("train", "train", "gallery", "probe"), seed=0)
    assert sorted(split[:5]) == ["gallery", "probe", "train", "train", "train"]
    assert split[5:7].tolist() == ["train", "train"]
    assert sorted(split[7:]) == ["gallery", "train", "train"]
    draws = {tuple(data.drawn(person, ("a", "b", "c"), seed)) for seed in range(9)}
    assert len(draws) > 1


def test_tables_have_means_half_ranges_and_each_yardsticks_best():
    reference = {"untrained": (0.99, 0.1), "first": (0.5, 0.25), "second": (0.25, 0.5)}
    prepared = {yardsticks.PREPARED: (0.75, 0.75)}
    # Over epochs 1 to 4 top-1 has the order of silhouette, mAP the opposite one but for
    # two neighbours: 1 - 6 (1 + 1) / (4 x 15) = 0.8 turned round.
    rows = [
        *((0, 9.0, 0.0, 0.0), (1, 1.0, 0.1, 0.4), (2, 2.0, 0.2, 0.3)),
        *((3, 3.0, 0.3, 0.1), (4, 4.0, 0.4, 0.2)),
    ]
    found = {
        ("a", "x"): {
            0: ablations.result((0.5, 0.1), reference | prepared, rows),
            1: ablations.result((0.7, 0.4), reference | prepared, rows),
        },
        ("a", "published"): {
            1: ablations.result((0.25, 0.125), reference, rows, "published")
        },
    }
    names = ["x", "published", "z"]
    made = tables.Tables(found, ["a", "b"], names, num_seeds=2).all()
    chosen, best, seconds, over_epochs = made
    assert chosen.rows == [
        ["", "a", "b"],
        ["x", "0.600 / 0.250 (± 0.100 / 0.150)", "-"],
        ["published settings, strict protocol", "0.250 / 0.125 [1 of 2]", "-"],
        [tables.YARDSTICK, "0.500 / 0.500 (± 0.000 / 0.000)", "-"],
        ["untrained, auto", "0.990 / 0.100 (± 0.000 / 0.000)", "-"],
        ["untrained, published", "0.990 / 0.100 [1 of 2]", "-"],
        ["mean prepared input, auto", "0.750 / 0.750 (± 0.000 / 0.000)", "-"],
    ]
    assert best.rows[2][1:] == ["0.900 / 0.800 [1 of 2]", "-"]
    assert "nobody can choose it" in best.title
    assert seconds.rows[1] == ["x", "0.50 / 0.25", "-"]
    assert "patience" in over_epochs.title
    assert over_epochs.rows == [
        ["", "a", "b"],
        ["silhouette", "+1.00 / -0.80 [3 of 6]", "-"],
    ]
    assert best.markdown().splitlines()[2:4] == ["|  | a | b |", "| --- | --- | --- |"]
    lines = best.text().splitlines()
    assert lines[2] == f"x{'':34}  0.900 / 0.800 (± 0.000 / 0.000)  -"
    assert lines[3] == f"{best.rows[2][0]}           0.900 / 0.800 [1 of 2]  -"


def test_runs_whose_column_never_changes_are_told():
    def run(*pairs):
        epochs = [(n, *pair, pair[1]) for n, pair in enumerate(pairs, start=1)]
        reference = {"untrained": (0, 0), "first": (0, 0)}
        return ablations.result((0, 0), reference, [(0, 0.0, 0.0, 0.0), *epochs])

    rising = run((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))
    constant = run((0.5, 0.1), (0.5, 0.2), (0.5, 0.3))
    absent = run((None, 0.1), (None, 0.2), (None, 0.3))
    short = run((0.1, 0.1), (0.2, 0.2))

    def cells(*runs):
        found = {("a", "x"): dict(enumerate(runs))}
        made = tables.Tables(found, ["a"], ["x"], len(runs)).all()
        return [table.rows[1:] for table in made if "the epochs of" in table.title]

    assert cells(rising, rising) == [[["silhouette", "+1.00 / +1.00"]]]
    assert cells(rising, constant, absent, short) == [
        [["silhouette", "+1.00 / +1.00 [1 of 4, 1 constant]"]]
    ]
    assert cells(constant) == [[["silhouette", "- / - [0 of 1, 1 constant]"]]]
    assert cells(absent, short) == []


def test_correlation_over_settings_takes_each_seeds_chosen_epochs():
    def chosen(silhouette, top1):
        before, after = (0, 9.0, 0.9, 0.5), (2, 0.0, 0.1, 0.5)
        return ablations.result(
            (0, 0), rows=[before, (1, silhouette, top1, 0.5), after]
        )

    found = {
        ("a", str(n)): {0: chosen(n / 10, n / 10), 1: chosen(n / 10, 1 - n / 10)}
        for n in range(5)
    }
    found |= {("b", str(n)): {0: chosen(n / 10, n / 10)} for n in range(4)}
    found |= {(name, "without"): {0: chosen(None, 0.6)} for name in "ab"}
    each = [("a", "silhouette", "top1"), ("a", "silhouette", "mAP")]
    each.append(("b", "silhouette", "top1"))
    assert [correlations.over_settings(found, *one) for one in each] == [
        correlations.Correlations(pytest.approx([1.0, -1.0]), 0),
        correlations.Correlations([], 2),
        correlations.Correlations([], 0),
    ]


def test_every_column_is_known_to_need_labels_or_not():
    labelled = (
        *("top1", "top5", "top10", "mAP", "MI_1", "MI_2", "AMI_1", "AMI_2"),
        *("mACT", "mRCL"),
    )
    columns = [field.name for field in dataclasses.fields(history.Row)]
    assert sorted(columns) == sorted(["epoch", *correlations.LABEL_FREE, *labelled])


@pytest.mark.parametrize(
    ("free", "expected"), [(None, 4), (0, 1), (2, 2), (9, 4)], ids=str
)
def test_as_many_runs_at_a_time_as_memory_and_cores_allow(free, expected):
    num_bytes = None if free is None else free * workers.BYTES_OF_RUN
    assert workers.fitting(10, 4, num_bytes) == expected
    assert workers.fitting(1, 4, num_bytes) == 1


def test_workers_share_processors_evenly(monkeypatch):
    monkeypatch.setattr(
        workers.os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False
    )
    assert workers.shares(1) == [[3, 5, 7]]
    assert workers.shares(2) == [[3, 7], [5]]
    assert workers.shares(4) == [[3], [5], [7], [3]]


def test_free_memory_is_the_containers_where_that_is_less(monkeypatch, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:  5 kB\n")
    monkeypatch.setattr(workers, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(workers, "_CONTAINER", tmp_path)
    assert workers.free_bytes() == 5 * 1024
    for name, text in (("max", "4000"), ("current", "1500"), ("stat", "anon 1\n")):
        (tmp_path / f"memory.{name}").write_text(text)
    assert workers.free_bytes() == 2500
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 500\n")
    assert workers.free_bytes() == 3000
    (tmp_path / "memory.max").write_text("max\n")
    assert workers.free_bytes() == 5 * 1024


class Fake:
    """A process that has ended when it is asked for the third time."""

    def __init__(self, running):
        self.running, self.asked, self.killed = running, 0, False
        running.add(self)

    def poll(self):  # noqa: D102
        self.asked += 1
        if self.asked < 3:
            return None
        self.running.discard(self)
        return 7

    def kill(self):  # noqa: D102
        self.killed = True

    def wait(self):  # noqa: D102
        assert self.killed


def test_no_more_processes_run_than_there_are_workers(monkeypatch):
    monkeypatch.setattr(workers.time, "sleep", lambda seconds: None)
    running, most, ended = set(), [], []

    def start(item, worker):
        process = Fake(running)
        most.append((len(running), worker))
        return process

    workers.execute("abcde", 2, start, lambda *one: ended.append(one))
    assert [item for item, _ in sorted(ended)] == list("abcde")
    assert {status for _, status in ended} == {7}
    assert max(most)[0] == 2 and {worker for _, worker in most} == {0, 1}


def test_whatever_ends_the_command_ends_its_processes(monkeypatch):
    monkeypatch.setattr(workers.time, "sleep", lambda seconds: None)
    started = []

    def start(item, worker):
        started.append(Fake(set()))
        return started[-1]

    def interrupted(item, status):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workers.execute("abc", 2, start, interrupted)
    assert [process.killed for process in started] == [False, True]


def test_a_process_ends_with_who_started_it():
    code = "from scripts.ablations import processes; processes._end_with_input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=programs.ROOT, stdin=subprocess.PIPE
    )
    process.communicate(timeout=60)
    assert process.returncode == 1


def test_a_log_tells_how_a_run_stands_and_why_it_failed(tmp_path):
    started = processes.Started.__new__(processes.Started)
    started.run = results.Run("syn", "auto", configs.Config(seed=2))
    started.log = tmp_path / "2.log"
    assert started.standing == "syn, auto, seed 2: not training yet"
    started.log.write_text("recordings: 5\nepoch   3/100  MPC 1\n", encoding="utf-8")
    assert started.standing == "syn, auto, seed 2: epoch 3/100"
    started.log.write_text("epoch 2: 7 of 9 batches, 0:41 so far\n", encoding="utf-8")
    assert started.standing == "syn, auto, seed 2: epoch 2: 7 of 9 batches"
    started.log.write_text("epoch 3/9\nerror: no room\n\n", encoding="utf-8")
    assert started.fault(2) == f"no room ({started.log})"
    assert started.fault(0) == "" and "signal 9" in started.fault(-9)


def test_a_program_that_changes_meanwhile_ends_the_comparison(monkeypatch, tmp_path):
    run = results.Run("syn", "auto", configs.Config())
    compared = comparison.Comparison([run], tmp_path, training.work())
    monkeypatch.setattr(compared, "_program", "another")
    with pytest.raises(errors.InputError, match="program has changed"):
        compared.work(1)
    assert list(tmp_path.iterdir()) == []


def test_a_run_in_a_process_of_its_own_gives_what_one_here_gives(
    monkeypatch, walks, tmp_path, capsys
):
    splits = {"train": walks.train, **dict(vars(walks.matching))}
    arrays = {}
    for name in ("train", "gallery", "probe"):
        split = splits[name]
        arrays[name] = split.sequences.reshape(len(split), -1, 3, 3)
        arrays[f"{name}_person"] = split.persons
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "data" / "peer_ks20.npz", **arrays)
    monkeypatch.setenv("SIMMC_SHARED", str(tmp_path))
    program = programs.load("scripts/ablate.py")
    found = []
    for count in (1, 0):
        out = tmp_path / f"out{count}"
        programs.run(
            *(program, monkeypatch, "--workers", count, "--output", out),
            *("--seeds", 1, "--epochs", 1, "--data", "peer_ks20", "--setting", SMALL),
        )
        (path,) = [path for path in out.rglob("*") if path.is_file()]
        found.append(json.loads(path.read_text(encoding="utf-8")))
    assert "1 at a time on " in capsys.readouterr().out
    assert found[0]["run"] == found[1]["run"]
    assert found[0]["run"]["config"]["protocol"] == configs.STRICT
    for one in found:
        assert [row["epoch"] for row in one["rows"]] == [0, 1]
        chosen = one["rows"][one["chosen_epoch"]]
        assert one["chosen"] == {"top1": chosen["top1"], "mAP": chosen["mAP"]}
        assert one["best_epoch"] == 1 and one["best"] == one["chosen"]
        assert {"untrained", "mean coordinates"} < set(one["reference"])
        assert 0 < one["seconds_without_labels"] < one["seconds_an_epoch"]
    untrained = [one["reference"]["untrained"]["top1"] for one in found]
    # Other threads may move the last digits, and with them a probe.
    assert untrained[0] == pytest.approx(untrained[1], abs=0.1)
