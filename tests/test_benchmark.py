"""Counts by hand, files that are read again, tables, and a small run."""

import json
import time

import numpy as np
import pytest

from scripts.benchmarks import (
    data_sets,
    limits,
    measure,
    memory,
    operations,
    results,
    tables,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors
from tests import programs

PROGRAM = "scripts/benchmark.py"
SMALL = ("--sizes", "300", "--repeats", "1", "--reference", "0")


def total(products):
    return operations.multiply_adds(products)


def test_encoding_multiplies_hidden_layers_by_frame_and_the_last_by_view():
    # 5 sequences of 3 frames: 15 x 2 x 4 of the first layer, 15 x 4 x 4 of the second,
    # 2 views of 5 x 4 x 4 of the last.
    products = operations.encoding(5, 3, [2, 4, 4, 4], views=2)
    assert total(products) == 120 + 240 + 160


def test_encoding_goes_by_batches_and_a_rest():
    size = operations.ENCODED_AT_ONCE
    products = operations.encoding(2 * size + 1, 3, [2, 4, 4], views=1)
    assert [(p.rows, p.count) for p in products] == [
        *((3 * size, 2), (size, 2)),
        *((3, 1), (1, 1)),
    ]
    assert total(products) == (2 * size + 1) * (3 * 2 * 4 + 4 * 4)


def test_a_training_step_multiplies_backward_what_needs_a_gradient():
    # B 5, f 3, d 2, H 4. First layer 15 x 2 x 4 forward and for its weights. For each
    # view the last layer and the predictor, 5 x 4 x 4 forward, for weights, for input.
    products = operations.training_step(5, 3, [2, 4, 4], clusters=(0, 0))
    assert total(products) == 2 * 120 + 2 * 2 * 3 * 80
    # 7 prototypes, 5 x 4 x 7 forward and for the features; one contrasts nothing.
    more = operations.training_step(5, 3, [2, 4, 4], clusters=(7, 1))
    assert total(more) - total(products) == 2 * 140
    # Another hidden layer: 15 x 4 x 4 three times.
    deeper = operations.training_step(5, 3, [2, 4, 4, 4], clusters=(0, 0))
    assert total(deeper) - total(products) == 3 * 240


def test_search_and_matching_count_all_pairs_however_they_are_cut():
    assert total(operations.search(10, 4, views=2)) == 2 * 10 * 10 * 4
    assert total(operations.search(3000, 4, views=1)) == pytest.approx(3000**2 * 4)
    products = operations.matching(3000, 20_000, 4)
    assert total(products) == pytest.approx(3000 * 20_000 * 4)
    assert all(product.double for product in products)


def test_bytes_are_those_that_come_in_and_go_out():
    # 10 rows: 4 numbers and 3 neighbours of 4 bytes each, and 100 bytes of distances.
    assert operations.jaccard_bytes(10, 4, 3, 100) == 10 * 7 * 4 + 100
    assert operations.dbscan_bytes(10, 100) == 140
    assert operations.prototypes_bytes(10, 4, 2) == 10 * 4 * 4 + 10 * 4 + 2 * 4 * 4


def test_a_limit_names_its_multiply_adds_and_the_way():
    machine = limits.Machine(1)
    product = operations.Product(64, 8, 32, count=3e6)
    limit = machine.multiplying([product], "some", independent=False)
    assert limit.seconds > 0 and limit.cpu > 0
    assert limit.what.startswith("49.2 G multiply-adds, float32, ")
    assert "one a core" not in limit.what and limit.what.endswith(": some")
    moved = machine.moving(3_000_000, "bytes")
    assert moved.seconds * machine.copied_per_second == pytest.approx(3e6)
    assert moved.what == "3 MB: bytes"


@pytest.mark.parametrize("resettable", [True, False])
def test_the_peak_of_a_block_is_found_and_forgotten(monkeypatch, resettable):
    if resettable and not memory.resettable():
        pytest.skip("the kernel does not let this process set its peak back")
    monkeypatch.setattr(memory, "resettable", lambda: resettable)
    with memory.Peak() as before:
        held = np.ones(50_000_000)
        wait_until_seen(before, 375e6)
        del held
    with memory.Peak() as peak:
        held = np.ones(10_000_000)
        wait_until_seen(peak, 75e6)
    del held
    assert before.most > before.begin
    assert 75e6 < peak.above < 200e6


def wait_until_seen(peak, num_bytes):
    """Where a thread reads the memory, waits for it; the kernel misses nothing."""
    for _ in range(0 if memory.resettable() else 6000):
        if peak.above >= num_bytes:
            return
        time.sleep(0.01)


def walking(num_rows, seed=0):
    """Features around few centres, some of them twice, as of sensors that stop."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(num_rows // 12, 8))
    features = np.repeat(centres, 12, axis=0)
    features += generator.normal(scale=0.35, size=features.shape)
    features[::10] = features[1::10]
    return features.astype(np.float32)


@pytest.mark.parametrize("eps", [0.5, 0.8])
def test_the_naive_labels_are_the_products(eps):
    config = configs.Config(H=8, k1=10, k2=4, eps=eps, min_samples=3)
    sequences = np.zeros((240, 6, 3), np.float32)
    found = measure.compare_labels([walking(240), walking(240, 1)], sequences, config)
    assert found.same and found.rows == 240


def run_of(name="kgbd", **walls):
    phases = {
        phase: results.Phase(list(wall), list(wall), 2_000_000, 0.5, 0.8, "a product")
        for phase, wall in walls.items()
    }
    return results.Run(name, "what it is", {"training": "digest"}, phases)


def report_of(*runs, **changes):
    settings = {"repeats": 3, "seed": 0, **changes}
    return results.Report(
        {"cores": 2, "GB/s read and written": 20.0}, settings, list(runs)
    )


def test_a_report_is_read_as_it_was_written(tmp_path):
    run = run_of(load=[1.0, 3.0, 2.0])
    run.memory = {"at most": 5}
    run.reference = results.Reference(10, 2.0, 1.0, True)
    run.phases["epoch"] = results.Phase([4.0])
    report_of(run).write(tmp_path / "a.json")
    assert results.read(tmp_path / "a.json") == report_of(run)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "machine": {}}']
)
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "a.json"
    with pytest.raises(errors.InputError, match="There is no .*--json"):
        results.read(path)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(errors.InputError, match="is not what --json writes"):
        results.read(path)


def test_ratios_are_new_over_old_medians_of_common_phases():
    old = run_of(load=[1.0, 9.0, 2.0], jaccard=[1.0])
    new = run_of(load=[1.0, 1.0, 8.0], dbscan=[1.0])
    assert results.ratios(new, old) == {"load": 0.5}
    assert tables.comparison(new, old).splitlines()[1].split() == [
        *("load", "2.00", "1.00", "0.50"),
    ]


def test_other_data_are_not_compared(tmp_path):
    old = report_of(run_of())
    with pytest.raises(errors.InputError, match="measured kgbd, this call ks20"):
        results.check_same_data(old, ["ks20"], tmp_path)
    assert results.matching_run(old, run_of("ks20")) is None
    assert results.matching_run(old, run_of()) is old.runs[0]
    other = run_of()
    other.digest = {"training": "another"}
    with pytest.raises(errors.InputError, match="kgbd was measured on other data"):
        results.matching_run(old, other)


def test_another_machine_or_setting_is_said():
    old, new = report_of(), report_of(repeats=5)
    new.machine.update({"cores": 4, "GB/s read and written": 19.0})
    assert results.differences(new, old) == [
        "machine differs: cores was 2, is 4",
        "settings differs: repeats was 3, is 5",
    ]


def test_a_table_has_medians_and_times_of_the_fastest():
    run = run_of(load=[1.0, 4.0, 2.0])
    run.phases["first_epoch"] = results.Phase([0.25])
    assert tables.table(run).splitlines() == [
        "phase               wall s    min - max  CPU s  peak MB  limit s  x limit"
        "  x CPU  limit",
        "load                  2.00  1.00 - 4.00   2.00        2    0.500      2.0"
        "    1.2  a product",
        "first epoch, extra   0.250",
    ]


def test_targets_are_met_or_missed():
    run = run_of(
        **dict.fromkeys(("views", "jaccard", "dbscan", "prototypes"), [0.25]),
        neighbours=[2.0],
        neighbours_again=[1.0],
        faiss=[2.0],
        training=[1.5],
        epoch=[4.0, 5.0, 4.5],
        first_epoch=[6.0],
    )
    run.memory = {"at most": 1_100_000_000}
    lines = [target.line for target in tables.targets(run)]
    assert lines == [
        "epoch: 4.50 s (at most 4.8 s): met",
        "pseudo-labelling both views / two searches by faiss: 1.50 (at most 1.5): met; "
        "1.00 with hints",
        "memory of a whole run: 1.10 GB (at most 1.2 GB): met; 1.02 GiB",
        "training / its matrix products: 3.00 (at most 2): missed; 1.88 in CPU seconds",
        "first epoch, extra: 6.00 s (at most 5 s): missed",
    ]


def test_generated_data_have_the_size_and_are_the_same_again(tmp_path):
    first, again = tmp_path / "first", tmp_path / "again"
    digests = []
    for folder in (first, again):
        folder.mkdir()
        source = data_sets.generated(300, 3, folder)
        data = source.load()
        digests.append(measure.digest(data))
    assert digests[0] == digests[1]
    assert [len(split) for split in data.splits.values()] == [300, 100, 50]
    assert "generated walkers" in source.title(data)
    assert data_sets.from_text(data_sets.as_text(source)) == source


def test_copies_of_walkers_are_other_persons_near_them(tmp_path):
    generator = np.random.default_rng(0)
    base = data_module.Split(generator.normal(size=(20, 6, 4, 3)), np.arange(20) % 2)
    for split in ("train", "probe"):
        data_sets._write(tmp_path / split, base, 50, 2, (0, 1))
    persons = np.load(tmp_path / "train_person.npy")
    assert sorted(np.unique(persons)) == [0, 1, 2, 3, 4, 5]
    sequences = np.load(tmp_path / "train.npy")
    np.testing.assert_array_equal(sequences, np.load(tmp_path / "probe.npy"))
    moved = np.abs(sequences[20:40] - sequences[:20])
    assert 0 < moved.max() < 0.3


def test_a_small_run_measures_its_phases_and_compares_them(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(limits, "_AT_LEAST", 0.0)
    program = programs.load(PROGRAM)
    path = tmp_path / "a.json"
    phases = ("load", "features", "neighbours", "neighbours_again", "training")
    chosen = ("--phases", ",".join(phases))
    programs.run(program, monkeypatch, *SMALL, *chosen, "--json", path)
    written = json.loads(path.read_text(encoding="utf-8"))
    (run,) = written["runs"]
    assert [name for name in run["phases"] if name in phases] == list(phases)
    assert all(run["phases"][name]["limit"] > 0 for name in phases)
    printed = capsys.readouterr()
    assert "generated-300: sequences of 2 generated walkers" in printed.out
    assert "target: features / its matrix products" in printed.out
    assert "generated-300: training" in printed.err
    chosen = ("--phases", "load", "--repeats", "2", "--against", path)
    programs.run(program, monkeypatch, *SMALL, *chosen)
    printed = capsys.readouterr().out
    assert "note: settings differs: repeats was 1, is 2" in printed
    assert "now / before" in printed


def test_a_whole_run_says_what_it_took(tmp_path, monkeypatch, capsys):
    source = data_sets.generated(300, 0, tmp_path)
    programs.run(
        *(programs.load("scripts/benchmarks/whole_run.py"), monkeypatch),
        *("--source", data_sets.as_text(source), "--epochs", 3),
        *("--folder", tmp_path / "model", "--to", tmp_path / "figures.json"),
    )
    found = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    # Of epochs 2 and 3: the first is still being compiled.
    assert len(found["wall"]) == len(found["cpu"]) == 2
    kept = found["memory"]
    assert 0 < kept["after imports"] <= kept["at most"]
    assert "generated-300: epoch 3/3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "biwi"), "--data biwi: expected some of ks20, cmu_ias, kgbd"),
        (("--sizes", "many"), "--sizes many: expected numbers of at least 256"),
        (("--sizes", "100"), "--sizes 100: expected numbers of at least 256"),
        (("--phases", "lunch"), "--phases lunch: expected some of load, "),
        (("--against", "absent.json"), "There is no absent.json"),
        (("--gpu", "97"), "--gpu 97: CUDA_VISIBLE_DEVICES=.* lends"),
    ],
)
def test_what_cannot_be_measured_is_refused(monkeypatch, arguments, message):
    program = programs.load(PROGRAM)
    with pytest.raises(errors.InputError, match=message):
        programs.run(program, monkeypatch, *arguments)
