"""scripts.results: methods on data sets, resumed, beside published figures."""

import dataclasses
import json
import statistics
import types

import numpy as np
import pytest

from datasets import loading, npy_store, skeletons
from flags import data_set as data_set_flags
from flags import source_defaults
from scripts import peer_data
from scripts.ablations import comparison, data, workers
from scripts.ablations import tables as ablation_tables
from scripts.matrix import (
    columns,
    methods,
    pages,
    planning,
    pretexts,
    published,
    results,
    tables,
    training,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors, preparation
from simmc_tf.sources import saved
from simmc_tf.sources import settings as source_settings
from simmc_tf.sources import training as source_training
from tests import programs, sources

NUM_PERSONS, JOINTS = 6, skeletons.KINECT_V1.joints
NUM_JOINTS = len(JOINTS)
SMALL = {"epochs": 9, "patience": 9, "batch_size": 8, "lr": 0.01, "units": 3}


def make_sequences(seed, number, num_joints=NUM_JOINTS):
    """Some sequences of each person, whose bodies differ."""
    bodies = np.random.default_rng(7).normal(size=(NUM_PERSONS, num_joints, 3))
    persons = np.repeat(np.arange(NUM_PERSONS), number)
    generator = np.random.default_rng(seed)
    shape = (len(persons), data.LENGTH, num_joints, 3)
    noise = generator.normal(scale=0.1, size=shape)
    sequences = (bodies[persons][:, np.newaxis] + noise).astype(np.float32)
    return data_module.Split(sequences, persons)


def load(seed, length=data.LENGTH, num_joints=NUM_JOINTS):
    train, gallery, probe = (
        loading.centred(make_sequences(number, count, num_joints))
        for number, count in enumerate((6, 3, 2))
    )
    return data_module.ReidData(train, data_module.Matching(gallery, probe))


@pytest.fixture
def development(monkeypatch):
    """A data set without a seed, one with, and one whose joints have no names."""
    nameless = tuple(f"joint{n}" for n in range(sources.NUM_JOINTS))
    sets = {
        "tiny": data.Development(load, lambda: JOINTS, seeded=False),
        "seeded": data.Development(load, lambda: JOINTS),
        "nameless": data.Development(
            lambda seed, length: load(seed, length, sources.NUM_JOINTS),
            lambda: nameless,
            seeded=False,
        ),
    }
    monkeypatch.setattr(data, "DATA", sets)
    monkeypatch.setattr(source_defaults, "find", lambda source, name: dict(SMALL))
    monkeypatch.setattr(results, "program", lambda: "1")


@pytest.fixture
def measure(development, monkeypatch, tmp_path):
    """Runs the program in this process, with one seed and epoch unless more is said."""
    program = programs.load("scripts/results.py")

    def run(*arguments, seeds=1, jobs=0):
        programs.run(
            *(program, monkeypatch, "--jobs", jobs, "--output", tmp_path / "out"),
            *("--seeds", seeds, "--epochs", 1, "--source_epochs", 1, *arguments),
        )

    return run


@pytest.fixture
def untrained(monkeypatch):
    """Trains nothing; gives the runs that were to be."""
    done = []

    def train(run, folder, program, report):
        done.append((run.column.title, run.setting, run.seed))
        made = result(0.5 + run.seed / 10, run=run.identity(program))
        made.write(run.path(folder))

    monkeypatch.setattr(training, "train", train)
    return done


def result(top1, run=None, parameters=None):
    scores = dict(top1=top1, top5=0.75, top10=1.0, mean_ap=0.25)
    scores |= dict(num_probes=3, num_gallery=4)
    return results.Result(run or {}, 10.0, 12.0, 1, 1, {}, scores, parameters, {})


def kept(tmp_path, *words):
    """The results of a data set and method."""
    paths = sorted((tmp_path / "out").joinpath(*words).glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def test_a_pretext_is_trained_once_for_itself_and_with_simmc(
    measure, monkeypatch, tmp_path, capsys
):
    trained, plain = [], source_training.train

    def train(model, *rest, **more):
        trained.append(model)
        return plain(model, *rest, **more)

    monkeypatch.setattr(source_training, "train", train)
    tried = ("--dataset", "tiny", "--method", "mg-scr", "--method", "MG-SCR + SimMC")
    measure(*tried)
    assert len(trained) == 1
    (alone,) = kept(tmp_path, "tiny", "MG-SCR")
    (tuned,) = kept(tmp_path, "tiny", "MG-SCR_+_SimMC")
    assert alone["run"]["source"] == {
        **SMALL,
        **{"model": "MG-SCR", "length": 6, "epochs": 1, "seed": 0},
    }
    assert tuned["run"]["config"]["preset"] == configs.AUTO
    # Of SimMC's two layers, beside the source model's own.
    _, size = preparation.sizes(SMALL["units"], coordinates=False)
    more = 256 * (size + 1) + 256 * (256 + 1)
    assert 0 < alone["parameters"] == tuned["parameters"] - more
    assert (alone["epochs"], tuned["epochs"]) == (
        {"pretext": 1},
        {"pretext": 1, "SimMC": 1},
    )
    for one in (alone, tuned):
        assert one["scores"]["num_probes"] == 2 * NUM_PERSONS
        assert 1 / NUM_PERSONS < one["scores"]["mean_ap"] <= 1
    assert tuned["seconds_of_method"] > tuned["seconds"]

    measure(*tried, "--html", tmp_path / "page.html")
    assert len(trained) == 1
    assert "2 runs, 2 of them done before" in capsys.readouterr().out
    assert "<th>MG-SCR + SimMC</th><td>" in (tmp_path / "page.html").read_text()


@pytest.fixture
def linear(development, monkeypatch):
    """A source model that trains in no time takes AGE's place."""
    monkeypatch.setattr(source_settings, "build", lambda *_: sources.Linear())

    def run(epochs):
        asked = methods.Asked(source_epochs=epochs)
        return methods.run("AGE", columns.Column("nameless"), 0, asked)

    return run


def test_a_source_model_is_evaluated_by_the_mean_of_what_it_gives(linear, tmp_path):
    run = linear(1)
    training.train(run, tmp_path, "1", lambda line: None)
    (place,) = (tmp_path / "pretexts" / "nameless" / "AGE").iterdir()
    model, _, _ = saved.load(place)
    matching = run.column.load(0).matching
    gallery, probe = (
        np.asarray(model.represent(split.sequences)).mean(axis=1)
        for split in (matching.gallery, matching.probe)
    )
    distances = np.linalg.norm(probe[:, None] - gallery[None], axis=2)
    nearest = matching.gallery.persons[distances.argmin(axis=1)]
    found = results.read(run, tmp_path, "1")
    assert found.scores["top1"] == (nearest == matching.probe.persons).mean()
    # What only the loss needs is left out.
    assert found.parameters == model.down.count_params()


def test_what_was_stopped_goes_on_and_keeps_count_of_its_seconds(linear, tmp_path):
    run, said = linear(3), []

    def stop(line):
        said.append(line)
        if line.startswith("epoch 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(run, tmp_path, "1", stop)
    (file,) = tmp_path.rglob("seconds.json")
    before = json.loads(file.read_text())
    assert before > 0 and results.read(run, tmp_path, "1") is None
    training.train(run, tmp_path, "1", said.append)
    assert any(line.startswith("going on after epoch 2") for line in said)
    seconds = json.loads(file.read_text())
    assert seconds > before
    assert results.read(run, tmp_path, "1").seconds_of_method >= seconds
    training.train(run, tmp_path, "1", said.append)
    assert json.loads(file.read_text()) == seconds


def test_runs_are_done_seed_by_seed_and_once_where_no_seed_matters(
    measure, untrained, tmp_path
):
    chosen = ("--method", "SimMC", "--method", "D-16")
    measure("--dataset", "tiny", "--dataset", "seeded", *chosen, seeds=2)
    assert untrained == [
        *(("tiny", "D-16", 0), ("tiny", "SimMC", 0)),
        *(("seeded", "D-16", 0), ("seeded", "SimMC", 0)),
        *(("tiny", "SimMC", 1), ("seeded", "D-16", 1), ("seeded", "SimMC", 1)),
    ]
    measure("--dataset", "tiny", *chosen, "--epochs", 2)
    assert len(untrained) == 8  # D-16 takes no epochs.
    assert len(kept(tmp_path, "tiny", "SimMC")) == 3


def test_no_run_begins_that_would_not_end_in_time(measure, untrained, capsys):
    tried = ("--dataset", "seeded", "--method", "D-13")
    measure(*tried, "--budget", 0.1, seeds=3)  # Each is said to take 10 s.
    assert untrained == [("seeded", "D-13", 0)]
    printed = capsys.readouterr().out
    assert "2 of 3 runs are left; the same command goes on" in printed
    assert "D-13  0.500 " in printed
    measure(*tried, "--budget", 1, seeds=3)
    assert len(untrained) == 3
    assert "are left" not in capsys.readouterr().out


def test_what_a_command_that_was_killed_left_is_removed(measure, untrained, tmp_path):
    left = tmp_path / "out" / ".running-abc"
    left.mkdir(parents=True)
    (left / "model.h5").touch()
    own = tmp_path / "out" / ".mine"
    own.mkdir()
    measure("--dataset", "seeded", "--method", "D-13", "--budget", 0, jobs=1)
    assert not untrained and not left.exists() and own.is_dir()


def test_runs_of_one_pretext_are_not_done_at_the_same_time(
    development, monkeypatch, tmp_path
):
    monkeypatch.setattr(workers.time, "sleep", lambda seconds: None)
    rows = ("AGE", "AGE + SimMC", "SimMC")
    runs, _ = planning.plan([columns.Column("tiny")], rows, 1, [methods.Asked(1, 1)])
    compared = comparison.Comparison(runs, tmp_path, training.work())
    begun = []

    def start(run, worker):
        begun.append(run.setting)
        return types.SimpleNamespace(poll=lambda: 0)

    workers.execute(runs, 2, start, lambda *one: None, compared._next)
    assert begun == ["AGE", "SimMC", "AGE + SimMC"]


def test_each_method_takes_what_the_programs_would(development, monkeypatch):
    like = peer_data.PEERS["ks20"]
    peer = data.Development(load, lambda: like.joints, seeded=False, like=like)
    monkeypatch.setattr(data, "DATA", {**data.DATA, "peer": peer})

    def run(method, name="tiny", **asked):
        return methods.run(method, columns.Column(name), 3, methods.Asked(**asked))

    usual = run("SimMC").config
    assert (usual.preset, usual.protocol) == (configs.AUTO, configs.STRICT)
    assert run("AGE + SimMC").config == usual
    published = run("SimMC published").config
    assert (published.preset, published.eps) == (configs.PUBLISHED, 0.5)
    assert (published.protocol, published.seed) == (configs.STRICT, 3)
    assert run("SimMC published", "peer").config.eps == 0.8
    assert run("SimMC published", protocol=configs.PUBLISHED) is None
    assert run("SimMC", epochs=7).config.epochs == 7
    counted = run("D-13", "seeded", protocol=configs.PUBLISHED).counted_batch
    assert (counted, run("D-13", "seeded").counted_batch) == (256, 1)
    assert run("SGELA", source_epochs=5).source["epochs"] == 5


def test_methods_that_need_names_of_joints_are_left_out_without_them(
    measure, untrained, capsys
):
    measure("--dataset", "nameless", "--method", "SM-SGE", "--method", "AGE")
    assert untrained == [("nameless", "AGE", 0)]
    assert "SM-SGE on nameless is left out: Of the joints" in capsys.readouterr().out
    with pytest.raises(errors.InputError, match="nothing to measure: D-13 on") as error:
        measure("--dataset", "nameless", "--method", "D-13")
    assert "\n" not in str(error.value)


@pytest.fixture
def ias(tmp_path):
    """IAS-Lab of few sequences."""
    for number, part in enumerate(("train", "A", "B")):
        folder = "train_npy_data" if part == "train" else f"test_npy_data/{part}"
        split = make_sequences(number, 2)
        npy_store.write(tmp_path / "Data" / "IAS" / "6" / folder, "IAS", 6, split)
    return tmp_path / "Data"


def test_a_published_data_set_has_a_column_a_probe_and_figures_beside_measured_ones(
    measure, untrained, ias, tmp_path, capsys
):
    tried = ("--dataset", "ias", "--data_root", ias, "--method", "D-13")
    page = tmp_path / "page.md"
    measure(*tried, "--method", "SimMC", "--markdown", page)
    assert {name for name, *_ in untrained} == {"IAS-A", "IAS-B"}
    lines = page.read_text(encoding="utf-8").splitlines()
    assert (
        "| D-13 | 0.500 / 0.250 | 0.400 / 0.245 | 0.500 / 0.250 | 0.437 / 0.237 |"
        in lines
    )
    assert (
        "| D-13 | 0.500 | 0.750 | 1.000 | 0.250 | 1 | 12.0 | 0.400 | 0.587 | 0.676 "
        "| 0.245 |"
    ) in lines
    assert "IAS-A, published protocol; " in "\n".join(lines)
    assert "<summary>IAS-B, published protocol; mean ±" in "\n".join(lines)
    assert lines[-1].startswith("Published: the paper's figures, https://")
    assert (
        "scripts.results --dataset ias --method D-13 --method SimMC --seeds 1"
        in lines[-3]
    )

    del untrained[:]
    measure(*tried)
    assert untrained == []
    (path,) = (ias / "IAS" / "6" / "train_npy_data").glob("*frame*")
    path.write_bytes(path.read_bytes() + b" ")
    measure(*tried)
    assert len(untrained) == 2


def test_of_a_published_data_set_that_is_not_here_only_published_figures_are_told(
    measure, untrained, tmp_path, capsys
):
    absent = ("--data_root", tmp_path, "--method", "MG-SCR")
    measure("--dataset", "KS20", *absent)
    printed = capsys.readouterr().out
    assert "KS20 is left out: there is no " in printed and untrained == []
    table = printed[printed.index("KS20, published protocol") :].splitlines()
    assert table[0] == "KS20, published protocol; published figures"
    assert table[1].split("published ")[1:] == ["top-1  ", "top-5  ", "top-10  ", "mAP"]
    assert table[2].split() == [
        *("MG-SCR,", "with", "labels", "0.463", "0.754", "0.840", "0.104"),
    ]
    assert "Measured on" not in printed and "Published: the paper's" in printed
    with pytest.raises(
        errors.InputError, match="nothing to measure: CASIA_B-nm.nm f=50"
    ):
        measure("--dataset", "CASIA_B", "--length", 50, *absent)
    with pytest.raises(
        errors.InputError, match=r"--dataset syn: none of .*here also: tiny"
    ):
        measure("--dataset", "syn", *absent)


def test_all_data_sets_are_those_of_development_and_the_papers(
    measure, untrained, tmp_path, capsys
):
    page = tmp_path / "page.md"
    absent = ("--data_root", tmp_path, "--markdown", page)
    measure("--dataset", "All", "--method", "SGELA", "--method", "SimMC", *absent)
    assert {name for name, *_ in untrained} == set(data.DATA)
    text = page.read_text(encoding="utf-8")
    for row in (
        "|  | tiny | seeded | nameless |",
        "| SGELA | 0.450 / 0.212 | 0.381 / 0.045 | 0.167 / 0.132 | 0.2",
        "| SGELA + DF, with labels | 0.497 / 0.222 | 0.437 / 0.071 | 0.180",
        "| SGELA | 0.718 / 0.098 | 0.512 / 0.071 | 0.481 / 0.165 | 0.1",
        # All that is measured, and top-5 and top-10, are missing.
        "| SimMC | 0.848 | 0.108 |",
    ):
        assert f"\n{row}" in text
    assert "SimMC#results; CASIA-B's from https://" in text.splitlines()[-1]


def test_both_protocols_stand_in_one_set_of_tables(
    measure, untrained, ias, tmp_path, capsys
):
    page = tmp_path / "page.md"
    both = ("--protocol", configs.PUBLISHED, "--protocol", configs.STRICT)
    where = ("--data_root", ias, "--markdown", page)
    measure("--dataset", "IAS", "--method", "SimMC", *both, *where)
    assert [one for one in untrained if one[0] == "IAS-A"] == 2 * [
        ("IAS-A", "SimMC", 0)
    ]
    text = page.read_text(encoding="utf-8")
    assert (
        "published protocol\n\n|  | IAS-A | IAS-A, paper | IAS-B | IAS-B, paper |"
        in text
    )
    assert "strict protocol\n\n|  | IAS-A | IAS-B |" in text
    tables_of = text.split("<summary>")[1:]
    assert len(tables_of) == 4
    for table in tables_of:
        assert ("published top-1" in table) == ("published protocol" in table)
    assert f"--protocol {configs.PUBLISHED} --protocol {configs.STRICT}" in text
    measure("--dataset", "IAS", "--method", "SimMC", *both[2:], *where)
    assert len(untrained) == 4
    text = page.read_text(encoding="utf-8")
    assert "| IAS-A, paper (published protocol) |" in text
    assert "| published top-1 (published protocol) |" in text
    assert "published top-1" in page.read_text(encoding="utf-8")


def test_columns_come_back_from_what_a_process_is_told(ias):
    asked = data_set_flags.Options("IAS", None, None, 0, ias, 30, 0)
    first, second = columns.find(asked)
    for column in (first, second, columns.Column("tiny")):
        run = results.Run(column, "D-13", 0, configs.STRICT, configs.Config(seed=2))
        told = json.loads(json.dumps(run.identity("1")))
        again = results.Run.of(told)
        assert again.identity("1") == told and again.config == run.config
        assert again.path(ias) == run.path(ias)
    assert second.load(0).matching.probe.persons.tolist() == sorted(2 * list(range(6)))
    other = dataclasses.replace(asked, dataset="Synthetic", synthetic_persons=4)
    (walkers,) = columns.find(other)
    assert walkers.title == "Synthetic 4 walkers seed 0"


def test_tables_have_means_and_standard_deviations_of_what_there_is():
    found = {
        ("tiny, strict protocol", "AGE"): {
            0: result(0.5, None, 1234),
            1: result(0.8, None, 1234),
        },
        ("tiny, strict protocol", "SimMC"): {1: result(0.25)},
    }
    shown = [planning.Shown(columns.Column("tiny"), configs.STRICT, {})]
    made = tables.Tables(found, shown, ["AGE", "SGELA", "SimMC"])
    assert made.overviews() == []
    (table,) = made.each()
    spread = statistics.stdev([0.5, 0.8])
    assert table.rows[1][:2] == ["AGE", f"0.650 ± {spread:.3f}"]
    assert table.rows[1][5:] == ["2", "12.0 ± 0.0", "1,234"]
    assert table.rows[2][0] == "SimMC" and table.rows[2][5:] == ["1", "12.0", "-"]
    assert len(table.rows) == 3


def test_a_mean_over_fewer_seeds_than_there_are_to_be_says_so(development):
    tried = [columns.Column("tiny"), columns.Column("seeded")]
    rows = ("D-13", "SimMC")
    runs, _ = planning.plan(tried, rows, 3, [methods.Asked()])
    shown = planning.shown(tried, runs, [methods.Asked()])
    found = {
        ("tiny, strict protocol", "D-13"): {0: result(0.5)},
        ("tiny, strict protocol", "SimMC"): {seed: result(0.5) for seed in range(3)},
        ("seeded, strict protocol", "D-13"): {0: result(0.5)},
    }
    (table,) = tables.Tables(found, shown, rows, runs).overviews()
    assert table.rows[1:] == [
        ["D-13", "0.500 / 0.250", "0.500 / 0.250 [1 of 3]"],
        ["SimMC", "0.500 ± 0.000 / 0.250 ± 0.000", "-"],
    ]


def test_what_the_paper_fine_tuned_on_mg_scr_stands_apart():
    name = "MG-SCR + SimMC"
    for figures in map(published.find, ("KS20", "IAS"), ("probe", "A")):
        assert name not in figures and f"{name}, labels not known" in figures
    assert published.OTHERS[name] == f"{name}, labels not known"


def test_the_block_of_a_file_is_replaced_and_nothing_else(measure, untrained, tmp_path):
    path = tmp_path / "page.md"
    tried = ("--dataset", "tiny", "--method", "D-13", "--update", path)
    for content in (
        "none",
        f"{pages.END} {pages.BEGIN}",
        2 * (pages.BEGIN + pages.END),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(errors.InputError, match=f"^--update {path}: expected the"):
            measure(*tried)
    assert untrained == [] and not (tmp_path / "out").exists()
    path.write_text(f"a\n{pages.BEGIN}\nold\n{pages.END}\nb\n", encoding="utf-8")
    for _ in range(2):
        measure(*tried)
        before, block, after = path.read_text(encoding="utf-8").partition(
            "| D-13 | 0.500"
        )
        assert before.startswith(f"a\n{pages.BEGIN}\ntiny, strict") and block
        assert after.endswith(f"\n{pages.END}\nb\n") and "old" not in before + after
    with pytest.raises(errors.InputError, match="expected a text file"):
        measure(*tried[:-1], tmp_path / "absent.md")


def test_a_process_of_its_own_measures_the_data_that_were_asked_for(
    measure, monkeypatch, tmp_path, capsys
):
    monkeypatch.undo()
    measure(
        *("--dataset", "Synthetic", "--synthetic_persons", 5, "--method", "D-13"),
        jobs=1,
    )
    assert (
        "5 walkers seed 0, strict protocol, D-13, seed 0: " in capsys.readouterr().out
    )
    (found,) = kept(tmp_path, "Synthetic_5_walkers_seed_0", "D-13")
    assert found["scores"]["top1"] > 1 / 5


def test_probes_that_are_the_gallery_stay_so_when_they_are_represented(tmp_path):
    loaded = load(0, num_joints=2)
    gallery = loaded.matching.gallery
    single = data_module.ReidData(
        loaded.train, data_module.Matching(gallery, gallery, leave_self_out=True), False
    )
    found = pretexts.held(single, tmp_path, lambda line: None)
    assert found.matching.leave_self_out and not found.balanced
    assert found.matching.probe is found.matching.gallery
    assert np.array_equal(found.matching.probe.sequences, gallery.sequences)
    assert not found.coordinates


def test_a_page_shows_names_as_they_are():
    made = ablation_tables.Table("a < b", [["", "<i>"], ["x & y", "1"]])
    text = pages.page([], [made], ["--dataset <name>"])
    for part in (">a &lt; b<", "<th>&lt;i&gt;</th>", "<th>x &amp; y</th><td>1"):
        assert part in text
    assert "--dataset</code> &lt;name&gt;</p>" in text


def test_columns_that_tell_nothing_do_not_push_others_aside():
    rows = [["", "top-1", "published"], ["D-13", "-", "0.394"], ["D-16", "-", "0.5"]]
    table = ablation_tables.Table("KS20", rows)
    assert table.told().rows == [["", "published"], ["D-13", "0.394"], ["D-16", "0.5"]]
    rows[1][1] = "0.4"
    assert table.told() == table
